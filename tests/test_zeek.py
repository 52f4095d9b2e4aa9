"""Zeek logs: files as sensors write them, and what comes out."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zstandard
from reading import SHARED, formats_of, read

from comity.engine.duckdb import Engine
from comity.errors import EvidenceError
from comity.evidence import format_named, read_all
from comity.evidence.base import REF_BITS, EvidenceFile, FactTables, Reading, head_of
from comity.evidence.connections import merge_connections

CONN = (
    "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state resp_pkts"
)
SSL = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p version cipher server_name established"
HTTP = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p method host uri request_body_len response_body_len status_code"
DNS = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto trans_id rtt query rcode rejected"
ENDS = "10.0.0.5 50000 203.0.113.9 443"


def log(path: str, fields: str, *records: str, separator: str = "\t") -> str:
    """A log with its header; fields and values are given with blanks between them."""
    header = [
        "#separator " + "".join(f"\\x{ord(letter):02x}" for letter in separator),
        separator.join(["#set_separator", ","]),
        separator.join(["#empty_field", "(empty)"]),
        separator.join(["#unset_field", "-"]),
        separator.join(["#path", path]),
        separator.join(["#open", "2024-05-01-00-00-00"]),
        separator.join(["#fields", *fields.split()]),
        separator.join(["#types", *["string"] * len(fields.split())]),
    ]
    return "\n".join([*header, *(separator.join(record.split()) for record in records), "#close\t2024-05-02", ""])


def conn(
    state: str, proto: str = "tcp", sent: str = "-", came: str = "-", packets: str = "0", service: str = "-"
) -> str:
    return f"1714521600.5 C1 {ENDS} {proto} {service} 1.5 {sent} {came} {state} {packets}"


@pytest.fixture
def facts_of(tmp_path: Path) -> Any:
    def facts(text: str | bytes) -> tuple[list[dict[str, Any]], Reading]:
        path = tmp_path / "log"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read(path)

    return facts


def test_a_connection_is_one_flow_from_originator_to_responder(facts_of: Any) -> None:
    (fact,), reading = facts_of(log("conn", CONN, conn("SF", sent="1200", came="34000", packets="30", service="ssl")))
    assert fact == {
        "kind": "flow",
        "file": 1,
        "position": 9,
        "at": datetime(2024, 5, 1, 0, 0, 0, 500_000, tzinfo=UTC),
        "source": "10.0.0.5",
        "address": "203.0.113.9",
        "application": "tls",
        "encrypted": True,
        "bytes": 1200,
        "bytes_back": 34000,
        "blocked": False,
        "connection": "C1",
        "detail": False,
    }
    assert (reading.read, reading.skipped) == (1, 0)
    assert format_named("zeek").where(9) == "line 9"


@pytest.mark.parametrize(
    ("record", "blocked"),
    [
        (conn("S0"), True),
        (conn("S0", "udp", sent="300"), True),
        (conn("REJ"), True),
        (conn("RSTOS0"), True),
        (conn("SH"), True),
        (conn("SF"), False),
        (conn("S1"), False),
        (conn("RSTR"), False),
        (conn("RSTRH"), True),
        (conn("SHR"), True),
        (conn("SHR", came="500"), False),
        (conn("SHR", "udp"), False),
        (conn("OTH", sent="500"), False),
        (conn("OTH"), None),
        (conn("OTH", "icmp", sent="56", came="0"), True),
        (conn("OTH", "icmp", sent="56", came="56", packets="1"), False),
        (conn("-"), None),
    ],
)
def test_the_state_of_a_connection_tells_whether_anything_moved(
    facts_of: Any, record: str, blocked: bool | None
) -> None:
    (fact,), _ = facts_of(log("conn", CONN, record))
    assert fact.get("blocked") == blocked


@pytest.mark.parametrize(
    ("service", "application", "encrypted"),
    [("http", "http", False), ("smtp,ssl", "smtp,tls", True), ("http,-ssl", "http", False), ("-ssl", None, None)],
)
def test_a_service_is_named_and_one_that_zeek_took_back_is_not(
    facts_of: Any, service: str, application: str | None, encrypted: bool | None
) -> None:
    (fact,), _ = facts_of(log("conn", CONN, conn("SF", service=service)))
    assert (fact.get("application"), fact.get("encrypted")) == (application, encrypted)


def test_names_come_from_ssl_and_http_but_never_from_dns(facts_of: Any) -> None:
    at = f"1714521600 C1 {ENDS}"
    text = (
        log(
            "ssl",
            SSL,
            f"{at} TLSv13 TLS_AES_128_GCM_SHA256 API.Example.COM. T",
            f"{at} TLSv12 TLS_RSA_WITH_NULL_SHA - F",
        )
        + log("http", HTTP, f"{at} POST shop.example:8080 /x 500 20 200", f"{at} GET 203.0.113.9 / 0 0 -")
        + log(
            "dns", DNS, f"{at} udp 7 0.01 secret.example 0 F", f"{at} udp 8 - secret.example - F", f"{at} udp 9 - x 5 T"
        )
    )
    facts, reading = facts_of(text)
    told = [
        tuple(fact.get(name) for name in ("application", "host", "encrypted", "blocked", "bytes")) for fact in facts
    ]
    assert told == [
        ("tls", "api.example.com", True, False, None),
        ("tls", None, False, True, None),
        ("http", "shop.example", False, False, 500),
        ("http", None, False, None, 0),
        ("dns", None, False, False, None),
        ("dns", None, False, True, None),
        ("dns", None, False, False, None),
    ]
    assert (reading.read, reading.skipped) == (7, 0)


def test_rotated_logs_in_one_file_are_read_each_by_its_own_header(facts_of: Any) -> None:
    turned = " ".join(reversed(CONN.split()))
    text = (
        log("conn", CONN, conn("SF", sent="1"))
        + log("conn", turned, " ".join(reversed(conn("SF", sent="2").split())), separator="|")
        + log("files", "ts fuid", "1 F1")
        + log("conn", CONN, conn("SF", sent="3"), "1714521600.5 too few")
    )
    facts, reading = facts_of(text)
    lines = text.split("\n")
    other = lines.index("1\tF1") + 1
    assert [fact["bytes"] for fact in facts] == [1, 2, 3]
    assert all("C1" in lines[fact["position"] - 1] for fact in facts)
    assert [(skip.where, skip.why) for skip in reading.skips] == [
        (f"line {other}", "a record of a Zeek log other than conn, dns, ssl and http"),
        (f"line {len(lines) - 2}", "not 13 fields as the header says"),
    ]


def test_json_is_read_as_zeek_and_as_shippers_write_it(facts_of: Any) -> None:
    ends = {"id.orig_h": "2001:DB8::1", "id.resp_h": "203.0.113.9"}
    records = [
        {"_path": "conn", "ts": 1714521600.25, "uid": "C1", **ends, "conn_state": "SF", "orig_bytes": 5},
        {
            "_path": "ssl",
            "ts": "2024-05-01T00:00:00.25Z",
            "id_orig_h": "10.0.0.5",
            "id_resp_h": "10.0.0.6",
            "established": True,
        },
        {"_path": "http", "ts": 1714521600250, "id": {"orig_h": "10.0.0.5", "resp_h": "10.0.0.6"}, "host": "a.example"},
        {"_path": "rdp", "ts": 1, **ends},
        {"_path": "dns", "ts": 1, "id.orig_h": "10.0.0.5"},
    ]
    facts, reading = facts_of("\n".join([*map(json.dumps, records), '{"_path": "conn", "ts"', "7", ""]))
    assert {fact["at"] for fact in facts} == {datetime(2024, 5, 1, 0, 0, 0, 250_000, tzinfo=UTC)}
    assert [fact["source"] for fact in facts] == ["2001:db8::1", "10.0.0.5", "10.0.0.5"]
    assert [(fact.get("blocked"), fact.get("host")) for fact in facts] == [
        (False, None),
        (False, None),
        (None, "a.example"),
    ]
    assert reading.skipped == 4
    assert {skip.where for skip in reading.skips} == {"line 4", "line 5", "line 6"}


@pytest.mark.parametrize(
    ("record", "application"),
    [
        ({"query": "a.example", "qtype": 1}, "dns"),
        ({"server_name": "a.example", "version": "TLSv12"}, "tls"),
        ({"method": "GET", "uri": "/"}, "http"),
        ({"conn_state": "SF", "service": "ssh"}, "ssh"),
    ],
)
def test_json_without_a_path_is_told_by_its_keys(facts_of: Any, record: dict[str, Any], application: str) -> None:
    common = {"ts": 1, "uid": "C1", "id.orig_h": "10.0.0.5", "id.resp_h": "10.0.0.6"}
    (fact,), _ = facts_of(json.dumps(common | record))
    assert fact["application"] == application


@pytest.mark.parametrize("text", [log("x509", "ts id", "1 F1"), '{"_path": "weird", "ts": 1, "uid": "C1"}\n'])
def test_logs_without_flows_are_refused_by_name(facts_of: Any, text: str) -> None:
    with pytest.raises(
        EvidenceError, match=r"a Zeek `(x509|weird)` log holds no flows; conn, dns, ssl and http logs do"
    ):
        facts_of(text)


def test_damage_costs_the_damaged_lines_only(facts_of: Any) -> None:
    good, text = conn("SF").encode().replace(b" ", b"\t"), log("conn", CONN)
    lines = [good, b"", b"\xff\xfe\x00\x01", good, good + b"\textra", good.replace(b"203.0.113.9", b"nowhere"), good]
    facts, reading = facts_of(text.encode() + b"\r\n".join(lines))
    first = text.count("\n") + 1
    assert [fact["position"] - first for fact in facts] == [0, 3, 6]
    assert reading.skipped == 3
    assert {skip.where for skip in reading.skips} == {f"line {first + n}" for n in (2, 4, 5)}


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
def test_compressed_logs_are_read_up_to_where_they_break_off(facts_of: Any, compress: Any) -> None:
    records = [conn("SF", sent=str(n * 7919 % 100_003)) for n in range(5000)]
    whole = compress(log("conn", CONN, *records).encode())
    assert facts_of(whole)[1].read == 5000
    facts, reading = facts_of(whole[: len(whole) // 2])
    assert 0 < reading.read < 5000
    assert [fact["bytes"] for fact in facts] == [n * 7919 % 100_003 for n in range(reading.read)]
    assert reading.skipped >= 1


@pytest.mark.parametrize(
    "text", ["#separator of things\n", "# a comment\nts,uid\n", '{"ts": 1, "uid": 7}\n', "{}\n", "\x00\x01"]
)
def test_other_files_are_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "file").write_text(text)
    assert "zeek" not in [form.NAME for form in formats_of(tmp_path / "file")]


def test_what_several_logs_say_of_one_connection_becomes_one_flow(tmp_path: Path) -> None:
    at, other, proxy = f"1714521600 C1 {ENDS}", f"1714521600 C2 {ENDS}", f"1714521600 C3 {ENDS}"
    logs = {
        "conn": log("conn", CONN, conn("SF", sent="900"), conn("SF", sent="70").replace("C1", "C3")),
        "ssl": log("ssl", SSL, f"{at} TLSv13 X api.example T", f"{other} TLSv13 X lone.example T"),
        "http": log("http", HTTP, *(f"{proxy} GET {host}.example / 1 1 200" for host in "ab")),
    }
    with Engine() as engine:
        tables, readings = FactTables(engine), {}
        for number, (name, text) in enumerate(logs.items()):
            (tmp_path / name).write_text(text)
            file = EvidenceFile(number, tmp_path / name, head_of(tmp_path / name))
            readings[number] = format_named("zeek").read(file, tables)
        merge_connections(tables, readings)
        query = f"SELECT connection, host, bytes, encrypted FROM ({tables.relation('flow')}) ORDER BY ALL"
        assert engine.rows(query) == [
            ("C1", "api.example", 900, True),  # conn and ssl
            ("C2", "lone.example", None, True),  # in no conn log
            ("C3", "a.example", 1, False),  # two hosts on one connection: nothing is put together
            ("C3", "b.example", 1, False),
            ("C3", None, 70, None),
        ]
    assert [reading.read for reading in readings.values()] == [2, 2, 2]
    assert readings[1].notes == ["records joined to the connection they belong to: 1"]


@pytest.mark.skipif(not SHARED.exists(), reason="needs the shared evidence")
class TestRealLogs:
    @pytest.mark.parametrize(
        "name", ["zat__dns.log", "zat__ssl.log", "zat__http_empty.log", "wrccdc__zeek-default_dns.log.gz"]
    )
    def test_every_record_is_read(self, name: str) -> None:
        data = (SHARED / "zeek" / name).read_bytes()
        lines = (gzip.decompress(data) if name.endswith("gz") else data).splitlines()
        _, reading = read(SHARED / "zeek" / name)
        assert (reading.read, reading.skipped) == (sum(not line.startswith(b"#") for line in lines), 0)

    def test_baselines_have_no_time(self) -> None:
        facts, reading = read(SHARED / "zeek" / "zeekbtest__opt.basic_dns.log")
        assert (reading.read, reading.skipped) == (34, 0)
        assert not any("at" in fact for fact in facts)

    def test_json(self) -> None:
        path = SHARED / "zeek" / "zat__json_dns.log"
        facts, _ = read(path)
        records = [json.loads(line) for line in path.read_text().splitlines()]
        assert [fact["address"] for fact in facts] == [record["id.resp_h"] for record in records]
        assert [fact["blocked"] for fact in facts] == ["rcode" not in r and "rtt" not in r for r in records]

    def test_all_other_logs_are_refused(self) -> None:
        kinds = ("dns.log", "dns.log.gz", "ssl.log", "_http.log", "http_empty.log", "README.md")
        others = [path for path in (SHARED / "zeek").iterdir() if not path.name.endswith(kinds)]
        assert len(others) == 28
        for path in others:
            with pytest.raises(EvidenceError, match="holds no flows"):
                read(path)


REQUEST = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p method host uri referrer user_agent username status_code"


def request(uri: str, referrer: str = "-", username: str = "-") -> str:
    return f"1714521600 C1 {ENDS} GET shop.example {uri} {referrer} x {username} 200"


@pytest.mark.parametrize(
    "record",
    [
        request("/collect?v=1&email=mai%40lumen.example"),
        request("/users/mai@lumen.example/cart"),
        request("/p?dl=https%3A%2F%2Fshop.example%2F%3Fto%3Dmai%2540lumen.example"),
        request("/p", "http://shop.example/?q=mai@lumen.example"),
        request("/p", username="mai@lumen.example"),
        request("/p?d=" + "x" * 5_000 + "&email=mai@lumen.example"),
    ],
)
def test_what_an_address_of_a_request_tells_is_found(facts_of: Any, record: str) -> None:
    _, found = facts_of(log("http", REQUEST, request("/logo.png?v=7"), record))[0]
    assert "EmailAddress" in found["data"]
    assert found["data"][-1] == "…"
    assert "mai" not in json.dumps(found, default=str).replace("EmailAddress", "")


def test_content_that_tells_nothing_is_not_known_rather_than_not_personal(facts_of: Any) -> None:
    facts, _ = facts_of(log("http", REQUEST, request("/logo.png"), request("/")) + log("conn", CONN, conn("SF")))
    assert not any({"data"} & fact.keys() for fact in facts)


def test_json_logs_tell_the_same_as_text(facts_of: Any) -> None:
    values = dict(zip(REQUEST.split(), request("/p?email=mai%40lumen.example").split(), strict=True))
    facts, _ = facts_of("\n".join(json.dumps({**path, **values}) for path in ({}, {"uri": "/"})))
    assert "EmailAddress" in facts[0]["data"]
    facts, _ = facts_of("\n".join(json.dumps({"_path": path, **values}) for path in ("http", "ssl")))
    assert ["EmailAddress" in fact.get("data", ()) for fact in facts] == [True, False]


def test_detections_stand_at_the_records_that_hold_them(tmp_path: Path) -> None:
    path = tmp_path / "http.log"
    same = request("/p?email=mai@lumen.example")
    path.write_text(log("http", REQUEST, same, request("/"), same))
    with Engine() as engine:
        tables = FactTables(engine)
        format_named("zeek").read(EvidenceFile(1, path, head_of(path)), tables)
        rows = engine.rows("SELECT position, detector, field, place, value FROM detections WHERE detector = 'email'")
    assert [(position, field, place) for position, _, field, place, _ in rows] == [
        (9, "email", "query"),
        (11, "email", "query"),
    ]
    assert not any("mai" in row[-1] for row in rows)


def test_a_body_that_a_sensor_logged_is_read_by_the_names_in_it(facts_of: Any) -> None:
    record = {"ts": 1, "uid": "C1", "id.orig_h": "10.0.0.5", "id.resp_h": "203.0.113.9", "method": "POST", "uri": "/"}
    facts, _ = facts_of(json.dumps({**record, "post_body": '{"user": {"contact": "mai@lumen.example"}}'}) + "\n")
    assert "EmailAddress" in facts[0]["data"]


def test_what_requests_carried_belongs_to_their_connection(tmp_path: Path) -> None:
    requests = [request("/p?email=mai%40lumen.example"), request("/q?imei=490154203237518")]
    (tmp_path / "conn.log").write_text(log("conn", CONN, conn("SF", sent="300", came="5")))
    (tmp_path / "http.log").write_text(log("http", REQUEST, *requests))
    with Engine() as engine:
        tables = FactTables(engine)
        read_all([tmp_path], tables)
        ((file, position, data),) = engine.rows("SELECT file, position, data FROM facts_flow")
        ref = file << REF_BITS | position
        detections = tables.detections("flow", [ref])[ref]
    assert {"EmailAddress", "UID", "…"} <= set(data)
    assert {detection.category for detection in detections} == set(data) - {"…"}
