"""Totals: what many facts come to over a window of time, as exact bounds at the moment of every fact.

A total has a lower and an upper bound. What surely counts adds to both, what may count to the upper one; people may be
the same people, so that the largest number is the lower bound; a number that is not known leaves no upper bound. A fact
of which it is not known to what group it belongs may belong to any: it adds to the upper bound of all.

Rules compare totals with a few numbers. So a total is not kept for every fact, but as *steps*: the moments at which its
bounds pass one of these numbers. They are found day by day first, and to the instant only in the days in which
something is passed, so that the work grows with the days and not with the facts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from comity.engine.duckdb import Engine, literal, quote
from comity.judge.coding import Coding
from comity.judge.keys import Key, Keys
from comity.judge.outcome import Case
from comity.judge.periods import Periods
from comity.judge.scan import Facts
from comity.judge.truth import Context, Truth
from comity.law.kleene import Kleene, all_of, any_of, evaluate, negate
from comity.law.model import UNBOUNDED, Pack, Total
from comity.law.spans import Window
from comity.vocabulary import KINDS, TALLY, Attribute, Role, Type

Bounds = tuple[int, int]

#: A day in microseconds.
_DAY = 24 * 60 * 60 * 1_000_000

#: How surely a fact counts, as a number.
_COUNTS: dict[Kleene, int] = {False: 0, None: 1, True: 2}


class Counting:
    """A total that was computed: the coding and the key by which situations know it, and what findings are told."""

    def __init__(self, work: _Work) -> None:
        self._work = work
        self._name = TALLY + work.total.name
        self._any = work.find_groups()
        if self._any:
            work.count()
            work.reduce()
            work.find_steps()

    @property
    def coding(self) -> Coding:
        """Pairs of bounds by code; code 0 stands for none, which no fact has."""
        attribute = Attribute(self._name, Type.INT, Role.DERIVED, self._work.total.title)
        cuts = self._work.total.cuts
        values = [_middle(cuts, place) for place in range(_places(cuts))] if self._any else [0]
        return Coding(attribute, [None, *((low, high) for low in values for high in values)])

    @property
    def key(self) -> Key:
        """The key by which situations are told apart."""
        joins, low, high = self._work.classes() if self._any else ((), "0", "0")
        expression = f"1 + coalesce({low} * {_places(self._work.total.cuts)} + {high}, 0)" if self._any else "1"
        reads = tuple(read for name in self._work.total.attributes for read in self._work.keys.of(name).reads)
        return Key(quote(f"k {self._name}"), expression, len(self.coding.values), None, reads, joins)

    def of(self, values: Mapping[str, Any]) -> Bounds:
        """The bounds for a fact by the values of its attributes (relative names): how far they went while no rule's
        number was passed.
        """
        return self._work.bounds(values) if self._any else (0, 0)


def total_up(
    engine: Engine,
    facts: Facts,
    keys: Keys,
    total: Total,
    pack: Pack,
    codings: Mapping[str, Coding],
    times: Times,
    truth: Truth,
) -> Counting:
    """Compute a total over all facts that are not moot."""
    return Counting(_Work(engine, facts, keys, total, pack, codings, times, truth))


@dataclass(frozen=True)
class Times:
    """The periods of the facts, and the moment of those without a time."""

    periods: Periods
    now: datetime


class _Work:
    """The tables of one total, made one after the other."""

    def __init__(
        self,
        engine: Engine,
        facts: Facts,
        keys: Keys,
        total: Total,
        pack: Pack,
        codings: Mapping[str, Coding],
        times: Times,
        truth: Truth,
    ) -> None:
        self._engine, self._facts, self.keys, self.total, self._pack = engine, facts, keys, total, pack
        self._codings, self._times, self._truth = codings, times, truth
        self._named = f"total_{total.name}"
        at = f'coalesce(f."at", {_instant(times.now)})' if "at" in facts.columns else _instant(times.now)
        self._moment = f"epoch_us({at})"
        self._period = times.periods.expression('f."at"' if "at" in facts.columns else "NULL::TIMESTAMPTZ")
        self._number = f"f.{quote(total.counts)}" if total.counts in facts.columns else "NULL::BIGINT"
        self._groups: dict[tuple[Any, ...], int] = {}
        self._nameless = False

    def _columns(self, names: Sequence[str]) -> list[str]:
        return [self.keys.of(name).name for name in names]

    def _scan(self) -> str:
        """The facts with all that decides their groups, and whether they count."""
        epochs = f"JOIN {self._named}_epochs e ON e.period = {self._period}"
        return f"{self.keys.scan(self.total.attributes)} {epochs}"

    def find_groups(self) -> bool:
        """Make the tables of groups and of what counts; whether anything does."""
        by, read = self._columns(self.total.by), self._columns(self.total.reads)
        epochs = self._epochs()
        listing = [f"{self.keys.of(name).expression} AS {self.keys.of(name).name}" for name in self.total.attributes]
        self._engine.run(
            f"CREATE OR REPLACE TABLE {self._named}_met AS SELECT DISTINCT {', '.join([*listing, 'epoch'])} "
            f"FROM {self._scan()} {self.keys.not_moot()}"
        )
        known = " AND ".join(f"{key} <> 0" for key in by) or "true"
        keyed = ", ".join(by) or "0 AS all_alike"
        self._engine.run(
            f"CREATE OR REPLACE TABLE {self._named}_groups AS SELECT *, CASE WHEN {known} THEN row_number() OVER () "
            f"ELSE 0 END::INTEGER AS grp FROM (SELECT DISTINCT {keyed} FROM {self._named}_met)"
        )
        rows = self._engine.rows(f"SELECT DISTINCT {', '.join([*read, 'epoch'])} FROM {self._named}_met ORDER BY ALL")
        counts = [(*row, _COUNTS[self._counts(row[:-1], epochs[row[-1]])]) for row in rows]
        columns = dict.fromkeys([*(name.strip('"') for name in read), "epoch", "counts"], "INTEGER")
        self._engine.create(f"{self._named}_counts", columns, counts)
        return any(row[-1] for row in counts)

    def _epochs(self) -> list[Context]:
        """Number the stretches of time in which what counts can't change; one context of each."""
        rules = [rule for exception in self.total.unless for rule in exception.with_exceptions()]
        nodes = [*([self.total.where] if self.total.where else []), *(rule.when for rule in rules)]
        atoms = sorted({atom for node in nodes for atom in node.atoms()}, key=lambda atom: atom.text)
        numbers: dict[Any, int] = {}
        contexts: list[Context] = []
        rows = []
        for period, stretch in enumerate(self._times.periods.all):
            context = Context.of(self._pack, stretch.moment, stretch.happened)
            force = tuple(context.in_force(rule) for rule in rules)
            key = (force, *(self._truth.version(atom, context) for atom in atoms))
            if key not in numbers:
                numbers[key] = len(contexts)
                contexts.append(context)
            rows.append((period, numbers[key]))
        self._engine.create(f"{self._named}_epochs", {"period": "INTEGER", "epoch": "INTEGER"}, rows)
        return contexts

    def _counts(self, codes: Sequence[int], context: Context) -> Kleene:
        """Whether facts with the given codes of what is read count."""
        names = zip(self.total.reads, codes, strict=True)
        return self._holds({name: self._codings[name].values[code] for name, code in names}, context)

    def _holds(self, values: Mapping[str, Any], context: Context) -> Kleene:
        kind = KINDS[self.total.about]
        known = {kind.full_name(name): values.get(name) for name in self.total.reads}
        case = Case(lambda atom: self._truth.of(atom, known, context), lambda atom: known, context)
        within = evaluate(self.total.where, case.atom) if self.total.where else True
        return all_of((within, negate(any_of(case.holds(exception) for exception in self.total.unless))))

    def bounds(self, values: Mapping[str, Any]) -> Bounds:
        """The bounds for a fact by the values of its attributes (relative names)."""
        group = self._groups.get(tuple(_plain(values.get(name)) for name in self.total.by), 0)
        at = values.get("at")
        rows = self._engine.rows(
            f"SELECT low, high FROM {self._named}_steps WHERE grp = {group} "
            f"AND us <= {_micros(at or self._times.now)} ORDER BY us DESC LIMIT 1"
        )
        low, high = rows[0] if rows else (0, 0)
        if group == 0:
            stretch = self._times.periods.all[self._times.periods.number_of(at)]
            since, happened = self._since(), at or self._times.now
            sure = self._holds(values, Context.of(self._pack, stretch.moment, stretch.happened))
            sure = sure and (since is None or happened >= since)
            low = max(values.get(self.total.counts) or 0, 0) if sure else 0
        return (min(int(low), UNBOUNDED), min(int(high), UNBOUNDED))

    def _alike(self, alias: str, names: Sequence[str]) -> str:
        """The condition that a row of a table of codes is about the fact."""
        same = (f"{alias}.{self.keys.of(name).name} = {self.keys.of(name).expression}" for name in names)
        return " AND ".join(same) or "true"

    def count(self) -> None:
        """The table of numbers: group, moment, number, how surely it counts."""
        self._engine.run(
            f"CREATE OR REPLACE TABLE {self._named}_numbers AS SELECT g.grp, {self._moment} AS us, "
            f"CASE WHEN {self._number} >= 0 THEN {self._number} END AS number, {self._surely('c')} AS counts "
            f"FROM {self._scan()} "
            f"JOIN {self._named}_groups g ON {self._alike('g', self.total.by)} "
            f"JOIN {self._named}_counts c ON c.epoch = e.epoch AND {self._alike('c', self.total.reads)} "
            f"{self.keys.not_moot()}"
        )
        names = ", ".join([*self._columns(self.total.by), "grp"])
        for *codes, group in self._engine.rows(f"SELECT {names} FROM {self._named}_groups"):
            values = (self._codings[n].values[code] for n, code in zip(self.total.by, codes, strict=True))
            self._groups[tuple(map(_plain, values))] = group
        self._nameless = bool(self._engine.value(f"SELECT bool_or(grp = 0) FROM {self._named}_numbers"))

    def _surely(self, counts: str) -> str:
        """How surely a fact counts, as a number; what came before a window that begins with a day does not."""
        since = self._since()
        if since is None:
            return f"{counts}.counts"
        return f"CASE WHEN {self._moment} >= {_micros(since)} THEN {counts}.counts ELSE 0 END"

    def _since(self) -> datetime | None:
        since = self.total.window.since
        return datetime.combine(since, time.min, self._pack.period.zone) if since else None

    def _sums(self) -> str:
        return (
            "coalesce(sum(number) FILTER (counts = 2), 0) AS surely, coalesce(max(number) FILTER (counts = 2), 0) AS "
            "largest, coalesce(sum(number) FILTER (counts > 0), 0) AS maybe, "
            "count(*) FILTER (counts > 0 AND number IS NULL) AS holes"
        )

    def _windowed(self, frame: str) -> tuple[str, str]:
        """The two bounds as SQL over rows that have the sums and are ordered by ``place``."""
        own = f"OVER (PARTITION BY grp ORDER BY place {frame})"
        low = f"coalesce({'sum(surely)' if self.total.adds else 'max(largest)'} {own}, 0)"
        maybe, holes = f"coalesce(sum(maybe) {own}, 0)", f"coalesce(sum(holes) {own}, 0)"
        if self._nameless:
            every = f"OVER (ORDER BY place {frame})"
            nameless = [
                f"coalesce(sum(CASE WHEN grp = 0 THEN {name} ELSE 0 END) {every}, 0)" for name in ("maybe", "holes")
            ]
            anyone = [f"coalesce(sum({name}) {every}, 0)" for name in ("maybe", "holes")]
            maybe = f"CASE WHEN grp = 0 THEN {anyone[0]} ELSE {maybe} + {nameless[0]} END"
            holes = f"CASE WHEN grp = 0 THEN {anyone[1]} ELSE {holes} + {nameless[1]} END"
            low = f"CASE WHEN grp = 0 THEN 0 ELSE {low} END"
        return low, f"CASE WHEN {holes} > 0 THEN {UNBOUNDED} ELSE {maybe} END"

    def _class(self, value: str) -> str:
        """The place of a value among the numbers that rules compare with: below, on and above each."""
        steps = [f"({value} >= {cut})::INTEGER + ({value} > {cut})::INTEGER" for cut in self.total.cuts]
        return f"({' + '.join(steps) or '0'})"

    def reduce(self) -> None:
        """Few rows that give the same steps: whole days, but instants in days in which a number may be passed."""
        lower, numbers = self._lower, f"{self._named}_numbers"
        day = f"((us - (us % {_DAY} + {_DAY}) % {_DAY}) // {_DAY})"
        self._engine.run(
            f"CREATE OR REPLACE TABLE {self._named}_days AS SELECT grp, {day} AS place, min(us) AS us, {self._sums()} "
            f"FROM {numbers} GROUP BY grp, place"
        )
        first, last = lower(f"place * {_DAY}"), lower(f"place * {_DAY} + {_DAY - 1}")
        floor = f"((x - (x % {_DAY} + {_DAY}) % {_DAY}) // {_DAY})"
        most = self._windowed("RANGE BETWEEN greatest(place - oldest, 0) PRECEDING AND CURRENT ROW")
        least = self._windowed("RANGE BETWEEN greatest(place - newest, 0) PRECEDING AND 1 PRECEDING")
        self._engine.run(
            f"CREATE OR REPLACE TABLE {self._named}_fine AS WITH spans AS (SELECT *, "
            f"{floor.replace('x', f'({first})')} AS oldest, {floor.replace('x', f'({last} - 1)')} + 1 AS newest "
            f"FROM {self._named}_days), bounds AS (SELECT place, oldest, newest, "
            f"{least[0]} AS low_least, {most[0]} AS low_most, {least[1]} AS high_least, {most[1]} AS high_most "
            f"FROM spans), open AS (SELECT DISTINCT place, oldest, newest FROM bounds WHERE "
            f"{self._class('low_least')} <> {self._class('low_most')} "
            f"OR {self._class('high_least')} <> {self._class('high_most')}) "
            "SELECT DISTINCT unnest(list_distinct([place, oldest, newest - 1])) AS place FROM open"
        )
        self._engine.run(
            f"CREATE OR REPLACE TABLE {self._named}_rows AS "
            f"SELECT grp, us, us AS place, surely, largest, maybe, holes FROM {self._named}_days "
            f"WHERE place NOT IN (SELECT place FROM {self._named}_fine) UNION ALL "
            f"SELECT grp, us, us AS place, {self._sums()} FROM {numbers} "
            f"WHERE {day} IN (SELECT place FROM {self._named}_fine) GROUP BY grp, us"
        )

    def _lower(self, us: str) -> str:
        """The first instant that counts at another, both in microseconds, as SQL."""
        return lower_bound(self.total.window, us, self._pack.period.zone.key)

    def find_steps(self) -> None:
        """The moments at which a group's bounds pass a number, and how far the bounds go until the next."""
        low, high = self._windowed(
            f"RANGE BETWEEN greatest(place - ({self._lower('place')}), 0) PRECEDING AND CURRENT ROW"
        )
        self._engine.run(
            f"CREATE OR REPLACE TABLE {self._named}_steps AS WITH bounds AS (SELECT grp, us, {low} AS low, {high} AS "
            f"high FROM {self._named}_rows), classed AS (SELECT *, {self._class('low')} AS low_class, "
            f"{self._class('high')} AS high_class FROM bounds), passed AS (SELECT *, ((low_class, high_class) "
            "IS DISTINCT FROM lag((low_class, high_class)) OVER (PARTITION BY grp ORDER BY us))::INTEGER AS passes "
            "FROM classed), stretches AS (SELECT *, sum(passes) OVER (PARTITION BY grp ORDER BY us) AS stretch FROM "
            "passed) SELECT grp, min(us) AS us, max(low) AS low, max(high) AS high, "
            "any_value(low_class)::INTEGER AS low_class, any_value(high_class)::INTEGER AS high_class "
            "FROM stretches GROUP BY grp, stretch"
        )

    def classes(self) -> tuple[tuple[str, ...], str, str]:
        """The joins of facts with the steps, and the classes of both bounds as SQL.

        The lower bound of a fact whose group is not known is its own number.
        """
        group, step, sure, epoch = (f"{letter}_{self._named}" for letter in "gsce")
        joins = [
            f"LEFT JOIN {self._named}_groups {group} ON {self._alike(group, self.total.by)}",
            f"ASOF LEFT JOIN {self._named}_steps {step} ON {step}.grp = {group}.grp AND {self._moment} >= {step}.us"
            if "at" in self._facts.columns
            else f"LEFT JOIN {self._named}_steps {step} ON {step}.grp = {group}.grp",  # all of it at one moment
        ]
        if not self._nameless:
            return tuple(joins), f"{step}.low_class", f"{step}.high_class"
        joins += [
            f"LEFT JOIN {self._named}_epochs {epoch} ON {epoch}.period = {self._period}",
            f"LEFT JOIN {self._named}_counts {sure} ON {sure}.epoch = {epoch}.epoch "
            f"AND {self._alike(sure, self.total.reads)}",
        ]
        own = self._class(
            f"(CASE WHEN {self._surely(sure)} = 2 AND {self._number} >= 0 THEN {self._number} ELSE 0 END)"
        )
        low = f"CASE WHEN {step}.grp = 0 THEN {own} ELSE {step}.low_class END"
        return tuple(joins), low, f"{step}.high_class"


