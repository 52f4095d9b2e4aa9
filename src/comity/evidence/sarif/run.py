"""One run of a scanner: what it was about, and what it found, by rule.

Results may stand before the rules that they refer to. They are gathered by what they refer to, and looked up at the
end of the run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from comity.evidence._json_values import Notes, objects, text, within
from comity.evidence.base import EvidenceFile
from comity.evidence.sarif.rules import PROPERTIES, REFERENCE, Marks, Reference, Rules, index, reference
from comity.evidence.sarif.stream import Events, Shape

_RESULT: Shape = {
    **dict.fromkeys(("ruleId", "ruleIndex", "kind", "baselineState")),
    "rule": REFERENCE,
    "taxa": [REFERENCE],
    "suppressions": [{"status": None}],
    "properties": PROPERTIES,
}

#: Small parts of a run, and what is wanted of them.
_PARTS: Mapping[str, Shape] = {
    "invocations": [dict.fromkeys(("startTimeUtc", "endTimeUtc", "executionSuccessful"))],
    "versionControlProvenance": [{"repositoryUri": None}],
    "externalPropertyFileReferences": {"results": [{"guid": None}]},
    "properties": {"comity": dict.fromkeys(("product", "version"))},
}

_FOUND = {"fail", "informational"}
_NOT_FOUND = {"pass", "open", "review", "notapplicable"}


@dataclass(frozen=True)
class Kind:
    """What results have in common: the rule they point to and what they bear."""

    rule: Reference
    marks: Marks


@dataclass(frozen=True)
class Counted:
    """Results of one kind: how many, the number of the first, what capabilities they show, why they are skipped."""

    count: int
    first: int
    shown: frozenset[str]
    why: str


class Run:
    """A run, as far as it has been read."""

    def __init__(self, file: EvidenceFile, place: str, notes: Notes) -> None:
        """``place`` is where it stands; what makes no sense in it goes to ``notes``."""
        self._place, self._notes = place, notes
        self._rules = Rules(file, place, notes)
        self._parts: dict[str, Any] = {}
        self._seen: dict[Kind | str, list[int]] = {}
        self._results: int | None = None

    def read(self, events: Events) -> None:
        """Take in the run that has begun."""
        for key, event, value in events.members():
            if key == "tool" and event == "start_map":
                self._rules.read_tool(events)
            elif key == "taxonomies" and event == "start_array":
                self._rules.read_taxonomies(events)
            elif key == "results" and event == "start_array":
                self._read_results(events)
            elif key not in _PARTS and event == "start_array":
                for item in events.items():
                    events.take(*item)
            else:
                self._parts[key] = events.take(event, value, _PARTS.get(key))

    def _read_results(self, events: Events) -> None:
        self._results = 0
        for item in events.items():
            seen = self._seen.setdefault(self._kind(events.take(*item, _RESULT)), [0, self._results])
            seen[0] += 1
            self._results += 1
            self._rules.must_be_few(len(self._seen), "kinds of results")

    def _kind(self, result: Any) -> Kind | str:
        """What kind of result it is, or why it is skipped."""
        if not isinstance(result, dict):
            return "not an object"
        kind = text(result.get("kind")) or "fail"
        if kind.casefold() in _NOT_FOUND:
            return f"no finding: its kind is `{kind}`"
        if kind.casefold() not in _FOUND:
            return "its kind is none that SARIF knows"
        if result.get("baselineState") == "absent":
            return "no longer found: its baseline state is `absent`"
        suppressions = objects(result.get("suppressions"))
        if suppressions and all(item.get("status") in (None, "accepted") for item in suppressions):
            return "suppressed"
        rule = reference(result.get("rule"))
        place = index(result.get("ruleIndex"))
        to = Reference(
            text(result.get("ruleId")) or rule.id, rule.index if place is None else place, rule.guid, rule.component
        )
        return Kind(to, self._rules.marks(result, objects(result.get("taxa"))))

    def counted(self) -> Iterator[Counted]:
        """The results by kind, in the order of the first of each."""
        for kind, (count, first) in self._seen.items():
            if isinstance(kind, str):
                yield Counted(count, first, frozenset(), kind)
            else:
                shown = self._rules.shown(kind.rule, kind.marks, f"{self._place}/results/{first}")
                yield Counted(count, first, shown, "shows none of the capabilities")

    @property
    def results_elsewhere(self) -> bool:
        """Whether it has results in other files."""
        return bool(within(self._parts.get("externalPropertyFileReferences"), "results"))

    def sought(self) -> set[str]:
        """The capabilities that were looked for; none where the run failed, or its results are not all here."""
        failed = any(item.get("executionSuccessful") is False for item in objects(self._parts.get("invocations")))
        return set() if self._results is None or self.results_elsewhere or failed else self._rules.sought()

    def product(self) -> tuple[datetime | None, str | None, str | None]:
        """When the run ended, the name of the product that was scanned, and its version."""
        own = within(self._parts.get("properties"), "comity")
        sources = objects(self._parts.get("versionControlProvenance"))
        name = text(within(own, "product")) or _repository(source.get("repositoryUri") for source in sources)
        return self._time("endTimeUtc") or self._time("startTimeUtc"), name, text(within(own, "version"))

    def _time(self, key: str) -> datetime | None:
        times = (
            self._notes.time(item, key, f"{self._place}/invocations/{number}")
            for number, item in enumerate(objects(self._parts.get("invocations")))
        )
        return max(filter(None, times), default=None)


def _repository(addresses: Iterable[Any]) -> str | None:
    """The last part of an address of a repository, where all addresses are of one."""
    paths = {address.rstrip("/").removesuffix(".git") for address in map(text, addresses) if address}
    return unquote(re.split("[/:]", paths.pop())[-1]) or None if len(paths) == 1 else None
