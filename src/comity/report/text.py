"""The judgement in the terminal; plain text when the output is not one."""

from __future__ import annotations

import io
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from comity.checking import Judgement
from comity.evidence import EvidenceRecord
from comity.judge.judgement import Evidence, Finding
from comity.law.model import BREACH
from comity.profile import FILE_NAME
from comity.report.words import breach_word, count_of, meaning, place, settles, size, span

#: Findings that are told in full; the JSON report has them all.
TOLD = 10

#: Ways out of a breach that are told.
WAYS = 3

#: Width where the output is not a terminal.
PLAIN_WIDTH = 120

_COLOURS = {"high": "bold red", "medium": "red", "low": "yellow", "info": "cyan"}


def render(judgement: Judgement) -> str:
    """The report as plain text."""
    out = io.StringIO()
    show(judgement, Console(file=out, width=PLAIN_WIDTH, no_color=True, highlight=False))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def show(judgement: Judgement, console: Console) -> None:
    """Print the report to a console."""
    for part in _parts(judgement):
        console.print(part, highlight=False)


def _parts(judgement: Judgement) -> Iterable[RenderableType]:
    yield Text(f"Comity {judgement.version}: {_judged(judgement)}", style="bold")
    yield Text(_law(judgement), style="dim")
    yield from (Text(f"{table.name} of {table.date}: {table.source}", style="dim") for table in judgement.tables)
    yield ""
    yield _evidence(judgement.evidence)
    if not judgement.facts:
        yield Text("Nothing could be judged: no evidence was read.", style="bold red")
        return
    yield _verdicts(judgement)
    breaches = [finding for finding in judgement.findings if finding.verdict == BREACH]
    if breaches:
        yield Text("Worst findings", style="bold")
        yield from (_finding(judgement, finding) for finding in breaches[:TOLD])
    else:
        yield Text("No breach was found in what could be judged.\n", style="bold green")
    yield from _unknowns(judgement)
    yield Text(_closing(judgement), style="dim")


def _judged(judgement: Judgement) -> str:
    kinds = " and ".join(count_of(kind.facts, kind.kind) for kind in judgement.kinds) or "no facts"
    files = count_of(sum(1 for record in judgement.evidence if record.reading), "file")
    return f"{kinds} from {files}"


def _law(judgement: Judgement) -> str:
    law = f"law as of {judgement.as_of:%Y-%m-%d}" if judgement.as_of else "law as of the day of each fact"
    undated = sum(kind.undated for kind in judgement.kinds)
    if undated and judgement.as_of is None:
        law += f" ({undated:,} without a time: today's law presumed)"
    return f"{law}; {_known_profile(judgement.profile.path)}"


