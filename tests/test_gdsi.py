"""The Global Initiative: every duty is accounted for, channels are open on the days that the record says, all alike."""

import csv
from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judging import judge
from reading import SHARED

from comity.judge.reference import ReferenceJudge
from comity.law.model import BREACH, KEPT, OUT_OF_SCOPE, UNKNOWN, VERDICTS
from comity.law.packs import load_law
from comity.profile import JURISDICTIONS

LAW = load_law()
PACK = next(pack for pack in LAW.packs if pack.id == "gdsi")
JUDGE = ReferenceJudge(LAW)
ZONE = ZoneInfo("Asia/Shanghai")
START = date(2020, 9, 8)

DUTIES = "1a 1b 2a 2b 2c 3a 3b 3c 4a 4b 5a 5b 6a 6b 7a 7b 8a 8b 8c 8d".split()
CALLS = "P1 P2 P3 P4 P5 C1 C2 C3".split()

#: States that are no part of a row of ONE_STATE and no union: what is said of one is said of all.
UNION = {"EU", "EPO"}
TERRITORIES = {code for row in LAW.sets["ONE_STATE"].rows for code in str(row.member).split()}
STATES = sorted(JURISDICTIONS - UNION - TERRITORIES)

LAW_FACTS = SHARED.parent / "law"
recorded = pytest.mark.skipif(not LAW_FACTS.exists(), reason="the record of channels is not there")


