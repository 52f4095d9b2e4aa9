"""Suricata EVE: what a network sensor saw and raised an alert on, a JSON object a line.

A ``flow`` event holds a connection whole. Alerts and the events of protocols (http, tls, dns, …) tell of a connection
that it holds; ``comity.evidence.connections`` puts them together, and where no flow event is there each is a flow.

========== ======================= ================= ======================================
attribute  flow                    alert             events of protocols
========== ======================= ================= ======================================
at         flow.start              timestamp         timestamp
source     src_ip                  the client's      the client's
address    dest_ip                 the server's      the server's
host       –                       http, tls, quic   http.hostname, tls.sni, quic.sni
application app_proto              app_proto         event_type
encrypted  by application          by application    by application
bytes      flow.bytes_toserver     –                 –
bytes_back flow.bytes_toclient     –                 –
blocked    action, flags, packets  alert.action      no, once an HTTP status came back
alert      "" if none was raised   alert.category    –
========== ======================= ================= ======================================

The name asked for in a dns event is content and not the receiving host. ``connection`` is made of ``flow_id``, the
sensor's name and both ends: ``flow_id`` repeats among connections of the same ends, and between sensors.

Specification: https://docs.suricata.io/en/latest/output/eve/eve-json-format.html
"""

from __future__ import annotations

import json
import re
from typing import Any

from comity.engine.duckdb import literal, quote
from comity.evidence._documents import top_keys
from comity.evidence._logs import address, columns, host, marked, moment, whole_number
from comity.evidence._matching import service_by_port
from comity.evidence._pieces import Piece, pieces
from comity.evidence.base import BROKEN, EvidenceFile, FactTables, Head, Reading

NAME = "eve"
TITLE = "Suricata EVE JSON: flows, alerts and what was said in them"
SUPPLIES = {
    "flow": frozenset("at source host address application encrypted bytes bytes_back blocked alert".split()),
}

_LINES = "eve_lines"

#: Every field that is read.
_FIELDS = """timestamp event_type flow_id host src_ip src_port dest_ip dest_port proto app_proto direction
    flow.start flow.age flow.state flow.reason flow.alerted flow.action flow.pkts_toclient flow.bytes_toserver
    flow.bytes_toclient flow.src_ip flow.src_port tcp.tcp_flags_ts tcp.tcp_flags_tc alert.action alert.category
    http.hostname http.status tls.sni quic.sni""".split()

#: Events of protocols whose ends are those of the flow, and those whose ends are those of the packet.
_OF_FLOWS = tuple("http http2 tls ssh smtp smb ftp ftp_data dcerpc dnp3 modbus pgsql ldap pop3 enip".split())
_OF_PACKETS = tuple(
    """dns quic ike ikev2 nfs mqtt dhcp tftp krb5 sip rfb websocket rdp snmp bittorrent_dht llmnr mdns""".split()
)
_READ = ("flow", "alert", *_OF_FLOWS, *_OF_PACKETS)
_NOT_READ = tuple("stats fileinfo anomaly netflow drop frame packet metadata arp engine".split())

_SECRET, _CLEAR, _NO_NAME = ("tls", "quic", "ssh"), ("http", "dns"), ("failed", "unknown")

#: What a client sends and a server answers in TCP flags when it only tries, or refuses.
_TRIED, _DECLINED = "^[048c][26]$", "^[01]4$"

#: Seconds after which a SYN has been in vain; a sensor that stops may have missed the answer (RFC 6298).
_PATIENCE = 3

#: Bytes of headers that a packet may have, that of Ethernet included: what is more on average has payload.
_MOST_HEADERS = 120

_WRONG = f"""coalesce(broken, CASE
    WHEN absent THEN 'not a JSON object'
    WHEN event_type IS NULL THEN 'no event_type'
    WHEN event_type IN {_NOT_READ} THEN event_type || ' events hold no flow of their own'
    WHEN event_type NOT IN {_READ} THEN 'an event of a type that is not read'
    WHEN source IS NULL OR target IS NULL THEN 'no addresses'
END)"""

_ALERT = re.compile(rb'"event_type"\s*:\s*"alert"')
_BLOCK, _LONGEST_MATCH = 1 << 20, 64

_NO_ZONE = "timestamp without offset from UTC: when it happened is not known"


def recognise(head: Head) -> bool:
    """Whether the first line is an EVE event, of whatever type."""
    keys = top_keys(head)
    return {"timestamp", "event_type"} <= keys and bool(keys & {"flow_id", "dest_ip", "pcap_cnt", "stats", "engine"})


def where(position: int) -> str:
    """Positions are numbers of lines."""
    return f"line {position}"


def read(file: EvidenceFile, tables: FactTables) -> Reading:
    """Read the events of a log."""
    reading = Reading(NAME)
    alerts = _writes_alerts(file)
    for piece in pieces(file):
        transformed = f"TRY(json_transform(line, {literal(_record())})) AS r"
        piece.stage(tables.engine, _LINES, f"line IS NULL AS blank, {marked('line')} AS broken, {transformed}")
        tables.insert("flow", _query(file, piece, alerts), reading, where)
    undated = tables.engine.value(f'SELECT count(*) FROM facts_flow WHERE file = {file.number} AND "at" IS NULL')
    if undated:
        reading.notes.append(f"{undated:,} × {_NO_ZONE}")
    return reading


def _writes_alerts(file: EvidenceFile) -> bool:
    """Whether any event is an alert. Only then does it say something that a flow has none."""
    kept = b""
    try:
        with file.open() as source:
            while block := source.read(_BLOCK):
                if b'"alert"' in (window := kept + block) and _ALERT.search(window):
                    return True
                kept = block[-_LONGEST_MATCH:]
    except BROKEN:
        pass  # what comes before the break has been looked at
    return False


