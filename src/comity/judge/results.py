"""What a judgement tells, drawn from marked situations: counts by rule, cells, findings with samples of evidence."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from comity.engine.duckdb import Engine, quote
from comity.enrich import dated
from comity.evidence.base import REF, REF_BITS
from comity.identify import Detection
from comity.judge.coding import Coding, key_name
from comity.judge.judgement import SEVERITIES, Cell, Evidence, Finding, Overview, RuleResult, finding_id, severity
from comity.judge.outcome import Case, Reasons
from comity.judge.periods import Periods
from comity.judge.scan import Facts
from comity.judge.tallies import Tallied
from comity.judge.truth import Context, Truth
from comity.judge.verdicts import Duty, Verdicts
from comity.law.model import BREACH, KEPT, OUT_OF_SCOPE, UNKNOWN, VERDICTS, Clock, Pack, Share, Tally, Total
from comity.vocabulary import KINDS, TALLY

#: Findings beyond this many are counted, not listed.
MOST_FINDINGS = 5000

#: Parties beyond this many of one kind of fact are added up in cells as one without a name.
MOST_PARTIES = 200

#: Says where a record stands: (file number, position) → (file, place in it).
Where = Callable[[int, int], tuple[str, str]]

#: Says what was found in the content of records: (kind, their places as numbers) → by place.
Found = Callable[[str, Iterable[int]], Mapping[int, Sequence[Detection]]]

_NUMBER = "INTEGER"


def facet_columns(facts: Facts) -> list[str]:
    """The keys of situations that are facets."""
    facets = facts.kind.facets
    return ["party", *(key_name(name) for name in (facets.origin, facets.target, *facets.manner, "product") if name)]


class Results:
    """Reads what ``Verdicts`` left in the engine."""

    def __init__(
        self,
        engine: Engine,
        facts: Facts,
        duties: Sequence[Duty],
        codings: Mapping[str, Coding],
        periods: Periods,
        verdicts: Verdicts,
    ) -> None:
        self._engine, self._facts, self._duties, self._codings = engine, facts, duties, codings
        self._periods, self._verdicts = periods, verdicts
        self._names = self._facet_names()
        self._prepare()

    def _facet_names(self) -> dict[str, Callable[[int], str | None]]:
        """Facet codes as people read them."""
        facets = self._facts.kind.facets

        def of(attribute: str | None) -> Callable[[int], str | None]:
            values = self._codings[attribute].values if attribute else [None]
            return lambda code: values[code]

        party = of(None if self._facts.label() else facets.party)
        if self._facts.label():
            dimension = next(d for d in self._facts.dimensions if d.label)
            labels = dict(self._engine.rows(f"SELECT DISTINCT label_code, label FROM {dimension.table}_labels"))
            party = labels.get
        return {
            "from": of(facets.origin),
            "to": of(facets.target),
            "party": party,
            "product": of("product"),
        }

    def _prepare(self) -> None:
        """Small tables: the verdict of each saying, the rank of each duty's verdicts, the month of each period."""
        sayings = [(number, VERDICTS.index(verdict)) for number, (verdict, _) in enumerate(self._verdicts.sayings)]
        self._engine.create("verdicts", {"said": _NUMBER, "verdict": _NUMBER}, sayings)
        ranks = [
            (number, VERDICTS.index(verdict), SEVERITIES.index(severity(duty.pack, duty.rule, verdict)))
            for number, duty in enumerate(self._duties)
            for verdict in (BREACH, UNKNOWN)
        ]
        self._engine.create("ranks", {"duty": _NUMBER, "verdict": _NUMBER, "rank": _NUMBER}, ranks)
        months = [(number, period.month) for number, period in enumerate(self._periods.all)]
        self._engine.create("months", {"period": _NUMBER, "month": "VARCHAR"}, months)

    def rules(self, total: int) -> Iterable[RuleResult]:
        """The counts of each duty; facts that were moot are out of its scope."""
        counts = [dict.fromkeys(VERDICTS, 0) for _ in self._duties]
        lifted: list[dict[str, int]] = [{} for _ in self._duties]
        perhaps = [0] * len(self._duties)
        for (number, outcome_number), n in sorted(self._verdicts.counts.items()):
            outcome = self._verdicts.outcomes[outcome_number]
            counts[number][outcome.verdict] += n
            perhaps[number] += n if outcome.within is None else 0
            for exception in outcome.lifted:
                lifted[number][exception] = lifted[number].get(exception, 0) + n
        for number, duty in enumerate(self._duties):
            count = counts[number]
            outside = count[OUT_OF_SCOPE] + total - sum(count.values())
            yield RuleResult(
                duty.pack,
                duty.rule,
                count[KEPT],
                count[BREACH],
                count[UNKNOWN],
                outside,
                perhaps[number],
                lifted[number],
            )

    def _facets(self) -> str:
        facets = self._facts.kind.facets
        origin, target = (key_name(name) if name else "0" for name in (facets.origin, facets.target))
        return f"{origin} AS origin, {target} AS target, party, {key_name('product')} AS product"

    def _manner(self) -> str:
        """The manner of a fact as one list of codes."""
        return f"[{', '.join(map(key_name, self._facts.kind.facets.manner))}]::INTEGER[] AS manner"

    def _manner_name(self, codes: Sequence[int]) -> str | None:
        """Codes of a manner as people read them."""
        words = []
        for name, code in zip(self._facts.kind.facets.manner, codes, strict=True):
            value = self._codings[name].values[code]
            words += [name] if value is True else [value] if isinstance(value, str) else []
        return ", ".join(words) or None

    def cells(self) -> Iterable[Cell]:
        """Counts by rule, verdict, place, party and month; only what is, or may be, in scope."""
        top = f"SELECT party FROM marked GROUP BY party ORDER BY sum(n) DESC, party LIMIT {MOST_PARTIES}"
        rows = self._engine.rows(
            f"SELECT duty, verdict, origin, target, CASE WHEN party IN ({top}) THEN party ELSE 0 END AS shown, manner, "
            f"month, sum(n)::BIGINT, sum(bytes)::BIGINT "
            f"FROM (SELECT mark, period, {self._facets()}, {self._manner()}, n, bytes FROM marked) "
            "JOIN said USING (mark) JOIN verdicts USING (said) JOIN months USING (period) "
            f"WHERE verdict <> {VERDICTS.index(OUT_OF_SCOPE)} GROUP BY ALL ORDER BY ALL"
        )
        names = self._names
        for number, verdict, origin, target, party, manner, month, n, volume in rows:
            duty = self._duties[number]
            yield Cell(
                about=duty.rule.about,
                pack=duty.pack.id,
                rule=duty.rule.id,
                verdict=VERDICTS[verdict],
                origin=names["from"](origin),
                target=names["to"](target),
                party=names["party"](party),
                manner=self._manner_name(manner),
                month=month,
                count=n,
                bytes=volume,
            )

    def overview(self) -> Iterable[Overview]:
        """Facts by origin and manner, and the worst that any rule says of them; for kinds that have a manner."""
        if not self._facts.kind.facets.manner:
            return
        rows = self._engine.rows(
            f"SELECT origin, manner, worst, sum(n)::BIGINT FROM (SELECT {self._facets()}, {self._manner()}, mark, n "
            "FROM marked) JOIN (SELECT mark, min(verdict) AS worst FROM said JOIN verdicts USING (said) GROUP BY mark) "
            "USING (mark) GROUP BY ALL ORDER BY ALL"
        )
        for origin, manner, worst, n in rows:
            yield Overview(self._names["from"](origin), self._manner_name(manner), VERDICTS[worst], n)

    def findings(self, telling: Telling) -> tuple[list[Finding], int]:
        """The findings, worst first and at most ``MOST_FINDINGS``, and how many there are."""
        self._engine.table(
            "findings",
            f"SELECT duty, verdict, {self._facets()}, any_value(rank) AS rank, "
            "sum(n)::BIGINT AS n, sum(bytes)::BIGINT AS bytes, min(first) AS first, max(last) AS last, "
            "list_sort(list_distinct(list(said))) AS said, min(ref_even) AS ref_even, min(ref_odd) AS ref_odd "
            "FROM marked JOIN said USING (mark) JOIN verdicts USING (said) JOIN ranks USING (duty, verdict) "
            "GROUP BY duty, verdict, origin, target, party, product",
        )
        found = self._engine.value("SELECT count(*) FROM findings")
        rows = self._engine.rows(
            "SELECT duty, verdict, origin, target, party, product, n, bytes, first, last, said, ref_even, ref_odd "
            f"FROM findings ORDER BY rank, verdict, n DESC, duty, origin, target, party, product LIMIT {MOST_FINDINGS}"
        )
        refs = {ref for row in rows for ref in row[-2:] if ref is not None}
        samples = self._samples(refs, telling)
        for counting in telling.tallied.totals.values():
            counting.look_up(samples.values())
        detections = telling.found(self._facts.kind.name, refs)
        tell = _Teller(telling, self._verdicts.sayings, self._periods, samples, detections)
        findings = []
        for number, verdict, origin, target, party, product, *rest in rows:
            facets = {
                "from": self._names["from"](origin),
                "to": self._names["to"](target),
                "recipient": self._names["party"](party),
                "product": self._names["product"](product),
            }
            findings.append(tell.finding(self._duties[number], VERDICTS[verdict], facets, rest))
        return findings, found

    def _samples(self, refs: set[int], telling: Telling) -> dict[int, dict[str, Any]]:
        """The records at the given places, with every attribute that rules read as enrichment knows it.

        The condition on positions alone lets the engine read files in part.
        """
        kind = self._facts.kind
        told: set[str | None] = {"at", "source", "host", "address", "network", "bytes", "to", kind.facets.name}
        told |= {tally.counts for _, tally in telling.tallies.values() if isinstance(tally, Total)}
        told |= {name for clock in telling.clocks.values() for name in (clock.start, clock.end)}
        read = [duty.attributes for duty in self._duties]
        read += [tally.attributes for _, tally in telling.tallies.values()]
        names = sorted({name for name in kind.by_name if name in told}.union(*read) & kind.by_name.keys())
        places = [(ref, ref & ((1 << REF_BITS) - 1)) for ref in sorted(refs)]
        self._engine.create("refs", {"ref": "BIGINT", "position": "BIGINT"}, places)
        listing = ", ".join(f"{self._facts.value(name)} AS {quote(name)}" for name in names)
        if "places" in self._facts.columns:
            listing, names = f"{listing}, f.places", [*names, "places"]
        rows = self._engine.rows(
            f"SELECT {REF} AS ref, {listing} FROM (SELECT * FROM ({self._facts.relation}) f WHERE f.position IN "
            f"(SELECT position FROM refs) AND {REF} IN (SELECT ref FROM refs)) f {self._facts.joins()}"
        )
        return {ref: dict(zip(names, values, strict=True)) for ref, *values in rows}


