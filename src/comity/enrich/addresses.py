"""Addresses as the engine compares them: from text to a key, and from a key to the narrowest network around it.

The key of an address is its version, 4 or 6, and its bits as hexadecimal digits: ``40a010203`` is 10.1.2.3. So a
network is what its addresses have in common at the start, or two, four or eight such starts where it ends within a
digit; and to find it is to join by equal text. What is an address is what Python's ``ipaddress`` takes for one.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

from comity.engine.duckdb import Engine
from comity.enrich.closest import closest

_OCTET = r"(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"  # no leading zeros: some read them as octal
_IPV4 = rf"{_OCTET}(\.{_OCTET}){{3}}"
_ZONED = "[^%/]*:[^%/]*%[^%/]+"
_LONGEST = 100  # characters, zone included; anything longer is no address
_GROUP = "[0-9a-f]{1,4}"
#: Eight groups, or fewer at both sides of a gap.
_IPV6 = "|".join(
    [
        rf"({_GROUP}:){{7}}{_GROUP}",
        rf"({_GROUP}:){{1,7}}:",
        *(rf"({_GROUP}:){{1,{before}}}(:{_GROUP}){{1,{7 - before}}}" for before in range(1, 7)),
        rf":((:{_GROUP}){{1,7}}|:)",
    ]
)


def keyed(addresses: str) -> str:
    """A query for the rows of another, which has a column ``address``, with the key of each; null for no address."""
    zoned = f"length(address) <= {_LONGEST} AND regexp_full_match(address, '{_ZONED}')"
    octets = " + ".join(f"split_part(last, '.', {n + 1})::BIGINT * {256 ** (3 - n)}" for n in range(4))
    undotted = "left(bare, length(bare) - length(last)) || left(dotted, 4) || ':' || right(dotted, 4)"
    # The gap becomes as many colons as make eight groups.
    even = "replace(groups, '::', repeat(':', 9 - length(groups) + length(replace(groups, ':', ''))))"
    digits = " || ".join(f"lpad(split_part({even}, ':', {n}), 4, '0')" for n in range(1, 9))
    steps = {
        "bare": f"lower(CASE WHEN {zoned} THEN split_part(address, '%', 1) ELSE address END)",
        "last": "split_part(bare, ':', -1)",
        "dotted": f"CASE WHEN regexp_full_match(last, '{_IPV4}') THEN lpad(lower(hex({octets})), 8, '0') END",
        "groups": f"CASE WHEN dotted IS NULL THEN bare ELSE {undotted} END",
        "key": f"CASE WHEN bare = last THEN '4' || dotted "
        f"WHEN regexp_full_match(groups, '{_IPV6}') THEN '6' || {digits} END",
    }
    for name, step in steps.items():
        addresses = f"SELECT *, {step} AS {name} FROM ({addresses})"
    return f"SELECT * EXCLUDE (bare, last, dotted, groups) FROM ({addresses})"


def key_of(address: str) -> str:
    """The key of an address of either version, in plain Python."""
    found = ipaddress.ip_address(address)
    return f"{found.version}{int(found):0{found.max_prefixlen // 4}x}"


def number(key: str, digits: int) -> str:
    """SQL for the number that the first digits of a key make; ``key`` is SQL too."""
    values = (
        f"strpos('123456789abcdef', substr({key}, {n + 2}, 1))::BIGINT * {16 ** (digits - n - 1)}"
        for n in range(digits)
    )
    return f"({' + '.join(values)})"


def in_networks(
    engine: Engine,
    name: str,
    query: str,
    columns: Mapping[str, str],
    networks: Mapping[str, Iterable[tuple[str, Any]]],
    key: str = "key",
) -> None:
    """A new table: the rows of a query, each with the value of the narrowest of several networks around its address.

    ``key`` is the query's column of keys. For each of the new columns (name → SQL type) there are networks with their
    values; of equal networks the last one counts.
    """
    found = {column: _beginnings(networks[column]) for column in columns}
    beginnings = sorted(set().union(*found.values()))
    lengths = sorted(set(map(len, beginnings)), reverse=True)
    said = ((beginning, *(found[column].get(beginning) for column in columns)) for beginning in beginnings)
    closest(engine, name, query, [f"left(q.{key}, {length})" for length in lengths], columns, said)


def _beginnings(networks: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """How the keys of a network's addresses begin, with its value; a narrower network takes its part of a wider one."""
    found: dict[str, Any] = {}
    each = ((ipaddress.ip_network(network), value) for network, value in networks)
    for network, value in sorted(each, key=lambda item: item[0].prefixlen):
        digits = -(-network.prefixlen // 4)
        first = int(network.network_address) >> (network.max_prefixlen - 4 * digits)
        for beginning in range(first, first + 2 ** (4 * digits - network.prefixlen)):
            found[f"{network.version}{beginning:0{digits}x}"[: 1 + digits]] = value
    return found
