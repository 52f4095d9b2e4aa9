"""What sensors saw: the stick in a living room (pcap), the router in Frankfurt (nfdump), the harbour (Suricata)."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from datetime import datetime, timedelta
from ipaddress import IPv4Address

from story.common import HOSTS, RESOLVER, WAREHOUSE, day

# A stick in a living room in São Paulo: pcap ------------------------------------------------------

STICK = "192.168.0.23"
EVENING = day("2026-05-09") + timedelta(hours=22)

SYN, SYN_ACK, ACK, PUSH, FIN = 0x02, 0x12, 0x10, 0x18, 0x11


class Capture:
    """Ethernet frames with IPv4 in a file of tcpdump's."""

    def __init__(self, begin: datetime) -> None:
        self._moment = begin
        self._port = 49_152
        self._frames: list[bytes] = []

    def asks(self, name: str) -> None:
        """A question to the public resolver, and its answer."""
        question = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0\0\x01\0\x01"
        answer = b"\xc0\x0c\0\x01\0\x01" + struct.pack(">IH", 300, 4) + IPv4Address(HOSTS[name]).packed
        port = self._begin()
        self._udp(port, True, struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + question)
        self._udp(port, False, struct.pack(">6H", 7, 0x8180, 1, 1, 0, 0) + question + answer)

    def talks(self, name: str, service: int, said: bytes, answered: bytes) -> None:
        """A connection to a host: what is said first, and what comes back."""
        port, address, other = self._begin(), HOSTS[name], len(said)
        steps = (
            (True, SYN, 0, 0, b""),
            (False, SYN_ACK, 0, 1, b""),
            (True, ACK, 1, 1, b""),
            (True, PUSH, 1, 1, said),
            (False, PUSH, 1, 1 + other, answered),
            (True, FIN, 1 + other, 1 + len(answered), b""),
            (False, FIN, 1 + len(answered), 2 + other, b""),
            (True, ACK, 2 + other, 2 + len(answered), b""),
        )
        for sent, flags, sequence, acknowledged, payload in steps:
            ports = (port, service) if sent else (service, port)
            segment = struct.pack(">HHIIBBHHH", *ports, sequence, acknowledged, 0x50, flags, 64_240, 0, 0) + payload
            self._packet(address, sent, 6, segment)

    def content(self) -> bytes:
        """The file."""
        return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1) + b"".join(self._frames)

    def _begin(self) -> int:
        self._port += 1
        self._moment += timedelta(seconds=5)
        return self._port

    def _udp(self, port: int, sent: bool, payload: bytes) -> None:
        ports = (port, 53) if sent else (53, port)
        self._packet(RESOLVER, sent, 17, struct.pack(">HHHH", *ports, 8 + len(payload), 0) + payload)

    def _packet(self, other: str, sent: bool, protocol: int, payload: bytes) -> None:
        ends = [IPv4Address(STICK).packed, IPv4Address(other).packed]
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0)
        head += b"".join(ends if sent else reversed(ends))
        head = head[:10] + struct.pack(">H", _checksum(head)) + head[12:]
        cards = [b"\x02\0\0\0\0\x17", b"\x02\0\0\0\0\x01"]
        frame = b"".join(reversed(cards) if sent else cards) + b"\x08\0" + head + payload
        self._moment += timedelta(milliseconds=30)
        seconds = int(self._moment.timestamp())
        self._frames.append(struct.pack("<IIII", seconds, self._moment.microsecond, len(frame), len(frame)) + frame)


def _checksum(head: bytes) -> int:
    total = sum(struct.unpack(f">{len(head) // 2}H", head))
    return ~(total % 0xFFFF) & 0xFFFF


def client_hello(name: str) -> bytes:
    """How TLS 1.2 begins: the client says hello and names the server."""
    host = name.encode()
    server_name = struct.pack(">HHHBH", 0, len(host) + 5, len(host) + 3, 0, len(host)) + host
    hello = b"\x03\x03" + bytes(range(32)) + b"\0" + b"\0\x02\xc0\x2f" + b"\x01\0"
    hello += struct.pack(">H", len(server_name)) + server_name
    message = b"\x01" + len(hello).to_bytes(3, "big") + hello
    return b"\x16\x03\x01" + struct.pack(">H", len(message)) + message


def server_hello() -> bytes:
    """How the server answers."""
    hello = b"\x03\x03" + bytes(range(32, 64)) + b"\0" + b"\xc0\x2f" + b"\0"
    message = b"\x02" + len(hello).to_bytes(3, "big") + hello
    return b"\x16\x03\x03" + struct.pack(">H", len(message)) + message