def lower_bound(window: Window, us: str, zone: str) -> str:
    """The first instant that a window holds at another (``us``), both in microseconds, as SQL."""
    if window.since:
        return str(-_DAY * 1_000_000)  # what came before the day is not counted in the first place
    if window.span and window.span.unit == "hours":
        return f"({us}) - {window.span.number * 3_600_000_000} + 1"
    local = f"(make_timestamp(({us})::BIGINT) AT TIME ZONE 'UTC') AT TIME ZONE {literal(zone)}"
    if window.span:
        return f"epoch_us((({local}) - {window.span.interval}) AT TIME ZONE {literal(zone)}) + 1"
    start = f"date_trunc('year', {local}) - INTERVAL {window.calendar} YEAR"
    return f"epoch_us(({start}) AT TIME ZONE {literal(zone)})"


def _places(cuts: Sequence[int]) -> int:
    """How many places there are: below, on and above each cut."""
    return 2 * len(cuts) + 1


def _middle(cuts: Sequence[int], place: int) -> int:
    """A value that stands for a place among the cuts."""
    if not cuts:
        return 0
    return cuts[0] - 1 if place == 0 else cuts[(place - 1) // 2] + (place - 1) % 2


def _micros(moment: datetime) -> int:
    since = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _instant(moment: datetime) -> str:
    return f"TIMESTAMPTZ {literal(moment.isoformat())}"


def _plain(value: Any) -> Any:
    return tuple(sorted(set(value))) if isinstance(value, list) else value