def table(name):
    with (LAW_FACTS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def verdict(id, about, fact):
    (rule,) = (rule for rule in PACK.duties() if (rule.id, rule.about) == (id, about))
    return JUDGE.verdict(PACK, rule, fact)


def asked(by, place, channel, day, **more):
    """The verdict of 6a on a demand at noon of a day in the zone of the Initiative, no leave given."""
    at = datetime(day.year, day.month, day.day, 12, tzinfo=ZONE)
    fact = {"by": by, "data_in": [place], "purpose": "crime", "channel": channel, "permitted_by": [], "at": at}
    return verdict("6a", "request", fact | more)


def test_every_duty_is_a_rule_or_stands_among_what_no_evidence_shows():
    rules = {rule.id: rule.chapter for rule in PACK.duties()}
    unshown = {duty.id: duty.chapter for duty in PACK.unshown}
    assert not rules.keys() & unshown.keys()
    assert {*rules, *unshown} >= {*DUTIES, *CALLS}
    assert unshown.keys() == {"2c", "4a", "5a", *CALLS}
    chapters = {**rules, **unshown}
    assert all(chapter.startswith(f"Commitment {id[0]} — ") for id, chapter in chapters.items() if id not in CALLS)
    commitments = [line[3:] for line in PACK.text.splitlines() if line.startswith("## Commitment")]
    assert list(dict.fromkeys(rule.chapter for rule in PACK.duties())) == commitments
    assert len(commitments) == 8


def test_only_the_one_bound_breaks_a_commitment():
    states_own = {"measure", "request"}
    for rule in PACK.duties():
        if rule.id[0] in "78":
            assert rule.bearer in ("company", "provider")
            assert rule.indicator == (rule.id == "7a-endpoints")
        else:
            assert rule.bearer == "State"
            assert rule.indicator == (rule.about not in states_own), (rule.id, rule.about)


def test_evidence_of_every_kind_that_shows_acts_is_judged():
    assert {rule.about for rule in PACK.duties()} == {
        *("flow", "store", "request", "product", "component", "advisory", "measure")
    }


@pytest.mark.parametrize("kind", sorted({example.about for example in PACK.examples}))
def test_worked_examples_judged_in_bulk_add_up(kind):
    examples = [example for example in PACK.examples if example.about == kind and not example.tallies]
    for result in judge(LAW, kind, [example.fact for example in examples]).rules:
        if result.pack.id == "gdsi" and not result.rule.id.startswith("1b-dependence"):
            found = dict(zip(VERDICTS, (result.breach, result.unknown, result.kept, result.out_of_scope), strict=True))
            told = Counter(example.expect[result.rule.id] for example in examples if result.rule.id in example.expect)
            assert all(found[one] >= told[one] for one in VERDICTS), (result.rule.id, found, told)
            single = Counter(JUDGE.verdict(result.pack, result.rule, example.fact) for example in examples)
            assert found == {one: single[one] for one in VERDICTS}, result.rule.id


@given(by=st.sampled_from(STATES), place=st.sampled_from(STATES), other=st.sampled_from(STATES))
def test_a_direct_demand_is_judged_alike_whoever_makes_it(by, place, other):
    demand = {"by": by, "data_in": [place], "channel": "direct", "purpose": "crime", "at": "2024-05-06T10:00:00Z"}
    expected = OUT_OF_SCOPE if by == place else BREACH
    for id in ("5b-en", "6a"):
        assert verdict(id, "request", {**demand, "permitted_by": []}) == expected
    if by != place:
        assert verdict("5b-en", "request", demand) == UNKNOWN
        assert verdict("5b-en", "request", {**demand, "permitted_by": [place]}) == KEPT
        assert verdict("6a", "request", {**demand, "permitted_by": [place]}) == BREACH
        two = {**demand, "data_in": sorted({place, other}), "permitted_by": [place]}
        assert verdict("5b-en", "request", two) == (KEPT if other in (by, place) else BREACH)


@given(
    by=st.sampled_from(STATES),
    origin=st.lists(st.sampled_from(STATES), max_size=3),
    evidence=st.sampled_from([None, [], ["test report"]]),
    grounds=st.sampled_from([None, [], ["origin"], ["origin", "failed-test"], ["failed-test"]]),
    effect=st.sampled_from(["exclude", "ban", "restrict"]),
)
def test_whose_origin_it_is_makes_no_difference(by, origin, evidence, grounds, effect):
    act = {"by": by, "effect": effect, "target.established": origin, "evidence": evidence, "grounds": grounds}
    act["at"] = "2024-05-06T10:00:00Z"
    own = {"excluded": True, "supplier.seat": origin, "evidence": evidence, "grounds": grounds, "at": act["at"]}
    first = UNKNOWN if evidence is None else KEPT if evidence else BREACH
    if evidence or grounds not in (None, ["origin"]):
        second = KEPT
    else:
        second = BREACH if evidence == [] and grounds == ["origin"] else UNKNOWN
    for about, fact in (("measure", act), ("component", own)):
        assert verdict("1a", about, fact) == first
        assert verdict("1b", about, fact) == second


#: Treaties of the record that the pack may use: a day is known, nothing in doubt, no narrow scope.
CODES = {"mlat": "mutual-assistance", "direct_to_provider": "executive-agreement"}


def usable(row):
    sound = row["from"] and row["confidence"] != "UNVERIFIED" and "narrow scope" not in row["note"]
    return sound and row["kind"] in CODES and row["state_a"] != row["state_b"]


@recorded
def test_channels_are_open_on_the_days_of_the_record_and_both_ways():
    tried = 0
    for row in filter(usable, table("channels.csv")):
        sides = ["SE" if row[side] == "EU" else row[side] for side in ("state_a", "state_b")]
        since, until = date.fromisoformat(row["from"]), row["until"] and date.fromisoformat(row["until"])
        for by, place in (sides, sides[::-1]):
            code = CODES[row["kind"]]
            if not until or until > START:
                assert asked(by, place, code, max(since, START)) == KEPT, row
                tried += 1
            if until and until > START - timedelta(days=60):
                assert asked(by, place, code, max(until, START)) == BREACH, row
            if since > START and sides != ["SE", "GB"]:  # before their treaty, the convention of 1959 was open to both
                assert asked(by, place, code, since - timedelta(days=1)) == BREACH, row
    assert tried > 100


@recorded
def test_nothing_doubtful_of_the_record_is_a_channel():
    pairs = {str(row.member) for row in LAW.sets["CHANNELS"].rows}
    sound = {
        f"{a}>{b}/{CODES[row['kind']]}"
        for row in filter(usable, table("channels.csv"))
        for a, b in ((row["state_a"], row["state_b"]), (row["state_b"], row["state_a"]))
    }
    # What the record does not have was read at its source; but for the years in which Great Britain was bound as a
    # member of the Union was, and the agreement with Iceland, which is one with Norway too.
    sources = {str(row.member): row.source for row in LAW.sets["CHANNELS"].rows}
    assert {pair[:5] for pair in pairs - sound if "[V " not in sources[pair]} <= {"GB>JP", "JP>GB", "EU>NO", "NO>EU"}
    # The European Convention of 1959 binds more than two: its parties are a set of their own.
    assert {pair[:5] for pair in sound - pairs} == {"RU>GB", "GB>RU", "GB>KR", "KR>GB", "EU>KR", "KR>EU"}


@recorded
def test_memberships_are_those_of_the_record():
    states = table("states.csv")

    def rows(name):
        return {(row.member, str(row.start or ""), str(row.end or "")) for row in LAW.sets[name].rows}

    union = {(s["iso2"], s["eu_member_from"], s["eu_member_until"]) for s in states if s["eu_member_from"]}
    assert rows("EU_MEMBERS") == union
    assert rows("E_EVIDENCE") == {(code, "2026-08-18", "") for code, _, until in union if not until and code != "DK"}
    ten = {s["iso2"] for s in states if s["asean_from"]} - {"TL"}
    assert {code for code, _, _ in rows("ASEAN_MLAT")} == ten
    assert {"RU", "GB", "KR", "IL", "CL", "TR", *(code for code, _, _ in union)} <= {c for c, _, _ in rows("COE_1959")}
    assert len(rows("COE_1959")) == 50


def test_what_lies_in_two_states_needs_a_channel_to_both():
    day = date(2024, 5, 6)
    assert asked("IN", "US", "mutual-assistance", day, data_in=["IN", "KR", "US"]) == KEPT
    assert asked("IN", "US", "mutual-assistance", day, data_in=["CN", "US"]) == BREACH
    assert asked("IN", "US", "mutual-assistance", day, data_in=["CN", "US"], permitted_by=None) == UNKNOWN
    assert asked("IN", "US", "mutual-assistance", day, data_in=["CN", "US"], permitted_by=["CN", "US"]) == KEPT


def test_a_protocol_that_is_not_in_force_is_no_channel_between_any_two():
    for by, place in (("RS", "JP"), ("JP", "HU"), ("US", "GB"), ("FR", "ES")):
        assert asked(by, place, "budapest-2ap", date(2026, 9, 1)) == BREACH


def ways_out(by, place, day):
    """The channels that a report names as open, for a direct demand for a criminal case."""
    demand = {"by": by, "data_in": [place], "purpose": "crime", "channel": "direct", "permitted_by": []}
    demand["at"] = datetime(day.year, day.month, day.day, 12, tzinfo=ZONE)
    (finding,) = (found for found in judge(LAW, "request", [demand]).findings if found.rule == "6a")
    assert finding.verdict == BREACH
    return {way.rule.removeprefix("6a-") for way in finding.exceptions if way.open}


def test_a_report_names_the_channels_that_were_open_that_day():
    always = {"letters-rogatory"}
    before, since = date(2022, 10, 2), date(2022, 10, 3)
    assert ways_out("GB", "US", before) == always | {"mutual-assistance", "budapest"}
    assert ways_out("GB", "US", since) == always | {"mutual-assistance", "budapest", "executive-agreement"}
    assert ways_out("VN", "JP", date(2022, 8, 30)) == always
    assert ways_out("VN", "JP", date(2022, 8, 31)) == always | {"mutual-assistance"}
    assert ways_out("FR", "PL", date(2026, 8, 17)) == always | {"mutual-assistance", "budapest"}
    assert ways_out("FR", "PL", date(2026, 8, 18)) == always | {"mutual-assistance", "budapest", "e-evidence"}
    assert ways_out("CN", "RU", before) == ways_out("RU", "CN", before) == always | {"mutual-assistance"}
