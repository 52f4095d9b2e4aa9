"""The time line: flows by month and grade, beside the days on which law came into force or ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from comity.checking import Judgement
from comity.law.model import Pack
from comity.report.html.tables import moves


@dataclass(frozen=True)
class Change:
    """A day on which some of a pack's rules come into force (``begins``) or end."""

    day: date
    pack: Pack
    begins: bool


@dataclass(frozen=True)
class Month:
    """A month (`2026-05`): flows by grade, and the changes of law in it."""

    month: str
    counts: Counter[str]
    changes: tuple[Change, ...]


def timeline(judgement: Judgement) -> list[Month]:
    """The months from the first flow to the last that have flows or changes of law."""
    counts: dict[str, Counter[str]] = {}
    for row in moves(judgement):
        if row.month:
            counts.setdefault(row.month, Counter())[row.grade] += row.count
    if not counts:
        return []
    changes: dict[str, list[Change]] = {}
    for change in sorted(_changes(judgement), key=lambda change: (change.day, change.pack.id)):
        month = f"{change.day:%Y-%m}"
        if min(counts) <= month <= max(counts):
            changes.setdefault(month, []).append(change)
    months = sorted(counts.keys() | changes.keys())
    return [Month(month, counts.get(month, Counter()), tuple(changes.get(month, ()))) for month in months]


def _changes(judgement: Judgement) -> Iterable[Change]:
    for pack in judgement.shown_packs:
        periods = {rule.period for rule in pack.rules}
        for day in sorted({period.start for period in periods if period.start}):
            yield Change(day, pack, True)
        for day in sorted({period.end for period in periods if period.end}):
            yield Change(day, pack, False)
