"""Evidence: a module per format that recognises a file by its content and reads it into fact tables.

A format is found by its place in this folder: see `base` for what its module offers.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import cast

from comity.evidence._gather import EvidenceRecord
from comity.evidence._gather import read_all as _read_all
from comity.evidence._gather import recognise as _recognise
from comity.evidence.base import FactTables, Format, Head
from comity.evidence.connections import merge_connections

__all__ = ["EvidenceRecord", "format_named", "formats", "formats_giving", "read_all", "recognise"]


@cache
def _formats() -> tuple[Format, ...]:
    names = (module.name for module in pkgutil.iter_modules(__path__))
    modules = (import_module(f"{__name__}.{name}") for name in names if name != "base" and not name.startswith("_"))
    found = (cast(Format, module) for module in modules if hasattr(module, "NAME"))
    return tuple(sorted(found, key=lambda module: (getattr(module, "LAST", False), module.NAME)))


def formats() -> list[Format]:
    """Every evidence format, by name; after them those that come last."""
    return list(_formats())


def format_named(name: str) -> Format:
    """The format of that name. Raises ``KeyError`` where there is none."""
    return {format.NAME: format for format in _formats()}[name]


def formats_giving(kind: str, attribute: str) -> list[Format]:
    """The formats whose files can give an attribute of a kind of fact."""
    return [format for format in _formats() if attribute in format.SUPPLIES.get(kind, ())]


def recognise(head: Head) -> Format | None:
    """The format of a file by its content, None where no format knows it."""
    return _recognise(head, _formats())


def read_all(
    paths: Sequence[Path], tables: FactTables, progress: Callable[[str], None] | None = None
) -> list[EvidenceRecord]:
    """Read all the evidence that ``paths`` (files, folders, globs) lead to; ``progress`` is told what is being read.

    There is a record for every file that is found and for every path that leads nowhere, numbered from 1. What is
    wrong with one of them stands in its record and never stops the others. In folders, names that begin with a dot are
    left out, and links are followed. A file that is reached twice is read once. What several logs say of one connection
    is put together into one fact.
    """
    records = _read_all(paths, tables, progress, _formats())
    merge_connections(tables, {record.number: record.reading for record in records if record.reading})
    return records
