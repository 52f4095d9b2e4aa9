"""What law is made of: packs, rules with their exceptions, presumptions, worked examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from comity.errors import Place
from comity.law.cel import Atom, Language, Node
from comity.law.kleene import Kleene
from comity.law.sets import DatedSet
from comity.law.spans import Deadline, Window
from comity.vocabulary import CLOCK, TALLY

#: Verdicts, from the worst to the least of concern.
BREACH, UNKNOWN, KEPT, OUT_OF_SCOPE = "breach", "unknown", "kept", "out-of-scope"
VERDICTS = (BREACH, UNKNOWN, KEPT, OUT_OF_SCOPE)


@dataclass(frozen=True)
class Period:
    """From a day (inclusive) until a day (exclusive), midnights in ``zone``; None leaves that side open."""

    start: date | None
    end: date | None
    zone: ZoneInfo

    def instant(self, day: date) -> datetime:
        """The midnight with which a day begins in the zone."""
        return datetime.combine(day, time.min, self.zone)

    def covers(self, moment: datetime) -> bool:
        """Whether a moment lies within."""
        after_start = self.start is None or moment >= self.instant(self.start)
        return after_start and (self.end is None or moment < self.instant(self.end))

    def cuts(self) -> Iterator[datetime]:
        """The instants at which it begins and ends."""
        for day in (self.start, self.end):
            if day is not None:
                yield self.instant(day)

    def overlaps(self, other: Period) -> bool:
        """Whether the two have a day in common."""
        return (self.start or date.min) < (other.end or date.max) and (other.start or date.min) < (self.end or date.max)


@dataclass(frozen=True, eq=False)
class Rule:
    """One duty, or one exception to duties (``effect`` set, ``excepts`` says to what).

    ``when`` is the scope, ``duty`` what must hold within it (None: nothing can satisfy it but an exception). Both are
    parsed by ``parse`` when somebody asks: a judgement does about the kinds of facts at hand.
    ``chapter`` is the heading of the part of the instrument it belongs to. ``compels`` names what the rule itself makes
    those bound by it do (``home-storage``): other instruments may speak of such laws. ``question`` is the question of
    the catalogue that it answers for its jurisdictions (``leave``, ``authority``).
    """

    pack: str
    id: str
    about: str
    title: str
    cites: str
    source: str
    bearer: str
    strength: str
    indicator: bool
    layer: str | None
    group: str | None
    period: Period
    when_text: str
    duty_text: str | None
    parse: Callable[[str], Node] = field(repr=False)
    excepts: tuple[str, ...]
    effect: str | None
    place: Place
    heading: str
    chapter: str = ""
    compels: str | None = None
    question: str | None = None
    exceptions: tuple[Rule, ...] = ()

    @cached_property
    def when(self) -> Node:
        """Its scope."""
        return self.parse(self.when_text)

    @cached_property
    def duty(self) -> Node | None:
        """Its duty, if it has one."""
        return None if self.duty_text is None else self.parse(self.duty_text)

    def with_exceptions(self) -> Iterator[Rule]:
        """The rule and every exception below it."""
        yield self
        for exception in self.exceptions:
            yield from exception.with_exceptions()

    def texts(self) -> Iterator[str]:
        """Its scope and its duty, as they are written."""
        yield self.when_text
        if self.duty_text is not None:
            yield self.duty_text

    def expressions(self) -> Iterator[Node]:
        """Its scope and its duty."""
        return map(self.parse, self.texts())

    def atoms(self) -> frozenset[Atom]:
        """Every atom that it and its exceptions read."""
        nodes = (node for rule in self.with_exceptions() for node in rule.expressions())
        return frozenset().union(*(node.atoms() for node in nodes))

    def permissions(self) -> tuple[Rule, ...]:
        """Exceptions that make lawful."""
        return tuple(e for e in self.exceptions if e.effect == "permits")

    def exemptions(self) -> tuple[Rule, ...]:
        """Exceptions that take out of scope."""
        return tuple(e for e in self.exceptions if e.effect == "exempts")


@dataclass(frozen=True)
class Presumption:
    """A value that the law itself gives to a fact that is not known."""

    attribute: str
    value: Any
    cites: str
    period: Period


@dataclass(frozen=True)
class Example:
    """A worked example: one fact, the bounds of tallies, and the verdict expected of each rule named.

    ``seen`` is the last moment that the evidence tells of, where the fact itself tells of no later one.
    """

    title: str
    about: str
    fact: Mapping[str, Any]
    tallies: Mapping[str, tuple[float, float]]
    seen: datetime | None
    expect: Mapping[str, str]
    place: Place


@dataclass(frozen=True)
class Share:
    """A share over many facts: of those alike in ``by``, what part has a value in common with the fact, in percent.

    ``share`` and ``by`` are attributes of the kind ``about`` by their relative names; facts for which ``where`` is
    false are left out. ``distinct`` counts its values and not facts: suppliers and not what they supply. Rules read it
    as ``tally.NAME``, a number with decimals.
    """

    name: str
    title: str
    about: str
    share: str
    by: tuple[str, ...]
    distinct: str | None
    where: Node | None
    where_text: str | None

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes of facts that it reads, by relative name."""
        counted = {self.distinct} if self.distinct else set()
        return (*self.by, self.share, *sorted((_read(self.about, self.where) | counted) - {self.share, *self.by}))


