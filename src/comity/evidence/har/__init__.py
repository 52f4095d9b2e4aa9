"""HTTP Archive (HAR) 1.2: what a browser's developer tools or a scanner recorded of its own requests.

Specification: http://www.softwareishard.com/blog/har-12-spec/. Every entry that touched the network is a `flow`:

    startedDateTime                     at (an offset is needed, without one it is not known)
    request.url                         host, or address where it is an IP address; application and encrypted by scheme
    serverIPAddress                     address
    request.headersSize + bodySize      bytes, where recorded (else the length of postData)
    response.headersSize + bodySize     bytes_back, where recorded (else _transferSize)
    no answer (status 0, an error)      blocked
    url, headers, cookies, postData     data, personal, sensitive: by what is found in them

The record is made by the application of the person concerned: `client` is true. Bodies, query strings, cookies and
other headers are looked at and never kept, but for what was found in them, masked. Responses are looked at where
nothing is judged, and are no data of the flow: what they hold goes the other way. The file is parsed as a stream:
memory holds one entry of it at a time.
"""

from __future__ import annotations

import codecs
import io
import ipaddress
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import IO, Any
from urllib.parse import SplitResult, urlsplit

import ijson

from comity.evidence.base import EvidenceFile, FactTables, Head, Reading
from comity.evidence.har.stream import BrokenOff, Entry, entries, is_base64
from comity.identify import Content, Detection, Identifier
from comity.identify.knowing import KNOWN, TOLD, identified, known

NAME = "har"
TITLE = "HTTP Archive: requests recorded by a browser, a proxy or a scanner"

_COLUMNS = (
    *("file", "position", "client", "at", "host", "address", "application", "encrypted"),
    *("bytes", "bytes_back", "blocked", *KNOWN),
)
SUPPLIES = {"flow": frozenset((*_COLUMNS[3:], *TOLD))}

_BATCH = 5_000

#: What the `log` of a HAR has; the head may end before its entries begin.
_LOG_KEYS = {"entries", "creator", "pages", "version", "browser"}

#: Schemes that go over a network, and whether they encrypt.
_SCHEMES = {"http": False, "https": True, "ws": False, "wss": True}

_LONGEST_SCHEME = 40
_LONGEST_HOST = 255


#: What was found in an entry: number of the file, position, detections.
_Found = tuple[int, int, Sequence[Detection]]


class _NotAFlow(Exception):  # noqa: N818 - a verdict on an entry, not an error of the program
    """Why an entry is not read."""


def recognise(head: Head) -> bool:
    """A JSON object that has a `log` with some of what only a HAR's has."""
    text = head.start.removeprefix(codecs.BOM_UTF8).lstrip()
    if not text.startswith(b"{") or b'"log"' not in text:
        return False
    keys: list[str | None] = []
    last = None
    with suppress(ijson.JSONError):
        for event, value in ijson.basic_parse(io.BytesIO(text), use_float=True):
            if event == "map_key":
                keys[-1] = last = value
                if keys[0] == "log" and len(keys) == 2 and value in _LOG_KEYS:
                    return True
            elif event.startswith("start"):
                keys.append(None)
            elif event.startswith("end"):
                keys.pop()
    # A comment may be longer than the head.
    return not head.whole and keys == ["log", "comment"] == ["log", last]


def read(file: EvidenceFile, tables: FactTables) -> Reading:
    """Read the entries of a log, one at a time."""
    reading = Reading(NAME)
    notes: Counter[str] = Counter()
    rows: list[tuple[Any, ...]] = []
    found: list[_Found] = []
    with file.open() as stream:
        for position, entry in _until_break(file, stream, reading):
            try:
                flow = _flow(entry, notes)
            except _NotAFlow as reason:
                reading.skip(where(position), str(reason))
                continue
            answered = entry is not None and not flow[-1]
            content = _content(entry, tables.identifier, notes) if entry and answered else Content()
            found.append((file.number, position, content.detections))
            if entry and answered and tables.answers:
                found.append((file.number, position, _answer(entry, tables.identifier, notes).detections))
            rows.append((file.number, position, True, *flow, *known(content)))
            if len(rows) >= _BATCH:
                _append(tables, reading, rows, found)
    _append(tables, reading, rows, found)
    reading.notes += [f"{count:,} × {note}" for note, count in sorted(notes.items())]
    return reading


def where(position: int) -> str:
    """The entry as a JSON pointer (RFC 6901)."""
    return f"/log/entries/{position}"


def _until_break(file: EvidenceFile, stream: IO[bytes], reading: Reading) -> Iterator[tuple[int, Entry | None]]:
    try:
        yield from entries(file, stream)
    except BrokenOff as broken:
        (position,) = broken.args
        if position is None:
            reading.notes.append("the file is damaged after its last entry")
        else:
            reading.skip(where(position), "the file breaks off or is damaged here")


def _append(tables: FactTables, reading: Reading, rows: list[tuple[Any, ...]], found: list[_Found]) -> None:
    tables.append("flow", _COLUMNS, rows)
    tables.detect("flow", found)
    reading.read += len(rows)
    rows.clear()
    found.clear()


