"""Packet captures: which packets become which flow, and what becomes of files that are cut, broken or hostile."""

from __future__ import annotations

import gzip
import re
import struct
import threading
from collections import Counter
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import dpkt
import pytest
import zstandard
from reading import SHARED, formats_of, read

from comity.engine.duckdb import Engine
from comity.errors import EvidenceError
from comity.evidence import format_named, pcap, read_all
from comity.evidence.base import FactTables

CLIENT, SERVER = "192.0.2.5", "203.0.113.9"
AT = 1_714_521_600
SYN, RST, ACK = 2, 4, 16
ETHERNET, RAW, COOKED, COOKED_2, USB = 1, 101, 113, 276, 220
GTP = 2152
DAMAGED = "the file breaks off or is damaged here"


def ip(source: str, address: str, protocol: int, body: bytes) -> bytes:
    ends = ip_address(source).packed + ip_address(address).packed
    if len(ends) == 32:
        return struct.pack(">IHBB", 6 << 28, len(body), protocol, 64) + ends + body
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0, 64, protocol, 0) + ends + body


def tcp(source: str, address: str, ports: tuple[int, int], flags: int, payload: bytes = b"") -> bytes:
    return ip(source, address, 6, struct.pack(">HHIIBBHHH", *ports, 1, 0, 0x50, flags, 1000, 0, 0) + payload)


def udp(source: str, address: str, ports: tuple[int, int], payload: bytes) -> bytes:
    return ip(source, address, 17, struct.pack(">HHHH", *ports, 8 + len(payload), 0) + payload)


