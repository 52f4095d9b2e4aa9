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
from spark import same, spark  # noqa: F401 - a fixture
from test_differential import EVERYTHING, SETS, generated

from comity.engine import spark as engine
from comity.engine.duckdb import Engine, literal
from comity.evidence._spark import attached
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

    assert sum(file["read"] for file in report["evidence"]) == 240
    assert report["findings"]
