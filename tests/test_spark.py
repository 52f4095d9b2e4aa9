"""Spark and DuckDB tell the same of the same evidence, to the byte, however it is parted."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from judging import write_pack
from spark import same
from test_differential import EVERYTHING, SETS, generated

from comity.engine import spark as engine
from comity.engine.duckdb import Engine, literal
from comity.enrich.places import shipped
from comity.evidence._spark import attached
from comity.evidence.facts import alike
from comity.law.model import Law
from comity.law.packs import load_law
from comity.vocabulary import KINDS

pytestmark = [pytest.mark.usefixtures("spark", "facts_stay_in_spark")]


@pytest.fixture
def facts_stay_in_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attached, "FEW_FACTS", 0)


@pytest.fixture
def all_stays_in_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "FEW", 0)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack with every construct of the rule language: shares, totals, clocks."""
    return write_pack(tmp_path_factory.mktemp("law"), EVERYTHING, sets=SETS)


def plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def facts_of(law: Law, kind: str, seed: int, count: int) -> list[dict[str, Any]]:
    """Generated facts, without numbers of which only the least is known: files can't say that."""
    return [
        {name: value for name, value in fact.items() if not (isinstance(value, int) and value < 0)}
        for fact in generated(law, KINDS[kind], seed)[:count]
    ]


def ndjson(path: Path, kind: str, facts: Sequence[Mapping[str, Any]]) -> Path:
    lines = [json.dumps({"kind": kind, **{n: plain(v) for n, v in fact.items()}}) for fact in facts]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def csv(path: Path, kind: str, facts: Sequence[Mapping[str, Any]]) -> Path:
    names = sorted({name for fact in facts for name in fact})

    def cell(value: Any) -> str:
        text = "" if value is None else plain(value) if isinstance(value, str | datetime) else json.dumps(value)
        return '"' + text.replace('"', '""') + '"' if '"' in text or "," in text else text

    rows = [",".join([kind, *(cell(fact.get(name)) for name in names)]) for fact in facts]
    path.write_text("\n".join([",".join(["kind", *names]), *rows]) + "\n", encoding="utf-8")
    return path


def parquet(path: Path, kind: str, facts: Sequence[Mapping[str, Any]]) -> Path:
    names = sorted({name for fact in facts for name in fact})
    columns = {"kind": "VARCHAR", **{name: KINDS[kind].by_name[name].type.sql for name in names}}
    with Engine() as duck:
        duck.create("facts", columns, [[kind, *(fact.get(name) for name in names)] for fact in facts])
        duck.run(f"COPY facts TO {literal(str(path))} (FORMAT parquet, ROW_GROUP_SIZE 2048)")
    return path


def test_generated_flows_get_the_same_report_from_files_of_every_kind(made: Path, tmp_path: Path) -> None:
    facts = facts_of(load_law([str(made)]), "flow", 7, 240)
    (tmp_path / "a folder").mkdir()
    parquet(tmp_path / "a folder" / "one [1].parquet", "flow", facts[:80])
    parquet(tmp_path / "two.parquet", "flow", facts[80:120])
    ndjson(tmp_path / "three.ndjson", "flow", facts[120:180])
    csv(tmp_path / "four.csv", "flow", facts[180:])

    report = json.loads(same(tmp_path, packs=[str(made)]))

    assert sum(file["read"] + file["skipped"] for file in report["evidence"]) == 240
    assert sum(file["read"] for file in report["evidence"]) > 100
    assert report["findings"]


PROFILE = """
[party]
name = "Lumen"
role = "controller"
seat = ["VN"]
established = ["VN", "DE"]

[[system]]
name = "api"
networks = ["10.20.0.0/16", "2001:ee0:1::/48"]
hosts = ["*.lumen.example"]
place = "DE"
subjects = ["DE", "VN"]
data = ["EmailAddress"]

[[recipient]]
match = ["tracker.example", "AS3320"]
name = "Tracker Inc."
seat = ["US"]
certifications = [{name = "dpf", from = 2026-01-10}]
safeguards = ["scc-2021"]

[[product]]
name = "App"
declared_endpoints = ["*.lumen.example"]

[[barrier]]
name = "eu"
inside = ["api"]
gates = ["gate.lumen.example"]
"""


