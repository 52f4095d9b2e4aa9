"""Single facts, judged one at a time and fast: what was asked before is remembered, within bounds.

It goes the way of the bulk path. The law looks at classes of values: attributes that meet in one atom form a unit,
values of a unit on which all atoms agree are one class, and a duty is judged once for each combination of classes.
Every memory is bounded, so that no stream of facts makes it grow.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any
from weakref import WeakValueDictionary

from comity.bounds import decoded
from comity.enrich.dated import is_dated, valid_at
from comity.errors import UsageError, did_you_mean
from comity.judge.facts import with_derived
from comity.judge.outcome import Case
from comity.judge.periods import pack_cuts
from comity.judge.truth import Context, Seen, Truth, View, is_settled
from comity.judge.units import Unit, units_of
from comity.judge.verdicts import Duty
from comity.law.cel import Atom, instant
from comity.law.kleene import Kleene
from comity.law.model import OUT_OF_SCOPE, Law, Pack, Rule
from comity.vocabulary import CLOCK, KINDS, TALLY, Attribute, Kind, Type

#: How many situations, classes of each unit and outcomes of each duty are remembered.
REMEMBERED = 16_384

#: Answers of CEL that are remembered in all.
_ANSWERS = 1 << 18

_LISTS = (list, tuple, set, frozenset)

_MOMENT = timedelta(microseconds=1)

#: The moment of a law that never changes.
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, eq=False)
class Ruling:
    """What one duty says of one fact: a verdict, the exceptions that made it so, the attributes that are missing."""

    rule: Rule
    verdict: str
    lifted: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class SingleJudge:
    """Judges single facts by a law; ``as_of`` moves the law to a moment, ``now`` serves facts without a time."""

    def __init__(
        self, law: Law, as_of: datetime | None = None, now: datetime | None = None, remembered: int = REMEMBERED
    ) -> None:
        self._law, self._as_of, self._now, self._remembered = law, as_of, now, remembered
        self._truth = Truth(law, most=_ANSWERS)
        self._kinds: dict[str, _KindJudge] = {}

    def judge(
        self,
        kind: str,
        fact: Mapping[str, Any],
        tallies: Mapping[str, tuple[float, float]] | None = None,
        seen: datetime | None = None,
    ) -> tuple[Ruling, ...]:
        """What every duty about the kind says of a fact, whose attributes have names relative to the kind.

        ``tallies`` are the bounds of those that rules read, ``seen`` is the last moment that the evidence tells of.
        """
        if kind not in self._kinds:
            self._kinds[kind] = _KindJudge(self._law, KINDS[kind], self._truth, self._as_of, self._remembered)
        return self._kinds[kind].judge(fact, tallies or {}, seen, self._now)


class _KindJudge:
    """All duties about one kind. A *situation* is all that they read of a fact, and the stretch of each pack's law."""

    def __init__(self, law: Law, kind: Kind, truth: Truth, as_of: datetime | None, remembered: int) -> None:
        duties = [Duty.of(pack, rule) for pack, rule in law.about(kind.name)]
        self._kind, self._as_of = kind, as_of
        atoms = [atom for duty in duties for atom in duty.atoms]
        names = sorted({name for atom in atoms for name in atom.attributes})
        given = {name: kind.by_name[name] for name in map(kind.relative_name, names) if name in kind.by_name}
        self._plain = [name for name, attribute in given.items() if attribute.type in (Type.BOOL, Type.STRING)]
        self._reads = [
            (name, _reader(attribute, [atom for atom in atoms if kind.full_name(name) in atom.attributes]))
            for name, attribute in given.items()
            if name not in self._plain
        ]
        self._computed = [name for name in names if name.startswith((TALLY, CLOCK))]
        self._clocks = [law.clock(name)[1] for name in self._computed if name.startswith(CLOCK)]
        order = [*self._plain, *(name for name, _ in self._reads), *self._computed]
        self._dated = [place for place, name in enumerate(order) if is_dated(name)]
        places = {kind.full_name(name): place for place, name in enumerate(order)}
        self._packs = [
            _PackJudge(law, pack, [duty for duty in duties if duty.pack is pack], places, truth, remembered)
            for pack in dict.fromkeys(duty.pack for duty in duties)
        ]
        self._moot = tuple(Ruling(duty.rule, OUT_OF_SCOPE) for duty in duties)
        self._situation = lru_cache(remembered)(self._judge)

    def judge(
        self,
        fact: Mapping[str, Any],
        tallies: Mapping[str, tuple[float, float]],
        seen: datetime | None,
        now: datetime | None,
    ) -> tuple[Ruling, ...]:
        if not fact.keys() <= self._kind.by_name.keys():
            raise _unknown(self._kind, fact)
        if self._kind.moot and fact.get(self._kind.moot):
            return self._moot
        get = with_derived(self._kind.name, fact).get
        happened = _time(get("at")) or now or datetime.now(UTC)
        values: list[Any] = list(map(get, self._plain))
        values += [None if (value := get(name)) is None else read(value) for name, read in self._reads]
        for place in self._dated:
            if values[place] and "@" in "".join(values[place]):
                values[place] = tuple(valid_at(values[place], happened))
        if self._computed:
            values += self._compute(fact, tallies, seen)
        moment = self._as_of or happened
        return self._situation(tuple([pack.stretch(moment) for pack in self._packs]), tuple(values))

    def _judge(self, stretches: tuple[int, ...], values: tuple[Any, ...]) -> tuple[Ruling, ...]:
        found = [pack.judge(stretch, values) for pack, stretch in zip(self._packs, stretches, strict=True)]
        return tuple(ruling for rulings in found for ruling in rulings)

    def _compute(
        self, fact: Mapping[str, Any], tallies: Mapping[str, tuple[float, float]], seen: datetime | None
    ) -> list[Any]:
        """The values of tallies and clocks. Whatever the fact itself tells of, the evidence tells of."""
        times = {a.name: _time(fact.get(a.name)) for a in self._kind.attributes if a.type is Type.TIME}
        last = max((time for time in (seen, *times.values()) if time), default=None)
        clocks = {CLOCK + c.name: c.in_time(times[c.start], times[c.end], last) for c in self._clocks}
        return [clocks.get(name, tallies.get(name)) for name in self._computed]


