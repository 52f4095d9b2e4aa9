"""AWS VPC flow logs: what passed a network interface in a capture window, one direction of a connection a record.

Read are text logs (the default format with or without its header line, any other with one, plain or compressed) and
Parquet. A record becomes a flow so:

========== ==========================================================================================
attribute  from
========== ==========================================================================================
at         start
source     pkt-srcaddr, else srcaddr: the true ends where something stands between them
address    pkt-dstaddr, else dstaddr
bytes      bytes of the records from initiator to responder; ``bytes_back`` of those the other way
blocked    action: REJECT true, ACCEPT false
encrypted  encryption-status 1, 2 and 3 true; 0 says nothing about encryption above AWS's own
application ``icmp`` for the protocols 1 and 58; ports prove nothing
========== ==========================================================================================

**The reply is a record of its own.** Records of one interface, protocol, action and pair of ends (addresses and ports)
that start within the same quarter of an hour are one connection, and so one flow. No quarter of an hour crosses
midnight in any time zone, so that no flow stands on two days of law. Who began is told, in this order, by

1. ``tcp-flags``: whoever sent SYN without ACK began, whoever sent SYN with ACK did not;
2. ports: who uses one below 1024 and meets one above did not begin, nor who uses one below 32768 and meets one above.

``flow-direction`` tells which way packets passed the interface, not who began. Where nothing tells, each direction
stays a flow of its own, and the reading says how many records those are.

Specification: https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import duckdb

from comity.engine.duckdb import Engine, literal, quote
from comity.evidence._logs import address, among, columns, marked, moment, plain_path, runs, whole_number
from comity.evidence._matching import RECORDS, match_records, new_records, quarter
from comity.evidence._pieces import pieces
from comity.evidence.base import EvidenceFile, FactTables, Head, Reading

NAME = "vpc_flow"
TITLE = "AWS VPC flow logs, text or Parquet"
SUPPLIES = {
    "flow": frozenset(("at", "source", "address", "application", "encrypted", "bytes", "bytes_back", "blocked")),
}

#: Every field in the documented order, which is that of logs without a header line.
FIELDS = tuple(
    """version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action
    log-status vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id sublocation-type
    sublocation-id pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path ecs-cluster-arn ecs-cluster-name
    ecs-container-instance-arn ecs-container-instance-id ecs-container-id ecs-second-container-id ecs-service-name
    ecs-task-definition-arn ecs-task-arn ecs-task-id reject-reason resource-id encryption-status""".split()
)

#: How many of them there are in each version of the format.
_COUNTS = (14, 21, 25, 29, 39, 40, 41, 42)

_HEADER = re.compile(r"[a-z][a-z0-9-]*(?: [a-z][a-z0-9-]*)+")
# The comparison spares records, which begin with a digit, the dearer tests.
_HEADER_LINE = (
    "line >= 'a' AND contains(line, 'srcaddr') AND contains(line, 'dstaddr') "
    f"AND regexp_full_match(line, {literal(_HEADER.pattern)})"
)
_ENDS = ({"srcaddr", "dstaddr"}, {"pkt-srcaddr", "pkt-dstaddr"})
_END = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-f]*:[0-9a-f:.]*")

#: A record that begins with the fields of version 2; logs exported from CloudWatch have the time of delivery before it.
_RECORD = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\dT\S+ )?\d+ (?:\d+|unknown|-) \S+ "
    rf"(?:(?:{_END.pattern}|-) ){{2}}(?:(?:\d+|-) ){{5}}"
    r"\d+ \d+ (?:ACCEPT|REJECT|-) (?:OK|NODATA|SKIPDATA)(?: .*)?"
)

#: The fields that are read, and those of them that are whole numbers.
_NUMBERS = tuple("protocol srcport dstport bytes tcp-flags".split())
_READ = (
    *_NUMBERS,
    *"start interface-id resource-id pkt-srcaddr srcaddr pkt-dstaddr dstaddr action encryption-status".split(),
    "log-status",
)

_PARQUET, _FOOTER_BYTES = b"PAR1", 1 << 20

#: Positions from here on are rows of a Parquet file; below, lines.
_ROWS = 1 << 39

_LINES = "vpc_flow_lines"


def recognise(head: Head) -> bool:
    """Whether the file is a flow log, also one whose fields can't be told for want of a header line."""
    if head.start.startswith(_PARQUET):
        return _names_ends(_footer(head))
    line = _first_line(head)
    return bool(_fields(line)) or _is_unnamed_record(line)


def where(position: int) -> str:
    """Positions are numbers of lines, or of rows in Parquet."""
    return f"row {position - _ROWS}" if position >= _ROWS else f"line {position}"


def read(file: EvidenceFile, tables: FactTables) -> Reading:
    """Read the records of a flow log. Raises ``EvidenceError`` where the order of its fields can't be told."""
    reading = Reading(NAME)
    stage = _stage_parquet if file.head.start.startswith(_PARQUET) else _stage_text
    stage(file, tables.engine)
    match_records(file.number, tables, reading, where)
    return reading


def _first_line(head: Head) -> str:
    return next((line.strip() for line in head.text.splitlines() if line.strip()), "")