def flows_between(count: int) -> list[dict[str, Any]]:
    """Flows from systems of our own and of others to hosts and addresses of all sorts."""
    hosts = ["tracker.example", "a.tracker.example", "api.lumen.example", "gate.lumen.example", "Other.Example.", None]
    ends = ["84.128.0.1", "2003::1", "10.0.0.1", "27.64.0.1", "::ffff:200.160.2.3", "1.1.1.1", "not one", None]
    starts = ["10.20.3.4", "2001:ee0:1::5", "200.160.2.3", "fe80::1%eth0", None]
    return [
        {
            "at": datetime(2026, 1 + n % 3, 1 + n % 28, n % 24, tzinfo=UTC),
            "host": hosts[n % 6],
            "address": ends[n % 8],
            "source": starts[n % 5],
            "bytes": None if n % 7 == 0 else n * 1000,
            "blocked": n % 11 == 0,
            "product": "App" if n % 4 else None,
            "data": [["GPSCoordinate", "EmailAddress"], [], None][n % 3],
        }
        for n in range(count)
    ]


def test_what_records_share_is_gathered_alike(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    profile = tmp_path / "comity.toml"
    profile.write_text(PROFILE, encoding="utf-8")
    safeguards = [["scc-2021"], [], None]
    facts = [
        {**flow, "safeguards": safeguards[n // 60 % 3], "people": n % 7} for n, flow in enumerate(flows_between(60) * 6)
    ]
    for number in range(2):
        parquet(tmp_path / f"{number}.parquet", "flow", facts[number::2])
    monkeypatch.setattr(alike, "_FIRST", 100)
    monkeypatch.setattr(alike, "_SHARE", 1)

    report = json.loads(same(tmp_path, packs=["eu-gdpr-transfers", "promises"], profile=profile))

    assert sum(file["read"] for file in report["evidence"][:2]) == 360
    assert report["findings"]


def test_ends_are_known_alike_by_address_host_and_profile(tmp_path: Path) -> None:
    profile = tmp_path / "comity.toml"
    profile.write_text(PROFILE, encoding="utf-8")
    for number in range(2):
        parquet(tmp_path / f"{number}.parquet", "flow", flows_between(120)[number::2])

    report = json.loads(same(tmp_path, packs=["eu-gdpr-transfers", "promises"], profile=profile))

    assert {finding["situation"].get("flow.to") for finding in report["findings"]} >= {"VN", "BR"}


@pytest.mark.usefixtures("all_stays_in_spark")
def test_addresses_find_their_ranges_by_prefixes() -> None:
    addresses = [flow["address"] for flow in flows_between(16)] + ["8.8.8.8", "::1", "223.255.255.255", "2a02:6b8::1"]
    addresses += ["::ffff:8.8.8.8", "FE80::1%eth0", "fe80::1%a%b", "1:2:3:4:5:6:7::", "8.8.8.8%e", "8.8.8.8\n", ":::"]
    with engine.SparkEngine() as both:
        both.create("asked", {"address": "VARCHAR"}, ((address,) for address in addresses))
        shipped().locate(both, "asked", "by_duckdb")
        both.keep("spread", both.spark.createDataFrame([(a,) for a in addresses], "address string").repartition(4))
        shipped().locate(both, "spread", "by_spark")

        told = "SELECT address, key, place, network, network_name, nature FROM"
        assert both.rows(f"{told} by_spark ORDER BY ALL") == both.rows(f"{told} by_duckdb ORDER BY ALL")


def test_lines_keep_their_numbers_over_many_parts_and_what_is_wrong_is_told_alike(tmp_path: Path) -> None:
    good = '{"kind": "flow", "from": "DE", "to": "US", "at": "2026-01-05T10:00:00Z", "personal": true}'
    bad = [
        "",
        "xx",
        '{"kind": "flow", "fro": "DE"}',
        '{"from": "DE"}',
        '{"kind": "flow", "at": "2026-02-30T10:00:00Z"}',
    ]
    bad += ['{"kind": "flow", "to": "Germany"}', '{"kind": "flo"}', "\x00", good[:-1] + ', "sender.name": "Ä\\u00e9"}']
    lines = [bad[n // 10 % len(bad)] if n % 10 == 0 else good for n in range(400)]
    (tmp_path / "unix.ndjson").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "dos.ndjson").write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode() + b"\r\n\xff\xfe\r\n")
    (tmp_path / "packed.ndjson.gz").write_bytes(gzip.compress("\n".join(lines[:50]).encode()))
    rows = ['flow,DE,US,"[""Name""]",2026-01-05T10:00:00Z', 'flow,DE,"U\nS",[],', "flow,DE,US", 'flow,"D""E",US,[],']
    rows += ["flow,FR,SG,,2026-01-05T10:00:00.123456789+07:00", "", "store,,,,", ",DE,US,,"]
    (tmp_path / "rows.csv").write_text("\n".join(["kind,from,to,data,at", *(rows * 40)]) + "\n", encoding="utf-8")
    (tmp_path / "wrong.csv").write_text("kind,fro\nflow,DE\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("beside evidence", encoding="utf-8")

    report = json.loads(same(tmp_path, packs=["gdsi"]))

    assert {Path(file["file"]).name: file["skipped"] > 0 for file in report["evidence"]} == {
        "README.md": False,
        "dos.ndjson": True,
        "packed.ndjson.gz": True,
        "rows.csv": True,
        "unix.ndjson": True,
        "wrong.csv": False,
    }


def test_records_of_parquet_that_are_no_facts_are_told_alike(tmp_path: Path) -> None:
    with Engine() as duck:
        duck.run(
            f"""COPY (SELECT CASE n % 9 WHEN 3 THEN NULL WHEN 4 THEN 'flo' WHEN 5 THEN 'store' ELSE 'flow' END AS kind,
            CASE WHEN n % 7 = 0 THEN 'Germany' ELSE 'DE' END AS "from", 'US' AS "to", n - 2 AS bytes,
            CASE WHEN n % 5 = 0 THEN ['DE', NULL] ELSE ['FR'] END AS subjects, n::DOUBLE AS people,
            '["Name"]' AS data FROM range(300) t(n)) TO {literal(str(tmp_path / "a.parquet"))} (FORMAT parquet)"""
        )
        duck.run(
            f"""COPY (SELECT 'flow' AS kind, TIMESTAMP '2026-01-05 10:00:00' AS "at")
            TO {literal(str(tmp_path / "b.parquet"))} (FORMAT parquet)"""
        )
    (tmp_path / "c.parquet").write_bytes((tmp_path / "a.parquet").read_bytes()[:-400])

    report = json.loads(same(tmp_path, packs=["gdsi"]))

    assert report["evidence"][0]["skipped"] > 100
    assert "without offset" in report["evidence"][1]["error"]


@pytest.mark.parametrize("kind", ["advisory", "product", "component"])
def test_every_kind_is_judged_alike(kind: str, made: Path, tmp_path: Path) -> None:
    law = load_law([str(made), "clean-network"])
    facts = facts_of(law, kind, 11, 60)
    names = ["Huawei Technologies Co., Ltd.", "HUAWEI TECHNOLOGIES CO LTD", "Other", None]
    if kind == "component":
        facts = [{**fact, "supplier.name": names[n % 4], "product": "App"} for n, fact in enumerate(facts)]
    if kind == "product":
        facts = [{**fact, "name": ["App", "Box", None][n % 3]} for n, fact in enumerate(facts)]
    profile = tmp_path / "comity.toml"
    profile.write_text(PROFILE, encoding="utf-8")
    parquet(tmp_path / "a.parquet", kind, facts[:30])
    parquet(tmp_path / "b.parquet", kind, facts[30:])

    same(tmp_path, packs=[str(made), "clean-network"], profile=profile)
