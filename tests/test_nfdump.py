"""nfdump CSV: its layouts, records of one or both directions, what it doesn't say, and broken exports."""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zstandard
from reading import SHARED, formats_of, read

from comity.errors import EvidenceError
from comity.evidence import format_named, nfdump
from comity.evidence._pieces import MAX_LINE

CLIENT, SERVER = "192.0.2.5", "203.0.113.9"
LONG = ",".join(nfdump._LAYOUTS[0])
LINE = "firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows"
OWN = "firstSeen,proto,srcAddr,srcPort,dstAddr,dstPort,flags,packets,bytes,outPackets,outBytes"
SUMMARY = ["Summary", "flows,bytes,packets,avg_bps,avg_pps,avg_bpp", "2,970,6,0,0,161"]


def long(source: str, address: str, ports: str, flags: str = "...AP.SF", size: int = 100, **others: Any) -> str:
    """A record of nfdump up to 1.7.4."""
    source_port, port = ports.split()
    values = dict.fromkeys(nfdump._LAYOUTS[0], "0") | {
        "ts": "2024-05-01 02:00:00",
        "te": "2024-05-01 02:00:01",
        "sa": source,
        "da": address,
        "sp": source_port,
        "dp": port,
        "pr": "TCP",
        "flg": flags,
        "ipkt": "3",
        "ibyt": str(size),
        "ra": "198.51.100.1",
        "eng": "0/1",
        "cl": "    0.000",
        **others,
    }
    return ",".join(map(str, values.values()))


def own(source: str, address: str, ports: str, flags: str = "........", packets: int = 3, *, protocol: int = 6) -> str:
    """A record with columns of one's own, at midnight UTC on 1 May 2024."""
    source_port, port = ports.split()
    return f"1714521600.250,{protocol},{source},{source_port},{address},{port},{flags},{packets},100,0,0"


@pytest.fixture
def facts_of(tmp_path: Path) -> Any:
    def facts(*lines: str) -> tuple[list[dict[str, Any]], Any]:
        path = tmp_path / "flows"
        path.write_text("\n".join([*lines, ""]))
        return read(path)

    return facts


