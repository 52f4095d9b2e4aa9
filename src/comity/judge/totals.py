"""Totals: what many facts come to over a window of time, as exact bounds at the moment of every fact.

A total has a lower and an upper bound. What surely counts adds to both, what may count to the upper one; people may be
the same people, so that the largest number is the lower bound; a number of which no more than the least is known leaves
no upper bound. A fact of which it is not known to what group it belongs may belong to any: it adds to the upper bound
of all.

Here it is found which facts are alike and whether they count; what they come to at which moments stands in ``steps``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

from comity.bounds import OPEN, UNBOUNDED, least
from comity.engine.duckdb import Engine, literal, quote
from comity.judge.coding import Coding, plain
from comity.judge.contexts import Contexts
from comity.judge.keys import Key, Keys
from comity.judge.outcome import Case
from comity.judge.periods import Periods
from comity.judge.scan import Facts
from comity.judge.steps import Steps, class_of
from comity.judge.truth import Context, Truth
from comity.law.kleene import Kleene, all_of, any_of, evaluate, negate
from comity.law.model import Pack, Total
from comity.vocabulary import KINDS, TALLY, Attribute, Role, Type

Bounds = tuple[int, int]

#: How surely a fact counts, as a number.
_COUNTS: dict[Kleene, int] = {False: 0, None: 1, True: 2}

_NUMBER = "INTEGER"


class Count:
    """Facts as all totals over them see them: a table ``facts`` of codes, moments and numbers, made once.

    A fact without a time counts at ``now``, whose law judges it.
    """

    facts = "counted"

    def __init__(
        self,
        engine: Engine,
        facts: Facts,
        keys: Keys,
        codings: Mapping[str, Coding],
        periods: Periods,
        contexts: Contexts,
        truth: Truth,
        now: datetime,
    ) -> None:
        self.engine, self.keys, self.codings, self.now = engine, keys, codings, now
        self.periods, self.contexts, self.truth = periods, contexts, truth
        self.columns, self.has_time = facts.columns, "at" in facts.columns
        at = 'f."at"' if self.has_time else "NULL::TIMESTAMPTZ"
        self.moment = f"epoch_us(coalesce({at}, TIMESTAMPTZ {literal(now.isoformat())}))"
        self.period = periods.expression(at)

    def make(self, totals: Iterable[Total]) -> None:
        """Make the table, with what some totals read."""
        found = list(totals)
        read = list(dict.fromkeys(name for total in found for name in total.attributes))
        coded = [f"{self.keys.of(name).expression} AS {self.keys.of(name).name}" for name in read]
        counted = dict.fromkeys(total.counts for total in found)
        numbers = [f"{self.number(name)} AS {quote(name)}, {self._hole(name)} AS {_hole(name)}" for name in counted]
        listing = ", ".join([*coded, *numbers, f"{self.moment} AS us", f"{self.period} AS period"])
        self.engine.table(self.facts, f"SELECT {listing} FROM {self.keys.scan(read)} {self.keys.not_moot()}")

    def number(self, name: str) -> str:
        """The least that the number of a fact is, as SQL; null where the fact tells none that can be."""
        if name not in self.columns:
            return "NULL::BIGINT"
        given = f"f.{quote(name)}"
        return least(given) if name in OPEN else f"CASE WHEN {given} >= 0 THEN {given} END"

    def _hole(self, name: str) -> str:
        """Whether nobody knows the most that the number of a fact is, as SQL."""
        return f"coalesce(f.{quote(name)}, -1) < 0" if name in self.columns else "true"


class Counting:
    """A total that was computed: the coding and the key by which situations know it, and what findings are told."""

    def __init__(self, count: Count, total: Total, pack: Pack) -> None:
        self._count, self._total, self._pack, self._engine = count, total, pack, count.engine
        self._named = f"total_{total.name}"
        self._groups: dict[tuple[Any, ...], int] = {}
        self._any = self._find_groups()
        self._steps = Steps(self._engine, self._named, total, pack.period.zone.key)
        self._known: dict[tuple[int, int], Bounds] = {}
        if self._any:
            self._number()
            self._steps.find(self._nameless)

    @property
    def _nameless(self) -> bool:
        """Whether there are facts of which it is not known to what group they belong."""
        return 0 in self._groups.values()

    @property
    def coding(self) -> Coding:
        """Pairs of bounds by code; code 0 stands for none, which no fact has."""
        attribute = Attribute(TALLY + self._total.name, Type.INT, Role.DERIVED, self._total.title)
        cuts = self._total.cuts
        values = [_middle(cuts, place) for place in range(_places(cuts))] if self._any else [0]
        return Coding(attribute, [None, *((low, high) for low in values for high in values)])

    @property
    def key(self) -> Key:
        """The key by which situations are told apart."""
        name = quote(f"k {TALLY}{self._total.name}")
        if not self._any:
            return Key(name, "1", len(self.coding.values))
        joins, low, high = self._classes()
        expression = f"1 + coalesce({low} * {_places(self._total.cuts)} + {high}, 0)"
        reads = tuple(read for name in self._total.attributes for read in self._count.keys.of(name).reads)
        return Key(name, expression, len(self.coding.values), None, reads, joins)

    def of(self, values: Mapping[str, Any]) -> Bounds:
        """The bounds for a fact by the values of its attributes (relative names): how far they went while no rule's
        number was passed.
        """
        if not self._any:
            return (0, 0)
        group, us = place = self._place(values)
        low, high = self._known.get(place, (0, 0))
        if group == 0:
            context = self._count.contexts.of(self._pack, self._count.periods.number_of(values.get("at")))
            since = self._since()
            sure = self._counts(values, context) and (since is None or us >= micros(since))
            low = _least(values.get(self._total.counts)) if sure else 0
        return (min(low, UNBOUNDED), min(high, UNBOUNDED))

    def look_up(self, facts: Iterable[Mapping[str, Any]]) -> None:
        """Look up all facts that ``of`` will be asked about, at once."""
        if self._any:
            self._known = self._steps.at(map(self._place, facts))

    def _place(self, values: Mapping[str, Any]) -> tuple[int, int]:
        """The group of a fact, and its moment."""
        group = self._groups.get(tuple(plain(values.get(name)) for name in self._total.by), 0)
        return group, micros(values.get("at") or self._count.now)

    def _columns(self, names: Sequence[str]) -> list[str]:
        return [self._count.keys.of(name).name for name in names]

    def _find_groups(self) -> bool:
        """Make the tables of groups and of what counts; whether anything does. Group 0 is not known."""
        by, read = self._columns(self._total.by), self._columns(self._total.reads)
        epochs = self._number_epochs()
        known = " AND ".join(f"{key} <> 0" for key in by) or "true"
        keyed = ", ".join(by) or "0 AS all_alike"
        self._engine.gather(f"{self._named}_alike", f"SELECT DISTINCT {keyed} FROM {self._count.facts}")
        self._engine.table(
            f"{self._named}_groups",
            f"SELECT *, CASE WHEN {known} THEN row_number() OVER () ELSE 0 END::INTEGER AS grp "
            f"FROM (SELECT * FROM {self._named}_alike ORDER BY ALL)",
        )
        rows = self._engine.rows(
            f"SELECT DISTINCT {', '.join([*read, 'epoch'])} FROM {self._count.facts} "
            f"JOIN {self._named}_epochs USING (period) ORDER BY ALL"
        )
        counts = [(*codes, epoch, _COUNTS[self._counts_by(codes, epochs[epoch])]) for *codes, epoch in rows]
        columns = [f"k {name}" for name in self._total.reads]
        self._engine.create(f"{self._named}_counts", dict.fromkeys([*columns, "epoch", "counts"], _NUMBER), counts)
        return any(row[-1] for row in counts)

    def _number_epochs(self) -> list[Context]:
        """Number the stretches of time in which what counts can't change; one context of each."""
        rules = [rule for exception in self._total.unless for rule in exception.with_exceptions()]
        nodes = [*([self._total.where] if self._total.where else []), *(rule.when for rule in rules)]
        atoms = sorted({atom for node in nodes for atom in node.atoms()}, key=lambda atom: atom.text)
        seen: dict[int, Any] = {}
        numbers: dict[Any, int] = {}
        found: list[Context] = []
        rows = []
        for period in range(len(self._count.periods.all)):
            context = self._count.contexts.of(self._pack, period)
            if id(context) not in seen:
                seen[id(context)] = self._count.truth.epoch(rules, atoms, context)
            if seen[id(context)] not in numbers:
                numbers[seen[id(context)]] = len(found)
                found.append(context)
            rows.append((period, numbers[seen[id(context)]]))
        self._engine.create(f"{self._named}_epochs", {"period": _NUMBER, "epoch": _NUMBER}, rows)
        return found

    def _counts_by(self, codes: Sequence[int], context: Context) -> Kleene:
        """Whether facts with the given codes of what is read count."""
        names = zip(self._total.reads, codes, strict=True)
        return self._counts({name: self._count.codings[name].values[code] for name, code in names}, context)

    def _counts(self, values: Mapping[str, Any], context: Context) -> Kleene:
        kind = KINDS[self._total.about]
        known = {kind.full_name(name): values.get(name) for name in self._total.reads}
        case = Case(lambda atom: self._count.truth.of(atom, known, context), lambda atom: known, context)
        within = evaluate(self._total.where, case.atom) if self._total.where else True
        return all_of((within, negate(any_of(case.holds(exception) for exception in self._total.unless))))

    def _number(self) -> None:
        """The table of numbers: group, moment, number, how surely it counts; and the numbers of the groups."""
        by = " AND ".join(f"g.{name} = f.{name}" for name in self._columns(self._total.by)) or "true"
        read = "".join(f" AND c.{name} = f.{name}" for name in self._columns(self._total.reads))
        self._engine.table(
            f"{self._named}_numbers",
            f"SELECT g.grp, f.us, f.{quote(self._total.counts)} AS number, f.{_hole(self._total.counts)} AS hole, "
            f"{self._surely('c', 'f.us')} AS counts "
            f"FROM {self._count.facts} f JOIN {self._named}_epochs e USING (period) "
            f"JOIN {self._named}_groups g ON {by} JOIN {self._named}_counts c ON c.epoch = e.epoch{read}",
        )
        names = ", ".join([*self._columns(self._total.by), "grp"])
        for *codes, group in self._engine.rows(f"SELECT {names} FROM {self._named}_groups"):
            values = (self._count.codings[n].values[code] for n, code in zip(self._total.by, codes, strict=True))
            self._groups[tuple(map(plain, values))] = group

    def _surely(self, counts: str, moment: str) -> str:
        """How surely a fact counts, as a number; what came before a window that begins with a day does not."""
        since = self._since()
        if since is None:
            return f"{counts}.counts"
        return f"CASE WHEN {moment} >= {micros(since)} THEN {counts}.counts ELSE 0 END"

    def _since(self) -> datetime | None:
        since = self._total.window.since
        return datetime.combine(since, time.min, self._pack.period.zone) if since else None

    def _alike(self, alias: str, names: Sequence[str]) -> str:
        """The condition that a row of a table of codes is about a fact of the scan."""
        keys = map(self._count.keys.of, names)
        return " AND ".join(f"{alias}.{key.name} = {key.expression}" for key in keys) or "true"

    def _classes(self) -> tuple[tuple[str, ...], str, str]:
        """The joins of facts with the steps, and the classes of both bounds as SQL.

        The lower bound of a fact whose group is not known is its own number.
        """
        group, step, sure, epoch = (f"{letter}_{self._named}" for letter in "gsce")
        joins = [
            f"LEFT JOIN {self._named}_groups {group} ON {self._alike(group, self._total.by)}",
            f"ASOF LEFT JOIN {self._steps.table} {step} ON {step}.grp = {group}.grp "
            f"AND {self._count.moment} >= {step}.us"
            if self._count.has_time
            else f"LEFT JOIN {self._steps.table} {step} ON {step}.grp = {group}.grp",  # all of it at one moment
        ]
        if not self._nameless:
            return tuple(joins), f"{step}.low_class", f"{step}.high_class"
        joins += [
            f"LEFT JOIN {self._named}_epochs {epoch} ON {epoch}.period = {self._count.period}",
            f"LEFT JOIN {self._named}_counts {sure} ON {sure}.epoch = {epoch}.epoch "
            f"AND {self._alike(sure, self._total.reads)}",
        ]
        number = self._count.number(self._total.counts)
        counted = f"CASE WHEN {self._surely(sure, self._count.moment)} = 2 THEN {number} END"
        own = class_of(f"coalesce({counted}, 0)", self._total.cuts)
        return tuple(joins), f"CASE WHEN {step}.grp = 0 THEN {own} ELSE {step}.low_class END", f"{step}.high_class"


def _hole(name: str) -> str:
    """The column that says that nobody knows the most that a number is."""
    return quote(f"{name} or more")


def _least(number: Any) -> int:
    """The least that the number of a fact is."""
    return int(number[0]) if isinstance(number, tuple) else max(number or 0, 0)


def _places(cuts: Sequence[int]) -> int:
    """How many places there are: below, on and above each cut."""
    return 2 * len(cuts) + 1


def _middle(cuts: Sequence[int], place: int) -> int:
    """A value that stands for a place among the cuts."""
    if not cuts:
        return 0
    return cuts[0] - 1 if place == 0 else cuts[(place - 1) // 2] + (place - 1) % 2


def micros(moment: datetime) -> int:
    """A moment in microseconds since 1970."""
    since = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
