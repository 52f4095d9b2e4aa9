"""The bulk path: classes, one scan, verdicts per situation, samples of evidence for the findings alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comity.engine.duckdb import Engine, quote
from comity.judge import dated
from comity.judge.coding import Coding, bool_coding, classify, interval_coding, key_name, table_coding
from comity.judge.judgement import (
    SEVERITIES,
    Cell,
    Evidence,
    Finding,
    KindJudgement,
    RuleResult,
    finding_id,
    severity,
)
from comity.judge.outcome import Case, Outcome
from comity.judge.periods import law_cuts, periods
from comity.judge.scan import REF, REF_BITS, Facts, code_dimensions, situations
from comity.judge.truth import Context, Truth
from comity.law.cel import Atom
from comity.law.model import BREACH, KEPT, OUT_OF_SCOPE, UNKNOWN, VERDICTS, Law, Pack, Rule
from comity.vocabulary import Attribute, Type

#: Findings beyond this many are counted, not listed.
MOST_FINDINGS = 5000

#: Parties beyond this many in one rule's cells are added up as one without a name.
MOST_PARTIES = 200

#: Samples of evidence that a finding carries.
SAMPLES = 3

#: Says where a record stands: (file number, position) → (file, place in it).
Where = Callable[[int, int], tuple[str, str]]


@dataclass
class _Duty:
    """A duty being judged: its columns in the situations and the outcomes met so far."""

    pack: Pack
    rule: Rule
    atoms: frozenset[Atom]
    attributes: tuple[str, ...]
    together: frozenset[str]
    grouping: int = 0


class BulkJudge:
    """Judges all facts of a kind by a law. ``now`` is the moment whose law judges facts without a time."""

    def __init__(self, engine: Engine, law: Law, as_of: datetime | None, now: datetime) -> None:
        self._engine, self._law, self._as_of, self._now = engine, law, as_of, now
        self._truth = Truth(law)

    def judge(self, facts: Facts, where: Where) -> KindJudgement:
        """Every duty about the kind, on every fact of it."""
        kind = facts.kind
        self._facts, self._duties = facts, [self._duty(*duty) for duty in self._law.about(kind.name)]
        total, undated, first, last = self._span()
        if not self._duties:
            return KindJudgement(kind.name, total, (), (), (), 0)
        certified = self._certification_cuts()
        self._periods = periods(law_cuts(self._law, certified), first, last, self._as_of, self._now)
        self._codings = self._code()
        code_dimensions(self._engine, facts, self._codings)
        sets = self._grouping_sets()
        situations(self._engine, facts, self._codings, self._periods, sets, "situations")
        self._prepare_results()
        results = tuple(self._judge_duty(index, duty, total) for index, duty in enumerate(self._duties))
        found = self._engine.value("SELECT count(*) FROM findings")
        findings = tuple(self._findings(where))
        return KindJudgement(kind.name, total, results, tuple(self._cells()), findings, found, undated)

    def _duty(self, pack: Pack, rule: Rule) -> _Duty:
        prefix = len(rule.about) + 1
        nodes = [node for r in rule.with_exceptions() for node in r.expressions()]
        atoms: frozenset[Atom] = frozenset().union(*(node.atoms() for node in nodes))
        names = sorted({name[prefix:] for atom in atoms for name in atom.attributes})
        together = {name[prefix:] for atom in atoms if len(atom.attributes) > 1 for name in atom.attributes}
        return _Duty(pack, rule, atoms, tuple(names), frozenset(together))

    def _span(self) -> tuple[int, int, datetime | None, datetime | None]:
        at = '"at"' if "at" in self._facts.columns else "NULL::TIMESTAMPTZ"
        query = f"SELECT count(*), count(*) - count({at}), min({at}), max({at}) FROM ({self._facts.relation})"
        return self._engine.rows(query)[0]

    # Codes -----------------------------------------------------------------------------------------------------------

    def _code(self) -> dict[str, Coding]:
        kind, facets = self._facts.kind, self._facts.kind.facets
        atoms: dict[str, set[Atom]] = {}
        for duty in self._duties:
            for atom in duty.atoms:
                for name in atom.attributes:
                    atoms.setdefault(name.removeprefix(f"{kind.name}."), set()).add(atom)
        needed = {facets.origin, facets.target, "product"} | ({facets.party} if not self._facts.label() else set())
        codings = {}
        for number, name in enumerate(sorted(set(atoms) | {name for name in needed if name})):
            own = {atom for atom in atoms.get(name, ()) if len(atom.attributes) == 1}
            by_class = name not in needed and own == atoms.get(name, set())
            codings[name] = self._coding(number, kind.by_name[name], own, by_class)
        return codings

    def _coding(self, number: int, attribute: Attribute, atoms: set[Atom], by_class: bool) -> Coding:
        if attribute.type is Type.BOOL:
            return bool_coding(attribute)
        if attribute.type in (Type.INT, Type.TIME) and by_class:
            return interval_coding(attribute, atoms)
        sources = self._facts.sources(attribute.name)
        queries = [
            f"SELECT DISTINCT {quote(attribute.name)} AS value FROM ({_relation(table)})" for _, table in sources
        ]
        if not queries:
            queries = [f"SELECT NULL::{attribute.type.sql} AS value"]
        table = f"codes_{self._facts.kind.name}_{number}"
        coding = table_coding(self._engine, attribute, table, queries, by_class)
        classify(self._engine, self._facts.kind, coding, sorted(atoms, key=str), self._truth, self._contexts())
        return coding

    def _contexts(self) -> list[Context]:
        moments = dict.fromkeys(period.moment for period in self._periods.all)
        return [Context.of(pack, moment) for pack in self._law.packs for moment in moments]

    def _certification_cuts(self) -> set[datetime]:
        found: set[datetime] = set()
        for name in self._facts.kind.by_name:
            if dated.is_dated(name):
                for _, table in self._facts.sources(name):
                    if table != self._facts.relation:
                        values = self._engine.rows(f"SELECT DISTINCT {quote(name)} FROM {table}")
                        found.update(cut for (value,) in values for cut in dated.cuts(value))
        return found

    def _grouping_sets(self) -> list[frozenset[str]]:
        """The different sets of attributes that duties read; one contained in another is served by it."""
        sets: list[frozenset[str]] = []
        for names in sorted({frozenset(duty.attributes) for duty in self._duties}, key=lambda s: (-len(s), sorted(s))):
            if not any(names <= other for other in sets):
                sets.append(names)
        for duty in self._duties:
            duty.grouping = next(index for index, names in enumerate(sets) if names >= set(duty.attributes))
        return sets

    # Verdicts --------------------------------------------------------------------------------------------------------

    def _prepare_results(self) -> None:
        facets = {"origin": "INTEGER", "target": "INTEGER", "party": "INTEGER", "product": "INTEGER"}
        sums = {"n": "BIGINT", "bytes": "BIGINT"}
        self._outcomes: list[Outcome] = []
        self._engine.create("cells", {"duty": "INTEGER", "verdict": "INTEGER", **facets, "month": "VARCHAR", **sums})
        self._engine.create(
            "findings",
            {"duty": "INTEGER", "verdict": "INTEGER", "rank": "INTEGER", **facets, **sums, "first": "TIMESTAMPTZ",
             "last": "TIMESTAMPTZ", "outcome": "INTEGER", "outcomes": "INTEGER[]", "refs": "BIGINT[]"},
        )  # fmt: skip
        months = [(number, period.month) for number, period in enumerate(self._periods.all)]
        self._engine.create("months", {"period": "INTEGER", "month": "VARCHAR"}, months)

    def _judge_duty(self, index: int, duty: _Duty, total: int) -> RuleResult:
        self._assign_outcomes(duty)
        counts = dict.fromkeys(VERDICTS, 0)
        lifted: dict[str, int] = {}
        for outcome_id, n in self._engine.rows(
            "SELECT outcome, sum(n)::BIGINT FROM judged GROUP BY outcome ORDER BY 1"
        ):
            outcome = self._outcomes[outcome_id]
            counts[outcome.verdict] += n
            for exception in outcome.lifted:
                lifted[exception] = lifted.get(exception, 0) + n
        self._keep_cells(index)
        self._keep_findings(index, duty)
        moot = total - sum(counts.values())
        return RuleResult(
            duty.pack, duty.rule, counts[KEPT], counts[BREACH], counts[UNKNOWN], counts[OUT_OF_SCOPE] + moot, lifted
        )

    def _assign_outcomes(self, duty: _Duty) -> None:
        """Judge each different combination of values once, and join the outcomes with the situations as ``judged``."""
        columns, joins, values = self._rule_columns(duty)
        keys = [f"{expression} AS x{n}" for n, expression in enumerate(columns)]
        source = f"FROM situations s {joins} WHERE s.grouping = {duty.grouping}"
        combinations = self._engine.rows(f"SELECT DISTINCT {', '.join(['s.period', *keys])} {source} ORDER BY ALL")
        contexts = [Context.of(duty.pack, period.moment) for period in self._periods.all]
        epochs = [self._epoch(duty, context) for context in contexts]
        known: dict[tuple[Any, ...], int] = {}
        rows = []
        for period, *codes in combinations:
            key = (epochs[period], *codes)
            if key not in known:
                named = {
                    name: values[n][code] for n, (name, code) in enumerate(zip(duty.attributes, codes, strict=True))
                }
                full = {f"{duty.rule.about}.{name}": value for name, value in named.items()}
                known[key] = self._remember(Case(self._truth, full, contexts[period]).judge(duty.rule))
            outcome = known[key]
            rows.append((period, *codes, outcome, VERDICTS.index(self._outcomes[outcome].verdict)))
        types = {
            "period": "INTEGER",
            **{f"x{n}": "INTEGER" for n in range(len(columns))},
            "outcome": "INTEGER",
            "verdict": "INTEGER",
        }
        self._engine.create("outcomes", types, rows)
        matches = " AND ".join(["o.period = s.period", *(f"o.x{n} = {column}" for n, column in enumerate(columns))])
        self._engine.run(
            f"CREATE OR REPLACE TABLE judged AS SELECT s.*, o.outcome, o.verdict FROM situations s {joins} "
            f"JOIN outcomes o ON {matches} WHERE s.grouping = {duty.grouping}"
        )

    def _rule_columns(self, duty: _Duty) -> tuple[list[str], str, list[list[Any]]]:
        """For each attribute of a duty: its code or class as SQL, the joins for classes, the value of each code."""
        columns, joins, values = [], [], []
        for number, name in enumerate(duty.attributes):
            coding, column = self._codings[name], f"s.{key_name(name)}"
            if coding.table is None or coding.by_class or name in duty.together:
                columns.append(column)
                values.append(coding.values)
            else:
                joins.append(f"JOIN {coding.table}_classes m{number} ON m{number}.code = {column}")
                columns.append(f"m{number}.class")
                by_class = {
                    number: value
                    for number, value in zip(reversed(coding.classes), reversed(coding.values), strict=True)
                }
                values.append([by_class.get(number) for number in range(max(coding.classes) + 1)])
        return columns, " ".join(joins), values

    def _epoch(self, duty: _Duty, context: Context) -> tuple[Any, ...]:
        """What of a moment matters to a duty; equal epochs give equal outcomes on equal codes."""
        force = tuple(rule.period.covers(context.moment) for rule in duty.rule.with_exceptions())
        atoms = sorted(duty.atoms, key=lambda atom: atom.text)
        return (force, context.presumptions, *(self._truth.version(atom, context) for atom in atoms))

    def _remember(self, outcome: Outcome) -> int:
        self._outcomes.append(outcome)
        return len(self._outcomes) - 1

    # Results ---------------------------------------------------------------------------------------------------------

    def _facet_columns(self) -> str:
        facets = self._facts.kind.facets
        origin, target = (key_name(name) if name else "0" for name in (facets.origin, facets.target))
        return f"{origin} AS origin, {target} AS target, party, {key_name('product')} AS product"

    def _keep_cells(self, index: int) -> None:
        scope = VERDICTS.index(OUT_OF_SCOPE)
        self._engine.run(
            f"INSERT INTO cells SELECT {index}, verdict, {self._facet_columns()}, month, sum(n), sum(bytes) FROM judged "
            f"JOIN months USING (period) WHERE verdict <> {scope} GROUP BY ALL"
        )

    def _keep_findings(self, index: int, duty: _Duty) -> None:
        shown = [VERDICTS.index(BREACH), VERDICTS.index(UNKNOWN)]
        ranks = {verdict: SEVERITIES.index(severity(duty.pack, duty.rule, VERDICTS[verdict])) for verdict in shown}
        rank = " ".join(f"WHEN {verdict} THEN {rank}" for verdict, rank in ranks.items())
        records = "list_distinct(flatten([list(ref_first), list(ref_last)]))"
        self._engine.run(
            f"INSERT INTO findings SELECT {index}, verdict, CASE verdict {rank} END, {self._facet_columns()}, sum(n), "
            f"sum(bytes), min(first), max(last), arg_min(outcome, ref_first), list_sort(list_distinct(list(outcome))), "
            f"list_sort({records})[1:{SAMPLES}] FROM judged WHERE verdict IN ({shown[0]}, {shown[1]}) GROUP BY ALL"
        )

    def _cells(self) -> Iterable[Cell]:
        kind, names = self._facts.kind, self._names()
        ranked = (
            "SELECT duty, party, row_number() OVER (PARTITION BY duty ORDER BY sum(n) DESC, party) AS place "
            "FROM cells GROUP BY duty, party"
        )
        rows = self._engine.rows(
            f"SELECT duty, verdict, origin, target, CASE WHEN place <= {MOST_PARTIES} THEN party ELSE 0 END AS shown, month, "
            f"sum(n)::BIGINT, sum(bytes)::BIGINT FROM cells JOIN ({ranked}) USING (duty, party) GROUP BY ALL ORDER BY ALL"
        )
        for index, verdict, origin, target, party, month, n, volume in rows:
            duty = self._duties[index]
            yield Cell(
                kind.name, duty.pack.id, duty.rule.id, VERDICTS[verdict], names["from"][origin], names["to"][target],
                names["party"](party), month, n, volume,
            )  # fmt: skip

    def _names(self) -> dict[str, Any]:
        """Facet codes as people read them."""
        facets, codings = self._facts.kind.facets, self._codings
        nothing = [None]
        if self._facts.label():
            dimension = next(d for d in self._facts.dimensions if d.label)
            rows = self._engine.rows(
                f"SELECT DISTINCT dense_rank() OVER (ORDER BY label), label FROM {dimension.table}"
            )
            labels: dict[int, str | None] = dict(rows)
        else:
            labels = dict(enumerate(codings[facets.party].values)) if facets.party else {}
        return {
            "from": codings[facets.origin].values if facets.origin else nothing,
            "to": codings[facets.target].values if facets.target else nothing,
            "product": codings["product"].values,
            "party": labels.get,
        }

    def _findings(self, where: Where) -> Iterable[Finding]:
        rows = self._engine.rows(
            "SELECT duty, verdict, origin, target, party, product, n, bytes, first, last, outcome, outcomes, refs "
            f"FROM findings ORDER BY rank, verdict, n DESC, duty, origin, target, party, product LIMIT {MOST_FINDINGS}"
        )
        samples = self._samples({ref for row in rows for ref in row[-1]})
        names = self._names()
        for index, verdict, origin, target, party, product, *rest in rows:
            facets = {
                "from": names["from"][origin],
                "to": names["to"][target],
                "recipient": names["party"](party),
                "product": names["product"][product],
            }
            yield self._finding(self._duties[index], VERDICTS[verdict], facets, rest, samples, where)

    def _finding(
        self, duty: _Duty, verdict: str, facets: Mapping[str, str | None], row: Sequence[Any],
        samples: Mapping[int, Mapping[str, Any]], where: Where,
    ) -> Finding:  # fmt: skip
        n, volume, first, last, outcome_id, outcomes, refs = row
        rule, outcome = duty.rule, self._outcomes[outcome_id]
        sample = samples[refs[0]]
        law_as_of = self._as_of or sample["at"] or self._now
        situation = {
            f"{rule.about}.{name}": dated.valid_at(value, law_as_of) if dated.is_dated(name) else value
            for name in duty.attributes
            if (value := sample[name]) is not None
        }
        return Finding(
            id=finding_id(duty.pack.id, rule.id, rule.about, verdict, facets),
            pack=duty.pack.id,
            rule=rule.id,
            about=rule.about,
            verdict=verdict,
            severity=severity(duty.pack, rule, verdict),
            title=rule.title,
            cites=rule.cites,
            source=rule.source,
            facets=facets,
            count=n,
            bytes=volume,
            first=first,
            last=last,
            law_as_of=law_as_of,
            law_presumed=self._as_of is None and sample["at"] is None,
            situation=situation,
            missing=tuple(sorted({name for id in outcomes for name in self._outcomes[id].missing})),
            presumed=outcome.presumed,
            exceptions=outcome.exceptions,
            evidence=tuple(_evidence(ref, samples[ref], where) for ref in refs),
        )

    def _samples(self, refs: set[int]) -> dict[int, dict[str, Any]]:
        """The records at the given places, with every attribute that rules read as enrichment knows it."""
        wanted = {name for duty in self._duties for name in duty.attributes}
        shown = {
            name
            for name in ("at", "source", "host", "address", "network", "bytes", "to")
            if name in self._facts.kind.by_name
        }
        names = sorted(wanted | shown)
        self._engine.create("refs", {"ref": "BIGINT"}, [(ref,) for ref in sorted(refs)])
        listing = ", ".join(f"{self._facts.value(name)} AS {quote(name)}" for name in names)
        rows = self._engine.rows(
            f"SELECT {REF} AS ref, {listing} FROM ({self._facts.relation}) f {self._facts.joins(coded=False)} "
            f"WHERE {REF} IN (SELECT ref FROM refs)"
        )
        return {ref: dict(zip(names, values, strict=True)) for ref, *values in rows}


def _relation(table: str) -> str:
    return table if " " in table else f"SELECT * FROM {table}"


def _evidence(ref: int, sample: Mapping[str, Any], where: Where) -> Evidence:
    file, place = where(ref >> REF_BITS, ref & ((1 << REF_BITS) - 1))
    network = sample.get("network")
    return Evidence(
        file, place, sample.get("at"), sample.get("source"), sample.get("host"), sample.get("address"),
        f"AS{network}" if network is not None else None, sample.get("to"), sample.get("bytes"),
    )  # fmt: skip
