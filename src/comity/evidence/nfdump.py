"""nfdump CSV: flow records of NetFlow, IPFIX and sFlow exporters, as ``nfdump -o csv`` and ``-o csv-fast`` print them.

Read are the layout of nfdump up to 1.7.4 (48 columns), the shorter one since, ``csv-fast`` and columns of one's own
(``-o csv:%tsr,%sa,…``), with their header line or, in the first three, without it (``-q``). A record becomes a flow so:

========== ============== ============= =============================================================================
attribute  up to 1.7.4    since
========== ============== ============= =============================================================================
at         ts             firstSeen     where it is a number (``csv-fast``, ``%tsr``): printed times have no zone
source     sa             srcAddr
address    da             dstAddr
bytes      ibyt           bytes         of the side that began; ``bytes_back`` from obyt (outBytes), or the other way
blocked    fwd, flg       flags         dropped by the exporter; SYN that met RST only, or was sent in vain twice
========== ============== ============= =============================================================================

Records of one direction are matched as those of ``vpc_flow`` are: exporter, protocol, both ends and the quarter of an
hour are the same, and ports say who began. TCP flags are those of all packets of a record together: that it has SYN
with ACK says nothing of who sent it, unless it was one packet. A record that counts both directions is a flow itself,
turned round where its ports say so.

Specification: the manual page of nfdump 1.7.8, https://github.com/phaag/nfdump/blob/v1.7.8/man/nfdump.1, and for the
48 columns https://github.com/phaag/nfdump/blob/v1.7.1/src/output/output_csv.c
"""

from __future__ import annotations

import re
from collections.abc import Callable

from comity.engine.duckdb import Engine, literal
from comity.evidence._logs import address, among, columns, marked, moment, runs, whole_number
from comity.evidence._matching import RECORDS, match_records, new_records, quarter
from comity.evidence._pieces import pieces
from comity.evidence.base import EvidenceFile, FactTables, Head, Reading

NAME = "nfdump"
TITLE = "nfdump CSV: NetFlow, IPFIX and sFlow records"
SUPPLIES = {"flow": frozenset(("at", "source", "address", "application", "bytes", "bytes_back", "blocked"))}

#: The columns of lines without a header: up to 1.7.4, since, and ``csv-fast``.
_LAYOUTS = tuple(
    tuple(names.split(","))
    for names in (
        "ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out,sas,das,smk,dmk,dtos,dir,nh,nhb,svln,dvln,"
        "ismc,odmc,idmc,osmc,mpls1,mpls2,mpls3,mpls4,mpls5,mpls6,mpls7,mpls8,mpls9,mpls10,cl,sl,al,ra,eng,exid,tr",
        "firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows",
        "cnt,af,firstSeen,lastSeen,proto,srcAddr,srcPort,dstAddr,dstPort,srcAS,dstAS,input,output,flags,srcTos,packets,"
        "bytes",
    )
)

#: Names of one thing in the layouts.
_NAMES = {
    "first": ("firstSeen", "ts"),
    "source": ("srcAddr", "sa"),
    "address": ("dstAddr", "da"),
    "source_port": ("srcPort", "sp"),
    "port": ("dstPort", "dp"),
    "protocol": ("proto", "pr"),
    "flags": ("flags", "flg"),
    "status": ("fwdStatus", "fwd"),
    "packets": ("packets", "inPackets", "ipkt"),
    "bytes": ("bytes", "inBytes", "ibyt"),
    "packets_back": ("outPackets", "opkt"),
    "bytes_back": ("outBytes", "obyt"),
    "router": ("routerIP", "ra"),
    "engine": ("engine", "eng"),
    "exporter": ("exporterID", "exid"),
}
_EXPORTER = ("router", "engine", "exporter")

_TIME = r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\S*|\d{9,14}(?:\.\d+)?"
_END = r"[0-9.]{7,15}|[0-9a-f]*:[0-9a-f:.]*"
#: How values look by which lines without a header are known.
_FORMS = {"first": _TIME, "source": _END, "address": _END, "source_port": r"\d+", "bytes": r"\d+", "packets": r"\d+"}

_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*(?:,[A-Za-z][A-Za-z0-9-]*)+")
_SUMMARY, _NONE = "Summary", "No matching flows"
# The comparison spares records, which begin with a digit, the dearer tests.
_HEADER_LINE = (
    f"line >= 'A' AND (line IN ({literal(_SUMMARY)}, {literal(_NONE)}) "
    f"OR regexp_full_match(line, {literal(_HEADER.pattern)}))"
)
_STATISTIC = "ts,te,td,pr,val,"

_LINES = "nfdump_lines"

_TCP, _ICMP = ("6", "tcp"), ("1", "58", "icmp", "icmp6", "ipv6-icmp")

_NO_ZONE = (
    "times without a zone (nfdump prints the local time of the machine that runs it): when it happened is not known; "
    "`nfdump -o csv-fast` says it"
)


def recognise(head: Head) -> bool:
    """Whether the file is CSV of nfdump, also a statistic (``-s``), which holds no records."""
    line = _first_line(head)
    return bool(_fields(line)) or line.startswith(_STATISTIC)


def where(position: int) -> str:
    """Positions are numbers of lines."""
    return f"line {position}"


