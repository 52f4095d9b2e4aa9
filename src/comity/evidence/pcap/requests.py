"""HTTP requests out of what one end of a connection sent: one after another, whole or cut short."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from email.parser import HeaderParser

from comity.identify.http import Request, header

#: More requests of one connection are not read.
_MOST = 1_000

_LEFT = f"what follows requests in clear and is none, or follows {_MOST:,} of them: not scanned"

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_FIRST_LINE = re.compile(r"[A-Z]{2,20} (.+)")
_VERSION = re.compile(r" HTTP/\d\.\d\s*$")
_SIZE = re.compile(rb"\s*([0-9a-fA-F]{1,8})[^\r\n]{0,200}\r?\n")


def requests(sent: bytes, left: list[str]) -> Iterator[Request]:
    """The requests in what was sent. What is no request ends them, and the body of the last may be cut.

    What was not read after them is told in ``left``, in words.
    """
    for _ in range(_MOST):
        if not sent.strip():
            return
        head, *after = _BLANK_LINE.split(sent.lstrip(b"\r\n"), maxsplit=1)
        first, _, fields = head.decode("utf-8", "replace").replace("\r\n", "\n").partition("\n")
        line = _FIRST_LINE.fullmatch(first)
        if not line:
            break
        headers = [(name, str(value)) for name, value in HeaderParser().parsestr(fields).items()]
        request = Request(_VERSION.sub("", line[1]), headers)
        body, sent = _body(request, b"".join(after))
        yield replace(request, body=body)
        if first.startswith("CONNECT ") or header(request, "upgrade"):
            break  # what follows is another protocol
    if sent.strip():
        left.append(_LEFT)


def _body(request: Request, after: bytes) -> tuple[bytes, bytes]:
    """The body of a request, and what stands after it."""
    if "chunked" in header(request, "transfer-encoding").lower():
        return _chunks(after)
    told = header(request, "content-length").strip()
    size = int(told) if re.fullmatch("[0-9]{1,18}", told) else 0
    return after[:size], after[size:]


def _chunks(data: bytes) -> tuple[bytes, bytes]:
    """A body in chunks put together, and what stands after it."""
    body, at = bytearray(), 0
    while size := _SIZE.match(data, at):
        length = int(size[1], 16)
        if not length:
            _, *after = _BLANK_LINE.split(data[size.end() - 2 :], maxsplit=1)
            return bytes(body), b"".join(after)
        body += data[size.end() : size.end() + length]
        at = size.end() + length
    return bytes(body), b""
