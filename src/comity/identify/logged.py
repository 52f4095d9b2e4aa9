"""Fields in lines of text, as logs have them: ``user=ada email="ada@example.org"``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from comity.identify.fields import beside

#: A name and its value, which may stand in quotes.
_PAIR = re.compile(
    r"""(?<![^\s,;|\[])([^\W\d_][\w.-]{0,40})="""
    r"""(?:"((?:[^"\\]|\\.){0,500})"|'([^'\\]{0,500})'|((?!\$)[^\s"'`(){}<>=;,|]{1,500}))(?=[\s,;|\]]|\Z)"""
)

#: What lines of programs and pages hold besides such pairs: calls, blocks, tags, a line that goes on.
_CODE = re.compile(r"\w\(|[<{}]|[;\\]\s*\Z")

#: A longer line is none of a log, and so many of its fields are looked at.
_LONGEST = 20_000
_MOST = 200


def logged(text: bytes) -> Iterator[tuple[str, str, str]]:
    """The fields of all lines that name two or more: their names and values, and what the line is said of."""
    if text.count(b"=") < 2:
        return
    for line in text.splitlines():
        if line.count(b"=") > 1 and len(line) <= _LONGEST:
            yield from _of_line(line.decode("utf-8", "replace"))


def _of_line(line: str) -> Iterator[tuple[str, str, str]]:
    pairs = [(found[1], found[2] or found[3] or found[4] or "") for found in _PAIR.finditer(line)][:_MOST]
    if len(pairs) < 2 or _CODE.search(_PAIR.sub("", line)):
        return
    said_of = beside.said_of((name, (value,)) for name, value in pairs)
    # In programs a value is passed on by its own name: `password=self.password`.
    yield from ((name, value, said_of) for name, value in pairs if _last(name) != _last(value))


def _last(name: str) -> str:
    return name.rpartition(".")[2].lower()
