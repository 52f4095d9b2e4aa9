"""What atoms are worth on values, at a moment of the law. CEL is asked once for each different question."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from comity.bounds import between, is_between
from comity.categories import AND_MORE, SENSITIVE_DATA, broader, is_open
from comity.enrich.dated import is_dated, valid_at
from comity.law.cel import Atom
from comity.law.kleene import Kleene
from comity.law.model import Law, Pack, Presumption, Rule

#: How an atom asks for a list of exactly these elements, or of exactly so many.
_EXACT = re.compile(r"size\([^)]*\)\s*[!=]=|[!=]=\s*(?:\[|size\()|\]\s*[!=]=|\?")


@dataclass(frozen=True)
class Context:
    """A moment of the law as one pack sees it, in its zone, with what it presumes then; ``happened`` is the facts'."""

    moment: datetime
    happened: datetime
    zone: ZoneInfo
    presumptions: tuple[Presumption, ...]
    _in_force: dict[int, bool] = field(default_factory=dict, repr=False, compare=False)

    @staticmethod
    def of(pack: Pack, moment: datetime, happened: datetime) -> Context:
        """The context in which a pack judges by the law of ``moment`` what happened at another."""
        presumptions = tuple(p for p in pack.presumptions if p.period.covers(moment))
        return Context(moment, happened, pack.period.zone, presumptions)

    def in_force(self, rule: Rule) -> bool:
        """Whether a rule of the pack is in force at the moment."""
        if id(rule) not in self._in_force:
            self._in_force[id(rule)] = rule.period.covers(self.moment)
        return self._in_force[id(rule)]

    def presumed(self, attribute: str) -> Presumption | None:
        """What the pack presumes of an attribute that is not known."""
        return next((p for p in self.presumptions if p.attribute == attribute), None)


def possible(atom: Atom, values: Mapping[str, Any], elements: Sequence[str]) -> Iterator[dict[str, Any]]:
    """What is known within bounds, in every way that can matter to an atom; one empty dict where nothing is.

    These are numbers between two bounds, and open lists of categories: at the least what they show, at the most all
    ``elements`` besides. What an atom says of a list changes one way only while elements are added, so that the two
    ends decide; for those of which that doesn't hold, see ``may_vary``.
    """
    ways: dict[str, list[Any]] = {}
    for name, value in values.items():
        if is_open_list(name, value):
            shown = [element for element in value if element != AND_MORE]
            ways[name] = [shown, [*shown, *elements, *named_in(atom)]]
        elif isinstance(value, tuple):
            ways[name] = between(value[0], value[1], atom.cuts)
    return (dict(zip(ways, way, strict=True)) for way in itertools.product(*ways.values()))


def is_settled(value: Any) -> bool:
    """Whether a value is known, and not within bounds only."""
    return value is not None and not is_open(value) and not is_between(value)


def is_open_list(name: str, value: Any) -> bool:
    """Whether an attribute, by its full name, is a list of categories that may have more than it shows."""
    return name.endswith(".data") and is_open(value)


def may_vary(atom: Atom, values: Mapping[str, Any]) -> bool:
    """Whether an atom may change to and fro while elements are added to an open list: it asks for one exact list."""
    return any(is_open_list(name, value) for name, value in values.items()) and bool(_EXACT.search(atom.text))


def named_in(atom: Atom) -> list[str]:
    """The texts that an atom names, which may be elements of a list as well."""
    return atom.text.split('"')[1::2]


def elements_of(law: Law) -> list[str]:
    """Whatever an open list of categories may hold besides: the terms of DPV-PD, and those that packs name."""
    named = (term for pack in law.packs for category in pack.categories for term in category.members)
    return sorted({*broader(), *SENSITIVE_DATA, *named})


class Seen(NamedTuple):
    """Values as a context sees them: those that are ``known``, by name, and a ``key`` that equal ones have in common.

    ``is_vague`` says that some are known within bounds only.
    """

    known: Mapping[str, Any]
    key: Hashable
    is_vague: bool


