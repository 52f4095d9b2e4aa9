"""What the fields of one record say together: whether they are said of a person or of a thing.

``name`` may be that of anyone and anything. Beside ``surname`` it is that of a person, beside ``price`` it is not.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

from comity.identify.fields.fits import Fit, is_nothing, listed
from comity.identify.fields.names import hints, last_words
from comity.identify.fields.shapes import SHAPES
from comity.identify.fields.tables import Meaning
from comity.identify.fields.words import bare

PERSON, THING = "person", "thing"

#: A field with its values: one, or a sample of those in a column.
Field = tuple[str, Sequence[str]]


def said_of(fields: Iterable[Field]) -> str:
    """Whom or what the fields of a record are said of: a person, a thing, or '' where they don't tell or disagree."""
    fields = list(fields)
    if not any(asks(name) for name, _ in fields):
        return ""
    person = any(_tells(name, values) for name, values in fields)
    thing = any(_is_of_thing(name) for name, _ in fields)
    return "" if person == thing else PERSON if person else THING


@functools.lru_cache(maxsize=50_000)
def asks(name: str) -> bool:
    """Whether what a field means follows from the fields beside it."""
    return any(hint.meaning.beside == "asks" for of in ("", PERSON) for hint in hints(name, of))


def _tells(name: str, values: Sequence[str]) -> bool:
    """Whether a field is one of a person: by its name, and by the shape of half of its values or more."""
    meanings = _telling(name)
    fitting = sum(any(_fits(meaning, value) for meaning in meanings) for value in values) if meanings else 0
    return fitting * 2 >= max(1, len(values))


@functools.lru_cache(maxsize=50_000)
def _telling(name: str) -> tuple[Meaning, ...]:
    return tuple(hint.meaning for hint in hints(name) if hint.strong and hint.meaning.beside == "tells")


def _fits(meaning: Meaning, value: str) -> bool:
    text = value[:200].strip()
    if is_nothing(text) or SHAPES[meaning.shape](text) is Fit.NONE:
        return False
    # Companies and their departments have such an address as well.
    return meaning.name != "email" or text.partition("@")[0].lower() not in listed()["role"]


@functools.lru_cache(maxsize=50_000)
def _is_of_thing(name: str) -> bool:
    words = last_words(name)
    return not _of_thing().isdisjoint((*words, " ".join(words), "".join(words)))


@functools.cache
def _of_thing() -> frozenset[str]:
    return frozenset(" ".join(bare(word)) for word in listed()["of a thing"])
