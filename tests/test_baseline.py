"""A baseline: what is new since an earlier report, what is known, what is gone, and where that can't be told."""

from pathlib import Path

import pytest
from running import facts, pack

from comity.checking import check
from comity.judge import results
from comity.report import json as json_report
from comity.report import markdown, sarif
from comity.report import text as text_report

OLD, NEW = {"host": "old.example"}, {"host": "new.example"}


@pytest.fixture
def story(tmp_path, monkeypatch):
    """Judges files of flows by one law, beside an earlier judgement of others."""
    monkeypatch.chdir(tmp_path)
    law = [str(pack(tmp_path))]

    def judged(*changes, baseline=None):
        return check([facts(Path("flows.ndjson"), *changes)], packs=law, baseline=baseline)

    def saved(*changes, name="base.json"):
        Path(name).write_text(json_report.render(judged(*changes)), encoding="utf-8")
        return name

    judged.saved = saved
    return judged


def states(judgement):
    return {finding.facets["recipient"]: judgement.state(finding) for finding in judgement.findings}


def test_what_is_new_known_and_gone(story):
    base = story.saved(OLD, {"host": "left.example"})
    judgement = story(OLD, NEW, baseline=base)

    assert states(judgement) == {"old.example": "known", "new.example": "new"}
    assert judgement.compared.gone == 1
    assert judgement.fails("law")


def test_the_exit_code_counts_only_what_is_new(story, comity):
    base = story.saved(OLD)
    same, more = facts(Path("same.ndjson"), OLD, OLD), facts(Path("more.ndjson"), OLD, NEW)
    runs = [comity("check", path, "--pack", "made.md", "--baseline", base) for path in (same, more)]

    assert [run.code for run in runs] == [0, 1]
    assert "base.json: 0 new, 1 known, 0 gone." in runs[0].out
    assert "No breach is new: all are known by the baseline." in runs[0].out
    assert "base.json: 1 new, 1 known, 0 gone." in runs[1].out
    assert "new.example: 1 flow" in runs[1].out
    assert "old.example: 1 flow" not in runs[1].out


def test_the_exit_code_where_findings_are_gone_and_where_the_baseline_is_cut(story, comity, monkeypatch):
    whole = story.saved(OLD, OLD, NEW)
    with monkeypatch.context() as patch:
        patch.setattr(results, "MOST_FINDINGS", 1)
        cut = story.saved(OLD, OLD, NEW, name="cut.json")
    less, same = facts(Path("less.ndjson"), OLD), facts(Path("same.ndjson"), OLD, OLD, NEW)
    gone = comity("check", less, "--pack", "made.md", "--baseline", whole)
    perhaps = comity("check", same, "--pack", "made.md", "--baseline", cut)

    assert (gone.code, perhaps.code) == (0, 1)
    assert "base.json: 0 new, 1 known, 1 gone." in gone.out
    assert "cut.json: 0 new, 1 perhaps new, 1 known, 0 gone." in " ".join(perhaps.out.split())


def test_a_known_finding_that_grew_stays_known(story):
    base = story.saved(OLD)
    judgement = story(OLD, OLD, OLD, baseline=base)

    assert states(judgement) == {"old.example": "known"}
    assert not judgement.fails("law")


def test_an_unknown_that_became_a_breach_is_new(story):
    base = story.saved(OLD | {"personal": None})

    assert not story(OLD | {"personal": None}, baseline=base).fails("unknown")
    assert states(story(OLD, baseline=base)) == {"old.example": "new"}


def test_every_format_tells_it(story):
    judgement = story(OLD, NEW, baseline=story.saved(OLD))
    document, run = json_report.as_document(judgement), sarif.as_log(judgement)["runs"][0]

    counts = {"file": "base.json", "new": 1, "perhaps_new": 0, "known": 1, "gone": 0, "unlisted": 0}
    assert document["baseline"] == run["properties"]["baseline"] == counts
    assert {finding["recipient"]: finding["state"] for finding in document["findings"]} == states(judgement)
    assert sorted(result["baselineState"] for result in run["results"]) == ["new", "unchanged"]
    for report in (text_report.render(judgement), markdown.render(judgement)):
        assert "1 new, 1 known, 0 gone." in report


def test_without_a_baseline_nothing_is_said_of_one(story):
    judgement = story(OLD)
    document, run = json_report.as_document(judgement), sarif.as_log(judgement)["runs"][0]

    assert document["baseline"] is None
    assert document["findings"][0]["state"] is None
    assert "baselineState" not in run["results"][0]
    assert "properties" not in run


def test_a_cut_baseline_makes_nothing_new_in_silence_nor_known(story, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(results, "MOST_FINDINGS", 1)
        base = story.saved(OLD, OLD, {"host": "cut.example"})
    judgement = story(OLD, {"host": "cut.example"}, {"host": "open.example", "personal": None}, baseline=base)
    run = sarif.as_log(judgement)["runs"][0]

    assert states(judgement) == {"old.example": "known", "cut.example": "perhaps new", "open.example": "new"}
    assert judgement.fails("law")
    assert "1 new, 1 perhaps new, 1 known, 0 gone. The baseline does not list all" in text_report.render(judgement)
    assert not any("baselineState" in result for result in run["results"])
    assert {result["properties"]["state"] for result in run["results"]} == {"known", "perhaps new", "new"}


def test_what_the_judgement_itself_does_not_list_counts_as_new(story, monkeypatch):
    base = story.saved(OLD, OLD, NEW)
    monkeypatch.setattr(results, "MOST_FINDINGS", 1)
    judgement = story(OLD, OLD, NEW, baseline=base)

    assert (judgement.compared.gone, judgement.compared.unlisted) == (0, 1)
    assert judgement.fails("law")
    assert "1 are not listed and not compared" in text_report.render(judgement)