class _PackJudge:
    """The duties of one pack. Its *stretches* are those between the instants at which its law changes."""

    def __init__(
        self,
        law: Law,
        pack: Pack,
        duties: Sequence[Duty],
        places: Mapping[str, int],
        truth: Truth,
        remembered: int,
    ) -> None:
        self._pack, self._cuts = pack, sorted(pack_cuts(law, pack))
        self._contexts: dict[int, Context] = {}
        units = units_of(duties[0].rule.about, (atom for duty in duties for atom in duty.atoms))
        self._units = [_UnitJudge(unit, truth, self._context, places, remembered) for unit in units.values()]
        numbers = {names: number for number, names in enumerate(units)}
        self._duties = [_DutyJudge(duty, truth, self._context, numbers, remembered) for duty in duties]

    def stretch(self, moment: datetime) -> int:
        """The number of the stretch in which a moment lies."""
        return bisect_right(self._cuts, moment)

    def judge(self, stretch: int, values: tuple[Any, ...]) -> list[Ruling]:
        """What each duty says."""
        classes = [unit.classify(stretch, unit.part(values)) for unit in self._units]
        return [duty.judge(stretch, tuple([classes[place] for place in duty.units])) for duty in self._duties]

    def _context(self, stretch: int) -> Context:
        """The context of a stretch; one moment stands for all of it."""
        if stretch not in self._contexts:
            moment = self._cuts[stretch - 1] if stretch else min(self._cuts, default=_EVER) - _MOMENT
            self._contexts[stretch] = Context.of(self._pack, moment, moment)
        return self._contexts[stretch]


@dataclass(frozen=True, eq=False)
class _Class:
    """Values of a unit's attributes, by full name, that stand for all on which its atoms agree; and what these say."""

    values: Mapping[str, Any]
    answers: Mapping[Atom, Kleene]