def _fields(line: str) -> tuple[str, ...]:
    """The fields that a first line names, or those of the version that it is a record of; none if it is neither."""
    words = tuple(line.split(" "))
    if _HEADER.fullmatch(line) and any(ends <= set(words) for ends in _ENDS):
        return words
    record = _RECORD.fullmatch(line)
    before = ("delivered",) if record and record["time"] else ()
    return before + FIELDS[: len(words) - len(before)] if record and len(words) - len(before) in _COUNTS else ()


def _is_unnamed_record(line: str) -> bool:
    words = line.split(" ")
    ends = sum(bool(_END.fullmatch(word)) for word in words)
    return ends >= 2 and bool({"ACCEPT", "REJECT"} & set(words)) and any(word.startswith("eni-") for word in words)


def _footer(head: Head) -> bytes:
    """The end of a Parquet file, where the names of its columns stand."""
    with head.path.open("rb") as file:
        file.seek(-min(_FOOTER_BYTES, file.seek(0, 2)), 2)
        return file.read()


def _names_ends(footer: bytes) -> bool:
    names = (b"srcaddr", b"dstaddr", b"start", b"protocol", b"log_status", b"account_id", b"interface_id")
    return names[0] in footer and names[1] in footer and any(name in footer for name in names[2:])


def _stage_text(file: EvidenceFile, engine: Engine) -> None:
    fields = _fields(_first_line(file.head))
    if not fields:
        raise file.error(
            f"`{file.path}` has flow records but no header line that names their fields",
            help="put the format of the flow log before them, as in `version account-id interface-id srcaddr dstaddr`",
        )
    new_records(engine)
    for piece in pieces(file):
        piece.stage(engine, _LINES, "line")
        found, fields = runs(file, piece, engine, _LINES, _HEADER_LINE, fields, _follow)
        for names, spans in found.items():
            lines = (
                f"SELECT {piece.first} + rowid AS position, line, string_split(line, ' ') AS f FROM {_LINES} "
                f"WHERE line IS NOT NULL AND NOT ({_HEADER_LINE}) AND {among(spans)}"
            )
            wrong = f"CASE WHEN len(f) <> {len(names)} THEN 'not {len(names)} fields as in the first line' END"
            values = {name: f"nullif(f[{number}], '-')" for number, name in enumerate(names, 1)}
            _insert(engine, lines, f"coalesce({marked('line')}, {wrong})", values)


def _follow(_: tuple[str, ...], line: str) -> tuple[str, ...]:
    return tuple(line.split(" "))


def _stage_parquet(file: EvidenceFile, engine: Engine) -> None:
    source = f"read_parquet({plain_path(file.path)}, file_row_number=true)"
    try:
        types = engine.columns(f"FROM {source}")
    except duckdb.Error:
        raise file.error(f"`{file.path}` is not a whole Parquet file") from None
    values = {name.lower().replace("_", "-"): _value(name, type) for name, type in types.items()}
    new_records(engine)
    rows = f"SELECT *, {_ROWS} + 1 + file_row_number AS position FROM {source}"
    _insert(engine, rows, "NULL::VARCHAR", values)


def _value(name: str, type: str) -> str:
    """A column of a Parquet file as text, but for whole numbers that are stored as such."""
    whole = type in ("INTEGER", "BIGINT") and name.lower().replace("_", "-") in _NUMBERS
    return quote(name) if whole else f"nullif({quote(name)}::VARCHAR, '-')"


def _insert(engine: Engine, source: str, broken: str, given: Mapping[str, str]) -> None:
    """Add the records of a source to the staged ones, in the same terms whatever their format.

    ``broken`` is SQL for the reason why a record can't be read, ``given`` SQL for the fields that there are. A step
    below the other, so that a field is taken out of its line once, and an address tested once.
    """
    fields = columns({name: given.get(name, "NULL::VARCHAR") for name in _READ})
    values = {
        "interface": 'coalesce("interface-id", "resource-id")',
        "protocol": "protocol",
        "source": f"""coalesce({address('"pkt-srcaddr"')}, {address("srcaddr")})""",
        "address": f"""coalesce({address('"pkt-dstaddr"')}, {address("dstaddr")})""",
        "source_port": whole_number("srcport"),
        "port": whole_number("dstport"),
        "at": moment("start"),
        "bytes": whole_number("bytes"),
        "refused": "CASE action WHEN 'REJECT' THEN true WHEN 'ACCEPT' THEN false END",
        "flags": whole_number('"tcp-flags"'),
        "encrypted": "\"encryption-status\" IN ('1', '2', '3')",
        "application": "CASE WHEN protocol IN ('1', '58') THEN 'icmp' END",
    }
    skip = """coalesce(broken, CASE
        WHEN status = 'NODATA' THEN 'nothing passed in that window (NODATA)'
        WHEN status = 'SKIPDATA' THEN 'AWS could not record that window (SKIPDATA)'
        WHEN status <> 'OK' THEN 'the log-status is not OK, NODATA or SKIPDATA'
        WHEN source IS NULL OR address IS NULL THEN 'no addresses'
    END)"""
    records = f"SELECT position, {broken} AS broken, {fields} FROM ({source})"
    read = f"""SELECT position, broken, "log-status" AS status, {columns(values)} FROM ({records})"""
    named = f"* EXCLUDE (broken, status), {quarter(quote('at'))} AS quarter, {skip} AS skip"
    engine.run(f"INSERT INTO {RECORDS} BY NAME SELECT {named} FROM ({read})")
