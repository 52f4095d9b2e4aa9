"""One finding in full: what happened, what the article says, the evidence, and every way in which it would be kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from comity.checking import Judgement
from comity.judge.judgement import Evidence, Finding
from comity.law.model import BREACH
from comity.report.conditions import code
from comity.report.details import counted, extent, record, shown_of
from comity.report.plain import PLAIN_WIDTH, plain
from comity.report.telling import Told, Wanted, Way, tell
from comity.report.text import COLOURS, cells, grid
from comity.report.words import count_of, detection_in_words, size, value_in_words, visible

#: Rules are told in full, however long; what comes out of evidence is not.
_LONGEST = 4000

_EFFECTS = {"permits": "makes it lawful", "exempts": "takes it out of scope"}


def render(judgement: Judgement, findings: Sequence[Finding]) -> str:
    """The findings as plain text."""
    return plain(_parts(judgement, findings, PLAIN_WIDTH))


def show(judgement: Judgement, findings: Sequence[Finding], console: Console) -> None:
    """Print the findings to a console."""
    for part in _parts(judgement, findings, console.width):
        console.print(part, highlight=False)


def _parts(judgement: Judgement, findings: Sequence[Finding], width: int) -> Iterable[RenderableType]:
    for finding in findings:
        told = tell(judgement, finding)
        cites = visible(f"  {finding.cites}  ")
        yield Text.assemble((told.word, COLOURS[finding.severity]), cites, (finding.id, "dim"))
        yield Text(visible(finding.title))
        yield Text(visible(extent(told)))
        yield from _section("What is known", _situation(told), width)
        yield from _section("The article", _article(told), width)
        if shown := shown_of(finding):
            yield Text(f"\nEvidence: {shown}", style="bold")
        for number, sample in enumerate(finding.evidence, start=1):
            yield from _section(f"Evidence {number}", _evidence(sample), width)
        yield from _section("What is not known, and what would settle it", map(_wanted, told.wanted), width)
        yield from _section(f"What would make it {_goal(told)}", _ways(told), width)
        yield Text("\nThis is no legal advice.", style="bold")


def _section(title: str, rows: Iterable[tuple[str, str]], width: int) -> Iterable[RenderableType]:
    """A heading with labelled lines; nothing where there are none."""
    lines = [cells((visible(label), visible(value, _LONGEST))) for label, value in rows]
    if lines:
        yield Text(f"\n{title}", style="bold")
        yield from (Padding(line, (0, 0, 0, 2)) for line in grid(lines, width - 2, "ls"))


def _goal(told: Told) -> str:
    return "kept" if told.finding.verdict == BREACH else "kept, whatever else is not known"


def _situation(told: Told) -> Iterable[tuple[str, str]]:
    """All that is known of the facts; what decided stands first."""
    for each in told.circumstances:
        label = "decided by" if each.decided else "beside it"
        yield label, f"{each.meaning} ({each.attribute}): {value_in_words(each.value)}"
    yield from map(counted, told.tallies)
    yield from (("presumed", presumed) for presumed in told.finding.presumed)


def _article(told: Told) -> Iterable[tuple[str, str]]:
    finding = told.finding
    presumed = " (presumed: the fact has no time)" if finding.law_presumed else ""
    yield "article", told.heading
    stood = f"as it stood on {finding.law_as_of:%Y-%m-%d}{presumed}"
    yield "of", f"{told.instrument} ({told.issuer}, {told.force}), {stood}"
    yield "source", finding.source
    yield "rule", f"{finding.pack} {finding.rule}"
    yield "when", told.when
    if told.duty:
        yield "duty", told.duty


def _evidence(sample: Evidence) -> Iterable[tuple[str, str]]:
    yield "record", record(sample)
    if sample.source or sample.place:
        yield "way", f"from {sample.source or '?'}, to {sample.place or '?'}"
    if sample.bytes is not None:
        yield "size", size(sample.bytes)
    yield from (("found", detection_in_words(found)) for found in sample.found)


def _wanted(wanted: Wanted) -> tuple[str, str]:
    return wanted.attribute, f"{wanted.meaning} → {wanted.hint}"


def _ways(told: Told) -> Iterable[tuple[str, str]]:
    """The duty itself, then every exception, those that the party can choose first."""
    if told.finding.needs:
        yield "the duty", told.finding.needs
        yield from _in_words(told.in_words(), told.finding.needs)
    for way in told.ways:
        yield way.rule, f"{way.title} ({way.cites}; {_EFFECTS[way.effect]}; {_standing(way)})"
        if way.needs:
            yield "", f"needs {way.needs}"
            yield from _in_words(way.in_words(), way.needs)
        if way.missing:
            yield "", f"not known: {', '.join(wanted.attribute for wanted in way.missing)}"
    if not told.ways and not told.finding.needs:
        yield "nothing", "the rule has neither a duty that could be met nor an exception in force"
    elif told.ways:
        open_ = sum(way.open for way in told.ways)
        yield "", f"{count_of(len(told.ways), 'exception')}, {open_:,} of them open to the party"


def _in_words(words: str, needs: str) -> Iterable[tuple[str, str]]:
    """What an expression says, where there are words for it."""
    if words != code(needs):
        yield "", f"in words: {words}"


def _standing(way: Way) -> str:
    """Whether an exception is for the party to choose."""
    if way.value is True:
        return "holds"
    if way.open:
        return "begun by the party" if way.begun else "open to the party"
    return "not known" if way.value is None else "not for the party to choose"
