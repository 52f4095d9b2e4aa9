"""What the name of a field says of its value, together with the value's shape.

A name says something strongly (``first_name``) or weakly (``name``), a value's shape agrees fully, in part or not at
all. Only what both make likely is told.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from comity.identify.fields.names import ANSWERS, hints
from comity.identify.fields.shapes import LONG, SHAPES, Fit, is_hash, is_nothing
from comity.identify.fields.tables import Meaning

#: How sure the name alone is.
_STRONG, _WEAK = 0.8, 0.4

#: How sure name and shape are together; what is not listed is not told.
_TOGETHER = {(True, Fit.FULL): 0.9, (True, Fit.PART): 0.7, (False, Fit.FULL): 0.6}

#: No more of a name (its end) and of a value (its beginning) is looked at.
_LONGEST_NAME = 200
_LONGEST_VALUE = 2_000

#: What may stand around a value.
_AROUND = " \t\r\n\"'\ufeff"

#: Names of identifiers whose values are often sent as a hash, which stands for the same person.
_HASHED = frozenset({"email", "phone", "username", "official-id", "person-name", "account"})


#: How the rules are called by which names of fields tell of categories: this and the meaning of the name.
RULE = "field name: "


@dataclass(frozen=True)
class Named:
    """A category that the name of a field tells of; ``detector`` is the name of the rule: ``field name: email``.

    ``person`` and ``device`` say that each value stands for one. A detector finds one kind of identifier, so that its
    values can be counted.
    """

    category: str
    detector: str
    confidence: float
    person: bool = False
    device: bool = False


def by_name(field: str, value: str, said_of: str = "") -> tuple[Named, ...]:
    """The categories of a value by the name of the field that holds it, where the value's shape allows them.

    ``said_of`` is what the fields beside it are said of, as ``beside.said_of`` tells.
    """
    said = _said(field[-_LONGEST_NAME:], said_of)
    if not said:
        return ()
    text = value[:_LONGEST_VALUE].strip(_AROUND)
    if is_nothing(text):
        return ()
    whole = len(value) <= _LONGEST_VALUE
    return tuple(named for meaning, strong in said for named in _judged(meaning, strong, text, whole))


@functools.lru_cache(maxsize=50_000)
def _names_say(field: str) -> tuple[Named, ...]:
    return tuple(
        named for meaning, strong in _said(field) for named in _as_named(meaning, _STRONG if strong else _WEAK)
    )


def names_say(field: str) -> tuple[Named, ...]:
    """The categories that the name of a field tells of, whatever its values: with confidence 0.8, or 0.4 if weakly."""
    return _names_say(field[-_LONGEST_NAME:])


@functools.lru_cache(maxsize=50_000)
def answers(field: str) -> bool:
    """Whether the name of a field asks for yes or no, or may."""
    return any(hint.meaning.shape in ANSWERS for hint in hints(field[-_LONGEST_NAME:]))


@functools.lru_cache(maxsize=50_000)
def _said(field: str, said_of: str = "") -> tuple[tuple[Meaning, bool], ...]:
    return tuple((hint.meaning, hint.strong) for hint in hints(field, said_of))


def _judged(meaning: Meaning, strong: bool, text: str, whole: bool) -> tuple[Named, ...]:
    if meaning.name in _HASHED and is_hash(text):
        return (Named("UID", f"field name: hashed {meaning.name}", 0.9 if strong else 0.6, person=True),)
    fit = SHAPES[meaning.shape](text) if whole or meaning.shape in LONG else Fit.NONE
    confidence = _TOGETHER.get((strong, fit))
    return _as_named(meaning, confidence) if confidence else ()


def _as_named(meaning: Meaning, confidence: float) -> tuple[Named, ...]:
    person, device = meaning.counts == "person", meaning.counts == "device"
    detector = f"{RULE}{meaning.name}"
    return tuple(Named(category, detector, confidence, person, device) for category in meaning.categories)
