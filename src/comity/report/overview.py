"""Acts of States in a table: by State and by effect, contested attributions apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from comity.checking import Judgement
from comity.judge.judgement import Overview
from comity.law.model import BREACH, UNKNOWN
from comity.report.words import visible

#: How a contested act is marked in the manner of a measure.
CONTESTED = ", contested"

_KEY = "Of all acts, those with a commitment not kept (✗) and those that are not settled (?)."


def overview(judgement: Judgement) -> Iterable[RenderableType]:
    """The tables; nothing where no act of a State was judged."""
    rows = [row for kind in judgement.kinds for row in kind.overview]
    apart = [row for row in rows if (row.manner or "").endswith(CONTESTED)]
    admitted = [row for row in rows if row not in apart]
    if admitted:
        yield Text("Acts of States, by State and by effect", style="bold")
        yield _table(admitted)
        yield Text(_KEY + "\n", style="dim")
    if apart:
        yield Text("Contested: the States named deny that these acts are theirs", style="bold")
        yield _table(apart)
        yield ""


def _table(rows: Iterable[Overview]) -> Table:
    counts: dict[tuple[str, str], Counter[str]] = {}
    for row in rows:
        effect = (row.manner or "not known").removesuffix(CONTESTED)
        for key in ((row.origin or "?", effect), (row.origin or "?", ""), ("all", effect), ("all", "")):
            counts.setdefault(key, Counter())[row.verdict] += row.count
    effects = sorted({effect for _, effect in counts} - {""})
    states = sorted({state for state, _ in counts} - {"all"}, key=lambda s: (-counts[s, ""].total(), s))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("")
    for effect in (*effects, "all"):
        table.add_column(visible(effect), justify="right")
    for state in (*states, "all"):
        table.add_row(visible(state), *(_cell(counts.get((state, effect))) for effect in (*effects, "")))
    return table


def _cell(count: Counter[str] | None) -> Text:
    """``3✗ 1? of 5``."""
    if not count:
        return Text("·", "dim")
    parts = [(f"{count[verdict]}{mark} ", style) for verdict, mark, style in _MARKS if count[verdict]]
    return Text.assemble(*parts, f"of {count.total()}" if parts else f"{count.total()}")


_MARKS = ((BREACH, "✗", "red"), (UNKNOWN, "?", "cyan"))
