"""Personas: values that a tester planted, found again as they are, written otherwise, encoded or hashed.

A hash stands for the value it was made of: whoever has the value can make the hash, and so tell whose it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import hyperscan

from comity.identify.disguises import Literal, disguises
from comity.identify.written import category
from comity.profile import Persona

#: Right before or after a value this would make it the part of another: of a longer number, of an address of another
#: mailbox or at another host.
_BEFORE = re.compile(rb"[0-9A-Za-z]")
_AFTER = re.compile(rb"[0-9A-Za-z]")
_BEFORE_ADDRESS = re.compile(rb"[0-9A-Za-z._%+\-]")
_AFTER_ADDRESS = re.compile(rb"[.\-]?[0-9A-Za-z]")


#: How sure it is that a value is one that was planted.
PLANTED = 0.99


@dataclass(frozen=True)
class Planted:
    """A persona's value found again: whose, its category, as what (``sha256``, ``md5 of lower case`` …; '' as it is).

    ``value`` is the planted one, or the hash that stands for it.
    """

    persona: str
    category: str
    disguise: str
    start: int
    end: int
    value: str

    @property
    def detector(self) -> str:
        """Under which name it is told."""
        return f"persona {self.persona}" + f" ({self.disguise})" * bool(self.disguise)


@dataclass(frozen=True)
class _Sought:
    """A disguise of a value, and whose value of what category it is."""

    persona: str
    category: str
    value: str
    literal: Literal

    def stands(self, text: bytes, start: int, end: int) -> bool:
        """Whether what was found there is the value and not the part of another."""
        if self.literal.hashed:
            return True
        address = self.category == "EmailAddress"
        before, after = (_BEFORE_ADDRESS, _AFTER_ADDRESS) if address else (_BEFORE, _AFTER)
        return not (start and before.match(text, start - 1)) and not after.match(text, end)

    def found(self, text: bytes, start: int, end: int) -> Planted:
        """What was found there."""
        value = text[start:end].decode("ascii", "replace") if self.literal.hashed else self.value
        return Planted(self.persona, self.category, self.literal.disguise, start, end, value)


class Personas:
    """Looks for the values of personas in texts. What to look for is compiled when the first text comes."""

    def __init__(self, personas: Iterable[Persona]) -> None:
        self._personas = tuple(personas)

    def __bool__(self) -> bool:
        return bool(self._personas)

    def find(self, text: bytes) -> list[Planted]:
        """The values that stand in a text, each once in each disguise; of what overlaps, the longest and plainest."""
        places: dict[int, tuple[int, int]] = {}

        def note(number: int, start: int, end: int, flags: int, context: object) -> None:
            start = end - len(self._sought[number].literal.text)
            if number not in places and self._sought[number].stands(text, start, end):
                places[number] = start, end

        if self._sought:
            self._database.scan(text, match_event_handler=note)
        found: list[Planted] = []
        for number, (start, end) in sorted(places.items(), key=lambda item: (item[1][0] - item[1][1], item[0])):
            planted = self._sought[number].found(text, start, end)
            if not any(start < other.end and other.start < end for other in found):
                found.append(planted)
        return sorted(found, key=lambda planted: planted.start)

    @cached_property
    def _sought(self) -> list[_Sought]:
        return list(self._seek())

    def _seek(self) -> Iterator[_Sought]:
        known: set[bytes] = set()
        for persona in self._personas:
            for value in map(str.strip, persona.values):
                kind = category(value)
                for literal in disguises(value):
                    if literal.text not in known:
                        known.add(literal.text)
                        yield _Sought(persona.name or "", kind, value, literal)

    @cached_property
    def _database(self) -> hyperscan.Database:
        literals = [sought.literal for sought in self._sought]
        database = hyperscan.Database()
        database.compile(
            expressions=[b"".join(b"\\x%02x" % byte for byte in literal.text) for literal in literals],
            ids=range(len(literals)),
            elements=len(literals),
            flags=[hyperscan.HS_FLAG_CASELESS if literal.caseless else 0 for literal in literals],
        )
        return database
