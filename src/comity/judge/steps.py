"""Steps: the moments at which the bounds of a total pass a number that rules compare it with.

They are found day by day first, and to the instant only in the days in which something is passed, so that the work
grows with the days and not with the facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from comity.bounds import UNBOUNDED
from comity.engine.duckdb import Engine, literal
from comity.law.model import Total
from comity.law.spans import Window

#: A day in microseconds.
_DAY = 24 * 60 * 60 * 1_000_000

#: Longer ago than anything.
_EVER = -(1 << 60)

#: What facts of a group at a moment add: numbers that surely count, the largest of them, those that may, and how many
#: of these may be more than they tell.
_SUMS = (
    "coalesce(sum(number) FILTER (counts = 2), 0) AS surely, coalesce(max(number) FILTER (counts = 2), 0) AS largest, "
    "coalesce(sum(number) FILTER (counts > 0), 0) AS maybe, count(*) FILTER (counts > 0 AND hole) AS holes"
)


class Steps:
    """Finds the steps of one total from a table ``…_numbers`` (grp, us, number, hole, counts), into ``table``."""

    def __init__(self, engine: Engine, named: str, total: Total, zone: str) -> None:
        self._engine, self._named, self._total, self._zone = engine, named, total, zone
        self._nameless = self.passes = False
        self.table = f"{named}_steps"

    def at(self, wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], tuple[int, int]]:
        """How far the bounds of groups went between the last step before a moment and the next, by group and moment."""
        if not self.passes:
            self._find_steps()  # which nobody else asks for
        self._engine.create(f"{self._named}_wanted", {"grp": "INTEGER", "us": "BIGINT"}, sorted(set(wanted)))
        rows = self._engine.rows(
            f"SELECT w.grp, w.us, s.low, s.high FROM {self._named}_wanted w "
            f"ASOF JOIN {self.table} s ON s.grp = w.grp AND w.us >= s.us"
        )
        return {(group, us): (int(low), int(high)) for group, us, low, high in rows}

    def find(self, nameless: bool) -> None:
        """Make the table; ``nameless`` says that there is a group 0, whose facts may belong to any group.

        ``passes`` then says whether any may pass a number. Where all facts together come to less none does, and the
        table is not made before somebody asks how far they went.
        """
        self._nameless = nameless
        self._engine.gather(
            f"{self._named}_days",
            f"SELECT grp, {_floor('us')} AS place, {_SUMS} FROM {self._named}_numbers GROUP BY grp, place",
        )
        together, holes = self._engine.rows(f"SELECT sum(maybe), sum(holes) FROM {self._named}_days")[0]
        self.passes = bool(holes) or together >= min(self._total.cuts, default=UNBOUNDED)
        if self.passes:
            self._find_steps()

    def _days(self) -> str:
        """Rows of days, with the first instant that counts."""
        return (
            f"SELECT grp, place * {_DAY} AS place, oldest * {_DAY} AS first, surely, largest, maybe, holes "
            f"FROM {self._named}_days JOIN {self._named}_spans USING (place)"
        )

    def _with_moments(self) -> str:
        """Rows of days, with those of moments in the place of days in which a number may be passed."""
        self._find_open_days()
        fine = f"(SELECT place FROM {self._named}_fine)"
        self._engine.gather(
            f"{self._named}_moments",
            f"SELECT grp, us, {_SUMS} FROM {self._named}_numbers WHERE {_floor('us')} IN {fine} GROUP BY grp, us",
        )
        first = first_that_counts(self._total.window, "us", self._zone)
        return (
            f"{self._days()} WHERE place NOT IN {fine} UNION ALL "
            f"SELECT grp, us AS place, {first} AS first, surely, largest, maybe, holes FROM {self._named}_moments"
        )

    def _find_open_days(self) -> None:
        """The days in which a number may be passed, and those in which their windows begin."""
        most = self._bounds("RANGE BETWEEN greatest(place - oldest, 0) PRECEDING AND CURRENT ROW")
        least = self._bounds("RANGE BETWEEN greatest(place - newest, 0) PRECEDING AND 1 PRECEDING")
        passed = (f"{self._class(f'{end}_least')} <> {self._class(f'{end}_most')}" for end in ("low", "high"))
        self._engine.table(
            f"{self._named}_fine",
            f"WITH bounds AS (SELECT place, oldest, newest, {least[0]} AS low_least, {most[0]} AS low_most, "
            f"{least[1]} AS high_least, {most[1]} AS high_most FROM {self._named}_days JOIN {self._named}_spans "
            f"USING (place)), passed AS (SELECT DISTINCT place, oldest, newest FROM bounds "
            f"WHERE {' OR '.join(passed)}) "
            "SELECT DISTINCT unnest(list_distinct([place, oldest, newest - 1])) AS place FROM passed",
        )

    def _find_spans(self) -> None:
        """The days in which the windows of days begin."""
        first, last = (first_that_counts(self._total.window, us, self._zone) for us in _ends_of_day("place"))
        self._engine.table(
            f"{self._named}_spans",
            f"SELECT place, {_floor(first)} AS oldest, {_floor(f'({last}) - 1')} + 1 AS newest "
            f"FROM (SELECT DISTINCT place FROM {self._named}_days)",
        )

    def _find_steps(self) -> None:
        self._find_spans()
        rows = self._with_moments() if self.passes else self._days()
        low, high = self._bounds("RANGE BETWEEN greatest(place - first, 0) PRECEDING AND CURRENT ROW")
        self._engine.table(
            self.table,
            f"WITH bounds AS (SELECT grp, place AS us, {low} AS low, {high} AS high FROM ({rows})), "
            f"classed AS (SELECT *, {self._class('low')} AS low_class, {self._class('high')} AS high_class "
            "FROM bounds), "
            "passed AS (SELECT *, ((low_class, high_class) IS DISTINCT FROM lag((low_class, high_class)) "
            "OVER (PARTITION BY grp ORDER BY us))::INTEGER AS passes FROM classed), "
            "stretches AS (SELECT *, sum(passes) OVER (PARTITION BY grp ORDER BY us) AS stretch FROM passed) "
            "SELECT grp, min(us) AS us, max(low) AS low, max(high) AS high, "
            "any_value(low_class)::INTEGER AS low_class, "
            "any_value(high_class)::INTEGER AS high_class FROM stretches GROUP BY grp, stretch",
        )

    def _bounds(self, frame: str) -> tuple[str, str]:
        """The two bounds as SQL over rows that have the sums and are ordered by ``place``."""
        own = f"OVER (PARTITION BY grp ORDER BY place {frame})"
        low = f"coalesce({'sum(surely)' if self._total.adds else 'max(largest)'} {own}, 0)"
        maybe, holes = (f"coalesce(sum({name}) {own}, 0)" for name in ("maybe", "holes"))
        if self._nameless:
            every = f"OVER (ORDER BY place {frame})"
            low = f"CASE WHEN grp = 0 THEN 0 ELSE {low} END"
            maybe, holes = (
                f"CASE WHEN grp = 0 THEN coalesce(sum({name}) {every}, 0) "
                f"ELSE {own} + coalesce(sum(CASE WHEN grp = 0 THEN {name} ELSE 0 END) {every}, 0) END"
                for name, own in (("maybe", maybe), ("holes", holes))
            )
        return low, f"CASE WHEN {holes} > 0 THEN {UNBOUNDED} ELSE {maybe} END"

    def _class(self, value: str) -> str:
        return class_of(value, self._total.cuts)


def class_of(value: str, cuts: Sequence[int]) -> str:
    """The place of a value among the numbers that rules compare with, as SQL: below, on and above each."""
    steps = [f"({value} >= {cut})::INTEGER + ({value} > {cut})::INTEGER" for cut in cuts]
    return f"({' + '.join(steps) or '0'})"


def _floor(us: str) -> str:
    """The day of a moment in microseconds, as SQL that rounds down before 1970 too."""
    return f"((({us}) - (({us}) % {_DAY} + {_DAY}) % {_DAY}) // {_DAY})"


def _ends_of_day(day: str) -> tuple[str, str]:
    return f"({day} * {_DAY})", f"({day} * {_DAY} + {_DAY - 1})"


def first_that_counts(window: Window, us: str, zone: str) -> str:
    """The first instant that counts at another (``us``), both in microseconds, as SQL; ``Window.first`` in Python.

    What came before a window that begins with a day is not counted in the first place.
    """
    if window.since:
        return str(_EVER)
    if window.span and window.span.unit == "hours":
        return f"({us}) - {window.span.number * 3_600_000_000} + 1"
    local = f"(make_timestamp(({us})::BIGINT) AT TIME ZONE 'UTC') AT TIME ZONE {literal(zone)}"
    if window.span:
        return f"epoch_us((({local}) - {window.span.interval}) AT TIME ZONE {literal(zone)}) + 1"
    start = f"date_trunc('year', {local}) - INTERVAL {window.calendar} YEAR"
    return f"epoch_us(({start}) AT TIME ZONE {literal(zone)})"