class _UnitJudge:
    """One unit before the law of a pack."""

    def __init__(
        self,
        unit: Unit,
        truth: Truth,
        context: Callable[[int], Context],
        places: Mapping[str, int],
        remembered: int,
    ) -> None:
        self._unit, self._truth, self._context = unit, truth, context
        self._attributes = [KINDS[unit.kind].by_name.get(name) for name in unit.attributes]
        self._atoms = sorted(unit.atoms, key=lambda atom: atom.text)
        self._classes: WeakValueDictionary[tuple[Any, ...], _Class] = WeakValueDictionary()
        self.part = itemgetter(*(places[KINDS[unit.kind].full_name(name)] for name in unit.attributes))
        self.classify = lru_cache(remembered)(self._classify)
        self._law_in = lru_cache(remembered)(self._asked_in)

    def _asked_in(self, stretch: int) -> tuple[View, list[Callable[[Seen], Kleene]]]:
        """How the law sees values in a stretch, and what gives the answer of each atom on what it sees."""
        context = self._context(stretch)
        view = View.of(self._atoms[0].attributes, context)
        return view, [self._truth.asker(atom, context) for atom in self._atoms]

    def _classify(self, stretch: int, part: Any) -> _Class:
        """The class of a value, or of a tuple of several: the same object for all that can't be told apart."""
        view, askers = self._law_in(stretch)
        parts = part if len(self._attributes) > 1 else (part,)
        given = [_plain(attribute, value) for attribute, value in zip(self._attributes, parts, strict=True)]
        values = self._unit.full(given)
        seen = view.seen(values)
        answers = tuple([ask(seen) for ask in askers])
        known = tuple([None if value is None else is_settled(value) for value in given])
        found = self._classes.get((known, answers))
        if found is None:
            found = _Class(values, dict(zip(self._atoms, answers, strict=True)))
            self._classes[known, answers] = found
        return found


class _DutyJudge:
    """One duty: what it said of the same classes in the same stretch it says again."""

    def __init__(
        self,
        duty: Duty,
        truth: Truth,
        context: Callable[[int], Context],
        numbers: Mapping[tuple[str, ...], int],
        remembered: int,
    ) -> None:
        self._duty, self._truth, self._context = duty, truth, context
        names = sorted({atom.attributes for atom in duty.atoms if atom.attributes})
        self._places = {atom: names.index(atom.attributes) for atom in duty.atoms if atom.attributes}
        self.units = [numbers[name] for name in names]
        self.judge = lru_cache(remembered)(self._judge)

    def _judge(self, stretch: int, classes: tuple[_Class, ...]) -> Ruling:
        context = self._context(stretch)

        def answer(atom: Atom) -> Kleene:
            place = self._places.get(atom)
            return self._truth.of(atom, {}, context) if place is None else classes[place].answers[atom]

        def values(atom: Atom) -> Mapping[str, Any]:
            place = self._places.get(atom)
            return {} if place is None else classes[place].values

        outcome = Case(answer, values, context).judge(self._duty.rule)
        return Ruling(self._duty.rule, outcome.verdict, outcome.lifted, outcome.missing)


def _plain(attribute: Attribute | None, value: Any) -> Any:
    """A value as CEL takes it; a fact that is silent about a closed attribute says false, or that there is no element.

    ``attribute`` is None for what is computed.
    """
    if attribute is None or (value is None and not attribute.closed):
        return value
    if attribute.type.is_list:
        return sorted(set(value or ())) if isinstance(value, tuple | None) else value
    return False if value is None else value


def _reader(attribute: Attribute, atoms: Sequence[Atom]) -> Callable[[Any], Any]:
    """What makes of a value something to be remembered by; all between two constants that atoms name is alike."""
    if attribute.type.is_list:
        return _list
    read = _time if attribute.type is Type.TIME else partial(decoded, attribute.name)
    if any(atom.sets or len(atom.attributes) > 1 for atom in atoms):
        return read
    cuts = sorted({cut for atom in atoms for cut in atom.cuts})
    step: Any = _MOMENT if attribute.type is Type.TIME else 1

    def stand_in(value: Any) -> Any:
        value = read(value)
        if isinstance(value, tuple) or not cuts:
            return value
        place = bisect_left(cuts, value)
        if place < len(cuts) and cuts[place] == value:
            return value
        return cuts[place - 1] + step if place else cuts[0] - step

    return stand_in


def _list(value: Any) -> Any:
    return tuple(value) if isinstance(value, _LISTS) else value


def _time(value: Any) -> Any:
    return instant(value) if isinstance(value, str) else value


def _unknown(kind: Kind, fact: Mapping[str, Any]) -> UsageError:
    name = min(fact.keys() - kind.by_name.keys())
    return UsageError("attribute", f"a {kind.name} has no attribute `{name}`", help=did_you_mean(name, kind.by_name))
