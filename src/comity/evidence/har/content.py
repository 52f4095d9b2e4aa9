"""The request of an entry as it was sent, and its answer, with what their content is identified by."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from comity.evidence.har.stream import Entry, is_base64
from comity.identify import http
from comity.identify.nested import Pieces

_FORM = "application/x-www-form-urlencoded"

#: What pages are made of: the same for everybody, and long.
_MAKING = re.compile(
    r"\s*(?:(?:image|font|audio|video)/.*|text/css.*|(?:application|text)/(?:x-)?(?:java|ecma)script.*"
    r"|application/(?:wasm|.*font).*)",
    re.IGNORECASE,
)


def pieces_of(entry: Entry) -> Pieces:
    """The content of the request."""
    return http.pieces_of(_request(entry))


def pieces_of_answer(entry: Entry) -> Pieces:
    """The content of the answer, but for what pages are made of (scripts, styles, images, fonts, sound)."""
    sent = _pairs(entry.get("response/headers"))
    media, text = entry.get("response/content/mimeType"), entry.get("response/content/text")
    media = media if isinstance(media, str) else ""
    body = b"" if _MAKING.fullmatch(media) else _body(text, entry.get("response/content/encoding") == "base64")
    # Recorders keep bodies as they were before they were compressed.
    headers = [header for name, value in sent if name.lower() != "content-encoding" for header in _plain(name, value)]
    pieces = http.pieces_of(http.Request("", headers, body=body, media=media))
    pieces.pieces = [replace(piece, where=f"answer, {piece.where}") for piece in pieces.pieces]
    return pieces


def _plain(name: str, value: str) -> list[tuple[str, str]]:
    """A header of an answer; cookies that it sets, a line each, as if they were sent."""
    if name.lower() != "set-cookie":
        return [(name, value)]
    return [("cookie", line.partition(";")[0]) for line in value.split("\n")]


def _request(entry: Entry) -> http.Request:
    """The request, as far as it was recorded; what is not of the form that HAR prescribes is left out."""
    headers = _pairs(entry.get("request/headers"))
    cookies = _pairs(entry.get("request/cookies"))
    if any(name.lower() == "cookie" for name, _ in headers):
        cookies = []
    media = entry.get("request/postData/mimeType")
    text = entry.get("request/postData/text")
    parameters = entry.get("request/postData/params")
    if not (isinstance(text, str) and text) and parameters:
        text, media = urlencode(_pairs(parameters) + _pairs(parameters, "fileName")), _FORM
        headers = [(name, value) for name, value in headers if name.lower() != "content-type"]
    body = _body(text, is_base64(entry))
    return http.Request(str(entry["request/url"]), headers, cookies, body, media if isinstance(media, str) else "")


def _pairs(items: Any, value: str = "value") -> list[tuple[str, str]]:
    """Names and values of a list of objects."""
    rows = items if isinstance(items, list) else []
    pairs = ((row.get("name"), row.get(value)) for row in rows)
    return [(name, text) for name, text in pairs if isinstance(name, str) and isinstance(text, str)]


def _body(text: Any, encoded: bool) -> bytes | str:
    if not isinstance(text, str):
        return b""
    if encoded:
        try:
            return base64.b64decode(text)
        except ValueError:
            return text
    # Some recorders write compressed bytes as letters.
    return text.encode("latin-1", "replace") if text.startswith("\x1f\x8b") else text
