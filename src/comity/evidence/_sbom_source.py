"""What readers of SBOMs share to walk through a document of any size: shapes, bounded bytes, the break in a file.

A *shape* says what is kept of a document; all else is passed over while parsing:

    None          a text, number or bool
    {name: shape} an object (JSON) or an element with attributes and children (XML); what is not named is passed over
    [shape]       a list
    Each          a list whose members are handed over one by one, and never held together
"""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any

from comity.errors import EvidenceError
from comity.evidence.base import BROKEN, EvidenceFile

#: A file in which a single value goes on for longer than this is refused.
MOST_BYTES = 64 << 20

#: So many values are kept of one record; a record with more is refused.
MOST_VALUES = 1_000_000

#: Objects and lists that are nested deeper than this are refused, and so are records within records.
MOST_DEPTH = 1000
MOST_NESTED = 100

#: Texts that are longer are no names, versions or checksums: they are not kept.
MOST_TEXT = 4096

_BLOCK = 256 << 10
_LARGEST_BLOCK = 4 << 20


@dataclass(frozen=True)
class Each:
    """A list of records of one kind; a record may have lists of records itself."""

    kind: str
    shape: dict[str, Any]


#: What is done with a record: its kind, its number among those of its kind from 0, what was kept (None: no object).
Emit = Callable[[str, int, dict[str, Any] | None], None]


class BrokenOff(Exception):  # noqa: N818 - what was read before counts
    """The file breaks off or is damaged.

    ``unfinished`` are kind and number of each record that was not finished, ``kept`` is what was kept of the document.
    """

    def __init__(self, unfinished: list[tuple[str, int]], kept: dict[str, Any]) -> None:
        super().__init__()
        self.unfinished, self.kept = unfinished, kept


@dataclass
class Progress:
    """Which records are open, how many of each kind have begun, and what is kept of the latest."""

    file: EvidenceFile
    emit: Emit
    begun: Counter[str] = field(default_factory=Counter)
    open: list[tuple[str, int]] = field(default_factory=list)
    kept: int = 0

    def begin(self, kind: str) -> int:
        """A record begins: its number. Raises ``EvidenceError`` where records are nested too deeply."""
        number = self.begun[kind]
        self.begun[kind] += 1
        self.open.append((kind, number))
        self.kept = 0
        if len(self.open) > MOST_NESTED:
            raise self.too_deep()
        return number

    def end(self, record: dict[str, Any] | None) -> None:
        """The latest record ends."""
        kind, number = self.open.pop()
        self.emit(kind, number, record)

    def keep(self, values: int) -> None:
        """So many more values are kept."""
        self.kept += values
        if self.kept > MOST_VALUES:
            raise self.file.error(f"`{self.file.path}` has more than {MOST_VALUES:,} values{self._here()}")

    def too_deep(self) -> EvidenceError:
        """The error to raise for what is nested too deeply."""
        return self.file.error(f"`{self.file.path}` is nested too deeply{self._here()}")

    def _here(self) -> str:
        return f" at {self.open[-1][0]} {self.open[-1][1] + 1:,}" if self.open else ""


class Source:
    """A file's bytes for a parser: UTF-8 without byte order mark, whatever encoding the file has.

    Bytes that can't be decoded are replaced, and harm only the value they stand in. What can't be decompressed ends it.
    ``since`` counts the bytes since the parser last came to an end of something; the walker sets it back to 0.
    ``broken`` tells that what came last was the end of what could be decompressed.
    """

    def __init__(self, file: EvidenceFile, stream: IO[bytes], encoding: str) -> None:
        self.since = 0
        self.broken = False
        self._file = file
        self._read = getattr(stream, "read1", stream.read)
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._ended = False

    def read(self, size: int) -> bytes:
        """The next bytes, none at the end. Raises ``EvidenceError`` for a value without end."""
        text = ""
        while size and not text and not self._ended:
            block = self._block()
            self._ended = not block
            text = self._decoder.decode(block, self._ended)
        return text.encode()

    def _block(self) -> bytes:
        try:
            # A parser may begin a value anew with every block: long values want long blocks.
            block: bytes = self._read(min(max(_BLOCK, self.since // 4), _LARGEST_BLOCK))
        except BROKEN:
            self.broken = True
            return b""
        self.since += len(block)
        if self.since > MOST_BYTES:
            raise self._file.error(f"`{self._file.path}`: a value goes on for more than {MOST_BYTES >> 20} MB")
        return block
