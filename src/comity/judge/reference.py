"""The plain judge: whole CEL expressions, one fact at a time. Slow and naive on purpose.

It is the oracle that the bulk path is held against, and it runs the worked examples of packs.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from comity.bounds import UNBOUNDED
from comity.judge.facts import complete
from comity.judge.truth import elements_of, is_open_list, may_vary, possible
from comity.law.cel import Atom, Language, Node
from comity.law.kleene import Kleene, all_of, any_of, evaluate, negate
from comity.law.model import BREACH, KEPT, OUT_OF_SCOPE, UNKNOWN, Law, Pack, Rule, Total
from comity.vocabulary import CLOCK, KINDS


class ReferenceJudge:
    """Judges single facts by a law; ``as_of`` moves the law to a moment, ``now`` serves facts without a time."""

    def __init__(self, law: Law, as_of: datetime | None = None, now: datetime | None = None) -> None:
        self._law, self._as_of, self._now = law, as_of, now or datetime.now(UTC)
        self._members: dict[tuple[datetime, ZoneInfo], dict[str, Any]] = {}
        self._elements = elements_of(law)

    def verdict(
        self,
        pack: Pack,
        rule: Rule,
        fact: Mapping[str, Any],
        tallies: Mapping[str, tuple[float, float]] | None = None,
        seen: datetime | None = None,
    ) -> str:
        """The verdict of one rule on one fact whose attributes have names relative to the rule's kind.

        ``tallies`` are the bounds of those that the rule reads, ``seen`` is the last moment that the evidence tells of.
        """
        moment = self.moment(rule.about, fact)
        values = {**complete(rule.about, fact), **(tallies or {})}
        values |= _clocks(pack, rule.about, values, seen)
        return self._case(pack, values, moment).verdict(rule)

    def holds(self, pack: Pack, about: str, text: str, fact: Mapping[str, Any]) -> Kleene:
        """What an expression of a pack says of one fact of the kind that it is about."""
        return self._case(pack, complete(about, fact), self.moment(about, fact)).value(text)

    def totals(self, pack: Pack, total: Total, facts: Sequence[Mapping[str, Any]]) -> list[tuple[int, int]]:
        """The bounds of a total at the moment of each of all facts of its kind."""
        counted = [self._counted(pack, total, fact) for fact in facts]
        return [_bounds(total, fact, counted, pack.period.zone) for fact in counted]

    def _counted(self, pack: Pack, total: Total, fact: Mapping[str, Any]) -> _Counted:
        values = complete(total.about, fact)
        moment = self.moment(total.about, fact)
        case = self._case(pack, values, moment)
        group = tuple(values.get(f"{total.about}.{name}") for name in total.by)
        number = values.get(f"{total.about}.{total.counts}")
        return _Counted(
            None if None in group else group,
            values.get(f"{total.about}.at") or self._now,
            _within(number),
            case.counts(total),
        )

    def _case(self, pack: Pack, values: dict[str, Any], moment: datetime) -> _Case:
        return _Case(self._law, pack, values, self._sets(moment, pack), moment, self._elements)

    def moment(self, kind: str, fact: Mapping[str, Any]) -> datetime:
        """The moment whose law judges a fact."""
        found = complete(kind, {"at": fact.get("at")}).get(f"{kind}.at")
        return self._as_of or found or self._now

    def _sets(self, moment: datetime, pack: Pack) -> dict[str, Any]:
        key = (moment, pack.period.zone)
        if key not in self._members:
            self._members[key] = {name: found.at(*key) for name, found in self._law.sets.items()}
        return self._members[key]


def _clocks(pack: Pack, about: str, values: Mapping[str, Any], seen: datetime | None) -> dict[str, bool]:
    """The clocks of a pack on one fact. Whatever the fact itself tells of, the evidence tells of."""
    told = [value for value in (seen, *values.values()) if isinstance(value, datetime)]
    last = max(told, default=None)
    found = {}
    for clock in (clock for clock in pack.clocks if clock.about == about):
        answer = clock.in_time(values.get(f"{about}.{clock.start}"), values.get(f"{about}.{clock.end}"), last)
        if answer is not None:
            found[CLOCK + clock.name] = answer
    return found


@dataclass(frozen=True)
class _Counted:
    """One fact as a total sees it: its group (None where that is not known), when, how many (the least and the most),
    whether it counts.
    """

    group: tuple[Any, ...] | None
    at: datetime
    number: tuple[int, int]
    counts: Kleene


def _within(number: Any) -> tuple[int, int]:
    """The least and the most that a number may be."""
    if isinstance(number, tuple):
        return number
    return (0, UNBOUNDED) if number is None or number < 0 else (number, number)


def _bounds(total: Total, fact: _Counted, facts: Sequence[_Counted], zone: ZoneInfo) -> tuple[int, int]:
    first = total.window.first(fact.at, zone)
    within = [other for other in facts if first <= other.at <= fact.at and other.counts is not False]
    nobody = fact.group is None
    alike = [fact] if nobody else [other for other in within if other.group == fact.group]
    sure = [other.number[0] for other in alike if other.counts and first <= other.at]
    low = sum(sure) if total.adds else max(sure, default=0)
    maybe = [other.number[1] for other in within if nobody or other.group in (None, fact.group)]
    return low, UNBOUNDED if UNBOUNDED in maybe else sum(maybe)


class _Case:
    """One fact before one pack, at one moment of the law."""

    def __init__(
        self,
        law: Law,
        pack: Pack,
        values: dict[str, Any],
        sets: dict[str, Any],
        moment: datetime,
        elements: Sequence[str],
    ) -> None:
        self._law, self._moment, self._elements = law, moment, elements
        presumed = {p.attribute: p.value for p in pack.presumptions if p.period.covers(moment)}
        known = {**presumed, **values, **sets}
        self._bounded = {
            name: value for name, value in known.items() if isinstance(value, tuple) or is_open_list(name, value)
        }
        self._values = {name: value for name, value in known.items() if name not in self._bounded}

    def verdict(self, rule: Rule) -> str:
        moot = KINDS[rule.about].moot
        if not rule.period.covers(self._moment) or (moot and self._values.get(f"{rule.about}.{moot}")):
            return OUT_OF_SCOPE
        exempt = any_of(self._holds(exception) for exception in rule.exemptions())
        scope = all_of((self.value(rule.when_text), negate(exempt)))
        duty = False if rule.duty_text is None else self.value(rule.duty_text)
        lawful = any_of((duty, *(self._holds(exception) for exception in rule.permissions())))
        if scope is False:
            return OUT_OF_SCOPE
        if lawful is True:
            return KEPT
        return BREACH if scope is True and lawful is False else UNKNOWN

    def counts(self, total: Total) -> Kleene:
        """Whether the fact counts for a total."""
        moot = KINDS[total.about].moot
        if moot and self._values.get(f"{total.about}.{moot}"):
            return False
        within = True if total.where_text is None else self.value(total.where_text)
        return all_of((within, negate(any_of(self._holds(exception) for exception in total.unless))))

    def _holds(self, exception: Rule) -> Kleene:
        if not exception.period.covers(self._moment):
            return False
        lifted = any_of(self._holds(deeper) for deeper in exception.exceptions)
        return all_of((self.value(exception.when_text), negate(lifted)))

    def value(self, text: str) -> Kleene:
        """The whole expression as CEL sees it; one that reads what is known within bounds atom by atom, at both."""
        if not any(name in text for name in self._bounded):
            return self._law.language.evaluator(text)(self._values)
        return evaluate(_parsed(self._law.language, text), self._between)

    def _between(self, atom: Atom) -> Kleene:
        answer = self._law.language.evaluator(atom.text)
        read = {name: value for name, value in self._bounded.items() if name in atom.attributes}
        answers = {answer({**self._values, **way}) for way in possible(atom, read, self._elements)}
        return answers.pop() if len(answers) == 1 and not may_vary(atom, read) else None


@functools.cache
def _parsed(language: Language, text: str) -> Node:
    return language.parse(text)