def _table(*columns: tuple[str, str]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name, justify in columns:
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    return table


def _known_profile(path: str | None) -> str:
    """The profile as seen from here."""
    if path is None:
        return "no profile: what evidence can't show is not known"
    return f"profile {os.path.relpath(path)}"


def _evidence(records: Iterable[EvidenceRecord]) -> RenderableType:
    table = _table(("Evidence", "left"), ("format", "left"), ("records", "right"), ("skipped", "right"), ("", "left"))
    for record in records:
        if record.format is None and record.error is None:
            continue
        reading = record.reading
        notes = [f"{skip.where}: {skip.why}" for skip in reading.skips[:2]] if reading else []
        notes += reading.notes if reading else []
        if record.error:
            notes = [record.error.summary]
        table.add_row(
            escape(str(record.path)),
            record.format or "-",
            f"{reading.read:,}" if reading else "-",
            f"{reading.skipped:,}" if reading else "-",
            escape("\n".join(notes)),
        )
    aside = [r for r in records if r.format is None and r.error is None and Path(r.path).name != FILE_NAME]
    lines: list[RenderableType] = [table]
    if aside:
        lines.append(Text(f"not evidence: {', '.join(str(record.path) for record in aside)}", style="dim"))
    return Group(*lines, "")


def _verdicts(judgement: Judgement) -> RenderableType:
    table = _table(
        ("Rule", "left"), ("", "left"),
        ("breach", "right"), ("not known", "right"), ("kept", "right"), ("out of scope", "right"),
    )  # fmt: skip
    for pack in judgement.shown_packs:
        force = {"law": "law", "commitment": "commitments"}[pack.force]
        table.add_row(
            f"[bold]{escape(pack.id)}[/bold]", f"[bold]{escape(pack.title)}[/bold] ({escape(pack.issuer)}, {force})"
        )
        for result in judgement.rules:
            if result.pack.id == pack.id:
                rule = result.rule
                mark = " [dim](indicator)[/dim]" if rule.indicator else ""
                counts = (result.breach, result.unknown, result.kept, result.out_of_scope)
                styles = ("yellow" if rule.indicator else "red", "cyan", "green", "dim")
                cells = [
                    f"[{style}]{n:,}[/{style}]" if n else "[dim]·[/dim]"
                    for n, style in zip(counts, styles, strict=True)
                ]
                table.add_row(f"  {escape(rule.id)}", escape(rule.title) + mark, *cells)
                if result.lifted:
                    by = ", ".join(
                        f"{id} {n:,}" for id, n in sorted(result.lifted.items(), key=lambda i: (-i[1], i[0]))
                    )
                    table.add_row("", f"[dim]lifted by {escape(by)}[/dim]")
    return Group(table, "")


def _finding(judgement: Judgement, finding: Finding) -> RenderableType:
    facets = finding.facets
    head = Text.assemble(
        (breach_word(judgement.law, finding), _COLOURS[finding.severity]),
        f"  {finding.cites} ({finding.pack} {finding.rule})  ",
        (finding.id[:12], "dim"),
    )
    who = facets["recipient"] or "recipient not known"
    product = f", product {facets['product']}" if facets["product"] else ""
    lines = [
        f"{finding.title}",
        f"{place(facets['from'])} → {place(facets['to'])}, {who}{product}: {count_of(finding.count, finding.about)}, "
        f"{size(finding.bytes)}, {span(finding.first, finding.last)}",
        *(f"evidence  {_sample(sample)}" for sample in finding.evidence),
        *(f"presumed  {presumed}" for presumed in finding.presumed),
        *_ways_out(judgement, finding),
    ]
    return Group(head, Padding(Text("\n".join(lines)), (0, 0, 1, 2)))


def _sample(sample: Evidence) -> str:
    end = " ".join(part for part in (sample.host, sample.address, sample.network) if part)
    time = f", {sample.at:%Y-%m-%d %H:%M:%S}" if sample.at else ""
    return f"{sample.file} {sample.where}{time}" + (f", to {end}" if end else "")


def _ways_out(judgement: Judgement, finding: Finding) -> Iterable[str]:
    """What would make it kept: the duty, then the exceptions that the party can choose, the nearest first."""
    if finding.needs:
        yield f"kept if   {finding.needs}"
    rules = {rule.id: rule for pack in judgement.law.packs if pack.id == finding.pack for rule in pack.rules}
    ways = sorted((e for e in finding.exceptions if e.open and e.steps), key=lambda e: e.steps)
    for way in ways[:WAYS]:
        yield f"kept if   {way.needs}  ({rules[way.rule].title}, {way.rule})"
    if len(ways) > WAYS:
        yield f"          or by {count_of(len(ways) - WAYS, 'other exception')}: `comity packs {finding.pack}`"


def _unknowns(judgement: Judgement) -> Iterable[RenderableType]:
    """What is missing, by how many verdicts it keeps open, with whom, and where to say it."""
    counts: Counter[str] = Counter()
    who: dict[str, Counter[str]] = {}
    for finding in judgement.findings:
        for name in finding.missing:
            counts[name] += finding.count
            who.setdefault(name, Counter())[finding.facets["recipient"] or "recipient not known"] += finding.count
    if not counts:
        return
    yield Text("What is not known, and what would settle it", style="bold")
    table = _table(("missing", "left"), ("verdicts", "right"), ("as with", "left"), ("say it in comity.toml", "left"))
    for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        parties = sorted(who[name], key=lambda party: (-who[name][party], party))
        more = f" and {len(parties) - 2} more" if len(parties) > 2 else ""
        shown = ", ".join(parties[:2]) + more
        table.add_row(escape(f"{meaning(name)} ({name})"), f"{count:,}", escape(shown), escape(settles(name)))
    yield Group(table, "")


def _closing(judgement: Judgement) -> str:
    words = Counter(breach_word(judgement.law, finding) for finding in judgement.findings)
    plural = {
        "breach of law": "breaches of law",
        "commitment not kept": "commitments not kept",
        "indicator": "indicators",
    }
    order = ("breach of law", "commitment not kept", "indicator", "not known")
    parts = [f"{words[w]:,} {w if words[w] == 1 else plural.get(w, w)}" for w in order if words[w]]
    told = sum(words.values()) - words["not known"]
    text = f"Findings: {', '.join(parts) or 'none'}"
    if told > TOLD:
        text += f"; the {TOLD} gravest are told above, --format json has all"
    if judgement.found > len(judgement.findings):
        text += f"; {len(judgement.findings):,} of {judgement.found:,} are listed"
    return text + ". This is no legal advice."
