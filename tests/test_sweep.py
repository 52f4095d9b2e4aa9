"""Every pack through every quarter of 2015 to 2027: no gap and no overlap that the law does not have."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest

from comity.judge.reference import ReferenceJudge
from comity.law.model import OUT_OF_SCOPE, Pack, Rule
from comity.law.packs import load_law

LAW = load_law()
QUARTERS = [date(year, month, 1) for year in range(2015, 2028) for month in (1, 4, 7, 10)]

#: Facts of each pack that are carried through all quarters, spread over its examples.
FACTS = 14


def names(pack: Pack) -> str:
    return pack.id


def moments(pack: Pack) -> list[datetime]:
    """The first instant of every quarter in the zone of a pack."""
    return [pack.period.instant(day) for day in QUARTERS]


def sample(pack: Pack) -> list[Any]:
    """Some examples of a pack, as many of each kind as there is room for."""
    examples = sorted(pack.examples, key=lambda example: example.about)
    step = max(1, len(examples) // FACTS)
    return examples[::step][:FACTS]


def cuts(pack: Pack, rule: Rule) -> set[datetime]:
    """The instants at which a rule, one of its exceptions, a set they read or a presumption changes."""
    read = {name for atom in rule.atoms() for name in atom.sets}
    found = {cut for part in rule.with_exceptions() for cut in part.period.cuts()}
    found |= {cut for presumption in pack.presumptions for cut in presumption.period.cuts()}
    return found | {pack.period.instant(day) for name in read for day in LAW.sets[name].days()}


@pytest.mark.parametrize("pack", LAW.packs, ids=names)
def test_texts_of_one_article_follow_each_other_without_a_gap(pack: Pack) -> None:
    texts: dict[tuple[Any, ...], list[Rule]] = {}
    for rule in pack.rules:
        texts.setdefault((rule.id, rule.about, rule.excepts), []).append(rule)
    for (id, *_), versions in texts.items():
        for before, after in itertools.pairwise(sorted(versions, key=lambda rule: rule.period.start or date.min)):
            assert before.period.end is not None, f"{id} overlaps"
            assert before.period.end == after.period.start, f"{id}: {before.period.end}"


@pytest.mark.parametrize("pack", LAW.packs, ids=names)
def test_while_a_pack_is_in_force_it_says_something(pack: Pack) -> None:
    silent = [
        moment
        for moment in moments(pack)
        if pack.period.covers(moment) and not any(rule.period.covers(moment) for rule in pack.duties())
    ]
    assert silent == []


@pytest.mark.parametrize("pack", LAW.packs, ids=names)
def test_no_rule_reaches_beyond_its_pack(pack: Pack) -> None:
    outside = [moment for moment in moments(pack) if not pack.period.covers(moment)]
    assert not [rule.id for rule in pack.rules for moment in outside if rule.period.covers(moment)]


def swept(pack: Pack) -> Iterator[tuple[Any, Rule, list[str]]]:
    """Each sampled fact with each duty about its kind, and the verdicts quarter by quarter."""
    judges = {moment: ReferenceJudge(LAW, as_of=moment) for moment in moments(pack)}
    for example in sample(pack):
        for rule in (rule for rule in pack.duties() if rule.about == example.about):
            told = (pack, rule, example.fact, example.tallies, example.seen)
            yield example, rule, [judge.verdict(*told) for judge in judges.values()]


@pytest.mark.parametrize("pack", LAW.packs, ids=names)
def test_verdicts_change_only_when_the_law_does(pack: Pack) -> None:
    known = {rule.place: cuts(pack, rule) for rule in pack.duties()}
    tried = 0
    for example, rule, verdicts in swept(pack):
        for (start, before), (end, after) in itertools.pairwise(zip(moments(pack), verdicts, strict=True)):
            changes = any(start < cut <= end for cut in known[rule.place])
            assert before == after or changes, f"{rule.id}, {example.title}: {before}, then {after} at {end}"
            tried += 1
    assert tried


@pytest.mark.parametrize("pack", LAW.packs, ids=names)
def test_one_rule_at_a_time_answers_whether_data_may_leave(pack: Pack) -> None:
    asked: dict[tuple[str, int], set[str]] = {}
    for example, rule, verdicts in swept(pack):
        for number, verdict in enumerate(verdicts):
            if rule.question == "leave" and verdict not in (OUT_OF_SCOPE, "unknown"):
                asked.setdefault((example.title, number), set()).add(f"{rule.id} ({rule.cites})")
    overlaps = {tuple(sorted(found)) for found in asked.values() if len(found) > 1}
    assert overlaps == set()


def test_the_sweep_sees_the_gaps_that_the_law_has() -> None:
    """A certified company of the United States: adequate from 2016, not after July 2020, again from July 2023."""
    pack = next(pack for pack in LAW.packs if pack.id == "eu-gdpr-transfers")
    rule = next(rule for rule in pack.duties() if rule.id == "art-44")
    certified = {"recipient.certifications": ["safe-harbour", "privacy-shield", "dpf"]}
    fact = {"from": "DE", "to": "US", "personal": True, "sender.role": "controller", "safeguards": [], **certified}
    verdicts = [ReferenceJudge(LAW, as_of=moment).verdict(pack, rule, fact) for moment in moments(pack)]
    runs = [(verdict, len(list(run))) for verdict, run in itertools.groupby(verdicts)]

    assert runs == [("out-of-scope", 14), ("kept", 9), ("breach", 12), ("kept", 17)]
