"""Packet captures, pcap and pcapng: what passed an interface, packet by packet.

nDPI, by way of nfstream (the extra ``comity[pcap]``), says which packets are one flow and what it carries. A two-way
flow is a `flow`:

========== =========================================================================================================
attribute  from
========== =========================================================================================================
at         the first packet
source     whoever began: sent SYN; else met the service's port (below 1024; with TCP also below 32768) from above
address    the other end
host       the server's name in TLS, QUIC and HTTP requests
application nDPI's name in lower case, such as ``tls.google``; not one that is guessed from port or address
encrypted  by that name
bytes      payload that source sent, as a Zeek conn log counts it; ``bytes_back`` what came back
blocked    TCP: whether SYN was refused or never answered; false once anything else came back
data       what is found in HTTP requests in clear that source sent; with it personal, sensitive
========== =========================================================================================================

The name that a DNS query asks for is content and not the receiving host; that an application is behind the name says
nothing of the resolver. UDP without an answer is not known to be blocked: a request may have arrived.

Positions are numbers of frames, as Wireshark counts them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from comity.engine.duckdb import literal
from comity.evidence._logs import address, columns, host, plain_path
from comity.evidence._matching import service_by_port
from comity.evidence.base import EvidenceFile, FactTables, Head, Reading
from comity.evidence.pcap.frames import Passed, is_capture, pass_on
from comity.identify.knowing import KNOWN, TOLD, known
from comity.vocabulary import FLOW

NAME = "pcap"
TITLE = "packet captures, pcap and pcapng"
SUPPLIES = {
    "flow": frozenset(
        ("at", "source", "host", "address", "application", "encrypted", "bytes", "bytes_back", "blocked", *TOLD)
    )
}

_METER = Path(__file__).with_name("flows.py")

#: The table of what is known of flows by their content.
_CONTENT = "pcap_content"

_NO_IP = "no IP packet that can be read (ARP and the like, later fragments, packets cut short, other link types)"

#: nDPI's names of protocols that encrypt, that don't, and that name the server to which they talk.
_SECRET = ("tls", "quic", "dtls", "ssh", "smtps", "imaps", "pops", "wireguard", "openvpn", "ipsec", "dnscrypt")
_CLEAR = ("http", "dns")
_NAMING = ("tls", "quic", "dtls", "smtps", "imaps", "pops", "http")

#: nDPI keeps the last 79 letters of a name: one so long may be cut.
_WHOLE_NAME = 78

#: Where a capture ends within so many ms of a SYN, the answer may have come later: SYN is repeated after 1 s, formerly
#: 3 s (RFC 6298).
_PATIENCE = 3_000

_TCP = 6
#: Protocols whose payload is counted: ICMP, TCP, UDP and ICMPv6.
_MEASURED = (1, _TCP, 17, 58)

_COUNTS = ("packets", "bytes", "ack_packets", "rst_packets")

#: What ``pcap/flows`` writes.
_ROW = dict.fromkeys(("source", "address", "name", "host"), "VARCHAR")
_ROW |= dict.fromkeys(("frame", "began", "last", "src_port", "dst_port", "protocol"), "BIGINT")
_ROW |= dict.fromkeys(("opened", "guessed"), "BOOLEAN")
_ROW |= {f"{way}_{count}": "BIGINT" for way in ("src2dst", "dst2src") for count in _COUNTS}


def recognise(head: Head) -> bool:
    """Whether the file begins as pcap (either order of bytes, also with nanoseconds) or pcapng does."""
    return is_capture(head.start)


def where(position: int) -> str:
    """Positions are numbers of frames."""
    return f"frame {position}"


def read(file: EvidenceFile, tables: FactTables) -> Reading:
    """Read the flows of a capture. Raises ``EvidenceError`` where nfstream is missing or nothing can be read."""
    if find_spec("_lib_engine") is None:
        raise file.error(f"`{file.path}` is a packet capture", help="to read it: pip install 'comity[pcap]'")
    reading = Reading(NAME)
    passed = Passed()
    with tempfile.TemporaryDirectory(prefix="comity-") as folder:
        found, sent = Path(folder) / "flows", Path(folder) / "sent"
        end = _meter(file, (found, sent), passed)
        _identify(file, tables, reading, found, sent)
        tables.insert("flow", _query(file, found, end), reading, where)
    flows, reading.read = reading.read, passed.frames - reading.skipped
    if passed.broken:
        reading.skip(where(passed.frames + 1), "the file breaks off or is damaged here")
    reading.notes += _notes(passed, reading.read, flows)
    return reading


def _identify(file: EvidenceFile, tables: FactTables, reading: Reading, flows: Path, sent: Path) -> None:
    """A table of what is known of flows by their content."""
    from comity.evidence.pcap.content import contents

    notes: Counter[str] = Counter()
    turned = {frame for (frame,) in tables.engine.rows(f"SELECT frame FROM ({_seen(flows)}) WHERE turned")}
    rows, found = [], []
    for frame, content in contents(sent, turned, tables.identifier, notes):
        rows.append((frame, *known(content)))
        found.append((file.number, frame, content.detections))
    tables.detect("flow", found)
    types = tables.columns(FLOW)
    tables.engine.create(_CONTENT, {"frame": "BIGINT", **{name: types[name] for name in KNOWN}}, rows)
    reading.notes += [f"{count:,} × {note}" for note, count in sorted(notes.items())]


def _meter(file: EvidenceFile, out: Sequence[Path], passed: Passed) -> int:
    """Have flows and requests written to two files; gives the time of the last packet, in milliseconds."""
    command = [sys.executable, "-P", str(_METER), *map(str, out)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - ours
        try:
            with file.open() as source, suppress(BrokenPipeError):
                pass_on(source, cast(Any, process.stdin), passed)
            answer, _ = process.communicate()
        except ValueError:
            raise file.error(f"`{file.path}` is a packet capture cut off or broken in its header") from None
        finally:
            process.kill()
    told = json.loads(answer) if process.returncode == 0 else {}
    if told.get("frames") != passed.frames:
        raise file.error(f"`{file.path}` can't be read: nDPI failed, at frame {passed.frames} or before")
    return int(told["end"])


def _notes(passed: Passed, read: int, flows: int) -> list[str]:
    if not passed.frames:
        return ["the capture holds no frames"]
    notes = [f"{read:,} frame{'s'[: read != 1]} in {flows:,} flow{'s'[: flows != 1]}" if read else "no frame holds IP"]
    notes += [f"{count:,} × link type {link}, which is not read" for link, count in sorted(passed.foreign.items())]
    if passed.shortened:
        notes.append(f"{passed.shortened:,} × IPv6 packet cut when captured: its bytes count as far as they were kept")
    return notes


def _query(file: EvidenceFile, found: Path, end: int) -> str:
    """The flows, each from the side that began, and the frames that hold none."""
    ends = {
        "source": "CASE WHEN turned THEN address ELSE source END",
        "address": "CASE WHEN turned THEN source ELSE address END",
        **{f"own_{name}": f"CASE WHEN turned THEN dst2src_{name} ELSE src2dst_{name} END" for name in _COUNTS},
        **{f"other_{name}": f"CASE WHEN turned THEN src2dst_{name} ELSE dst2src_{name} END" for name in _COUNTS},
    }
    kept = "frame, began, name, main, host, protocol, guessed, opened, last"
    flows = f"SELECT {kept}, {columns(ends)} FROM ({_seen(found)})"
    values = {
        "file": str(file.number),
        "position": "frame",
        "skip": f"CASE WHEN source IS NULL THEN {literal(_NO_IP)} END",
        "at": "CASE WHEN began > 0 THEN make_timestamptz(began * 1000) END",
        "source": address("source"),
        "address": address("address"),
        "host": f"CASE WHEN main IN {_NAMING} AND length(host) <= {_WHOLE_NAME} THEN {host('host')} END",
        "application": "CASE WHEN guessed OR name = 'unknown' THEN NULL WHEN main = 'dns' THEN main ELSE name END",
        "encrypted": f"CASE WHEN NOT guessed THEN main IN {_SECRET} OR nullif(main NOT IN {_CLEAR}, true) END",
        "bytes": f"CASE WHEN own_packets > 0 AND protocol IN {_MEASURED} THEN own_bytes END",
        "bytes_back": f"CASE WHEN other_packets > 0 AND protocol IN {_MEASURED} THEN other_bytes END",
        "blocked": _blocked(end),
        **dict(zip(KNOWN, KNOWN, strict=True)),
    }
    return f"SELECT {columns(values)} FROM ({flows}) LEFT JOIN {_CONTENT} USING (frame)"


def _seen(found: Path) -> str:
    """What was written of each flow, with its main protocol and whether its source is who did not send first."""
    rows = f"read_json({plain_path(found)}, format = 'newline_delimited', columns = {_ROW})"
    sure, likely = service_by_port("src_port", "dst_port")
    turned = f"coalesce(NOT opened, {sure} OR (protocol = {_TCP} AND {likely}), false)"
    return f"SELECT *, {turned} AS turned, split_part(name, '.', 1) AS main FROM {rows}"


def _blocked(end: int) -> str:
    """True for SYN and nothing but RST back, or nothing at all for long enough. An ACK shows that an answer came."""
    return f"""CASE
        WHEN other_packets > other_rst_packets OR (protocol = {_TCP} AND own_bytes > 0) THEN false
        WHEN opened AND own_ack_packets > 0 THEN false
        WHEN opened AND (other_packets > 0 OR last + {_PATIENCE} <= {end}) THEN true
    END"""
