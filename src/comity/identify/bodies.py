"""Bodies of requests: decompressed, decoded and taken apart, into forms, multipart, JSON or text, by what they are."""

from __future__ import annotations

import io
import re
import zlib
from email.message import Message
from email.parser import HeaderParser

import zstandard

from comity.identify.content import MOST_BYTES
from comity.identify.nested import MOST_PIECES, Pieces

_WHERE = "body"
_MOST_ENCODINGS = 3
_DEEPEST_PARTS = 3
_MOST_PARTS = 1_000
_LONGEST_HEAD = 16 << 10

_BINARY = "binary body, scanned for plain text only"
_COMPRESSED = "body in a compression that is not read, or damaged: not scanned"

_BOUNDARY = re.compile(r'boundary="?([^";,\s]{1,200})', re.IGNORECASE)
_CHARSET = re.compile(r'charset="?((?:utf|gb|big5|shift|euc|iso|windows|cp|koi8|us-ascii|latin|tis)[\w-]{0,20})', re.I)
_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]")
_BLANK = re.compile(r"[^\S\r\n]")
_FORM = re.compile(r"[\w.\-\[\]%$:~*]{1,100}=")
_BREAK = re.compile(r"\r?\n")
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")


def add_body(pieces: Pieces, body: bytes | str, media: str = "", encoding: str = "") -> None:
    """Add what a body holds to ``pieces``; ``media`` is its Content-Type, ``encoding`` its Content-Encoding.

    Either may be wrong or missing: what the body looks like weighs more. A body given as text was decoded already.
    """
    plain = _decompressed(body, encoding) if isinstance(body, bytes) else body
    if plain is None:
        pieces.unscanned.append(_COMPRESSED)
    else:
        _add(pieces, "", plain, media, 0)


def _decompressed(body: bytes, encoding: str) -> bytes | None:
    """The body before it was compressed, no more than is scanned; None where that can't be told."""
    names = [name for part in encoding.lower().split(",") if (name := part.strip()) not in ("", "identity", "none")]
    if len(names) > _MOST_ENCODINGS:
        return None
    try:
        for name in reversed(names):
            body = _inflated(body, name)
    except (LookupError, zlib.error, zstandard.ZstdError):
        return None
    return body


def _inflated(body: bytes, name: str) -> bytes:
    most = MOST_BYTES + 1
    if name == "zstd":
        return zstandard.ZstdDecompressor().stream_reader(io.BytesIO(body)).read(most)
    if name in ("gzip", "x-gzip"):
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, most)
    if name == "deflate":
        # Some senders leave out the header that the standard asks for.
        try:
            return zlib.decompressobj().decompress(body, most)
        except zlib.error:
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(body, most)
    raise LookupError(name)


def _add(pieces: Pieces, name: str, body: bytes | str, media: str, depth: int) -> None:
    boundary = _BOUNDARY.search(media) if "multipart/" in media.lower() else None
    if boundary and depth < _DEEPEST_PARTS:
        _add_parts(pieces, name, body, boundary[1], depth)
        return
    text = _text(body, media)
    if text is None:
        pieces.unscanned.append(_BINARY)
        pieces.add(name, body, _WHERE)
    elif text.lstrip()[:1] in ("{", "["):
        if not pieces.json(text, _WHERE, name):
            pieces.keep(name, text, _WHERE)
    elif _is_form(text, media):
        for line in _BREAK.split(text.strip(), maxsplit=MOST_PIECES):
            pieces.form(line, _WHERE, name)
    else:
        pieces.add(name, text, _WHERE)


def _text(body: bytes | str, media: str) -> str | None:
    """A body as text, None where it is none."""
    charset = _CHARSET.search(media)
    marked = "utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = body if isinstance(body, str) else body.decode(charset[1] if charset else marked)
    except (LookupError, ValueError):
        return None
    return None if _NO_TEXT.search(text) else text.removeprefix("\ufeff")


def _is_form(text: str, media: str) -> bool:
    """Whether a text is a form, or a form a line, whatever its Content-Type says."""
    begins = "x-www-form-urlencoded" in media.lower() or _FORM.match(text.lstrip())
    return bool(begins and not _BLANK.search(text.strip()))


def _add_parts(pieces: Pieces, name: str, body: bytes | str, boundary: str, depth: int) -> None:
    """Each part of a multipart body by its name; one that has a file's name gives that too."""
    data = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    # What stands before the first part, and what beyond the last one that is told apart, is scanned all the same.
    for part in data.split(b"--" + boundary.encode(), maxsplit=_MOST_PARTS):
        head, *content = _BLANK_LINE.split(part.lstrip(b"\r\n"), maxsplit=1)
        if len(head) > _LONGEST_HEAD or not content:
            head, content = b"", [part]
        headers = HeaderParser().parsestr(head.decode("utf-8", "replace"))
        pieces.add("filename", _parameter(headers, "filename"), _WHERE)
        named = ".".join(filter(None, (name, _parameter(headers, "name"))))
        _add(pieces, named, b"".join(content).removesuffix(b"\r\n"), str(headers.get("Content-Type", "")), depth + 1)


def _parameter(headers: Message, name: str) -> str:
    value = headers.get_param(name, "", "content-disposition")
    return str(value[2] if isinstance(value, tuple) else value)
