"""How a page words what it shows, in its language."""

from __future__ import annotations

from typing import Any

from comity.bounds import UNBOUNDED, is_between
from comity.categories import AND_MORE
from comity.judge.judgement import Finding
from comity.report.languages import Language
from comity.report.telling import Counted

#: So many facts of a kind, one and many.
COUNTS = {
    "flow": ("%(n)s flow", "%(n)s flows"),
    "path": ("%(n)s path", "%(n)s paths"),
    "store": ("%(n)s store", "%(n)s stores"),
    "request": ("%(n)s request", "%(n)s requests"),
    "measure": ("%(n)s measure", "%(n)s measures"),
    "product": ("%(n)s product", "%(n)s products"),
    "component": ("%(n)s component", "%(n)s components"),
    "advisory": ("%(n)s advisory", "%(n)s advisories"),
}

YES, NO, NONE, NOTHING = "yes", "no", "none", "nothing"
PERHAPS_OTHERS, AT_LEAST, BETWEEN = "perhaps others", "at least %(least)s", "between %(least)s and %(most)s"

#: The filters of findings, by what they look at.
FILTERS = {
    "word": "Verdict",
    "pack": "Pack",
    "rule": "Rule",
    "place": "Jurisdiction",
    "party": "Party",
    "category": "Category of data",
}

#: How the meanings of a party's attributes begin: `sender: name of the party`.
PARTIES = ("sender", "recipient", "holder", "operator", "provider", "supplier")

#: Words that stand in no template.
WORDS = (YES, NO, NONE, NOTHING, PERHAPS_OTHERS, AT_LEAST, BETWEEN, *FILTERS.values(), *PARTIES)


class Wording:
    """Words in one language."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def kind(self, number: int, kind: str) -> str:
        """So many facts of a kind."""
        return self._language.count(*COUNTS[kind], number)

    def meaning(self, meaning: str) -> str:
        """What an attribute means; of a party's attribute, whose and what."""
        say = self._language.say
        whose, colon, what = meaning.partition(": ")
        return f"{say(whose)}{say(': ')}{say(what)}" if colon and whose in PARTIES else say(meaning)

    def extent(self, finding: Finding) -> str:
        """How many facts a finding is about, what they carry, and when they were."""
        say = self._language
        days = [say.day(moment) for moment in (finding.first, finding.last) if moment]
        parts = [self.kind(finding.count, finding.about)]
        parts += [say.size(finding.bytes)] if finding.bytes is not None else []
        return ", ".join([*parts, " – ".join(dict.fromkeys(days))] if days else parts)

    def value(self, value: Any) -> str:
        """A value of an attribute."""
        say = self._language.say
        if isinstance(value, bool):
            return say(YES if value else NO)
        if is_between(value):
            return self._between(*value)
        if isinstance(value, list | tuple):
            return ", ".join(say(PERHAPS_OTHERS) if part == AND_MORE else str(part) for part in value) or say(NONE)
        if isinstance(value, int):
            return self._language.number(value)
        return str(value) or say(NOTHING)

    def within(self, tally: Counted) -> str:
        """What a tally lies between; a share is a part of a hundred."""
        low, high = (tally.low / 100, tally.high / 100) if tally.share else (tally.low, tally.high)
        if low != high:
            return self._between(low, high, tally.share)
        return self._number(low, tally.share)

    def _between(self, least: float, most: float, share: bool = False) -> str:
        words = AT_LEAST if most == UNBOUNDED else BETWEEN
        return self._language.say(words) % {"least": self._number(least, share), "most": self._number(most, share)}

    def _number(self, value: float, share: bool) -> str:
        return self._language.percent(value) if share else self._language.number(value)
