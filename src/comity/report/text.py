"""The judgement in the terminal; plain text when the output is not one."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from comity.checking import MAY_APPLY, Judgement
from comity.evidence import EvidenceRecord
from comity.judge.judgement import Finding, RuleResult
from comity.law.model import Law, Norm, Pack
from comity.profile import FILE_NAME
from comity.report.details import details, extent, short
from comity.report.overview import overview
from comity.report.plain import PLAIN_WIDTH, plain
from comity.report.telling import missing, tell
from comity.report.words import (
    breaches_to_tell,
    compared,
    compelling,
    count_of,
    findings_in_words,
    listed,
    meaning,
    no_breach,
    plural,
    settles,
    visible,
    why_chosen,
)

#: Findings that are told in full; the JSON report has them all.
TOLD = 10

#: Attributes that are told where they are missing, the most wanted first.
MISSING = 10

#: Places of skipped records that are told of a file.
SKIPS = 2

#: A column narrower than this can't be read, however narrow the terminal.
_NARROWEST = 16

#: Colours by severity.
COLOURS = {"high": "bold red", "medium": "red", "low": "yellow", "info": "cyan"}


def render(judgement: Judgement) -> str:
    """The report as plain text."""
    return plain(_parts(judgement, PLAIN_WIDTH))


def show(judgement: Judgement, console: Console) -> None:
    """Print the report to a console."""
    for part in _parts(judgement, console.width):
        console.print(part, highlight=False)


def _parts(judgement: Judgement, width: int) -> Iterable[RenderableType]:
    yield Text(f"Comity {judgement.version}: {_judged(judgement)}", style="bold")
    yield Text(_law(judgement), style="dim")
    yield ""
    yield from _evidence(judgement.evidence, width)
    if not judgement.facts:
        yield Text("Nothing could be judged: no fact was read.", style="bold red")
        return
    yield from _verdicts(judgement, width)
    yield from overview(judgement)
    if judgement.compared:
        yield Text(visible(compared(judgement.compared)) + "\n", style="bold")
    breaches = breaches_to_tell(judgement)
    if breaches:
        yield Text("Findings, the gravest first", style="bold")
        for finding in breaches[:TOLD]:
            yield from _finding(judgement, finding, width)
    else:
        yield Text(f"{no_breach(judgement)}\n", style="bold")
    yield from _unknowns(judgement, width)
    yield from (Text(f"{table.name} of {table.date}: {table.source}", style="dim") for table in judgement.tables)
    yield Text(_closing(judgement), style="bold")


def _judged(judgement: Judgement) -> str:
    kinds = listed([count_of(kind.facts, kind.kind) for kind in judgement.kinds]) or "no facts"
    files = count_of(sum(1 for record in judgement.evidence if record.reading), "file")
    return f"{kinds} from {files}"


def _law(judgement: Judgement) -> str:
    law = f"law as of {judgement.as_of:%Y-%m-%d}" if judgement.as_of else "law as of the day of each fact"
    undated = sum(kind.undated for kind in judgement.kinds)
    if undated and judgement.as_of is None:
        law += f" ({undated:,} without a time: today's law presumed)"
    return f"{law}; {_known_profile(judgement.profile.path)}"


def grid(rows: Sequence[tuple[Text, ...] | RenderableType], width: int, justify: str) -> Iterable[RenderableType]:
    """Rows of cells under each other; a row that is no tuple takes the whole width.

    ``justify`` has a letter for each column: ``l`` left, ``r`` right, ``s`` left and no wider than there is room.
    """
    cells = [row for row in rows if isinstance(row, tuple)]
    widths = [max(cell.cell_len for cell in column) for column in zip(*cells, strict=True)]
    rest = width - sum(natural + 2 for natural, side in zip(widths, justify, strict=True) if side != "s")
    for row in rows:
        if not isinstance(row, tuple):
            yield row
            continue
        table = Table.grid(padding=(0, 2, 0, 0))
        for natural, side in zip(widths, justify, strict=True):
            wide = min(natural, max(rest, _NARROWEST)) if side == "s" else natural
            table.add_column(width=wide, justify="right" if side == "r" else "left", overflow="fold")
        table.add_row(*row)
        yield table


def _known_profile(path: str | None) -> str:
    """The profile as seen from here."""
    if path is None:
        return "no profile: what evidence can't show is not known"
    return f"profile {visible(os.path.relpath(path))}"


def _evidence(records: Iterable[EvidenceRecord], width: int) -> Iterable[RenderableType]:
    rows: list[tuple[Text, ...] | RenderableType] = [cells(("Evidence", "format", "records", "skipped"), "bold")]
    aside = []
    for record in records:
        reading = record.reading
        if record.note:
            if Path(record.path).name != FILE_NAME:
                aside.append(visible(record.path))
            continue
        counts = (f"{reading.read:,}", f"{reading.skipped:,}") if reading else ("-", "-")
        rows.append(cells((visible(record.path), record.format or "-", *counts)))
        if record.error:
            rows.append(Text(f"  not read: {visible(record.error.summary)}", style="red"))
        if reading:
            rows += [Text(f"  skipped: {visible(f'{s.where}: {s.why}')}", style="dim") for s in reading.skips[:SKIPS]]
            rows += [Text(f"  {visible(note)}", style="dim") for note in reading.notes]
    yield from grid(rows, width, "slrr")
    if aside:
        yield Text(f"not evidence: {', '.join(aside)}", style="dim")
    yield ""


def cells(texts: Iterable[str], style: str = "") -> tuple[Text, ...]:
    """Texts as a row of a grid."""
    return tuple(Text(text, style) for text in texts)


def _verdicts(judgement: Judgement, width: int) -> Iterable[RenderableType]:
    """Each rule and its counts. What can only be an indicator has a column of its own, apart from breaches."""
    ids = [choice.pack.id for choice in judgement.choices if choice.why != MAY_APPLY]
    shown = [result for id in ids for result in judgement.rules if result.pack.id == id]
    indicators = any(result.rule.indicator for result in shown)
    rows: list[tuple[Text, ...] | RenderableType] = [
        cells(("", "", "", *[""] * indicators, "not", "", "out of"), "bold"),
        cells(("Rule", "", "breach", *["indicator"] * indicators, "known", "kept", "scope"), "bold"),
    ]
    kinds = len({result.rule.about for result in shown})
    for choice in (choice for choice in judgement.choices if choice.why != MAY_APPLY):
        pack = choice.pack
        rows.append(Text(visible(f"{pack.title} ({pack.issuer}, {pack.force}; {pack.id})"), style="bold"))
        rows.append(Padding(Text(visible(why_chosen(choice)), style="dim"), (0, 0, 0, 2)))
        for chapter, results in _chapters(pack, [result for result in shown if result.pack.id == pack.id]):
            if chapter:
                told = "" if results else f": {_without_evidence(pack, chapter)}"
                line = Text(f"{visible(chapter)}{told}", style="" if results else "dim")
                rows.append(Padding(line, (0, 0, 0, 2)))
            rows += [_norm(judgement.law, norm) for norm in pack.norms if norm.chapter == chapter]
            for result in results:
                indent = 4 if chapter else 2
                rows.append(_counts(result, indicators, kinds > 1, indent))
                if result.lifted:
                    lifted = Text(f"by exception: {_lifted(result)}", style="dim")
                    rows.append(Padding(lifted, (0, 0, 0, indent + 4)))
    yield from grid(rows, width, "lsrrrr" + "r" * indicators)
    if indicators:
        yield Text(
            "An indicator is a sign, not a breach: what a company does can't break a commitment of States.",
            style="dim",
        )
    yield ""
    yield from _perhaps(judgement)


def _perhaps(judgement: Judgement) -> Iterable[RenderableType]:
    """The packs of which it is not settled that they apply, a line each."""
    choices = [choice for choice in judgement.choices if choice.why == MAY_APPLY]
    if choices:
        yield Text("May apply as well, and were judged by; nothing is settled under them:", style="bold")
        for choice in choices:
            yield Padding(Text(visible(f"{choice.pack.id}: {why_chosen(choice)}")), (0, 0, 0, 2))
        yield ""


def _norm(law: Law, norm: Norm) -> Text:
    """Which packs hold a rule that compels what the norm speaks of."""
    return Text(f"    {visible(norm.id)}  {visible(compelling(law, norm, 'none of those judged by'))}")


def _chapters(pack: Pack, results: Sequence[RuleResult]) -> Iterable[tuple[str, list[RuleResult]]]:
    """Results by the parts of the instrument; as one where its parts hold a rule each."""
    order = {(rule.id, rule.about, rule.place): number for number, rule in enumerate(pack.rules)}
    results = sorted(results, key=lambda result: order[result.rule.id, result.rule.about, result.rule.place])
    chapters = pack.chapters()
    if len(pack.duties()) <= len({rule.chapter for rule in pack.duties()}):
        yield "", list(results)
        return
    duties = {part.chapter for parts in (pack.duties(), pack.unshown, pack.norms) for part in parts}
    for chapter in (chapter for chapter in chapters if chapter in duties):
        yield chapter, [result for result in results if result.rule.chapter == chapter]


def _without_evidence(pack: Pack, chapter: str) -> str:
    """Of what no fact is at hand, for a chapter none of whose rules could be asked."""
    about = sorted({rule.about for rule in pack.duties() if rule.chapter == chapter})
    if about:
        return f"takes {' or '.join(map(plural, about))}, none at hand"
    return "no evidence can show it"


def _counts(result: RuleResult, indicators: bool, kinds: bool, indent: int) -> tuple[Text, ...]:
    rule = result.rule
    against = (0, result.breach) if rule.indicator else (result.breach, 0)
    counts = zip(
        (*against[: 1 + indicators], result.unknown, result.kept, result.out_of_scope),
        ("red", *["yellow"] * indicators, "cyan", "green", "dim"),
        strict=True,
    )
    cells = [Text(f"{n:,}", style) if n else Text("·", "dim") for n, style in counts]
    asides = [plural(rule.about)] * kinds + ["recommended"] * (rule.strength == "should" and not rule.indicator)
    title = f"{rule.title} ({', '.join(asides)})" if asides else rule.title
    return (Text(" " * indent + visible(rule.id)), Text(visible(title)), *cells)


def _lifted(result: RuleResult) -> str:
    return ", ".join(f"{id} {n:,}" for id, n in sorted(result.lifted.items(), key=lambda item: (-item[1], item[0])))


def _finding(judgement: Judgement, finding: Finding, width: int) -> Iterable[RenderableType]:
    told = tell(judgement, finding)
    state = f"{told.state}  " if told.state else ""
    yield Text.assemble(
        (told.word, COLOURS[finding.severity]),
        visible(f"  {finding.cites} ({finding.pack} {finding.rule})  "),
        (f"{state}{short(finding.id)}", "dim"),
    )
    rows = [cells((label, visible(value))) for label, value in details(told)]
    lines = [Text(visible(finding.title)), Text(visible(extent(told))), *grid(rows, width - 2, "ls")]
    yield Padding(Group(*lines), (0, 0, 1, 2))


def _unknowns(judgement: Judgement, width: int) -> Iterable[RenderableType]:
    """What is missing, by how many verdicts it keeps open, with whom, and where to say it."""
    counts, who = missing(judgement)
    if not counts:
        return
    yield Text("What is not known, and what would settle it in comity.toml", style="bold")
    rows = [cells(("verdicts", "missing"), "bold")]
    for name, count in _most_wanted(counts):
        parties = who[name]
        more = f" and {len(parties) - 2} more" if len(parties) > 2 else ""
        shown = ", ".join(map(visible, parties[:2])) + more
        what = Text.assemble(f"{meaning(name)} ({name}), as with {shown}\n", (f"→ {settles(name)}", "dim"))
        rows.append((Text(f"{count:,}"), what))
    if len(counts) > MISSING:
        rows.append(cells(("", f"and {count_of(len(counts) - MISSING, 'other attribute')}: --format json has all")))
    yield from grid(rows, width, "rs")
    yield ""


def _most_wanted(counts: Counter[str]) -> list[tuple[str, int]]:
    """What is missing most, and of every kind of fact what is missing most of it."""
    order = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    first = {name.partition(".")[0]: name for name, _ in reversed(order)}
    rest = [name for name, _ in order if name not in first.values()]
    chosen = {*first.values(), *rest[: max(MISSING - len(first), 0)]}
    return [(name, count) for name, count in order if name in chosen]


def _closing(judgement: Judgement) -> str:
    text = f"Findings: {findings_in_words(judgement)}"
    if len(breaches_to_tell(judgement)) > TOLD:
        text += f"; the {TOLD} gravest are told above, --format json has all"
    if judgement.found > len(judgement.findings):
        text += f"; {len(judgement.findings):,} of {judgement.found:,} are listed"
    return text + ". This is no legal advice."
