"""SARIF 2.1.0: what scanners of any kind found in a product.

Specification: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html. Every run is a `product`:

    results, by rule, CWE, ATT&CK or code   capabilities
    rules, in the same way                  sought
    invocations.endTimeUtc                  at, the last one
    properties.comity.product               name, else the last part of the only versionControlProvenance.repositoryUri
    properties.comity.version               version

That nothing was found says that there is nothing only where the rules of the run look for every capability; else
``capabilities`` is not known. Messages, snippets and places in the code are never kept. The file is parsed as a stream.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import ijson

from comity.evidence._json_values import Notes, head_events, text
from comity.evidence.base import EvidenceFile, FactTables, Head, Reading
from comity.evidence.sarif.run import Run
from comity.evidence.sarif.stream import Events
from comity.vocabulary import CAPABILITIES

NAME = "sarif"
TITLE = "SARIF: what scanners found, and so what a product can do"

_COLUMNS = ("file", "position", "at", "name", "version", "capabilities", "sought")
SUPPLIES = {"product": frozenset(_COLUMNS[2:])}

_VERSION = re.compile(r"2\.1\.0(-.*)?")

#: A position holds the number of the run and, in its last bits, that of a result from 1; 0 for the run as a whole.
_RESULT_BITS = 28
_MOST_RUNS = 1 << 11

#: Keys of a run, where the head ends before a version comes.
_RUN_KEYS = {"tool", "results", "invocations", "artifacts", "columnKind"}


def recognise(head: Head) -> bool:
    """A JSON object with `runs`, and with SARIF's schema or a version such as `2.1.0`."""
    runs = marked = False
    run_keys = set()
    for prefix, event, value in head_events(head):
        if event == "string" and prefix in ("$schema", "version"):
            marked |= bool(re.search("sarif", value, re.IGNORECASE) or re.match(r"[12]\.\d\.\d", value))
        elif event == "map_key":
            runs |= not prefix and value == "runs"
            run_keys |= {value} if prefix == "runs.item" else set()
        if runs and marked:
            return True
    return not head.whole and bool(run_keys & _RUN_KEYS)


def read(file: EvidenceFile, tables: FactTables) -> Reading:
    """Read the runs of a log. Raises ``EvidenceError`` for broken JSON and for other versions of SARIF."""
    reading, notes = Reading(NAME), Notes()
    rows: list[tuple[Any, ...]] = []
    version = None
    with file.open() as stream:
        events = Events(file, stream)
        try:
            events.begin()
            for key, event, value in events.members():
                if key == "runs" and event == "start_array":
                    for number, item in enumerate(events.items()):
                        rows += _product(file, number, events, item, reading, notes)
                else:
                    taken = events.take(event, value)
                    version = _read_version(file, taken) if key == "version" else version
                    if key == "inlineExternalProperties":
                        notes.add(f"/{key}", "parts of runs that stand outside of them are not read")
            events.end()
        except ijson.JSONError:
            place = (
                f"after `{where(rows[-1][1] >> _RESULT_BITS << _RESULT_BITS)}`"
                if rows
                else "before the end of its first run"
            )
            raise file.error(f"`{file.path}` breaks off or is damaged {place}") from None
    if version is None:
        raise file.error("a SARIF log without a `version`", help="`version` is `2.1.0`")
    if not rows:
        reading.notes.append("the log holds no run")
    tables.append("product", _COLUMNS, rows)
    reading.notes += notes.lines()
    return reading


def where(position: int) -> str:
    """The run, or the first result that shows a capability, as a JSON pointer (RFC 6901)."""
    run, result = divmod(position, 1 << _RESULT_BITS)
    return f"/runs/{run}" + (f"/results/{result - 1}" if result else "")


def _read_version(file: EvidenceFile, value: Any) -> str:
    version = (text(value) or "")[:40]
    if not _VERSION.fullmatch(version):
        raise file.error(
            f"SARIF of version `{version}` is not read; 2.1.0 is",
            help="write it anew with the scanner of today, or convert it with `transform` of the SARIF Multitool",
        )
    return version


def _product(
    file: EvidenceFile, number: int, events: Events, item: tuple[str, Any], reading: Reading, notes: Notes
) -> Iterator[tuple[Any, ...]]:
    """The run that has begun with ``item``, as a product; nothing for what is no run."""
    place = number << _RESULT_BITS
    if item[0] != "start_map" or number >= _MOST_RUNS:
        events.take(*item)
        reading.skip(where(place), "not an object" if item[0] != "start_map" else f"after {_MOST_RUNS:,} runs")
        return
    run = Run(file, where(place), notes)
    run.read(events)
    found = _found(run, place, reading)
    sought = run.sought()
    known = bool(found) or sought.issuperset(CAPABILITIES)
    if run.results_elsewhere:
        notes.add(where(place), "a run with results in other files, which are not read")
    if not known:
        notes.add(where(place), "a run that found no capability and does not look for all of them: not known")
    at, name, version = run.product()
    first = place + min(found.values(), default=-1) + 1
    yield file.number, first, at, name, version, sorted(found) if known else None, sorted(sought | found.keys()) or None


def _found(run: Run, place: int, reading: Reading) -> dict[str, int]:
    """The capabilities that a run shows, with the number of the first result that does; the results are counted."""
    found: dict[str, int] = {}
    skipped: dict[str, list[int]] = {}
    for results in run.counted():
        if results.shown:
            reading.read += results.count
            found.update(dict.fromkeys(results.shown - found.keys(), results.first))
        else:
            skipped.setdefault(results.why, [results.first, 0])[1] += results.count
    for why, (first, count) in skipped.items():
        reading.skip(where(place + first + 1), why, count)
    return found
