"""What users see: the text report as it stands, the JSON report by its schema, counts that add up, inert names."""

import io
import json
import re
from collections import Counter
from datetime import date
from pathlib import Path

import jsonschema
import pytest
from rich.console import Console
from running import ROOT, facts, pack

from comity.checking import check
from comity.report import json as json_report
from comity.report import text as text_report
from comity.report.words import visible

SCHEMA = json.loads((ROOT / "docs" / "reference" / "report.schema.json").read_text(encoding="utf-8"))
PACKS = ("eu-gdpr-transfers", "gdsi")

#: Names as they would come out of a hostile host, and what a report makes of them.
HOSTILE = {
    "<script>alert(1)</script>.example": "<script>alert(1)</script>.example",
    "[bold]x[/bold].example": "[bold]x[/bold].example",
    "[/]\\[red].example": "[/]\\[red].example",
    "\x1b[31mred.example": r"\x1b[31mred.example",
    "\x9b31mred.example": r"\x9b31mred.example",
    "one\ntwo\r.example": r"one\ntwo\r.example",
    "one\u2028two.example": r"one\u2028two.example",
    "\u202egnp.example": r"\u202egnp.example",
    "\u2066hidden\u2069.example": r"\u2066hidden\u2069.example",
}


@pytest.fixture(scope="module")
def lumen():
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return check(["examples/lumen"], packs=PACKS)


@pytest.fixture
def document(lumen, monkeypatch):
    monkeypatch.chdir(ROOT)
    return json_report.as_document(lumen)


def shown(judgement, **options):
    """What a terminal would be sent."""
    console = Console(file=io.StringIO(), **options)
    text_report.show(judgement, console)
    return console.file.getvalue()


def validate(document):
    jsonschema.Draft202012Validator(SCHEMA).validate(document)


def test_text_report_of_lumen(lumen, golden, monkeypatch):
    monkeypatch.chdir(ROOT)
    golden("lumen.txt", text_report.render(lumen))


def test_text_report_of_lumen_on_a_narrow_terminal(lumen, golden, monkeypatch):
    monkeypatch.chdir(ROOT)
    lines = [line.rstrip() for line in shown(lumen, width=80, no_color=True).splitlines()]

    assert max(map(len, lines)) <= 80
    golden("lumen-80.txt", "\n".join(lines) + "\n")


def test_json_report_of_lumen_follows_the_schema(document):
    validate(json.loads(json.dumps(document)))
    assert document["findings"]


def test_the_schema_is_strict():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["additionalProperties"] is False
    for name, part in SCHEMA["$defs"].items():
        assert part.get("type") != "object" or part["additionalProperties"] is False, name


@pytest.mark.parametrize(
    "change",
    [
        {"extra": 1},
        {"truncated": {"shown": -1, "of": 0}},
        {"findings": [{}]},
        {"as_of": "yesterday"},
        {"facts": {"flows": 1}},
    ],
    ids=str,
)
def test_the_schema_refuses(document, change):
    with pytest.raises(jsonschema.ValidationError):
        validate({**document, **change})


#: Facts with little in them: a flow and a thing without a time, a flow with a host.
SPARSE = [
    {"kind": "flow", "from": "DE", "to": "US", "personal": True},
    {"kind": "store", "personal": True},
    {"kind": "flow", "host": "a.example", "at": "2026-03-02T10:00:00+05:30"},
]


@pytest.mark.parametrize("fact", SPARSE, ids=str)
@pytest.mark.parametrize("as_of", [None, date(2024, 1, 1)])
def test_other_reports_follow_the_schema(fact, as_of, tmp_path):
    (tmp_path / "facts.ndjson").write_text(json.dumps(fact) + "\nno record\n")
    (tmp_path / "broken.har").write_text("{")
    judgement = check([tmp_path], packs=["gdsi", str(pack(tmp_path))], as_of=as_of)
    document = json.loads(json_report.render(judgement))

    validate(document)
    assert document["facts"] == {fact["kind"]: 1}


def test_the_same_input_gives_the_same_bytes(lumen, monkeypatch):
    monkeypatch.chdir(ROOT)
    again = check(["examples/lumen"], packs=PACKS)

    assert json_report.render(again) == json_report.render(lumen)
    assert text_report.render(again) == text_report.render(lumen)


def test_the_four_counts_of_a_rule_add_up_to_the_facts(document):
    for rule in document["rules"]:
        total = rule["kept"] + rule["breach"] + rule["unknown"] + rule["out_of_scope"]
        assert total == document["facts"][rule["about"]], rule["rule"]


@pytest.mark.parametrize("part", ["findings", "cells"])
def test_findings_and_cells_add_up_to_the_counts_of_their_rule(part, document):
    counted = Counter()
    for entry in document[part]:
        counted[entry["pack"], entry["rule"], entry["about"], entry["verdict"]] += entry["count"]
    verdicts = ("breach", "unknown", "kept") if part == "cells" else ("breach", "unknown")
    expected = {(r["pack"], r["rule"], r["about"], v): r[v] for r in document["rules"] for v in verdicts if r[v]}

    assert dict(counted) == expected
    assert document["truncated"] == {"shown": len(document["findings"]), "of": len(document["findings"])}


