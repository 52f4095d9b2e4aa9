"""What a judgement tells, drawn from marked situations: counts by rule, cells, findings with samples of evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comity.bounds import decoded
from comity.categories import AND_MORE
from comity.engine.duckdb import Engine, quote
from comity.evidence.base import REF, REF_BITS
from comity.judge.coding import Coding, key_name
from comity.judge.judgement import (
    GRADES,
    SEVERITIES,
    Cells,
    Declared,
    Finding,
    Holding,
    Overview,
    RuleResult,
    Traffic,
    severity,
)
from comity.judge.keys import Key
from comity.judge.packing import Packed
from comity.judge.periods import Periods
from comity.judge.scan import Facts
from comity.judge.teller import Teller, Telling
from comity.judge.verdicts import Duty, Verdicts
from comity.law.model import BREACH, KEPT, OUT_OF_SCOPE, UNKNOWN, VERDICTS, Total

#: Findings beyond this many are counted, not listed.
MOST_FINDINGS = 5000

#: Parties beyond this many of one kind of fact are added up in cells as one without a name.
MOST_PARTIES = 200

#: Products beyond this many are left out where what is declared is told.
_MOST_PRODUCTS = 200

#: Hosts of a product beyond this many are left out where it is told whom it talks to.
_MOST_HOSTS = 60

_NUMBER = "INTEGER"

#: The party, as SQL, where it is one of those that have most facts; otherwise nobody in particular.
_TOP_PARTY = (
    "CASE WHEN party IN (SELECT party FROM marked GROUP BY party ORDER BY sum(n) DESC, party "
    f"LIMIT {MOST_PARTIES}) THEN party ELSE 0 END AS shown"
)

#: The worst that any rule says of the facts of a mark, as SQL: the verdict, and how grave, as a place in ``GRADES``.
_GRADED = (
    f"SELECT mark, min(coalesce(verdict, {VERDICTS.index(OUT_OF_SCOPE)})) AS worst, "
    f"min(coalesce(rank, CASE verdict WHEN {VERDICTS.index(KEPT)} THEN {GRADES.index(KEPT)} "
    f"ELSE {GRADES.index(OUT_OF_SCOPE)} END)) AS grade FROM (SELECT DISTINCT mark FROM marks) "
    "LEFT JOIN said USING (mark) LEFT JOIN verdicts USING (said) LEFT JOIN ranks USING (duty, verdict) GROUP BY mark"
)


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
        manner = reversed(facts.kind.facets.manner)
        self._manner = Packed("manner", tuple(Key(key_name(n), key_name(n), len(codings[n].values)) for n in manner))
        self._manners: dict[int, str | None] = {}
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
        """Small tables: verdicts of sayings, ranks of the verdicts of duties, months of periods, the worst of marks."""
        sayings = [(number, VERDICTS.index(verdict)) for number, (verdict, _) in enumerate(self._verdicts.sayings)]
        self._engine.create("verdicts", {"said": _NUMBER, "verdict": _NUMBER}, sayings)
        ranks = [
            (number, VERDICTS.index(verdict), SEVERITIES.index(severity(duty.pack, duty.rule, verdict)))
            for number, duty in enumerate(self._duties)
            for verdict in (BREACH, UNKNOWN)
        ]
        self._engine.create("ranks", {"duty": _NUMBER, "verdict": _NUMBER, "rank": _NUMBER}, ranks)
        months = [(number, period.month) for number, period in enumerate(self._periods.all)]
        self._engine.table("graded", _GRADED)
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

    def _manner_name(self, packed: int) -> str | None:
        """The codes of a manner, packed, as people read them."""
        if packed not in self._manners:
            self._manners[packed] = self._manner_words(packed)
        return self._manners[packed]

    def _manner_words(self, packed: int) -> str | None:
        words: list[str] = []
        for name in reversed(self._facts.kind.facets.manner):
            values = self._codings[name].values
            packed, code = divmod(packed, len(values))
            value = values[code]
            words += [name] if value is True else [value] if isinstance(value, str) else []
        return ", ".join(reversed(words)) or None

    def cells(self) -> Cells:
        """Counts by rule, verdict, place, party and month; only what is, or may be, in scope."""
        found = self._engine.arrays(
            "SELECT duty, verdict, origin, target, shown, manner, month, sum(n)::BIGINT AS n, "
            "sum(bytes)::BIGINT AS bytes FROM "
            f"(SELECT mark, origin, target, {_TOP_PARTY}, manner, month, sum(n) AS n, sum(bytes) AS bytes "
            f"FROM (SELECT mark, period, {self._facets()}, {self._manner.sum(None)} AS manner, n, bytes FROM marked) "
            "JOIN months USING (period) GROUP BY ALL) "
            "JOIN said USING (mark) JOIN verdicts USING (said) GROUP BY ALL ORDER BY ALL"
        )
        duty, verdict, origin, target, party, manner, *plain = found.values()
        return Cells(
            (
                _named(duty, lambda number: self._duties[number].rule.about),
                _named(duty, lambda number: self._duties[number].pack.id),
                _named(duty, lambda number: self._duties[number].rule.id),
                _named(verdict, VERDICTS.__getitem__),
                _named(origin, self._names["from"]),
                _named(target, self._names["to"]),
                _named(party, self._names["party"]),
                _named(manner, self._manner_name),
                *((column, None) for column in plain),
            )
        )

    def overview(self) -> Iterable[Overview]:
        """Facts by origin and manner, and the worst that any rule says of them; for kinds that have a manner."""
        if not self._facts.kind.facets.manner:
            return
        rows = self._engine.rows(
            "SELECT origin, manner, worst, sum(n)::BIGINT FROM "
            f"(SELECT {self._facets()}, {self._manner.sum(None)} AS manner, mark, n FROM marked) "
            "JOIN graded USING (mark) GROUP BY ALL ORDER BY ALL"
        )
        for origin, manner, worst, n in rows:
            yield Overview(self._names["from"](origin), self._manner_name(manner), VERDICTS[worst], n)

    def traffic(self) -> Iterable[Traffic]:
        """Facts by where, who and when, and the worst that any rule says of them."""
        rows = self._engine.rows(
            f"SELECT origin, target, {_TOP_PARTY}, product, month, grade, sum(n)::BIGINT, sum(bytes)::BIGINT, "
            f"sum(measured)::BIGINT FROM (SELECT mark, period, {self._facets()}, n, bytes, measured FROM marked) "
            "JOIN graded USING (mark) "
            "JOIN months USING (period) GROUP BY ALL ORDER BY ALL"
        )
        for origin, target, party, product, month, grade, *numbers in rows:
            names = (self._names["from"](origin), self._names["to"](target), self._names["party"](party))
            yield Traffic(*names, self._names["product"](product), month, GRADES[grade], *numbers)

    def holdings(self) -> Iterable[Holding]:
        """Facts by party and category of data, and the worst that any rule says of them."""
        if "data" not in self._codings:
            return
        rows = self._engine.rows(
            f"SELECT {_TOP_PARTY}, data, grade, sum(n)::BIGINT FROM "
            f"(SELECT party, {key_name('data')} AS data, mark, n FROM {self._verdicts.marked}) "
            "JOIN graded USING (mark) GROUP BY ALL ORDER BY ALL"
        )
        counts: Counter[tuple[int, str, int]] = Counter()
        for party, data, grade, n in rows:
            for category in self._codings["data"].values[data] or ():
                counts[party, category, grade] += n
        for (party, category, grade), n in sorted(counts.items()):
            if category != AND_MORE:
                yield Holding(self._names["party"](party), category, GRADES[grade], n)

    def declared(self) -> Iterable[Declared]:
        """What makers declare of products, and what was seen of them."""
        if self._facts.kind.name != "product":
            return
        values = ", ".join(self._facts.value(field.name) for field in fields(Declared))
        query = f"SELECT DISTINCT {values} FROM ({self._facts.relation}) f {self._facts.joins()} ORDER BY ALL"
        for row in self._engine.rows(f"{query} LIMIT {_MOST_PRODUCTS}"):
            yield Declared(*row)

    def contacted(self) -> Mapping[str, Sequence[str]]:
        """The hosts that products were seen to talk to, by product."""
        if self._facts.kind.name != "flow" or not all(map(self._facts.sources, ("product", "host"))):
            return {}
        product, host, blocked = (self._facts.value(name) for name in ("product", "host", "blocked"))
        rows = self._engine.rows(
            "SELECT product, host FROM (SELECT product, host, row_number() OVER (PARTITION BY product ORDER BY host) "
            f"AS place FROM (SELECT DISTINCT {product} AS product, {host} AS host FROM ({self._facts.relation}) f "
            f"{self._facts.joins()} WHERE NOT {blocked}) WHERE product <> '' AND host <> '') "
            f"WHERE place <= {_MOST_HOSTS} ORDER BY product, host"
        )
        found: dict[str, list[str]] = {}
        for name, talked_to in rows:
            found.setdefault(name, []).append(talked_to)
        return found

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
        asked = {name for number, *_ in rows for name in self._duties[number].tallies}
        for name in sorted(asked & telling.tallied.totals.keys()):
            telling.tallied.totals[name].look_up(samples.values())
        detections = telling.found(self._facts.kind.name, refs)
        tell = Teller(telling, self._verdicts.sayings, self._periods, samples, detections)
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
        return {ref: {n: decoded(n, value) for n, value in zip(names, values, strict=True)} for ref, *values in rows}


def _named(numbers: NDArray[Any], name: Callable[[int], str | None]) -> tuple[NDArray[Any], dict[int, str | None]]:
    """Numbers, and what each of them stands for."""
    return numbers, {number: name(number) for number in np.unique(numbers).tolist()}
