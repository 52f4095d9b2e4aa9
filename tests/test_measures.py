"""Acts of States as an example: what the table says, who is counted how often, and that every State is judged alike."""

import csv
import dataclasses
import importlib.util
import json
import re
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reading import SHARED, read

from comity.judge.reference import ReferenceJudge
from comity.law.packs import load_law

FOLDER = Path(__file__).parents[1] / "examples" / "measures"
TABLE = SHARED.parent / "law" / "measures.csv"
ACTS = list(csv.DictReader((FOLDER / "measures.csv").open(encoding="utf-8", newline="")))
LAW = load_law()
RULES = LAW.about("measure")
CODE = re.compile(r"\b[A-Z]{2}\b")
CODES = ("by", "target.established", "data_in", "subjects", "origin")
LISTS = (*CODES[1:], "evidence")

#: The Union is no State: what is said of its members is not said of it.
STATES = sorted({act["by"] for act in ACTS} - {"EU"})


def fact(act):
    """A row as the attributes of a measure."""
    given = {name: json.loads(value) if name in LISTS else value for name, value in act.items() if value}
    given |= {name: given[name] == "true" for name in ("contested", "bulk") if name in given}
    given |= {name: datetime.fromisoformat(given[name]) for name in ("at", "until") if name in given}
    return {name: value for name, value in given.items() if name != "kind"}


FACTS = [fact(act) for act in ACTS]


def renamed(value, names):
    """A value with the codes of States exchanged."""
    if isinstance(value, list):
        return [renamed(part, names) for part in value]
    return CODE.sub(lambda code: names.get(code[0], code[0]), value) if isinstance(value, str) else value


def verdicts(law, facts):
    judge = ReferenceJudge(law)
    return [[judge.verdict(pack, rule, fact) for pack, rule in RULES] for fact in facts]


@pytest.mark.skipif(not TABLE.exists(), reason="the table of acts is not there")
def test_the_example_is_what_the_script_makes_of_the_table():
    spec = importlib.util.spec_from_file_location("measures", FOLDER / "generate.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    table = list(csv.DictReader(TABLE.open(encoding="utf-8", newline="")))
    assert [script.measure(act) for act in table] == ACTS
    assert script.counts(ACTS) in (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.skipif(not TABLE.exists(), reason="the table of acts is not there")
def test_cells_mean_what_they_did_in_the_table():
    table = list(csv.DictReader(TABLE.open(encoding="utf-8", newline="")))
    assert len(table) == len(ACTS) == 200
    for act, made in zip(table, FACTS, strict=True):
        assert str(made["at"].date()) == act["date"]
        assert made["at"].isoformat().endswith("T12:00:00+00:00")
        assert made["by"] == act["by"]
        assert made["contested"] == ("attributed" in act["id"].split("-"))
        assert made.get("data_in", []) == [code for code in act["data_in"].split(";") if code]
        struck = act["effect"] in ("exclude", "ban", "restrict", "localise")
        asked = act["evidence"].split(":")[0].split(" ")[0] if struck else ""
        if asked == "none":
            assert made["evidence"] == []
        elif asked:
            assert act["evidence"].endswith(made["evidence"][0].removeprefix("in part: "))
            assert made["evidence"][0].startswith("in part: ") == (asked == "partly")
        else:
            assert "evidence" not in made


def test_the_reader_of_facts_takes_every_act():
    facts, reading = read(FOLDER / "measures.csv")
    assert (reading.read, reading.skipped) == (200, 0)
    for found, made in zip(facts, FACTS, strict=True):
        assert found.keys() == made.keys() | {"kind", "file", "position"} - {"detail"}
        for name in made.keys() - {"until"}:
            assert set(found[name]) == set(made[name]) if name in LISTS else found[name] == made[name]


@pytest.mark.parametrize("act", FACTS, ids=lambda act: f"{act['by']}-{act['at']:%Y-%m-%d}-{act['effect']}")
def test_every_act_is_documented_and_dated(act):
    assert re.match(r"https?://\S+$", act["source"])
    assert act["title"].strip()
    assert act["target.name"].strip()
    assert act["effect"] in "exclude ban restrict localise compel-access block-disclosure surveil".split()
    codes = [act["by"], *(code for name in CODES[1:] for code in act.get(name, ()))]
    assert all(CODE.fullmatch(code) for code in codes)
    assert act.get("until", act["at"]) >= act["at"]


def test_the_readme_counts_the_acts():
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = [[cell.strip("` ") for cell in line.split("|")[1:-1]] for line in readme.splitlines() if line[:1] == "|"]
    effects = next(cells for by, *cells in rows if by == "by" and "all" in cells)
    told = {
        (by, effect): sum(map(int, re.findall(r"\d+", cell)))
        for by, *cells in rows
        if CODE.fullmatch(by) or by == "all"
        for effect, cell in zip(effects, cells, strict=True)
    }
    counted = Counter()
    for act in ACTS:
        counted.update((by, effect) for by in (act["by"], "all") for effect in (act["effect"], "all"))
    assert {cell: number for cell, number in told.items() if number} == counted
    assert f"{len(ACTS)} acts of {len(STATES)} States" in readme


def test_accusations_are_marked():
    contested = [act for act in FACTS if act["contested"]]
    assert Counter(act["by"] for act in contested) == {"US": 2, "CN": 1, "RU": 1}
    assert all(act["effect"] == "surveil" and "attributed" in act["title"] for act in contested)


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.permutations(STATES))
def test_every_state_is_judged_by_the_same_words(others):
    """With States' codes exchanged in the acts and in the lists of the law, each act is judged as before."""
    names = dict(zip(STATES, others, strict=True))
    sets = {
        name: dataclasses.replace(
            found, rows=tuple(dataclasses.replace(row, member=renamed(row.member, names)) for row in found.rows)
        )
        for name, found in LAW.sets.items()
    }
    acts = [{name: renamed(value, names) if name in CODES else value for name, value in act.items()} for act in FACTS]
    assert RULES
    assert verdicts(dataclasses.replace(LAW, sets=sets), acts) == verdicts(LAW, FACTS)
