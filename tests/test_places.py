"""Where an address stands: known operators, special ranges, hostile text, and other people's MMDB files."""

import bisect
import contextlib
import csv
import ipaddress
import itertools
import random
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.engine.duckdb import Engine, quote
from comity.enrich import places
from comity.errors import UsageError

FOLDER = Path(places.__file__).parent
SPECIAL = [
    (ipaddress.ip_network(row["prefix"]), row)
    for row in csv.DictReader((FOLDER / "special_addresses.csv").open(encoding="utf-8"))
]
RANGES = [(n.version, n.prefixlen, int(n[0]), int(n[-1]), row["nature"]) for n, row in SPECIAL]
HOSTILE = [
    "",
    " 1.1.1.1",
    "1.2.3",
    "01.2.3.4",
    "999.1.1.1",
    "1.2.3.4/8",
    "1.2.3.4\n",
    "१.१.१.१",
    "' or 1=1",
    "-1.0.0.1",
]
HOSTILE += [
    "1.2.3.4:80",
    "[::1]",
    ":::",
    "::1%",
    "12345::",
    "::1/64",
    "host",
    "1." * 5000,
    "f:" * 5000,
    "fe80::1%" + "z" * 200,
]


def locate(addresses, where=None, into="located"):
    with Engine() as engine:
        engine.create("the hosts", {"address": "VARCHAR"}, ((address,) for address in addresses))
        (where or places.shipped()).locate(engine, "the hosts", into)
        rows = engine.rows(f"SELECT address, place, network, network_name, nature FROM {quote(into)} ORDER BY address")
        assert {name for (name,) in engine.rows("SHOW TABLES")} == {"the hosts", into}
    return {address: tuple(rest) for address, *rest in rows}


@pytest.mark.parametrize(
    ("address", "place", "network"),
    [
        ("84.128.0.1", "DE", 3320),  # Deutsche Telekom
        ("2003::1", "DE", 3320),
        ("27.64.0.1", "VN", 7552),  # Viettel
        ("2402:800::1", "VN", 7552),
        ("200.160.2.3", "BR", 22548),  # NIC.br
        ("2804:14c::1", "BR", 28573),  # Claro
        ("202.96.209.5", "CN", 4812),  # China Telecom
        ("240e::1", "CN", 4134),
        ("49.44.1.1", "IN", 55836),  # Jio
        ("2409:4000::1", "IN", 55836),
        ("73.0.0.1", "US", 7922),  # Comcast
        ("2601::1", "US", 7922),
        ("102.88.1.1", "NG", 29465),  # MTN
        ("1.120.0.1", "AU", 1221),  # Telstra
        ("5.255.255.70", "RU", 13238),  # Yandex
        ("::ffff:200.160.2.3", "BR", 22548),  # IPv4 dressed as IPv6
        ("64:ff9b::200.160.2.3", "BR", 22548),
        ("2003::1%eth0", "DE", 3320),
    ],
)
def test_operators_stand_where_they_are_known_to_stand(address, place, network):
    assert locate([address])[address][:2] == (place, network)


def test_a_network_has_its_name():
    assert locate(["84.128.0.1"])["84.128.0.1"] == ("DE", 3320, "Deutsche Telekom AG", "public")


def test_the_seat_of_a_registry_is_no_place():
    assert locate(["2001:ee0::1"])["2001:ee0::1"][:2] == (None, 45899)  # VNPT of Viet Nam, which the source puts in AU


@pytest.mark.parametrize(
    ("nature", "addresses"),
    [
        ("private", "10.1.2.3 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 fd00::1 ::ffff:10.0.0.1"),
        ("loopback", "127.0.0.1 127.255.255.255 ::1 0:0:0:0:0:0:0:1"),
        ("link-local", "169.254.169.254 fe80::1 fe80::1%eth0"),
        ("multicast", "224.0.0.251 239.255.255.250 ff02::fb"),
        (
            "reserved",
            "0.0.0.0 192.0.2.1 198.51.100.7 203.0.113.9 198.18.0.1 240.0.0.1 255.255.255.255 :: 2001:db8::1 4000::",
        ),
        (
            "anycast",
            "1.1.1.1 8.8.8.8 9.9.9.9 223.5.5.5 77.88.8.8 198.41.0.4 192.88.99.1 104.16.1.1 151.101.1.1 2606:4700::1",
        ),
        ("public", "172.32.0.1 100.128.0.1 11.0.0.1 2a00::1 2002:102:304::1 2001::1 13.224.0.1"),
    ],
)
def test_what_is_special_is_told_apart(nature, addresses):
    for address, (place, network, name, found) in locate(addresses.split()).items():
        assert found == nature, address
        assert place is None or nature == "public"
        assert (network is None and name is None) or nature in ("public", "anycast")


