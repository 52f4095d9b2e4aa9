"""Logs of realistic shape, always the same: what a network of 5,000 clients says to 100,000 servers in a day.

All but the HAR are written by the engine. A connection is a record or more: two of a VPC flow log (one for each
direction), two or three of Suricata (the flow, what was said in it, now and then an alert).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import duckdb

SEED = 20260314

#: Connections: a few servers are met often, most of them rarely.
_CONNECTIONS = """
    CREATE VIEW connections AS
    SELECT *, CASE service WHEN 'dns' THEN 53 WHEN 'http' THEN 80 WHEN 'ssh' THEN 22 ELSE 443 END AS port,
        CASE WHEN service IN ('dns', 'quic') THEN 'udp' ELSE 'tcp' END AS proto,
        1764547200 + i * 86400.0 / {rows} + (h % 1000000) / 1e6 AS ts,
        concat_ws('.', 1 + n % 222, n // 222 % 256, hash(n) % 256, 1 + hash(n, 1) % 254) AS server
    FROM (
        SELECT i, h, g, 'C' || substr(md5(i::VARCHAR), 1, 17) AS uid,
            concat_ws('.', 10, 20, h % 20, 1 + (h >> 8) % 250) AS client, 32768 + (h >> 16) % 28000 AS client_port,
            (100000 * pow(((h >> 30) % 1000000) / 1e6, 3))::BIGINT AS n,
            [{services}][1 + (g % 20)::INTEGER] AS service, ((g >> 8) % 100000) / 1e3 AS duration,
            200 + (g >> 24) % 4000 AS sent, (g >> 36) % 200000 AS came, 3 + (g >> 24) % 40 AS packets,
            (h >> 50) % 12 = 0 AS refused
        FROM (SELECT i, hash(i, {seed}) AS h, hash(i, {seed} + 1) AS g FROM range({rows}) t(i))
    )
"""

#: Of twenty connections: what was spoken in them; of the rest the sensor can't tell.
_SERVICES = ["ssl"] * 9 + ["dns"] * 5 + ["http", "quic", "quic", "ssh"] + [None] * 2

ZEEK = """ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state
    local_orig local_resp missed_bytes history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes tunnel_parents""".split()
_ZEEK_HEADER = "\n".join(
    [
        *("#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-", "#path\tconn"),
        "\t".join(["#fields", *ZEEK]),
    ]
)
_ZEEK_TSV = """concat_ws(chr(9), printf('%.6f', ts), uid, client, client_port, server, port, proto,
    coalesce(service, '-'), CASE WHEN refused THEN '-' ELSE printf('%.6f', duration) END,
    CASE WHEN refused THEN concat_ws(chr(9), '-', '-', 'S0') ELSE concat_ws(chr(9), sent, came, 'SF') END,
    'T', 'F', 0, CASE WHEN refused THEN 'S' ELSE 'ShADadFf' END, packets, sent + 40 * packets,
    CASE WHEN refused THEN 0 ELSE packets END, CASE WHEN refused THEN 0 ELSE came + 40 * packets END, '-')"""
_ZEEK_JSON = """concat('{"ts":', printf('%.6f', ts), ',"uid":"', uid, '","id.orig_h":"', client, '","id.orig_p":',
    client_port, ',"id.resp_h":"', server, '","id.resp_p":', port, ',"proto":"', proto,
    CASE WHEN service IS NULL THEN '' ELSE '","service":"' || service END, '"',
    CASE WHEN refused THEN ',"conn_state":"S0"'
        ELSE concat(',"duration":', duration, ',"orig_bytes":', sent, ',"resp_bytes":', came, ',"conn_state":"SF"') END,
    ',"local_orig":true,"local_resp":false,"missed_bytes":0,"history":"ShADadFf","orig_pkts":', packets,
    ',"orig_ip_bytes":', sent + 40 * packets, ',"resp_pkts":', packets,
    ',"resp_ip_bytes":', came + 40 * packets, '}')"""

#: A record for each direction; ``onward`` is the one from the client.
_BOTH_WAYS = """(SELECT *, ts::BIGINT AS began, CASE WHEN refused THEN 'REJECT' ELSE 'ACCEPT' END AS action,
    CASE WHEN proto = 'tcp' THEN 6 ELSE 17 END AS protocol, CASE WHEN onward THEN 2 ELSE 18 END AS flags,
    'eni-' || substr(md5(client), 1, 17) AS eni, CASE WHEN onward THEN client ELSE server END AS src,
    CASE WHEN onward THEN server ELSE client END AS dst, CASE WHEN onward THEN client_port ELSE port END AS src_port,
    CASE WHEN onward THEN port ELSE client_port END AS dst_port, CASE WHEN onward THEN sent ELSE came END AS amount
    FROM (SELECT *, unnest([true, false]) AS onward FROM connections) WHERE onward OR NOT refused)"""
VPC = """version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action
    log-status vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id sublocation-type
    sublocation-id pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path""".split()
_VPC_LINE = """concat_ws(' ', 5, 123456789012, eni, src, dst, src_port, dst_port, protocol, packets, amount, began,
    began + 59, action, 'OK', 'vpc-0123456789abcdef0', 'subnet-0123456789abcdef0', 'i-' || substr(eni, 5), flags,
    'IPv4', src, dst, 'eu-central-1 euc1-az2 - - - -', CASE WHEN onward THEN 'egress 8' ELSE 'ingress -' END)"""

#: Every connection is a flow event; most have an event of their protocol before it, one in a hundred an alert.
_EVE_EVENTS = """(SELECT *,
    concat('{"timestamp":"', strftime(make_timestamp((ts * 1e6)::BIGINT), '%Y-%m-%dT%H:%M:%S.%f'),
        '+0000","flow_id":', (h >> 12) % 2251799813685248, ',"in_iface":"eth0","event_type":"', event, '","src_ip":"',
        client, '","src_port":', client_port, ',"dest_ip":"', server, '","dest_port":', port, ',"proto":"',
        upper(proto), '"') AS head, CASE service WHEN 'ssl' THEN 'tls' ELSE coalesce(service, 'failed') END AS app
    FROM (SELECT *, unnest(list_filter([CASE service WHEN 'ssl' THEN 'tls' ELSE service END,
            CASE WHEN g % 100 = 0 THEN 'alert' END, 'flow'], lambda event: event IS NOT NULL)) AS event
        FROM connections))"""
_EVE = """concat(head, CASE event
    WHEN 'tls' THEN concat(',"tls":{"subject":"CN=host', n, '.example.net","issuerdn":"C=US, O=Example, CN=R3",',
        '"serial":"03:9A:', upper(substr(md5(uid), 1, 12)), '","fingerprint":"', sha1(uid), '","sni":"host', n,
        '.example.net","version":"TLS 1.2","notbefore":"2025-10-01T00:00:00","notafter":"2026-01-01T00:00:00"}}')
    WHEN 'dns' THEN concat(',"dns":{"version":2,"type":"answer","id":', h % 65536, ',"flags":"8180","qr":true,',
        '"rrname":"host', n, '.example.net","rrtype":"A","rcode":"NOERROR","grouped":{"A":["', server, '"]}}}')
    WHEN 'http' THEN concat(',"tx_id":0,"http":{"hostname":"host', n, '.example.net","url":"/a/', md5(uid),
        '?v=3","http_user_agent":"Mozilla/5.0 (X11; Linux x86_64)","http_content_type":"text/html",',
        '"http_method":"GET","protocol":"HTTP/1.1","status":200,"length":', came, '}}')
    WHEN 'alert' THEN concat(',"alert":{"action":"allowed","gid":1,"signature_id":2013028,"rev":4,"signature":',
        '"ET POLICY curl User-Agent Outbound","category":"Potential Corporate Privacy Violation","severity":1}}')
    WHEN 'flow' THEN concat(',"app_proto":"', app, '","flow":{"pkts_toserver":', packets, ',"pkts_toclient":',
        packets, ',"bytes_toserver":', sent, ',"bytes_toclient":', came, ',"start":"',
        strftime(make_timestamp((ts * 1e6)::BIGINT), '%Y-%m-%dT%H:%M:%S.%f'), '+0000","age":', duration::INTEGER,
        ',"state":"closed","reason":"timeout","alerted":', g % 100 = 0, '},"tcp":{"tcp_flags":"1b",',
        '"tcp_flags_ts":"1b","tcp_flags_tc":"1b","syn":true,"ack":true,"state":"closed"}}')
    ELSE '}' END)"""


def _lines(path: Path, rows: int, *parts: str) -> None:
    """Write text lines; each part is a query for them."""
    _copy(path, rows, " UNION ALL ".join(parts), "FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01'")


def _copy(path: Path, rows: int, query: str, options: str) -> None:
    with duckdb.connect() as connection:
        services = ", ".join("NULL" if name is None else f"'{name}'" for name in _SERVICES)
        connection.execute(_CONNECTIONS.format(rows=rows, seed=SEED, services=services))
        connection.execute(f"COPY ({query}) TO '{path}' ({options})")


def _zeek_tsv(path: Path, rows: int) -> None:
    header = (f"SELECT '{line}'" for line in _ZEEK_HEADER.split("\n"))
    _lines(path, rows, *header, f"SELECT {_ZEEK_TSV} FROM connections")


def _zeek_json(path: Path, rows: int) -> None:
    _lines(path, rows, f"SELECT {_ZEEK_JSON} FROM connections")


def _vpc_text(path: Path, rows: int) -> None:
    _lines(path, rows // 2 + 1, f"SELECT '{' '.join(VPC)}'", f"SELECT {_VPC_LINE} FROM {_BOTH_WAYS}")


def _vpc_parquet(path: Path, rows: int) -> None:
    """As AWS writes it: the names with underscores, numbers as such."""
    values = f"""5::INTEGER AS version, '123456789012' AS account_id, eni AS interface_id, src AS srcaddr,
        dst AS dstaddr, src_port::INTEGER AS srcport, dst_port::INTEGER AS dstport, protocol, packets, amount AS bytes,
        began AS start, began + 59 AS end, action, 'OK' AS log_status, flags AS tcp_flags, src AS pkt_srcaddr,
        dst AS pkt_dstaddr FROM {_BOTH_WAYS}"""
    _copy(path, rows // 2 + 1, f"SELECT {values}", "FORMAT parquet, COMPRESSION gzip")


def _eve(path: Path, rows: int) -> None:
    _lines(path, rows // 2 + 1, f"SELECT {_EVE} FROM {_EVE_EVENTS}")


def _har(path: Path, rows: int) -> None:
    """Entries as a browser writes them; a third of them holds the body of the answer.

    As in real ones, cookies and half of the parameters are those of their host, the others are new each time.
    """
    random = Random(SEED)
    words = ["".join(random.choices("etaoinshrdlu", k=random.randint(2, 9))) for _ in range(5_000)]
    with path.open("w", encoding="utf-8") as file:
        file.write('{"log": {"version": "1.2", "creator": {"name": "bench", "version": "1"}, "pages": [], "entries": [')
        for number in range(rows):
            file.write(",\n" if number else "\n")
            json.dump(_entry(random, words, number), file)
        file.write("\n]}}\n")


def _entry(random: Random, words: list[str], number: int) -> dict[str, Any]:
    host = f"{words[random.randrange(40)]}.example.{random.choice(('com', 'net', 'org'))}"
    of_host = Random(host)
    names = of_host.sample(words[:60], 3) + random.sample(words[:60], 3)
    query = "&".join(f"{name}={(of_host, random)[n // 3].getrandbits(64):x}" for n, name in enumerate(names))
    kind = random.choice(("text/html", "application/javascript", "application/json", "text/css", "image/webp"))
    body = " ".join(random.choices(words, k=random.randrange(200, 5_000))) if number % 3 == 0 else None
    sent = [
        _pair(name, words[random.randrange(300)]) for name in ("accept", "accept-language", "cache-control", "pragma")
    ]
    sent += [_pair("referer", f"https://{host}/{words[number % 500]}"), _pair("user-agent", "Mozilla/5.0 (X11; Linux)")]
    sent += [_pair("cookie", f"_ga=GA1.2.{of_host.getrandbits(30)}.1764547200; session={of_host.getrandbits(128):x}")]
    came = [_pair(name, " ".join(random.choices(words, k=4))) for name in words[100:114]]
    posted = (
        {"mimeType": "application/json", "text": json.dumps(dict.fromkeys(names, "on"))} if number % 8 == 0 else None
    )
    request: dict[str, Any] = {
        "method": "POST" if posted else "GET",
        "url": f"https://{host}/{words[number % 900]}?{query}",
    }
    request |= {
        "httpVersion": "h2",
        "headers": sent,
        "queryString": [_pair(name, "on") for name in names],
        "cookies": [],
    }
    request |= {"headersSize": -1, "bodySize": 0} | ({"postData": posted} if posted else {})
    content: dict[str, Any] = {"size": len(body or ""), "mimeType": kind} | ({"text": body} if body else {})
    response: dict[str, Any] = {"status": 200, "statusText": "OK", "httpVersion": "h2", "headers": came, "cookies": []}
    response |= {"content": content, "redirectURL": "", "headersSize": -1, "bodySize": 1234, "_transferSize": 1500}
    timings = dict.fromkeys(("blocked", "dns", "connect", "send", "wait", "receive", "ssl"), 1.25)
    return {
        "startedDateTime": f"2025-12-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}.123Z",
        "time": 12.5,
        "request": request,
        "response": response,
        "timings": timings,
        "serverIPAddress": f"203.0.{number % 113}.{number % 250}",
        "connection": str(number % 60),
    }


def _pair(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value}


#: How each log is made, from a path and about how many records it is to have.
MAKERS: dict[str, Callable[[Path, int], None]] = {
    "zeek_tsv": _zeek_tsv,
    "zeek_json": _zeek_json,
    "vpc_text": _vpc_text,
    "vpc_parquet": _vpc_parquet,
    "eve": _eve,
    "har": _har,
}