def ends(fact: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(fact.get(name) for name in ("source", "address", "bytes", "bytes_back"))


def test_request_and_reply_are_one_flow_and_the_summary_is_none(facts_of: Any) -> None:
    there, back = long(CLIENT, SERVER, "50000 443", size=70), long(SERVER, CLIENT, "443 50000", size=900)
    (fact,), reading = facts_of(LONG, there, back, *SUMMARY)
    assert fact == {
        "kind": "flow",
        "file": 1,
        "position": 2,
        "source": CLIENT,
        "address": SERVER,
        "bytes": 70,
        "bytes_back": 900,
        "blocked": False,
    }
    assert (reading.read, reading.skipped) == (2, 0)
    assert reading.notes[0] == "2 records matched into 1 two-way flow"
    assert format_named("nfdump").where(fact["position"]) == "line 2"


def test_printed_times_have_no_zone_and_are_not_guessed(facts_of: Any) -> None:
    facts, reading = facts_of(LONG, long(CLIENT, SERVER, "50000 443"))
    assert "at" not in facts[0]
    assert reading.notes[0].startswith("1 × times without a zone")
    facts, reading = facts_of(LINE, f"2024-05-01 02:00:00.250,0.000,6,{CLIENT},50000,{SERVER},443,3,100,1")
    assert "at" not in facts[0]
    assert reading.notes[0].startswith("1 × times without a zone")


@pytest.mark.parametrize(
    "lines",
    [
        (OWN, own(CLIENT, SERVER, "50000 443")),
        (
            "cnt,af,firstSeen,lastSeen,proto,srcAddr,srcPort,dstAddr,dstPort,srcAS,dstAS,input,output,flags,srcTos,"
            "packets,bytes",
            f"1,2,1714521600250,1714521601250,6,{CLIENT},50000,{SERVER},443,0,0,0,0,........,0,3,100",
        ),
        (f"1,2,1714521600250,1714521601250,6,{CLIENT},50000,{SERVER},443,0,0,0,0,........,0,3,100",),
        (LINE, f"2024-05-01T02:00:00.250+02:00,0.000,TCP,{CLIENT},50000,{SERVER},443,3,100,1"),
        (f"2024-05-01T02:00:00.250+02:00,0.000,TCP,{CLIENT},50000,{SERVER},443,3,100,1",),
    ],
)
def test_numbers_and_offsets_tell_the_instant(facts_of: Any, lines: tuple[str, ...]) -> None:
    (fact,), reading = facts_of(*lines)
    assert fact["at"] == datetime(2024, 5, 1, 0, 0, 0, 250_000, UTC)
    assert (ends(fact), reading.read, reading.notes) == ((CLIENT, SERVER, 100, None), 1, [])


def test_what_differs_is_another_flow(facts_of: Any) -> None:
    there, back = long(CLIENT, SERVER, "50000 443"), long(SERVER, CLIENT, "443 50000")
    others = [
        long(SERVER, CLIENT, "443 50001"),
        long(SERVER, CLIENT, "443 50000", pr="UDP"),
        long(SERVER, CLIENT, "443 50000", ts="2024-05-01 02:15:00"),
        long(SERVER, CLIENT, "443 50000", ra="198.51.100.2"),
    ]
    facts, reading = facts_of(LONG, there, back, *others)
    assert [ends(fact) for fact in facts] == [(CLIENT, SERVER, 100, 100), *[(CLIENT, SERVER, None, 100)] * 4]
    assert reading.read == 6


def test_a_record_of_both_directions_is_a_flow(facts_of: Any) -> None:
    both = {"opkt": 4, "obyt": 900}
    facts, reading = facts_of(
        LONG,
        long(CLIENT, SERVER, "50000 443", **both),
        long(SERVER, CLIENT, "443 50001", **both),
        # Where nothing else tells who began the exporter is believed.
        long(SERVER, CLIENT, "40000 50002", **both),
    )
    assert [ends(fact) for fact in facts] == [
        (CLIENT, SERVER, 100, 900),
        (CLIENT, SERVER, 900, 100),
        (SERVER, CLIENT, 100, 900),
    ]
    assert (reading.read, reading.notes[1:]) == (3, [])


@pytest.mark.parametrize(
    ("lines", "blocked"),
    [
        ([own(CLIENT, SERVER, "50000 443", "......S.")], True),
        ([own(CLIENT, SERVER, "50000 443", "......S.", 1), own(SERVER, CLIENT, "443 50000", "...A.R..", 1)], True),
        ([own(CLIENT, SERVER, "50000 443", "......S."), own(SERVER, CLIENT, "443 50000", "...A..S.")], False),
        ([own(CLIENT, SERVER, "50000 443", "...AP.S.")], False),  # the exporter saw one side of a connection
        ([own(CLIENT, SERVER, "50000 53", protocol=17), own(SERVER, CLIENT, "53 50000", protocol=17)], False),
        ([own(CLIENT, SERVER, "50000 53", protocol=17)], None),
        ([own(CLIENT, SERVER, "50000 443", "......S.", 1)], None),  # a sampling exporter may have seen no more
        ([own(SERVER, CLIENT, "443 50000", ".....R..", 1)], None),
    ],
)
def test_blocked_is_what_flags_show(facts_of: Any, lines: list[str], blocked: bool | None) -> None:
    (fact,), _ = facts_of(OWN, *lines)
    assert (fact["source"], fact["address"]) == (CLIENT, SERVER)
    assert fact.get("blocked") is blocked


def test_what_the_exporter_dropped_is_blocked(facts_of: Any) -> None:
    facts, _ = facts_of(LONG, *(long(CLIENT, SERVER, f"5000{n} 443", fwd=fwd) for n, fwd in enumerate((64, 128, 191))))
    assert [fact["blocked"] for fact in facts] == [False, True, True]


def test_flags_of_many_packets_do_not_say_who_began(facts_of: Any) -> None:
    (one,), _ = facts_of(OWN, own(CLIENT, SERVER, "443 50000", "......S."))
    (many,), _ = facts_of(OWN, own(SERVER, CLIENT, "443 50000", "...AP.SF"))
    (answer,), _ = facts_of(OWN, own(SERVER, CLIENT, "50000 443", "...A..S.", 1))
    assert [fact["source"] for fact in (one, many, answer)] == [CLIENT] * 3


def test_type_and_code_of_icmp_are_no_ports(facts_of: Any) -> None:
    facts, reading = facts_of(
        LONG,
        long(CLIENT, SERVER, "0 2048", "........", pr="ICMP"),
        long(SERVER, CLIENT, "0 0", "........", pr="ICMP"),
    )
    assert [(fact["source"], fact["application"]) for fact in facts] == [(CLIENT, "icmp"), (SERVER, "icmp")]
    assert "2 records stay one-way flows: nothing tells which side began" in reading.notes


def test_broken_records_are_counted_and_harm_no_other(tmp_path: Path) -> None:
    lines = [
        LONG,
        long(CLIENT, SERVER, "50000 443"),
        "2024-05-01 02:00:00,cut",
        long("nobody", SERVER, "50000 443"),
        "",
        "x" * (MAX_LINE * 2),
        long(CLIENT, "2001:DB8::9", "50001 443", ibyt="much"),
    ]
    (tmp_path / "flows").write_bytes("\n".join(lines).encode() + b"\n\xff\xfe," + bytes(range(256)) * 4)
    facts, reading = read(tmp_path / "flows")
    assert [ends(fact) for fact in facts] == [(CLIENT, SERVER, 100, None), (CLIENT, "2001:db8::9", None, None)]
    assert [(skip.where, skip.why) for skip in reading.skips][:2] == [
        ("line 3", "not 48 columns as the header says"),
        ("line 4", "no addresses"),
    ]
    assert {"longer than 16 MB", "not UTF-8"} <= {skip.why for skip in reading.skips}


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
def test_compressed_exports_are_read_up_to_where_they_break_off(tmp_path: Path, compress: Any) -> None:
    lines = [own(CLIENT, f"203.0.113.{n % 250}", f"{33000 + n} 443", packets=n * 7919 % 99991) for n in range(5000)]
    whole = compress("\n".join([OWN, *lines]).encode())
    (tmp_path / "flows").write_bytes(whole)
    assert read(tmp_path / "flows")[1].read == 5000
    (tmp_path / "flows").write_bytes(whole[: len(whole) // 2])
    _, reading = read(tmp_path / "flows")
    assert 0 < reading.read < 5000
    assert reading.skips[-1].why == "the file breaks off or is damaged here"


def test_layouts_may_follow_one_another(facts_of: Any) -> None:
    first = [LONG, long(CLIENT, SERVER, "50000 443"), *SUMMARY]
    facts, reading = facts_of(*first, OWN, own(CLIENT, SERVER, "50001 443"), LONG, "No matching flows", *SUMMARY)
    assert [fact["position"] for fact in facts] == [2, 7]
    assert (reading.read, reading.skipped) == (2, 0)


def test_an_export_without_flows_is_empty(facts_of: Any) -> None:
    facts, reading = facts_of(LONG, "No matching flows", *SUMMARY)
    assert (facts, reading.read, reading.skipped) == ([], 0, 0)


def test_a_statistic_is_refused(facts_of: Any) -> None:
    with pytest.raises(EvidenceError, match="is a statistic of nfdump"):
        facts_of("ts,te,td,pr,val,fl,flP,ipkt,ipktP,ibyt,ibytP,ipps,ibps,ibpp", f"x,y,1,any,{CLIENT},1,1,1,1,1,1,1,1,1")


@pytest.mark.parametrize(
    "text",
    [
        "sa,da\n1,2\n",
        "srcAddr;dstAddr;bytes\n",
        "kind,source,address\nflow,192.0.2.1,192.0.2.2\n",
        "a,b,c,d,e,f,g,h,i,j\n",
        "2024-05-01 02:00:00,1,2,3,4,5,6,7,8,9\n",
        "\x00",
    ],
)
def test_other_files_are_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "file").write_text(text)
    assert "nfdump" not in [form.NAME for form in formats_of(tmp_path / "file")]


@pytest.mark.skipif(not SHARED.exists(), reason="needs the shared evidence")
class TestRealExports:
    @pytest.mark.parametrize("name", ["KakaoTalk_chat", "instagram", "whatsapp_login_chat", "zoom"])
    def test_every_record_and_every_byte_is_read(self, name: str) -> None:
        path = SHARED / "netflow" / f"{name}.csv"
        facts, reading = read(path)
        with path.open(newline="") as file:
            records = list(csv.reader(file))
        assert (reading.read, reading.skipped) == (len(records), 0)
        assert sum(fact.get("bytes", 0) + fact.get("bytes_back", 0) for fact in facts) == sum(
            int(r[12]) for r in records
        )

    def test_the_flows_are_those_of_the_capture_they_were_made_from(self) -> None:
        exported, _ = read(SHARED / "netflow" / "KakaoTalk_chat.csv")
        captured, _ = read(SHARED / "pcap" / "ndpi__KakaoTalk_chat.pcap")
        found = [sorted((fact["source"], fact["address"]) for fact in facts) for facts in (exported, captured)]
        assert found[0] == found[1]
