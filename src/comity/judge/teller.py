"""Telling findings: from a row of what was counted and its samples to the finding with its reasons and its evidence."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from comity.enrich import dated
from comity.evidence.base import REF_BITS
from comity.identify import Detection
from comity.judge.judgement import Evidence, Finding, finding_id, severity
from comity.judge.outcome import Case, Reasons
from comity.judge.periods import Periods
from comity.judge.tallies import Tallied
from comity.judge.truth import Context, Truth, View, is_settled
from comity.judge.verdicts import Duty
from comity.law.model import Clock, Pack, Share, Tally
from comity.vocabulary import KINDS, TALLY

#: Says where a record stands: (file number, position) → (file, place in it).
Where = Callable[[int, int], tuple[str, str]]

#: Says what was found in the content of records: (kind, their places as numbers) → by place.
Found = Callable[[str, Iterable[int]], Mapping[int, Sequence[Detection]]]

#: Says which categories were found in content: (kind, a query for ``ref`` and ``party``) → by party.
FoundWith = Callable[[str, str], Mapping[str, Sequence[str]]]


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


class Teller:
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
        self._reasoning: dict[tuple[Duty, int], _Reasoning] = {}

    def finding(self, duty: Duty, verdict: str, facets: Mapping[str, str | None], row: Sequence[Any]) -> Finding:
        """The finding of a duty with a verdict on some facets; ``row`` is what was counted, and where samples are."""
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
        """The reasons of a duty on some values in a period."""
        if (duty, number) not in self._reasoning:
            period = self._periods.all[number]
            context = Context.of(duty.pack, period.moment, period.happened)
            self._reasoning[duty, number] = _Reasoning(duty, context, self._telling.truth)
        return self._reasoning[duty, number].on(values)

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


class _Reasoning:
    """Finds the reasons of a duty at a moment: once for all values on which its atoms agree and the same is known."""

    def __init__(self, duty: Duty, context: Context, truth: Truth) -> None:
        self._duty, self._context = duty, context
        self._asked = [(View.of(atom.attributes, context), truth.asker(atom, context)) for atom in duty.atoms]
        self._names = sorted({name for atom in duty.atoms for name in atom.attributes})
        self._found: dict[Hashable, Reasons] = {}

    def on(self, values: Mapping[str, Any]) -> Reasons:
        """The reasons on some values, by full name."""
        answers = tuple([ask(view.seen(values)) for view, ask in self._asked])
        given = map(values.get, self._names)
        key = (answers, tuple([None if value is None else is_settled(value) for value in given]))
        if key not in self._found:
            truth = dict(zip(self._duty.atoms, answers, strict=True))
            case = Case(truth.__getitem__, lambda atom: values, self._context)
            self._found[key] = case.reasons(self._duty.rule)
        return self._found[key]
