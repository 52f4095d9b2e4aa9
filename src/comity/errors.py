"""Errors meant for people: one clear message with the place, the cause and a way out.

Style: ``level[id]: summary``, an arrow to file:line:column with the excerpt underlined, ``help:`` lines.
Any other exception that reaches a user is a bug of Comity.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where in a file: line and column count from 1, ``length`` characters of ``excerpt`` are underlined."""

    file: str
    line: int | None = None
    column: int | None = None
    excerpt: str | None = None
    length: int = 1

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


class ComityError(Exception):
    """Base of every error that Comity raises on purpose; ``str()`` is the text a user reads."""

    def __init__(self, code: str, summary: str, place: Place | None = None, help: str | None = None) -> None:
        super().__init__(summary)
        self.code, self.summary, self.place, self.help = code, summary, place, help

    def __str__(self) -> str:
        lines = [f"error[{self.code}]: {self.summary}"]
        if self.place is not None:
            lines.append(f"  --> {self.place}")
            if self.place.excerpt is not None:
                lines.append(f"   | {self.place.excerpt}")
                if self.place.column is not None:
                    lines.append("   | " + " " * (self.place.column - 1) + "^" * max(1, self.place.length))
        if self.help:
            lines.append(f"help: {self.help}")
        return "\n".join(lines)


class PackError(ComityError):
    """A pack, or a set that packs use, can't be loaded."""


class ProfileError(ComityError):
    """The profile can't be used."""


class EvidenceError(ComityError):
    """One file of evidence can't be read; what else was given is judged all the same."""


class UsageError(ComityError):
    """The command or the call was given something it can't act on."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name closest in spelling to ``word``, or None when nothing is close."""
    import difflib

    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A help line naming the nearest known name, or None."""
    name = nearest(word, known)
    return f"did you mean `{name}`?" if name else None
