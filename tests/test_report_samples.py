"""Where a finding has more facts than records are shown for it, every report that people read says so."""

from dataclasses import replace
from pathlib import Path

import pytest
from running import facts, pack

from comity.checking import check
from comity.judge.judgement import Evidence
from comity.report import explaining, markdown, sarif
from comity.report import text as text_report
from comity.report.details import shown_of

HOST = {"host": "a.example"}


@pytest.fixture
def judged(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    law = [str(pack(tmp_path))]
    return lambda *changes: check([facts(Path("flows.ndjson"), *changes)], packs=law)


def reports(judgement):
    [result] = sarif.as_log(judgement)["runs"][0]["results"]
    return {
        "text": text_report.render(judgement),
        "markdown": markdown.render(judgement),
        "explain": explaining.render(judgement, judgement.findings),
        "SARIF": result["message"]["text"],
    }


def test_a_cut_is_told_in_every_report(judged):
    for name, report in reports(judged(*[HOST] * 20)).items():
        assert "2 records are shown as samples of 20 flows" in report, name


def test_nothing_is_said_where_all_is_shown(judged):
    for name, report in reports(judged(HOST)).items():
        assert "shown as" not in report, name


#: Records of a finding by what tells them apart, how many facts it has, and what is said.
SHOWN = {
    "one of one": ("a", 1, ""),
    "one fact of three records": ("aaa", 1, ""),
    "two of two": ("ab", 2, ""),
    "two that look alike, of one fact or of two": ("aa", 2, "2 records are shown as samples of 2 flows"),
    "one of two": ("a", 2, "1 record is shown as a sample of 2 flows"),
    "three records of two facts, of three": ("aab", 3, "3 records are shown as samples of 3 flows"),
    "many": ("ab", 1204, "2 records are shown as samples of 1,204 flows"),
    "none": ("", 3, ""),
}


@pytest.mark.parametrize("case", SHOWN)
def test_records_are_never_taken_for_facts(case, judged):
    hosts, count, said = SHOWN[case]
    records = tuple(Evidence(f"{number}.log", "line 1", host=host) for number, host in enumerate(hosts))
    [finding] = judged(HOST).findings

    assert shown_of(replace(finding, evidence=records, count=count)) == said
