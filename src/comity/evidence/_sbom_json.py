"""Walking through JSON of any size: what a shape names is kept, records come one by one (see ``_sbom_source``)."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any, Protocol

import ijson

from comity.evidence._sbom_source import MOST_DEPTH, MOST_TEXT, BrokenOff, Each, Emit, Progress, Source
from comity.evidence.base import EvidenceFile

_DEEPER = {"start_map": 1, "start_array": 1, "end_map": -1, "end_array": -1}

#: What ijson's parser says of a document, piece by piece.
Events = Iterator[tuple[str, Any]]


class Counted(Protocol):
    """What bytes come from: ``since`` counts those since the parser last came to an end of something."""

    since: int


def walk_json(file: EvidenceFile, shape: dict[str, Any], emit: Emit) -> dict[str, Any]:
    """Hand over each record of a document; what was kept of the document itself comes out at the end.

    A scalar may stand where an object or a list was expected. Raises ``EvidenceError`` for what must be refused, and
    ``BrokenOff`` at a break.
    """
    with file.open() as stream:
        source = Source(file, stream, json.detect_encoding(file.head.start))
        return walk_events(_events(source), source, file, shape, emit)


def walk_value(file: EvidenceFile, value: Any, shape: dict[str, Any], emit: Emit) -> dict[str, Any]:
    """The same for a document that is held as a plain value."""
    source = _Held(json.dumps(value).encode())
    return walk_events(_events(source), source, file, shape, emit)


def walk_events(
    events: Events, source: Counted, file: EvidenceFile, shape: dict[str, Any], emit: Emit
) -> dict[str, Any]:
    """The same for a document that comes as the events of ijson's parser; ``ijson.JSONError`` is a break."""
    progress = Progress(file, emit)
    kept: dict[str, Any] = {}
    try:
        walker = _Walker(events, source, progress)
        if next(events)[0] == "start_map":
            walker.members(shape, kept)
        next(events, None)  # the parser refuses what follows the document
    except (ijson.JSONError, StopIteration):
        raise BrokenOff(progress.open, kept) from None
    return kept


def _events(source: Any) -> Events:
    # With floats, a number of thousands of digits is an error of the parser's; else Python's own comes too late.
    return iter(ijson.basic_parse(source, use_float=True))


class _Held(io.BytesIO):
    """Bytes in memory, which need no bounds."""

    since = 0


class _Walker:
    def __init__(self, events: Events, source: Counted, progress: Progress) -> None:
        self._events, self._source, self._progress = events, source, progress

    def members(self, shape: dict[str, Any], kept: dict[str, Any]) -> None:
        """Keep what is wanted of the object that has begun."""
        events = self._events
        for event, key in events:
            if event == "end_map":
                break
            begins, value = next(events)
            if key in shape:
                kept[key] = self._value(begins, value, shape[key])
            elif begins in _DEEPER:
                self._pass_over()
        self._progress.keep(len(kept))

    def _value(self, event: str, value: Any, shape: Any) -> Any:
        """What is kept of the value that begins with ``event``."""
        if event not in _DEEPER:
            return None if isinstance(value, str) and len(value) > MOST_TEXT else value
        self._source.since = 0
        if event == "start_map" and isinstance(shape, dict):
            kept: dict[str, Any] = {}
            self.members(shape, kept)
            return kept
        if event == "start_array" and isinstance(shape, list):
            return self._list(shape[0])
        if event == "start_array" and isinstance(shape, Each):
            return self._records(shape)
        return self._pass_over()

    def _list(self, shape: Any) -> list[Any]:
        kept = []
        for event, value in self._events:
            if event == "end_array":
                break
            kept.append(self._value(event, value, shape))
            self._progress.keep(1)
        return kept

    def _records(self, each: Each) -> None:
        for event, value in self._events:
            if event == "end_array":
                break
            self._progress.begin(each.kind)
            record = self._value(event, value, each.shape)
            self._progress.end(record if isinstance(record, dict) else None)

    def _pass_over(self) -> None:
        """Leave out an object or a list that has begun."""
        depth, source = 1, self._source
        for event, _ in self._events:
            if event in _DEEPER:
                source.since = 0
                depth += _DEEPER[event]
                if not depth:
                    break
                if depth > MOST_DEPTH:
                    raise self._progress.too_deep()
