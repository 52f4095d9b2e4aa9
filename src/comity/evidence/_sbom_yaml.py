"""Walking through YAML of any size as through JSON, by the events of PyYAML's parser.

Nothing is resolved or constructed: a version of `1.10` stays what it is, tags mean nothing. An alias is refused, since
few of them may stand for more than any memory holds.
"""

from __future__ import annotations

from typing import Any

import ijson

from comity.errors import EvidenceError
from comity.evidence._sbom_json import Events, walk_events
from comity.evidence._sbom_source import Emit, Source
from comity.evidence.base import EvidenceFile

_NULLS = {"", "~", "null", "Null", "NULL"}


def walk_yaml(file: EvidenceFile, shape: dict[str, Any], emit: Emit) -> dict[str, Any]:
    """As ``walk_json``; every scalar but null is a text."""
    with file.open() as stream:
        source = Source(file, stream, "utf-8-sig")
        return walk_events(_events(source, file), source, file, shape, emit)


def _events(source: Source, file: EvidenceFile) -> Events:
    """What a YAML document says as JSON's events. Raises ``ijson.JSONError`` at a break."""
    import yaml  # type: ignore[import-untyped]

    begins = {yaml.MappingStartEvent: "start_map", yaml.SequenceStartEvent: "start_array"}
    ends = {yaml.MappingEndEvent: "end_map", yaml.SequenceEndEvent: "end_array"}
    # Of each collection that is open: whether a key comes next. None: it is a list.
    keys: list[bool | None] = [None]
    try:
        for event in yaml.parse(source, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)):
            kind = type(event)
            if kind in begins:
                _must_be_plain(event, keys, file)
                yield begins[kind], None
                keys.append(True if kind is yaml.MappingStartEvent else None)
                continue
            if kind in ends:
                keys.pop()
                yield ends[kind], None
            elif kind is yaml.ScalarEvent:
                yield _scalar(event, keys)
            elif kind is yaml.AliasEvent:
                raise _refused(event, "an alias", file)
            if kind is yaml.ScalarEvent or kind in ends:
                keys[-1] = None if keys[-1] is None else not keys[-1]
    except yaml.YAMLError:
        raise ijson.JSONError from None


def _scalar(event: Any, keys: list[bool | None]) -> tuple[str, Any]:
    if keys[-1]:
        return "map_key", event.value
    plain, _ = event.implicit
    return ("null", None) if plain and event.value in _NULLS else ("string", event.value)


def _must_be_plain(event: Any, keys: list[bool | None], file: EvidenceFile) -> None:
    if keys[-1]:
        raise _refused(event, "a key that is no text", file)


def _refused(event: Any, what: str, file: EvidenceFile) -> EvidenceError:
    line = event.start_mark.line + 1
    return file.error(f"`{file.path}` has {what}, which is refused", line, help="write the document as JSON")
