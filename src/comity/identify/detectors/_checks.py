"""What detectors of official numbers share: how they are made, dates of birth, check digits, names of numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache, wraps
from itertools import cycle
from operator import mul

from stdnum import numdb

from comity.identify.model import Detector

Confirms = Callable[[str], bool]

#: Days and months as numbers write them; which month has how many days is told by `born`.
DAY, MONTH = r"(?:0[1-9]|[12]\d|3[01])", r"(?:0[1-9]|1[0-2])"

_SEPARATORS = str.maketrans("", "", " .-/()")

#: A birth after this day is no birth.
TODAY = date.today()

#: Names for an official number in any country, for numbers whose own grammar is strong enough.
ANY_NATIONAL = (
    "national id*",
    "national identi*",
    "national number",
    "identity number",
    "identity card",
    "id card",
    "government id",
    "personal id number",
    "personal identi*",
    "citizen id",
)

#: Names for a tax number in any country.
ANY_TAX = ("tax id*", "taxpayer*", "tax number", "tax no", "tax ref*")


def official(
    name: str,
    confirms: Confirms,
    context: Sequence[str],
    *,
    digits: Sequence[int],
    written: str = "",
    bare: str = "",
    alone: float = 0.9,
    bare_alone: float = 0.3,
    near: float = 0.95,
    category: str = "OfficialID",
    person: bool = True,
) -> tuple[Detector, ...]:
    """Detectors of a number of digits: as the law lays it out (``written``), and as digits alone (``bare``).

    The second has a name of its own, for the layout is part of what is known of a value. ``alone`` and ``bare_alone``
    are what the two are worth with nothing around them.
    """
    ways = (name, written, alone), (f"{name}-bare" if written else name, bare, bare_alone)
    return tuple(
        Detector(
            way,
            category,
            pattern,
            total(confirms),
            alone=worth,
            near=near,
            context=named(*context),
            digits=tuple(digits),
            person=person,
        )
        for way, pattern, worth in ways
        if pattern
    )


def lettered(
    name: str,
    pattern: str,
    confirms: Confirms,
    context: Sequence[str],
    *,
    alone: float = 0.9,
    near: float = 0.95,
    category: str = "OfficialID",
) -> tuple[Detector, ...]:
    """The detector of a number that letters are part of."""
    context = named(*context)
    return (Detector(name, category, pattern, total(confirms), alone=alone, near=near, context=context, person=True),)


def total(confirms: Confirms) -> Confirms:
    """The same question, with no for an answer where a value is so wrong that the question fails."""

    @wraps(confirms)
    def answer(value: str) -> bool:
        try:
            return confirms(value)
        except (ValueError, LookupError, ArithmeticError):
            return False

    return answer


def named(*names: str) -> str:
    """The expression that finds one of the names of a number, in running text and in the names of fields.

    A name of Latin, Greek or Cyrillic letters stands for itself: ``pan`` is not found in ``company``; a final ``*``
    leaves its end open. Other scripts don't separate words.
    """
    return "|".join(map(_name, sorted(names)))


def _name(name: str) -> str:
    body = re.escape(name.removesuffix("*")).replace(r"\ ", r"[ _\-]?")
    if name[0] >= "\u0530":
        return body
    return rf"(?<![^\W\d_]){body}" + ("" if name.endswith("*") else r"s?(?![^\W\d_])")


def plain(value: str) -> str:
    """A number without what separates its groups."""
    return value if value.isdecimal() else value.translate(_SEPARATORS)


def varied(number: str) -> bool:
    """Whether a number is more than one or two digits over and over, as samples and round amounts are."""
    return len(set(number)) > 2


def unordered(number: str) -> bool:
    """Whether a number is `varied` and not counted up or down: what is asked where nothing else can be."""
    return varied(number) and number not in "01234567890123456789" and number not in "98765432109876543210"


def ends_with(calculate: Callable[[str], str], count: int = 1) -> Confirms:
    """Whether a number ends with the check digits, so many, that are calculated from the digits before them."""

    def confirms(value: str) -> bool:
        number = plain(value)
        return varied(number) and number[-count:] == calculate(number[:-count])

    return confirms


def leaves_nothing(checksum: Callable[[str], int]) -> Confirms:
    """Whether the checksum of a number is zero."""

    def confirms(value: str) -> bool:
        number = plain(value)
        return varied(number) and checksum(number) == 0

    return confirms


def travel_check(text: str) -> str:
    """The check digit of ICAO Doc 9303, which other documents use too: weights of 7, 3 and 1, letters from 10."""
    values = (0 if sign == "<" else int(sign, 36) for sign in text)
    return str(sum(map(mul, values, cycle((7, 3, 1)))) % 10)


def born(year: int, month: int, day: int) -> bool:
    """Whether someone alive may be born on that day: it exists, and is neither in the future nor before 1900."""
    return year >= 1900 and date(year, month, day) <= TODAY


def born_in(year: str, month: str, day: str) -> bool:
    """Whether a day exists in a year of two digits. It may be of this century or the last: leap years are the same."""
    return bool(date(2000 + int(year), int(month), int(day)))


@lru_cache(maxsize=10_000)
def place(table: str, code: str) -> dict[str, str]:
    """What a table of the library knows of the code of a place."""
    return {key: text for _, properties in numdb.get(table).info(code) for key, text in properties.items()}
