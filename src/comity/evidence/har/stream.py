"""The entries of a HAR as a stream: memory holds the values looked at of one entry, and one value of the file."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import ijson

from comity.evidence.base import BROKEN, EvidenceFile

#: A file that goes on for so long without an entry coming to its end is refused.
MOST_BYTES = 256 << 20

#: JSON nested deeper than this is refused.
MOST_DEPTH = 200

_BLOCK = 64 << 10
_LARGEST_BLOCK = 4 << 20

#: Of a list no more is kept.
_MOST_ITEMS = 10_000

_NAMED = dict.fromkeys(("name", "value", "fileName"))

#: What is looked at in an entry, in brackets what is looked at in each object of a list. All else is passed over.
_KEPT: dict[str, Any] = {
    **dict.fromkeys(("startedDateTime", "serverIPAddress", "connection", "_fromCache")),
    "request": {
        **dict.fromkeys(("url", "headersSize", "bodySize")),
        "headers": [_NAMED],
        "cookies": [_NAMED],
        "postData": {**dict.fromkeys(("text", "encoding", "_encoding", "mimeType")), "params": [_NAMED]},
    },
    "response": {
        **dict.fromkeys(("status", "headersSize", "bodySize", "_transferSize", "_fetchedViaServiceWorker")),
        "headers": [_NAMED],
        "content": dict.fromkeys(("size", "text", "encoding", "mimeType")),
    },
}

_DEEPER = {"start_map": 1, "start_array": 1, "end_map": -1, "end_array": -1}

#: An entry: its values by place, such as `request/url`.
Entry = dict[str, Any]

_Events = Iterator[tuple[str, Any]]


class BrokenOff(Exception):  # noqa: N818 - what was read before counts
    """The file breaks off or is damaged: in entry number ``args[0]``, or after all entries where that is None."""


class _TooDeep(Exception):  # noqa: N818 - never leaves this module
    """A value is nested too deeply."""


class _Source:
    """A file's bytes for the parser: valid UTF-8, without byte order mark, and never more than an entry may have.

    What can't be decompressed ends it.
    """

    def __init__(self, file: EvidenceFile, stream: IO[bytes], progress: _Progress) -> None:
        self._file, self._progress = file, progress
        self._read = getattr(stream, "read1", stream.read)
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._ended = False
        self._count = self._since = 0

    def read(self, size: int) -> bytes:
        """The next bytes, none at the end. Raises ``EvidenceError`` for an entry without end."""
        text = b""
        while size and not text and not self._ended:
            block = self._block()
            self._ended = not block
            text = self._decoder.decode(block, self._ended).encode()
        return text

    def _block(self) -> bytes:
        if self._progress.count > self._count:
            self._count, self._since = self._progress.count, 0
        try:
            # The parser begins a value anew with every block: long values want long blocks.
            block: bytes = self._read(min(max(_BLOCK, self._since // 4), _LARGEST_BLOCK))
        except BROKEN:
            return b""
        self._since += len(block)
        if self._since > MOST_BYTES:
            raise self._file.error(f"entry {self._count} goes on for more than {MOST_BYTES >> 20} MB")
        return block


@dataclass
class _Progress:
    """How far the reading of entries has come."""

    count: int = 0
    inside: bool = False
    seen: bool = False


def entries(file: EvidenceFile, stream: IO[bytes]) -> Iterator[tuple[int, Entry | None]]:
    """The entries with their numbers, None for items that are no objects. Raises ``BrokenOff`` at a break."""
    progress = _Progress()
    try:
        source = _Source(file, stream, progress)
        # With floats, a number of thousands of digits is an error of the parser's; else Python's own comes too late.
        yield from _document(ijson.basic_parse(source, buf_size=_LARGEST_BLOCK, use_float=True), progress)
    except _TooDeep:
        raise file.error(f"entry {progress.count} is nested more than {MOST_DEPTH} deep") from None
    except ijson.JSONError:
        if progress.seen:
            raise BrokenOff(progress.count if progress.inside else None) from None
    if not progress.seen:
        raise file.error("a HAR without `entries` in its `log`, or broken off before them")


def is_base64(entry: Entry) -> bool:
    """Whether the text of the body of a request is base64."""
    return "base64" in (entry.get("request/postData/encoding"), entry.get("request/postData/_encoding"))


def _document(events: _Events, progress: _Progress) -> Iterator[tuple[int, Entry | None]]:
    if next(events)[0] != "start_map":
        return
    for key, event, _ in _members(events):
        if key == "log" and event == "start_map":
            for part, begins, _ in _members(events):
                if part == "entries" and begins == "start_array":
                    progress.seen = progress.inside = True
                    yield from _items(events, progress)
                    progress.inside = False
                else:
                    _pass_over(events, begins)
        else:
            _pass_over(events, event)


def _items(events: _Events, progress: _Progress) -> Iterator[tuple[int, Entry | None]]:
    for event, _ in events:
        if event == "end_array":
            return
        entry: Entry | None = None
        if event == "start_map":
            entry = {}
            _keep(events, _KEPT, entry, "")
        else:
            _pass_over(events, event)
        progress.count += 1
        yield progress.count - 1, entry


def _keep(events: _Events, wanted: dict[str, Any], entry: Entry, place: str) -> None:
    """Keep what is wanted of the object that has begun."""
    for key, event, value in _members(events):
        if event not in _DEEPER:
            if key in wanted:
                entry[place + key] = value
        elif event == "start_map" and isinstance(within := wanted.get(key), dict):
            _keep(events, within, entry, f"{place}{key}/")
        elif event == "start_array" and isinstance(within := wanted.get(key), list):
            entry[place + key] = _objects(events, within[0])
        else:
            _pass_over(events, event)


def _objects(events: _Events, wanted: dict[str, Any]) -> list[Entry]:
    """What is wanted of each object of the list that has begun."""
    items: list[Entry] = []
    for event, _ in events:
        if event == "end_array":
            break
        if event == "start_map" and len(items) < _MOST_ITEMS:
            items.append({})
            _keep(events, wanted, items[-1], "")
        else:
            _pass_over(events, event)
    return items


def _members(events: _Events) -> Iterator[tuple[str, str, Any]]:
    """Each key of the object that has begun, with the event that begins its value."""
    for event, key in events:
        if event == "end_map":
            return
        yield key, *next(events)


def _pass_over(events: _Events, event: str) -> None:
    """Leave out a value that has begun with ``event``."""
    depth = _DEEPER.get(event, 0)
    if not depth:
        return
    for inner, _ in events:
        if inner in _DEEPER:
            depth += _DEEPER[inner]
            if not depth:
                return
            if depth > MOST_DEPTH:
                raise _TooDeep
