"""The plain judge: whole CEL expressions, one fact at a time. Slow and naive on purpose.

It is the oracle that the bulk path is held against, and it runs the worked examples of packs.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from comity.judge.facts import complete
from comity.judge.truth import bounds
from comity.law.kleene import Kleene, all_of, any_of, negate
from comity.law.model import BREACH, KEPT, OUT_OF_SCOPE, UNKNOWN, Law, Pack, Rule
from comity.vocabulary import KINDS


class ReferenceJudge:
    """Judges single facts by a law; ``as_of`` moves the law to a moment, ``now`` serves facts without a time."""

    def __init__(self, law: Law, as_of: datetime | None = None, now: datetime | None = None) -> None:
        self._law, self._as_of, self._now = law, as_of, now or datetime.now(UTC)
        self._members: dict[tuple[datetime, ZoneInfo], dict[str, Any]] = {}

    def verdict(
        self, pack: Pack, rule: Rule, fact: Mapping[str, Any], tallies: Mapping[str, tuple[float, float]] | None = None
    ) -> str:
        """The verdict of one rule on one fact whose attributes have names relative to the rule's kind.

        ``tallies`` are the bounds of those that the rule reads.
        """
        moment = self.moment(rule.about, fact)
        values = {**complete(rule.about, fact), **(tallies or {})}
        return _Case(self._law, pack, values, self._sets(moment, pack), moment).verdict(rule)

    def moment(self, kind: str, fact: Mapping[str, Any]) -> datetime:
        """The moment whose law judges a fact."""
        found = complete(kind, {"at": fact.get("at")}).get(f"{kind}.at")
        return self._as_of or found or self._now

    def _sets(self, moment: datetime, pack: Pack) -> dict[str, Any]:
        key = (moment, pack.period.zone)
        if key not in self._members:
            self._members[key] = {name: found.at(*key) for name, found in self._law.sets.items()}
        return self._members[key]


class _Case:
    """One fact before one pack, at one moment of the law."""

    def __init__(self, law: Law, pack: Pack, values: dict[str, Any], sets: dict[str, Any], moment: datetime) -> None:
        self._law, self._moment = law, moment
        presumed = {p.attribute: p.value for p in pack.presumptions if p.period.covers(moment)}
        self._values = {**presumed, **values, **sets}

    def verdict(self, rule: Rule) -> str:
        moot = KINDS[rule.about].moot
        if not rule.period.covers(self._moment) or (moot and self._values.get(f"{rule.about}.{moot}")):
            return OUT_OF_SCOPE
        exempt = any_of(self._holds(exception) for exception in rule.exemptions())
        scope = all_of((self._value(rule.when_text), negate(exempt)))
        duty = False if rule.duty_text is None else self._value(rule.duty_text)
        lawful = any_of((duty, *(self._holds(exception) for exception in rule.permissions())))
        if scope is False:
            return OUT_OF_SCOPE
        if lawful is True:
            return KEPT
        return BREACH if scope is True and lawful is False else UNKNOWN

    def _holds(self, exception: Rule) -> Kleene:
        if not exception.period.covers(self._moment):
            return False
        lifted = any_of(self._holds(deeper) for deeper in exception.exceptions)
        return all_of((self._value(exception.when_text), negate(lifted)))

    def _value(self, text: str) -> Kleene:
        evaluate = self._law.language.evaluator(text)
        answers = {evaluate({**self._values, **end}) for end in bounds(self._values)}
        return answers.pop() if len(answers) == 1 else None
