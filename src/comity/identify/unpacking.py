"""Bytes that stand for text otherwise than byte by byte: compressed data and UTF-16; and what text is at all."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

import zstandard

from comity.identify.room import Room

#: How compressed data may begin; zlib and text in UTF-16 show themselves at the very beginning of a text only.
MAGIC = rb"\x1f\x8b\x08|\x28\xb5\x2f\xfd|^\x78[\x01\x5e\x9c\xda]"
UTF16 = (
    rb"[\t\n\r -~]\x00[\t\n\r -~]\x00[\t\n\r -~]\x00|\x00[\t\n\r -~]\x00[\t\n\r -~]\x00[\t\n\r -~]|^\xff\xfe|^\xfe\xff"
)
_MAGIC, _PACKED = re.compile(MAGIC), re.compile(MAGIC + rb"|" + UTF16)
_ZSTD = b"\x28\xb5\x2f\xfd"
_GZIP = b"\x1f\x8b\x08"

#: More compressed parts in one text are hostile.
MOST_PACKED = 100

#: Windows of zstandard beyond this are for archives, and would take as much memory.
_LARGEST_WINDOW = 8 << 20
_GZIP_OR_ZLIB, _DEFLATE = 47, -15
#: Deflated data of fewer bytes than this can't be told from noise.
_SHORTEST_DEFLATED = 16
#: Bytes of a letter in UTF-8 that is cut off.
_CUT_LETTER = 2

#: So much of a text tells what it is.
_SAMPLE = 4096
_CONTROLS = bytes({*range(32), 127} - set(b"\t\n\r"))


def is_text(data: bytes) -> bool:
    """Whether bytes read as text: few if without a fault, many if most of them are no controls and valid UTF-8."""
    sample = data[:_SAMPLE]
    size = len(sample)
    return not _has_more_faults(sample, size // 4 if size >= 64 else size // 8 if size >= 16 else 0)


def is_packed(data: bytes) -> bool:
    """Whether bytes begin as compressed data does, or as text in UTF-16."""
    return bool(_PACKED.match(data))


def looks_deflated(data: bytes) -> bool:
    """Whether bytes, no text themselves, may be deflated without a header: they begin with codes, and give text."""
    if len(data) < _SHORTEST_DEFLATED or data[0] & 6 not in (2, 4) or is_text(data):
        return False
    text, _ = _inflated(data, _DEFLATE, 64)
    return len(text) >= _SHORTEST_DEFLATED and not _has_more_faults(text, _CUT_LETTER)


def unpacked(data: bytes, room: Room, magic: bool) -> Iterator[tuple[str, bytes]]:
    """What is compressed wherever it shows itself, or else as a whole without a header: its format, and the content."""
    if magic:
        yield from _shown(data, room)
    elif looks_deflated(data):
        yield "deflate", _inflated(data, _DEFLATE, room.left + 1)[0]


def _shown(data: bytes, room: Room) -> Iterator[tuple[str, bytes]]:
    done = 0
    for number, found in enumerate(_MAGIC.finditer(data)):
        if number == MOST_PACKED:
            room.note(f"more than {MOST_PACKED} compressed parts: the others were not decoded")
            return
        packed = memoryview(data)[found.start() :]
        if found[0] == _ZSTD:
            yield "zstd", _unzstd(packed, room.left + 1)
        elif found.start() >= done:
            text, used = _inflated(packed, _GZIP_OR_ZLIB, room.left + 1)
            done = found.start() + used
            yield "gzip" if found[0] == _GZIP else "zlib", text


def from_utf16(data: bytes, end: int) -> bytes:
    """Text in UTF-16 as UTF-8; before ``end`` stand the first letters that showed it, or the byte order mark."""
    low_first = data[end - 1] == 0 if end > 2 else data[0] == 0xFF
    text = data[end % 2 :].decode("utf-16-le" if low_first else "utf-16-be", "replace")
    return text.removeprefix("\ufeff").encode()


def _has_more_faults(data: bytes, allowed: int) -> bool:
    """Whether more bytes than are allowed are controls or no UTF-8."""
    faults = len(data) - len(data.translate(None, _CONTROLS))
    if faults > allowed or data.isascii():
        return faults > allowed
    return faults + len(data) - len(data.decode("utf-8", "ignore").encode()) > allowed


def _inflated(data: bytes | memoryview, bits: int, most: int) -> tuple[bytes, int]:
    """At most so many bytes of what was deflated, and how many bytes of the data it took; none where that fails."""
    inflating = zlib.decompressobj(bits)
    try:
        text = inflating.decompress(data, most)
    except zlib.error:
        return b"", 0
    return text, len(data) - len(inflating.unused_data) - len(inflating.unconsumed_tail)


def _unzstd(data: memoryview, most: int) -> bytes:
    try:
        with zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW).stream_reader(data) as reader:
            return reader.read(most)
    except zstandard.ZstdError:
        return b""
