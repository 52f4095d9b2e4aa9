"""Evidence: a module per format that recognises a file by its content and reads it into fact tables.

A format is found by its place in this folder: see `base` for what its module offers.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator, Sequence
from functools import cache, cached_property
from importlib import import_module
from pathlib import Path
from typing import cast

from comity.evidence._gather import EvidenceRecord
from comity.evidence._gather import read_all as _read_all
from comity.evidence._gather import recognise as _recognise
from comity.evidence.base import FactTables, Format, Head
from comity.evidence.connections import merge_connections

__all__ = ["EvidenceRecord", "format_named", "formats", "formats_giving", "gives", "read_all", "recognise"]


class _Formats:
    """Every format, by name; after them those that come last. Each is imported when its turn comes: often the first
    few are enough.
    """

    def __iter__(self) -> Iterator[Format]:
        last = []
        for name in self._names:
            module = import_module(f"{__name__}.{name}")
            if getattr(module, "LAST", False):
                last.append(cast(Format, module))
            elif hasattr(module, "NAME"):
                yield cast(Format, module)
        yield from last

    @cached_property
    def _names(self) -> list[str]:
        names = (module.name for module in pkgutil.iter_modules(__path__))
        return sorted(name for name in names if name != "base" and not name.startswith("_"))


_FORMATS = _Formats()


def formats() -> list[Format]:
    """Every evidence format, by name; after them those that come last."""
    return list(_FORMATS)


def format_named(name: str) -> Format:
    """The format of that name. Raises ``KeyError`` where there is none."""
    if (found := _named(name)) is None:
        raise KeyError(name)
    return found


@cache
def _named(name: str) -> Format | None:
    return next((format for format in _FORMATS if name == format.NAME), None)


def formats_giving(kind: str, attribute: str) -> list[Format]:
    """The formats whose files can give an attribute of a kind of fact."""
    return [format for format in _FORMATS if attribute in format.SUPPLIES.get(kind, ())]


def gives(name: str, kind: str, attribute: str) -> bool:
    """Whether there is a format of that name whose files can give an attribute of a kind of fact."""
    found = _named(name)
    return found is not None and attribute in found.SUPPLIES.get(kind, ())


def recognise(head: Head) -> Format | None:
    """The format of a file by its content, None where no format knows it."""
    return _recognise(head, _FORMATS)


def read_all(
    paths: Sequence[Path], tables: FactTables, progress: Callable[[str], None] | None = None
) -> list[EvidenceRecord]:
    """Read all the evidence that ``paths`` (files, folders, globs) lead to; ``progress`` is told what is being read.

    There is a record for every file that is found and for every path that leads nowhere, numbered from 1. What is
    wrong with one of them stands in its record and never stops the others. In folders, names that begin with a dot are
    left out, and links are followed. A file that is reached twice is read once. What several logs say of one connection
    is put together into one fact.
    """
    records = _read_all(paths, tables, progress, _FORMATS)
    merge_connections(tables, {record.number: record.reading for record in records if record.reading})
    return records
