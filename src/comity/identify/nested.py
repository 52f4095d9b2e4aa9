"""Values with their names as pieces of content: what a value itself holds, a URL or JSON, is opened as well."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import ijson

from comity.identify.model import Piece

#: One record gives no more pieces than this; of what is beyond it, the text is scanned without the names of fields.
MOST_PIECES = 10_000

#: Values within values are opened so deep, JSON is followed so deep.
_DEEPEST = 3
_DEEPEST_JSON = 100

_BEYOND = "more values in one request than are looked at: the rest was not scanned"
_UNNAMED = "more values in one request than are looked at by name: the others were scanned without their names"

_URL = re.compile(r"(?:https?|wss?)://[^\s\"<>]+", re.IGNORECASE)

#: What the name of a field may look like; anything else in its place is a value, and so are long numbers within it.
_NAME = re.compile(r"[\w$.:\[\]()/*|+#~ -]{0,80}")
_VALUE_IN_NAME = re.compile(r"\d{5,}|(?<![0-9a-f])(?=[a-f]*\d)[0-9a-f]{16,}(?![0-9a-f])", re.IGNORECASE)


@dataclass
class Pieces:
    """The pieces of one record, and what of it won't be scanned, in words without any of its values."""

    pieces: list[Piece] = field(default_factory=list)
    unscanned: list[str] = field(default_factory=list)

    def add(self, name: str, value: str | bytes, where: str, depth: int = 0) -> None:
        """A value by the name of its field. A URL or JSON in it is opened, its fields get longer names."""
        shown = shown_name(name)
        if shown != name:
            self.keep("", name, where)
        if isinstance(value, str) and depth < _DEEPEST:
            if _URL.fullmatch(value) and self.url(value, where, shown, depth + 1):
                return
            if value[:1] in ("{", "[") and self.json(value, where, shown, depth + 1):
                return
        if value:
            self.keep(shown, value, where)

    def url(self, text: str, where: str = "", within: str = "", depth: int = 0) -> bool:
        """The parts of a URL but for scheme, host and fragment, which is never sent; False where it is no URL."""
        try:
            url = urlsplit(text)
            user, password = url.username, url.password
        except ValueError:
            return False
        for name, value in (("username", user), ("password", password)):
            self.add(_join(within, name), unquote(value or ""), where or "url", depth)
        for segment in url.path.split("/", MOST_PIECES):
            plain, *parameters = segment.split(";", MOST_PIECES)
            self.add(within, unquote(plain), where or "path", depth)
            for parameter in parameters:
                name, _, value = parameter.partition("=")
                self.add(_join(within, unquote(name)), unquote(value), where or "path", depth)
        return self.form(url.query, where or "query", within, depth)

    def form(self, text: str, where: str, within: str = "", depth: int = 0) -> bool:
        """The parameters of a query or a form."""
        try:
            parameters = parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=MOST_PIECES)
        except ValueError:
            self.unnamed(text, where)
            return True
        for name, value in parameters:
            if value:
                self.add(_join(within, name), value, where, depth)
            else:
                self.add(within, name, where, depth)
        return True

    def json(self, text: str, where: str, within: str = "", depth: int = 0) -> bool:
        """The values of one or more JSON documents by their paths; False where the text isn't JSON to its end."""
        try:
            for path, value in _scalars(ijson.basic_parse(BytesIO(text.encode("utf-8", "replace")), **_AT_ONCE)):
                if len(self.pieces) >= MOST_PIECES:
                    self.unnamed(text, where)
                    return True
                self.add(_join(within, *path), value, where, depth)
        except (ijson.JSONError, ValueError, _TooDeep):
            return False
        return True

    def unnamed(self, text: str, where: str) -> None:
        """A text with more values than are looked at one by one."""
        self.unscanned.append(_UNNAMED)
        self.pieces.append(Piece("", text, where))

    def keep(self, name: str, value: str | bytes, where: str) -> None:
        """A value as it is, by the name of its field as it may be shown."""
        if len(self.pieces) < MOST_PIECES:
            self.pieces.append(Piece(name, value, where))
        elif _BEYOND not in self.unscanned:
            self.unscanned.append(_BEYOND)


class _TooDeep(Exception):  # noqa: N818 - never leaves this module
    """JSON nested too deeply."""


#: In small blocks a long value would be begun anew with each of them.
_AT_ONCE: dict[str, Any] = {"use_float": True, "multiple_values": True, "buf_size": 1 << 20}


def _scalars(events: Iterable[tuple[str, Any]]) -> Iterator[tuple[list[str], str]]:
    """Texts and numbers with the keys that lead to them; lists add nothing to the path."""
    path: list[str | None] = []
    for event, value in events:
        if event.startswith("start"):
            path.append(None)
            if len(path) > _DEEPEST_JSON:
                raise _TooDeep
        elif event.startswith("end"):
            path.pop()
        elif event == "map_key":
            path[-1] = value
        elif event in ("string", "number"):
            yield [key for key in path if key], str(value)


def shown_name(name: str) -> str:
    """A name as it may be shown: '' for what is no name but a value, and without long numbers."""
    return _VALUE_IN_NAME.sub("#", name) if _NAME.fullmatch(name) else ""


def _join(*names: str) -> str:
    return ".".join(name for name in names if name)
