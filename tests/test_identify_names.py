"""Names in free text: by a pipeline that the user names, never downloaded, and one clear error where it is missing."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from running import facts, pack

from comity.checking import check
from comity.errors import UsageError
from comity.identify import Identifier, Piece, names
from comity.identify.names import Names

needs_spacy = pytest.mark.skipif(importlib.util.find_spec("spacy") is None, reason="needs comity[names]")

PEOPLE = ("Mai Nguyen", "Jonas Weber", "Ana")


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    """A pipeline that knows three people and a place, and does more than finding them."""
    return saved(tmp_path / "tiny", "sentencizer", "entity_ruler")


def saved(folder: Path, *components: str) -> Path:
    import spacy

    pipeline = spacy.blank("en")
    for component in components:
        pipeline.add_pipe(component)
    if "entity_ruler" in components:
        patterns = [{"label": "PERSON", "pattern": name} for name in (*PEOPLE, "Mai Nguyen 2")]
        pipeline.get_pipe("entity_ruler").add_patterns([*patterns, {"label": "GPE", "pattern": "Hanoi"}])
    pipeline.to_disk(folder)
    return folder


def found(pipeline: Path, *values: str | bytes) -> list[tuple[str, str]]:
    """Place and masked value of each name in some values."""
    content = Identifier(names=Names(str(pipeline))).read([Piece("", v, f"{n}") for n, v in enumerate(values)])
    return [(d.where, d.value) for d in content.detections if d.detector == "names tiny"]


@needs_spacy
def test_a_name_in_a_letter_is_found_and_masked(pipeline: Path, tmp_path: Path, comity):
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear all,\nyesterday Mai Nguyen came from Hanoi.\n", encoding="utf-8")

    run = comity("identify", letter, "--names", pipeline, "--format", "json")

    document = json.loads(run.out)
    (row,) = document["files"][0]["found"]
    assert document["names"] == str(pipeline)
    assert (row["category"], row["detector"], row["where"]) == ("Name", "names tiny", "line 2")
    assert (row["example"], row["confidence"]) == ("M********n", names.CONFIDENCE)
    assert "Mai Nguyen" not in run.out


@needs_spacy
def test_names_are_not_looked_for_unless_that_is_asked(tmp_path: Path, comity):
    letter = tmp_path / "letter.txt"
    letter.write_text("yesterday Mai Nguyen came from Hanoi.\n", encoding="utf-8")

    assert "names in free text: not looked for (--names)" in comity("identify", letter).out


@needs_spacy
@pytest.mark.parametrize(
    "value",
    [
        "Ana",
        "id=77;v=3&x=[1,2,3]&y={4}&z=(5)&Ana=1",
        "the flight to Hanoi",
        "guest Mai Nguyen 2 of 9",
        b"Mai Nguyen and \xff\xfe Jonas Weber",
    ],
)
def test_what_is_no_free_text_or_no_person_has_no_name(value: str | bytes, pipeline: Path):
    assert found(pipeline, value) == []


@needs_spacy
def test_texts_of_a_record_keep_their_places_and_a_long_one_is_cut_between_words(pipeline: Path, monkeypatch):
    monkeypatch.setattr(names, "_PART", 50)
    long = "and so on " * 4 + "until Jonas came, and then again " + "nothing at all " * 9 + "but for Ana who left"

    assert found(pipeline, "asked Mai Nguyen again", "none", long) == [("0", "M********n"), ("2", "***")]


@needs_spacy
def test_more_text_than_is_looked_at_is_told(pipeline: Path, monkeypatch):
    monkeypatch.setattr(names, "MOST_CHARACTERS", 30)
    identifier = Identifier(names=Names(str(pipeline)))

    content = identifier.read([Piece("", "asked Mai Nguyen"), Piece("", "asked Jonas Weber")])

    assert [d.value for d in content.detections] == ["M********n"]
    assert any("names were looked for" in why for why in content.unscanned)


@needs_spacy
def test_only_what_finds_names_is_switched_on(pipeline: Path):
    assert Names(str(pipeline))._pipeline.pipe_names == ["entity_ruler"]


@needs_spacy
def test_a_judgement_knows_of_names_in_what_was_sent(pipeline: Path, tmp_path: Path):
    request = {"method": "GET", "url": "https://a.example/?note=ask%20Mai%20Nguyen%20again", "headers": []}
    entry = {"startedDateTime": "2026-03-02T10:00:00Z", "request": request, "response": {"status": 200}}
    path = tmp_path / "app.har"
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": [entry]}}), encoding="utf-8")

    def found_in(**options: Any) -> set[str]:
        judgement = check([path], packs=[str(pack(tmp_path))], **options)
        return {found.category for f in judgement.findings for sample in f.evidence for found in sample.found}

    assert "Name" in found_in(names=str(pipeline))
    assert "Name" not in found_in()


@needs_spacy
def test_a_pipeline_that_finds_no_names_is_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="has no component that finds names"):
        Names(str(saved(tmp_path / "none", "sentencizer")))


@needs_spacy
@pytest.mark.parametrize("wrong", ["no_such_pipeline", "json", "../nowhere", "", "."])
@pytest.mark.parametrize("command", ["identify", "check"])
def test_a_pipeline_that_is_not_there_is_one_clear_error(command: str, wrong: str, tmp_path: Path, comity, monkeypatch):
    monkeypatch.chdir(tmp_path)

    run = comity(command, facts(tmp_path / "facts.ndjson"), f"--names={wrong}")

    assert (run.code, run.out) == (2, "")
    assert run.err.startswith(("error[names]: no spaCy pipeline", "error[names]: the spaCy pipeline"))


def test_without_spacy_the_error_says_what_to_install(tmp_path: Path, comity, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    run = comity("identify", facts(tmp_path / "facts.ndjson"), "--names", "en_core_web_sm")

    assert (run.code, run.out) == (2, "")
    assert run.err == "error[names]: names in free text need spaCy\nhelp: pip install 'comity[names]'\n"
