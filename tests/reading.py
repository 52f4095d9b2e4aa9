"""Reading one file of evidence in a test, with the only format that recognises it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from comity.engine.duckdb import Engine, quote
from comity.evidence import formats
from comity.evidence.base import EvidenceFile, FactTables, Format, Reading, head_of

#: Real evidence, beside the repository; tests that need it are skipped where it is absent.
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"

#: What facts have beside attributes of the vocabulary.
_BESIDE = {"kind", "file", "position", "client", "connection", "detail"}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def formats_of(path: Path) -> list[Format]:
    """The formats that take the file for theirs; one that comes last takes what nobody else does."""
    taking = [form for form in formats() if form.recognise(head_of(path))]
    return [form for form in taking if not getattr(form, "LAST", False)] or taking


def read(path: Path) -> tuple[list[dict[str, Any]], Reading]:
    """All facts of a file in the order of their positions, without what is null, and what the reader counted."""
    (form,) = formats_of(path)
    with Engine(memory="1GB") as engine:
        tables = FactTables(engine)
        reading = form.read(EvidenceFile(1, path, head_of(path)), tables)
        facts = [fact for kind in tables.kinds() for fact in _rows(engine, kind, tables.relation(kind))]
    for fact in facts:
        unannounced = fact.keys() - form.SUPPLIES[fact["kind"]] - _BESIDE
        assert not unannounced, f"SUPPLIES of {form.NAME} leaves out {sorted(unannounced)}"
    return facts, reading


def _rows(engine: Engine, kind: str, query: str) -> list[dict[str, Any]]:
    types = engine.columns(query)
    listing = ", ".join(f"epoch_us({quote(n)})" if t.startswith("TIMESTAMP") else quote(n) for n, t in types.items())
    rows = engine.rows(f"SELECT {listing} FROM ({query}) ORDER BY position")
    facts = []
    for row in rows:
        fact = {name: value for name, value in zip(types, row, strict=True) if value is not None}
        if "at" in fact:
            fact["at"] = _EPOCH + timedelta(microseconds=fact["at"])
        facts.append({"kind": kind, **fact})
    return facts
