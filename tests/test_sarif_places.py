"""Where files are, in a SARIF log: nothing is given away of the folders above, and every path leads somewhere."""

import json
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from running import facts, pack

from comity.checking import check
from comity.report import json as json_report
from comity.report import sarif

NAME = "a b%c#ö.ndjson"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The folder in which the command is called, two levels below others."""
    folder = tmp_path / "secret" / "checkout"
    (folder / "in").mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


def logged(*paths, **options):
    law = [str(pack(Path(), "made"))]
    return sarif.render(check([str(path) for path in paths], packs=law, **options))


def places(log):
    """The location of the one result, the locations of the artifacts."""
    [run] = json.loads(log)["runs"]
    [result] = run["results"]
    [location] = result["locations"]
    return location["physicalLocation"]["artifactLocation"], [file["location"] for file in run["artifacts"]]


@pytest.mark.parametrize("given", ["relative", "absolute", "dotted", "by a link", "a folder"])
def test_a_file_below_is_told_relative_to_the_root_however_it_is_given(given, here):
    path = facts(here / "in" / NAME)
    (here.parent / "link").symlink_to(here)
    ways = {
        "relative": f"in/{NAME}",
        "absolute": path,
        "dotted": f"{here}/in/../in/./{NAME}",
        "by a link": here.parent / "link" / "in" / NAME,
        "a folder": here / "in",
    }
    log = logged(ways[given])
    place, [artifact] = places(log)

    assert artifact == {"uri": "in/a%20b%25c%23%C3%B6.ndjson", "uriBaseId": "%SRCROOT%"}
    assert place == artifact | {"index": 0}
    assert unquote(place["uri"]) == f"in/{NAME}"
    assert "secret" not in log


def test_the_root_is_described_and_not_disclosed(here):
    [run] = json.loads(logged(facts(Path("f.ndjson"))))["runs"]

    assert run["originalUriBaseIds"] == {
        "%SRCROOT%": {"description": {"text": "The folder in which Comity was called."}}
    }
    assert "workingDirectory" not in run["invocations"][0]


def test_a_file_outside_is_told_by_its_whole_path(here):
    path = facts(here.parent / NAME)
    place, [artifact] = places(logged(f"../{NAME}"))

    assert artifact == {"uri": place["uri"]}
    assert unquote(urlsplit(place["uri"], allow_fragments=False).path) == str(path)
    assert place["uri"].startswith("file:///")
    assert place == places(logged(path))[0]


def test_fingerprints_do_not_depend_on_paths(here):
    logs = [logged(facts(path)) for path in (Path("one.ndjson"), here / "in" / "two.ndjson", here.parent / "3.ndjson")]
    prints = [json.loads(log)["runs"][0]["results"][0]["partialFingerprints"] for log in logs]

    assert prints[0] == prints[1] == prints[2]


def test_what_is_told_in_words_discloses_nothing_either(here):
    path, broken = facts(here / "f.ndjson"), here / "in" / "broken.har"
    broken.write_text("{")
    base = here / "base.json"
    base.write_text(json_report.render(check([path], packs=[str(pack(Path()))])), encoding="utf-8")
    log = logged(path, broken, here / "missing.har", baseline=base)
    [run] = json.loads(log)["runs"]
    notes = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]

    assert "not read: `missing.har` does not exist" in notes
    assert "Findings since the baseline base.json: 0 new, 1 known, 0 gone." in notes
    assert run["properties"]["baseline"]["file"] == "base.json"
    assert "secret" not in log
