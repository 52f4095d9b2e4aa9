"""The bulk path against the plain judge: the same verdict on every generated fact, nulls and boundaries included."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from judging import NOW, judge, write_pack

from comity.bounds import OPEN, at_least
from comity.categories import AND_MORE
from comity.judge import results
from comity.judge.facts import complete
from comity.judge.periods import law_cuts
from comity.judge.reference import ReferenceJudge
from comity.judge.tallies import ANY, Counted, shares
from comity.law.model import VERDICTS, Law, Pack, Share, Tally, Total
from comity.law.packs import load_law, shipped_packs
from comity.vocabulary import CLOCK, KINDS, TALLY, Kind, Type

FACTS_EACH = 300

#: Every construct of the rule language at least once.
EVERYTHING = """
## Article 1 — Transfers
```rule
id: a1
about: flow
group: transfers
when: flow.personal && flow.from in HOME && !(flow.to in HOME) && flow.sender.role != "individual"
duty: flow.encrypted && size(flow.data) < 3
```
```rule
id: a1-cert
excepts: a1
when: '"dpf" in flow.recipient.certifications && flow.to in HOME_FRIENDS'
from: 2020-07-16
```
```rule
id: a1-consent
excepts: group:transfers
when: flow.safeguards.exists(s, s == "explicit-consent" || s.startsWith("scc")) || flow.people <= 10
```
```rule
id: a1-consent-no-authority
excepts: a1-consent
when: flow.sender.role in ["State", "public-authority"] || flow.people > 1000
until: 2024-01-01
```
```rule
id: a1-public
excepts: [a1, a2]
effect: exempts
when: flow.public && flow.origin.all(o, o in HOME)
```
## Article 2 — At home
```rule
id: a2
about: flow
when: 'flow.subjects.exists(s, s != flow.to) && (flow.important ? flow.people >= 100 : flow.sensitive)'
duty: flow.from == flow.to || flow.bytes < 1000
```
```rule
id: a3
about: flow
group: transfers
when: (flow.sensitive == flow.encrypted) || !(flow.critical) && flow.network in [64500, 64501]
from: 2019-03-31
until: 2022-10-30
```
```rule
id: a3
about: flow
when: flow.sensitive
from: 2022-10-30
```
```presume
presume: {flow.important: false}
cites: Article 9
from: 2021-01-01
```
## Article 5 — Shares
```tally
name: of_home
title: share of flows to one home
share: flow.origin
by: [flow.from]
where: flow.personal || flow.people > 10
```
```rule
id: a5
about: flow
when: flow.from in HOME && tally.of_home >= 20.0
duty: flow.encrypted || tally.of_home < 40.0
```
## Article 6 — Totals
```tally
name: people_in_year
title: people this year
people: flow.people
by: [flow.sender.name]
window: year
where: flow.personal && flow.from in HOME
unless: [a6-few, group:left-out]
```
```tally
name: records_rolling
title: records in twelve months
sum: flow.records
by: [flow.from, flow.to]
window: P12M
where: flow.sensitive || flow.encrypted
```
```tally
name: devices_since
title: devices since a day
devices: flow.devices
by: [flow.sender.name]
since: 2020-07-16
```
```tally
name: people_in_two_years
title: people this year and the year before
people: flow.people
by: [flow.sender.name]
window: two-years
where: '!flow.public'
```
```rule
id: a6
about: flow
when: tally.people_in_year >= 100 && tally.devices_since > 3
duty: tally.records_rolling < 50 || tally.people_in_two_years <= 200
```
```rule
id: a6-few
about: flow
excepts: a6
effect: exempts
when: flow.critical
from: 2021-07-01
```
```rule
id: a6-other
about: flow
excepts: a6
effect: exempts
group: left-out
when: flow.to in HOME_FRIENDS && flow.encrypted
```
## Article 7 — Deadlines
```clock
name: filed_in_time
title: filed within 60 days
from: flow.began
to: flow.filed
within: P60D
```
```clock
name: told_in_time
title: told within a day
from: advisory.aware
to: advisory.users_told
within: PT24H
```
```rule
id: a7
about: flow
when: flow.personal
duty: clock.filed_in_time
```
```rule
id: a7-told
about: advisory
when: advisory.exploited
duty: clock.told_in_time
```
## Article 4 — Advisories
```rule
id: a4
about: advisory
when: advisory.exploited && advisory.aware >= timestamp("2024-01-01T00:00:00+01:00")
duty: advisory.users_told <= advisory.published
```
"""

SETS = {
    "home": "DE,, FR,,2021-01-01 NO,2018-07-20,",
    "home-friends": "US,2016-07-12,2020-07-16 US,2023-07-10, BR,2026-01-26,",
}


#: The shipped packs in a few handfuls, each with small packs and large ones.
HANDFULS = [tuple(shipped_packs())[start::6] for start in range(6)]


@pytest.fixture(scope="module", params=HANDFULS, ids=lambda packs: packs[0])
def law(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Law:
    """The made pack, which has every construct of the language, and a handful of those that ship."""
    made = write_pack(tmp_path_factory.mktemp("law"), EVERYTHING, sets=SETS)
    return load_law([str(made), *request.param])


def values_of(law: Law, kind: Kind, name: str) -> list[Any]:
    """Values worth trying: those that the rules name, some beside them, and boundaries."""
    attribute = kind.by_name[name]
    atoms = [
        a
        for _, rule in law.about(kind.name)
        for r in rule.with_exceptions()
        for n in r.expressions()
        for a in n.atoms()
    ]
    words = sorted({word for atom in atoms if kind.full_name(name) in atom.attributes for word in _strings(atom.text)})
    states = ["DE", "FR", "NO", "US", "CN", "BR", "GB", "VN", "EPO"]
    if attribute.type is Type.BOOL:
        return [True, False]
    if attribute.type is Type.STRING:
        return [*words, *states, "other"]
    if attribute.type is Type.INT:
        near = {bound + step for atom in atoms for bound in atom.cuts if isinstance(bound, int) for step in (-1, 0, 1)}
        numbers = sorted(number for number in near | {64500, 4134, 2, 30, 49, 50, 51} if number >= 0)
        return [*numbers, *(map(at_least, numbers) if name in OPEN else ())]
    if attribute.type is Type.TIME:
        return boundaries(law)
    if attribute.type is Type.INTS:
        return [[], [64500], [64501, 64500]]
    lists = [[], *([word] for word in words), ["DE"], ["US", "DE"], ["DE", "US"], ["CN"], [*words[:2], "other"]]
    if name == "data":
        special = ["EmailAddress", "Health", "GPSCoordinate", "OfficialID", "minimum-data"]
        lists += [[AND_MORE], *([term, AND_MORE] for term in (*words, *special)), [*special, AND_MORE]]
    return lists


def _strings(text: str) -> list[str]:
    return text.split('"')[1::2]


def boundaries(law: Law) -> list[datetime]:
    """A microsecond before, on and after every instant at which the law changes."""
    steps = (timedelta(microseconds=-1), timedelta(0), timedelta(seconds=1))
    return [cut + step for cut in sorted(law_cuts(law)) for step in steps] + [datetime(2025, 3, 1, tzinfo=UTC)]


def generated(law: Law, kind: Kind, seed: int) -> list[dict[str, Any]]:
    """Facts over the attributes that rules read; each attribute is often missing."""
    rng = random.Random(seed)
    atoms = [
        a
        for _, rule in law.about(kind.name)
        for r in rule.with_exceptions()
        for n in r.expressions()
        for a in n.atoms()
    ]
    read = {kind.relative_name(name) for atom in atoms for name in atom.attributes if not name.startswith(TALLY)}
    read = {name for name in read if not name.startswith(CLOCK)}
    counted = {name for _, tally in tallies_of(law, kind) for name in tally.attributes}
    counted |= {tally.counts for _, tally in tallies_of(law, kind) if isinstance(tally, Total)}
    timed = {n for pack in law.packs for c in pack.clocks if c.about == kind.name for n in (c.start, c.end)}
    names = sorted(read | counted | timed | {"at", kind.moot or "at"})
    choices = {name: values_of(law, kind, name) for name in names}
    known = rng.choice((0.5, 0.8, 0.97))
    return [
        {name: rng.choice(choices[name]) for name in names if rng.random() < known and choices[name]}
        for _ in range(FACTS_EACH)
    ]


def tallies_of(law: Law, kind: Kind) -> list[tuple[Pack, Tally]]:
    """The tallies over facts of a kind."""
    return [(pack, tally) for pack in law.packs for tally in pack.tallies if tally.about == kind.name]


def bounds_of(
    law: Law, plain: ReferenceJudge, kind: Kind, facts: list[dict[str, Any]]
) -> list[dict[str, tuple[float, float]]]:
    """The bounds of every tally for each fact; of shares found one group at a time."""
    found: list[dict[str, tuple[float, float]]] = [{} for _ in facts]
    happened = [complete(kind.name, fact) for fact in facts]
    for pack, tally in tallies_of(law, kind):
        if isinstance(tally, Total):
            for number, pair in enumerate(plain.totals(pack, tally, facts)):
                found[number][TALLY + tally.name] = pair
            continue
        groups: dict[tuple[Any, ...], list[int]] = {}
        for number, fact in enumerate(happened):
            groups.setdefault(tuple(fact.get(kind.full_name(name)) for name in tally.by), []).append(number)
        for by, members in groups.items():
            counted = [
                _counted(kind, tally, happened[number], counts(plain, pack, tally, facts[number])) for number in members
            ]
            probes = [Counted(fact.value, False, 0) for fact in counted]
            alike = [happened[number] for number in members]
            found_by_value = shares([*entities(kind, tally, alike, counted), *probes])[-len(members) :]
            bounds = [ANY] * len(members) if None in by else found_by_value
            for number, pair in zip(members, bounds, strict=True):
                found[number][TALLY + tally.name] = pair
    return found


def counts(plain: ReferenceJudge, pack: Pack, tally: Share, fact: dict[str, Any]) -> bool | None:
    """Whether a fact is one of those that a share is a share of."""
    return plain.holds(pack, tally.about, tally.where_text, fact) if tally.where_text else True


def last_told(facts: list[dict[str, Any]]) -> datetime | None:
    """The last moment that any of some facts tells of."""
    return max((value for fact in facts for value in fact.values() if isinstance(value, datetime)), default=None)


def entities(kind: Kind, tally: Tally, facts: list[dict[str, Any]], counted: list[Counted]) -> list[Counted]:
    """What a tally counts: facts, or the things that distinct values name; a nameless fact may be any of them."""
    if not tally.distinct:
        return counted
    named: dict[Any, set[bool | None]] = {}
    nameless = []
    for fact, told in zip(facts, counted, strict=True):
        name = fact.get(kind.full_name(tally.distinct))
        if name is None:
            nameless.append(Counted(told.value, told.counts and None, 1))
        else:
            named.setdefault((name, told.value), set()).add(told.counts)
    certainty = {thing: True if True in ways else None if None in ways else False for thing, ways in named.items()}
    return [*(Counted(value, certain, 1) for (_, value), certain in certainty.items()), *nameless]


def _counted(kind: Kind, tally: Tally, fact: dict[str, Any], counts: bool | None) -> Counted:
    value = fact.get(kind.full_name(tally.share))
    moot = kind.moot and fact.get(kind.full_name(kind.moot))
    return Counted(tuple(value) if isinstance(value, list) else value and (value,), False if moot else counts, 1)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["flow", "flow", "flow", *KINDS]),
    seed=st.integers(0, 2**32),
    as_of=st.sampled_from([None, None, datetime(2022, 1, 1, tzinfo=UTC)]),
)
def test_bulk_and_single_judgements_count_the_same(law: Law, kind: str, seed: int, as_of: datetime | None) -> None:
    facts = generated(law, KINDS[kind], seed)
    plain = ReferenceJudge(law, as_of, NOW)
    bounds, seen = bounds_of(law, plain, KINDS[kind], facts), last_told(facts)
    for result in judge(law, kind, facts, as_of).rules:
        told = zip(facts, bounds, strict=True)
        expected = Counter(plain.verdict(result.pack, result.rule, fact, tallies, seen) for fact, tallies in told)
        found = dict(zip(VERDICTS, (result.breach, result.unknown, result.kept, result.out_of_scope), strict=True))
        assert found == {verdict: expected[verdict] for verdict in VERDICTS}, f"{result.pack.id} {result.rule.id}"


@settings(max_examples=1, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_every_single_fact_gets_the_same_verdict(law: Law, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "MOST_FINDINGS", 10**9)
    facts = [{**fact, "product": str(number)} for number, fact in enumerate(generated(law, KINDS["flow"], seed))]
    plain = ReferenceJudge(law, None, NOW)
    bounds, seen = bounds_of(law, plain, KINDS["flow"], facts), last_told(facts)
    judgement = judge(law, "flow", facts)
    found = {(f.pack, f.rule, f.law_as_of, f.facets["product"]): f.verdict for f in judgement.findings}
    for pack, rule in law.about("flow"):
        for fact, tallies in zip(facts, bounds, strict=True):
            verdict = plain.verdict(pack, rule, fact, tallies, seen)
            if verdict in ("breach", "unknown"):
                assert found.pop((pack.id, rule.id, plain.moment("flow", fact), fact["product"])) == verdict, fact
    assert not found


def test_the_findings_of_a_rule_add_up_to_its_breaches_and_unknowns(law: Law) -> None:
    judgement = judge(law, "flow", generated(law, KINDS["flow"], 7))
    for result in judgement.rules:
        of_rule = [f for f in judgement.findings if (f.pack, f.rule) == (result.pack.id, result.rule.id)]
        assert sum(f.count for f in of_rule) == sum(
            r.breach + r.unknown for r in judgement.rules if (r.pack.id, r.rule.id) == (result.pack.id, result.rule.id)
        )
        assert result.breach + result.unknown + result.kept + result.out_of_scope == judgement.facts


def test_an_unknown_names_what_is_missing_and_a_breach_misses_nothing(law: Law) -> None:
    for finding in judge(law, "flow", generated(law, KINDS["flow"], 11)).findings:
        assert bool(finding.missing) == (finding.verdict == "unknown")
