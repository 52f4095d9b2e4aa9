"""Totals and clocks: exact at every boundary, and the same in bulk as the plain judge finds them one fact at a time."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from judging import NOW, judge, law_of

from comity import check
from comity.errors import PackError
from comity.judge import results
from comity.judge.reference import ReferenceJudge
from comity.law.model import BREACH, KEPT, UNKNOWN, Law, Total
from comity.law.packs import load_law
from comity.law.spans import Span, Window

BEIJING = ZoneInfo("Asia/Shanghai")

WINDOWS = {"year": "window: year", "two": "window: two-years", "rolling": "window: P12M", "day": "since: 2024-03-22"}


def tally(name: str, window: str, measure: str = "people: flow.people", where: str = "flow.personal") -> str:
    return f"""
```tally
name: {name}
title: {name} in all
{measure}
by: [flow.sender.name]
{window}
where: {where}
unless: left-out
```
```rule
id: {name}
about: flow
when: flow.personal
duty: tally.{name} < 100 || tally.{name} >= 150 && tally.{name} <= 200
```
"""


LEFT_OUT = """
## Article 1 — Totals
```rule
id: left-out
about: flow
excepts: {over}
effect: exempts
when: flow.purpose == "human-resources" || flow.to in FRIENDS
```
"""


def pack_of(*tallies: str, names: str) -> str:
    return (LEFT_OUT.format(over=names) + "".join(tallies)).replace("zone: Europe/Brussels", "zone: Asia/Shanghai")


@pytest.fixture(scope="module")
def law(tmp_path_factory: pytest.TempPathFactory) -> Law:
    folder = tmp_path_factory.mktemp("law")
    names = [*WINDOWS, *(f"sum_{name}" for name in WINDOWS)]
    made = [tally(name, window) for name, window in WINDOWS.items()]
    made += [tally(f"sum_{name}", window, "sum: flow.records") for name, window in WINDOWS.items()]
    body = pack_of(*made, names=f"[{', '.join(names)}]")
    return law_of(folder, body, {"friends": "VN,,2024-06-01 BR,2024-01-01,"})


def moments(rng: random.Random) -> datetime:
    """Times near each other, near new years and near the same time a year later, to the microsecond."""
    zone = rng.choice([UTC, ZoneInfo("Europe/Brussels"), BEIJING])
    base = rng.choice(
        [
            datetime(2024, 1, 1, tzinfo=zone),
            datetime(2024, 3, 22, tzinfo=zone),
            datetime(2025, 1, 1, tzinfo=zone),
            datetime(2024, 2, 29, 12, tzinfo=UTC),
            datetime(2025, 2, 28, 12, tzinfo=UTC),
            datetime(2023, 10, 29, 0, 30, tzinfo=UTC),
            datetime(2024, 10, 29, 0, 30, tzinfo=UTC),
        ]
    )
    steps = (0, 0, 1, -1, 1_000_000, 3_600_000_000, 86_400_000_000, 7 * 86_400_000_000)
    return base + timedelta(microseconds=rng.choice(steps)) * rng.choice((1, 2, 10))


def facts_of(seed: int) -> list[dict[str, Any]]:
    rng = random.Random(seed)
    senders = rng.choice((["a"], ["a", "b"], ["a", "b", "c", None]))
    unknown = rng.choice((0.0, 0.05, 0.2))

    def known(value: Any) -> Any:
        return None if rng.random() < unknown else value

    most = rng.choice((20, 60, 120))
    return [
        {
            "at": known(moments(rng)),
            "sender.name": rng.choice(senders),
            "people": known(rng.choice((rng.randrange(most), 0, 50, 100, -1))),
            "records": known(rng.randrange(most)),
            "personal": known(rng.random() < 0.9),
            "purpose": known(rng.choice(("human-resources", "billing", "billing"))),
            "to": known(rng.choice(("VN", "BR", "KE"))),
            "blocked": rng.random() < 0.1,
            "product": str(number),
        }
        for number in range(rng.choice((3, 12, 60)))
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), as_of=st.sampled_from([None, None, datetime(2024, 3, 1, tzinfo=UTC)]))
def test_bulk_totals_are_those_of_the_plain_judge(
    law: Law, seed: int, as_of: datetime | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "MOST_FINDINGS", 10**9)
    facts, plain, (pack,) = facts_of(seed), ReferenceJudge(law, as_of, NOW), law.packs
    found = {(f.rule, f.facets["product"]): f for f in judge(law, "flow", facts, as_of).findings}
    for total in pack.tallies:
        assert isinstance(total, Total)
        rule = next(rule for rule in pack.duties() if rule.id == total.name)
        for fact, bounds in zip(facts, plain.totals(pack, total, facts), strict=True):
            verdict = plain.verdict(pack, rule, fact, {f"tally.{total.name}": bounds})
            finding = found.pop((rule.id, fact["product"]), None)
            assert (finding.verdict if finding else None) == (verdict if verdict in (BREACH, UNKNOWN) else None), fact
            if finding:
                low, high = finding.tallies[total.name]
                assert low >= bounds[0]
                assert high >= bounds[1]
    assert not found


def write(folder: Path, facts: list[dict[str, Any]], name: str = "flows.ndjson") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps({"kind": "flow", **fact}) + "\n" for fact in facts))
    return path


def verdicts(folder: Path, window: str, facts: list[dict[str, Any]], measure: str = "people: flow.people") -> list[str]:
    """What a rule that allows fewer than 100 says of each fact, in order."""
    body = pack_of(tally("t", window, measure), names="t").replace(" || tally.t >= 150 && tally.t <= 200", "")
    text = law_of(folder, body, {"friends": "VN,,"}).packs[0].text.replace("Europe/Brussels", "Asia/Shanghai")
    (folder / "made.md").write_text(text)
    said = {"personal": True, "sender.name": "a", "purpose": "billing", "to": "KE"}
    numbered = [{**said, **fact, "product": str(number)} for number, fact in enumerate(facts)]
    judgement = check([write(folder, numbered)], packs=[str(folder / "made.md")])
    found = {finding.facets["product"]: finding.verdict for finding in judgement.findings}
    return [found.get(str(number), KEPT) for number in range(len(facts))]


def test_a_calendar_year_ends_at_midnight_in_the_zone_of_the_law(tmp_path: Path) -> None:
    facts = [
        {"at": "2024-12-31T15:59:58Z", "people": 60},
        {"at": "2024-12-31T15:59:59Z", "people": 60},
        {"at": "2024-12-31T16:00:00Z", "people": 60},
    ]
    assert verdicts(tmp_path, "window: year", facts) == [KEPT, UNKNOWN, KEPT]
    assert verdicts(tmp_path, "window: two-years", facts) == [KEPT, UNKNOWN, UNKNOWN]


def test_twelve_months_back_to_the_second(tmp_path: Path) -> None:
    facts = [{"at": "2024-05-06T10:00:00Z", "records": 99}, {"at": "2025-05-06T09:59:59Z", "records": 1}]
    assert verdicts(tmp_path, "window: P12M", facts, "sum: flow.records") == [KEPT, BREACH]
    facts[1]["at"] = "2025-05-06T10:00:00Z"
    assert verdicts(tmp_path, "window: P12M", facts, "sum: flow.records") == [KEPT, KEPT]


def test_people_may_be_the_same_people_and_records_add_up(tmp_path: Path) -> None:
    facts = [{"at": f"2024-05-0{day}T10:00:00Z", "people": 60, "records": 60} for day in (1, 2)]
    assert verdicts(tmp_path, "window: year", facts) == [KEPT, UNKNOWN]
    assert verdicts(tmp_path, "window: year", facts, "sum: flow.records") == [KEPT, BREACH]


def test_what_is_exempted_does_not_count(tmp_path: Path) -> None:
    facts = [
        {"at": "2024-05-01T10:00:00Z", "records": 99, "purpose": "human-resources"},
        {"at": "2024-05-02T10:00:00Z", "records": 99, "to": "VN"},
        {"at": "2024-05-03T10:00:00Z", "records": 99},
    ]
    assert verdicts(tmp_path, "window: year", facts, "sum: flow.records") == [KEPT, KEPT, KEPT]
    facts[0]["purpose"] = None
    assert verdicts(tmp_path, "window: year", facts, "sum: flow.records") == [KEPT, KEPT, UNKNOWN]


def test_a_number_that_is_not_known_leaves_no_upper_bound(tmp_path: Path) -> None:
    facts: list[dict[str, Any]] = [{"at": "2024-05-01T10:00:00Z"}, {"at": "2024-05-02T10:00:00Z", "people": 1}]
    assert verdicts(tmp_path, "window: year", facts) == [UNKNOWN, UNKNOWN]
    assert verdicts(tmp_path, "since: 2024-05-02", facts) == [KEPT, KEPT]


def test_a_sender_that_is_not_known_may_be_any(tmp_path: Path) -> None:
    facts = [
        {"at": "2024-05-01T10:00:00Z", "records": 60},
        {"at": "2024-05-02T10:00:00Z", "records": 60, "sender.name": None},
        {"at": "2024-05-03T10:00:00Z", "records": 10, "sender.name": "b"},
        {"at": "2024-05-04T10:00:00Z", "records": 100, "sender.name": None},
    ]
    found = verdicts(tmp_path, "window: year", facts, "sum: flow.records")
    assert found == [KEPT, UNKNOWN, KEPT, BREACH]


def test_one_fact_alone_is_all_there_is(tmp_path: Path) -> None:
    assert verdicts(tmp_path, "window: year", [{"people": 99, "sender.name": None}]) == [KEPT]
    assert verdicts(tmp_path, "window: year", [{"people": 100, "sender.name": None}]) == [BREACH]


def test_a_finding_tells_what_it_comes_to(tmp_path: Path) -> None:
    facts = [{"at": f"2024-05-0{day}T10:00:00Z", "people": 60 * day} for day in (1, 2)]
    verdicts(tmp_path, "window: year", facts)
    (finding,) = check([tmp_path / "flows.ndjson"], packs=[str(tmp_path / "made.md")]).findings
    assert finding.verdict == BREACH
    assert finding.tallies == {"t": (120, 180)}


CLOCKED = """
## Article 9 — Deadlines
```clock
name: filed
title: filed in ten days
from: flow.began
to: flow.filed
within: {within}
```
```rule
id: a9
about: flow
when: flow.personal
duty: clock.filed
```
"""


@pytest.mark.parametrize(
    ("within", "filed", "verdict"),
    [
        ("P3D\nends: working-day", "2024-05-06T23:59:59+02:00", KEPT),  # the third day is a Saturday
        ("P3D\nends: working-day", "2024-05-07T00:00:00+02:00", BREACH),
        ("P2D\nends: working-day", "2024-05-04T00:00:00+02:00", BREACH),
        ("PT72H\nhours: whole", "2024-05-04T10:59:59+02:00", KEPT),
        ("PT72H\nhours: whole", "2024-05-04T11:00:00+02:00", BREACH),
        ("P10D", "2024-05-11T23:59:59+02:00", KEPT),
        ("P10D", "2024-05-12T00:00:00+02:00", BREACH),
        ("PT72H", "2024-05-04T10:00:00+02:00", KEPT),
        ("PT72H", "2024-05-04T10:00:01+02:00", BREACH),
        ("P1M", "2024-06-01T23:59:59+02:00", KEPT),
        ("P1M", "2024-06-02T00:00:00+02:00", BREACH),
        ("P2W", "2024-04-01T10:00:00+02:00", KEPT),
    ],
)
def test_a_deadline_to_the_second(tmp_path: Path, within: str, filed: str, verdict: str) -> None:
    law = law_of(tmp_path, CLOCKED.format(within=within))
    fact = {"personal": True, "began": "2024-05-01T10:00:00+02:00", "filed": filed, "at": "2024-05-01T10:00:00+02:00"}
    assert ReferenceJudge(law).verdict(law.packs[0], law.packs[0].rules[0], fact) == verdict
    judgement = check([write(tmp_path, [fact])], packs=[str(tmp_path / "made.md")])
    (rule,) = judgement.rules
    assert (rule.kept, rule.breach) == ((1, 0) if verdict == KEPT else (0, 1))


def test_what_was_not_done_is_late_once_the_same_file_tells_of_later_things(tmp_path: Path) -> None:
    law_of(tmp_path, CLOCKED.format(within="P10D"))
    waiting = {"personal": True, "began": "2024-05-01T10:00:00Z", "at": "2024-05-01T10:00:00Z"}
    later = {"personal": False, "at": "2024-05-11T22:00:00Z"}
    early = write(tmp_path, [waiting, {**later, "at": "2024-05-11T21:59:59Z"}], "early.ndjson")
    (finding,) = check([early], packs=[str(tmp_path / "made.md")]).findings
    assert finding.verdict == UNKNOWN
    assert finding.missing == ("flow.filed",)
    late = write(tmp_path, [waiting, later], "late.ndjson")
    assert [f.verdict for f in check([late], packs=[str(tmp_path / "made.md")]).findings] == [BREACH]
    both = check([early, late], packs=[str(tmp_path / "made.md")])
    assert (both.rules[0].breach, both.rules[0].unknown) == (1, 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("flow.people", "flow.purpose"), "unknown number of an attribute `flow.purpose`"),
        (("window: year", "window: month"), "`month` is no span"),
        (("window: year\n", ""), "a `window` or a day `since`"),
        (("unless: left-out", "unless: left-in"), "which no exception is called"),
        (("tally.t < 100", "tally.t == 100"), "a tally is compared with a number"),
        (("tally.t < 100", "tally.t < flow.people"), "a tally is compared with a number"),
        (("where: flow.personal", "where: flow.personal && tally.t > 5"), "can't depend on `tally.t`"),
        (('purpose == "human', 'people == 1 || tally.t > 5 || flow.purpose == "human'), "can't depend on `tally.t`"),
        (("name: t\n", "name: T\n"), "`T` can't be a name"),
        (("people: flow", "sum: flow.bytes\npeople: flow"), "one of `share`, `people`, `devices` and `sum`"),
        (("by: [flow.sender.name]", "by: [flow.sender]"), "unknown attribute `flow.sender`"),
    ],
)
def test_mistakes_in_a_total_are_told(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    body = pack_of(tally("t", "window: year"), names="t").replace("flow.to in FRIENDS", "flow.encrypted")
    assert change[0] in body
    with pytest.raises(PackError, match=message) as told:
        law_of(tmp_path, body.replace(*change, 1))
    assert told.value.place is not None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("P10D", "P10B"), "`P10B` is no span"),
        (("P10D", "P0D"), "`P0D` is no span"),
        (("from: flow.began", "from: flow.people"), "unknown time `flow.people`"),
        (("to: flow.filed", "to: advisory.aware"), "unknown time `advisory.aware`"),
        (("clock.filed", "clock.field"), "unknown attribute `clock.field`"),
    ],
)
def test_mistakes_in_a_clock_are_told(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    with pytest.raises(PackError, match=message):
        law_of(tmp_path, CLOCKED.format(within="P10D").replace(*change, 1))


def test_two_packs_may_not_count_under_one_name(tmp_path: Path) -> None:
    from comity.errors import UsageError

    body = pack_of(tally("t", "window: year"), names="t").replace("flow.to in FRIENDS", "flow.encrypted")
    first = law_of(tmp_path, body).packs[0].path
    (tmp_path / "other.md").write_text(Path(first).read_text().replace("id: made", "id: other"))
    with pytest.raises(UsageError, match=r"two packs have a `tally.t`"):
        load_law([first, str(tmp_path / "other.md")])


def test_windows_in_words() -> None:
    assert str(Window(calendar=0)) == "since 1 January"
    assert str(Window(span=Span.of("P12M"))) == "in the 12 months before"
    assert str(Window(span=Span.of("P1Y"))) == "in the 1 year before"
