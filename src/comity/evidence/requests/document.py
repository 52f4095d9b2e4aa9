"""A register of requests as a document: a list of mappings in YAML 1.2 or JSON, alone or under `requests`."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import ijson
import yaml12

from comity.evidence._documents import load_json, whole
from comity.evidence.base import EvidenceFile, Head
from comity.evidence.facts.record import Refused, shown
from comity.evidence.requests.record import COLUMNS, NONE, NOTE, is_register, plain, unknown
from comity.vocabulary import REQUEST, Type

_REQUESTS = "requests"

#: YAML of more bytes than this is not read: it takes many times as much memory.
_LARGEST = 16 * 1024 * 1024

#: Anchors, and the aliases that go back to them. A few lines of both can stand for gigabytes; no register needs any.
_ANCHOR = re.compile(r"(?:^|[\s\[{,:-])&([^\s,\[\]{}]+)")
_ALIAS = re.compile(r"(?:^|[\s\[{,:-])\*([^\s,\[\]{}]+)")

_ITEM = re.compile(r"(?m)^( *)-\s")


def recognise(head: Head) -> bool:
    """Whether the first mapping of the list has the columns of a register."""
    names = _first_of_json(head) if is_json(head) else _first_of_yaml(head)
    return is_register(map(plain, names))


def is_json(head: Head) -> bool:
    """Whether it is JSON: what else begins with a bracket is not told from it."""
    return head.text.lstrip().startswith(("{", "["))


def records(file: EvidenceFile) -> Iterator[tuple[int, dict[str, str] | Refused]]:
    """Each request's number, counted from 1, and its values as cells would hold them, or why there are none.

    Raises ``EvidenceError`` where the document is broken, too large, or no list of requests.
    """
    found = [load_json(file)] if is_json(file.head) else _load_yaml(file)
    requests = [request for document in found for request in _requests(file, document)]
    for number, request in enumerate(requests, 1):
        try:
            yield number, _cells(request)
        except Refused as refused:
            yield number, refused


def _requests(file: EvidenceFile, document: Any) -> list[Any]:
    if isinstance(document, dict):
        for name in document:
            if name not in (_REQUESTS, NOTE):
                raise file.error(
                    f"unknown key `{shown(str(name))}` beside `{_REQUESTS}`", help="remarks go into `note`"
                )
        document = document.get(_REQUESTS)
    if not isinstance(document, list):
        raise file.error(f"`{file.path}` holds no list of requests")
    return document


def _cells(request: Any) -> dict[str, str]:
    if not isinstance(request, dict) or not all(isinstance(name, str) for name in request):
        raise Refused("not a mapping of columns to values")
    cells = {}
    for name, value in request.items():
        column = plain(name)
        if column == NOTE:
            continue
        if column not in COLUMNS:
            raise Refused(f"unknown column `{shown(name)}`, {unknown(column)}")
        if column in cells:
            raise Refused(f"`{column}` is there twice")
        cells[column] = _cell(column, value)
    return cells


def _cell(column: str, value: Any) -> str:
    """A value as a clerk would write it into a cell."""
    if value is None:
        return ""
    if isinstance(value, bool) and _type(column) is Type.BOOL:
        return "yes" if value else "no"
    if _type(column) is Type.STRINGS and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ";".join(value) or NONE
    if not isinstance(value, str):
        # A number would have lost what stood there: 0012, 1.10.
        raise Refused(f"`{column}` must be text: put it in quotes")
    return value


def _type(column: str) -> Type:
    return REQUEST.by_name[COLUMNS[column].attribute].type


def _first_of_json(head: Head) -> list[str]:
    """The keys of the first mapping, as far as the head shows them."""
    start = head.start.decode(json.detect_encoding(head.start), errors="ignore").removeprefix("\ufeff")
    found: list[str] = []
    path: list[str | None] = []
    with suppress(ijson.JSONError):  # the head may end in the middle of it
        # Without floats the parser crashes on a number of thousands of digits.
        for event, value in ijson.basic_parse(io.BytesIO(start.encode()), use_float=True):
            if event.startswith("start"):
                path.append(None)
            elif event.startswith("end"):
                if _is_request(path):
                    break
                path.pop()
            elif event == "map_key":
                path[-1] = value
                found += [value] if _is_request(path) else []
    return found


def _is_request(path: list[str | None]) -> bool:
    """Whether a path leads into a mapping of the list: an array has no key, an object that of the value at hand."""
    return len(path) in (2, 3) and path[:-1] in ([None], [_REQUESTS, None])


def _first_of_yaml(head: Head) -> list[str]:
    """The keys of the first mapping; none where the head does not hold it whole."""
    text = head.text
    items = list(_ITEM.finditer(text))
    second = next((item.start() for item in items[1:] if item[1] == items[0][1]), None)
    if not items or (second is None and not head.whole):
        return []
    try:
        (document, *_) = _parse(text[:second])
    except ValueError:
        return []
    requests = document.get(_REQUESTS) if isinstance(document, dict) else document
    first = requests[0] if isinstance(requests, list) and requests else None
    return [name for name in first if isinstance(name, str)] if isinstance(first, dict) else []


def _load_yaml(file: EvidenceFile) -> list[Any]:
    content = whole(file, _LARGEST, "keep it as CSV, or split it")
    try:
        return _parse(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise file.error(f"`{file.path}` is not UTF-8") from None
    except ValueError as error:
        line = re.search(r" line (\d+)", str(error))
        reason = re.split(r" at (?:byte|line) ", str(error).removeprefix("YAML parse error: "))[0]
        raise file.error(f"`{file.path}` is no YAML 1.2: {reason}", int(line[1]) if line else None) from None


def _parse(text: str) -> list[Any]:
    """The documents of a YAML stream. Raises ``ValueError``."""
    if set(_ANCHOR.findall(text)) & set(_ALIAS.findall(text)):
        raise ValueError("anchors and aliases (`*name`) are not read here")
    found: list[Any] = yaml12.parse_yaml(text, multi=True)
    return found
