"""What is encoded in a text, decoded once: compressed data, UTF-16, escapes, and tokens in base64 or hex.

Hyperscan tells in one pass what signs of an encoding a text shows, and only those are decoded. Any word may pass for
base64: what a token decodes to counts if it reads as text or holds some, or begins as what is encoded further does.
"""

from __future__ import annotations

import binascii
import functools
import re
from collections.abc import Iterator

import hyperscan

from comity.identify.escapes import ESCAPES
from comity.identify.room import Room
from comity.identify.unpacking import MAGIC, UTF16, from_utf16, is_packed, is_text, looks_deflated, unpacked

#: More long words in one text are hostile, or a list of what is no text.
MOST_TOKENS = 50_000

#: Shorter words are no tokens: what they decode to could be anything.
SHORTEST = 12
#: A token of at most so many bytes may be a path or a name, with the encoded part between `/`, `_`, `+` or `-`.
_LONGEST_PATH = 2048

#: Words are in lower case, with hyphens or slashes between; of tokens, the beginning is next to never.
_LOWER, _OTHER, _ANY = rb"[a-z/_\-]", rb"[A-Z0-9+]", rb"[A-Za-z0-9+/_\-]"
_BEGINS = b"|".join(_LOWER * count + _OTHER + _ANY * (SHORTEST - 1 - count) for count in range(SHORTEST))
_TOKEN_SIGN, _MAGIC_SIGN, _UTF16_SIGN = range(3)
_SIGNS = (rb"(?:^|[^A-Za-z0-9+%%\\])(?:%b)" % _BEGINS, MAGIC, UTF16, *(sign for _, sign, _ in ESCAPES))

#: Lines as MIME cuts them (no digest at the end of a line), or one token. What stands before an escaped `+` or `/` is
#: only the part of one.
_TOKEN = re.compile(
    rb"(?:(?:(?![0-9A-Fa-f]+\r?\n)[A-Za-z0-9+/]{60,76}\r?\n)+[A-Za-z0-9+/]*+|[A-Za-z0-9+/_\-]++)(?!%2[BFbf]|\\/|\\u002[BFbf])"
)
_PARTS = re.compile(rb"[/_+\-]+")
_HEX_DIGITS = b"0123456789abcdefABCDEF"
_LINE_ENDS = b"\r\n"
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


#: Text among other bytes, as a message in protocol buffers has it; chance hardly makes so much of it.
SPOKEN = re.compile(rb"[\x20-\x7e]{12,}")


def decoded(text: bytes, room: Room) -> Iterator[tuple[str, bytes]]:
    """What is encoded in a text: the name of the encoding, and what comes out, which may be encoded once more."""
    signs = _signs(text, room)
    yield from unpacked(text, room, _MAGIC_SIGN in signs)
    if _UTF16_SIGN in signs:
        yield "UTF-16", from_utf16(text, signs[_UTF16_SIGN][0])
    for sign, (encoding, _, decode) in enumerate(ESCAPES, _UTF16_SIGN + 1):
        if sign in signs and is_text(text):
            yield encoding, decode(text)
    if _TOKEN_SIGN in signs:
        yield from _from_tokens(text, signs[_TOKEN_SIGN], room)


@functools.cache
def _database() -> hyperscan.Database:
    database = hyperscan.Database()
    once = hyperscan.HS_FLAG_DOTALL | hyperscan.HS_FLAG_SINGLEMATCH
    flags = [hyperscan.HS_FLAG_DOTALL if number == _TOKEN_SIGN else once for number in range(len(_SIGNS))]
    database.compile(expressions=_SIGNS, ids=range(len(_SIGNS)), elements=len(_SIGNS), flags=flags)
    return database


def _signs(text: bytes, room: Room) -> dict[int, list[int]]:
    """Where signs of each encoding end, the first alone of all but tokens."""
    signs: dict[int, list[int]] = {}

    def note(number: int, start: int, end: int, flags: int, context: object) -> bool | None:
        ends = signs.setdefault(number, [])
        ends.append(end)
        return len(ends) >= MOST_TOKENS or None

    try:
        _database().scan(text, match_event_handler=note)
    except hyperscan.ScanTerminated:
        room.note(f"of more than {MOST_TOKENS:,} long words the others were not decoded")
    return signs


def _from_tokens(text: bytes, ends: list[int], room: Room) -> Iterator[tuple[str, bytes]]:
    """The tokens that decode to text, as the lines of one text for each encoding; others one by one."""
    texts: dict[str, list[bytes]] = {}
    for token in _tokens(text, ends):
        if token in room.tokens:
            continue
        room.tokens.add(token)
        for encoding, data in _opened(token):
            if is_text(data):
                texts.setdefault(encoding, []).append(data)
            else:
                yield encoding, data
    for encoding, lines in texts.items():
        yield encoding, b"\n".join(lines)


def _tokens(text: bytes, ends: list[int]) -> Iterator[bytes]:
    done = 0
    for end in ends:
        start = end - SHORTEST
        if start >= done and (token := _TOKEN.match(text, start)):
            done = token.end()
            yield token[0]


def _opened(token: bytes) -> Iterator[tuple[str, bytes]]:
    """What a token decodes to, or, where that is nothing, each of its longer parts."""
    whole = _from_token(token)
    if whole:
        yield whole
    elif len(token) <= _LONGEST_PATH and not token.isalnum():
        for part in _PARTS.split(token):
            if len(part) >= SHORTEST and (found := _from_token(part)):
                yield found


def _from_token(token: bytes) -> tuple[str, bytes] | None:
    """A token taken for hex if it may be, for a base64 of nothing but such digits is next to impossible."""
    if token.isalpha() and (token.islower() or token.isupper()):
        return None
    digits = token[2:] if token.startswith((b"0x", b"0X")) else token
    if len(digits) % 2 == 0 and not digits.translate(None, _HEX_DIGITS):
        data = binascii.unhexlify(digits)
        return ("hex", data) if is_text(data) or is_packed(data) else None
    letters = token.translate(_URL_SAFE, _LINE_ENDS)
    whole = len(letters) - (len(letters) % 4 == 1)
    data = binascii.a2b_base64(letters[:whole] + b"==")
    known = is_text(data) or is_packed(data) or looks_deflated(data) or SPOKEN.search(data)
    return ("base64", data) if known else None
