"""Values with their names as pieces of content: what a value itself holds, a URL or JSON, is opened as well."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import parse_qsl, unquote, urlsplit

import ijson

from comity.identify.fields import beside
from comity.identify.model import Piece
from comity.identify.records import TooDeep, Value, fields, joined, values

#: One record gives no more pieces than this; of what is beyond it, the text is scanned without the names of fields.
MOST_PIECES = 10_000

#: Values within values are opened so deep.
_DEEPEST = 3

_BEYOND = "more values in one request than are looked at: the rest was not scanned"
_UNNAMED = "more values in one request than are looked at by name: the others were scanned without their names"

_URL = re.compile(r"(?:https?|wss?)://[^\s\"<>]+", re.IGNORECASE)

#: What the name of a field may look like; anything else in its place is a value, and so are long numbers within it.
_NAME = re.compile(r"[\w$.:\[\]()/*|+#~ -]{0,80}")
_VALUE_IN_NAME = re.compile(r"\d{5,}|(?<![0-9a-f])(?=[a-f]*\d)[0-9a-f]{16,}(?![0-9a-f])", re.IGNORECASE)


@dataclass(frozen=True)
class Member(Piece):
    """A piece of a record; ``said_of`` is what the fields beside it are said of: ``person`` or ``thing``."""

    said_of: str = ""


@dataclass
class Pieces:
    """The pieces of one record, and what of it won't be scanned, in words without any of its values."""

    pieces: list[Piece] = field(default_factory=list)
    unscanned: list[str] = field(default_factory=list)

    def add(self, name: str, value: str | bytes, where: str, depth: int = 0, said_of: str = "") -> None:
        """A value by the name of its field. A URL or JSON in it is opened, its fields get longer names.

        ``said_of`` is what the fields beside it are said of, '' where they don't tell.
        """
        shown = shown_name(name)
        if shown != name:
            self.keep("", name, where)
        if isinstance(value, str) and depth < _DEEPEST:
            if _URL.fullmatch(value) and self.url(value, where, shown, depth + 1):
                return
            if value[:1] in ("{", "[") and self.json(value, where, shown, depth + 1):
                return
        if value:
            self.keep(shown, value, where, said_of)

    def url(self, text: str, where: str = "", within: str = "", depth: int = 0) -> bool:
        """The parts of a URL but for scheme, host and fragment, which is never sent; False where it is no URL."""
        try:
            url = urlsplit(text)
            user, password = url.username, url.password
        except ValueError:
            return False
        for name, value in (("username", user), ("password", password)):
            self.add(joined(within, name), unquote(value or ""), where or "url", depth)
        for segment in url.path.split("/", MOST_PIECES):
            plain, *parameters = segment.split(";", MOST_PIECES)
            self.add(within, unquote(plain), where or "path", depth)
            for parameter in parameters:
                name, _, value = parameter.partition("=")
                self.add(joined(within, unquote(name)), unquote(value), where or "path", depth)
        return self.form(url.query, where or "query", within, depth)

    def form(self, text: str, where: str, within: str = "", depth: int = 0) -> bool:
        """The parameters of a query or a form."""
        try:
            parameters = parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=MOST_PIECES)
        except ValueError:
            self.unnamed(text, where)
            return True
        said_of = beside.said_of((joined(within, name), (value,)) for name, value in parameters)
        for name, value in parameters:
            if value:
                self.add(joined(within, name), value, where, depth, said_of)
            else:
                self.add(within, name, where, depth)
        return True

    def json(self, text: str, where: str, within: str = "", depth: int = 0) -> bool:
        """The values of one or more JSON documents by their names; False where the text isn't JSON to its end."""
        found: list[Value] = []
        room, whole = MOST_PIECES - len(self.pieces), True
        try:
            for value in islice(values(text), room + 1):
                found.append(value)  # noqa: PERF402 - what was read before a fault is kept
        except (ijson.JSONError, ValueError, TooDeep):
            whole = False
        for value in fields(found[:room], within):
            if len(self.pieces) >= MOST_PIECES:
                break
            self.add(joined(within, *value.path), value.text, where, depth, value.said_of)
        else:
            if len(found) <= room:
                return whole
        self.unnamed(text, where)
        return True

    def unnamed(self, text: str, where: str) -> None:
        """A text with more values than are looked at one by one."""
        self.unscanned.append(_UNNAMED)
        self.pieces.append(Piece("", text, where))

    def keep(self, name: str, value: str | bytes, where: str, said_of: str = "") -> None:
        """A value as it is, by the name of its field as it may be shown."""
        if len(self.pieces) < MOST_PIECES:
            self.pieces.append(Member(name, value, where, said_of) if said_of else Piece(name, value, where))
        elif _BEYOND not in self.unscanned:
            self.unscanned.append(_BEYOND)


def shown_name(name: str) -> str:
    """A name as it may be shown: '' for what is no name but a value, and without long numbers."""
    return _VALUE_IN_NAME.sub("#", name) if _NAME.fullmatch(name) else ""
