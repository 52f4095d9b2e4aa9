"""What totals share: facts as all of them see them, groups of facts that are alike, and how surely facts count.

Many totals of a law read the same attributes. What is found about these is found once for all of them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comity.bounds import OPEN, least
from comity.engine.duckdb import Engine, literal, quote
from comity.judge.coding import Coding, plain
from comity.judge.contexts import Contexts
from comity.judge.keys import Keys
from comity.judge.outcome import Case
from comity.judge.periods import Periods
from comity.judge.scan import Facts
from comity.judge.truth import Context, Truth
from comity.law.kleene import Kleene, all_of, any_of, evaluate, negate
from comity.law.model import Pack, Total
from comity.vocabulary import KINDS

#: How surely a fact counts, as a number.
_COUNTS: dict[Kleene, int] = {False: 0, None: 1, True: 2}

_NUMBER = "INTEGER"


@dataclass(frozen=True)
class Groups:
    """Groups of facts that are alike in some attributes: a table of their codes and ``grp``, and ``numbers`` by values.

    Number 0 is that of facts of which it is not known to what group they belong.
    """

    table: str
    numbers: Mapping[tuple[Any, ...], int]

    @property
    def nameless(self) -> bool:
        """Whether there are facts of which it is not known to what group they belong."""
        return 0 in self.numbers.values()


@dataclass(frozen=True)
class Counts:
    """How surely facts count for totals that read the same: a table of the codes of what they read, an epoch (a column
    ``epoch``, as SQL over a fact ``moment``), and a number for each total; ``nonzero`` totals are those with any.
    """

    table: str
    column: str
    epoch: str
    nonzero: frozenset[str]


class Count:
    """Facts as all totals over them see them: a table ``facts`` of codes, moments, epochs and numbers, made once.

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
        self._at = 'f."at"' if self.has_time else "NULL::TIMESTAMPTZ"
        self.moment = f"epoch_us(coalesce({self._at}, TIMESTAMPTZ {literal(now.isoformat())}))"
        self._groups: dict[tuple[str, ...], Groups] = {}
        self._counts: dict[tuple[str, ...], Counts] = {}

    def make(self, totals: Iterable[tuple[Pack, Total]]) -> None:
        """Make the table, with what some totals read, and find how surely facts count for them."""
        alike: dict[tuple[str, ...], list[tuple[Pack, Total]]] = {}
        for pack, total in totals:
            alike.setdefault(total.reads, []).append((pack, total))
        found = [total for those in alike.values() for _, total in those]
        epochs = [self._epochs(those) for those in alike.values()]
        read = list(dict.fromkeys(name for total in found for name in total.attributes))
        coded = [f"{self.keys.of(name).expression} AS {self.keys.of(name).name}" for name in read]
        counted = dict.fromkeys(total.counts for total in found)
        numbers = [f"{self.number(name)} AS {quote(name)}, {self._hole(name)} AS {hole(name)}" for name in counted]
        told = [f"{self.periods.expression(self._at, own)} AS epoch{n}" for n, own in enumerate(epochs)]
        listing = ", ".join([*coded, *numbers, *told, f"{self.moment} AS us"])
        self.engine.table(self.facts, f"SELECT {listing} FROM {self.keys.scan(read)} {self.keys.not_moot()}")
        for number, ((reads, those), own) in enumerate(zip(alike.items(), epochs, strict=True)):
            self._counts[reads] = self._find_counts(number, reads, those, own)

    def number(self, name: str) -> str:
        """The least that the number of a fact is, as SQL; null where the fact tells none that can be."""
        if name not in self.columns:
            return "NULL::BIGINT"
        given = f"f.{quote(name)}"
        return least(given) if name in OPEN else f"CASE WHEN {given} >= 0 THEN {given} END"

    def _hole(self, name: str) -> str:
        """Whether nobody knows the most that the number of a fact is, as SQL."""
        return f"coalesce(f.{quote(name)}, -1) < 0" if name in self.columns else "true"

    def alike(self, alias: str, names: Iterable[str]) -> str:
        """The condition that a row of a table of codes is about a row of the table ``facts`` called ``f``."""
        return " AND ".join(f"{alias}.{key} = f.{key}" for key in self._columns(names)) or "true"

    def groups(self, by: tuple[str, ...]) -> Groups:
        """The groups of facts that are alike in some attributes."""
        if by not in self._groups:
            self._groups[by] = self._find_groups(f"{self.facts}_groups{len(self._groups)}", by)
        return self._groups[by]

    def counts(self, total: Total) -> Counts:
        """How surely facts count for a total."""
        return self._counts[total.reads]

    def surely(self, total: Total, values: Mapping[str, Any], context: Context) -> Kleene:
        """Whether a fact counts, by the values of its attributes (relative names)."""
        kind = KINDS[total.about]
        known = {kind.full_name(name): values.get(name) for name in total.reads}
        case = Case(lambda atom: self.truth.of(atom, known, context), lambda atom: known, context)
        within = evaluate(total.where, case.atom) if total.where else True
        return all_of((within, negate(any_of(case.holds(exception) for exception in total.unless))))

    def _columns(self, names: Iterable[str]) -> list[str]:
        return [self.keys.of(name).name for name in names]

    def _find_groups(self, table: str, by: tuple[str, ...]) -> Groups:
        columns = self._columns(by)
        known = " AND ".join(f"{key} <> 0" for key in columns) or "true"
        keyed = ", ".join(columns) or "0 AS all_alike"
        self.engine.gather(f"{table}_alike", f"SELECT DISTINCT {keyed} FROM {self.facts}")
        self.engine.table(
            table,
            f"SELECT *, CASE WHEN {known} THEN row_number() OVER () ELSE 0 END::INTEGER AS grp "
            f"FROM (SELECT * FROM {table}_alike ORDER BY ALL)",
        )
        rows = self.engine.rows(f"SELECT {', '.join([*columns, 'grp'])} FROM {table}")
        return Groups(table, {tuple(map(plain, self._values(by, codes))): group for *codes, group in rows})

    def _values(self, names: Sequence[str], codes: Sequence[int]) -> list[Any]:
        return [self.codings[name].values[code] for name, code in zip(names, codes, strict=True)]

    def _epochs(self, totals: Iterable[tuple[Pack, Total]]) -> list[int]:
        """The number, for each period, of the stretch of time in which what counts can't change for some totals."""
        numbers: dict[Hashable, int] = {}
        laws = zip(*(self._laws(pack, total) for pack, total in totals), strict=True)
        return [numbers.setdefault(law, len(numbers)) for law in laws]

    def _laws(self, pack: Pack, total: Total) -> list[Hashable]:
        """What the law says in each period of what counts for a total."""
        rules = [rule for exception in total.unless for rule in exception.with_exceptions()]
        nodes = [*([total.where] if total.where else []), *(rule.when for rule in rules)]
        atoms = sorted({atom for node in nodes for atom in node.atoms()}, key=lambda atom: atom.text)
        seen = [self.contexts.of(pack, period) for period in range(len(self.periods.all))]
        laws = {key: self.truth.epoch(rules, atoms, c) for key, c in {id(c): c for c in seen}.items()}
        return [laws[id(context)] for context in seen]

    def _find_counts(
        self, number: int, reads: tuple[str, ...], totals: Sequence[tuple[Pack, Total]], epochs: Sequence[int]
    ) -> Counts:
        table, column = f"{self.facts}_counts{number}", f"epoch{number}"
        names = [total.name for _, total in totals]
        rows = self.engine.rows(
            f"SELECT DISTINCT {', '.join([*self._columns(reads), column])} FROM {self.facts} ORDER BY ALL"
        )
        counts = []
        for *codes, epoch in rows:
            values = dict(zip(reads, self._values(reads, codes), strict=True))
            period = epochs.index(epoch)
            sure = [self.surely(total, values, self.contexts.of(pack, period)) for pack, total in totals]
            counts.append([*codes, epoch, *map(_COUNTS.__getitem__, sure)])
        columns = [*(f"k {name}" for name in reads), "epoch", *names]
        self.engine.create(table, dict.fromkeys(columns, _NUMBER), counts)
        nonzero = frozenset(name for place, name in enumerate(names, -len(names)) if any(row[place] for row in counts))
        return Counts(table, column, self.periods.expression(self._at, epochs), nonzero)


def hole(name: str) -> str:
    """The column that says that nobody knows the most that a number is."""
    return quote(f"{name} or more")
