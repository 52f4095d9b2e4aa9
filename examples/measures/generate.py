"""Make `measures.csv`, and the counts in `README.md`, from a table of acts of States.

    python examples/measures/generate.py TABLE

The table is a CSV with the columns `id`, `by`, `date`, `until`, `title`, `effect`, `target_name`,
`target_established`, `data_in`, `subjects`, `bulk`, `evidence`, `reversed_by` and `source`; lists are divided by `;`.
The same table gives the same bytes. How its cells become attributes is told in `README.md`.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

FOLDER = Path(__file__).parent
EFFECTS = ("exclude", "ban", "restrict", "localise", "compel-access", "block-disclosure", "surveil")
COLUMNS = (
    "kind", "by", "at", "until", "effect", "title", "contested", "target.name", "target.established", "data_in",
    "subjects", "origin", "bulk", "evidence", "source",
)  # fmt: skip

#: Effects of acts that rest on findings about what they strike. Of the others the table tells how the act is known.
_STRIKING = frozenset({"exclude", "ban", "restrict", "localise"})

_PUBLISHED, _IN_PART, _NONE = "published: ", "partly published: ", "none published"


def measure(act: Mapping[str, str]) -> dict[str, str]:
    """One act as a row of the format `facts`. Raises ``ValueError`` for a cell on evidence that begins otherwise."""
    home = act["by"] == act["data_in"] == act["subjects"]
    return {
        "kind": "measure",
        "by": act["by"],
        "at": _noon(act["date"]),
        "until": _noon(act["until"]),
        "effect": act["effect"],
        "title": "; later: ".join(filter(None, (act["title"], act["reversed_by"]))),
        "contested": "true" if "-attributed-" in act["id"] else "false",
        "target.name": act["target_name"],
        "target.established": _codes(act["target_established"]),
        "data_in": _codes(act["data_in"]),
        "subjects": _codes(act["subjects"]),
        "origin": _codes(act["by"]) if act["effect"] == "localise" and home else "",
        "bulk": act["bulk"],
        "evidence": _evidence(act["evidence"]) if act["effect"] in _STRIKING else "",
        "source": act["source"],
    }


def counts(measures: Iterable[Mapping[str, str]]) -> str:
    """How many acts of which effect each State took, as a table in Markdown; contested ones stand in brackets."""
    found = Counter((row["by"], row["effect"], row["contested"] == "true") for row in measures)
    states = sorted({by for by, _, _ in found})
    lines = [f"| by | {' | '.join(EFFECTS)} | all |", f"|---{'|---:' * (1 + len(EFFECTS))}|"]
    for label, group in [*((f"`{by}`", [by]) for by in states), ("all", states)]:
        cells = [_cell(found, group, [effect]) for effect in EFFECTS] + [_cell(found, group, EFFECTS)]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(found: Counter[tuple[str, str, bool]], states: Iterable[str], effects: Iterable[str]) -> str:
    keys = [(by, effect) for by in states for effect in effects]
    plain, contested = (sum(found[by, effect, side] for by, effect in keys) for side in (False, True))
    return f"{plain or '·'}" + (f" (+{contested})" if contested else "")


def _noon(day: str) -> str:
    return f"{day}T12:00:00Z" if day else ""


def _codes(cell: str) -> str:
    return json.dumps(cell.split(";")) if cell else ""


def _evidence(cell: str) -> str:
    if cell.startswith(_NONE):
        return "[]"
    if cell.startswith(_PUBLISHED):
        return json.dumps([cell.removeprefix(_PUBLISHED)])
    if cell.startswith(_IN_PART):
        return json.dumps([f"in part: {cell.removeprefix(_IN_PART)}"])
    if cell:
        raise ValueError(f"`{cell}` does not say whether evidence was published")
    return ""


def main(table: str) -> None:
    """Write both files."""
    with Path(table).open(encoding="utf-8", newline="") as file:
        measures = [measure(act) for act in csv.DictReader(file)]
    with (FOLDER / "measures.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(measures)
    readme = FOLDER / "README.md"
    before, begin, rest = readme.read_text(encoding="utf-8").partition("<!-- counts -->\n")
    _, end, after = rest.partition("<!-- end -->\n")
    readme.write_text(f"{before}{begin}{counts(measures)}\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
