"""AWS VPC flow logs: records of one direction each, and the two-way flows that come out."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zstandard
from reading import SHARED, formats_of, read

from comity.engine.duckdb import Engine
from comity.errors import EvidenceError
from comity.evidence import format_named, read_all
from comity.evidence.base import FactTables, Reading

CLIENT, SERVER = "10.0.0.5", "203.0.113.9"
AT = 1_714_521_600  # midnight UTC, 1 May 2024


def record(
    source: str, address: str, ports: str, size: int = 100, at: int = AT, action: str = "ACCEPT", protocol: int = 6
) -> str:
    """A record in the default format."""
    return f"2 123456789012 eni-1 {source} {address} {ports} {protocol} 3 {size} {at} {at + 50} {action} OK"


@pytest.fixture
def facts_of(tmp_path: Path) -> Any:
    def facts(*lines: str) -> tuple[list[dict[str, Any]], Reading]:
        path = tmp_path / "log"
        path.write_text("\n".join([*lines, ""]))
        return read(path)

    return facts


def ends(fact: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(fact.get(name) for name in ("source", "address", "bytes", "bytes_back"))


def test_request_and_reply_are_one_flow(facts_of: Any) -> None:
    (fact,), reading = facts_of(
        record(SERVER, CLIENT, "443 50000", 900, AT + 2),
        record(CLIENT, SERVER, "50000 443", 70),
        record(CLIENT, SERVER, "50000 443", 30, AT + 60),
    )
    assert fact == {
        "kind": "flow",
        "file": 1,
        "position": 1,
        "at": datetime(2024, 5, 1, tzinfo=UTC),
        "source": CLIENT,
        "address": SERVER,
        "bytes": 100,
        "bytes_back": 900,
        "blocked": False,
    }
    assert (reading.read, reading.skipped, reading.notes) == (3, 0, ["3 records matched into 1 two-way flow"])


def test_what_differs_is_another_flow(facts_of: Any) -> None:
    there, back = record(CLIENT, SERVER, "50000 443"), record(SERVER, CLIENT, "443 50000")
    others = [
        back.replace("eni-1", "eni-2"),
        record(SERVER, CLIENT, "443 50001"),
        record(SERVER, CLIENT, "443 50000", protocol=17),
        record(SERVER, CLIENT, "443 50000", at=AT + 900),
        record(SERVER, CLIENT, "443 50000", action="REJECT"),
    ]
    facts, reading = facts_of(there, *others)
    assert (len(facts), reading.read) == (6, 6)
    # A reply alone still tells who began, and what came back.
    assert [ends(fact) for fact in facts] == [(CLIENT, SERVER, 100, None), *[(CLIENT, SERVER, None, 100)] * 5]
    assert [fact["blocked"] for fact in facts] == [False, False, False, False, False, True]


def test_flags_tell_who_began_before_ports_do(facts_of: Any) -> None:
    header = "srcaddr dstaddr srcport dstport protocol bytes start end tcp-flags"
    (fact,), _ = facts_of(
        header, f"{CLIENT} {SERVER} 443 50000 6 1 {AT} {AT} 3", f"{SERVER} {CLIENT} 50000 443 6 2 {AT} {AT} 19"
    )
    assert ends(fact) == (CLIENT, SERVER, 1, 2)
    assert "blocked" not in fact


@pytest.mark.parametrize("ports", ["123 123", "5432 8080", "40000 50000"])
def test_where_nothing_tells_each_direction_is_a_flow(facts_of: Any, ports: str) -> None:
    turned = " ".join(reversed(ports.split()))
    facts, reading = facts_of(record(CLIENT, SERVER, ports, 1), record(SERVER, CLIENT, turned, 2))
    assert [ends(fact) for fact in facts] == [(CLIENT, SERVER, 1, None), (SERVER, CLIENT, 2, None)]
    assert reading.notes == ["2 records stay one-way flows: nothing tells which side began"]


def test_icmp_is_the_only_application_that_is_proven(facts_of: Any) -> None:
    facts, _ = facts_of(record(CLIENT, SERVER, "0 0", protocol=1), record(CLIENT, SERVER, "50000 80"))
    assert [fact.get("application") for fact in facts] == ["icmp", None]


def test_the_true_ends_stand_in_the_packet_fields(facts_of: Any) -> None:
    header = "version srcaddr dstaddr pkt-srcaddr pkt-dstaddr srcport dstport bytes start action encryption-status"
    (fact,), _ = facts_of(
        header,
        f"10 {CLIENT} 10.0.0.220 {CLIENT} 2001:DB8::9 50000 443 1 {AT} ACCEPT 1",
        f"10 10.0.0.220 {CLIENT} 2001:db8::9 {CLIENT} 443 50000 2 {AT} ACCEPT 3",
    )
    assert (*ends(fact), fact["encrypted"]) == (CLIENT, "2001:db8::9", 1, 2, True)


def test_windows_without_data_and_broken_records_are_counted(facts_of: Any) -> None:
    facts, reading = facts_of(
        record(CLIENT, SERVER, "50000 443"),
        f"2 123456789012 eni-1 - - - - - - - {AT} {AT} - NODATA",
        f"2 123456789012 eni-1 - - - - - - - {AT} {AT} - SKIPDATA",
        "",
        "2 123456789012 eni-1 cut",
        record("nobody", SERVER, "50000 443"),
        record(CLIENT, SERVER, "50000 443") + "A",
    )
    assert (len(facts), reading.read, reading.skipped) == (1, 1, 5)
    assert [(skip.where, skip.why) for skip in reading.skips] == [
        ("line 2", "nothing passed in that window (NODATA)"),
        ("line 3", "AWS could not record that window (SKIPDATA)"),
        ("line 5", "not 14 fields as in the first line"),
        ("line 6", "no addresses"),
        ("line 7", "the log-status is not OK, NODATA or SKIPDATA"),
    ]


def test_headers_may_change_within_a_file_and_exports_have_a_time_before(facts_of: Any) -> None:
    facts, reading = facts_of(
        "2024-05-01T00:00:01.000Z " + record(CLIENT, SERVER, "50000 443", 1),
        "start dstaddr srcaddr bytes dstport srcport",
        f"{AT} {SERVER} {CLIENT} 2 443 50001",
    )
    assert [ends(fact) for fact in facts] == [(CLIENT, SERVER, 1, None), (CLIENT, SERVER, 2, None)]
    assert (reading.read, reading.skipped) == (2, 0)


def test_an_order_that_nothing_tells_is_refused_with_what_is_needed(facts_of: Any) -> None:
    with pytest.raises(EvidenceError, match="no header line that names their fields") as caught:
        facts_of(f"eni-1 {CLIENT} {SERVER} ACCEPT 50000 443 100 {AT}")
    assert "put the format of the flow log before them" in str(caught.value)


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
def test_compressed_logs_are_read_up_to_where_they_break_off(tmp_path: Path, compress: Any) -> None:
    lines = [record(CLIENT, f"203.0.113.{n % 250}", f"{33000 + n} 443", n * 7919 % 100_003) for n in range(5000)]
    whole = compress("\n".join(lines).encode())
    (tmp_path / "log").write_bytes(whole)
    assert read(tmp_path / "log")[1].read == 5000
    (tmp_path / "log").write_bytes(whole[: len(whole) // 2])
    _, reading = read(tmp_path / "log")
    assert 0 < reading.read < 5000
    assert reading.skipped >= 1


def test_parquet_is_read_with_its_underscores(tmp_path: Path) -> None:
    path = tmp_path / "flows [1].parquet"
    with Engine() as engine:
        engine.run(
            f"""COPY (SELECT * FROM (VALUES
                (2, '{CLIENT}', '{SERVER}', 50000, 443, 6, 70::BIGINT, {AT}::BIGINT, 'ACCEPT', 'OK', 2),
                (2, '{SERVER}', '{CLIENT}', 443, 50000, 6, 900::BIGINT, {AT}::BIGINT, 'ACCEPT', 'OK', 18),
                (2, '-', '-', NULL, NULL, NULL, NULL, {AT}::BIGINT, '-', 'NODATA', NULL)
            ) t(version, srcaddr, dstaddr, srcport, dstport, protocol, bytes, start, action, log_status, tcp_flags))
            TO '{path}'"""
        )
    (fact,), reading = read(path)
    assert (*ends(fact), fact["blocked"]) == (CLIENT, SERVER, 70, 900, False)
    assert format_named("vpc_flow").where(fact["position"]) == "row 1"
    assert (reading.read, [skip.where for skip in reading.skips]) == (2, ["row 3"])


def test_a_damaged_parquet_file_is_an_error_about_that_file(tmp_path: Path) -> None:
    (tmp_path / "flows.parquet").write_bytes(b"PAR1 srcaddr dstaddr log_status PAR1")
    with Engine() as engine:
        (entry,) = read_all([tmp_path / "flows.parquet"], FactTables(engine))
    assert "is not a whole Parquet file" in str(entry.error)


@pytest.mark.parametrize(
    "text",
    [
        "a b c\n",
        "srcaddr of things\n",
        "2 3 4 5 6 7 8 9 10 11 12 13 14 15\n",
        "srcaddr,dstaddr\n1,2\n",
        "\x00",
        "PAR1 srcaddr",
    ],
)
def test_other_files_are_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "file").write_text(text)
    assert "vpc_flow" not in [form.NAME for form in formats_of(tmp_path / "file")]


@pytest.mark.skipif(not SHARED.exists(), reason="needs the shared evidence")
class TestRealLogs:
    @pytest.mark.parametrize(("name", "broken"), [("v3", 0), ("v4", 0), ("v5", 1)])
    def test_every_record_is_read(self, name: str, broken: int) -> None:
        path = SHARED / "vpcflow" / f"flowlogs_reader__{name}_file.log"
        facts, reading = read(path)
        assert (reading.read, reading.skipped) == (len(path.read_text().splitlines()) - 1 - broken, broken)
        # SYN-ACK makes the first record a reply; its other end is the one that stands behind an intermediate layer.
        assert facts[0]["bytes_back"] > 0
        assert "bytes" not in facts[0]

    def test_all_29_fields_without_a_header(self) -> None:
        (fact,), _ = read(SHARED / "vpcflow" / "elastic__aws-v5-all-fields.log")
        assert (*ends(fact), fact["blocked"]) == ("89.160.20.156", "10.200.0.80", 1, None, True)

    def test_google_flow_logs_are_not_amazon_ones(self) -> None:
        path = SHARED / "vpcflow" / "grafana__gcp-test_flow_logs.first2.jsonl"
        assert "vpc_flow" not in [form.NAME for form in formats_of(path)]
