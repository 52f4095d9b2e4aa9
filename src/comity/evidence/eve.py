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

from comity.engine.duckdb import literal
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
        piece.stage(tables.engine, _LINES, f"line, TRY(json_transform(line, {literal(_record())})) AS r")
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
                if _ALERT.search(kept + block):
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


def _get(name: str) -> str:
    return "nullif(" + ".".join(['"r"', *(f'"{part}"' for part in name.split("."))]) + ", '')"


def _query(file: EvidenceFile, piece: Piece, alerts: bool) -> str:
    kind, app = _get("event_type"), f"lower({_get('app_proto')})"
    is_flow, is_alert = f"{kind} = 'flow'", f"{kind} = 'alert'"
    application = f"CASE WHEN {kind} NOT IN ('flow', 'alert') THEN {kind} WHEN {app} NOT IN {_NO_NAME} THEN {app} END"
    source, target, turned = address(_get("src_ip")), address(_get("dest_ip")), f"coalesce({_turned()}, false)"
    facts = {
        "connection": _connection(),
        "detail": f"NOT ({is_flow})",
        "at": f"coalesce(CASE WHEN {is_flow} THEN {moment(_get('flow.start'))} END, {moment(_get('timestamp'))})",
        "source": f"CASE WHEN {turned} THEN {target} ELSE {source} END",
        "address": f"CASE WHEN {turned} THEN {source} ELSE {target} END",
        "host": f"coalesce({', '.join(host(_get(name)) for name in ('http.hostname', 'tls.sni', 'quic.sni'))})",
        "application": application,
        "encrypted": f"CASE WHEN {application} IN {_SECRET} THEN true WHEN {application} IN {_CLEAR} THEN false END",
        "bytes": f"CASE WHEN {is_flow} THEN {whole_number(_get('flow.bytes_toserver'))} END",
        "bytes_back": f"CASE WHEN {is_flow} THEN {whole_number(_get('flow.bytes_toclient'))} END",
        "blocked": f"""CASE WHEN {is_flow} THEN {_never_answered()}
            WHEN {is_alert} THEN {_dropped("alert.action", "blocked")}
            WHEN {_get("http.status")} IS NOT NULL THEN false END""",
        "alert": f"CASE WHEN {is_alert} THEN {_get('alert.category')} "
        f"WHEN {is_flow} AND {str(alerts).lower()} AND coalesce({_get('flow.alerted')}, '') <> 'true' THEN '' END",
    }
    return (
        f"SELECT {piece.first} + rowid AS position, {file.number} AS file, {columns(facts)}, "
        f"coalesce({marked('line')}, {_wrong(source, target)}) AS skip FROM {_LINES} WHERE line IS NOT NULL"
    )


def _wrong(source: str, target: str) -> str:
    kind = _get("event_type")
    return f"""CASE
        WHEN r IS NULL THEN 'not a JSON object'
        WHEN {kind} IS NULL THEN 'no event_type'
        WHEN {kind} IN {_NOT_READ} THEN {kind} || ' events hold no flow of their own'
        WHEN {kind} NOT IN {_READ} THEN 'an event of a type that is not read'
        WHEN {source} IS NULL OR {target} IS NULL THEN 'no addresses'
    END"""


def _connection() -> str:
    one, other = (f"concat_ws('#', {_get(f'{end}_ip')}, {_get(f'{end}_port')})" for end in ("src", "dest"))
    parts = (_get("host"), _get("flow_id"), f"least({one}, {other})", f"greatest({one}, {other})", _get("proto"))
    return f"CASE WHEN {_get('flow_id')} IS NOT NULL THEN concat_ws(' ', {', '.join(parts)}) END"


def _turned() -> str:
    """Whether the ends are those of a packet from the server."""
    source, port = _get("src_ip"), _get("src_port")
    of_flow, port_of_flow = _get("flow.src_ip"), _get("flow.src_port")
    sure, likely = service_by_port(whole_number(port), whole_number(_get("dest_port")))
    return f"""CASE
        WHEN {_get("event_type")} IN {("flow", *_OF_FLOWS)} THEN false
        WHEN {of_flow} IS NOT NULL THEN ({source}, coalesce({port}, '')) <> ({of_flow}, coalesce({port_of_flow}, ''))
        WHEN {_get("direction")} IN ('to_server', 'to_client') THEN {_get("direction")} = 'to_client'
        WHEN {_get("proto")} = 'TCP' THEN {sure} OR {likely}
        ELSE {sure}
    END"""


def _dropped(field: str, word: str) -> str:
    """Whether the sensor itself dropped a flow before any payload came back."""
    moved = (
        f"{whole_number(_get('flow.bytes_toclient'))} > {_MOST_HEADERS} * {whole_number(_get('flow.pkts_toclient'))}"
    )
    return f"CASE WHEN {_get(field)} = '{word}' THEN NOT coalesce({moved}, false) END"


def _never_answered() -> str:
    """Whether nothing moved in a flow: dropped by the sensor, refused, or tried in vain for long enough."""
    tried = f"regexp_matches(lower({_get('tcp.tcp_flags_ts')}), '{_TRIED}')"
    declined = f"regexp_matches(lower({_get('tcp.tcp_flags_tc')}), '{_DECLINED}')"
    waited = f"({_get('flow.reason')} = 'timeout' OR {whole_number(_get('flow.age'))} >= {_PATIENCE})"
    return f"""coalesce({_dropped("flow.action", "drop")}, CASE
        WHEN {tried} AND {declined} THEN true
        WHEN {whole_number(_get("flow.pkts_toclient"))} > 0 THEN false
        WHEN {_get("flow.state")} IN ('established', 'closed') THEN false
        WHEN {tried} AND {waited} THEN true
    END)"""
