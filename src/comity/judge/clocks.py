"""Clocks in bulk: for every fact whether its deadlines were met, as columns beside those that it has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from comity.engine.duckdb import literal, quote
from comity.judge.scan import Facts
from comity.law.model import Clock
from comity.law.spans import Span
from comity.vocabulary import CLOCK, Attribute, Role, Type


def with_clocks(facts: Facts, clocks: Iterable[Clock]) -> Facts:
    """The facts with a column for each clock, null where it is not known. See ``Clock.in_time`` for what it says.

    What the evidence tells of last is the latest time in the same file.
    """
    told = [clock for clock in clocks if clock.start in facts.columns]
    if not told:
        return facts
    times = [quote(name) for name in facts.columns if _is_time(facts, name)]
    columns = ", ".join(f"{_answer(clock, facts)} AS {quote(CLOCK + clock.name)}" for clock in told)
    relation = (
        f"SELECT f.*, {columns} FROM ({facts.relation}) f JOIN (SELECT file, max(greatest({', '.join(times)})) AS seen "
        f"FROM ({facts.relation}) GROUP BY file) AS last ON last.file = f.file"
    )
    attributes = [Attribute(CLOCK + clock.name, Type.BOOL, Role.DERIVED, clock.title) for clock in told]
    kind = replace(facts.kind, attributes=(*facts.kind.attributes, *attributes))
    added = {attribute.name: Type.BOOL.sql for attribute in attributes}
    return replace(facts, kind=kind, relation=relation, columns={**facts.columns, **added})


def _is_time(facts: Facts, name: str) -> bool:
    known = facts.kind.by_name.get(name)
    return known is not None and known.type is Type.TIME


def _answer(clock: Clock, facts: Facts) -> str:
    end = f"f.{quote(clock.end)}" if clock.end in facts.columns else "NULL::TIMESTAMPTZ"
    deadline = _deadline(clock.within, f"f.{quote(clock.start)}", clock.zone.key)
    late = f"coalesce({end}, seen) > {deadline}"
    return f"CASE WHEN {end} <= {deadline} THEN true WHEN {late} THEN false END"


def _deadline(span: Span, start: str, zone: str) -> str:
    """The last instant within a span after a moment, as SQL; ``Span.deadline`` in Python."""
    if span.unit == "hours":
        return f"({start} + {span.interval})"
    day = f"({start} AT TIME ZONE {literal(zone)})::DATE"
    return f"((({day} + {span.interval} + INTERVAL 1 DAY) AT TIME ZONE {literal(zone)}) - INTERVAL 1 MICROSECOND)"
