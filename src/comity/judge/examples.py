"""Runs the worked examples that stand in packs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from comity.judge.reference import ReferenceJudge
from comity.law.model import OUT_OF_SCOPE, Example, Law, Pack


@dataclass(frozen=True)
class Outcome:
    """What one rule said of one example."""

    pack: Pack
    example: Example
    rule: str
    expected: str
    found: str

    @property
    def passed(self) -> bool:
        """Whether the verdict is the expected one."""
        return self.expected == self.found


def run_examples(law: Law) -> Iterator[Outcome]:
    """Every expectation of every example. Rules that share an id in disjoint periods count as one."""
    judge = ReferenceJudge(law)
    for pack in law.packs:
        for example in pack.examples:
            for id, expected in example.expect.items():
                rules = [rule for rule in pack.duties() if rule.id == id and rule.about == example.about]
                verdicts = {judge.verdict(pack, rule, example.fact, example.tallies, example.seen) for rule in rules}
                found = next(iter(sorted(verdicts - {OUT_OF_SCOPE})), OUT_OF_SCOPE)
                yield Outcome(pack, example, id, expected, found)