@dataclass(frozen=True, eq=False)
class Total:
    """A total over many facts: what those alike in ``by`` come to, up to and with the moment of the fact.

    ``counts`` is a number that facts have, by its relative name. Numbers of records add up (``adds``); people and
    devices may be the same ones, so that they are at least the largest and at most the sum. Left out are facts for
    which ``where`` is false, and those that an exception in ``unless`` covers. Rules read it as ``tally.NAME``, a whole
    number; ``cuts`` are the numbers that they compare it with.
    """

    name: str
    title: str
    about: str
    counts: str
    adds: bool
    by: tuple[str, ...]
    window: Window
    where: Node | None
    where_text: str | None
    unless: tuple[Rule, ...] = ()
    cuts: tuple[int, ...] = ()

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The attributes that decide whether a fact counts, by relative name."""
        nodes = [rule.when for exception in self.unless for rule in exception.with_exceptions()]
        return tuple(sorted(_read(self.about, self.where).union(*(_read(self.about, node) for node in nodes))))

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes that decide to which group a fact belongs and whether it counts, by relative name."""
        return tuple(dict.fromkeys((*self.by, *self.reads)))


Tally = Share | Total


def _read(about: str, node: Node | None) -> set[str]:
    """The attributes of a kind that an expression reads, by relative name."""
    return {name.removeprefix(f"{about}.") for atom in (node.atoms() if node else ()) for name in atom.attributes}


@dataclass(frozen=True)
class Clock:
    """A deadline: whether ``end`` came ``within`` a span after ``start``, both times of a kind by relative name.

    What has not come by the end of the deadline, as far as the evidence tells of later things, came too late. Rules
    read it as ``clock.NAME``, true or false.
    """

    name: str
    title: str
    about: str
    start: str
    end: str
    within: Deadline

    def in_time(self, start: datetime | None, end: datetime | None, seen: datetime | None) -> Kleene:
        """Whether the deadline was met; ``seen`` is the last moment that the evidence tells of."""
        if start is None:
            return None
        deadline = self.within.after(start)
        if end is not None:
            return end <= deadline
        return False if seen is not None and seen > deadline else None


@dataclass(frozen=True)
class Category:
    """What an instrument calls a category of data (``name``, a set to its rules), in terms of DPV-PD.

    ``terms`` are those that the pack names, ``codes`` what DPV has no term for; ``members`` are all of these and
    whatever is narrower than the terms.
    """

    name: str
    title: str
    terms: tuple[str, ...]
    codes: tuple[str, ...]
    members: tuple[str, ...]
    cites: str


@dataclass(frozen=True)
class Unshown:
    """A duty of the instrument that no evidence can show kept or broken, and why not."""

    id: str
    title: str
    why: str
    cites: str
    chapter: str


@dataclass(frozen=True)
class Norm:
    """A duty about law itself: packs with rules that compel what it names (``home-storage``) are named under it."""

    id: str
    title: str
    compels: str
    cites: str
    chapter: str


@dataclass(frozen=True, eq=False)
class Pack:
    """One instrument: a law, a treaty, an initiative or a company's own policy."""

    id: str
    title: str
    short: str
    issuer: str
    jurisdictions: tuple[str, ...]
    force: str
    bearer: str
    adopted: date | None
    period: Period
    sources: tuple[str, ...]
    summary: str
    rules: tuple[Rule, ...]
    presumptions: tuple[Presumption, ...]
    read_examples: Callable[[], tuple[Example, ...]] = field(repr=False)
    unshown: tuple[Unshown, ...]
    norms: tuple[Norm, ...]
    tallies: tuple[Tally, ...]
    clocks: tuple[Clock, ...]
    categories: tuple[Category, ...]
    path: str
    text: str = field(repr=False, default="")
    translations: Mapping[str, Mapping[str, str]] = field(repr=False, default_factory=dict)

    @cached_property
    def examples(self) -> tuple[Example, ...]:
        """The worked examples. No judgement needs them: those of packs that ship are read when they are asked for."""
        return self.read_examples()

    def title_in(self, language: str, title: str) -> str:
        """A title of the pack (its own, of a chapter, rule, tally …) in a language, as it is where not translated."""
        return self.translations.get(language, {}).get(title, title)

    def chapters(self) -> list[str]:
        """The parts of the instrument that have rules, or duties that nothing can show, in the order of the text."""
        parts = [p.chapter for p in self.rules] + [p.chapter for p in self.unshown] + [p.chapter for p in self.norms]
        return sorted(set(parts), key=lambda chapter: self.text.find(f"\n## {chapter}\n") if chapter else -1)

    def duties(self) -> tuple[Rule, ...]:
        """The rules that are judged; exceptions are judged within them."""
        return tuple(rule for rule in self.rules if rule.effect is None)


@dataclass(frozen=True)
class Law:
    """The packs to judge by, the sets they use and the language their rules are written in."""

    packs: tuple[Pack, ...]
    sets: Mapping[str, DatedSet]
    language: Language

    def tally(self, name: str) -> tuple[Pack, Tally]:
        """The tally that rules read as ``tally.NAME``, and the pack it stands in."""
        return next((pack, t) for pack in self.packs for t in pack.tallies if f"{TALLY}{t.name}" == name)

    def clock(self, name: str) -> tuple[Pack, Clock]:
        """The clock that rules read as ``clock.NAME``, and the pack it stands in."""
        return next((pack, c) for pack in self.packs for c in pack.clocks if f"{CLOCK}{c.name}" == name)

    def compelling(self, norm: Norm) -> tuple[Rule, ...]:
        """The rules, of whatever pack, that compel what a norm speaks of."""
        return tuple(rule for pack in self.packs for rule in pack.duties() if rule.compels == norm.compels)

    def about(self, kind: str) -> tuple[tuple[Pack, Rule], ...]:
        """The duties on a kind of fact."""
        return tuple((pack, rule) for pack in self.packs for rule in pack.duties() if rule.about == kind)
