"""The facts of every kind with all that enrichment knows of them: what the judge is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from comity.categories import AND_MORE
from comity.engine.duckdb import Engine, literal, quote
from comity.enrich.barriers import barrier_dimensions
from comity.enrich.dimension import Dimension
from comity.enrich.flows import FlowEnrichment, content_dimension
from comity.enrich.named import NamedParties
from comity.enrich.places import Places
from comity.enrich.products import merge_products, product_dimension
from comity.evidence.base import FactTables
from comity.judge.scan import Facts
from comity.profile import Profile
from comity.vocabulary import KINDS

#: Whole days from one time of a record to another, by kind and attribute.
_FOLLOWING = {
    "advisory": {
        "days_to_tell": ("aware", "users_told"),
        "days_to_remedy": ("published", "remedy_available"),
    }
}

_DAY = 24 * 60 * 60 * 1_000_000


def enriched(
    engine: Engine, tables: FactTables, profile: Profile, places: Places, files: Mapping[int, str], promised: int
) -> Iterator[Facts]:
    """The facts of each kind, one kind after the other; ``promised`` is the number of the profile among the files."""
    seen: dict[str, set[str]] = {}
    for name in tables.kinds():
        alike = tables.alike(name) if name == "flow" else None
        relation = alike or _following(engine, name, tables.relation(name))
        if name == "product":
            relation = merge_products(engine, relation, profile, files, promised)
        named = NamedParties(engine, profile, files)
        if name != "flow":
            relation = named.named_alike(KINDS[name], relation, engine.columns(relation))
        columns = engine.columns(relation)
        ends = (
            FlowEnrichment(engine, profile, places, files).dimensions(relation, columns)
            if name == "flow"
            else named.dimensions(KINDS[name], relation, columns)
        )
        relation = _closed(engine, Facts(KINDS[name], relation, columns, ends))
        dimensions: tuple[Dimension, ...] = (*content_dimension(engine, relation, columns), *ends)
        if name == "product":
            dimensions += (product_dimension(engine, relation, profile, seen),)
        dimensions += barrier_dimensions(engine, profile, name, relation, columns, files)
        facts = Facts(KINDS[name], relation, columns, dimensions)
        if alike:
            facts = _spread(engine, facts, tables.relation(name))
        if name == "flow" and profile.products:
            seen = _contacted(engine, facts)
        yield facts


def _spread(engine: Engine, alike: Facts, relation: str) -> Facts:
    """Facts of which everything is known of what rows share: that becomes a dimension of them, the only one.

    A row of facts then costs one look-up, however many attributes it has and however long their lists are.
    """
    known = [attribute.name for attribute in alike.kind.attributes if alike.sources(attribute.name)]
    label = alike.label()
    listing = [f"{alike.value(name)} AS {quote(name)}" for name in known] + [f"{label} AS label"] * bool(label)
    table = f"alike_{alike.kind.name}"
    engine.table(table, f"SELECT f.alike AS key_alike, {', '.join(listing)} FROM ({alike.relation}) f {alike.joins()}")
    types = engine.columns(relation)
    dimension = Dimension(table, (("alike", types["alike"]),), tuple(known), bool(label))
    own = {name: type for name, type in types.items() if name not in alike.columns}
    return Facts(alike.kind, relation, own, (dimension,))


def _closed(engine: Engine, facts: Facts) -> str:
    """The facts, as SQL; where the profile says what data there is, that closes lists which detectors left open."""
    declared = [f"{source.alias}.{quote(source.column)}" for source in facts.sources("data") if source.alias != "f"]
    still_open = f"list_contains(f.data, {literal(AND_MORE)})"
    if (
        "data" not in facts.columns
        or not declared
        or not engine.value(f"SELECT 1 FROM ({facts.relation}) f WHERE {still_open} LIMIT 1")
    ):
        return facts.relation
    said = f"coalesce({', '.join(declared)})"
    found = f"list_filter(f.data, lambda x: x <> {literal(AND_MORE)})"
    both = f"list_sort(list_distinct(list_concat({found}, {said})))"
    engine.table(
        f"closed_{facts.kind.name}",
        f"SELECT f.* REPLACE (CASE WHEN {still_open} AND {said} IS NOT NULL THEN {both} ELSE f.data END AS data) "
        f"FROM ({facts.relation}) f {facts.joins()}",
    )
    return f"SELECT * FROM closed_{facts.kind.name}"


def _following(engine: Engine, kind: str, relation: str) -> str:
    """The facts with the attributes that follow from others of the same record."""
    given = engine.columns(relation)
    whole_days = {
        name: f'(epoch_us("{end}") - epoch_us("{start}")) // {_DAY}'
        for name, (start, end) in _FOLLOWING.get(kind, {}).items()
        if start in given and end in given and name not in given
    }
    if not whole_days:
        return relation
    return f"SELECT *, {', '.join(f'{sql} AS {name}' for name, sql in whole_days.items())} FROM ({relation})"


def _contacted(engine: Engine, flows: Facts) -> dict[str, set[str]]:
    """Product → the host names that it was seen to contact: flows that were not blocked."""
    found: dict[str, set[str]] = {}
    product, host, blocked = (flows.value(name) for name in ("product", "host", "blocked"))
    query = (
        f"SELECT DISTINCT {product} AS product, {host} AS host FROM ({flows.relation}) f {flows.joins()} "
        f"WHERE NOT {blocked} AND {product} <> '' AND {host} <> ''"
    )
    for product, host in engine.rows(query):
        found.setdefault(product, set()).add(host)
    return found
