"""Single decisions: the same as those of the plain judge and of the bulk path, told with what is missing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from judging import NOW, judge, law_of
from test_differential import bounds_of, generated, last_told, law

import comity
from comity.judge import results
from comity.judge.reference import ReferenceJudge
from comity.judge.single import SingleJudge
from comity.law.model import Law
from comity.vocabulary import CLOCK, KINDS, TALLY

__all__ = ["law"]

GROUNDS = {"from": "DE", "to": "VN", "personal": True, "sender.role": "controller", "at": "2024-05-06T10:00:00Z"}


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["flow", "flow", "flow", *KINDS]),
    seed=st.integers(0, 2**32),
    as_of=st.sampled_from([None, None, datetime(2022, 1, 1, tzinfo=UTC)]),
    remembered=st.sampled_from([1, 100, 10_000]),
)
def test_agrees_with_the_plain_judge(law: Law, kind: str, seed: int, as_of: datetime | None, remembered: int) -> None:
    facts = generated(law, KINDS[kind], seed)
    plain = ReferenceJudge(law, as_of, NOW)
    single = SingleJudge(law, as_of, NOW, remembered)
    bounds, seen = bounds_of(law, plain, KINDS[kind], facts), last_told(facts)
    for fact, tallies in zip(facts, bounds, strict=True):
        found = single.judge(kind, fact, tallies, seen)
        duties = law.about(kind)
        assert [ruling.rule for ruling in found] == [rule for _, rule in duties]
        for (pack, rule), ruling in zip(duties, found, strict=True):
            assert ruling.verdict == plain.verdict(pack, rule, fact, tallies, seen), (rule.id, fact)


def test_agrees_with_the_bulk_path_on_what_is_missing(law: Law, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "MOST_FINDINGS", 10**9)
    seed = 2026
    facts = [{**fact, "product": str(number)} for number, fact in enumerate(generated(law, KINDS["flow"], seed))]
    bounds, seen = bounds_of(law, ReferenceJudge(law, None, NOW), KINDS["flow"], facts), last_told(facts)
    expected = {
        (f.rule, f.pack, f.facets["product"], f.law_as_of): (f.verdict, f.missing)
        for f in judge(law, "flow", facts).findings
    }
    single = SingleJudge(law, None, NOW)
    for fact, tallies in zip(facts, bounds, strict=True):
        moment = fact.get("at", NOW)
        for ruling in single.judge("flow", fact, tallies, seen):
            if ruling.verdict in ("breach", "unknown"):
                key = (ruling.rule.id, ruling.rule.pack, fact["product"], moment)
                verdict, missing = expected.pop(key)
                assert ruling.verdict == verdict
                # Of a tally or a clock, reports name what it is made from.
                if not any(name.startswith((TALLY, CLOCK)) for name in ruling.missing):
                    assert ruling.missing == missing, (ruling.rule.id, fact)
    assert not expected


def test_a_decider_tells_the_verdict_what_lifted_it_and_what_is_missing() -> None:
    decider = comity.Decider(["eu-gdpr-transfers"])

    def decided(**more: object) -> comity.Ruling:
        return next(ruling for ruling in decider.decide({**GROUNDS, **more}) if ruling.rule.id == "art-44")

    bare = {"safeguards": [], "recipient.certifications": []}
    assert decided(**bare).verdict == "breach"
    assert decided().missing == ("flow.safeguards",)
    assert decided(safeguards=["bcr", "transfer-impact-assessment"]).lifted == ("art-46-2-b",)
    assert decided(safeguards=["legal-claims"], blocked=True).verdict == "out-of-scope"
    assert decided(**bare, to="FR").verdict == "out-of-scope"


def test_the_law_moves_to_a_day() -> None:
    fact = {**GROUNDS, "to": "KR", "safeguards": []}
    before = comity.Decider(["eu-gdpr-transfers"], as_of=datetime(2021, 12, 1, tzinfo=UTC)).decide(fact)
    after = comity.Decider(["eu-gdpr-transfers"], as_of=datetime(2022, 12, 1, tzinfo=UTC)).decide(fact)
    assert "breach" in {ruling.verdict for ruling in before}
    assert "breach" not in {ruling.verdict for ruling in after}


def test_certifications_hold_from_a_day_on() -> None:
    decider = comity.Decider(["eu-gdpr-transfers"])
    fact = {**GROUNDS, "to": "US", "safeguards": [], "recipient.certifications": ["dpf@2024-02-01/"]}
    verdicts = [decider.decide({**fact, "at": f"2024-0{month}-15T10:00:00Z"})[0].verdict for month in (1, 3)]
    assert verdicts == ["breach", "kept"]


def test_what_follows_from_data_is_filled_in_and_numbers_are_told_apart_at_the_constants(tmp_path: Path) -> None:
    body = """
```rule
id: a
about: flow
when: flow.personal
duty: flow.people < 100
```
"""
    single = SingleJudge(law_of(tmp_path, f"## Part\n{body}"), None, NOW)
    found = [single.judge("flow", {"data": ["EmailAddress"], "people": n})[0].verdict for n in (0, 99, 100, 101, -50)]
    assert found == ["kept", "kept", "breach", "breach", "unknown"]


def test_memory_is_bounded(law: Law) -> None:
    single = SingleJudge(law, None, NOW, remembered=10)
    for number in range(300):
        single.judge("flow", {"from": f"place {number}", "to": "DE", "personal": True})
    kind = single._kinds["flow"]
    assert kind._situation.cache_info().currsize == 10
    units = [unit for pack in kind._packs for unit in pack._units]
    assert all(unit.classify.cache_info().currsize <= 10 for unit in units)


@pytest.mark.parametrize(("fact", "kind", "told"), [({"form": "DE"}, "flow", "from"), ({}, "flew", "flow")])
def test_names_that_do_not_exist_are_refused(fact: dict[str, str], kind: str, told: str) -> None:
    with pytest.raises(comity.ComityError, match=r"unknown kind|no attribute") as error:
        comity.Decider(["eu-gdpr-transfers"]).decide(fact, kind)
    assert f"`{told}`" in str(error.value.help)
