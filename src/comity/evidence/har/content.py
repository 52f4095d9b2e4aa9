"""The request of an entry as it was sent, with what its content is identified by."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlencode

from comity.evidence.har.stream import Entry
from comity.identify.http import Request

_FORM = "application/x-www-form-urlencoded"


def request_of(entry: Entry) -> Request:
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
    return Request(str(entry["request/url"]), headers, cookies, body, media if isinstance(media, str) else "")


def is_base64(entry: Entry) -> bool:
    """Whether the text of the body is base64."""
    return "base64" in (entry.get("request/postData/encoding"), entry.get("request/postData/_encoding"))


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
