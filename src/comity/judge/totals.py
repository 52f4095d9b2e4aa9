"""Totals: what many facts come to over a window of time, as exact bounds at the moment of every fact.

A total has a lower and an upper bound. What surely counts adds to both, what may count to the upper one; people may be
the same people, so that the largest number is the lower bound; a number of which no more than the least is known leaves
no upper bound. A fact of which it is not known to what group it belongs may belong to any: it adds to the upper bound
of all.

Which facts are alike and whether they count is found in ``counted``; what they come to at which moments in ``steps``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

from comity.bounds import UNBOUNDED
from comity.engine.duckdb import quote
from comity.judge.coding import Coding, plain
from comity.judge.counted import Count, hole
from comity.judge.keys import Key
from comity.judge.steps import Steps, class_of
from comity.law.model import Pack, Total
from comity.vocabulary import TALLY, Attribute, Role, Type

Bounds = tuple[int, int]


class Counting:
    """A total that was computed: the coding and the key by which situations know it, and what findings are told."""

    def __init__(self, count: Count, total: Total, pack: Pack) -> None:
        self._count, self._total, self._pack, self._counts = count, total, pack, count.counts(total)
        self._named = f"total_{total.name}"
        self._any = total.name in self._counts.nonzero
        self._steps = Steps(count.engine, self._named, total, pack.period.zone.key)
        self._known: dict[tuple[int, int], Bounds] = {}
        if self._any:
            self._groups = count.groups(total.by)
            self._number()
            self._steps.find(self._groups.nameless)

    @property
    def coding(self) -> Coding:
        """Pairs of bounds by code; code 0 stands for none, which no fact has."""
        attribute = Attribute(TALLY + self._total.name, Type.INT, Role.DERIVED, self._total.title)
        cuts = self._total.cuts
        values = [_middle(cuts, place) for place in range(_places(cuts))] if self._steps.passes else [0]
        return Coding(attribute, [None, *((low, high) for low in values for high in values)])

    @property
    def key(self) -> Key:
        """The key by which situations are told apart."""
        name = quote(f"k {TALLY}{self._total.name}")
        if not self._steps.passes:
            return Key(name, "1", len(self.coding.values))
        joins, low, high = self._classes()
        expression = f"1 + coalesce({low} * {_places(self._total.cuts)} + {high}, 0)"
        reads = tuple(read for name in self._total.attributes for read in self._count.keys.of(name).reads)
        return Key(name, expression, len(self.coding.values), None, reads, joins)

    def of(self, values: Mapping[str, Any]) -> Bounds:
        """The bounds for a fact by the values of its attributes (relative names): how far they went while no rule's
        number was passed.
        """
        if not self._any:
            return (0, 0)
        group, us = place = self._place(values)
        low, high = self._known.get(place, (0, 0))
        if group == 0:
            context = self._count.contexts.of(self._pack, self._count.periods.number_of(values.get("at")))
            since = self._since()
            sure = self._count.surely(self._total, values, context) and (since is None or us >= micros(since))
            low = _least(values.get(self._total.counts)) if sure else 0
        return (min(low, UNBOUNDED), min(high, UNBOUNDED))

    def look_up(self, facts: Iterable[Mapping[str, Any]]) -> None:
        """Look up all facts that ``of`` will be asked about, at once."""
        if self._any:
            self._known = self._steps.at(map(self._place, facts))

    def _place(self, values: Mapping[str, Any]) -> tuple[int, int]:
        """The group of a fact, and its moment."""
        group = self._groups.numbers.get(tuple(plain(values.get(name)) for name in self._total.by), 0)
        return group, micros(values.get("at") or self._count.now)

    def _number(self) -> None:
        """The table of numbers: group, moment, number, how surely it counts."""
        count, groups, counts = self._count, self._groups.table, self._counts
        count.engine.table(
            f"{self._named}_numbers",
            f"SELECT g.grp, f.us, f.{quote(self._total.counts)} AS number, f.{hole(self._total.counts)} AS hole, "
            f"{self._surely('c', 'f.us')} AS counts FROM {count.facts} f "
            f"JOIN {groups} g ON {count.alike('g', self._total.by)} "
            f"JOIN {counts.table} c ON c.epoch = f.{counts.column} AND {count.alike('c', self._total.reads)}",
        )

    def _surely(self, counts: str, moment: str) -> str:
        """How surely a fact counts, as a number; what came before a window that begins with a day does not."""
        since = self._since()
        if since is None:
            return f"{counts}.{quote(self._total.name)}"
        return f"CASE WHEN {moment} >= {micros(since)} THEN {counts}.{quote(self._total.name)} ELSE 0 END"

    def _since(self) -> datetime | None:
        since = self._total.window.since
        return datetime.combine(since, time.min, self._pack.period.zone) if since else None

    def _alike(self, alias: str, names: Sequence[str]) -> str:
        """The condition that a row of a table of codes is about a fact of the scan."""
        keys = map(self._count.keys.of, names)
        return " AND ".join(f"{alias}.{key.name} = {key.expression}" for key in keys) or "true"

    def _classes(self) -> tuple[tuple[str, ...], str, str]:
        """The joins of facts with the steps, and the classes of both bounds as SQL.

        The lower bound of a fact whose group is not known is its own number.
        """
        group, sure, step = f"g_{self._groups.table}", f"c_{self._counts.table}", f"s_{self._named}"
        joins = [
            f"LEFT JOIN {self._groups.table} {group} ON {self._alike(group, self._total.by)}",
            f"ASOF LEFT JOIN {self._steps.table} {step} ON {step}.grp = {group}.grp "
            f"AND {self._count.moment} >= {step}.us"
            if self._count.has_time
            else f"LEFT JOIN {self._steps.table} {step} ON {step}.grp = {group}.grp",  # all of it at one moment
        ]
        if not self._groups.nameless:
            return tuple(joins), f"{step}.low_class", f"{step}.high_class"
        joins.append(
            f"LEFT JOIN {self._counts.table} {sure} ON {sure}.epoch = {self._counts.epoch} "
            f"AND {self._alike(sure, self._total.reads)}"
        )
        number = self._count.number(self._total.counts)
        counted = f"CASE WHEN {self._surely(sure, self._count.moment)} = 2 THEN {number} END"
        own = class_of(f"coalesce({counted}, 0)", self._total.cuts)
        return tuple(joins), f"CASE WHEN {step}.grp = 0 THEN {own} ELSE {step}.low_class END", f"{step}.high_class"


def _least(number: Any) -> int:
    """The least that the number of a fact is."""
    return int(number[0]) if isinstance(number, tuple) else max(number or 0, 0)


def _places(cuts: Sequence[int]) -> int:
    """How many places there are: below, on and above each cut."""
    return 2 * len(cuts) + 1


def _middle(cuts: Sequence[int], place: int) -> int:
    """A value that stands for a place among the cuts."""
    if not cuts:
        return 0
    return cuts[0] - 1 if place == 0 else cuts[(place - 1) // 2] + (place - 1) % 2


def micros(moment: datetime) -> int:
    """A moment in microseconds since 1970."""
    since = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
