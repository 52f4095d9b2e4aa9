"""Text of no known format, such as a log, a letter or a list: a record per line. `comity identify` reads it so.

It offers what a format does, and is none: nothing in it tells of a flow or a store, so that nothing could be judged.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import IO

from comity.evidence._binary import begins_as_binary
from comity.evidence.base import BROKEN, EvidenceFile, FactTables, Head, Reading
from comity.identify import Content, Identifier, Piece
from comity.identify.fields import by_name
from comity.identify.nested import Pieces, shown_name
from comity.profile import FILE_NAME

NAME = "text"
TITLE = "Text of no other format, line by line"
SUPPLIES: Mapping[str, frozenset[str]] = {}

#: A longer line is read in parts of so many bytes.
MAX_LINE = 1 << 20

#: So many bytes are looked at together first, and line by line only where something is in them.
_BLOCK = 16 << 10

#: Byte order marks of encodings in which every letter takes several bytes. The longest is asked for first.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]+")

#: A stray control character makes no log binary, nor does a gap of them that a crash left. In what is compressed or
#: compiled there is such a run in every seven to fourteen bytes.
_TEXT_BETWEEN = 20

#: A line that says what it holds: ``Name: …``, ``"name": "…"``, ``name = …``.
_NAMED = re.compile(r"""\s*["']?([^\W\d_][\w .-]{0,40}?)["']?[ \t]*[:=：][ \t]*["']?(.*?)["']?[,;]?\s*""")
_SIGN = re.compile("[:=：]".encode())
_JSON = (b"{", b"[")

#: The place of what only several lines together hold.
_BELOW = "or below"

#: A line and its number; parts of a long line share theirs.
_Line = tuple[int, bytes]


def recognise(head: Head) -> bool:
    """Text in UTF-8, in UTF-16 or UTF-32 with a mark, or in an encoding that has ASCII in it; no profile."""
    if head.path.name == FILE_NAME or begins_as_binary(head.start):
        return False
    encoding = _encoding(head.start)
    return _is_text(head.start.decode(encoding, "replace").encode() if encoding else head.start)


def _encoding(start: bytes) -> str | None:
    """The encoding that a byte order mark tells, where that is not UTF-8."""
    return next((encoding for mark, encoding in _MARKS.items() if start.startswith(mark)), None)


def _is_text(start: bytes) -> bool:
    """Whether there is more text than anything else, and it comes in pieces worth reading."""
    gaps = _CONTROL.findall(start)
    text = len(start) - sum(map(len, gaps))
    return not gaps or (2 * text > len(start) and text >= _TEXT_BETWEEN * len(gaps))


def where(position: int) -> str:
    """The line."""
    return f"line {position}"


def read(file: EvidenceFile, tables: FactTables) -> Reading:
    """Look for personal data in each line."""
    reading = Reading(NAME)
    for lines in _blocks(file, reading):
        contents = sorted(_contents(tables.identifier, lines), key=lambda numbered: numbered[0])
        for number, content in contents:
            for why in content.unscanned:
                reading.skip(where(number), why.removeprefix(_BELOW).removeprefix(": "))
        if found := [(file.number, number, content.detections) for number, content in contents if content.detections]:
            tables.detect(NAME, found)
    return reading


def _contents(identifier: Identifier, lines: Sequence[_Line]) -> Iterator[tuple[int, Content]]:
    """What is in lines, by their numbers; what only many lines together hold is told at the first of them."""
    others = []
    for number, line in lines:
        if named := _named(line):
            yield number, identifier.read(named)
        else:
            others.append((number, line))
    if not others:
        return
    several = len(others) > 1
    together = identifier.read([Piece("", b"".join(line for _, line in others), _BELOW * several)])
    if several and (together.detections or together.unscanned):
        alone = [(number, identifier.read([Piece("", line)])) for number, line in others]
        if any(content.detections for _, content in alone):
            yield from alone
            return
    yield others[0][0], together


def _named(line: bytes) -> list[Piece]:
    """The values of a line by their names: of one that is JSON, or a name and its value; [] of any other.

    What stands before a colon is taken for a name only where it tells something of the value: it may be anything.
    """
    if line.startswith(_JSON):
        pieces = Pieces()
        return pieces.pieces if pieces.json(line.decode("utf-8", "replace"), "") else []
    if not _SIGN.search(line) or not (named := _NAMED.fullmatch(line.decode("utf-8", "replace"))):
        return []
    name, value = named.groups()
    return [Piece(name, value)] if shown_name(name) == name and by_name(name, value) else []


def _blocks(file: EvidenceFile, reading: Reading) -> Iterator[list[_Line]]:
    """Some lines at a time. What can't be read, or understood, is told."""
    lines: list[_Line] = []
    number = size = strange = broken = 0
    ended = True
    with file.open() as source:
        try:
            for line in _lines(source, file.head.start):
                number += ended
                ended = line.endswith(b"\n")
                lines.append((number, line))
                size += len(line)
                strange += not _is_utf8(line)
                broken += bool(_CONTROL.search(line))
                if size >= _BLOCK:
                    yield lines
                    lines, size = [], 0
        except BROKEN:
            reading.skip(where(number + ended), "the file breaks off or is damaged here")
    if lines:
        yield lines
    reading.read = number
    if strange:
        reading.notes.append(f"lines not in UTF-8, of which only the letters A to Z were understood: {strange:,}")
    if broken:
        reading.notes.append(f"lines with control characters, read as far as they are text: {broken:,}")


def _lines(source: IO[bytes], start: bytes) -> Iterator[bytes]:
    """Lines in UTF-8, those that are too long in parts."""
    encoding = _encoding(start)
    if encoding is None:
        yield from iter(lambda: source.readline(MAX_LINE), b"")
        return
    with io.TextIOWrapper(source, encoding=encoding, errors="replace", newline="\n") as text:
        yield from (line.encode() for line in iter(lambda: text.readline(MAX_LINE), ""))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
