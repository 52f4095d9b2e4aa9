"""What http logs tell of content: addresses of requests taken apart by the engine, and looked at once each.

A log has millions of addresses, of which few hold anything. The engine takes them apart into parameters and segments of
paths, each distinct one is scanned together with others of its name, and only where something may stand is it looked at
for itself. What is found is joined to the records again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from comity.engine.duckdb import literal
from comity.evidence.base import DETECTIONS, EvidenceFile, FactTables
from comity.identify import Content, Identifier, Piece
from comity.identify.bodies import add_body
from comity.identify.fields import by_name
from comity.identify.http import add_header
from comity.identify.knowing import KNOWN, identified, known
from comity.identify.nested import Pieces
from comity.vocabulary import FLOW

#: Fields that are addresses, and those that are taken whole.
_ADDRESSES = ("uri", "referrer")
_KEPT_WHOLE = ("user_agent", "username", "password", "proxied", "cookie", "post_body")
FIELDS = (*_ADDRESSES, *_KEPT_WHOLE)

#: The table of what is known of records by their content: ``position`` and the attributes ``KNOWN``.
CONTENT = "zeek_content"

#: So many values of a name are scanned together, unless they are longer than so many letters.
_TOGETHER = 64
_LONG = 2_000

_RECORDS, _PARTS, _TEXTS = "zeek_records", "zeek_parts", "zeek_texts"
_FOUND, _DETECTED = "zeek_found", "zeek_detected"

_DETECTION = {"number": "BIGINT", "category": "VARCHAR", "detector": "VARCHAR", "confidence": "DOUBLE"}
_DETECTION |= dict.fromkeys(("field", "place", "value"), "VARCHAR")

#: The headers that fields of a log hold, where they are not called like them.
_HEADERS = {"user_agent": "user-agent", "proxied": "x-forwarded-for"}

#: A part of a text: the field of the log, the name of the parameter ('' without one), the value.
_Part = tuple[str, str, str]


def identify(file: EvidenceFile, tables: FactTables, records: str, notes: Counter[str]) -> bool:
    """Make the table ``CONTENT`` of what ``records`` hold, a query for ``position`` and ``FIELDS``.

    Says whether anything was found; what was is told to ``tables``.
    """
    engine = tables.engine
    engine.table(_RECORDS, records)
    counts = engine.rows(f"SELECT {', '.join(f'count({name})' for name in FIELDS)} FROM {_RECORDS}")
    given = [name for name, count in zip(FIELDS, counts[0], strict=True) if count]
    if not given:
        return False
    engine.table(
        _PARTS, " UNION ALL ".join(_taken_apart(name) if name in _ADDRESSES else _whole(name) for name in given)
    )
    suspects = sorted(set(_suspects(tables)))
    if not _keep_found(tables, _looked_at(tables.identifier, suspects, notes)):
        return False
    _join(file, tables)
    return True


def _join(file: EvidenceFile, tables: FactTables) -> None:
    """From what was found in parts to what is known of records."""
    engine = tables.engine
    together = "list_sort(list_distinct(flatten(list(data)))) AS data"
    parts = f"{_PARTS} JOIN {_FOUND} USING (kind, name, part)"
    engine.table(_TEXTS, f"SELECT kind, text, {together}, list(number) AS numbers FROM {parts} GROUP BY kind, text")
    kinds = [kind for (kind,) in engine.rows(f"SELECT DISTINCT kind FROM {_TEXTS} ORDER BY kind")]
    held = " UNION ALL ".join(
        f"SELECT position, t.* FROM {_RECORDS} r JOIN {_TEXTS} t ON t.kind = {literal(kind)} AND t.text = r.{kind}"
        for kind in kinds
    )
    engine.table(CONTENT, f"SELECT position, {together} FROM ({held}) GROUP BY position")
    tables.detect("flow", ())
    engine.run(
        f"INSERT INTO {DETECTIONS} "
        f"SELECT 'flow', {file.number}, position, category, detector, confidence, field, place, value "
        f"FROM (SELECT position, unnest(numbers) AS number FROM ({held})) JOIN {_DETECTED} d USING (number) "
        "ORDER BY position, d.rowid"
    )


def _taken_apart(name: str) -> str:
    """The parameters and the segments of the path of every address, by their names."""
    texts = f"SELECT DISTINCT {literal(name)} AS kind, {name} AS text FROM {_RECORDS} WHERE {name} IS NOT NULL"
    plain = f"SELECT *, coalesce(TRY(url_decode(text)), text) AS plain FROM ({texts})"
    split = f"SELECT *, split_part(plain, '?', 1) AS path FROM ({plain})"
    parts = (
        "SELECT kind, text, unnest(list_concat(string_split_regex(path, '[/;]'), "
        f"string_split_regex(substr(plain, length(path) + 2), '[?&;]'))) AS part FROM ({split})"
    )
    named = f"SELECT *, CASE WHEN contains(part, '=') THEN split_part(part, '=', 1) ELSE '' END AS name FROM ({parts})"
    value = "CASE WHEN name <> '' THEN substr(part, length(name) + 2) ELSE part END"
    return f"SELECT DISTINCT kind, text, name, {value} AS part FROM ({named}) WHERE part <> ''"


def _whole(name: str) -> str:
    return f"SELECT DISTINCT {literal(name)} AS kind, {name} AS text, '' AS name, {name} AS part FROM {_RECORDS}"


def _suspects(tables: FactTables) -> Iterator[tuple[_Part, bool]]:
    """The parts in which something may stand, and whether more than their names says so."""
    own = f"kind IN {_KEPT_WHOLE} OR length(part) > {_LONG} AS own"
    values = f"SELECT DISTINCT kind, name, part, {own} FROM {_PARTS} WHERE part <> ''"
    batch = f"row_number() OVER (PARTITION BY kind, name, own ORDER BY part) // {_TOGETHER}"
    batches = f"SELECT kind, name, own, list(part) FROM (SELECT *, {batch} AS batch FROM ({values})) GROUP BY ALL"
    for kind, name, own, parts in tables.engine.stream(batches):
        together = tables.identifier.read([Piece(name, "\n".join(parts))]).detections
        if own or any(not detection.by_name for detection in together):
            yield from (((kind, name, part), True) for part in parts)
        elif name:
            looks = ((part, part[:1] in ("{", "[") or "://" in part[:10]) for part in parts)
            yield from (((kind, name, part), deep) for part, deep in looks if deep or by_name(name, part))


def _looked_at(
    identifier: Identifier, suspects: Iterable[tuple[_Part, bool]], notes: Counter[str]
) -> Iterator[tuple[_Part, Content]]:
    """The parts in which something stands, and what."""
    for (kind, name, part), deep in suspects:
        named = name if kind == "uri" else f"referer.{name}"
        if not deep:
            content = Content()
            content.add_named(named, part, "query" if kind == "uri" else "header")
            if content.data:
                yield (kind, name, part), content
            continue
        pieces = Pieces()
        match kind:
            case "post_body":
                add_body(pieces, part)
            case "uri":
                pieces.add(name, part, "query" if name else "path")
            case "referrer":
                pieces.add(named.rstrip("."), part, "header")
            case "username" | "password":
                pieces.add(kind, part, "header")
            case _:
                add_header(pieces, _HEADERS.get(kind, kind), part)
        content = identified(identifier, pieces, notes)
        if content.data:
            yield (kind, name, part), content


def _keep_found(tables: FactTables, found: Iterable[tuple[_Part, Content]]) -> int:
    """Tables of what was found in each part, in all and one by one; gives the number of parts."""
    types = tables.columns(FLOW)
    rows: list[tuple[Any, ...]] = []
    detected: list[tuple[Any, ...]] = []
    for number, (part, content) in enumerate(found):
        rows.append((number, *part, *known(content)))
        detected += [
            (number, d.category, d.detector, d.confidence, d.field, d.where, d.value) for d in content.detections
        ]
    texts = dict.fromkeys(("kind", "name", "part"), "VARCHAR")
    tables.engine.create(_FOUND, {"number": "BIGINT", **texts, **{name: types[name] for name in KNOWN}}, rows)
    tables.engine.create(_DETECTED, _DETECTION, detected)
    return len(rows)
