"""What personal data was found in files, in the terminal or as JSON.

The JSON document follows docs/reference/found.schema.json, which a test checks. Values are masked in both.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from comity.identifying import FOUND, NO_CONTENT, NOTHING, FileFound, Found, Identified
from comity.report.plain import plain
from comity.report.words import count_of, visible

#: Rows of one file that are told, files of one list, and places of one file that were not scanned.
TOLD = 20
LISTED = 50
_PLACES = 3

#: What is counted, by what was looked into.
_COUNTED = {"flow": "Flows", "store": "Tables", "text": "Lines"}


def render(identified: Identified) -> str:
    """The report as plain text."""
    return plain(_parts(identified))


def show(identified: Identified, console: Console) -> None:
    """Print the report to a console."""
    for part in _parts(identified):
        console.print(part, highlight=False)


def render_json(identified: Identified) -> str:
    """The document as text; the same files give the same bytes."""
    return json.dumps(as_document(identified), ensure_ascii=False, indent=1) + "\n"


def as_document(identified: Identified) -> dict[str, Any]:
    """The document as plain data.

    ``comity`` is the version, ``profile`` the profile whose personas were looked for, ``names`` the pipeline that
    looked for names. Each of ``files`` has its ``state`` (``found``, ``nothing found``, ``no content``, ``not read``),
    in ``found`` a row for each category, detector and field, and in ``remarks`` what was not scanned, and why.
    """
    return {
        "comity": identified.version,
        "profile": identified.profile.path,
        "names": identified.names,
        "files": [_file(file) for file in identified.files],
    }


def _file(file: FileFound) -> dict[str, Any]:
    reading = file.record.reading
    return {
        "file": file.record.path,
        "sha256": file.record.sha256,
        "format": file.record.format,
        "state": file.state,
        "read": reading.read if reading else 0,
        "found": [vars(row) | {"sensitive": row.sensitive} for row in file.found],
        "remarks": list(_remarks(file)),
    }


def _parts(identified: Identified) -> Iterable[RenderableType]:
    found, files = identified.those(FOUND), count_of(len(identified.files), "file")
    yield Text(f"Comity {identified.version}: personal data found in {len(found):,} of {files}", style="bold")
    yield Text(_looked_for(identified), style="dim")
    yield ""
    for file in found:
        yield Text(f"{visible(file.record.path)} ({_read(file)})", style="bold")
        yield Padding(Text(", ".join(dict.fromkeys(map(_category, file.found)))), (0, 0, 0, 2))
        yield Padding(_table(file.found[:TOLD]), (1, 0, 0, 2))
        if len(file.found) > TOLD:
            yield Text(f"  and {len(file.found) - TOLD:,} more: --format json has all", style="dim")
        yield ""
    looked_into = [file for file in identified.files if file.state != NO_CONTENT]
    remarks = [(file, "; ".join(_remarks(file))) for file in looked_into]
    yield from _list("Not scanned, or with a remark", [(file, remark) for file, remark in remarks if remark])
    nothing = [(file, _read(file)) for file in identified.those(NOTHING)]
    yield from _list("Nothing found: that does not mean that there is nothing", nothing)
    without = [(file, _read(file)) for file in identified.those(NO_CONTENT)]
    yield from _list("No content was seen: it is encrypted, or the records tell of something else", without)
    if found:
        sensitive = any(row.sensitive for file in found for row in file.found)
        legend = "; * is data that many laws protect more" if sensitive else ""
        yield Text(f"Values are masked. Sure: how likely such a value is of that category{legend}.", style="dim")


def _looked_for(identified: Identified) -> str:
    profile = identified.profile
    personas = (
        f"{count_of(len(profile.personas), 'persona')} of {visible(profile.path)}" if profile.path else "no persona"
    )
    names = f"by {visible(identified.names)}" if identified.names else "not looked for (--names)"
    return f"looked for by all detectors, and {personas}; names in free text: {names}"


def _read(file: FileFound) -> str:
    read = file.record.reading.read if file.record.reading else 0
    return f"{file.record.format}: {count_of(read, 'record')}"


def _table(rows: Sequence[Found]) -> Table:
    """A row for each, whose second line says by which detector and where first."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for name, side, least in (
        *(("Category\nfound by", "left", 16), ("In\nfirst at", "left", 16)),
        *((_COUNTED.get(rows[0].about, "Records"), "right", 7), ("Sure", "right", 5), ("Example", "left", 10)),
    ):
        table.add_column(name, justify=side, overflow="fold", min_width=least)  # type: ignore[arg-type]
    for row in rows:
        table.add_row(
            Group(Text(_category(row)), Text(visible(row.detector), "dim")),
            Group(Text(visible(row.field) or "text"), Text(visible(row.where), "dim")),
            f"{row.records:,}",
            f"{row.confidence:.0%}",
            Text(visible(row.example)),
        )
    return table


def _category(row: Found) -> str:
    return row.category + " *" * row.sensitive


def _remarks(file: FileFound) -> Iterable[str]:
    """What of a file was not read, or not scanned, and why; and what its reader says of it besides."""
    if file.record.error or file.record.note:
        told = file.record.error.summary if file.record.error else "no text, and of no format that is known"
        yield told.removeprefix(f"`{file.record.path}` ")
    if reading := file.record.reading:
        yield from reading.notes
        yield from (f"{skip.where}: {skip.why}" for skip in reading.skips[:_PLACES])
        if reading.skipped > _PLACES:
            yield f"{reading.skipped:,} records were skipped in all"


def _list(title: str, files: Sequence[tuple[FileFound, str]]) -> Iterable[RenderableType]:
    if files:
        yield Text(title, style="bold")
        lines = [f"{visible(file.record.path)}: {visible(said)}" for file, said in files[:LISTED]]
        lines += [f"and {len(files) - LISTED:,} more: --format json has all"] if len(files) > LISTED else []
        yield from (Padding(Text(line), (0, 0, 0, 2)) for line in lines)
        yield ""
