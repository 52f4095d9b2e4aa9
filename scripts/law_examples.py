"""Worked examples as a table that folds away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from build_docs import table
from law_text import moment, plain

from comity.law.model import BREACH, Example
from comity.report.words import bounds_in_words, count_of, value_in_words


def examples(found: Sequence[Example], zone: ZoneInfo) -> str:
    """The table: title, date, facts and the verdicts expected; times in the zone of the pack."""
    header = ("case", f"when ({zone.key})", "facts", "verdict")
    rows = [(plain(e.title), _when(e, zone), _told(e, zone), _verdicts(e)) for e in found]
    summary = f"<summary>{count_of(len(found), 'worked example')}</summary>"
    return "\n".join(["<details>", summary, "", table(header, rows), "", "</details>"])


def _when(example: Example, zone: ZoneInfo) -> str:
    at = example.fact.get("at")
    seen = f"<br>evidence up to {_value(example.seen, zone)}" if example.seen else ""
    return (_value(at, zone) if at else "no date") + seen


def _told(example: Example, zone: ZoneInfo) -> str:
    told = [f"{name}: {_value(value, zone)}" for name, value in example.fact.items() if name != "at"]
    told += [f"{name}: {_bounds(low, high)}" for name, (low, high) in example.tallies.items()]
    return "; ".join(told) or "nothing"


def _bounds(low: float, high: float) -> str:
    if isinstance(low, int) and isinstance(high, int):
        return bounds_in_words(low, high)
    return f"{low:g} percent" if low == high else f"{low:g} to {high:g} percent"


def _value(value: Any, zone: ZoneInfo) -> str:
    if isinstance(value, datetime):
        return moment(value, zone)
    return "*not known*" if value is None else plain(value_in_words(value))


def _verdicts(example: Example) -> str:
    said = {rule: f"**{verdict}**" if verdict == BREACH else verdict for rule, verdict in example.expect.items()}
    return "; ".join(f"{rule}: {verdict}" for rule, verdict in said.items())
