"""The first screen: what was judged, what each pack and its parts come to, what is not known most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from comity.checking import MAY_APPLY, Choice, Judgement
from comity.judge.judgement import RuleResult, severity
from comity.law.model import BREACH, KEPT, UNKNOWN, Pack
from comity.report.html.findings import Row
from comity.report.html.grades import Cell
from comity.report.telling import missing

#: So many findings are told on the first screen, so many attributes that are missing, so many parties of each.
_WORST = 3
_WANTED = 8
_PARTIES = 3


@dataclass(frozen=True)
class Part:
    """A part of an instrument (``title`` is empty where it has none) with what became of its rules."""

    title: str
    rules: tuple[RuleResult, ...]
    cell: Cell


@dataclass(frozen=True)
class PackRow:
    """A pack that is shown, with its parts; ``applies`` says that it surely does."""

    choice: Choice
    applies: bool
    cell: Cell
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Gap:
    """An attribute that is missing: how many verdicts it keeps open, and with whom, the most frequent first."""

    attribute: str
    verdicts: int
    parties: tuple[str, ...]
    more: int


def packs(judgement: Judgement) -> list[PackRow]:
    """The packs: those that apply first, and of these the ones under which the gravest was found."""
    rows = [_pack(judgement, choice) for choice in judgement.choices]
    return sorted(rows, key=lambda row: (not row.applies, row.cell.rank))


def graded(result: RuleResult) -> Counter[str]:
    """How many facts of each grade a rule has."""
    names = {severity(result.pack, result.rule, BREACH): result.breach}
    return Counter(names) + Counter({severity(result.pack, result.rule, UNKNOWN): result.unknown, KEPT: result.kept})


def _pack(judgement: Judgement, choice: Choice) -> PackRow:
    results = [result for result in judgement.rules if result.pack.id == choice.pack.id]
    parts = tuple(_parts(choice.pack, results))
    return PackRow(choice, choice.why != MAY_APPLY, _cell(results), parts)


def _parts(pack: Pack, results: Sequence[RuleResult]) -> Iterator[Part]:
    """The parts that a fact was at hand for, in the order of the text."""
    for chapter in pack.chapters():
        found = tuple(result for result in results if result.rule.chapter == chapter)
        if found:
            yield Part(chapter, found, _cell(found))


def _cell(results: Iterable[RuleResult]) -> Cell:
    return Cell.of(sum((graded(result) for result in results), Counter()))


def worst(rows: Iterable[Row]) -> list[Row]:
    """The gravest findings, of different rules as far as there are any: the same thing twice says no more."""
    breaches = [row for row in rows if row.told.finding.verdict == BREACH]
    first = {(row.told.finding.pack, row.told.finding.rule): row.anchor for row in reversed(breaches)}
    firsts = set(first.values())
    return sorted(breaches, key=lambda row: row.anchor not in firsts)[:_WORST]


def gaps(judgement: Judgement) -> list[Gap]:
    """What is missing most."""
    counts, who = missing(judgement)
    return [
        Gap(name, count, tuple(who[name][:_PARTIES]), max(len(who[name]) - _PARTIES, 0))
        for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_WANTED]
    ]


def months(judgement: Judgement) -> tuple[str, str] | None:
    """The first and the last month (`2026-05`) that a fact has; None where none has a time."""
    found = [row.month for kind in judgement.kinds for row in kind.traffic if row.month]
    return (min(found), max(found)) if found else None
