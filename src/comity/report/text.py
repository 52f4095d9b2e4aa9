"""The judgement in the terminal; plain text when the output is not one."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from comity.checking import Judgement
from comity.evidence import EvidenceRecord
from comity.judge.judgement import Evidence, Finding
from comity.law.model import BREACH
from comity.report.words import breach_word, count_of, place, settles, size, span

#: Findings that are told in full; the JSON report has them all.
TOLD = 10

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
    yield from (Text(f"{table.name}: {table.source}, {table.date}", style="dim") for table in judgement.tables)
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
    yield Text(_closing(judgement, len(breaches)), style="dim")


def _judged(judgement: Judgement) -> str:
    kinds = " and ".join(count_of(kind.facts, kind.kind) for kind in judgement.kinds) or "no facts"
    files = count_of(sum(1 for record in judgement.evidence if record.reading), "file")
    return f"{kinds} from {files}"


def _law(judgement: Judgement) -> str:
    law = f"law as of {judgement.as_of:%Y-%m-%d}" if judgement.as_of else "law as of the day of each fact"
    undated = sum(kind.presumed_today for kind in judgement.kinds)
    if undated and judgement.as_of is None:
        law += f" ({undated:,} without a time: today's law presumed)"
    return f"{law}; {'profile ' + judgement.profile.path if judgement.profile.path else 'no profile'}"


def _table(*columns: tuple[str, str]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name, justify in columns:
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    return table


def _evidence(records: Iterable[EvidenceRecord]) -> RenderableType:
    table = _table(("Evidence", "left"), ("format", "left"), ("read", "right"), ("skipped", "right"), ("", "left"))
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
    aside = [record for record in records if record.format is None and record.error is None]
    lines: list[RenderableType] = [table]
    if aside:
        lines.append(Text(f"not evidence: {', '.join(str(record.path) for record in aside)}", style="dim"))
    return Group(*lines, "")


def _verdicts(judgement: Judgement) -> RenderableType:
    table = _table(
        ("Rule", "left"), ("", "left"), ("breach", "right"), ("not known", "right"), ("kept", "right"), ("out of scope", "right")
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
        *([f"would be kept by  {_ways_out(finding)}"] if finding.exceptions else []),
    ]
    return Group(head, Padding(Text("\n".join(lines)), (0, 0, 1, 2)))


def _sample(sample: Evidence) -> str:
    end = " ".join(part for part in (sample.host, sample.address, sample.network) if part)
    time = f", {sample.at:%Y-%m-%d %H:%M:%S}" if sample.at else ""
    return f"{sample.file} {sample.where}{time}" + (f", to {end}" if end else "")


def _ways_out(finding: Finding) -> str:
    ways = []
    for exception in finding.exceptions:
        lacking = [
            *(f"`{text}`" for text in exception.false),
            *(f"`{name}` is not known" for name in exception.missing),
        ]
        ways.append(f"{exception.rule} (needs {', '.join(lacking)})" if lacking else exception.rule)
    return "; ".join(ways)


def _unknowns(judgement: Judgement) -> Iterable[RenderableType]:
    """What is missing, by how many facts it keeps from being judged."""
    facts: dict[str, int] = {}
    rules: dict[str, set[str]] = {}
    for finding in judgement.findings:
        for name in finding.missing:
            facts[name] = facts.get(name, 0) + finding.count
            rules.setdefault(name, set()).add(f"{finding.pack} {finding.rule}")
    if not facts:
        return
    yield Text("What is not known, and what would settle it", style="bold")
    table = _table(("missing", "left"), ("verdicts", "right"), ("rules", "left"), ("say it in comity.toml", "left"))
    for name in sorted(facts, key=lambda name: (-facts[name], name)):
        some = sorted(rules[name])
        shown = ", ".join(some[:3]) + (f" and {len(some) - 3} more" if len(some) > 3 else "")
        table.add_row(escape(name), f"{facts[name]:,}", escape(shown), escape(settles(name)))
    yield Group(table, "")


def _closing(judgement: Judgement, breaches: int) -> str:
    unknown = len(judgement.findings) - breaches
    parts = [f"{count_of(breaches, 'finding')} of breach, {unknown:,} not known"]
    if breaches > TOLD:
        parts.append(f"the {TOLD} gravest are told above, --format json has all")
    if judgement.found > len(judgement.findings):
        parts.append(f"{len(judgement.findings):,} of {judgement.found:,} are listed")
    return "; ".join(parts) + ". This is no legal advice."
