"""The stretches of time within which neither the law nor the month changes, as one small integer per fact."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from comity.engine.duckdb import literal
from comity.law.model import Law, Pack

#: Beyond so many months the data's clock is not to be trusted, and months are no longer told apart.
MOST_MONTHS = 1200


@dataclass(frozen=True)
class Period:
    """``moment`` is a moment of the law that judges, ``happened`` one at which facts held what they hold: the last at
    which either changed. ``month`` is in UTC, or None.
    """

    moment: datetime
    happened: datetime
    month: str | None


@dataclass(frozen=True)
class Periods:
    """Period 0 holds the facts without a time; ``cuts`` begin the others, from 2 on."""

    cuts: tuple[datetime, ...]
    all: tuple[Period, ...]

    def number_of(self, moment: datetime | None) -> int:
        """The number of the period a moment lies in; 0 for no moment."""
        return 0 if moment is None else bisect_right(self.cuts, moment) + 1

    def expression(self, column: str, numbers: Sequence[int] | None = None) -> str:
        """The period's number of a time column, as SQL; or what stands in its place among ``numbers``."""
        undated, *dated = range(len(self.all)) if numbers is None else numbers
        if not dated:
            return str(undated)
        changes = [place for place in range(1, len(dated)) if dated[place] != dated[place - 1]]
        search = _search(column, [self.cuts[place - 1] for place in changes], [dated[place] for place in (0, *changes)])
        return f"CASE WHEN {column} IS NULL THEN {undated} ELSE {search} END"


def _search(column: str, cuts: Sequence[datetime], numbers: Sequence[int]) -> str:
    """A balanced decision over sorted cuts: a handful of comparisons per row however many there are."""
    if not cuts:
        return str(numbers[0])
    middle = len(cuts) // 2
    cut = f"TIMESTAMPTZ {literal(cuts[middle].isoformat())}"
    left = _search(column, cuts[:middle], numbers[: middle + 1])
    right = _search(column, cuts[middle + 1 :], numbers[middle + 1 :])
    return f"CASE WHEN {column} < {cut} THEN {left} ELSE {right} END"


def law_cuts(law: Law) -> set[datetime]:
    """Every instant at which some rule, presumption or set of the law changes."""
    return set().union(*(pack_cuts(law, pack) for pack in law.packs))


def pack_cuts(law: Law, pack: Pack) -> set[datetime]:
    """Every instant at which a rule or presumption of a pack changes, or a set that it reads."""
    texts = [text for rule in pack.rules for text in rule.texts()]
    texts += [tally.where_text for tally in pack.tallies if tally.where_text]
    names = set().union(*map(law.language.names, texts)) & law.sets.keys()
    stretches = [rule.period for rule in pack.rules] + [presumption.period for presumption in pack.presumptions]
    found = {cut for period in stretches for cut in period.cuts()}
    found.update(pack.period.instant(day) for name in names for day in law.sets[name].days())
    return {cut.astimezone(UTC) for cut in found}


def periods(
    law: Iterable[datetime],
    facts: Iterable[datetime],
    span: tuple[datetime | None, datetime | None],
    as_of: datetime | None,
    now: datetime,
) -> Periods:
    """The periods of data over a span, cut where the law changes and where what is known of parties does.

    ``as_of`` moves the law to one moment, and leaves the facts where they are.
    """
    undated = Period(as_of or now, now, None)
    first, last = span
    if first is None or last is None:
        return Periods((), (undated,))
    months = _months(first, last)
    changes = set(facts) | (set(law) if as_of is None else set())
    inside = {cut for cut in changes if first < cut <= last}
    starts = sorted(inside | {month for month in months if first < month <= last})
    found, happened = [undated], first
    for start in (first, *starts):
        happened = start if start in inside else happened
        found.append(Period(as_of or happened, happened, f"{start:%Y-%m}" if months else None))
    return Periods(tuple(starts), tuple(found))


def _months(first: datetime, last: datetime) -> list[datetime]:
    count = (last.year - first.year) * 12 + last.month - first.month
    if count > MOST_MONTHS:
        return []
    year_month = [divmod(first.year * 12 + first.month - 1 + n, 12) for n in range(count + 1)]
    return [datetime(year, month + 1, 1, tzinfo=UTC) for year, month in year_month]
