"""The judgement as JSON. The schema stands in docs/reference/report.schema.json and is checked by a test."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from comity.baseline import KNOWN, NEW, PERHAPS_NEW, Comparison
from comity.bounds import UNBOUNDED, is_between
from comity.checking import Choice, Judgement
from comity.evidence import EvidenceRecord
from comity.judge.judgement import Cell, Finding, RuleResult


def render(judgement: Judgement) -> str:
    """The document as text; the same judgement gives the same bytes."""
    return json.dumps(as_document(judgement), ensure_ascii=False, indent=1) + "\n"


def as_document(judgement: Judgement) -> dict[str, Any]:
    """The document as plain data: texts, numbers, lists, dicts."""
    shown = {pack.id for pack in judgement.shown_packs}
    return {
        "comity": judgement.version,
        "as_of": moment(judgement.as_of),
        "profile": judgement.profile.path,
        "tables": [{"name": t.name, "source": t.source, "date": t.date} for t in judgement.tables],
        "packs": [_pack(judgement, choice) for choice in judgement.choices],
        "evidence": [_evidence(record) for record in judgement.evidence],
        "facts": {kind.kind: kind.facts for kind in judgement.kinds},
        "rules": [_rule(result) for result in judgement.rules if result.pack.id in shown],
        "cells": [_cell(cell) for cell in judgement.cells],
        "overview": [
            {"about": kind.kind, "from": o.origin, "manner": o.manner, "verdict": o.verdict, "count": o.count}
            for kind in judgement.kinds
            for o in kind.overview
        ],
        "findings": [_finding(finding, judgement.state(finding)) for finding in judgement.findings],
        "truncated": {"shown": len(judgement.findings), "of": judgement.found},
        "baseline": None if judgement.compared is None else counts_beside(judgement.compared),
    }


def render_findings(judgement: Judgement, findings: Iterable[Finding]) -> str:
    """Some findings as they stand in the document; always a list, as several may share an id."""
    listed = [_finding(finding, judgement.state(finding)) for finding in findings]
    return json.dumps({"comity": judgement.version, "findings": listed}, ensure_ascii=False, indent=1) + "\n"


def moment(value: datetime | None) -> str | None:
    """An instant as RFC 3339 in UTC."""
    return None if value is None else value.isoformat().replace("+00:00", "Z")


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _pack(judgement: Judgement, choice: Choice) -> dict[str, Any]:
    pack = choice.pack
    return {
        "id": pack.id,
        "title": pack.title,
        "issuer": pack.issuer,
        "force": pack.force,
        "in_force": [_day(pack.period.start), _day(pack.period.end)],
        "facts": judgement.facts_of(pack),
        "chosen": {
            "why": choice.why,
            "rules": [
                {"rule": r.rule.id, "about": r.rule.about, "certain": r.certain, "perhaps": r.perhaps}
                for r in choice.rules
            ],
            "missing": list(choice.missing),
        },
    }


def _evidence(record: EvidenceRecord) -> dict[str, Any]:
    reading = record.reading
    return {
        "file": str(record.path),
        "sha256": record.sha256,
        "format": record.format,
        "read": reading.read if reading else 0,
        "skipped": reading.skipped if reading else 0,
        "skips": [{"where": skip.where, "why": skip.why} for skip in reading.skips] if reading else [],
        "notes": ([*reading.notes] if reading else []) + ([record.note] if record.note else []),
        "error": record.error.summary if record.error else None,
    }


def _rule(result: RuleResult) -> dict[str, Any]:
    rule = result.rule
    return {
        "pack": result.pack.id,
        "rule": rule.id,
        "title": rule.title,
        "about": rule.about,
        "bearer": rule.bearer,
        "strength": rule.strength,
        "indicator": rule.indicator,
        "layer": rule.layer,
        "cites": rule.cites,
        "source": rule.source,
        "kept": result.kept,
        "breach": result.breach,
        "unknown": result.unknown,
        "out_of_scope": result.out_of_scope,
        "perhaps": result.perhaps,
        "lifted": dict(sorted(result.lifted.items())),
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "about": cell.about,
        "pack": cell.pack,
        "rule": cell.rule,
        "verdict": cell.verdict,
        "from": cell.origin,
        "to": cell.target,
        "party": cell.party,
        "manner": cell.manner,
        "month": cell.month,
        "count": cell.count,
        "bytes": cell.bytes,
    }


def counts_beside(comparison: Comparison) -> dict[str, Any]:
    """How many findings are new, known and gone beside a baseline."""
    return {
        "file": comparison.path,
        "new": comparison.count(NEW),
        "perhaps_new": comparison.count(PERHAPS_NEW),
        "known": comparison.count(KNOWN),
        "gone": comparison.gone,
        "unlisted": comparison.unlisted,
    }


def _finding(finding: Finding, state: str | None) -> dict[str, Any]:
    return {
        "id": finding.id,
        "state": state,
        "pack": finding.pack,
        "rule": finding.rule,
        "about": finding.about,
        "verdict": finding.verdict,
        "severity": finding.severity,
        "title": finding.title,
        "cites": finding.cites,
        "source": finding.source,
        **finding.facets,
        "count": finding.count,
        "bytes": finding.bytes,
        "first": moment(finding.first),
        "last": moment(finding.last),
        "law_as_of": moment(finding.law_as_of),
        "law_presumed": finding.law_presumed,
        "situation": {name: _plain(value) for name, value in finding.situation.items()},
        "missing": list(finding.missing),
        "presumed": list(finding.presumed),
        "needs": finding.needs,
        "exceptions": [
            {
                "rule": e.rule,
                "value": e.value,
                "false": list(e.false),
                "missing": list(e.missing),
                "needs": e.needs,
                "open": e.open,
            }
            for e in finding.exceptions
        ],
        "tallies": {name: [_bound(bound) for bound in bounds] for name, bounds in finding.tallies.items()},
        "evidence": [_sample(vars(sample)) for sample in finding.evidence],
    }


def _bound(bound: float) -> float | None:
    """A bound of a tally; null where there is none."""
    return None if bound == UNBOUNDED else round(bound, 1)


def _sample(values: Mapping[str, Any]) -> dict[str, Any]:
    """File and place, and of the rest what the record says and holds."""
    told = {name: _plain(value) for name, value in values.items() if value is not None and name != "found"}
    return told | ({"found": [vars(detection) for detection in values["found"]]} if values["found"] else {})


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment(value)
    if is_between(value):
        return {"at_least": value[0]}
    return list(value) if isinstance(value, list | tuple) else value
