"""What http logs tell of content: addresses of requests taken apart by the engine, and looked at once each.

A log has millions of addresses, of which few hold anything. The engine takes them apart into parameters and segments of
paths, each distinct one is scanned together with others of its name, and only where something may stand is it looked at
for itself. What is found is joined to the records again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from comity.engine.duckdb import literal
from comity.evidence.base import DETECTIONS, EvidenceFile, FactTables
from comity.evidence.zeek.header import ADDRESSES, CONTENT, FIELDS, KEPT_WHOLE
from comity.identify import Content, Identifier, Piece
from comity.identify.bodies import add_body
from comity.identify.fields import names_say
from comity.identify.http import add_header
from comity.identify.knowing import KNOWN, identified, known
from comity.identify.nested import Pieces
from comity.vocabulary import FLOW

#: So many values of a name are scanned together; where something is in them so many of these, and then each.
_TOGETHER, _FEWER = 64, 8

#: Values of more letters are looked at by themselves.
_LONG = 2_000

#: A URL without a query in which nothing is encoded. Pages send many, all different, of segments that are not.
_PLAIN_URL = r"(?i:https?|wss?)://[a-zA-Z0-9._:-]*(?:/[!$&-:=@-~]*)?"

_RECORDS, _TEXTS, _PARTS, _VALUES = "zeek_records", "zeek_texts", "zeek_parts", "zeek_values"
_FOUND, _DETECTED, _HELD = "zeek_found", "zeek_detected", "zeek_held"

_DETECTION = {"number": "BIGINT", "category": "VARCHAR", "detector": "VARCHAR", "confidence": "DOUBLE"}
_DETECTION |= dict.fromkeys(("field", "place", "value"), "VARCHAR")

#: The headers that fields of a log hold, where they are not called like them.
_HEADERS = {"user_agent": "user-agent", "proxied": "x-forwarded-for"}

#: The number of a value, and the value.
_Value = tuple[int, str]


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
    _take_apart(tables, given)
    if not _keep_found(tables, sorted(_contents(tables, notes), key=lambda found: found[0])):
        return False
    _join(file, tables)
    return True


def _take_apart(tables: FactTables, given: Iterable[str]) -> None:
    """Tables of all texts, of their parts, and of the different values that these have."""
    engine = tables.engine
    texts = " UNION ALL ".join(
        f"SELECT DISTINCT {literal(name)} AS kind, {name} AS text FROM {_RECORDS} WHERE {name} IS NOT NULL"
        for name in given
    )
    engine.table(_TEXTS, f"SELECT row_number() OVER () AS id, kind, text FROM ({texts})")
    whole = f"SELECT id, kind, '' AS name, text AS part FROM {_TEXTS} WHERE kind IN {KEPT_WHOLE}"
    engine.table(_PARTS, f"{_parts_of_addresses()} UNION ALL {whole}")
    own = f"kind IN {KEPT_WHOLE} OR length(part) > {_LONG}"
    numbered = f"SELECT row_number() OVER (ORDER BY kind, name, part) AS number, *, {own} AS own"
    engine.table(_VALUES, f"{numbered} FROM (SELECT DISTINCT kind, name, part FROM {_PARTS})")


def _parts_of_addresses() -> str:
    """The parameters and the segments of the path of every address, by their names."""
    plain = f"SELECT id, kind, coalesce(TRY(url_decode(text)), text) AS plain FROM {_TEXTS} WHERE kind IN {ADDRESSES}"
    split = f"SELECT *, split_part(plain, '?', 1) AS path FROM ({plain})"
    parts = (
        "SELECT id, kind, unnest(list_concat(string_split(replace(path, ';', '/'), '/'), "
        f"string_split(translate(substr(plain, length(path) + 2), '?;', '&&'), '&'))) AS part FROM ({split})"
    )
    named = f"SELECT *, CASE WHEN contains(part, '=') THEN split_part(part, '=', 1) ELSE '' END AS name FROM ({parts})"
    valued = "SELECT id, kind, name, CASE WHEN name <> '' THEN substr(part, length(name) + 2) ELSE part END AS value"
    is_url = f"contains(value, '://') AND regexp_full_match(value, {literal(_PLAIN_URL)})"
    segments = f"CASE WHEN {is_url} THEN string_split(value, '/')[4:] ELSE [value] END"
    opened = f"SELECT id, kind, name, unnest({segments}) AS part FROM ({valued} FROM ({named}))"
    return f"SELECT DISTINCT * FROM ({opened}) WHERE part <> ''"


def _contents(tables: FactTables, notes: Counter[str]) -> Iterator[tuple[int, Content]]:
    """What is in values, by their numbers, where something is."""
    batches = f"GROUP BY kind, name, own, number // {_TOGETHER}"
    listed = "list(number ORDER BY number), list(part ORDER BY number)"
    for kind, name, own, *lists in tables.engine.stream(f"SELECT kind, name, own, {listed} FROM {_VALUES} {batches}"):
        values = list(zip(*lists, strict=True))
        suspects = ((value, True) for value in values) if own else _suspects(tables.identifier, name, values)
        for (number, part), deep in suspects:
            if deep:
                content = identified(tables.identifier, _pieces(kind, name, part), notes)
            else:
                content = Content()
                content.add_named(_shown(kind, name), part, "query" if kind == "uri" else "header")
            if content.data:
                yield number, content


def _suspects(identifier: Identifier, name: str, values: Sequence[_Value]) -> Iterator[tuple[_Value, bool]]:
    """The values in which something may stand, and whether more than their names may say so."""
    if not _may_hold(identifier, name, values):
        says = bool(names_say(name))
        looks = ((value, value[1][:1] in ("{", "[") or "://" in value[1][:10]) for value in values)
        yield from ((value, deep) for value, deep in looks if deep or says)
    elif len(values) <= _FEWER:
        yield from ((value, True) for value in values)
    else:
        for first in range(0, len(values), _FEWER):
            yield from _suspects(identifier, name, values[first : first + _FEWER])


def _may_hold(identifier: Identifier, name: str, values: Sequence[_Value]) -> bool:
    """Whether more than the name says that something is in values, or it can't be told of all together."""
    content = identifier.read([Piece(name, "\n".join(part for _, part in values))])
    # The place is empty but for what came out of a decoding, of which the name of the field says nothing.
    return bool(content.unscanned) or any(not found.by_name or found.where for found in content.detections)