def stick_pcap() -> bytes:
    """One evening with the stick."""
    capture = Capture(EVENING)
    capture.asks("captions.kotoba.example")
    for host in ("captions.kotoba.example", "captions.kotoba.example", "api.lumen.example", "count.tagus.example"):
        capture.talks(host, 443, client_hello(host), server_hello())
    request = b"GET /status HTTP/1.1\r\nHost: match.maresol.example\r\nUser-Agent: lumen-stick/2\r\n\r\n"
    capture.talks("match.maresol.example", 80, request, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    return capture.content()


# The router in Frankfurt: nfdump ------------------------------------------------------------------

FAST = (
    "cnt,af,firstSeen,lastSeen,proto,srcAddr,srcPort,dstAddr,dstPort,srcAS,dstAS,input,output,flags,srcTos,packets,"
    "bytes"
)
RELAY = "203.0.113.10"

#: Who connects to whom on the day when the router was looked at: source, its port, address, bytes there and back.
ROUTED = (
    ("10.20.2.20", 40_001, WAREHOUSE, 61_000, 2_400),
    ("10.20.2.20", 40_002, WAREHOUSE, 58_500, 2_300),
    ("10.20.1.10", 41_001, RELAY, 9_000, 900),
    ("10.20.1.10", 41_002, RELAY, 9_200, 880),
    ("10.20.1.10", 42_001, "10.20.8.9", 120_000, 1_500),
)


def router_csv() -> bytes:
    """Records of one direction each, as ``nfdump -o csv-fast`` prints them."""
    moment = day("2026-06-09") + timedelta(hours=9)
    lines = [FAST]
    for source, port, address, there, back in ROUTED:
        moment += timedelta(minutes=2)
        ends = (source, port, address, 443)
        for ends_of, size in ((ends, there), ((address, 443, source, port), back)):
            first = int(moment.timestamp() * 1000)
            packets = 2 + size // 1_400
            row = (len(lines), 2, first, first + 40_000, 6, *ends_of, 0, 0, 3, 7, "...AP.SF", 0, packets, size)
            lines.append(",".join(map(str, row)))
    return ("\n".join(lines) + "\n").encode()


# The harbour of Mombasa: Suricata -----------------------------------------------------------------

SOUNDINGS = "203.0.113.70"
HARBOUR = day("2026-04-20") + timedelta(hours=4)

#: Source, address, the name that TLS shows, the category of the alert. Machines that anybody can rent stand for those
#: who attack: one in each of three States, which shows where a machine stands and nothing more.
SEEN: tuple[tuple[str, str, str | None, str | None], ...] = (
    ("3.16.16.0", RELAY, None, "Web Application Attack"),
    ("47.95.16.0", RELAY, None, "Attempted Administrator Privilege Gain"),
    ("52.59.16.0", RELAY, None, "Denial of Service"),
    ("18.228.16.0", RELAY, None, "Detection of a Network Scan"),
    ("13.245.16.0", RELAY, None, None),
    ("13.245.16.0", RELAY, None, None),
    (SOUNDINGS, RELAY, None, "Attempted User Privilege Gain"),
    (SOUNDINGS, "198.51.100.21", "charts.khor.example", None),
    (SOUNDINGS, "198.51.100.21", "charts.khor.example", None),
    (SOUNDINGS, "198.51.100.22", "tides.konkan.example", None),
    (SOUNDINGS, "198.51.100.22", "tides.konkan.example", None),
)


def harbour_eve() -> bytes:
    """EVE: a flow each, the alert raised on it, the name in its TLS."""
    return "".join(json.dumps(event, separators=(",", ":")) + "\n" for event in _events()).encode()


def _events() -> Iterator[dict[str, object]]:
    for number, (source, address, name, category) in enumerate(SEEN):
        begin = HARBOUR + timedelta(minutes=11 * number)
        ends = {"src_ip": source, "src_port": 50_000 + number, "dest_ip": address, "dest_port": 443, "proto": "TCP"}
        common = {"flow_id": 1_700_000_000_000_000 + number, "in_iface": "eth0"}
        sizes = {"pkts_toserver": 12, "pkts_toclient": 9, "bytes_toserver": 5_200, "bytes_toclient": 2_100}
        if name:
            tls = {"sni": name, "version": "TLS 1.3"}
            yield {"timestamp": _eve(begin, 1), **common, "event_type": "tls", **ends, "tls": tls}
        if category:
            alert = {"action": "allowed", "gid": 1, "signature_id": 9_000_001 + number, "rev": 1}
            alert |= {"signature": f"HARBOUR {category}", "category": category, "severity": 1}
            started = {"flow": sizes | {"start": _eve(begin, 0)}}
            yield {"timestamp": _eve(begin, 2), **common, "event_type": "alert", **ends, "alert": alert, **started}
        flow = sizes | {
            "start": _eve(begin, 0),
            "end": _eve(begin, 9),
            "age": 9,
            "state": "closed",
            "reason": "timeout",
        }
        tcp = {"tcp_flags_ts": "1b", "tcp_flags_tc": "1b", "syn": True, "fin": True, "psh": True, "ack": True}
        shown = {"app_proto": "tls", "flow": flow | {"alerted": category is not None}, "tcp": tcp}
        yield {"timestamp": _eve(begin, 60), **common, "event_type": "flow", **ends, **shown}


def _eve(begin: datetime, seconds: int) -> str:
    return f"{begin + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S.%f}+0000"


def sensors() -> dict[str, bytes]:
    """The files of this part by path."""
    return {
        "living-room/stick.pcap": stick_pcap(),
        "router/flows.csv": router_csv(),
        "harbour/eve.json": harbour_eve(),
    }
