"""Suricata EVE: events of many types, what they say of one connection, and what is broken in a log."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import zstandard
from reading import SHARED, formats_of, read

from comity.engine.duckdb import Engine
from comity.evidence import format_named, read_all
from comity.evidence._alerts import ATTACKS
from comity.evidence._pieces import MAX_LINE
from comity.evidence.base import FactTables

CLIENT, SERVER = "192.0.2.5", "203.0.113.9"
AT = "2024-05-01T02:00:00.250000+0200"
TROJAN, POLICY, DOS = "A Network Trojan was detected", "Potential Corporate Privacy Violation", "Denial of Service"


def event(kind: str, flow_id: int = 1, turned: bool = False, **others: Any) -> dict[str, Any]:
    ends = [(CLIENT, 50000), (SERVER, 443)]
    (source, source_port), (address, port) = reversed(ends) if turned else ends
    head = {"timestamp": AT, "flow_id": flow_id, "event_type": kind, "src_ip": source, "src_port": source_port}
    return {**head, "dest_ip": address, "dest_port": port, "proto": "TCP", **others}


def flow(flow_id: int = 1, alerted: bool = False, tcp: Any = None, app: str = "tls", **others: Any) -> dict[str, Any]:
    counted = {"pkts_toserver": 9, "pkts_toclient": 8, "bytes_toserver": 900, "bytes_toclient": 8000}
    state = {"start": AT, "age": 60, "state": "closed", "reason": "timeout", "alerted": alerted}
    return event("flow", flow_id, app_proto=app, flow=counted | state | others, tcp=tcp or {})


def alert(
    category: str, flow_id: int = 1, turned: bool = False, action: str = "allowed", **others: Any
) -> dict[str, Any]:
    return event("alert", flow_id, turned, alert={"action": action, "category": category, "severity": 1}, **others)


def tls(flow_id: int = 1, name: str = "Files.Example") -> dict[str, Any]:
    return event("tls", flow_id, tls={"sni": name, "version": "TLS 1.3"})


@pytest.fixture
def facts_of(tmp_path: Path) -> Any:
    def facts(*events: Any) -> tuple[list[dict[str, Any]], Any]:
        (tmp_path / "eve").write_text("".join(f"{json.dumps(event)}\n" for event in events))
        return read(tmp_path / "eve")

    return facts


@pytest.fixture
def joined(tmp_path: Path) -> Any:
    """The flows of several logs, put together as in ``comity check``: the columns asked for, in order."""

    def flows(names: str, *logs: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
        for number, log in enumerate(logs):
            (tmp_path / f"{number}.json").write_text("".join(f"{json.dumps(event)}\n" for event in log))
        with Engine() as engine:
            tables = FactTables(engine)
            for record in read_all([tmp_path], tables):
                assert record.error is None
            return engine.rows(f"SELECT {names} FROM facts_flow ORDER BY file, position")

    return flows


def test_a_flow_is_a_whole_connection(facts_of: Any) -> None:
    (fact,), reading = facts_of(flow())
    del fact["connection"]
    assert fact == {
        "kind": "flow",
        "file": 1,
        "position": 1,
        "detail": False,
        "at": datetime(2024, 5, 1, 0, 0, 0, 250_000, UTC),
        "source": CLIENT,
        "address": SERVER,
        "application": "tls",
        "encrypted": True,
        "bytes": 900,
        "bytes_back": 8000,
        "blocked": False,
    }
    assert (reading.read, reading.skipped, reading.notes) == (1, 0, [])
    assert format_named("eve").where(fact["position"]) == "line 1"


def test_everything_said_of_a_connection_becomes_one_flow(joined: Any) -> None:
    log = [alert(TROJAN, turned=True, app_proto="tls"), tls(), flow(alerted=True)]
    names = "source, address, host, application, bytes, alert, position"
    assert joined(names, log) == [(CLIENT, SERVER, "files.example", "tls", 900, TROJAN, 3)]
    # So do logs of one type each.
    assert joined(names, *([each] for each in log)) == [(CLIENT, SERVER, "files.example", "tls", 900, TROJAN, 1)]


def test_a_sensor_that_alerts_and_raised_none_leaves_an_empty_alert(joined: Any) -> None:
    quiet = [flow(1), flow(2)]
    assert joined("alert", quiet) == [(None,), (None,)]
    # An alert that is said to have been raised and stands nowhere is not known.
    log = [flow(1), flow(2, alerted=True), flow(3, alerted=True), alert(TROJAN, 3)]
    assert joined("alert", log) == [("",), (None,), (TROJAN,)]
    assert joined("alert", [flow(1)], [alert(TROJAN, 1)]) == [(TROJAN,)]


@pytest.mark.parametrize("categories", [(POLICY, TROJAN), (TROJAN, POLICY), (POLICY, "Misc activity", TROJAN, DOS)])
def test_an_attack_is_not_hidden_by_a_lesser_alert(joined: Any, categories: tuple[str, ...]) -> None:
    log = [flow(alerted=True), *map(alert, categories)]
    assert joined("alert, bytes", log) == [(TROJAN, 900)]


def test_an_alert_reaches_a_connection_whose_requests_went_to_several_hosts(joined: Any) -> None:
    requests = [event("http", http={"hostname": name, "status": 200}) for name in ("a.example", "b.example")]
    found = joined("detail, host, alert", [*requests, alert(TROJAN), flow(app="http")])
    assert found == [(True, "a.example", None), (True, "b.example", None), (True, None, TROJAN), (False, None, TROJAN)]


def test_attacks_are_those_of_the_law(tmp_path: Path) -> None:
    with resources.files("comity.law").joinpath("sets/attack-alerts.csv").open(newline="") as file:
        assert set(ATTACKS) == {row["code"] for row in csv.DictReader(file)}


def test_one_id_may_stand_for_several_connections(joined: Any) -> None:
    elsewhere = flow() | {"dest_ip": "198.51.100.7"}
    sensors = [{**flow(), "host": "north"}, {**flow(), "host": "south"}, {**tls(), "host": "south"}]
    assert joined("host", [elsewhere, tls()]) == [(None,), ("files.example",)]
    assert joined("host", sensors) == [(None,), ("files.example",)]
    # Two flows of the same ends and id: nothing tells of which one the name is.
    assert joined("host, detail", [flow(), flow(), tls()]) == [(None, False), (None, False), ("files.example", True)]


@pytest.mark.parametrize(
    ("others", "source"),
    [
        ({"flow": {"src_ip": CLIENT, "src_port": 50000}}, CLIENT),
        ({"flow": {"src_ip": SERVER, "src_port": 443}, "direction": "to_client"}, SERVER),
        ({"direction": "to_client"}, CLIENT),
        ({"direction": "to_server"}, SERVER),
        ({}, CLIENT),  # by its port
        ({"src_port": 40000}, SERVER),
    ],
)
def test_an_alert_on_an_answer_is_a_flow_from_the_client(facts_of: Any, others: dict[str, Any], source: str) -> None:
    (fact,), _ = facts_of(alert(TROJAN, turned=True, **others))
    assert {fact["source"], fact["address"]} == {CLIENT, SERVER}
    assert (fact["source"], fact["alert"]) == (source, TROJAN)


@pytest.mark.parametrize(
    ("event", "blocked"),
    [
        (flow(action="drop", pkts_toclient=1, bytes_toclient=66), True),
        (flow(action="drop"), False),  # a good deal had come back before
        (flow(tcp={"tcp_flags_ts": "02", "tcp_flags_tc": "14"}, pkts_toclient=1), True),
        (flow(tcp={"tcp_flags_ts": "02", "tcp_flags_tc": "00"}, pkts_toclient=0, state="new"), True),
        (flow(tcp={"tcp_flags_ts": "02"}, pkts_toclient=0, state="new", age=1, reason="shutdown"), None),
        (flow(tcp={"tcp_flags_ts": "1a"}, pkts_toclient=0, state="established"), False),
        (flow(pkts_toclient=0, state="new") | {"proto": "UDP"}, None),
        (alert(POLICY, action="blocked"), True),
        (alert(POLICY), None),
        (event("http", http={"hostname": "a.example", "status": 404}), False),
    ],
)
def test_blocked_is_what_the_sensor_shows(facts_of: Any, event: dict[str, Any], blocked: bool | None) -> None:
    (fact,), _ = facts_of(event)
    assert fact.get("blocked") is blocked


def test_names_of_servers_are_hosts_and_names_asked_for_are_not(facts_of: Any) -> None:
    facts, _ = facts_of(
        event("http", http={"hostname": "www.example.:8080"}),
        event("http", http={"hostname": "203.0.113.9"}),
        event("quic", quic={"sni": "quic.example"}),
        alert(POLICY, http={"hostname": "seen.example"}),
        event("dns", dns={"type": "query", "rrname": "asked.example"}, dest_port=53),
        event("dns", dns={"type": "answer", "rrname": "asked.example"}, turned=True, src_port=53),
        flow(app="failed"),
    )
    assert [fact.get("host") for fact in facts] == [
        "www.example",
        None,
        "quic.example",
        "seen.example",
        None,
        None,
        None,
    ]
    assert [fact.get("application") for fact in facts] == ["http", "http", "quic", None, "dns", "dns", None]
    assert {fact["source"] for fact in facts} == {CLIENT}


def test_a_time_without_offset_is_not_known(facts_of: Any) -> None:
    facts, reading = facts_of(tls(), {**tls(), "timestamp": "2024-05-01T02:00:00.250000"})
    assert ["at" in fact for fact in facts] == [True, False]
    assert reading.notes == ["1 × timestamp without offset from UTC: when it happened is not known"]


def test_what_is_no_flow_is_counted_and_harms_no_other(tmp_path: Path) -> None:
    lines = [
        json.dumps(tls(1)),
        json.dumps(event("stats", stats={})),
        json.dumps(event("netflow")),
        json.dumps(event("of-tomorrow")),
        '{"timestamp": "2024-05-01T0',
        json.dumps(event("http", src_ip="nobody")),
        "[" * 100_000,
        '{"timestamp": "x"}',
        '{"timestamp": 1, "event_type": "tls", "flow": "no object", "tls": [], "src_ip": "::1", "dest_ip": "::2"}',
        "x" * MAX_LINE * 2,
        json.dumps(tls(2)),
    ]
    (tmp_path / "eve").write_bytes("\n".join(lines).encode() + b"\n\xff\xfe\x00\n" + bytes(range(256)))
    facts, reading = read(tmp_path / "eve")
    assert [fact["position"] for fact in facts] == [1, 9, 11]
    assert [(skip.where, skip.why) for skip in reading.skips][:5] == [
        ("line 2", "stats events hold no flow of their own"),
        ("line 3", "netflow events hold no flow of their own"),
        ("line 4", "an event of a type that is not read"),
        ("line 5", "not a JSON object"),
        ("line 6", "no addresses"),
    ]
    assert reading.skipped >= 9


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
def test_compressed_logs_are_read_up_to_where_they_break_off(tmp_path: Path, compress: Any) -> None:
    events = [{**tls(n, f"h{n * 7919 % 99991}.example"), "src_port": n} for n in range(5000)]
    whole = compress("\n".join(map(json.dumps, events)).encode())
    (tmp_path / "eve").write_bytes(whole)
    assert read(tmp_path / "eve")[1].read == 5000
    (tmp_path / "eve").write_bytes(whole[: len(whole) // 2])
    _, reading = read(tmp_path / "eve")
    assert 0 < reading.read < 5000
    assert reading.skips[-1].why == "the file breaks off or is damaged here"


def test_a_first_event_longer_than_the_head_is_recognised(facts_of: Any) -> None:
    (fact,), _ = facts_of(alert(TROJAN, payload_printable="x" * 100_000))
    assert fact["alert"] == TROJAN


@pytest.mark.parametrize(
    "text",
    [
        '{"timestamp": "2024-05-01T00:00:00Z", "event_type": "login", "user": "x"}',
        '{"ts": 1, "uid": "C", "id.orig_h": "192.0.2.1", "id.resp_h": "192.0.2.2", "conn_state": "SF"}',
        '{"kind": "flow", "source": "192.0.2.1"}',
        '[{"timestamp": "x", "event_type": "flow", "flow_id": 1}]',
        "timestamp,event_type,flow_id\n",
        "{",
    ],
)
def test_other_files_are_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "file").write_text(text)
    assert "eve" not in [form.NAME for form in formats_of(tmp_path / "file")]


@pytest.mark.skipif(not SHARED.exists(), reason="needs the shared evidence")
def test_events_of_a_real_sensor() -> None:
    path = SHARED / "eve" / "tenzir__eve.nostats.jsonl"
    facts, reading = read(path)
    events = [json.loads(line) for line in path.read_text().splitlines()]
    wanted = [event for event in events if event["event_type"] in ("alert", "dns", "flow", "http")]
    assert (reading.read, reading.skipped) == (len(wanted), len(events) - len(wanted))
    for fact, event in zip(facts, wanted, strict=True):
        assert (fact["source"], fact["address"]) == (event["src_ip"], event["dest_ip"])
        assert (
            fact["at"] == datetime.fromisoformat(event.get("flow", {}).get("start", event["timestamp"]))
            or "alert" in event
        )
    assert [fact.get("alert") for fact in facts] == ["Potentially Bad Traffic", None, "", None]
    assert [fact.get("host") for fact in facts] == [None, None, None, "cr-tools.clients.google.com"]
