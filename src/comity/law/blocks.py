"""YAML 1.2 blocks inside Markdown, with the line each key stands on, and checks on their keys and values."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import yaml12
from markdown_it import MarkdownIt

from comity.errors import PackError, Place, did_you_mean, nearest

_BYTE = re.compile(r" at byte \d+.*")
_ERROR_LINE = re.compile(r"line (\d+)")
_KEY = re.compile(r"^(['\"]?)([\w-]+)\1\s*:", re.M)

#: Finds headings and fenced blocks; what stands within a line is left as it is.
_MARKDOWN = MarkdownIt("zero").enable(["fence", "heading"]).disable("inline")


@dataclass(frozen=True)
class Block:
    """A block of YAML: ``line`` is the file's line of its first line of text, ``heading`` the one it stands under.

    ``chapter`` is the heading of the second level above it.
    """

    file: str
    kind: str
    line: int
    text: str
    heading: str = ""
    chapter: str = ""

    @cached_property
    def data(self) -> dict[str, Any]:
        """What it says, by top-level key. Raises ``PackError`` at the line that is wrong."""
        data = self._parsed()
        if not isinstance(data, dict):
            raise self.error(f"a {self.kind} is written as `key: value` lines")
        for key, value in data.items():
            if isinstance(value, yaml12.Yaml):
                raise self.error(f"`{key}` begins with a mark that YAML reads as a tag", str(key), "quote it: '…'")
        keys = [found[2] for found in _KEY.finditer(self.text)]
        if repeated := next((key for key in keys if keys.count(key) > 1), None):
            raise self.error(f"`{repeated}` is given twice", repeated)
        return {str(key): value for key, value in data.items()}

    def _parsed(self) -> Any:
        try:
            return yaml12.parse_yaml(self.text)
        except ValueError as error:
            found = _ERROR_LINE.search(str(error))
            offset = int(found[1]) - 1 if found else 0
            lines = self.text.splitlines()
            place = Place(self.file, self.line + offset, None, lines[offset] if offset < len(lines) else None)
            message = _BYTE.sub("", str(error).removeprefix("YAML parse error: "))
            help = 'quote expressions that hold `: `, or begin with `!` or `"`'
            raise PackError("pack", message, place, help) from None

    def check(self) -> None:
        """Raise ``PackError`` where it can't be read."""
        _ = self.data

    def place(self, key: str | None = None) -> Place:
        """The place of a top-level key, or of the whole block."""
        for offset, line in enumerate(self.text.splitlines()):
            if key is not None and re.match(rf"['\"]?{re.escape(key)}['\"]?\s*:", line):
                return Place(self.file, self.line + offset, 1, line, len(key))
        return Place(self.file, self.line)

    def error(self, summary: str, key: str | None = None, help: str | None = None) -> PackError:
        """An error about the block, or about one of its keys."""
        where = f" (under `{self.heading}`)" if self.heading else ""
        return PackError("pack", summary + where, self.place(key), help)

    def check_keys(self, known: Iterable[str]) -> None:
        """Refuse keys that mean nothing."""
        known = list(known)
        for key in self.data:
            if key not in known:
                help = did_you_mean(str(key), known) or f"known are `{'`, `'.join(known)}`"
                raise self.error(f"unknown key `{key}`", str(key), help)

    def string(self, key: str, default: str | None = None, among: Iterable[str] = ()) -> str:
        """A text, one of ``among`` if given. Without a default the key must be there."""
        value = self.data.get(key, default)
        if value is None:
            article = "an" if self.kind[0] in "aeiou" else "a"
            raise self.error(f"{article} {self.kind} needs `{key}`")
        if not isinstance(value, str):
            raise self.error(f"`{key}` must be text", key, "quote it: '…'")
        allowed = list(among)
        if allowed and value not in allowed:
            raise self.error(f"`{key}` must be one of `{'`, `'.join(allowed)}`, not `{value}`", key)
        return value

    def strings(self, key: str) -> tuple[str, ...]:
        """A text or a list of texts; empty when left out."""
        value = self.data.get(key)
        values = [] if value is None else value if isinstance(value, list) else [value]
        if not all(isinstance(item, str) for item in values):
            raise self.error(f"`{key}` must be text or a list of texts", key)
        return tuple(values)

    def flag(self, key: str) -> bool:
        """True or false; false when left out."""
        value = self.data.get(key, False)
        if not isinstance(value, bool):
            raise self.error(f"`{key}` must be true or false", key)
        return value

    def day(self, key: str, default: date | None = None) -> date | None:
        """A day such as 2018-05-25; ``default`` when left out."""
        value = self.data.get(key)
        if value is None:
            return default
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            raise self.error(f"`{key}` must be a day such as 2018-05-25, not `{value}`", key) from None


def read_blocks(
    file: str, text: str, kinds: Iterable[str], later: Container[str] = ()
) -> tuple[Block, list[Block], str]:
    """The front matter, the fenced blocks of the given kinds, and the first paragraph, of a pack's text.

    What a block says is read at once, and for the kinds in ``later`` when it is asked for. Raises ``PackError``.
    """
    lines = text.splitlines()
    if not lines or lines[0].strip() != "---" or "---" not in [line.strip() for line in lines[1:]]:
        raise PackError("pack", "a pack begins with front matter between two lines of `---`", Place(file, 1))
    end = next(number for number, line in enumerate(lines) if number and line.strip() == "---")
    front = Block(file, "front matter", 2, "\n".join(lines[1:end]))
    front.check()
    wanted, blocks, summary, inside = set(kinds), [], "", ""
    heading = chapter = ""
    for token in _MARKDOWN.parse("\n".join([""] * (end + 1) + lines[end + 1 :])):
        if token.type in ("heading_open", "paragraph_open"):
            inside = token.tag if token.type == "heading_open" else "p"
        elif token.type == "inline" and inside != "p":
            heading = token.content
            chapter = {"h1": "", "h2": heading}.get(inside, chapter)
        elif token.type == "inline" and not summary:
            summary = " ".join(token.content.split())
        elif token.type == "fence" and token.map:
            kind, line = token.info.strip(), token.map[0] + 2
            if kind in wanted:
                blocks.append(Block(file, kind, line, token.content, heading, chapter))
                if kind not in later:
                    blocks[-1].check()
            elif kind and (meant := nearest(kind, wanted)):
                raise PackError("pack", f"unknown block `{kind}`", Place(file, line - 1), f"did you mean `{meant}`?")
    return front, blocks, summary
