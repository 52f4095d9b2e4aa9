"""The disguises of a planted value: every form of it in base64, hex and URL encoding, and the hashes of all these.

Hashes of hashes are sought in hex. Hashes with salt and keyed hashes (HMAC) are not among them: without the salt or key
nobody can find those.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote_from_bytes

from comity.identify.written import forms

HASHES = ("md5", "sha1", "sha256", "sha512")


@dataclass(frozen=True)
class Literal:
    """Bytes that give a value away, and as what; what is not ``hashed`` must stand by itself."""

    text: bytes
    disguise: str
    caseless: bool = False
    hashed: bool = False


def disguises(value: str) -> Iterator[Literal]:
    """All disguises of a value, the plainest first."""
    written = {form.encode(): name for form, name in forms(value).items()}
    known: set[bytes] = set()
    for form, name in written.items():
        if form.lower() not in known:
            known.add(form.lower())
            yield Literal(form, name, caseless=True)
    for form, name in written.items():
        yield from _encoded(form, name)
    for form, name in written.items():
        yield from _hashed(form, name)


def _encoded(form: bytes, name: str) -> Iterator[Literal]:
    yield Literal(form.hex().encode(), _of("hex", name), caseless=True)
    if (quoted := _quoted(form)) != form:
        yield Literal(quoted, _of("URL encoding", name), caseless=True)
    for letters in _base64(form):
        yield Literal(letters, _of("base64", name))


def _hashed(form: bytes, name: str) -> Iterator[Literal]:
    inputs = {form: name, b64encode(form): _of("base64", name), form.hex().encode(): _of("hex", name)}
    inputs.setdefault(_quoted(form), _of("URL encoding", name))
    for text, of in inputs.items():
        for hash in HASHES:
            yield from _written_hash(_digest(hash, text), _of(hash, of))
    for inner in HASHES:
        text = _digest(inner, form).hex().encode()
        for hash in HASHES:
            yield Literal(_digest(hash, text).hex().encode(), _of(hash, _of(inner, name)), caseless=True, hashed=True)


def _written_hash(digest: bytes, name: str) -> Iterator[Literal]:
    yield Literal(digest.hex().encode(), name, caseless=True, hashed=True)
    yield Literal(digest, f"{name}, as bytes", hashed=True)
    for letters in _base64(digest):
        yield Literal(letters, f"{name}, in base64", hashed=True)


def _base64(data: bytes) -> tuple[bytes, ...]:
    return tuple(encode(data).rstrip(b"=") for encode in (b64encode, urlsafe_b64encode))


def _quoted(form: bytes) -> bytes:
    return quote_from_bytes(form, safe="").encode()


def _digest(hash: str, text: bytes) -> bytes:
    return hashlib.new(hash, text, usedforsecurity=False).digest()


def _of(outer: str, inner: str) -> str:
    return f"{outer} of {inner}" if inner else outer