def ethernet(packet: bytes) -> bytes:
    return bytes(12) + (b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00") + packet


def question(name: str) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">HHHHHH", 7, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", 1, 1)


def capture(*frames: bytes, link: int = ETHERNET, order: str = "<", step: float = 1) -> bytes:
    """A pcap file of frames that are ``step`` seconds apart."""
    records = [struct.pack(f"{order}IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)]
    for number, frame in enumerate(frames):
        seconds, micros = divmod(round(number * step * 1_000_000), 1_000_000)
        records.append(struct.pack(f"{order}IIII", AT + seconds, micros, len(frame), len(frame)) + frame)
    return b"".join(records)


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack(f"{order}I", len(body) + 12)
    return struct.pack(f"{order}I", kind) + size + body + size


def section(*blocks: bytes, links: tuple[int, ...] = (ETHERNET,), order: str = "<", options: bytes = b"") -> bytes:
    """A section of a pcapng file with an interface for each link type."""
    head = block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)
    interfaces = [block(1, struct.pack(f"{order}HHI", link, 0, 65535) + options, order) for link in links]
    return b"".join([head, *interfaces, *blocks])


def packet(frame: bytes, time: int = AT * 1_000_000, interface: int = 0, order: str = "<") -> bytes:
    sizes = (len(frame), len(frame))
    return block(6, struct.pack(f"{order}IIIII", interface, time >> 32, time & 0xFFFFFFFF, *sizes) + frame, order)


HANDSHAKE = (
    tcp(CLIENT, SERVER, (50000, 80), SYN),
    tcp(SERVER, CLIENT, (80, 50000), SYN | ACK),
    tcp(CLIENT, SERVER, (50000, 80), ACK),
)
GET = b"GET / HTTP/1.1\r\nHost: Files.Example.:80\r\nUser-Agent: x\r\n\r\n"
REQUEST = (
    *HANDSHAKE,
    tcp(CLIENT, SERVER, (50000, 80), ACK, GET),
    tcp(SERVER, CLIENT, (80, 50000), ACK, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
)


@pytest.fixture
def facts_of(tmp_path: Path) -> Any:
    def facts(content: bytes, name: str = "capture") -> tuple[list[dict[str, Any]], Any]:
        path = tmp_path / name
        path.write_bytes(content)
        return read(path)

    return facts


def test_a_request_and_its_answer_are_one_flow(facts_of: Any) -> None:
    (fact,), reading = facts_of(capture(*map(ethernet, REQUEST), step=0.25))
    assert fact == {
        "kind": "flow",
        "file": 1,
        "position": 1,
        "at": datetime(2024, 5, 1, tzinfo=UTC),
        "source": CLIENT,
        "address": SERVER,
        "host": "files.example",
        "application": "http",
        "encrypted": False,
        "bytes": len(GET),
        "bytes_back": 38,
        "blocked": False,
    }
    assert (reading.read, reading.skipped, reading.notes) == (5, 0, ["5 frames in 1 flow"])
    assert format_named("pcap").where(fact["position"]) == "frame 1"


def test_the_name_in_a_dns_question_is_not_the_receiving_host(facts_of: Any) -> None:
    frames = [
        ethernet(udp(CLIENT, "198.51.100.53", (40000, 53), question("www.facebook.com"))),
        ethernet(udp("198.51.100.53", CLIENT, (53, 40000), question("www.facebook.com"))),
    ]
    (fact,), _ = facts_of(capture(*frames))
    assert (fact["address"], fact["application"], fact["encrypted"]) == ("198.51.100.53", "dns", False)
    assert "host" not in fact


@pytest.mark.parametrize(
    ("packets", "blocked"),
    [
        ([(CLIENT, SYN), (CLIENT, SYN), (None, 0)], True),
        ([(CLIENT, SYN), (SERVER, RST | ACK)], True),
        ([(CLIENT, SYN), (SERVER, SYN | ACK)], False),
        ([(CLIENT, SYN), (CLIENT, ACK), (None, 0)], False),  # the sensor saw one side of an established connection
        ([(CLIENT, SYN)], None),  # the capture ends before an answer could come
        ([(SERVER, RST)], None),
    ],
)
def test_blocked_is_what_the_capture_shows(facts_of: Any, packets: list[Any], blocked: bool | None) -> None:
    later = tcp(CLIENT, "198.51.100.1", (50001, 443), ACK)
    ports = {CLIENT: (SERVER, (50000, 443)), SERVER: (CLIENT, (443, 50000))}
    frames = [later if end is None else tcp(end, *ports[end], flags) for end, flags in packets]
    facts, _ = facts_of(capture(*map(ethernet, frames), step=4))
    assert (facts[0]["source"], facts[0]["address"]) == (CLIENT, SERVER)
    assert facts[0].get("blocked") is blocked


def test_udp_without_an_answer_may_have_arrived(facts_of: Any) -> None:
    (fact,), _ = facts_of(capture(ethernet(udp(CLIENT, SERVER, (50000, 4433), b"hello"))))
    assert "blocked" not in fact
    assert (fact["bytes"], fact.get("bytes_back")) == (5, None)


def test_who_began_is_told_by_syn_then_by_ports(facts_of: Any) -> None:
    def first(*frames: bytes) -> str:
        return str(facts_of(capture(*map(ethernet, frames)))[0][0]["source"])

    assert first(HANDSHAKE[1]) == CLIENT
    assert first(tcp(CLIENT, SERVER, (443, 50000), SYN)) == CLIENT
    assert first(tcp(SERVER, CLIENT, (8443, 50000), ACK)) == CLIENT
    assert first(udp(SERVER, CLIENT, (443, 50000), b"x")) == CLIENT
    # Two peers: the first packet is all there is to go by.
    assert first(udp(SERVER, CLIENT, (6881, 50000), b"x")) == SERVER


def test_silence_and_a_new_syn_begin_a_new_flow(facts_of: Any) -> None:
    end = (tcp(CLIENT, SERVER, (50000, 80), ACK | 1), tcp(SERVER, CLIENT, (80, 50000), ACK | 1))
    facts, _ = facts_of(capture(*map(ethernet, [*HANDSHAKE, HANDSHAKE[2], *end, *HANDSHAKE])))
    assert [fact["position"] for fact in facts] == [1, 7]
    ask = ethernet(udp(CLIENT, SERVER, (123, 123), bytes(48)))
    assert len(facts_of(capture(ask, ask, step=100))[0]) == 1
    assert len(facts_of(capture(ask, ask, step=130))[0]) == 2


@pytest.mark.parametrize(
    "content",
    [
        capture(*map(ethernet, REQUEST), order=">"),
        capture(*map(ethernet, REQUEST)).replace(b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"),
        capture(*REQUEST, link=RAW),
        capture(*(bytes(14) + b"\x08\x00" + each for each in REQUEST), link=COOKED),
        capture(*(b"\x08\x00" + bytes(18) + each for each in REQUEST), link=COOKED_2),
        section(*(packet(ethernet(each)) for each in REQUEST)),
        section(*(packet(ethernet(each), order=">") for each in REQUEST), order=">"),
        # Times in nanoseconds, by the option if_tsresol, and blocks of a kind that is not known.
        section(
            block(0x0BAD, bytes(40)),
            *(packet(ethernet(each), AT * 10**9) for each in REQUEST),
            options=struct.pack("<HHB3x", 9, 1, 9),
        ),
        gzip.compress(capture(*map(ethernet, REQUEST))),
        zstandard.compress(capture(*map(ethernet, REQUEST))),
    ],
    ids=["big-endian", "nanoseconds", "raw", "cooked", "cooked 2", "ng", "ng big-endian", "ng ns", "gzip", "zstd"],
)
def test_every_container_says_the_same(facts_of: Any, content: bytes) -> None:
    (fact,), reading = facts_of(content)
    assert (fact["host"], fact["bytes"], fact["bytes_back"], fact["at"].year) == ("files.example", len(GET), 38, 2024)
    assert (reading.read, reading.skipped) == (5, 0)


def test_ipv6_cut_when_captured_is_read_as_far_as_it_was_kept(facts_of: Any) -> None:
    frame = ethernet(udp("2001:db8::5", "2001:db8::9", (50000, 4433), bytes(1000)))
    kept = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 100, 1) + struct.pack("<IIII", AT, 0, 100, len(frame))
    (fact,), reading = facts_of(kept + frame[:100])
    assert (fact["source"], fact["address"], fact["bytes"]) == ("2001:db8::5", "2001:db8::9", 100 - 14 - 40 - 8)
    assert "1 × IPv6 packet cut when captured: its bytes count as far as they were kept" in reading.notes


def test_frames_without_ip_are_counted_and_keep_their_numbers(facts_of: Any) -> None:
    arp = bytes(12) + b"\x08\x06" + bytes(46)
    blocks = [packet(b"\x00" * 64, interface=1), packet(arp), *(packet(ethernet(each)) for each in REQUEST)]
    (fact,), reading = facts_of(section(*blocks, links=(ETHERNET, USB)))
    assert (fact["position"], reading.read, reading.skipped) == (3, 5, 2)
    assert [skip.where for skip in reading.skips] == ["frame 1"]
    assert reading.notes == ["5 frames in 1 flow", "1 × link type 220, which is not read"]


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (capture(), "the capture holds no frames"),
        (section(), "the capture holds no frames"),
        (capture(bytes(64), link=USB), "no frame holds IP"),
    ],
)
def test_a_capture_without_flows_says_so(facts_of: Any, content: bytes, note: str) -> None:
    facts, reading = facts_of(content)
    assert facts == []
    assert reading.notes[0] == note


@pytest.mark.parametrize("compress", [bytes, gzip.compress, zstandard.compress])
def test_what_stands_before_a_cut_is_read(facts_of: Any, compress: Any) -> None:
    frames = [ethernet(udp(CLIENT, SERVER, (50000 + n % 99, 4433), bytes(range(n % 251)) * 4)) for n in range(3000)]
    whole = compress(capture(*frames, step=0.001))
    _, reading = facts_of(whole[: len(whole) * 2 // 3])
    assert 0 < reading.read < 3000
    assert [(skip.where, skip.why) for skip in reading.skips] == [(f"frame {reading.read + 1}", DAMAGED)]


@pytest.mark.parametrize(
    "tail",
    [
        struct.pack("<IIII", AT, 0, 0xFFFFFFF0, 60),
        struct.pack("<IIII", AT, 0, 262_145, 60) + bytes(1000),
        b"\x01",
    ],
)
def test_a_length_that_lies_ends_the_reading_and_takes_no_memory(facts_of: Any, tail: bytes) -> None:
    (fact,), reading = facts_of(capture(*map(ethernet, REQUEST)) + tail)
    assert (fact["bytes"], reading.read, reading.skips[0].where, reading.skips[0].why) == (
        len(GET),
        5,
        "frame 6",
        DAMAGED,
    )


@pytest.mark.parametrize(
    "tail",
    [
        struct.pack("<II", 6, 0xFFFFFFF0),
        struct.pack("<II", 6, 8),
        struct.pack("<II", 99, 0xFFFFFFF0),
        packet(ethernet(GET), interface=7),
        block(6, struct.pack("<IIIII", 0, 0, 0, 5000, 5000)),
        block(6, b"short"),
    ],
)
def test_so_does_a_block_that_lies(facts_of: Any, tail: bytes) -> None:
    (fact,), reading = facts_of(section(*(packet(ethernet(each)) for each in REQUEST)) + tail)
    assert (fact["bytes"], reading.read, reading.skips[0].where, reading.skips[0].why) == (
        len(GET),
        5,
        "frame 6",
        DAMAGED,
    )


@pytest.mark.parametrize("content", [capture()[:20], section()[:16], capture()[:4]])
def test_a_file_cut_in_its_header_is_one_error(facts_of: Any, content: bytes) -> None:
    with pytest.raises(EvidenceError, match="is a packet capture cut off or broken in its header"):
        facts_of(content)


def test_garbage_in_frames_harms_only_them(facts_of: Any) -> None:
    noise = [bytes((7 * n + i * i) % 256 for i in range(n)) for n in range(0, 400, 7)]
    facts, reading = facts_of(capture(*map(ethernet, REQUEST), *noise, *(ethernet(b"\x45" + each) for each in noise)))
    assert facts[0]["host"] == "files.example"
    assert reading.read + reading.skipped == 5 + 2 * len(noise)


@pytest.mark.parametrize("name", ["a 'b\" [c]*.pcap", "ü\n.pcap", "-"])
def test_any_name_of_a_file_will_do(facts_of: Any, name: str) -> None:
    assert facts_of(capture(*map(ethernet, REQUEST)), name)[1].read == 5


def test_it_works_in_a_thread_and_prints_nothing(facts_of: Any, capfd: pytest.CaptureFixture[str]) -> None:
    found: list[int] = []
    content = capture(*map(ethernet, REQUEST))
    thread = threading.Thread(target=lambda: found.append(facts_of(content)[1].read))
    thread.start()
    thread.join()
    assert found == [5]
    assert capfd.readouterr() == ("", "")


def test_without_nfstream_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, facts_of: Any
) -> None:
    monkeypatch.setattr(pcap, "find_spec", lambda name: None)
    with pytest.raises(EvidenceError) as caught:
        facts_of(capture())
    assert str(caught.value).endswith("help: to read it: pip install 'comity[pcap]'")


def test_a_meter_that_dies_is_an_error_about_that_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "meter.py").write_text("import os, sys; sys.stdin.buffer.read(30); os.abort()")
    monkeypatch.setattr(pcap, "_METER", tmp_path / "meter.py")
    for name in ("one.pcap", "two.pcap"):
        (tmp_path / name).write_bytes(capture(*map(ethernet, REQUEST * 5000)))
    with Engine() as engine:
        first, second = read_all([tmp_path / "one.pcap", tmp_path / "two.pcap"], FactTables(engine))
    assert "nDPI failed" in str(first.error)
    assert "nDPI failed" in str(second.error)


@pytest.mark.parametrize("content", [b"\x0a\x0d\x0d\x0a", b"\xd4\xc3", b"PAR1", b"\x0a\x0d\x0d\x0a" + bytes(30)])
def test_other_files_are_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    assert "pcap" not in [form.NAME for form in formats_of(tmp_path / "file")]


def _captures() -> list[Path]:
    return sorted(path for path in (SHARED / "pcap").glob("*.pcap*") if path.suffix in (".pcap", ".pcapng"))


def _packet(frame: bytes, link: int) -> Any:
    """The packet in a frame as another parser sees it."""
    return dpkt.ethernet.Ethernet(frame).data if link == ETHERNET else dpkt.sll.SLL(frame).data


@pytest.mark.skipif(not SHARED.exists(), reason="needs the shared evidence")
class TestRealCaptures:
    @pytest.mark.parametrize("path", _captures(), ids=lambda path: path.name)
    def test_each_flow_points_at_its_first_frame(self, path: Path) -> None:
        facts, reading = read(path)
        with path.open("rb") as file:
            source = dpkt.pcap.UniversalReader(file)
            link, frames = source.datalink(), list(source)
        assert reading.read + reading.skipped == len(frames)
        for fact in facts:
            at, frame = frames[fact["position"] - 1]
            packet = _packet(frame, link)
            # The other parser takes every interface's times for those of the first one.
            assert 0 <= (at if at < 1e11 else at / 1000) - fact["at"].timestamp() < 0.001
            ends = {str(ip_address(end)) for end in (packet.src, packet.dst)}
            tunnel = getattr(packet.data, "dport", None) == GTP  # the flow is the one inside
            assert ({fact["source"], fact["address"]} == ends) is not tunnel

    @pytest.mark.parametrize(
        "path", [path for path in _captures() if path.name.startswith("ndpi")], ids=lambda p: p.name
    )
    def test_flows_and_server_names_are_those_that_ndpi_expects(self, path: Path) -> None:
        facts, _ = read(path)
        listing = Path(f"{path}.out.txt").read_text()
        flows = re.findall(r"^\t\d+\t\S+ \S+ <?-> .*$", listing, re.M)
        named = r"\[proto: [\d.]+/(?:TLS|QUIC|HTTP)[.\]].*\[Hostname/SNI: ([^\]:]*[a-z][^\]:]*)"
        names = Counter(found[1].lower() for flow in flows if (found := re.search(named, flow)))
        assert len(facts) == len(flows)
        assert Counter(fact["host"] for fact in facts if "host" in fact) == names

    def test_payload_adds_up_to_what_another_parser_counts(self) -> None:
        path = SHARED / "pcap" / "ndpi__KakaoTalk_chat.pcap"
        facts, _ = read(path)
        total = 0
        with path.open("rb") as file:
            for _, frame in (reader := dpkt.pcap.UniversalReader(file)):
                packet = _packet(frame, reader.datalink())
                headers = 4 * packet.hl + (4 * packet.data.off if packet.p == dpkt.ip.IP_PROTO_TCP else 8)
                total += packet.len - headers
        assert sum(fact.get("bytes", 0) + fact.get("bytes_back", 0) for fact in facts) == total