@dataclass(frozen=True)
class Telling:
    """What findings are told with: truth, tallies and clocks by the names that rules use, places, the law's moment."""

    truth: Truth
    tallies: Mapping[str, tuple[Pack, Tally]]
    tallied: Tallied
    clocks: Mapping[str, Clock]
    where: Where
    found: Found
    as_of: datetime | None
    now: datetime


class _Teller:
    """Tells one finding from its row and its samples; the reasons are those of the first sample."""

    def __init__(
        self,
        telling: Telling,
        sayings: Sequence[tuple[str, tuple[str, ...]]],
        periods: Periods,
        samples: Mapping[int, Mapping[str, Any]],
        detections: Mapping[int, Sequence[Detection]],
    ) -> None:
        self._telling, self._sayings, self._samples, self._periods = telling, sayings, samples, periods
        self._detections = detections
        self._known: dict[Hashable, Reasons] = {}

    def finding(self, duty: Duty, verdict: str, facets: Mapping[str, str | None], row: Sequence[Any]) -> Finding:
        n, volume, first, last, said, *refs = row
        refs = sorted(ref for ref in refs if ref is not None)
        rule, sample = duty.rule, self._samples[refs[0]]
        happened = sample["at"] or self._telling.now
        law_as_of = self._telling.as_of or happened
        counted = {name for tally in duty.tallies for name in self._telling.tallies[tally][1].attributes}
        values = {
            KINDS[rule.about].full_name(name): sorted(set(value)) if isinstance(value, list) else value
            for name in sorted({*duty.attributes, *counted})
            if (value := sample.get(name)) is not None
        }
        tallies = {name: bounds for name in duty.tallies if (bounds := self._telling.tallied.of(name, sample))}
        reasons = self._reasons(duty, self._periods.number_of(sample["at"]), values | tallies)
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
            law_presumed=self._telling.as_of is None and sample["at"] is None,
            situation={
                name: dated.valid_at(value, happened) if dated.is_dated(name) else value
                for name, value in values.items()
            },
            missing=self._missing(said, sample),
            presumed=reasons.presumed,
            exceptions=tuple(replace(told, missing=self._named(told.missing, sample)) for told in reasons.exceptions),
            needs=reasons.needs,
            evidence=tuple(self._told_of(refs, KINDS[rule.about].facets.name)),
            tallies={name.removeprefix(TALLY): bounds for name, bounds in tallies.items()},
        )

    def _missing(self, said: Iterable[int], sample: Mapping[str, Any]) -> tuple[str, ...]:
        """What is missing, in the end: of tallies and clocks that are open, what they are open for."""
        return self._named({name for number in said for name in self._sayings[number][1]}, sample)

    def _named(self, missing: Iterable[str], sample: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(sorted({found for name in missing for found in self._attributes(name, sample)}))

    def _attributes(self, missing: str, sample: Mapping[str, Any]) -> Iterable[str]:
        if missing in self._telling.tallies:
            tally = self._telling.tallies[missing][1]
            return (KINDS[tally.about].full_name(tally.share if isinstance(tally, Share) else tally.counts),)
        if missing in self._telling.clocks:
            clock = self._telling.clocks[missing]
            open_ends = [name for name in (clock.start, clock.end) if sample.get(name) is None]
            return tuple(KINDS[clock.about].full_name(name) for name in open_ends or (clock.end,))
        return (missing,)

    def _reasons(self, duty: Duty, number: int, values: Mapping[str, Any]) -> Reasons:
        """The reasons of a duty on some values in a period; many findings share them."""
        known = tuple((name, tuple(v) if isinstance(v, list) else v) for name, v in sorted(values.items()))
        key = (duty, number, known)
        if key not in self._known:
            period = self._periods.all[number]
            context = Context.of(duty.pack, period.moment, period.happened)
            truth = {atom: self._telling.truth.of(atom, values, context) for atom in duty.atoms}
            self._known[key] = Case(truth.__getitem__, lambda atom: values, context).reasons(duty.rule)
        return self._known[key]

    def _told_of(self, refs: Sequence[int], name: str | None) -> Iterable[Evidence]:
        """The samples; of a fact that was put together from several records, each of these."""
        for ref in refs:
            for place in sorted(self._samples[ref].get("places") or [ref], key=lambda place: place != ref):
                yield self._evidence(ref, place, name)

    def _evidence(self, ref: int, told: int, name: str | None) -> Evidence:
        sample = self._samples[ref]
        file, place = self._telling.where(told >> REF_BITS, told & ((1 << REF_BITS) - 1))
        network = sample.get("network")
        return Evidence(
            file=file,
            where=place,
            name=None if name is None else sample.get(name),
            at=sample.get("at"),
            source=sample.get("source"),
            host=sample.get("host"),
            address=sample.get("address"),
            network=None if network is None else f"AS{network}",
            place=sample.get("to"),
            bytes=sample.get("bytes"),
            found=tuple(self._detections.get(told, ())),
        )
