"""A SARIF log as a stream: memory holds the part looked at of one result, whatever the size of the file."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import IO, Any

import ijson

from comity.evidence.base import BROKEN, EvidenceFile

#: A result, a rule or another item of a list that goes on for more bytes than this is refused.
LARGEST_ITEM = 64 << 20

_BLOCK = 64 << 10

_DEEPER = {"start_map": 1, "start_array": 1, "end_map": -1, "end_array": -1}

#: What is wanted of a value: of an object these keys, of a list every item, of anything else the value itself.
Shape = dict[str, Any] | list[Any] | None


class Events:
    """The events of a log's JSON, from first to last. Raises ``EvidenceError`` where an item has no end.

    What breaks the file off raises ``ijson.JSONError``.
    """

    def __init__(self, file: EvidenceFile, stream: IO[bytes]) -> None:
        self._file, self._stream = file, stream
        self._read = getattr(stream, "read1", stream.read)
        encoding = json.detect_encoding(file.head.start)
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._ended = False
        self._since = 0
        # With floats, a number of thousands of digits is an error of the parser's; else Python's own comes too late.
        self._events = ijson.basic_parse(self, buf_size=_BLOCK, use_float=True)

    def read(self, size: int) -> bytes:
        """The next bytes for the parser, in UTF-8; none at the end."""
        content = b""
        while size and not content and not self._ended:
            try:
                block: bytes = self._read(_BLOCK)
            except BROKEN:
                block = b""
            self._ended = not block
            content = self._decoder.decode(block, self._ended).encode()
            self._since += len(block)
            if self._since > LARGEST_ITEM:
                raise self._file.error(f"an item of the log goes on for more than {LARGEST_ITEM >> 20} MB")
        return content

    def end(self) -> None:
        """See to it that nothing follows the document."""
        for _ in self._events:
            pass

    def begin(self) -> tuple[str, Any]:
        """The event that begins the document or the next value, with its value."""
        event, value = next(self._events)
        return event, value

    def members(self) -> Iterator[tuple[str, str, Any]]:
        """Each key of the object that has begun, with the event that begins its value. The value must be taken."""
        for event, key in self._events:
            if event == "end_map":
                return
            yield key, *self.begin()

    def items(self) -> Iterator[tuple[str, Any]]:
        """The events that begin the items of the list that has begun. Each item must be taken."""
        for event, value in self._events:
            if event == "end_array":
                return
            yield event, value
            self._since = 0

    def take(self, event: str, value: Any, shape: Shape = None) -> Any:
        """The value that has begun with ``event``, no more of it than ``shape`` wants."""
        if event == "start_map" and isinstance(shape, dict):
            taken = ((key, self.take(begin, inner, shape.get(key))) for key, begin, inner in self.members())
            return {key: inner for key, inner in taken if key in shape}
        if event == "start_array" and isinstance(shape, list):
            return [self.take(begin, inner, shape[0]) for begin, inner in self._plain_items()]
        if event in _DEEPER:
            self._pass_over()
            return None
        return value

    def _plain_items(self) -> Iterator[tuple[str, Any]]:
        for event, value in self._events:
            if event == "end_array":
                return
            yield event, value

    def _pass_over(self) -> None:
        depth = 1
        for event, _ in self._events:
            depth += _DEEPER.get(event, 0)
            if not depth:
                return