def test_only_shown_packs_are_spoken_of(document):
    shown = {entry["id"] for entry in document["packs"]}

    assert {entry["pack"] for part in ("rules", "cells", "findings") for entry in document[part]} <= shown


def test_ids_of_findings_are_unique_hashes(document):
    ids = [finding["id"] for finding in document["findings"]]

    assert all(re.fullmatch("[0-9a-f]{64}", id) for id in ids)
    assert len(set(ids)) == len(ids)


def test_ids_outlive_other_evidence_other_packs_and_other_names(tmp_path):
    first = facts(tmp_path / "b.ndjson", {"host": "a.example"}, {"host": "b.example", "personal": None})
    one, two = pack(tmp_path, "one"), pack(tmp_path, "two", "commitment")
    before = check([first], packs=[str(one)]).findings
    moved = first.rename(tmp_path / "c.ndjson")
    other = facts(tmp_path / "a.ndjson", {"to": "FR"}, {"host": "a.example", "at": "2025-01-01T00:00:00Z"})
    after = check([other, moved], packs=[str(two), str(one)]).findings

    assert len(before) == 2
    assert {finding.id for finding in before} < {finding.id for finding in after}


@pytest.mark.parametrize("host", HOSTILE, ids=ascii)
def test_hostile_names_come_out_inert(host, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    evidence = facts(Path("flows.ndjson"), {"host": host}, {"host": host, "personal": None})
    judgement = check([evidence], packs=[str(pack(tmp_path))])
    plain = text_report.render(judgement)
    coloured = shown(judgement, width=200, force_terminal=True, color_system="truecolor")

    assert f", {HOSTILE[host]}: 1 flow" in plain
    assert f", to {HOSTILE[host]}\n" in plain
    assert f"as with {HOSTILE[host]}\n" in plain
    assert all(letter.isprintable() or letter == "\n" for letter in plain)
    assert HOSTILE[host] in coloured
    assert set(re.findall(r"\x1b.[^m]*m?", coloured)) <= set(re.findall(r"\x1b\[[0-9;]*m", coloured))
    assert "\x1b[" in coloured


def test_hostile_file_names_come_out_inert(tmp_path, comity, monkeypatch):
    monkeypatch.chdir(tmp_path)
    evidence = facts(Path("\x1b[31m[bold].ndjson"))
    other = Path("[red]\n\u202e.har")
    other.write_text("{")
    run = comity("check", evidence, other, "--pack", pack(tmp_path))

    assert r"\x1b[31m[bold].ndjson" in run.out
    assert r"[red]\n\u202e.har" in run.out
    assert all(letter.isprintable() or letter == "\n" for letter in run.out + run.err)


def test_a_name_that_is_no_text_can_be_reported(tmp_path, comity, monkeypatch):
    monkeypatch.chdir(tmp_path)
    evidence = facts(Path("f.ndjson")).rename("\udcff.ndjson")
    law = pack(tmp_path)
    text, document = (comity("check", evidence, "--pack", law, "--format", form) for form in ("text", "json"))

    assert (text.code, document.code) == (1, 1)
    assert r"\udcff.ndjson" in text.out
    assert json.loads(document.out)["evidence"][0]["file"] == str(evidence)


def test_long_names_are_cut():
    assert len(visible("a" * 5000)) < 500


@pytest.mark.parametrize(
    ("force", "more", "word"),
    [
        ("law", "", "breach of law"),
        ("law", "strength: should", "recommendation not followed"),
        ("law", "indicator: true", "indicator"),
        ("commitment", "", "commitment not kept"),
        ("commitment", "strength: should", "recommendation not followed"),
        ("commitment", "indicator: true", "indicator"),
    ],
)
def test_force_is_never_overstated(force, more, word, tmp_path):
    report = text_report.render(check([facts(tmp_path / "f.ndjson")], packs=[str(pack(tmp_path, "p", force, more))]))

    assert f"\n{word}  A {force} made for tests, Article 1 (p art-1)" in report
    assert f"Findings: 1 {word}. This is no legal advice." in report
    assert ("breach of law" in report) == (word == "breach of law")


def test_an_indicator_stands_apart_from_breaches(tmp_path):
    laws = [str(pack(tmp_path, "a")), str(pack(tmp_path, "b", "commitment", "indicator: true"))]
    report = text_report.render(check([facts(tmp_path / "f.ndjson")], packs=laws))
    rows = [line.split()[-5:] for line in report.splitlines() if line.startswith("  art-1")]

    assert rows == [["1", "·", "·", "·", "·"], ["·", "1", "·", "·", "·"]]
    assert "An indicator is a sign, not a breach" in report
