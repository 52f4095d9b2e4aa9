"""What is known of the names of fields, from three tables beside this module.

``meanings.csv`` says what a field can mean: its categories, the shape of its values (see ``shapes``), what a name
*needs* before it says so, and whether each value stands for a person or a device. ``names.csv`` holds the names by
language; of language ``known`` they are whole names of cookies and parameters, with ``*`` at the end for any ending.
``words.csv`` holds words that stand beside a name: persons, places, things; words that change nothing (*neutral*);
words with which a field tells only something about the value (*veto*), and those that ask for yes or no (*asking*),
which do the same unless the value may be that answer.

What a name needs: *nothing*; *no thing*, for it says as much unless it is that of a thing (``store_phone``); *person*,
for it says little unless it is that of a person (``customer_name``); *place*, for it says little unless a person or a
kind of address is named beside it (``billing_city``); *someone*, for it says less unless a person is spoken of;
*alone*, for it says so only by itself (``patient``), and not where it tells whose something is (``patient_ward``).

``beside`` is how a meaning and the other fields of a record go together: a field that *tells* is that of a person, and
what one that *asks* means follows from those that tell.
"""

from __future__ import annotations

import csv
import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from comity.identify.fields.words import bare, fold

_FOLDER = Path(__file__).parent

#: Languages in which what a word is said of comes after it: *nombre del cliente*, but *customer name*.
_NAME_FIRST = frozenset("vi ru es fr pt it id th".split())

_NO_LATIN = re.compile(r"[^\W\d_a-zа-я]{2,}")


@dataclass(frozen=True)
class Meaning:
    """What a field can mean."""

    name: str
    categories: tuple[str, ...]
    shape: str
    needs: str
    counts: str
    beside: str


@dataclass(frozen=True)
class Phrase:
    """A name for a meaning; ``name_first`` says that what it is said of comes after it."""

    meaning: Meaning
    name_first: bool


def _rows(table: str) -> Iterator[dict[str, str]]:
    with (_FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _listed(names: str) -> Iterator[str]:
    return (name.strip() for name in names.split(";"))


@functools.cache
def meanings() -> Mapping[str, Meaning]:
    """Every meaning by its name."""
    return {
        row["meaning"]: Meaning(
            row["meaning"],
            tuple(row["categories"].split()),
            row["shape"],
            row["needs"],
            row["counts"],
            row["beside"],
        )
        for row in _rows("meanings")
    }


@functools.cache
def kinds() -> Mapping[str, str]:
    """The kind of each word that stands beside names; of several words as one, with spaces."""
    return {" ".join(bare(word)): row["kind"] for row in _rows("words") for word in _listed(row["words"])}


@functools.cache
def _names() -> tuple[tuple[Meaning, str, str], ...]:
    rows = ((meanings()[row["meaning"]], row["language"], row["names"]) for row in _rows("names"))
    return tuple((meaning, language, name) for meaning, language, names in rows for name in _listed(names))


@functools.cache
def joined_words() -> re.Pattern[str]:
    """Words known of scripts that leave no spaces between words, the longest first."""
    names = (name for _, language, name in _names() if language != "known")
    texts = {fold(text) for text in (*names, *kinds())}
    words = {word for text in texts for word in _NO_LATIN.findall(text)}
    return re.compile("|".join(sorted(map(re.escape, words), key=lambda word: (-len(word), word))))


def in_words(words: list[str]) -> tuple[str, ...]:
    """Words with those put together that are listed as one: ``khach``, ``hang`` are ``khach hang``."""
    result: list[str] = []
    while words:
        taken = next((n for n in (3, 2) if len(words) >= n and " ".join(words[:n]) in kinds()), 1)
        result.append(" ".join(words[:taken]))
        words = words[taken:]
    return tuple(result)


@functools.cache
def phrases() -> Mapping[tuple[str, ...], tuple[Phrase, ...]]:
    """What each name means, by its words; names of several words also written as one."""
    found: dict[tuple[str, ...], list[Phrase]] = defaultdict(list)
    for meaning, language, name in _names():
        if language == "known":
            continue
        words = in_words(bare(name))
        for form in {words, ("".join(words).replace(" ", ""),)}:
            found[form].append(Phrase(meaning, language in _NAME_FIRST))
    return {form: tuple(_unlike(meant)) for form, meant in found.items()}


def _unlike(meant: list[Phrase]) -> Iterator[Phrase]:
    """One phrase for each meaning: where languages differ in the order of words, the stricter, name last."""
    for phrase in sorted(set(meant), key=lambda phrase: phrase.name_first):
        if not phrase.name_first or Phrase(phrase.meaning, False) not in meant:
            yield phrase


@functools.cache
def known_names() -> Mapping[str, tuple[Meaning, ...]]:
    """What the known cookies and parameters mean; a name that ends with ``*`` stands for all that begin so."""
    found: dict[str, list[Meaning]] = defaultdict(list)
    for meaning, language, name in _names():
        if language == "known":
            found[name].append(meaning)
    return {name: tuple(meant) for name, meant in found.items()}


@functools.cache
def _beginnings() -> tuple[tuple[str, tuple[Meaning, ...]], ...]:
    return tuple((name[:-1], meant) for name, meant in known_names().items() if name.endswith("*"))


def known(names: Iterable[str]) -> tuple[Meaning, ...]:
    """What the first of these that is a known cookie or parameter means."""
    return next((known_names()[name] for name in names if name in known_names()), ())


def known_beginning(name: str) -> tuple[Meaning, ...]:
    """What a name means that begins as those of a known cookie do."""
    return next((meant for beginning, meant in _beginnings() if name.startswith(beginning)), ())
