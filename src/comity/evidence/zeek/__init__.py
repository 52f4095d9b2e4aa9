"""Zeek logs: what a network sensor saw, one connection, query or request a line.

Read are conn, dns, ssl and http logs, as tab-separated text with Zeek's ``#`` header lines or as a JSON object a line,
plain or compressed, also rotated logs put together into one file. Other Zeek logs are recognised, and refused.

========== ============== ============= ========================== =================
attribute  conn           dns           ssl                        http
========== ============== ============= ========================== =================
at         ts             ts            ts                         ts
source     id.orig_h      id.orig_h     id.orig_h                  id.orig_h
address    id.resp_h      id.resp_h     id.resp_h                  id.resp_h
host       –              –             server_name                host
application service       dns           tls                        http
encrypted  by service     no            yes, but for NULL ciphers  no
bytes      orig_bytes     –             –                          request_body_len
bytes_back resp_bytes     –             –                          response_body_len
blocked    by conn_state  no reply      not established            no, once answered
data       –              –             –                          found in addresses, see ``content``
========== ============== ============= ========================== =================

With ``data`` come ``personal`` and ``sensitive``. The body of a request stands in no log, unless a script of the
sensor's adds it. The name asked for in a dns log is content and not the receiving host, which is
the resolver. ``connection`` is the ``uid``, by which ``comity.evidence.connections`` puts together what several logs
say of one connection.

Specification: https://docs.zeek.org/en/master/log-formats.html and, for the states of connections,
https://docs.zeek.org/en/master/scripts/base/protocols/conn/main.zeek.html
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from comity.engine.duckdb import literal, quote
from comity.evidence._logs import address, among, columns, host, marked, moment, runs, whole_number
from comity.evidence._pieces import Piece, pieces
from comity.evidence.base import EvidenceFile, FactTables, Head, Reading
from comity.evidence.zeek.header import (
    CONTENT,
    FIELDS,
    HEADER_LINE,
    KINDS,
    Layout,
    is_json,
    is_tsv,
    json_records,
    kind_of,
    next_layout,
)
from comity.identify.knowing import TOLD

NAME = "zeek"
TITLE = "Zeek conn, dns, ssl and http logs, tab-separated or JSON"
SUPPLIES = {
    "flow": frozenset(
        ("at", "source", "host", "address", "application", "encrypted", "bytes", "bytes_back", "blocked", *TOLD)
    )
}

_LINES = "zeek_lines"

_OTHER_LOG = "a record of a Zeek log other than conn, dns, ssl and http"
_NO_ADDRESS = "no address of the responder"

#: Some shippers of JSON nest the ends of a connection, or write them with underscores.
_ENDS = {"id_orig_h": "VARCHAR", "id_resp_h": "VARCHAR", "id": {"orig_h": "VARCHAR", "resp_h": "VARCHAR"}}

#: From the name of a field to SQL for its value, null where unset.
Get = Callable[[str], str]


def recognise(head: Head) -> bool:
    """Whether the file is a Zeek log, of whatever kind."""
    return is_tsv(head) or is_json(json_records(head))


def where(position: int) -> str:
    """Positions are numbers of lines."""
    return f"line {position}"


def read(file: EvidenceFile, tables: FactTables) -> Reading:
    """Read the records of a log. Raises ``EvidenceError`` for a log of a kind that holds no flows."""
    reading = Reading(NAME)
    (_read_tsv if is_tsv(file.head) else _read_json)(file, tables, reading)
    return reading


def _read_tsv(file: EvidenceFile, tables: FactTables, reading: Reading) -> None:
    layout = Layout()
    kinds: dict[str | None, str | None] = {}
    notes: Counter[str] = Counter()
    for piece in pieces(file):
        piece.stage(tables.engine, _LINES, "line")
        found, layout = runs(file, piece, tables.engine, _LINES, HEADER_LINE, layout, next_layout)
        kinds |= {run.path: run.kind for run in found if run.fields}
        queries = [_tsv_query(file, piece, run, among(spans)) for run, spans in found.items()]
        contents = [_tsv_content(piece, run, among(spans)) for run, spans in found.items() if run.kind == "http"]
        _insert(file, tables, reading, (" UNION ALL BY NAME ".join(queries), " UNION ALL ".join(contents)), notes)
    reading.notes += [f"{count:,} × {note}" for note, count in sorted(notes.items())]
    if kinds and not any(kinds.values()):
        raise _no_flows(file, next(iter(kinds)))


def _tsv_query(file: EvidenceFile, piece: Piece, layout: Layout, rows: str) -> str:
    """The records among ``rows``, which have this layout."""
    kind, width = layout.kind, len(layout.fields)
    wrong = f"len(f) <> {width} THEN 'not {width} fields as the header says'"
    if not layout.fields:
        wrong = "true THEN 'before any `#fields` line'"
    elif not kind:
        wrong = f"true THEN {literal(_OTHER_LOG)}"
    fields = _fields(_tsv_get(layout), [kind] if kind else [])
    broken = f"coalesce({marked('line')}, CASE WHEN {wrong} END) AS broken"
    records = f"SELECT rowid, {broken}{fields} FROM {_tsv_rows(layout, rows)}"
    return _query(file, piece, _facts(kind, quote) if kind else {}, records)


def _tsv_content(piece: Piece, layout: Layout, rows: str) -> str:
    """The content of the records among ``rows`` of an http log."""
    get = _tsv_get(layout)
    return (
        f"SELECT {piece.first} + rowid AS position, {columns({name: get(name) for name in FIELDS})} "
        f"FROM {_tsv_rows(layout, rows)} WHERE len(f) = {len(layout.fields)}"
    )


def _tsv_get(layout: Layout) -> Get:
    def get(name: str) -> str:
        if name not in layout.fields:
            return "NULL::VARCHAR"
        value = f"f[{layout.fields.index(name) + 1}]"
        return f"nullif(nullif({value}, {literal(layout.unset)}), {literal(layout.empty)})"

    return get


def _tsv_rows(layout: Layout, rows: str) -> str:
    return (
        f"(SELECT rowid, line, string_split(line, {literal(layout.separator)}) AS f FROM {_LINES} "
        f"WHERE line IS NOT NULL AND NOT starts_with(line, '#') AND {rows})"
    )


def _read_json(file: EvidenceFile, tables: FactTables, reading: Reading) -> None:
    head = json_records(file.head)
    paths = {path for record in head if isinstance(path := record.get("_path"), str)}
    kind = kind_of(key for record in head for key in record)
    if not paths and not kind:
        raise _no_flows(file, None)
    notes: Counter[str] = Counter()
    kinds = KINDS if paths or not kind else (kind,)
    for piece in pieces(file):
        staged = f"line IS NULL AS blank, {marked('line')} AS broken, {_transformed(kinds)} AS r"
        piece.stage(tables.engine, _LINES, staged)
        which = "r._path = 'http'" if paths else "true" if kind == "http" else ""
        fields = columns({name: f"r.{name}" for name in FIELDS})
        contents = f"SELECT {piece.first} + rowid AS position, {fields} FROM {_LINES} WHERE {which}" if which else ""
        _insert(file, tables, reading, (_json_query(file, piece, kinds), contents), notes)
    reading.notes += [f"{count:,} × {note}" for note, count in sorted(notes.items())]
    if not reading.read and paths and not paths & set(KINDS):
        raise _no_flows(file, min(paths))


def _transformed(kinds: Sequence[str]) -> str:
    """A line as a struct of what is read of records of these kinds, no more: every field costs time in every line."""
    record = dict.fromkeys([*_asked(kinds), "_path", *(FIELDS if "http" in kinds else ())], "VARCHAR")
    return f"TRY(json_transform(line, {literal(json.dumps(record | _ENDS))}))"


def _insert(
    file: EvidenceFile, tables: FactTables, reading: Reading, queries: tuple[str, str], notes: Counter[str]
) -> None:
    """Keep the facts of the first query, with what is known of the content that the second one gives, if any."""
    facts, contents = queries
    if contents:
        from comity.evidence.zeek.content import identify

        if identify(file, tables, contents, notes):
            facts = f"SELECT * FROM ({facts}) LEFT JOIN {CONTENT} USING (position)"
    tables.insert("flow", facts, reading, where)


def _json_query(file: EvidenceFile, piece: Piece, kinds: Sequence[str]) -> str:
    """The records of a log of one kind; of several kinds, each record names its own in ``_path``."""

    def get(name: str) -> str:
        if name in ("id.orig_h", "id.resp_h"):
            end = name.removeprefix("id.")
            return f'coalesce(r."{name}", r."id_{end}", r."id"."{end}")'
        return f'r."{name}"'

    each = [_facts(kind, quote) for kind in kinds]
    names = dict.fromkeys(name for facts in each for name in facts)
    facts = {name: _by_path([facts.get(name, "NULL") for facts in each]) for name in names}
    wrong = "WHEN r IS NULL THEN 'not a JSON object'"
    if len(kinds) > 1:
        wrong += f" WHEN coalesce(r._path, '') NOT IN {KINDS} THEN {literal(_OTHER_LOG)}"
    fields = f"rowid, coalesce(broken, CASE {wrong} END) AS broken, r._path AS _path{_fields(get, kinds)}"
    return _query(file, piece, facts, f"SELECT {fields} FROM {_LINES} WHERE NOT blank")


def _query(file: EvidenceFile, piece: Piece, facts: Mapping[str, str], records: str) -> str:
    """Facts with their place, and the reason where a record is none.

    A step below the other, so that a field is taken out of its line once, and an address tested once.
    """
    values = {"position": f"{piece.first} + rowid", "file": str(file.number), **facts}
    unread = f"CASE WHEN address IS NULL THEN {literal(_NO_ADDRESS)} END" if facts else "NULL"
    read = f"SELECT {columns(values)}, broken FROM ({records})"
    return f"SELECT * EXCLUDE (broken), coalesce(broken, {unread}) AS skip FROM ({read})"


def _by_path(values: list[str]) -> str:
    if len(set(values)) == 1:
        return values[0]
    cases = " ".join(f"WHEN {literal(kind)} THEN {value}" for kind, value in zip(KINDS, values, strict=True))
    return f"CASE _path {cases} END"


def _asked(kinds: Sequence[str]) -> list[str]:
    """The fields that are read of records of these kinds."""
    asked: list[str] = []

    def get(name: str) -> str:
        asked.append(name)
        return "NULL"

    for kind in kinds:
        _facts(kind, get)
    return list(dict.fromkeys(asked))


def _fields(get: Get, kinds: Sequence[str]) -> str:
    """The same as further columns of a query."""
    return "".join(f", {get(name)} AS {quote(name)}" for name in _asked(kinds))


def _facts(kind: str, get: Get) -> dict[str, str]:
    """Attributes of a record of this kind of log, as SQL."""
    common = {
        "at": moment(get("ts")),
        "source": address(get("id.orig_h")),
        "address": address(get("id.resp_h")),
        "connection": get("uid"),
        "detail": "false" if kind == "conn" else "true",
    }
    return common | {"conn": _conn, "dns": _dns, "ssl": _ssl, "http": _http}[kind](get)


def _conn(get: Get) -> dict[str, str]:
    # A name with a hyphen before it is a protocol that Zeek took for another one at first.
    given = get("service")
    taken_back = f"nullif(ltrim(regexp_replace({given}, '(^|,)-[^,]*', '', 'g'), ','), '')"
    service = f"CASE WHEN contains({given}, '-') THEN {taken_back} ELSE {given} END"
    secret = " OR ".join(f"contains({service}, '{name}')" for name in ("ssl", "dtls", "quic", "ssh"))
    return {
        "application": f"replace({service}, 'ssl', 'tls')",
        "encrypted": f"CASE WHEN {secret} THEN true WHEN {service} IN ('dns', 'http') THEN false END",
        "bytes": whole_number(get("orig_bytes")),
        "bytes_back": whole_number(get("resp_bytes")),
        "blocked": _never_answered(get),
    }


def _never_answered(get: Get) -> str:
    """Whether nothing moved. In the last four cases the sensor saw one half or the middle of a conversation."""
    state, proto = get("conn_state"), f"coalesce({get('proto')}, 'tcp')"
    sent, came, packets = (whole_number(get(name)) for name in ("orig_bytes", "resp_bytes", "resp_pkts"))
    return f"""CASE
        WHEN {state} IN ('S0', 'REJ', 'RSTOS0', 'SH') THEN true
        WHEN {state} IN ('S1', 'SF', 'S2', 'S3', 'RSTO', 'RSTR') THEN false
        WHEN {came} > 0 OR ({sent} > 0 AND {proto} = 'tcp') THEN false
        WHEN {state} = 'SHR' AND {proto} = 'udp' THEN false
        WHEN {state} IN ('RSTRH', 'SHR') THEN true
        WHEN {state} = 'OTH' AND {proto} NOT IN ('tcp', 'udp') THEN {packets} = 0
    END"""


def _dns(get: Get) -> dict[str, str]:
    # A query that was refused has been read by the resolver all the same: it is not blocked.
    reply = f"coalesce({get('rcode')}, {get('rtt')}, {get('answers')})"
    return {"application": "'dns'", "encrypted": "false", "blocked": f"{reply} IS NULL"}


def _ssl(get: Get) -> dict[str, str]:
    return {
        "host": host(get("server_name")),
        "application": "'tls'",
        "encrypted": f"NOT coalesce(contains({get('cipher')}, '_NULL_'), false)",
        "blocked": f"CASE lower({get('established')}) WHEN 't' THEN false WHEN 'true' THEN false "
        "WHEN 'f' THEN true WHEN 'false' THEN true END",
    }


def _http(get: Get) -> dict[str, str]:
    return {
        "host": host(get("host")),
        "application": "'http'",
        "encrypted": "false",
        "bytes": whole_number(get("request_body_len")),
        "bytes_back": whole_number(get("response_body_len")),
        # Without a reply the request may have arrived or not.
        "blocked": f"CASE WHEN {get('status_code')} IS NOT NULL THEN false END",
    }


def _no_flows(file: EvidenceFile, path: str | None) -> Exception:
    which = f"a Zeek `{path[:40]}` log" if path else "this kind of Zeek log"
    return file.error(f"{which} holds no flows; conn, dns, ssl and http logs do")
