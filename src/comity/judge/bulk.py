"""The bulk path: codes, one scan, verdicts per situation, samples of evidence for the findings alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime

from comity.engine.duckdb import Engine, quote
from comity.enrich import dated
from comity.judge.clocks import TellsOf, with_clocks
from comity.judge.coding import Coding, bool_coding, interval_coding, table_coding
from comity.judge.contexts import Contexts
from comity.judge.counted import Count
from comity.judge.judgement import Cells, KindJudgement
from comity.judge.keys import Keys
from comity.judge.periods import pack_cuts, periods
from comity.judge.results import Results, facet_columns
from comity.judge.scan import Facts, Source
from comity.judge.situations import situations
from comity.judge.tallies import Tallied, share_out
from comity.judge.teller import Found, FoundWith, Telling, Where
from comity.judge.totals import Counting
from comity.judge.truth import Context, Truth
from comity.judge.units import Classifier, Unit, build_units, units_of
from comity.judge.verdicts import Duty, Verdicts
from comity.law.cel import Atom
from comity.law.model import Law, Pack, Share, Tally, Total
from comity.vocabulary import TALLY, Attribute, Type

_SITUATIONS = "situations"


class BulkJudge:
    """Judges all facts of a kind by a law. ``now`` is the moment whose law judges facts without a time.

    ``tells_of`` says which files could tell of an attribute, so that their silence means something; by default all.
    ``found`` says what was found in the content of records, ``found_with`` in that of all records of a party.
    """

    def __init__(
        self,
        engine: Engine,
        law: Law,
        as_of: datetime | None,
        now: datetime,
        tells_of: TellsOf = lambda kind, attribute: None,
        found: Found = lambda kind, refs: {},
        found_with: FoundWith = lambda kind, parties: {},
    ) -> None:
        self._engine, self._law, self._as_of, self._now = engine, law, as_of, now
        self._truth, self._tells_of, self._found, self._found_with = Truth(law), tells_of, found, found_with
        self._cuts = {pack.id: pack_cuts(law, pack) for pack in law.packs}

    def judge(self, facts: Facts, where: Where) -> KindJudgement:
        """Every duty about the kind, on every fact of it."""
        duties = [Duty.of(pack, rule) for pack, rule in self._law.about(facts.kind.name)]
        total, undated, first, last = self._span(facts)
        if not duties:
            return KindJudgement(facts.kind.name, total, (), Cells(), (), 0)
        clocks = {name: self._law.clock(name)[1] for duty in duties for name in duty.clocks}
        facts = with_clocks(facts, list(clocks.values()), self._tells_of)
        certified = self._certification_cuts(facts)
        time = periods(set().union(*self._cuts.values()), certified, (first, last), self._as_of, self._now)
        units = units_of(facts.kind.name, (atom for duty in duties for atom in duty.atoms))
        contexts = Contexts(self._cuts, time, certified)
        classifier = Classifier(self._truth, _asked_in(duties, contexts))
        tallies = {name: self._law.tally(name) for duty in duties for name in duty.tallies}
        counted = {name for _, tally in tallies.values() for name in tally.attributes}
        codings = self._codings(facts, units, classifier, counted)
        keys = Keys(self._engine, facts, codings)
        tallied = Tallied()
        count = Count(self._engine, facts, keys, codings, time, contexts, self._truth, self._now)
        self._total_up(tallied, tallies, count)
        situations(self._engine, facts, keys, time, _SITUATIONS, [found.key for found in tallied.totals.values()])
        self._share_out(tallied, tallies, codings)
        codings |= tallied.codings
        build_units(self._engine, list(units.values()), codings, classifier, _SITUATIONS)
        verdicts = Verdicts(self._engine, self._truth, duties, units, time, contexts)
        verdicts.assign(_SITUATIONS, facet_columns(facts))
        results = Results(self._engine, facts, duties, codings, time, verdicts)
        telling = Telling(self._truth, tallies, tallied, clocks, where, self._found, self._as_of, self._now)
        findings, found = results.findings(telling)
        return KindJudgement(
            kind=facts.kind.name,
            facts=total,
            rules=tuple(results.rules(total)),
            cells=results.cells(),
            overview=tuple(results.overview()),
            traffic=tuple(results.traffic()),
            holdings=tuple(results.holdings()),
            declared=tuple(results.declared()),
            contacted=results.contacted(),
            found_with=self._found_with(facts.kind.name, facts.parties()),
            findings=tuple(findings),
            found=found,
            undated=undated,
        )

    def _total_up(self, tallied: Tallied, tallies: Mapping[str, tuple[Pack, Tally]], count: Count) -> None:
        """Totals, which depend on the moment of each fact."""
        totals = {name: (pack, tally) for name, (pack, tally) in tallies.items() if isinstance(tally, Total)}
        if totals:
            count.make(totals.values())
        for name, (pack, total) in totals.items():
            tallied.keep_total(name, Counting(count, total, pack))

    def _share_out(
        self, tallied: Tallied, tallies: Mapping[str, tuple[Pack, Tally]], codings: Mapping[str, Coding]
    ) -> None:
        """Shares, which are taken of all situations."""
        shares = {name: (pack, tally) for name, (pack, tally) in tallies.items() if isinstance(tally, Share)}
        share_out(self._engine, tallied, shares, codings, self._truth, self._now, _SITUATIONS)

    def _span(self, facts: Facts) -> tuple[int, int, datetime | None, datetime | None]:
        """How many facts, how many of them without a time, the first and the last time."""
        at = '"at"' if "at" in facts.columns else "NULL::TIMESTAMPTZ"
        query = f"SELECT count(*), count(*) - count({at}), min({at}), max({at}) FROM ({facts.relation})"
        total, undated, first, last = self._engine.rows(query)[0]
        return total, undated, first, last

    def _certification_cuts(self, facts: Facts) -> set[datetime]:
        """The instants at which certifications known from a profile begin or end."""
        found: set[datetime] = set()
        for dimension in facts.dimensions:
            for name in filter(dated.is_dated, dimension.columns):
                values = self._engine.rows(f"SELECT DISTINCT {quote(name)} FROM {dimension.table}")
                found.update(cut for (value,) in values for cut in dated.cuts(value))
        return found

    def _codings(
        self, facts: Facts, units: Mapping[tuple[str, ...], Unit], classifier: Classifier, tallied: Set[str]
    ) -> dict[str, Coding]:
        """A coding for every attribute that rules read, that is a facet or that tallies read (``tallied``)."""
        facets = facts.kind.facets
        shown = {
            facets.origin,
            facets.target,
            "product",
            *facets.manner,
            *tallied,
            *({"data"} & facts.kind.by_name.keys()),
        }
        shown |= set() if facts.label() else {facets.party}
        together = {name for unit in units.values() if len(unit.attributes) > 1 for name in unit.attributes}
        single = {unit.attributes[0]: unit for unit in units.values() if len(unit.attributes) == 1}
        names = sorted(name for name in {*shown, *together, *single} if name and not name.startswith(TALLY))
        codings: dict[str, Coding] = {}
        tabled: list[Attribute] = []
        for attribute in map(facts.kind.by_name.__getitem__, names):
            unit = single.get(attribute.name)
            if attribute.type is Type.BOOL:
                codings[attribute.name] = bool_coding(attribute)
            elif unit and attribute.name not in shown | together and _is_ordered(attribute, unit.atoms):
                codings[attribute.name] = interval_coding(attribute, unit.atoms)
            else:
                tabled.append(attribute)
        values = self._values(facts, tabled)
        for number, attribute in enumerate(tabled):
            alone = single.get(attribute.name) if attribute.name not in shown | together else None
            table = f"codes_{facts.kind.name}_{number}"
            codings[attribute.name] = self._table_coding(table, attribute, values[attribute.name], alone, classifier)
        return {name: codings[name] for name in names}

    def _values(self, facts: Facts, attributes: Iterable[Attribute]) -> dict[str, list[str]]:
        """Queries for the values that each attribute has, one for each of its sources."""
        sources = self._telling_sources(facts, attributes)
        columns: dict[str, dict[str, str]] = {}
        for attribute, found in sources.items():
            for source in found:
                columns.setdefault(source.table, {})[source.column] = attribute.type.sql
        queries = {table: self._engine.distinct(table, given) for table, given in columns.items()}
        return {a.name: [queries[source.table][source.column] for source in found] for a, found in sources.items()}

    def _telling_sources(self, facts: Facts, attributes: Iterable[Attribute]) -> dict[Attribute, list[Source]]:
        """The sources of attributes, without columns of dimensions that hold nothing: most do where facts are few."""
        found = {attribute: facts.sources(attribute.name) for attribute in attributes}
        asked: dict[str, set[str]] = {}
        for sources in found.values():
            for source in sources:
                if source.alias != "f":
                    asked.setdefault(source.table, set()).add(source.column)
        blank = {(table, column) for table, columns in asked.items() for column in self._blank(table, sorted(columns))}
        return {name: [s for s in sources if (s.table, s.column) not in blank] for name, sources in found.items()}

    def _blank(self, table: str, columns: Sequence[str]) -> list[str]:
        """The columns that are null throughout."""
        counts = self._engine.rows(f"SELECT {', '.join(f'count({quote(c)})' for c in columns)} FROM {table}")[0]
        return [column for column, count in zip(columns, counts, strict=True) if not count]

    def _table_coding(
        self, table: str, attribute: Attribute, values: Sequence[str], alone: Unit | None, classifier: Classifier
    ) -> Coding:
        """A coding by a table; ``alone`` is the attribute's unit where nothing but that needs it."""
        coding = table_coding(self._engine, attribute, table, values)
        if alone:
            coding.fold(self._engine, classifier.classes(alone, [[value] for value in coding.values]))
        return coding


def _asked_in(duties: Iterable[Duty], contexts: Contexts) -> dict[Atom, list[Context]]:
    """The contexts in which each atom is asked for: those of the packs that have it."""
    found: dict[Atom, dict[int, Context]] = {}
    for duty in duties:
        here = {id(context): context for context in contexts.all(duty.pack)}
        for atom in duty.atoms:
            found.setdefault(atom, {}).update(here)
    return {atom: list(asked.values()) for atom, asked in found.items()}


def _is_ordered(attribute: Attribute, atoms: frozenset[Atom]) -> bool:
    """Whether atoms about a number or a time can only change at the constants they name: no set takes part."""
    return attribute.type in (Type.INT, Type.TIME) and not any(atom.sets for atom in atoms)