def _shown(kind: str, name: str) -> str:
    """What the field that holds a part is called."""
    return name if kind == "uri" else f"referer.{name}".rstrip(".")


def _pieces(kind: str, name: str, part: str) -> Pieces:
    """A part as content of a request."""
    pieces = Pieces()
    match kind:
        case "post_body":
            add_body(pieces, part)
        case "uri":
            pieces.add(name, part, "query" if name else "path")
        case "referrer":
            pieces.add(_shown(kind, name), part, "header")
        case "username" | "password":
            pieces.add(kind, part, "header")
        case _:
            add_header(pieces, _HEADERS.get(kind, kind), part)
    return pieces


def _keep_found(tables: FactTables, found: Sequence[tuple[int, Content]]) -> bool:
    """Tables of what was found in each value, in all and one by one; says whether there is any."""
    types = tables.columns(FLOW)
    rows = ((number, *known(content)) for number, content in found)
    tables.engine.create(_FOUND, {"number": "BIGINT", **{name: types[name] for name in KNOWN}}, rows)
    detected = (
        (number, d.category, d.detector, d.confidence, d.field, d.where, d.value)
        for number, content in found
        for d in content.detections
    )
    tables.engine.create(_DETECTED, _DETECTION, detected)
    return bool(found)


def _join(file: EvidenceFile, tables: FactTables) -> None:
    """From what was found in values to what is known of records."""
    engine = tables.engine
    together, names = ", ".join(f"{sql} AS {name}" for name, sql in KNOWN.items()), ", ".join(KNOWN)
    values = f"SELECT kind, name, part, number, {names} FROM {_VALUES} JOIN {_FOUND} USING (number)"
    texts = f"SELECT id, {together}, list(number) AS numbers FROM {_PARTS} JOIN ({values}) USING (kind, name, part)"
    engine.table(_HELD, f"SELECT * FROM ({texts} GROUP BY id) JOIN {_TEXTS} USING (id)")
    kinds = [kind for (kind,) in engine.rows(f"SELECT DISTINCT kind FROM {_HELD} ORDER BY kind")]
    held = " UNION ALL ".join(
        f"SELECT position, {names}, numbers FROM {_RECORDS} r JOIN {_HELD} t ON t.kind = {literal(kind)} "
        f"AND t.text = r.{kind}"
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