class View(NamedTuple):
    """How a context sees values of some attributes: what it presumes of each that is not known, and at which moment
    they held, where that matters to any.
    """

    attributes: tuple[str, ...]
    presumed: tuple[Any, ...]
    happened: datetime | None

    @staticmethod
    def of(attributes: tuple[str, ...], context: Context) -> View:
        """The view of a context."""
        presumed = tuple([_hashable(p.value) if (p := context.presumed(name)) else None for name in attributes])
        return View(attributes, presumed, context.happened if any(map(is_dated, attributes)) else None)

    def seen(self, values: Mapping[str, Any]) -> Seen:
        """Values by full name; those that are absent or None are not known."""
        known, key, is_vague = {}, [], False
        for name, presumed in zip(self.attributes, self.presumed, strict=True):
            value = values.get(name)
            if value is None:
                value = list(presumed) if isinstance(presumed, tuple) else presumed
            elif self.happened is not None and is_dated(name):
                value = valid_at(value, self.happened)
            key.append(_hashable(value))
            if value is not None:
                known[name] = value
                is_vague |= isinstance(value, tuple) or is_open(value)
        return Seen(known, tuple(key), is_vague)


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


class Truth:
    """Evaluates atoms and remembers the answers by what they depend on: values and set members, not moments.

    With ``most`` it starts anew when it holds so many answers.
    """

    def __init__(self, law: Law, most: int | None = None) -> None:
        self._law, self._elements, self._most = law, elements_of(law), most
        self._members: dict[tuple[str, datetime, ZoneInfo], tuple[int, list[Any]]] = {}
        self._versions: dict[tuple[str, tuple[Any, ...]], int] = {}
        self._answers: dict[Hashable, Kleene] = {}

    def version(self, atom: Atom, context: Context) -> tuple[Hashable, ...]:
        """What about a context matters to an atom: equal versions give equal answers on equal values."""
        return (*[self._set(name, context)[0] for name in atom.sets], View.of(atom.attributes, context))

    def epoch(self, rules: Iterable[Rule], atoms: Iterable[Atom], context: Context) -> tuple[Hashable, ...]:
        """What about a context matters to some rules and atoms: equal epochs give equal outcomes on equal values."""
        force = tuple(context.in_force(rule) for rule in rules)
        return (force, *(self.version(atom, context) for atom in atoms))

    def of(self, atom: Atom, values: Mapping[str, Any], context: Context) -> Kleene:
        """The value of an atom; attributes that are absent from ``values`` or None are not known."""
        return self.asker(atom, context)(View.of(atom.attributes, context).seen(values))

    def asker(self, atom: Atom, context: Context) -> Callable[[Seen], Kleene]:
        """What gives the value of an atom on values: for many of them, what the context says is looked up once."""
        sets = [self._set(name, context) for name in atom.sets]
        versions = tuple([version for version, _ in sets])
        members = {name: listed for name, (_, listed) in zip(atom.sets, sets, strict=True)}

        def ask(seen: Seen) -> Kleene:
            key = (atom.text, seen.key, versions)
            if key not in self._answers:
                self._remember(key, self._answer(atom, seen, members))
            return self._answers[key]

        return ask

    def _answer(self, atom: Atom, seen: Seen, members: Mapping[str, Any]) -> Kleene:
        evaluate = self._law.language.evaluator(atom.text)
        known = {**seen.known, **members}
        if not seen.is_vague:
            return evaluate(known)
        answers = {evaluate({**known, **way}) for way in possible(atom, seen.known, self._elements)}
        return answers.pop() if len(answers) == 1 and not may_vary(atom, seen.known) else None

    def _remember(self, key: Hashable, answer: Kleene) -> None:
        if len(self._answers) == self._most:
            self._answers.clear()
        self._answers[key] = answer

    def _set(self, name: str, context: Context) -> tuple[int, list[Any]]:
        """A set's members at a moment and the number of that version of it."""
        key = (name, context.moment, context.zone)
        if key not in self._members:
            members = self._law.sets[name].at(context.moment, context.zone)
            version = self._versions.setdefault((name, tuple(members)), len(self._versions))
            self._members[key] = (version, members)
        return self._members[key]