def _content(entry: Entry, identifier: Identifier, notes: Counter[str]) -> Content:
    from comity.evidence.har.content import pieces_of

    return identified(identifier, pieces_of(entry), notes)


def _answer(entry: Entry, identifier: Identifier, notes: Counter[str]) -> Content:
    from comity.evidence.har.content import pieces_of_answer

    return identified(identifier, pieces_of_answer(entry), notes)


def _flow(entry: Entry | None, notes: Counter[str]) -> tuple[Any, ...]:
    """What an entry says, as columns. Raises ``_NotAFlow``."""
    if entry is None:
        raise _NotAFlow("not an object")
    url = _url(entry.get("request/url"))
    _must_have_moved(entry)
    literal = _address(url.hostname or "")
    host = None if literal else _host(url)
    blocked = not _size(entry.get("response/status"))
    sent, back = (None, None) if blocked else (_sent(entry), _back(entry))
    address = literal or _server(entry.get("serverIPAddress"), notes)
    at = _time(entry.get("startedDateTime"), notes)
    return at, host, address, url.scheme, _SCHEMES[url.scheme], sent, back, blocked


def _url(text: Any) -> SplitResult:
    if not isinstance(text, str) or not text:
        raise _NotAFlow("no request.url")
    scheme = text[:_LONGEST_SCHEME].strip().partition(":")[0].lower()
    if scheme not in _SCHEMES:
        if re.fullmatch("[a-z][a-z0-9+.-]*", scheme) and ":" in text:
            raise _NotAFlow(f"`{scheme}:` goes over no network that a HAR records")
        raise _NotAFlow("request.url is not a URL")
    try:
        url = urlsplit(text)
        host = url.hostname
    except ValueError:
        host = None
    if not host:
        raise _NotAFlow("request.url is not a URL")
    return url


def _must_have_moved(entry: Entry) -> None:
    """Refuse what came from a cache or a worker of the browser itself."""
    if entry.get("_fromCache"):
        raise _NotAFlow("served from a cache")
    if entry.get("response/_fetchedViaServiceWorker"):
        raise _NotAFlow("served by a service worker; what that fetched has an entry of its own")
    if entry.get("serverIPAddress") or entry.get("connection"):
        return
    answered, length = _size(entry.get("response/status")), _size(entry.get("response/bodySize"))
    # Older browsers show a cached answer by what is missing: no connection, and no bytes of the body they have,
    # or a body without any status.
    if answered and length == 0 and _size(entry.get("response/_transferSize")) == 0:
        raise _NotAFlow("served from a cache")
    if not answered and (length or _size(entry.get("response/content/size"))):
        raise _NotAFlow("served from a cache")


def _host(url: SplitResult) -> str:
    host = (url.hostname or "").rstrip(".")
    with suppress(UnicodeError):
        host = host if host.isascii() else host.encode("idna").decode()
    if not re.fullmatch(r"[\w-]+(\.[\w-]+)*", host) or len(host) > _LONGEST_HOST:
        raise _NotAFlow("request.url is not a URL")
    return host


@lru_cache(maxsize=10_000)
def _address(text: str) -> str | None:
    """An IP address in canonical form, without brackets, port and zone; None for what is none."""
    bare = re.sub(r"^\[(.*)\](:\d+)?$|^([\d.]+):\d+$", r"\1\3", text.strip()).partition("%")[0]
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)


def _server(text: Any, notes: Counter[str]) -> str | None:
    found = {_address(part) for part in re.split(r"[,;\s]+", text)} - {None} if isinstance(text, str) else set()
    if len(found) > 1:
        notes["several addresses in serverIPAddress: not known which"] += 1
    return found.pop() if len(found) == 1 else None


def _time(text: Any, notes: Counter[str]) -> str | None:
    try:
        time = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        notes["startedDateTime is missing or not a time: when it happened is not known"] += 1
        return None
    if time.tzinfo is None:
        notes["startedDateTime without offset from UTC: when it happened is not known"] += 1
        return None
    with suppress(OverflowError):
        return time.astimezone(UTC).isoformat()
    return None


def _size(value: Any) -> int | None:
    """A number of bytes, None where it isn't known: HAR writes -1."""
    if isinstance(value, str) and re.fullmatch("[0-9]{1,18}", value):
        return int(value)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if number and 0 <= value < 1 << 62 else None


def _sent(entry: Entry) -> int | None:
    headers, body = _size(entry.get("request/headersSize")), _size(entry.get("request/bodySize"))
    posted = entry.get("request/postData/text")
    if body is None and isinstance(posted, str):
        body = len(posted.rstrip("=")) * 3 // 4 if is_base64(entry) else len(posted.encode())
    # Something was sent in any case: an empty body says nothing of headers that weren't counted.
    return ((headers or 0) + (body or 0)) or None


def _back(entry: Entry) -> int | None:
    headers, body = _size(entry.get("response/headersSize")), _size(entry.get("response/bodySize"))
    if headers is not None and body is not None:
        return headers + body
    return _size(entry.get("response/_transferSize")) or ((headers or 0) + (body or 0)) or None
