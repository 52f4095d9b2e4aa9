"""The app on a test phone in Berlin (HAR), the back end in Frankfurt (VPC flow logs), the office in Ha Noi (Zeek)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from story.common import HOSTS, RESOLVER, TIME_SERVER, VIEWERS, WAREHOUSE, Dice, day, gzipped, stamp

# The app, recorded on a test phone in Berlin ------------------------------------------------------

#: One walk through the app: host, what is asked for, how often, bytes sent and received (from, to).
WALK = (
    ("api.lumen.example", "POST /v2/session", 1, (300, 500), (800, 1_200)),
    ("api.lumen.example", "GET /v2/feed?page=1", 2, (0, 0), (40_000, 90_000)),
    ("metrics.brightpixel.example", "POST /collect", 3, (600, 1_400), (40, 60)),
    ("captions.kotoba.example", "GET /v1/captions?lang=de", 1, (0, 0), (3_000, 6_000)),
    ("effects.jadelens.example", "POST /v3/beauty", 1, (60_000, 90_000), (60_000, 90_000)),
    ("subtitles.volgatext.example", "GET /track?lang=vi", 1, (0, 0), (2_000, 4_000)),
    ("tiles.merlionmaps.example", "GET /nearby?zoom=14", 2, (0, 0), (9_000, 15_000)),
    ("ads.tamesis.example", "POST /bid", 1, (900, 1_500), (2_000, 5_000)),
    ("match.maresol.example", "POST /tracks", 1, (20_000, 40_000), (500, 900)),
    ("chat.indusdesk.example", "POST /tickets", 1, (700, 1_800), (300, 600)),
    ("push.hanbit.example", "POST /register", 1, (200, 300), (80, 120)),
    ("upload.loirevault.example", "PUT /films", 1, (200_000, 400_000), (60, 90)),
    ("store.senarchive.example", "PUT /copies", 1, (200_000, 400_000), (60, 90)),
    ("films.reelratings.example", "POST /submissions", 1, (1_000, 2_000), (200, 400)),
    ("px.tinybeacon.example", "GET /1x1.gif", 1, (0, 0), (43, 43)),
    ("edge.cometcast.example", "GET /player.js", 1, (0, 0), (20_000, 30_000)),
)

WALKS = ("2026-03-17", "2026-04-14", "2026-05-12", "2026-06-16")

#: From this walk on the phone's own filter lets nothing through to the maps; the app still tries.
MAPS_FILTERED = "2026-06-16"


def app_har(dice: Dice) -> str:
    """An HTTP Archive 1.2 of four walks, a month apart."""
    pages, entries = [], []
    for number, date in enumerate(WALKS, 1):
        moment = day(date) + timedelta(hours=8, minutes=dice.between(0, 50))
        page = f"walk_{number}"
        timings = {"onContentLoad": -1, "onLoad": -1}
        pages.append({"startedDateTime": stamp(moment), "id": page, "title": f"Walk of {date}", "pageTimings": timings})
        for host, request, times, sent, received in WALK:
            filtered = host == "tiles.merlionmaps.example" and date >= MAPS_FILTERED
            for _ in range(times):
                moment += timedelta(milliseconds=dice.between(300, 9_000))
                sizes = (dice.between(*sent), dice.between(*received))
                entries.append(_entry(page, moment, host, request, sizes, dice.between(20, 180), filtered))
    log = {"version": "1.2", "creator": {"name": "Lumen test bench", "version": "4.2"}, "pages": pages}
    lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries)
    return f'{{"log":{json.dumps(log)[:-1]}, "entries": [\n{lines}\n]}}}}\n'


def _entry(
    page: str, moment: datetime, host: str, request: str, sizes: tuple[int, int], wait: int, filtered: bool
) -> dict[str, object]:
    method, path = request.split()
    sent, received = (sizes[0], -1) if filtered else sizes
    message = {"httpVersion": "HTTP/2", "cookies": [], "headers": []}
    asked = {"method": method, "url": f"https://{host}{path}", "queryString": [], "headersSize": 180, "bodySize": sent}
    content = {"size": max(received, 0), "mimeType": "application/octet-stream"}
    answer = {"status": 200, "statusText": "", "redirectURL": "", "content": content, "headersSize": 120}
    reached: dict[str, object] = {"serverIPAddress": HOSTS[host]}
    if filtered:
        answer |= {"status": 0, "headersSize": -1, "_error": "net::ERR_BLOCKED_BY_CLIENT"}
        reached = {}
    return {
        "pageref": page,
        "startedDateTime": stamp(moment),
        "time": wait + 12,
        "request": asked | message,
        "response": answer | message | {"bodySize": received},
        "cache": {},
        "timings": {"send": 2, "wait": wait, "receive": 10},
        **reached,
    }


# The back end in Frankfurt: VPC flow logs, version 2 ----------------------------------------------

VPC_FIELDS = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
)
VPC_DAYS = ("2026-03-24", "2026-04-21", "2026-05-19", "2026-06-23")
API = "10.20.1.10"

#: The firewall has kept the servers from the old meter since February; one of them still tries.
RETIRED = HOSTS["metrics.brightpixel.example"]


def vpc_flow(dice: Dice) -> str:
    """Viewers who come in, the nightly copy to the warehouse, the time of day, and tries that the firewall refuses."""
    lines = [VPC_FIELDS]
    for date in VPC_DAYS:
        start = day(date)
        for hour in range(6, 22, 2):
            viewer = VIEWERS[dice.between(0, len(VIEWERS) - 1)]
            opened = start + timedelta(hours=hour, seconds=dice.between(0, 3_000))
            ends = (viewer, API, dice.between(49_152, 65_535), 443)
            lines += _vpc_pair(opened, ends, 6, dice.between(20, 60), dice.between(900, 4_000))
        for part in range(3):
            opened = start + timedelta(hours=1, minutes=10 * part)
            ends = (API, WAREHOUSE, dice.between(32_768, 60_999), 443)
            lines += _vpc_pair(opened, ends, 6, dice.between(2_000, 5_000), dice.between(300, 600))
        ends = (API, TIME_SERVER, dice.between(32_768, 60_999), 123)
        lines += _vpc_pair(start + timedelta(hours=3), ends, 17, 1, 1)
        for tries in range(2):
            opened = start + timedelta(hours=4, minutes=30 * tries)
            ends = ("10.20.2.20", RETIRED, dice.between(32_768, 60_999), 443)
            lines.append(_vpc_line(opened, ends, 6, (3, 180), "REJECT"))
    return "\n".join(lines) + "\n"


def _vpc_pair(
    opened: datetime, ends: tuple[str, str, int, int], protocol: int, packets: int, packets_back: int
) -> list[str]:
    """A connection and its answer, which these logs write as a record of its own."""
    source, target, port, service = ends
    size, size_back = (76, 76) if protocol == 17 else (420, 640)
    there = _vpc_line(opened, ends, protocol, (packets, packets * size), "ACCEPT")
    answer = (target, source, service, port)
    return [there, _vpc_line(opened, answer, protocol, (packets_back, packets_back * size_back), "ACCEPT")]


def _vpc_line(
    opened: datetime, ends: tuple[str, str, int, int], protocol: int, sizes: tuple[int, int], action: str
) -> str:
    start = int(opened.timestamp())
    values = (2, "123456789012", "eni-0a1b2c3d4e5f60718", *ends, protocol, *sizes, start, start + 59, action, "OK")
    return " ".join(map(str, values))


# The office in Ha Noi: Zeek -----------------------------------------------------------------------

#: Every week: host, connections, bytes sent and received (from, to).
OFFICE = (
    ("api.lumen.example", 1, (20_000, 60_000), (200_000, 400_000)),
    ("subtitles.volgatext.example", 1, (5_000, 9_000), (2_000, 4_000)),
    ("salaries.alpenpay.example", 1, (8_000, 12_000), (3_000, 5_000)),
    ("ledger.rheinarchiv.example", 1, (30_000, 50_000), (900, 1_500)),
)
WEEKS = tuple(day("2026-03-02") + timedelta(weeks=week) for week in range(16))

CONN = """ts:time uid:string id.orig_h:addr id.orig_p:port id.resp_h:addr id.resp_p:port proto:enum service:string
    duration:interval orig_bytes:count resp_bytes:count conn_state:string local_orig:bool local_resp:bool
    missed_bytes:count history:string orig_pkts:count orig_ip_bytes:count resp_pkts:count resp_ip_bytes:count
    tunnel_parents:set[string]"""
SSL = """ts:time uid:string id.orig_h:addr id.orig_p:port id.resp_h:addr id.resp_p:port version:string cipher:string
    server_name:string resumed:bool established:bool"""
HTTP = """ts:time uid:string id.orig_h:addr id.orig_p:port id.resp_h:addr id.resp_p:port trans_depth:count
    method:string host:string uri:string version:string user_agent:string request_body_len:count
    response_body_len:count status_code:count status_msg:string"""


class Office:
    """Four logs of one sensor: a connection stands in ``conn`` and, by its ``uid``, in the log of its protocol."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self.conn: list[Sequence[object]] = []
        self.ssl: list[Sequence[object]] = []
        self.http: list[Sequence[object]] = []
        self.dns: list[dict[str, object]] = []

    def week(self, monday: datetime) -> None:
        """What a Monday at the office looks like."""
        moment = monday + timedelta(hours=2)
        for host, times, sent, received in OFFICE:
            if monday.day <= 7:
                moment = self._later(moment)
                self._asks(moment, host)
            for _ in range(times):
                moment = self._later(moment)
                sizes = (self._dice.between(*sent), self._dice.between(*received))
                uid, ends = self._connects(moment, HOSTS[host], 443, "ssl", sizes)
                cipher = "TLS_AES_128_GCM_SHA256"
                self.ssl.append((self._time(moment), uid, *ends, "TLSv13", cipher, host, "F", "T"))
        moment = self._later(moment)
        if monday.day <= 7:
            self._fetches_status(moment)
        if monday.day > 21:
            self._tries_in_vain(moment)

    def _later(self, moment: datetime) -> datetime:
        return moment + timedelta(milliseconds=self._dice.between(30_000, 1_500_000))

    @staticmethod
    def _time(moment: datetime) -> str:
        return f"{moment.timestamp():.6f}"

    def _connects(
        self, moment: datetime, address: str, port: int, service: str, sizes: tuple[int, int], proto: str = "tcp"
    ) -> tuple[str, tuple[object, ...]]:
        uid = f"C{self._dice.letters(17)}"
        ends = (f"10.40.0.{self._dice.between(11, 29)}", self._dice.between(49_152, 65_535), address, port)
        packets = [1 + size // 1_400 for size in sizes]
        traffic = [number for pair in zip(packets, (s + 40 for s in sizes), strict=True) for number in pair]
        history = "Dd" if proto == "udp" else "ShADadFf"
        seconds = f"{self._dice.between(20_000, 9_000_000) / 1e6:.6f}"
        ending = ("SF", "T", "F", 0, history, *traffic, "-")
        self.conn.append((self._time(moment), uid, *ends, proto, service, seconds, *sizes, *ending))
        return uid, ends

    def _asks(self, moment: datetime, host: str) -> None:
        """A query that the public resolver answers."""
        uid, ends = self._connects(moment, RESOLVER, 53, "dns", (len(host) + 18, len(host) + 34), "udp")
        names = ("id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p")
        self.dns.append(
            {"ts": float(self._time(moment)), "uid": uid, **dict(zip(names, ends, strict=True)), "proto": "udp"}
            | {"trans_id": self._dice.between(1, 65_535), "rtt": 0.021, "query": host, "qclass": 1, "qtype": 1}
            | {"qclass_name": "C_INTERNET", "qtype_name": "A", "rcode": 0, "rcode_name": "NOERROR"}
            | {"AA": False, "TC": False, "RD": True, "RA": True, "Z": 0, "answers": [HOSTS[host]], "TTLs": [300.0]}
            | {"rejected": False}
        )

    def _fetches_status(self, moment: datetime) -> None:
        """The archive's status page, without encryption."""
        host = "ledger.rheinarchiv.example"
        uid, ends = self._connects(moment, HOSTS[host], 80, "http", (160, 900))
        request = (1, "GET", host, "/status", "1.1", "lumen-ledger/3", 0, 640, 200, "OK")
        self.http.append((self._time(moment), uid, *ends, *request))

    def _tries_in_vain(self, moment: datetime) -> None:
        """The office's firewall drops the way to the app's maps."""
        uid = f"C{self._dice.letters(17)}"
        address = HOSTS["tiles.merlionmaps.example"]
        ends = (f"10.40.0.{self._dice.between(11, 29)}", self._dice.between(49_152, 65_535), address, 443)
        ending = ("tcp", "-", "-", "-", "-", "S0", "T", "F", 0, "S", 3, 180, 0, 0, "-")
        self.conn.append((self._time(moment), uid, *ends, *ending))


def zeek_tsv(path: str, described: str, records: Iterable[Sequence[object]]) -> str:
    """A tab-separated log with Zeek's header lines; ``described`` is its fields as ``name:type``."""
    names, types = zip(*(field.rsplit(":", 1) for field in described.split()), strict=True)
    head = [
        *("#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-", f"#path\t{path}"),
        *(f"#open\t{WEEKS[0]:%Y-%m-%d-%H-%M-%S}", "\t".join(("#fields", *names)), "\t".join(("#types", *types))),
    ]
    body = ["\t".join(map(str, record)) for record in records]
    return "\n".join([*head, *body, f"#close\t{WEEKS[-1] + timedelta(days=1):%Y-%m-%d-%H-%M-%S}"]) + "\n"


def traffic(seed: int) -> dict[str, bytes]:
    """The files of this part by path."""
    office = Office(Dice(seed + 2))
    for monday in WEEKS:
        office.week(monday)
    texts = {
        "app.har": app_har(Dice(seed)),
        "office/conn.log": zeek_tsv("conn", CONN, office.conn),
        "office/dns.log": "".join(json.dumps(record, separators=(",", ":")) + "\n" for record in office.dns),
        "office/http.log": zeek_tsv("http", HTTP, office.http),
        "office/ssl.log": zeek_tsv("ssl", SSL, office.ssl),
    }
    made = {name: text.encode() for name, text in texts.items()}
    return made | {"vpc-flow.log.gz": gzipped(vpc_flow(Dice(seed + 1)).encode())}