def _record() -> str:
    """The fields as the engine wants to have a JSON structure described."""
    record: dict[str, Any] = {}
    for field in _FIELDS:
        *outer, name = field.split(".")
        inner = record.setdefault(outer[0], {}) if outer else record
        inner[name] = "VARCHAR"
    return json.dumps(record)


def _query(file: EvidenceFile, piece: Piece, alerts: bool) -> str:
    kind, app = quote("event_type"), f"lower({quote('app_proto')})"
    is_flow, is_alert = f"{kind} = 'flow'", f"{kind} = 'alert'"
    application = f"CASE WHEN {kind} NOT IN ('flow', 'alert') THEN {kind} WHEN {app} NOT IN {_NO_NAME} THEN {app} END"
    facts = {
        "connection": _connection(),
        "detail": f"NOT ({is_flow})",
        "at": f"coalesce(CASE WHEN {is_flow} THEN {moment(quote('flow.start'))} END, {moment(quote('timestamp'))})",
        "source": "CASE WHEN turned THEN target ELSE source END",
        "address": "CASE WHEN turned THEN source ELSE target END",
        "host": f"coalesce({', '.join(host(quote(name)) for name in ('http.hostname', 'tls.sni', 'quic.sni'))})",
        "application": application,
        "encrypted": f"CASE WHEN {application} IN {_SECRET} THEN true WHEN {application} IN {_CLEAR} THEN false END",
        "bytes": f"CASE WHEN {is_flow} THEN {whole_number(quote('flow.bytes_toserver'))} END",
        "bytes_back": f"CASE WHEN {is_flow} THEN {whole_number(quote('flow.bytes_toclient'))} END",
        "blocked": f"""CASE WHEN {is_flow} THEN {_never_answered()}
            WHEN {is_alert} THEN {_dropped("alert.action", "blocked")}
            WHEN {quote("http.status")} IS NOT NULL THEN false END""",
        "alert": f"CASE WHEN {is_alert} THEN {quote('alert.category')} "
        f"WHEN {is_flow} AND {str(alerts).lower()} AND coalesce({quote('flow.alerted')}, '') <> 'true' THEN '' END",
    }
    return (
        f"SELECT {piece.first} + rowid AS position, {file.number} AS file, {columns(facts)}, {_WRONG} AS skip "
        f"FROM ({_events()})"
    )


def _events() -> str:
    """Events with each field as a column, both ends as addresses, and whether these are turned.

    A step below the other, so that a field is taken out of its line once, and an address tested once.
    """
    parts = {name: ".".join(["r", *map(quote, name.split("."))]) for name in _FIELDS}
    fields = columns({name: f"nullif({value}, '')" for name, value in parts.items()})
    ends = {"source": address("src_ip"), "target": address("dest_ip"), "turned": f"coalesce({_turned()}, false)"}
    events = f"SELECT rowid, broken, r IS NULL AS absent, {fields} FROM {_LINES} WHERE NOT blank"
    return f"SELECT *, {columns(ends)} FROM ({events})"


def _connection() -> str:
    one, other = (f"concat_ws('#', {quote(f'{end}_ip')}, {quote(f'{end}_port')})" for end in ("src", "dest"))
    parts = (quote("host"), quote("flow_id"), f"least({one}, {other})", f"greatest({one}, {other})", quote("proto"))
    return f"CASE WHEN {quote('flow_id')} IS NOT NULL THEN concat_ws(' ', {', '.join(parts)}) END"


def _turned() -> str:
    """Whether the ends are those of a packet from the server."""
    source, port = quote("src_ip"), quote("src_port")
    of_flow, port_of_flow = quote("flow.src_ip"), quote("flow.src_port")
    sure, likely = service_by_port(whole_number(port), whole_number(quote("dest_port")))
    return f"""CASE
        WHEN {quote("event_type")} IN {("flow", *_OF_FLOWS)} THEN false
        WHEN {of_flow} IS NOT NULL THEN ({source}, coalesce({port}, '')) <> ({of_flow}, coalesce({port_of_flow}, ''))
        WHEN {quote("direction")} IN ('to_server', 'to_client') THEN {quote("direction")} = 'to_client'
        WHEN {quote("proto")} = 'TCP' THEN {sure} OR {likely}
        ELSE {sure}
    END"""


def _dropped(field: str, word: str) -> str:
    """Whether the sensor itself dropped a flow before any payload came back."""
    moved = (
        f"{whole_number(quote('flow.bytes_toclient'))} > {_MOST_HEADERS} * {whole_number(quote('flow.pkts_toclient'))}"
    )
    return f"CASE WHEN {quote(field)} = '{word}' THEN NOT coalesce({moved}, false) END"


def _never_answered() -> str:
    """Whether nothing moved in a flow: dropped by the sensor, refused, or tried in vain for long enough."""
    tried = f"regexp_matches(lower({quote('tcp.tcp_flags_ts')}), '{_TRIED}')"
    declined = f"regexp_matches(lower({quote('tcp.tcp_flags_tc')}), '{_DECLINED}')"
    waited = f"({quote('flow.reason')} = 'timeout' OR {whole_number(quote('flow.age'))} >= {_PATIENCE})"
    return f"""coalesce({_dropped("flow.action", "drop")}, CASE
        WHEN {tried} AND {declined} THEN true
        WHEN {whole_number(quote("flow.pkts_toclient"))} > 0 THEN false
        WHEN {quote("flow.state")} IN ('established', 'closed') THEN false
        WHEN {tried} AND {waited} THEN true
    END)"""
