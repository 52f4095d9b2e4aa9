"""Clocks in bulk: for every fact whether its deadlines were met, as columns beside those that it has."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from comity.engine.duckdb import literal, quote
from comity.judge.scan import Facts
from comity.law.model import Clock
from comity.law.spans import Deadline
from comity.vocabulary import CLOCK, Attribute, Role, Type

#: Numbers of the files whose formats can tell of an attribute of a kind; None for all of them.
TellsOf = Callable[[str, str], Collection[int] | None]


def with_clocks(facts: Facts, clocks: Collection[Clock], tells_of: TellsOf) -> Facts:
    """The facts with a column for each clock, null where it is not known. See ``Clock.in_time`` for what it says.

    What the evidence tells of last is the latest time in the same file. It tells of what was *not* done only where its
    format could tell of it: that a public advisory does not say when an authority was warned means nothing.
    """
    if not clocks:
        return facts
    attributes = [Attribute(CLOCK + clock.name, Type.BOOL, Role.DERIVED, clock.title) for clock in clocks]
    kind = replace(facts.kind, attributes=(*facts.kind.attributes, *attributes))
    facts = replace(facts, kind=kind)
    running = [clock for clock in clocks if clock.start in facts.columns]
    if not running:
        return facts
    times = [quote(name) for name in facts.columns if _is_time(facts, name)]
    columns = {CLOCK + clock.name: _answer(clock, facts, tells_of(clock.about, clock.end)) for clock in running}
    relation = (
        f"SELECT f.*, {', '.join(f'{answer} AS {quote(name)}' for name, answer in columns.items())} "
        f"FROM ({facts.relation}) f JOIN (SELECT file, max(greatest({', '.join(times)})) AS seen "
        f"FROM ({facts.relation}) GROUP BY file) AS last ON last.file = f.file"
    )
    return replace(facts, relation=relation, columns={**facts.columns, **dict.fromkeys(columns, Type.BOOL.sql)})


def _is_time(facts: Facts, name: str) -> bool:
    known = facts.kind.by_name.get(name)
    return known is not None and known.type is Type.TIME


def _answer(clock: Clock, facts: Facts, files: Collection[int] | None) -> str:
    end = f"f.{quote(clock.end)}" if clock.end in facts.columns else "NULL::TIMESTAMPTZ"
    deadline = _deadline(clock.within, f"f.{quote(clock.start)}")
    telling = "true" if files is None else f"f.file IN ({', '.join(map(str, sorted(files))) or 'NULL'})"
    late = f"coalesce({end}, CASE WHEN {telling} THEN seen END) > {deadline}"
    return f"CASE WHEN {end} <= {deadline} THEN true WHEN {late} THEN false END"


def _deadline(within: Deadline, start: str) -> str:
    """The last instant in time after a moment, as SQL; ``Deadline.after`` in Python."""
    if within.span.unit == "hours" and within.whole_hours:
        hours = f"date_trunc('hour', {start}) + {within.span.interval} + INTERVAL 1 HOUR"
        return f"({hours} - INTERVAL 1 MICROSECOND)"
    if within.span.unit == "hours":
        return f"({start} + {within.span.interval})"
    zone = literal(within.zone.key)
    day = f"(({start} AT TIME ZONE {zone})::DATE + {within.span.interval})"
    if within.working_day:
        day = f"({day} + to_days(CASE isodow({day}) WHEN 6 THEN 2 WHEN 7 THEN 1 ELSE 0 END))"
    return f"((({day} + INTERVAL 1 DAY) AT TIME ZONE {zone}) - INTERVAL 1 MICROSECOND)"
