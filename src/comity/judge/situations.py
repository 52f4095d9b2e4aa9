"""The one scan: facts grouped into situations, whose keys are small integers packed into one number.

What a dimension alone decides is packed beside the dimension, so that a row of facts carries one number from it however
many attributes rules read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from comity.engine.duckdb import Engine, quote
from comity.enrich.dimension import Dimension
from comity.evidence.base import REF
from comity.judge.coding import key_name
from comity.judge.keys import Key, Keys
from comity.judge.packing import Packed, pack
from comity.judge.periods import Periods
from comity.judge.scan import Facts


def situations(
    engine: Engine, facts: Facts, coded: Keys, periods: Periods, table: str, more: Sequence[Key] = ()
) -> None:
    """Group the facts that are not moot by period, party and all codes into ``table``; ``more`` are further keys.

    Beside the keys a situation has ``n``, ``bytes`` of the ``measured`` ones, ``first`` and ``last`` (moments),
    ``ref_even`` and ``ref_odd`` (the first records whose place is an even and an odd number: two samples near the
    beginning).
    """
    at = 'f."at"' if "at" in facts.columns else "NULL::TIMESTAMPTZ"
    keys = [Key("period", periods.expression(at), len(periods.all)), *coded.all(), *more]
    keys.append(_party(engine, facts, keys))
    joins = list(dict.fromkeys(join for key in coded.all() for join in key.joins))
    packs = pack(keys, "pack")
    sums = [[pack.sum(None)] for pack in packs]
    for number, dimension in enumerate(facts.dimensions):
        join, parts = _packed_dimension(engine, dimension, f"d{number}", packs)
        joins.append(join)
        for found, part in zip(sums, parts, strict=True):
            found.append(part)
    joins += dict.fromkeys(join for key in more for join in key.joins)
    volume = "f.bytes" if "bytes" in facts.columns else "NULL::BIGINT"
    packed = ", ".join(f"{' + '.join(found)} AS {pack.column}" for pack, found in zip(packs, sums, strict=True))
    names = ", ".join(pack.column for pack in packs)
    unpacked = ", ".join(part for pack in packs for part in pack.unpacked())
    engine.gather(
        table,
        f"SELECT {unpacked}, n, bytes, measured, first, last, ref_even, ref_odd FROM ("
        f"SELECT {names}, count(*) AS n, sum(volume)::BIGINT AS bytes, count(volume) AS measured, "
        "min(moment) AS first, max(moment) AS last, "
        "min(ref) FILTER (ref % 2 = 0) AS ref_even, min(ref) FILTER (ref % 2 = 1) AS ref_odd FROM ("
        f"SELECT {packed}, {at} AS moment, {volume} AS volume, {REF} AS ref "
        f"FROM ({facts.relation}) f {' '.join(joins)} {coded.not_moot()}) GROUP BY {names})",
    )


def _packed_dimension(
    engine: Engine, dimension: Dimension, alias: str, packs: Sequence[Packed]
) -> tuple[str, list[str]]:
    """Add up what the dimension alone decides: the join of facts with the sums, and the part each pack gets from it.

    The joined table has the codes that facts still need. What is the same for all facts needs no join.
    """
    reading = [key for pack in packs for key in pack.keys if key.home is None]
    needed = {column for key in reading for home, column in key.reads if home == alias}
    sums = [pack.sum(alias) for pack in packs]
    if not dimension.keys and not needed:
        (values,) = engine.rows(f"SELECT {', '.join(sums)} FROM {dimension.table}_coded {alias}")
        return "", list(map(str, values))
    columns = [
        *(quote(f"key_{key}") for key, _ in dimension.keys),
        *sorted(needed),
        *(f"{total} AS {pack.column}" for total, pack in zip(sums, packs, strict=True)),
    ]
    table = f"{dimension.table}_packed"
    engine.table(f"{table}", f"SELECT {', '.join(columns)} FROM {dimension.table}_coded {alias}")
    return dimension.join("f", alias, table), [f"{alias}.{pack.column}" for pack in packs]


def _party(engine: Engine, facts: Facts, keys: Sequence[Key]) -> Key:
    """The party at the far end: its label, else the kind's party attribute."""
    for number, dimension in enumerate(facts.dimensions):
        if dimension.label:
            labels = engine.value(f"SELECT count(*) FROM {dimension.table}_labels")
            return Key("party", f"coalesce(d{number}.label_code, 0)", labels + 1, f"d{number}")
    attribute = facts.kind.facets.party
    same = next((key for key in keys if attribute and key.name == key_name(attribute)), None)
    return replace(same, name="party") if same else Key("party", "0", 1)