def test_what_is_served_from_everywhere_has_a_network_but_no_place():
    rows = locate(["1.1.1.1", "2001:4860:4860::8888", "13.225.1.1"])  # the last one is an edge of CloudFront
    assert [row[:2] for row in rows.values()] == [(None, 13335), (None, 16509), (None, 15169)]


def test_hostile_text_is_no_address():
    assert set(locate(HOSTILE).values()) == {(None, None, None, "invalid")}


def test_one_row_for_each_address_and_none_for_null():
    assert list(locate(["b", None, "1.1.1.1", "b", "::1"], into='odd " name')) == ["1.1.1.1", "::1", "b"]
    assert locate([None]) == {}


def listed(address):
    number = int(address)
    return [
        (n, nature) for version, n, low, high, nature in RANGES if version == address.version and low <= number <= high
    ]


def naive_nature(text):
    """The slowest way: the longest listed prefix that holds the address."""
    try:
        address = ipaddress.ip_address(text) if len(text) <= 100 else None
    except ValueError:
        address = None
    if address is None:
        return "invalid"
    if address in ipaddress.ip_network("64:ff9b::/96"):
        address = ipaddress.IPv4Address(int(address) % 2**32)
    address = getattr(address, "ipv4_mapped", None) or address
    return max(listed(address), default=(0, "public"))[1]


def edges(network):
    first, last, most = int(network[0]), int(network[-1]), 2**network.max_prefixlen - 1
    return [str(type(network[0])(n)) for n in (max(first - 1, 0), first, last, min(last + 1, most))]


DOTTED = st.lists(st.integers(0, 300), min_size=3, max_size=5).map(lambda parts: ".".join(map(str, parts)))
ADDRESSES = st.one_of(
    st.ip_addresses().map(str),
    st.ip_addresses(v=4).map("::ffff:{}".format),
    st.sampled_from([edge for network, _ in SPECIAL for edge in edges(network)]),
    DOTTED,
    st.text(),
    st.text("0123456789abcdef:.%/", max_size=20),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(ADDRESSES, max_size=60))
def test_the_nature_is_that_of_the_longest_prefix(texts):
    assert {text: row[3] for text, row in locate(texts).items()} == {text: naive_nature(text) for text in texts}


def shipped_rows():
    return duckdb.execute(f"SELECT start, place, network FROM '{FOLDER / 'places.parquet'}'").fetchall()


def test_places_are_those_of_a_search_by_hand():
    rows, chance = shipped_rows(), random.Random(20200908)
    starts = [row[0] for row in rows]
    keys = [chance.randrange(2**32) for _ in range(1000)] + chance.choices(starts, k=2000)
    wide = {key: ipaddress.IPv6Address((key << 64) + chance.getrandbits(64)) for key in keys if key >= 2**32}
    texts = {str(wide.get(key) or ipaddress.IPv4Address(key)): key for key in keys}
    for address, (place, network, _, nature) in locate(texts).items():
        at = bisect.bisect_right(starts, texts[address]) - 1
        expected = rows[at][1:] if at >= 0 else (None, None)
        assert place == (None if listed(ipaddress.ip_address(address)) else expected[0]), address
        assert network == (expected[1] if nature in ("public", "anycast") else None), address


def test_the_shipped_table_is_sound():
    rows = shipped_rows()
    assert all(one[0] < two[0] and one[1:] != two[1:] for one, two in itertools.pairwise(rows))
    assert {place for _, place, _ in rows} - {None} <= places._JURISDICTIONS
    assert places.shipped().table.date >= "2026-06-17"
    assert sum(file.stat().st_size for file in FOLDER.glob("*.parquet")) < 8_000_000


def test_the_special_prefixes_are_sound():
    natures = {"public", "anycast", "private", "loopback", "link-local", "multicast", "reserved"}
    assert {row["nature"] for _, row in SPECIAL} == natures
    assert all(row["meaning"] and row["source"].startswith("https://") for _, row in SPECIAL)
    assert len({network for network, _ in SPECIAL}) == len(SPECIAL)