def read(file: EvidenceFile, tables: FactTables) -> Reading:
    """Read the records of an export. Raises ``EvidenceError`` for a statistic."""
    reading = Reading(NAME)
    fields = _fields(_first_line(file.head))
    if not fields:
        raise file.error(f"`{file.path}` is a statistic of nfdump (`-s`) and holds no flow records")
    engine = tables.engine
    new_records(engine)
    for piece in pieces(file):
        piece.stage(engine, _LINES, "line")
        found, fields = runs(file, piece, engine, _LINES, _HEADER_LINE, fields, _follow)
        for names, spans in found.items():
            if names:
                lines = (
                    f"SELECT {piece.first} + rowid AS position, line, string_split(line, ',') AS f FROM {_LINES} "
                    f"WHERE line IS NOT NULL AND NOT ({_HEADER_LINE}) AND {among(spans)}"
                )
                _insert(engine, lines, names)
    undated = engine.value(
        f'SELECT count(*) FROM {RECORDS} WHERE skip IS NULL AND "at" IS NULL AND quarter IS NOT NULL'
    )
    match_records(file.number, tables, reading, where)
    if undated:
        reading.notes.append(f"{undated:,} × {_NO_ZONE}")
    return reading


def _first_line(head: Head) -> str:
    return next((line.strip() for line in head.text.splitlines() if line.strip()), "")


def _fields(line: str) -> tuple[str, ...]:
    """The columns that a first line names, or those of the layout that it is a record of; none if it is neither."""
    words = tuple(line.split(","))
    if _HEADER.fullmatch(line):
        return _follow((), line)
    return next((layout for layout in _LAYOUTS if _is_record(words, layout)), ())


def _follow(_: tuple[str, ...], line: str) -> tuple[str, ...]:
    """The columns below a header line; none below one that stands over something else, such as the summary."""
    names = tuple(line.split(","))
    given = {key for key, known in _NAMES.items() if set(known) & set(names)}
    return names if {"source", "address"} <= given and given & {"first", "bytes", "packets", "protocol"} else ()


def _is_record(words: tuple[str, ...], layout: tuple[str, ...]) -> bool:
    return len(words) == len(layout) and all(
        re.fullmatch(form, words[layout.index(name)])
        for key, form in _FORMS.items()
        for name in _NAMES[key]
        if name in layout
    )


def _insert(engine: Engine, lines: str, names: tuple[str, ...]) -> None:
    """Add the records of ``lines``, which have these columns, to the staged ones."""

    def get(key: str) -> str:
        name = next((name for name in _NAMES[key] if name in names), None)
        return f"nullif(trim(f[{names.index(name) + 1}]), '')" if name else "NULL::VARCHAR"

    wrong = f"""CASE
        WHEN len(f) <> {len(names)} THEN 'not {len(names)} columns as the header says'
        WHEN {address(get("source"))} IS NULL OR {address(get("address"))} IS NULL THEN 'no addresses'
    END"""
    values = {"position": "position", "skip": f"coalesce({marked('line')}, {wrong})", **_record(get)}
    engine.run(f"INSERT INTO {RECORDS} BY NAME SELECT {columns(values)} FROM ({lines})")


def _record(get: Callable[[str], str]) -> dict[str, str]:
    """A record as ``_matching`` wants it, in SQL."""
    protocol, flags, first = f"lower({get('protocol')})", get("flags"), get("first")
    is_tcp, is_icmp = f"{protocol} IN {_TCP}", f"{protocol} IN {_ICMP}"
    both_ways = f"{whole_number(get('packets_back'))} > 0 OR {whole_number(get('bytes_back'))} > 0"

    def only(flag: str, others: str) -> str:
        return f"contains({flags}, '{flag}') AND NOT regexp_matches({flags}, '[{others}]')"

    return {
        "interface": f"concat_ws('/', {', '.join(map(get, _EXPORTER))})",
        "protocol": protocol,
        "source": address(get("source")),
        "address": address(get("address")),
        # In their place ICMP has its type and code.
        "source_port": f"CASE WHEN NOT {is_icmp} THEN {whole_number(get('source_port'))} END",
        "port": f"CASE WHEN NOT {is_icmp} THEN {whole_number(get('port'))} END",
        "at": f"nullif({moment(first)}, make_timestamptz(0))",
        "quarter": f"coalesce({quarter(moment(first))}, {quarter(f'TRY_CAST({first} AS TIMESTAMP)')})",
        "packets": whole_number(get("packets")),
        "bytes": whole_number(get("bytes")),
        "bytes_back": f"CASE WHEN {both_ways} THEN {whole_number(get('bytes_back'))} END",
        # The upper two of eight bits: 01 forwarded, 10 dropped (RFC 7270, section 4.12).
        "refused": f"CASE WHEN {whole_number(get('status'))} BETWEEN 128 AND 191 THEN true END",
        "flags": f"""CASE WHEN {is_tcp} AND {only("S", "ARPF")} THEN 2
            WHEN {is_tcp} AND {only("S", "RPF")} AND {whole_number(get("packets"))} = 1 THEN 18 END""",
        "tried": f"CASE WHEN {is_tcp} AND NOT coalesce({both_ways}, false) THEN {only('S', 'ARPF')} END",
        "declined": f"""CASE WHEN NOT {is_tcp} THEN false WHEN {both_ways} THEN nullif({only("R", "PF")}, true)
            ELSE {only("R", "SPF")} END""",
        "application": f"CASE WHEN {is_icmp} THEN 'icmp' END",
    }
