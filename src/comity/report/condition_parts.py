"""A condition as a tree to be put into words: CEL, with ``and`` and ``or`` where what is lacking was joined by words.

It reads what is already checked, so it refuses little; what it does refuse (``?:``) is shown as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    |(?P<number>-?\d+(?:\.\d+)?)
    |(?P<word>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
    |(?P<sign>&&|\|\||[=!<>]=|[!<>+()\[\],.]))""",
    re.X,
)

#: Comparisons, ``in`` among them.
COMPARISONS = ("==", "!=", "<=", ">=", "<", ">", "in")

_AND, _OR = ("and", "&&"), ("or", "||")

#: Brackets may not stand deeper: no rule comes near it, and Python's own stack is not without end.
_DEEPEST = 60


class UnreadableError(ValueError):
    """A text that is no condition as it is read here."""


@dataclass(frozen=True)
class Part:
    """A part of a condition.

    ``kind`` is ``and``, ``or``, ``not``, a comparison, ``+``, ``list``, ``call``, or of a leaf ``name``, ``text``,
    ``number`` or ``bool``. ``text`` is a leaf's own (a text's without quotes) or the function's name; of a method the
    first of ``parts`` is what it is called on. ``source`` is how the part is written.
    """

    kind: str
    text: str
    parts: tuple[Part, ...]
    source: str


def read(source: str) -> Part:
    """The tree of a condition. Raises ``UnreadableError``."""
    reader = _Reader(source)
    part = reader.any()
    reader.end()
    return part


class _Reader:
    """Reads from left to right; each method reads what binds tighter than the one before it."""

    def __init__(self, source: str) -> None:
        self._source, self._at, self._depth = source, 0, 0
        self._tokens: list[tuple[str, str, int, int]] = []
        place = 0
        while source[place:].strip():
            found = _TOKEN.match(source, place)
            if not found or not found.lastgroup:
                raise UnreadableError(source)
            kind, place = found.lastgroup, found.end()
            self._tokens.append((kind, found[kind], found.start(kind), place))
        self._tokens.append(("end", "", place, place))

    def end(self) -> None:
        """Nothing may be left."""
        if self._tokens[self._at][0] != "end":
            raise UnreadableError(self._source)

    def any(self) -> Part:
        """One or several, of which any is enough."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise UnreadableError(self._source)
        part = self._joined("or", _OR, self._all)
        self._depth -= 1
        return part

    def _all(self) -> Part:
        return self._joined("and", _AND, self._compared)

    def _joined(self, kind: str, words: tuple[str, ...], inner: Callable[[], Part]) -> Part:
        start = self._at
        parts = [inner()]
        while self._next(*words):
            parts.append(inner())
        return self._part(kind, start, *parts) if len(parts) > 1 else parts[0]

    def _compared(self) -> Part:
        start = self._at
        left = self._sum()
        sign = self._next(*COMPARISONS)
        if not sign:
            return left
        if left.kind == "not":
            raise UnreadableError(self._source)
        return self._part(sign, start, left, self._sum())

    def _sum(self) -> Part:
        return self._joined("+", ("+",), self._called)

    def _called(self) -> Part:
        start = self._at
        if self._next("!"):
            return self._part("not", start, self._called())
        part = self._leaf()
        while self._next("."):
            name = self._take("word")
            part = self._part("call", start, part, *self._arguments(), text=name)
        return part

    def _leaf(self) -> Part:
        start = self._at
        kind, text, _, _ = self._tokens[self._at]
        if self._next("("):
            part = self.any()
            self._must(")")
            return part
        if self._next("["):
            return self._part("list", start, *self._until("]"))
        if kind not in ("text", "number", "word") or text in ("and", "or", "in"):
            raise UnreadableError(self._source)
        self._at += 1
        if kind == "word" and self._tokens[self._at][1] == "(":
            return self._function(text, start)
        if kind == "word":
            kind = "bool" if text in ("true", "false") else "name"
        return self._part(kind, start, text=text[1:-1] if kind == "text" else text)

    def _function(self, name: str, start: int) -> Part:
        """``size(x)``, or ``x.exists(…)``: then ``x`` is the first of what the function is given."""
        target, _, function = name.rpartition(".")
        on = (Part("name", target, (), target),) if target else ()
        return self._part("call", start, *on, *self._arguments(), text=function)

    def _arguments(self) -> list[Part]:
        self._must("(")
        return self._until(")")

    def _until(self, closing: str) -> list[Part]:
        parts: list[Part] = []
        while not self._next(closing):
            if parts:
                self._must(",")
            parts.append(self.any())
        return parts

    def _next(self, *signs: str) -> str:
        """The next sign if it is one of these, which is then read."""
        kind, text, _, _ = self._tokens[self._at]
        if kind in ("sign", "word") and text in signs:
            self._at += 1
            return text
        return ""

    def _must(self, sign: str) -> None:
        if not self._next(sign):
            raise UnreadableError(self._source)

    def _take(self, kind: str) -> str:
        found, text, _, _ = self._tokens[self._at]
        if found != kind:
            raise UnreadableError(self._source)
        self._at += 1
        return text

    def _part(self, kind: str, start: int, *parts: Part, text: str = "") -> Part:
        """A part that began with the token ``start`` and ends before the next one."""
        source = self._source[self._tokens[start][2] : self._tokens[self._at - 1][3]]
        return Part(kind, text, parts, source)
