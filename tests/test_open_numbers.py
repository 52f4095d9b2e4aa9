"""Numbers of which the least is known: at least so many people. They settle what more could not change."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from judging import NOW, judge, law_of

from comity.bounds import UNBOUNDED, at_least
from comity.judge.reference import ReferenceJudge
from comity.law.model import KEPT, UNKNOWN, Law

RULES = """
## Article 1 — Few people
```rule
id: few
about: flow
when: flow.to != "DE"
duty: flow.people <= 100
```
## Article 2 — Many people are asked first
```rule
id: many
about: flow
when: flow.people > 100
duty: '"scc" in flow.safeguards'
```
## Article 3 — Not just seven
```rule
id: seven
about: flow
when: flow.to != "DE"
duty: flow.people != 7
```
## Article 4 — More people than devices
```rule
id: shared
about: flow
when: flow.to != "DE"
duty: flow.people > flow.devices || flow.devices == 3
```
## Article 5 — Not in the middle
```rule
id: middle
about: flow
when: flow.to != "DE"
duty: flow.people < 10 || flow.people > 20
```
"""


@pytest.mark.parametrize(
    ("people", "rule", "verdict"),
    [
        (5, "few", "kept"),
        (at_least(5), "few", "unknown"),
        (at_least(100), "few", "unknown"),
        (at_least(101), "few", "breach"),
        (at_least(101), "many", "breach"),
        (at_least(5), "many", "unknown"),
        (at_least(0), "seven", "unknown"),
        (at_least(7), "seven", "unknown"),
        (at_least(8), "seven", "kept"),
        (at_least(5), "middle", "unknown"),
        (at_least(15), "middle", "unknown"),
        (at_least(21), "middle", "kept"),
    ],
)
def test_what_more_could_change_is_not_settled(tmp_path: Path, people: int, rule: str, verdict: str) -> None:
    judgement = judge(law_of(tmp_path, RULES), "flow", [{"to": "US", "people": people, "safeguards": []}])
    (result,) = (result for result in judgement.rules if result.rule.id == rule)
    assert {name for name in ("kept", "breach", "unknown") if getattr(result, name)} == {verdict}


def test_the_number_is_what_is_missing_and_is_told_as_far_as_it_is_known(tmp_path: Path) -> None:
    findings = judge(law_of(tmp_path, RULES), "flow", [{"to": "US", "people": at_least(50)}]).findings
    (few,) = (finding for finding in findings if finding.rule == "few")
    assert few.missing == ("flow.people",)
    assert few.situation["flow.people"] == (50, UNBOUNDED)


@pytest.fixture(scope="module")
def law(tmp_path_factory: pytest.TempPathFactory) -> Law:
    return law_of(tmp_path_factory.mktemp("law"), RULES)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=st.integers(0, 120), devices=st.integers(0, 120), seed=st.integers(0, 2**32))
def test_a_verdict_on_the_least_is_the_verdict_on_every_number_from_there_on(
    law: Law, people: int, devices: int, seed: int
) -> None:
    rng = random.Random(seed)
    plain = ReferenceJudge(law, None, NOW)
    given_devices = rng.choice([devices, at_least(devices)])
    open_fact: dict[str, Any] = {"to": "US", "people": at_least(people), "devices": given_devices}
    for pack, rule in law.about("flow"):
        verdict = plain.verdict(pack, rule, open_fact)
        for _ in range(20):
            more = rng.choice((0, 1, 2, 3, 10, 100, 10**9)) + people
            other = devices if given_devices == devices else devices + rng.choice((0, 1, 3, 10**12))
            exact = plain.verdict(pack, rule, {"to": "US", "people": more, "devices": other})
            assert verdict in (UNKNOWN, exact), (rule.id, more, other)


TOTALS = """
## Article 1 — A year
```tally
name: people
title: people this year
people: flow.people
by: [flow.sender.name]
window: year
```
```rule
id: total
about: flow
when: flow.to != "DE"
duty: tally.people < 100
```
"""


@pytest.mark.parametrize(
    ("people", "verdict"),
    [
        ([40, 50], {KEPT: 2}),
        ([40, at_least(50)], {KEPT: 1, UNKNOWN: 1}),
        ([at_least(40), at_least(50)], {UNKNOWN: 2}),
        ([40, at_least(100)], {KEPT: 1, "breach": 1}),
        ([at_least(40), at_least(140), 1], {"breach": 2, UNKNOWN: 1}),
    ],
)
def test_a_total_is_at_least_the_largest_and_has_no_upper_bound(
    tmp_path: Path, people: list[int], verdict: dict[str, int]
) -> None:
    facts = [
        {"to": "US", "sender.name": "Acme", "people": number, "at": NOW.replace(hour=hour)}
        for hour, number in enumerate(people)
    ]
    (result,) = judge(law_of(tmp_path, TOTALS), "flow", facts).rules
    assert {name: n for name in (KEPT, "breach", UNKNOWN) if (n := getattr(result, name))} == verdict
