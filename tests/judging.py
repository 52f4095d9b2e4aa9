"""Helpers: a law written in a test, and facts judged by the bulk path without files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from comity.engine.duckdb import Engine
from comity.enrich.flows import content_dimension
from comity.enrich.products import told_of_search
from comity.evidence.base import FactTables
from comity.judge.bulk import BulkJudge
from comity.judge.judgement import KindJudgement
from comity.judge.scan import Facts
from comity.law.model import Law
from comity.law.packs import load_law
from comity.vocabulary import KINDS

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

FRONT = """---
id: {id}
title: A law made for tests
issuer: EU
force: law
bearer: company
from: 2018-05-25
zone: Europe/Brussels
sources: [https://example.org/law]
---
# A law made for tests

What it says.

"""


def write_pack(folder: Path, body: str, id: str = "made", sets: Mapping[str, str] | None = None) -> Path:
    """A pack file with the usual front matter; ``sets`` are CSV rows (member,from,until) by file name."""
    (folder / "sets").mkdir(exist_ok=True)
    for name, rows in (sets or {}).items():
        lines = [f"{row},whole,https://example.org" for row in rows.split()]
        (folder / "sets" / f"{name}.csv").write_text("\n".join(["jurisdiction,from,until,scope,source", *lines]) + "\n")
    path = folder / f"{id}.md"
    path.write_text(FRONT.format(id=id) + body)
    return path


def law_of(folder: Path, body: str, sets: Mapping[str, str] | None = None) -> Law:
    """The law of one pack written for a test."""
    return load_law([str(write_pack(folder, body, sets=sets))])


def judge(
    law: Law, kind: str, facts: Sequence[Mapping[str, Any]], as_of: datetime | None = None, now: datetime = NOW
) -> KindJudgement:
    """Facts with relative names, judged in bulk."""
    with Engine() as engine:
        tables = FactTables(engine)
        names = sorted({name for fact in facts for name in fact})
        rows = [[*(fact.get(name) for name in names), 1, number] for number, fact in enumerate(facts)]
        tables.append(kind, [*names, "file", "position"], rows)
        relation = tables.relation(kind)
        if kind == "product":
            relation = told_of_search(engine, relation)
        columns = engine.columns(relation)
        dimensions = content_dimension(engine, relation, columns)
        known = Facts(KINDS[kind], relation, columns, dimensions)
        return BulkJudge(engine, law, as_of, now).judge(known, lambda file, position: ("facts", f"row {position}"))
