"""SARIF: what scanners found becomes what a product can do; what they did not look for stays unknown."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from reading import formats_of, read

from comity.errors import EvidenceError
from comity.evidence import sarif
from comity.evidence.base import Skip
from comity.evidence.sarif import capabilities as sarif_capabilities
from comity.evidence.sarif import rules as sarif_rules
from comity.evidence.sarif import stream as sarif_stream
from comity.vocabulary import CAPABILITIES

SETS = Path(__file__).parents[1] / "src/comity/law/sets"
SECRET = "AKIAIOSFODNN7EXAMPLE"
NONE_SHOWN = "shows none of the capabilities"
UNKNOWN = "1 × a run that found no capability and does not look for all of them: not known, first at /runs/0"


def run(*results: Any, rules: list[Any] | None = None, scanner: str = "Scanner", **more: Any) -> dict[str, Any]:
    """A run with its results first, as tools write it that sort their keys."""
    extensions = {"extensions": more.pop("extensions")} if "extensions" in more else {}
    return {"results": list(results), "tool": {"driver": {"name": scanner, "rules": rules or []}, **extensions}, **more}


def write(folder: Path, *runs: Any, **more: Any) -> Path:
    path = folder / "scan.sarif"
    path.write_text(json.dumps({"version": "2.1.0", "runs": list(runs), **more}), encoding="utf-8")
    return path


def found(folder: Path, *runs: Any) -> list[str] | None:
    """The capabilities of the product of a log with one run."""
    (fact,) = read(write(folder, *runs))[0]
    return fact.get("capabilities")


def tagged(id: str, *tags: str) -> dict[str, Any]:
    return {"id": id, "properties": {"tags": list(tags)}}


def test_a_run_is_a_product_with_what_was_found_in_it(tmp_path: Path) -> None:
    scan = run(
        {"ruleId": "style"},
        {"ruleId": "keys", "ruleIndex": 1, "message": {"text": SECRET}},
        {
            "ruleId": "keys",
            "ruleIndex": 1,
            "locations": [{"physicalLocation": {"region": {"snippet": {"text": SECRET}}}}],
        },
        {"ruleId": "door", "ruleIndex": 2},
        rules=[tagged("style", "convention"), tagged("keys", "external/cwe/cwe-798"), tagged("door", "CWE-912")],
        invocations=[{"endTimeUtc": "2024-05-01T12:00:00Z"}, {"endTimeUtc": "2024-05-01T12:30:00.5Z"}],
        versionControlProvenance=[{"repositoryUri": "https://git.lumen.example/mobile/lumen-android.git"}],
        properties={"comity": {"version": "4.2"}},
    )
    facts, reading = read(write(tmp_path, scan))
    assert facts == [
        {
            "kind": "product",
            "file": 1,
            "position": 2,
            "at": datetime(2024, 5, 1, 12, 30, 0, 500_000, UTC),
            "name": "lumen-android",
            "version": "4.2",
            "capabilities": ["hard-coded-credential", "hidden-functionality"],
            "sought": ["hard-coded-credential", "hidden-functionality"],
        }
    ]
    assert sarif.where(2) == "/runs/0/results/1"
    assert (reading.read, reading.skipped) == (3, 1)
    assert reading.skips == [Skip("/runs/0/results/0", NONE_SHOWN)]
    assert SECRET not in repr((facts, reading))


#: Runs as the scanners write them, each with one thing that they found.
SCANNERS = {
    "semgrep": (
        run(
            {"ruleId": "python.jwt.jwt-hardcode"},
            rules=[tagged("python.jwt.jwt-hardcode", "CWE-522: Weak", "CWE-798: Use of Hard-coded Credentials")],
            scanner="Semgrep OSS",
        ),
        "hard-coded-credential",
    ),
    "gosec": (
        run(
            {"ruleId": "G101", "ruleIndex": 0},
            rules=[
                {
                    "id": "G101",
                    "relationships": [
                        {"target": {"id": "798", "toolComponent": {"name": "CWE"}}, "kinds": ["superset"]}
                    ],
                }
            ],
            scanner="gosec",
        ),
        "hard-coded-credential",
    ),
    "bandit before it named weaknesses": (run({"ruleId": "B105"}, scanner="Bandit"), "hard-coded-credential"),
    "gitleaks 7 without ids of rules": (
        run({"message": {"text": "secret detected"}}, scanner="Gitleaks"),
        "hard-coded-credential",
    ),
    "trivy": (
        run(
            {"ruleId": "aws-access-key-id", "ruleIndex": 1},
            rules=[
                {"id": "CVE-2024-1", "name": "OsPackageVulnerability"},
                {"id": "aws-access-key-id", "name": "Secret"},
            ],
            scanner="Trivy",
        ),
        "hard-coded-credential",
    ),
    "mobsfscan": (
        run(
            {"ruleId": "hardcoded_api_key", "ruleIndex": 0, "properties": {"cwe": "CWE-798: Use of Hard-coded …"}},
            rules=[{"id": "hardcoded_api_key"}],
            scanner="mobsfscan",
        ),
        "hard-coded-credential",
    ),
    "guarddog": (run({"ruleId": "threat-process-download-exec"}, scanner="GuardDog-npm"), "download-and-run"),
    "capa": (run({"ruleId": "T1056.001", "kind": "INFORMATIONAL"}, scanner="Capa"), "key-logging"),
    "yara with techniques as tags": (run({"properties": {"tags": ["attack.t1113"]}}), "screen-capture"),
    "a finer technique": (run({"ruleId": "x", "properties": {"tags": ["T1567.002"]}}), "covert-exfiltration"),
    "codeql with its rules in an extension": (
        run(
            {"ruleId": "js/key/part", "rule": {"index": 1, "toolComponent": {"index": 0}}},
            extensions=[{"name": "js-queries", "rules": [tagged("js/a"), tagged("js/key", "external/cwe/cwe-321")]}],
            scanner="CodeQL",
        ),
        "hard-coded-credential",
    ),
    "a finer part of a rule": (run({"ruleId": "a/b/c/d"}, rules=[tagged("a/b", "CWE-259")]), "hard-coded-credential"),
    "a taxonomy by place and by guid": (
        run(
            {"taxa": [{"index": 0, "toolComponent": {"index": 0}}]},
            {"taxa": [{"guid": "G", "toolComponent": {"guid": "T"}}]},
            taxonomies=[
                {
                    "name": "Common Weakness Enumeration",
                    "guid": "T",
                    "taxa": [{"id": "510"}, {"id": "0511", "guid": "G"}],
                }
            ],
        ),
        "hidden-functionality",
    ),
    "a scanner of one's own, by property": (
        run({"ruleId": "x"}, rules=[{"id": "x", "properties": {"comity": {"capability": "remote-control"}}}]),
        "remote-control",
    ),
    "a scanner of one's own, by tag": (run({"properties": {"tags": ["covert-identifier"]}}), "covert-identifier"),
    "a code of one's own": (run({"properties": {"comity": {"capability": ["opens-gates"]}}}), "opens-gates"),
}


@pytest.mark.parametrize("name", SCANNERS)
def test_scanners_say_in_their_own_ways_what_they_found(tmp_path: Path, name: str) -> None:
    scan, capability = SCANNERS[name]
    _, reading = read(write(tmp_path, scan))
    assert (reading.read, reading.skipped, reading.notes) == (len(scan["results"]), 0, [])
    assert found(tmp_path, scan) == [capability]


@pytest.mark.parametrize(
    ("scanner", "rule"),
    [
        ("Semgrep OSS", tagged("x", "CWE-78: OS Command Injection", "CWE-7980", "cwe", "MALICIOUS_CODE")),
        ("CodeQL", tagged("js/http-to-file-access", "external/cwe/cwe-912", "external/cwe/cwe-434")),
        ("Semgrep OSS", tagged("B105")),
        (
            "x",
            {
                "id": "x",
                "relationships": [{"target": {"id": "798"}}, {"target": {"id": "CWE-798"}, "kinds": ["disjoint"]}],
            },
        ),
        ("x", {"id": "x", "properties": {"comity": {"capability": "Remote Control!"}, "tags": ["REMOTE"]}}),
    ],
)
def test_a_weakness_or_a_strange_tag_is_no_capability(tmp_path: Path, scanner: str, rule: dict[str, Any]) -> None:
    facts, reading = read(write(tmp_path, run({"ruleId": rule["id"]}, rules=[rule], scanner=scanner)))
    assert "capabilities" not in facts[0]
    assert (reading.read, reading.skipped) == (0, 1)
    assert UNKNOWN in reading.notes


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ({"kind": "pass"}, "no finding: its kind is `pass`"),
        ({"kind": "notApplicable"}, "no finding: its kind is `notApplicable`"),
        ({"kind": "open"}, "no finding: its kind is `open`"),
        ({"kind": "review"}, "no finding: its kind is `review`"),
        ({"kind": SECRET}, "its kind is none that SARIF knows"),
        ({"baselineState": "absent"}, "no longer found: its baseline state is `absent`"),
        ({"suppressions": [{"kind": "inSource"}]}, "suppressed"),
        ({"suppressions": [{"status": "accepted"}]}, "suppressed"),
    ],
)
def test_what_is_no_finding_is_counted_as_such(tmp_path: Path, state: dict[str, Any], why: str) -> None:
    facts, reading = read(write(tmp_path, run({"ruleId": "CWE-798", **state})))
    assert "capabilities" not in facts[0]
    assert reading.skips == [Skip("/runs/0/results/0", why)]


@pytest.mark.parametrize(
    "state",
    [
        {"kind": "fail", "baselineState": "unchanged"},
        {"suppressions": []},
        {"suppressions": None},
        {"suppressions": [{"status": "accepted"}, {"status": "underReview"}]},
        {"suppressions": [{"status": "rejected"}]},
    ],
)
def test_a_suppression_that_was_not_accepted_hides_nothing(tmp_path: Path, state: dict[str, Any]) -> None:
    assert found(tmp_path, run({"ruleId": "CWE-798", **state})) == ["hard-coded-credential"]


def test_finding_nothing_shows_nothing_unless_everything_was_looked_for(tmp_path: Path) -> None:
    everything = [tagged(code, code) for code in CAPABILITIES]
    assert found(tmp_path, run(rules=everything)) == []
    assert found(tmp_path, run({"ruleId": "x"}, rules=everything)) == []
    assert found(tmp_path, run(rules=everything[1:])) is None
    assert found(tmp_path, run()) is None
    off = {**everything[0], "defaultConfiguration": {"enabled": False}}
    assert found(tmp_path, run(rules=[off, *everything[1:]])) is None
    assert found(tmp_path, run(rules=everything, invocations=[{"executionSuccessful": False}])) is None
    elsewhere = run(rules=everything, externalPropertyFileReferences={"results": [{"guid": "x"}]})
    assert found(tmp_path, elsewhere) is None
    del elsewhere["externalPropertyFileReferences"], elsewhere["results"]
    assert found(tmp_path, elsewhere) is None


def test_every_run_is_a_product_of_its_own(tmp_path: Path) -> None:
    facts, reading = read(write(tmp_path, run({"ruleId": "T1219"}), run(), 7, run({}, {"ruleId": "cwe-259"})))
    assert [(sarif.where(f["position"]), f.get("capabilities")) for f in facts] == [
        ("/runs/0/results/0", ["remote-control"]),
        ("/runs/1", None),
        ("/runs/3/results/1", ["hard-coded-credential"]),
    ]
    assert Skip("/runs/2", "not an object") in reading.skips
    assert (reading.read, reading.skipped) == (2, 2)


@pytest.mark.parametrize(
    ("about", "name"),
    [
        ({"versionControlProvenance": [{"repositoryUri": "ssh://git@git.example/team/lumen%20mail/"}]}, "lumen mail"),
        ({"versionControlProvenance": [{"repositoryUri": "git@git.example:lumen.git"}] * 2}, "lumen"),
        (
            {
                "versionControlProvenance": [
                    {"repositoryUri": "https://a.example/x"},
                    {"repositoryUri": "https://a.example/y"},
                ]
            },
            None,
        ),
        ({"versionControlProvenance": [{"repositoryUri": 7}, None], "automationDetails": {"id": "nightly/1"}}, None),
        ({"properties": {"comity": {"product": "Lumen"}, "product": "other"}}, "Lumen"),
    ],
)
def test_the_name_of_the_product_is_that_of_its_repository_or_given(
    tmp_path: Path, about: dict[str, Any], name: str | None
) -> None:
    (fact,) = read(write(tmp_path, run(**about)))[0]
    assert fact.get("name") == name


def test_a_rule_that_is_not_there_is_noted_and_the_id_counts(tmp_path: Path) -> None:
    rules = [tagged("a", "CWE-798"), tagged("b")]
    facts, reading = read(
        write(tmp_path, run({"ruleId": "a", "ruleIndex": 9}, {"ruleId": "c", "ruleIndex": 0}, rules=rules))
    )
    assert facts[0]["capabilities"] == ["hard-coded-credential"]
    assert (reading.read, reading.skipped) == (1, 1)
    assert reading.notes == ["1 × the index of a rule that the run does not have, first at /runs/0/results/0"]


def test_a_time_that_makes_no_sense_is_not_known(tmp_path: Path) -> None:
    invocations = [{"startTimeUtc": "2024-05-01T12:00:00Z", "endTimeUtc": "0001-01-01T00:00:00Z"}]
    facts, reading = read(write(tmp_path, run({"ruleId": "CWE-798"}, invocations=invocations)))
    assert facts[0]["at"] == datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert reading.notes[0].endswith("first at /runs/0/invocations/0/endTimeUtc")


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0", "2.0.0-csd.2.beta.2019-01-24", "2.2.0", "", None])
@pytest.mark.parametrize("last", [True, False])
def test_other_versions_are_refused(tmp_path: Path, version: str | None, last: bool) -> None:
    parts: dict[str, Any] = {"version": version, "runs": [run()]}
    content = dict(reversed(parts.items())) if last else parts
    path = tmp_path / "old.sarif"
    path.write_text(json.dumps({"$schema": "https://json.schemastore.org/sarif", **content}))
    with pytest.raises(EvidenceError, match=f"SARIF of version `{version or ''}` is not read; 2.1.0 is"):
        read(path)


def test_a_log_without_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.sarif"
    path.write_text(json.dumps({"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "runs": [run()]}))
    with pytest.raises(EvidenceError, match="without a `version`"):
        read(path)


@pytest.mark.parametrize("cut", [50, -1])
def test_a_log_that_breaks_off_is_refused(tmp_path: Path, cut: int) -> None:
    path = write(tmp_path, run({"ruleId": "CWE-798"}))
    whole = path.read_text()
    place = "before the end of its first run" if cut == 50 else "after `/runs/0`"
    for broken in (whole[:cut], whole[:cut] + "?", whole + "{}" if cut == -1 else whole[:cut]):
        path.write_text(broken)
        with pytest.raises(EvidenceError, match=f"breaks off or is damaged {place}"):
            read(path)
    path.write_bytes(gzip.compress(whole.encode() * 1000)[:-100])
    with pytest.raises(EvidenceError, match="breaks off or is damaged"):
        read(path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_logs_of_windows_are_read(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, run({"ruleId": "CWE-798"}, properties={"comity": {"product": "Lümen"}}))
    path.write_bytes(path.read_text(encoding="utf-8").replace(r"\u00fc", "ü").encode(encoding))
    (fact,) = read(path)[0]
    assert (fact["name"], fact["capabilities"]) == ("Lümen", ["hard-coded-credential"])


def test_memory_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif_rules, "MOST", 100)
    for scan, what in (
        (run(*({"ruleId": f"r{n}"} for n in range(101))), "kinds of results"),
        (run(rules=[tagged("r")] * 101), "rules"),
        (run(taxonomies=[{"taxa": [{}] * 101}]), "terms of a taxonomy"),
    ):
        with pytest.raises(EvidenceError, match=f"/runs/0 has more than 100 {what}"):
            read(write(tmp_path, scan))
    monkeypatch.setattr(sarif_stream, "LARGEST_ITEM", 1 << 20)
    assert found(tmp_path, run(*[{"message": {"text": "x" * 1000}}] * 3000, {"ruleId": "CWE-798"})) is not None
    with pytest.raises(EvidenceError, match="an item of the log goes on for more than 1 MB"):
        read(write(tmp_path, run({"message": {"text": "x" * (2 << 20)}})))


def test_more_runs_than_have_a_place_are_counted(tmp_path: Path) -> None:
    facts, reading = read(write(tmp_path, *[{}] * 2050))
    assert (len(facts), reading.skipped, reading.skips[0].why) == (2048, 2, "after 2,048 runs")
    assert max(fact["position"] for fact in facts) < 1 << 39


@pytest.mark.parametrize(
    "broken",
    [
        {"results": {}, "tool": []},
        {"results": [None, 7, "x", []], "tool": {"driver": 3, "extensions": [4, {"rules": [None], "taxa": [1]}]}},
        {
            "results": [
                {"ruleId": {}, "ruleIndex": -1, "rule": 3, "taxa": [1], "suppressions": [{}, 1], "properties": []},
                {
                    "ruleId": "CWE-798\ud800",
                    "ruleIndex": 1e300,
                    "properties": {"tags": {}, "comity": {"capability": {}}},
                },
            ],
            "taxonomies": [None],
            "invocations": {"endTimeUtc": 1},
            "versionControlProvenance": [[]],
            "properties": None,
        },
    ],
)
def test_nothing_of_a_malformed_run_is_taken_for_something(tmp_path: Path, broken: dict[str, Any]) -> None:
    facts, reading = read(write(tmp_path, broken))
    assert reading.read + reading.skipped == len(broken["results"])
    assert facts[0].keys() <= {"kind", "file", "position", "capabilities", "sought"}


@pytest.mark.parametrize("runs", [[], None, {}])
def test_a_log_without_runs_says_so(tmp_path: Path, runs: Any) -> None:
    facts, reading = read(write(tmp_path, runs=runs, inlineExternalProperties=[{"results": [{}]}]))
    assert facts == []
    assert "the log holds no run" in reading.notes
    assert any("are not read, first at /inlineExternalProperties" in note for note in reading.notes)


@pytest.mark.parametrize(
    ("content", "ours"),
    [
        ({"runs": [{"results": [{"message": {"text": "x" * 70_000}}]}], "version": "2.1.0"}, True),
        ({"$schema": "https://x.example/sarif-schema-2.1.0.json", "runs": []}, True),
        ({"version": "2.1.0"}, False),
        ({"version": "v3", "runs": []}, False),
        ({"version": "1.2", "log": {"runs": []}}, False),
        ([{"version": "2.1.0", "runs": []}], False),
    ],
)
def test_runs_and_a_version_make_it_sarif(tmp_path: Path, content: Any, ours: bool) -> None:
    path = tmp_path / "x"
    path.write_text(json.dumps(content))
    assert ("sarif" in [form.NAME for form in formats_of(path)]) is ours


def test_the_initiative_weighs_every_capability_that_scanners_show() -> None:
    codes = set()
    for name in ("backdoor-control.csv", "backdoor-data.csv"):
        with (SETS / name).open(encoding="utf-8", newline="") as file:
            codes |= {row["code"] for row in csv.DictReader(file)}
    assert codes == CAPABILITIES.keys()


def test_every_row_of_the_table_has_a_source_and_a_day() -> None:
    with sarif_capabilities._TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({(row["scanner"], row["rule"], row["capability"]) for row in rows}) == len(rows)
    for row in rows:
        assert row["capability"] in {*CAPABILITIES, ""}
        assert row["source"].startswith("https://")
        assert date.fromisoformat(row["checked"]) >= date(2026, 1, 1)
        assert row["scanner"] in ("CWE", "ATT&CK") or row["scanner"] == row["scanner"].casefold()
