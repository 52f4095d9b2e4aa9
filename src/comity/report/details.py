"""A finding in a few labelled lines, as the terminal and Markdown tell it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from comity.judge.judgement import Evidence, Finding
from comity.report.telling import Counted, Told
from comity.report.words import bounds_in_words, count_of, detection_in_words, size, span, subject, value_in_words

#: Ways out of a breach that are told.
WAYS = 3

#: Categories found in one record that are told.
_MOST_FOUND = 3

#: Facts that decide are told only as far as they are worth reading.
_MOST_FACTS = 6


def extent(told: Told) -> str:
    """What a finding is about, how much there is of it, and when it was."""
    finding = told.finding
    volume = f"{size(finding.bytes)}, " if finding.about == "flow" else ""
    count = count_of(finding.count, finding.about)
    return f"{subject(finding)}: {count}, {volume}{span(finding.first, finding.last)}"


def shown_of(finding: Finding) -> str:
    """How many records are shown of how many facts; nothing where they are surely all.

    A fact may be put together from several records, and two facts may look alike: so many records are never said to be
    so many facts.
    """
    records = finding.evidence
    facts = len({replace(record, file="", where="", found=()) for record in records})
    if facts >= finding.count or finding.count == 1 or not records:
        return ""
    are, samples = ("is", "a sample") if len(records) == 1 else ("are", "samples")
    return f"{count_of(len(records), 'record')} {are} shown as {samples} of {count_of(finding.count, finding.about)}"


def details(told: Told) -> Iterable[tuple[str, str]]:
    """Evidence, what decided, what would make it kept: a label and a text each."""
    for sample in told.finding.evidence:
        yield "evidence", record(sample)
        yield from (("found", detection_in_words(found)) for found in sample.found[:_MOST_FOUND])
        if len(sample.found) > _MOST_FOUND:
            yield "", f"and {len(sample.found) - _MOST_FOUND} more"
    if shown := shown_of(told.finding):
        yield "", shown
    yield from (counted(tally) for tally in told.tallies if tally.high)
    if facts := _deciding(told):
        yield "decided by", "; ".join(facts)
    yield from (("presumed", presumed) for presumed in told.finding.presumed)
    yield from _ways_out(told)


def record(sample: Evidence) -> str:
    """Where a record stands, and what it says of itself."""
    end = " ".join(part for part in (sample.host, sample.address, sample.network) if part)
    name = f" ({sample.name})" if sample.name else ""
    time = f", {sample.at:%Y-%m-%d %H:%M:%S} UTC" if sample.at else ""
    return f"{sample.file} {sample.where}{name}{time}" + (f", to {end}" if end else "")


def counted(tally: Counted) -> tuple[str, str]:
    """A tally in words; bounds that differ are both told."""
    if not tally.share:
        return "in all", f"{tally.title}: {bounds_in_words(int(tally.low), int(tally.high))}"
    told = f"{tally.title} ({value_in_words(tally.of)})" if tally.of else tally.title
    low, high = f"{tally.low:.0f} %", f"{tally.high:.0f} %"
    return "share", f"{told}: {low}" if tally.low == tally.high else f"{told}: between {low} and {high}"


def _deciding(told: Told) -> list[str]:
    """What decided: the attributes that the duty reads (where there is none, its scope), with their values."""
    kind = f"{told.finding.about}."
    decided = [each for each in told.circumstances if each.decided][:_MOST_FACTS]
    return [
        f"{each.attribute.removeprefix(kind) if each.attribute.startswith(kind) else each.meaning}: "
        f"{value_in_words(each.value)}"
        for each in decided
    ]


def _ways_out(told: Told) -> Iterable[tuple[str, str]]:
    """What would make it kept: the duty, then exceptions that the party can choose."""
    finding = told.finding
    ways = [way for way in told.ways if way.open]
    lines = [finding.needs] if finding.needs else []
    lines += [f"{way.title} ({way.rule}): {way.needs}" for way in ways[:WAYS]]
    yield from zip(("kept if", *["or if"] * len(lines)), lines, strict=False)
    if len(ways) > WAYS:
        others = count_of(len(ways) - WAYS, "other exception")
        yield "", f"or by {others}: `comity explain {short(finding.id)} …` has all"


def short(id: str) -> str:
    """The beginning of an id that people copy."""
    return id[:8]
