"""The judgement as SARIF 2.1.0, for code scanning and whatever else reads results of analysers.

Specification: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html. A finding becomes a result:

    breach, high      kind fail, level error: "a serious problem was found"
    breach, medium    kind fail, level warning: "a problem was found"
    breach, low       kind fail, level note: "a minor problem"
    not known         kind open, level none: "there was insufficient information to decide"; section 3.27.10 allows
                      no other level where the kind is not fail

A rule is ``pack/rule``, and ``pack/rule/kind`` where a pack has rules of that id for several kinds of fact. SARIF knows
no "perhaps new": where the baseline leaves it open, no result has a ``baselineState``, and ``properties.state`` tells.

A file below the folder in which Comity was called is told relative to ``%SRCROOT%``, of which only a description is
given: where it lies is nobody's business (section 3.14.14 lets ``uri`` be absent). A file elsewhere is told by its
whole path, as ``file:///…`` without dots, and a database by its URL without the password.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from comity.baseline import KNOWN, NEW, PERHAPS_NEW, Comparison
from comity.checking import Judgement
from comity.evidence import EvidenceRecord
from comity.judge.judgement import Evidence, Finding, severity
from comity.law.model import BREACH, Pack, Rule
from comity.profile import FILE_NAME
from comity.report.details import extent, shown_of
from comity.report.json import counts_beside
from comity.report.telling import Told, tell
from comity.report.uris import is_relative, line_of, near, uri_of, web_address
from comity.report.words import compared, visible

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_LEVELS = {"high": "error", "medium": "warning", "low": "note", "info": "none"}
_STATES = {NEW: "new", KNOWN: "unchanged"}

#: What relative paths are relative to, by the name that code scanning and editors know.
_ROOT = "%SRCROOT%"

#: A sentence may hold expressions of rules in full.
_LONGEST = 2000


def render(judgement: Judgement) -> str:
    """The log as text; the same judgement gives the same bytes."""
    return json.dumps(as_log(judgement), ensure_ascii=False, indent=1) + "\n"


def as_log(judgement: Judgement) -> dict[str, Any]:
    """The log as plain data, with one run."""
    rules = _rules(judgement)
    numbers = {id: number for number, id in enumerate(rules)}
    records = [record for record in judgement.evidence if not record.note]
    artifacts = {str(record.path): number for number, record in enumerate(records)}
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "Comity", "version": judgement.version, "rules": list(rules.values())}},
        "originalUriBaseIds": {_ROOT: {"description": _message("The folder in which Comity was called.")}},
        "invocations": [_invocation(judgement, artifacts)],
        "artifacts": [_artifact(record) for record in records],
        "results": [_result(judgement, finding, numbers, artifacts) for finding in judgement.findings],
    }
    if judgement.compared:
        run["properties"] = {"baseline": counts_beside(_nearby(judgement.compared))}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _nearby(comparison: Comparison) -> Comparison:
    return replace(comparison, path=near(comparison.path))


def _message(text: str) -> dict[str, str]:
    """A plain text in which nothing is a link (section 3.11.6) nor a placeholder (3.11.5)."""
    inert = visible(text, _LONGEST).replace("](", "] (")
    return {"text": inert.replace("{", "{{").replace("}", "}}")}


def _rule_id(pack: Pack, id: str, about: str) -> str:
    kinds = {rule.about for rule in pack.duties() if rule.id == id}
    return f"{pack.id}/{id}/{about}" if len(kinds) > 1 else f"{pack.id}/{id}"


def _rules(judgement: Judgement) -> dict[str, dict[str, Any]]:
    """The rules that were asked, of the packs that are shown, by their ids."""
    shown = {pack.id for pack in judgement.shown_packs}
    found: dict[str, dict[str, Any]] = {}
    for result in judgement.rules:
        if result.pack.id in shown:
            id = _rule_id(result.pack, result.rule.id, result.rule.about)
            found.setdefault(id, _descriptor(id, result.pack, result.rule))
    return found


def _descriptor(id: str, pack: Pack, rule: Rule) -> dict[str, Any]:
    address = web_address(rule.source)
    return {
        "id": id,
        "shortDescription": _message(rule.title),
        "fullDescription": _message(f"{rule.cites} ({pack.title})"),
        **({"helpUri": address} if address else {}),
        "help": _message(f"{rule.heading}. Source: {rule.source}. `comity packs {pack.id}` shows the rule."),
        "defaultConfiguration": {"level": _LEVELS[severity(pack, rule, BREACH)]},
        "properties": {"tags": [pack.id]},
    }


def _artifact(record: EvidenceRecord) -> dict[str, Any]:
    hashes = {"hashes": {"sha-256": record.sha256}} if record.sha256 else {}
    return {"location": _file(str(record.path)), "roles": ["analysisTarget"], **hashes}


def _file(path: str, artifacts: Mapping[str, int] | None = None) -> dict[str, Any]:
    """Where a file is, with its number among the artifacts where these are given and it is one of them."""
    uri = uri_of(path)
    base = {"uriBaseId": _ROOT} if is_relative(uri) else {}
    index = {"index": artifacts[path]} if artifacts and path in artifacts else {}
    return {"uri": uri, **base, **index}


def _result(judgement: Judgement, finding: Finding, rules: dict[str, int], artifacts: dict[str, int]) -> dict[str, Any]:
    told = tell(judgement, finding)
    pack = next(pack for pack in judgement.law.packs if pack.id == finding.pack)
    id = _rule_id(pack, finding.rule, finding.about)
    return {
        "ruleId": id,
        "ruleIndex": rules[id],
        "kind": "fail" if finding.verdict == BREACH else "open",
        "level": _LEVELS[finding.severity],
        "message": _message(_sentences(told)),
        "locations": [_location(sample, artifacts) for sample in finding.evidence],
        "partialFingerprints": {"comityFinding/v1": finding.id, "primaryLocationLineHash": finding.id},
        **_baseline_state(judgement, told),
        "properties": {"verdict": told.word, "facts": finding.count, **({"state": told.state} if told.state else {})},
    }


def _baseline_state(judgement: Judgement, told: Told) -> dict[str, str]:
    """Where one result has a state, every result must have one."""
    comparison = judgement.compared
    if told.state is None or comparison is None or comparison.count(PERHAPS_NEW):
        return {}
    return {"baselineState": _STATES[told.state]}


def _sentences(told: Told) -> str:
    """What it is, of what, and what would make it kept or known."""
    finding = told.finding
    text = f"{told.word[:1].upper()}{told.word[1:]}: {finding.title} ({finding.cites}); {extent(told)}."
    if shown := shown_of(finding):
        text += f" {shown}."
    if told.wanted:
        return f"{text} Not known: {', '.join(wanted.attribute for wanted in told.wanted)}."
    ways = [finding.needs] if finding.needs else []
    ways += [way.needs for way in told.ways if way.open]
    return f"{text} Kept if {ways[0]}." if ways else text


def _location(sample: Evidence, artifacts: dict[str, int]) -> dict[str, Any]:
    """The file, which every result must name to be shown; the line, or the place in the words of the format."""
    physical: dict[str, Any] = {"artifactLocation": _file(sample.file, artifacts)}
    if line := line_of(sample.where):
        return {"physicalLocation": physical | {"region": {"startLine": line}}}
    logical = {"logicalLocations": [{"fullyQualifiedName": sample.where}]} if sample.where else {}
    return {"physicalLocation": physical, **logical}


def _invocation(judgement: Judgement, artifacts: dict[str, int]) -> dict[str, Any]:
    return {
        "executionSuccessful": judgement.facts > 0,
        "toolExecutionNotifications": [
            *(note for record in judgement.evidence for note in _notifications(record, artifacts)),
            *(_notification("note", text) for text in _remarks(judgement)),
        ],
    }


def _remarks(judgement: Judgement) -> Iterable[str]:
    """What is to be said of the log as a whole."""
    if judgement.found > len(judgement.findings):
        yield f"{len(judgement.findings):,} of {judgement.found:,} findings are listed"
    if judgement.compared:
        yield compared(_nearby(judgement.compared))


def _notifications(record: EvidenceRecord, artifacts: dict[str, int]) -> Iterable[dict[str, Any]]:
    """What of a file was not read, and why."""
    path = str(record.path)
    where = {"locations": [{"physicalLocation": {"artifactLocation": _file(path, artifacts)}}]}
    if record.error:
        yield _notification("error", f"not read: {record.error.summary.replace(path, near(path))}") | where
    if record.note and Path(path).name != FILE_NAME:
        yield _notification("note", record.note) | where
    if record.reading and record.reading.skipped:
        first = "; ".join(f"{skip.where}: {skip.why}" for skip in record.reading.skips)
        yield _notification("warning", f"records skipped: {record.reading.skipped:,}, such as {first}") | where
    for note in record.reading.notes if record.reading else ():
        yield _notification("note", note) | where


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": _message(text)}
