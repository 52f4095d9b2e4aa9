"""A baseline: what is new since an earlier report, what is known, what is gone, and where that can't be told."""

import json
from pathlib import Path

import pytest
from running import facts, pack

from comity.baseline import load_baseline
from comity.checking import check
from comity.errors import UsageError
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


#: What may be given for a baseline, and what is said of it.
WRONG = {
    "no JSON": ("{", "`b.json` is no JSON"),
    "no text": ("\xff\xff\xfe", "`b.json` is not in UTF-8"),
    "UTF-8": ('{"comity": "0.1.0", "profile": "\xe9.toml"}', "`b.json` is not in UTF-8"),
    "deep": ("[" * 100_000, "`b.json` is no JSON report of `comity check`"),
    "deep and closed": ('{"a":' * 9_000 + "1" + "}" * 9_000, "`b.json` is no JSON report of `comity check`"),
    "long number": ('{"comity": ' + "9" * 5_000 + "}", "`b.json` is no JSON report of `comity check`"),
    "a list": ("[]", "`b.json` is no JSON report of `comity check`"),
    "SARIF": ('{"version": "2.1.0", "runs": []}', "`b.json` is no JSON report of `comity check`"),
    "of identify": ('{"comity": "0.1.0", "files": []}', "`b.json` is no JSON report of `comity check`"),
    "odd findings": (
        '{"comity": "0.1.0", "findings": [1], "rules": [], "truncated": {"shown": 1, "of": 1}}',
        "`b.json` is no JSON report of `comity check`",
    ),
    "odd counts": (
        '{"comity": "0.1.0", "findings": [], "rules": [{"pack": "p", "rule": "r", "about": "flow", "breach": "x"}], '
        '"truncated": {"shown": 1, "of": 2}}',
        "`b.json` is no JSON report of `comity check`",
    ),
    "hostile version": (
        json.dumps({"comity": "0\nerror[x]: y\x1b[31m"}),
        "`b.json` is no JSON report of `comity check`",
    ),
    "another version": ('{"comity": "0.0.9"}', "`b.json` is a report of Comity 0.0.9, and this is 0.1.0"),
}


#: What may be wrong with one field of a report, by where it stands.
FIELDS = (
    (("findings",), {"id": 1}),
    (("findings", 0), None),
    (("findings", 0, "id"), ["x"]),
    (("findings", 0, "pack"), None),
    (("findings", 0, "count"), float("inf")),
    (("findings", 0, "count"), -1),
    (("findings", 0, "count"), "1"),
    (("truncated",), [1, 2]),
    (("truncated", "shown"), False),
    (("truncated", "of"), "2"),
    (("truncated", "of"), float("nan")),
    (("rules",), {}),
    (("rules", 0), "x"),
    (("rules", 0, "breach"), 1.5),
)


@pytest.mark.parametrize(("place", "value"), FIELDS, ids=str)
def test_a_field_of_a_wrong_type_is_refused(place, value, story):
    document = json_report.as_document(story(OLD))
    document["truncated"] = {"shown": 1, "of": 2}
    *above, last = place
    within = document
    for step in above:
        within = within[step]
    within[last] = value
    Path("b.json").write_text(json.dumps(document), encoding="utf-8")

    with pytest.raises(UsageError, match="`b.json` is no JSON report of `comity check`"):
        load_baseline(Path("b.json"))


def test_no_more_is_read_than_a_report_can_be(tmp_path, comity, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Path("huge.json").open("wb") as file:
        file.truncate(50_000_000_000)
    run = comity("check", facts(Path("f.ndjson")), "--pack", pack(tmp_path), "--baseline", "huge.json")

    assert (run.code, run.out) == (2, "")
    assert run.err == (
        "error[baseline]: `huge.json` is larger than 100 MB, and no larger baseline is read\n"
        "help: judge by fewer packs (--pack), or less evidence at a time\n"
    )


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_no_baseline_is_refused(wrong, tmp_path, comity, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text, said = WRONG[wrong]
    Path("b.json").write_text(text, encoding="latin-1")
    run = comity("check", facts(Path("f.ndjson")), "--pack", pack(tmp_path), "--baseline", "b.json")

    assert (run.code, run.out) == (2, "")
    assert run.err.splitlines()[0] == f"error[baseline]: {said}"
    assert "--format json" in run.err


@pytest.mark.parametrize(("path", "why"), [("missing.json", "no such file or directory"), (".", "is a directory")])
def test_a_baseline_that_cannot_be_read(path, why, tmp_path, comity, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = comity("check", facts(Path("f.ndjson")), "--pack", pack(tmp_path), "--baseline", path)

    assert (run.code, run.err) == (2, f"error[baseline]: `{path}` can't be read: {why}\n")