@pytest.fixture
def mmdb(tmp_path):
    from mmdb_writer import MMDBWriter
    from netaddr import IPSet

    def make(records, **options):
        writer = MMDBWriter(**{"ip_version": 6, "ipv4_compatible": True, "database_type": "Own", **options})
        for prefix, record in records.items():
            writer.insert_network(IPSet([prefix]), record)
        writer.to_db_file(str(tmp_path / "own.mmdb"))
        return tmp_path / "own.mmdb"

    return make


def test_an_mmdb_takes_the_place_of_the_shipped_table(mmdb):
    own = places.from_mmdb(
        mmdb(
            {
                "84.128.0.0/16": {"country": {"iso_code": "AT"}, "registered_country": {"iso_code": "DE"}},
                "27.64.0.0/16": {"registered_country": {"iso_code": "LA"}},
                "73.0.0.0/16": {"country_code": "CA", "asn": "AS64500", "as_name": "Tracker Inc."},
                "49.44.0.0/16": {"country": "np", "autonomous_system_number": 64501},
                "5.255.0.0/16": {"country": {"iso_code": "RU"}, "traits": {"is_anycast": True}},
                "102.88.0.0/16": {"country": {"iso_code": "EU"}},
                "1.1.1.0/24": {"country_code": "AU"},
                "2003::/32": {"country_code": "CH"},
            }
        )
    )
    known = "84.128.0.1 27.64.0.1 73.0.0.1 49.44.1.1 5.255.255.70 102.88.1.1 1.1.1.1 2003::1 ::ffff:73.0.0.1 1.120.0.1"
    rows = locate([*known.split(), "10.0.0.1", "x"], own)
    assert {address: row[:2] for address, row in rows.items()} == {
        "84.128.0.1": ("AT", 3320),
        "27.64.0.1": ("LA", 7552),
        "73.0.0.1": ("CA", 64500),
        "::ffff:73.0.0.1": ("CA", 64500),
        "49.44.1.1": ("NP", 64501),
        "5.255.255.70": (None, 13238),
        "102.88.1.1": (None, 29465),
        "1.1.1.1": (None, 13335),
        "2003::1": ("CH", 3320),
        "1.120.0.1": (None, 1221),  # the file doesn't know it: the shipped table is not asked
        "10.0.0.1": (None, None),
        "x": (None, None),
    }
    assert rows["73.0.0.1"][2] == "Tracker Inc."
    assert rows["27.64.0.1"][2] == "Viettel Group"
    assert own.table.name == "Own"
    assert "own.mmdb" in own.table.source


def test_an_mmdb_of_networks_leaves_the_shipped_places(mmdb):
    own = places.from_mmdb(
        mmdb({"84.128.0.0/16": {"autonomous_system_number": 64502}}, ip_version=4, ipv4_compatible=False)
    )
    rows = locate(["84.128.0.1", "27.64.0.1", "2003::1"], own)
    assert [row[:2] for row in rows.values()] == [("DE", 3320), ("VN", 7552), ("DE", 64502)]


@pytest.mark.parametrize(
    "content", [None, b"", b"junk" * 999, b"\xab\xcd\xefMaxMind.com", b"\xab\xcd\xefMaxMind.com\xe9"]
)
def test_what_is_no_mmdb_is_refused(tmp_path, content):
    path = tmp_path / "broken.mmdb"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(
        UsageError, match=r"`broken.mmdb` can't tell places: (no such file|it is not an MMDB file)"
    ) as error:
        places.from_mmdb(path)
    assert str(path) in str(error.value)
    assert "help: give an MMDB file" in str(error.value)


def test_a_damaged_mmdb_is_refused_or_read_but_never_a_traceback(mmdb):
    path = mmdb({f"{n}.0.0.0/8": {"country": {"iso_code": "DE"}} for n in range(1, 90)})
    sound, chance = path.read_bytes(), random.Random(7)
    for _ in range(300):
        damaged = bytearray(sound[: chance.choice([len(sound), chance.randrange(1, len(sound))])])
        for _ in range(chance.randrange(1, 9)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.with_suffix(".bad").write_bytes(damaged)
        with contextlib.suppress(UsageError):
            places.from_mmdb(path.with_suffix(".bad"))


def test_an_mmdb_without_countries_and_networks_is_refused(mmdb):
    with pytest.raises(UsageError, match="no country and no network"):
        places.from_mmdb(mmdb({"84.128.0.0/16": {"city": "Vienna"}}))
