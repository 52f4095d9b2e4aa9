"""The law that ships: every pack loads, every worked example holds, every exception earns its place."""

import csv
import dataclasses
import itertools
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from comity.judge.examples import Outcome, run_examples
from comity.judge.reference import ReferenceJudge
from comity.law.model import VERDICTS, Clock, Pack, Rule, Total
from comity.law.packs import SHIPPED_SETS, load_law, shipped_packs

LAW = load_law()
OUTCOMES = list(run_examples(LAW))
DUTIES = [(pack, rule) for pack in LAW.packs for rule in pack.duties()]
EXCEPTIONS = [(pack, rule) for pack in LAW.packs for rule in pack.rules if rule.effect is not None]
TOTALS = [(pack, tally) for pack in LAW.packs for tally in pack.tallies if isinstance(tally, Total)]
CLOCKS = [(pack, clock) for pack in LAW.packs for clock in pack.clocks]
SETS = sorted(SHIPPED_SETS.glob("*.csv"))

#: Verdicts that the law itself rules out: (pack, rule) to the verdicts no example can show.
UNREACHABLE: dict[tuple[str, str], set[str]] = {}

MEMBERS = {
    "jurisdiction": re.compile(r"[A-Z]{2}|EPO"),
    "network": re.compile(r"(AS)?\d+"),
    "pair": re.compile(r"([A-Z]{2}|EPO)\S*[^A-Z\s]([A-Z]{2}|EPO)(/[a-z0-9-]+)?"),
    "party": re.compile(r"\S(.*\S)?"),
    "code": re.compile(r"\S(.*\S)?"),
}


def _name(value: object) -> str | None:
    if isinstance(value, Pack):
        return value.id
    if isinstance(value, Rule):
        return f"{value.id}@{value.place.line}"
    if isinstance(value, Total | Clock):
        return value.name
    if isinstance(value, Outcome):
        return f"{value.pack.id}: {value.example.title}: {value.rule}"
    return value.stem if isinstance(value, Path) else None


def _without(rule: Rule, exception: Rule) -> Rule:
    kept = (e for e in rule.exceptions if e.place != exception.place)
    return dataclasses.replace(rule, exceptions=tuple(_without(e, exception) for e in kept))


def test_every_shipped_pack_loads() -> None:
    assert [pack.id for pack in LAW.packs] == list(shipped_packs())


def test_every_shipped_pack_is_right_to_the_last_line(tmp_path: Path) -> None:
    copies = [shutil.copy(path, tmp_path) for path in shipped_packs().values()]  # packs of one's own are read whole
    for pack in load_law(copies).packs:
        for rule in pack.rules:
            atoms = {atom for text in rule.texts() for atom in rule.parse(text).atoms()}
            read = {name for atom in atoms for name in (*atom.attributes, *atom.sets)}
            assert set().union(*map(LAW.language.names, rule.texts())) == read


@pytest.mark.parametrize("outcome", OUTCOMES, ids=_name)
def test_example_holds(outcome: Outcome) -> None:
    assert outcome.found == outcome.expected, f"{outcome.example.place}: {outcome.example.title}"


@pytest.mark.parametrize("pack", LAW.packs, ids=_name)
def test_titles_of_examples_are_unique(pack: Pack) -> None:
    titles = [example.title for example in pack.examples]
    assert sorted(titles) == sorted(set(titles))


@pytest.mark.parametrize(("pack", "rule"), DUTIES, ids=_name)
def test_rule_is_shown_with_every_verdict(pack: Pack, rule: Rule) -> None:
    shown = {e.expect[rule.id] for e in pack.examples if e.about == rule.about and rule.id in e.expect}
    assert shown == set(VERDICTS) - UNREACHABLE.get((pack.id, rule.id), set())


@pytest.mark.parametrize(("pack", "exception"), EXCEPTIONS, ids=_name)
def test_exception_decides_an_example(pack: Pack, exception: Rule) -> None:
    rules = tuple(_without(rule, exception) for rule in pack.rules)
    law = dataclasses.replace(LAW, packs=(dataclasses.replace(pack, rules=rules),))
    assert any(not outcome.passed for outcome in run_examples(law)), f"{exception.place}: no example needs it"


@pytest.mark.parametrize("pack", LAW.packs, ids=_name)
def test_examples_stand_on_both_sides_of_every_date_of_a_rule(pack: Pack) -> None:
    judge = ReferenceJudge(LAW)
    moments = {judge.moment(example.about, example.fact) for example in pack.examples}
    cuts = {cut for rule in pack.rules for cut in rule.period.cuts()}
    assert not {str(cut) for cut in cuts if not {cut, cut - timedelta(seconds=1)} <= moments}


@pytest.mark.parametrize(("pack", "total"), TOTALS, ids=_name)
def test_examples_stand_on_both_sides_of_every_threshold(pack: Pack, total: Total) -> None:
    stated = {bounds for e in pack.examples for name, bounds in e.tallies.items() if name == f"tally.{total.name}"}
    exact = {low for low, high in stated if low == high}
    assert total.cuts
    assert not {cut for cut in total.cuts if not ({cut - 1, cut} <= exact or {cut, cut + 1} <= exact)}


@pytest.mark.parametrize(("pack", "clock"), CLOCKS, ids=_name)
def test_examples_stand_on_both_sides_of_every_deadline(pack: Pack, clock: Clock) -> None:
    facts = [e.fact for e in pack.examples if e.about == clock.about]
    both = [(fact[clock.start], fact[clock.end]) for fact in facts if fact.get(clock.start) and fact.get(clock.end)]
    late = [end - clock.within.after(start) for start, end in both]
    assert any(timedelta(0) < by <= timedelta(seconds=1) for by in late), "no example is late by a second"
    assert any(timedelta(seconds=-1) <= by <= timedelta(0) for by in late), "no example is in time by a second"


@pytest.mark.parametrize(("pack", "rule"), [*DUTIES, *EXCEPTIONS], ids=_name)
def test_rule_cites_and_names_a_source(pack: Pack, rule: Rule) -> None:
    assert rule.cites.startswith(pack.short)
    assert re.search(r"\[(V \d{4}-\d{2}|K)\]", rule.source), rule.source
    assert "UNVERIFIED" not in rule.source


@pytest.mark.parametrize("path", SETS, ids=_name)
def test_set_rows_have_members_and_sources(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        member = (reader.fieldnames or [""])[0]
        rows = list(reader)
    assert rows
    for row in rows:
        assert MEMBERS[member].fullmatch(row[member]), row
        assert row["source"].strip(), row
        assert "UNVERIFIED" not in " ".join(row.values()), row


@pytest.mark.parametrize("path", SETS, ids=_name)
def test_set_rows_of_one_member_do_not_overlap(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = sorted(list(row.values())[:3] for row in csv.DictReader(file))
    for before, after in itertools.pairwise(rows):
        assert before[0] != after[0] or (before[2] and before[2] <= after[1]), (before, after)
