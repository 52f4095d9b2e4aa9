"""Titles in other languages: a `titles` block of a pack for each, keyed by the title it stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from comity.errors import did_you_mean
from comity.law.blocks import Block
from comity.law.model import Pack

#: A language, perhaps with a script, as BCP 47 writes them: `vi`, `zh-Hans`.
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?")

Translations = Mapping[str, Mapping[str, str]]


def titles_of(pack: Pack) -> set[str]:
    """Everything in a pack that has a title which reports show."""
    titled = (*pack.rules, *pack.tallies, *pack.clocks, *pack.unshown, *pack.norms)
    return {pack.title, *pack.chapters(), *(found.title for found in titled)}


def read_titles(blocks: Iterable[Block], titles: set[str]) -> Translations:
    """The translations of some titles, by language. Raises ``PackError`` for what is no title of the pack."""
    found: dict[str, Mapping[str, str]] = {}
    for block in blocks:
        block.check_keys(("language", "titles"))
        language = block.string("language")
        if not _LANGUAGE.fullmatch(language):
            raise block.error(f"`{language}` is no language of BCP 47", "language", "such as `vi`, `zh-Hans`")
        if language in found:
            raise block.error(f"the titles in `{language}` are given twice", "language")
        found[language] = _translated(block, titles)
    return found


def _translated(block: Block, titles: set[str]) -> Mapping[str, str]:
    given = block.data.get("titles")
    if not isinstance(given, dict) or not all(isinstance(text, str) and text for text in given.values()):
        raise block.error("`titles` must be titles, each with what it is called in the language", "titles")
    for title in given:
        if title not in titles:
            raise block.error(f"`{title}` is no title of the pack", "titles", did_you_mean(title, titles))
    return given
