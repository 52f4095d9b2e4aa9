"""Escapes in text: percent-encoding, JSON escapes, HTML entities, quoted-printable.

Where a long text holds some, the words or strings that hold them are enough: the rest has been read already.
"""

from __future__ import annotations

import binascii
import html
import json
import re
from collections.abc import Callable

_BETWEEN_WORDS = re.compile(rb"[\s\"<>]+")
_BETWEEN_STRINGS = re.compile(rb"[\n\"]")
_BETWEEN_TEXTS = re.compile(rb"[\n<>]")

_PERCENT = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")
_BACKSLASH = re.compile(rb"((?:\\u[0-9A-Fa-f]{4})+)|\\x([0-9A-Fa-f]{2})|\\([\"\\/bfnrt])")
_LETTERS = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_NOT_QUOTED = re.compile(rb"=(?![0-9A-Fa-f]{2}|\r?\n|$)")


def _holding(mark: bytes, between: re.Pattern[bytes], text: bytes) -> list[bytes]:
    return [part for part in between.split(text) if mark in part]


def from_percent(text: bytes) -> bytes:
    """The words with percent-encoding, decoded; a ``+`` is a space, unless an at sign shows that it was not escaped."""
    words = _holding(b"%", _BETWEEN_WORDS, text)
    text = b"\n".join(word if b"@" in word else word.replace(b"+", b" ") for word in words)
    return _PERCENT.sub(lambda run: binascii.unhexlify(run[0].replace(b"%", b"")), text)


def from_backslashes(text: bytes) -> bytes:
    """The strings with escapes of JSON or JavaScript, decoded."""
    return _BACKSLASH.sub(_unescaped, b"\n".join(_holding(b"\\", _BETWEEN_STRINGS, text)))


def _unescaped(escape: re.Match[bytes]) -> bytes:
    letters, byte, letter = escape.groups()
    if letters:
        return str(json.loads(b'"%b"' % letters)).encode("utf-8", "replace")
    return bytes.fromhex(byte.decode()) if byte else _LETTERS.get(letter, letter)


def from_entities(text: bytes) -> bytes:
    """The lines with HTML entities, decoded."""
    lines = b"\n".join(_holding(b"&", _BETWEEN_TEXTS, text))
    return html.unescape(lines.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def from_quoted(text: bytes) -> bytes:
    """The whole text as quoted-printable, which every ``=`` in it must be; else nothing."""
    return b"" if _NOT_QUOTED.search(text) else binascii.a2b_qp(text)


#: Encodings by name: what shows that a text is escaped so, in the syntax of Hyperscan, and what decodes it.
ESCAPES: tuple[tuple[str, bytes, Callable[[bytes], bytes]], ...] = (
    ("URL encoding", rb"%[0-9A-Fa-f]{2}", from_percent),
    ("JSON escapes", rb"\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[nrt/])", from_backslashes),
    ("HTML entities", rb"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|commat|period|plus|lowbar|colon);", from_entities),
    ("quoted-printable", rb"=(?:3D|\r?\n|[C-F][0-9A-F]=[89AB][0-9A-F])", from_quoted),
)
