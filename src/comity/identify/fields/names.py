"""What the name of a field says by itself: which meanings, and how strongly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from comity.identify.fields.tables import (
    Meaning,
    Phrase,
    in_words,
    joined_words,
    kinds,
    known,
    known_beginning,
    phrases,
)
from comity.identify.fields.words import BETWEEN, bare

#: The most words of a name that are looked at, the last ones: what a field is stands at the end of its path.
_MOST_WORDS = 12
_LONGEST_PHRASE = 6

#: A known parameter with a name of no more letters, such as ``dt``, may be something else elsewhere.
_SHORT = 3

#: What a weak name must be said of to become a strong one.
_SAID_OF = {"person": frozenset({"person"}), "place": frozenset({"person", "place"})}

#: Shapes of values that answer a question, as of ``is_pregnant``.
ANSWERS = frozenset({"answer", "text or answer"})

Words = tuple[str, ...]


@dataclass(frozen=True)
class Hint:
    """A meaning that a name hints at; ``strong`` where it hardly means anything else."""

    meaning: Meaning
    strong: bool


def hints(field: str, said_of: str = "") -> tuple[Hint, ...]:
    """What a name hints at: the longest phrase that fits it, else nothing.

    ``said_of`` is what the fields beside it are said of: ``person``, ``thing``, or '' where they don't tell.
    """
    parts = [part for part in BETWEEN.split(field.strip()) if part and not part.isdigit()]
    if not parts:
        return ()
    if meant := known((field.casefold(), parts[-1].casefold())):
        return _of(meant, len(parts[-1]) > _SHORT or parts[-1].startswith("_"))
    *above, last = [words for part in parts if (words := _words(part))] or [()]
    said = _said(last, above, said_of) or (_said((*above[-1], *last), above[:-1], said_of) if above else ())
    return said or _of(known_beginning(field.casefold()), True)


def _of(meant: Iterable[Meaning], telling: bool) -> tuple[Hint, ...]:
    return tuple(Hint(meaning, telling and meaning.needs in ("nothing", "no thing")) for meaning in meant)


def _words(part: str) -> Words:
    """The words of a part of a path, as the tables have them."""
    return in_words([single for word in bare(part)[-_MOST_WORDS:] for single in _apart(word)])


def _apart(word: str) -> Iterator[str]:
    """The known words in one that may be several: of a script without spaces, run together, or in the plural."""
    if not word.isascii():
        yield from _cut(word)
    elif (word,) in phrases() or word in kinds():
        yield word
    elif singular := next((word[: -len(end)] for end in ("s", "es") if _is_plural(word, end)), None):
        yield singular
    else:
        cuts = ((word[:at], word[at:]) for at in range(3, len(word) - 2))
        yield from next((cut for cut in cuts if kinds().get(cut[0]) == "person" and (cut[1],) in phrases()), (word,))


def _is_plural(word: str, end: str) -> bool:
    singular = word[: -len(end)]
    return word.endswith(end) and ((singular,) in phrases() or singular in kinds())


def _cut(word: str) -> Iterator[str]:
    """A word cut into known words and what is between them."""
    if (word,) in phrases():
        yield word
        return
    spans = [found.span() for found in joined_words().finditer(word)]
    edges = sorted({0, len(word), *(edge for span in spans for edge in span)})
    yield from (word[start:end] for start, end in pairwise(edges))


def _said(words: Words, above: Sequence[Words], said_of: str) -> tuple[Hint, ...]:
    """What the words of the last part hint at, within the parts above it."""
    for length in range(min(len(words), _LONGEST_PHRASE), 0, -1):
        for start in range(len(words) - length, -1, -1):
            before, after = words[:start], words[start + length :]
            meant = phrases().get(words[start : start + length], ())
            found = tuple(hint for phrase in meant if (hint := _hint(phrase, before, after, above, said_of)))
            if found:
                return tuple(dict.fromkeys(found))
    return ()


def _hint(phrase: Phrase, before: Words, after: Words, above: Sequence[Words], said_of: str) -> Hint | None:
    """What a phrase hints at among the words beside it; None where they say that it is something else."""
    if phrase.meaning.shape in ANSWERS:
        before, after = _not_asking(before), _not_asking(after)
    aside = before if phrase.name_first else after
    if any(kind not in ("person", "place", "neutral") for kind in _kinds(aside)):
        return None
    beside = {kind for kind in _kinds((*before, *after)) if kind != "neutral"}
    if beside & {"veto", "asking"}:
        return None
    needs = phrase.meaning.needs
    if needs == "alone":
        return None if beside else Hint(phrase.meaning, False)
    beside = beside or _surroundings(above, said_of if phrase.meaning.beside == "asks" else "")
    if needs in _SAID_OF:
        return Hint(phrase.meaning, bool(beside)) if beside <= _SAID_OF[needs] else None
    if needs != "nothing" and "thing" in beside:
        return None
    return Hint(phrase.meaning, needs != "someone" or "person" in beside)


def _not_asking(words: Words) -> Words:
    return tuple(word for word in words if kinds().get(word) != "asking")


def _kinds(words: Iterable[str]) -> Iterator[str]:
    return (kinds().get(word, "other") for word in words)


def _surroundings(above: Sequence[Words], said_of: str) -> set[str]:
    """The kind of the nearest part above that is not neutral: that of its last word, unless the fields beside tell."""
    for words in reversed(above):
        telling = [kind for kind in _kinds(words) if kind != "neutral"]
        if telling:
            return {said_of or telling[-1]} if telling[-1] not in ("person", "thing") else {telling[-1]}
    return {said_of} if said_of else set()


def last_words(field: str) -> Words:
    """The words of the last part of a path."""
    parts = [part for part in BETWEEN.split(field.strip()) if part and not part.isdigit()]
    return _words(parts[-1]) if parts else ()
