"""Products: what evidence and profile say of one product put together, declared held against observed.

An SBOM names a product, a scanner finds what it can do, captures show whom it talks to, the profile says what its maker
declares. Together they are one fact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from comity.engine.duckdb import Engine, literal, quote
from comity.enrich.dimension import Dimension
from comity.enrich.flows import host_matches
from comity.enrich.named import file_matches
from comity.evidence.base import REF, FactTables
from comity.profile import Product, Profile
from comity.vocabulary import CAPABILITIES, PRODUCT, Type

T = TypeVar("T")

_TABLE = "products"

#: What tells of a search for capabilities, with SQL types.
_SEARCH = {"capabilities": "VARCHAR[]", "sought": "VARCHAR[]", "searched": "BOOLEAN"}

#: Whether every capability was looked for, as SQL.
_EVERY = f"list_has_all(sought, [{', '.join(literal(code) for code in sorted(CAPABILITIES))}])"

#: What the profile says of a product, with SQL types.
_DECLARED = {
    "declared_endpoints": "VARCHAR[]",
    "declared_capabilities": "VARCHAR[]",
    "exportable": "BOOLEAN",
    "forced_upgrade": "BOOLEAN",
    "security_upgrade": "BOOLEAN",
    "practices": "VARCHAR[]",
    "stores": "VARCHAR[]",
    "preinstalled_by": "VARCHAR[]",
}


def merge_products(engine: Engine, relation: str, profile: Profile, files: Mapping[int, str], promised: int) -> str:
    """A query for one fact per product: name and version, what any source says of it.

    A fact without a name gets that of the product whose ``captures`` its file is; one without a version is told of the
    only version there is. ``promised`` is the number of the profile among the files: its facts give way to evidence.
    A merged fact stands where capabilities were found, else where the product was first told of; ``places`` are all
    the places (``REF``) that tell of it, the profile's among them.
    """
    named = [
        (number, product.name)
        for number, path in files.items()
        for product in profile.products
        if any(file_matches(path, pattern) for pattern in product.captures)
    ]
    engine.create("product_files", {"file": "INTEGER", "captured": "VARCHAR"}, dict(named).items())
    relation = told_of_search(engine, relation)
    given = engine.columns(relation)
    name, version, found = (quote(c) if c in given else "NULL::VARCHAR" for c in ("name", "version", "capabilities"))
    alike = "PARTITION BY name_told, CASE WHEN name_told IS NULL THEN place END"
    engine.table(
        "product_facts",
        "SELECT *, coalesce(version_given, CASE WHEN min(version_given) "
        "OVER told = max(version_given) OVER told THEN min(version_given) OVER told END) AS version_told, "
        f"row_number() OVER ({alike} ORDER BY found IS NULL, file = {promised}, file, position) AS nearness, "
        f"max(place) FILTER (file = {promised}) OVER told AS promise FROM ("
        f"SELECT f.*, coalesce({name}, p.captured) AS name_told, {version} AS version_given, {found} AS found, "
        f"{REF} AS place FROM ({relation}) f LEFT JOIN product_files p USING (file)) "
        f"WINDOW told AS ({alike}) "
        f"QUALIFY file <> {promised} OR NOT coalesce(bool_or(file <> {promised}) OVER told, false)",
    )
    merged = ", ".join(_merged(column) for column in given if column not in ("name", "version", "product"))
    engine.table(
        _TABLE,
        f"SELECT name_told AS name, version_told AS version, name_told AS product, "
        f"{merged}, list_distinct(list(place ORDER BY nearness) || list(promise)) AS places "
        "FROM product_facts "
        "GROUP BY name_told, version_told, CASE WHEN name_told IS NULL THEN place END, "
        "CASE WHEN name_told IS NULL THEN nearness END",
    )
    return f"SELECT * REPLACE ({_put_together()}) FROM {_TABLE}"


def told_of_search(engine: Engine, relation: str) -> str:
    """Each fact with what it tells of the search: all three columns, whatever it has (`derived_from_search`)."""
    given = engine.columns(relation)
    missing = [f"NULL::{kind} AS {name}" for name, kind in _SEARCH.items() if name not in given]
    told = f"SELECT {', '.join(['*', *missing])} FROM ({relation})"
    from_search = f"CASE WHEN sought IS NULL THEN capabilities IS NOT NULL ELSE {_EVERY} END"
    return f"SELECT * REPLACE (coalesce(searched, nullif({from_search}, false)) AS searched) FROM ({told})"


def _put_together() -> str:
    """Of a merged product: several scanners may look for everything together; then what none found is not there."""
    searched = f"coalesce(searched, nullif({_EVERY}, false))"
    return f"{searched} AS searched, coalesce(capabilities, CASE WHEN {searched} THEN [] END) AS capabilities"


def _merged(column: str) -> str:
    """What several facts of one product say of one attribute: lists are put together, of others the nearest counts."""
    name = quote(column)
    if column in PRODUCT.by_name and PRODUCT.by_name[column].type.is_list:
        return f"list_sort(list_distinct(flatten(list({name}) FILTER ({name} IS NOT NULL)))) AS {name}"
    if column == "searched":
        return f"nullif(bool_or({name}), false) AS {name}"
    if column in PRODUCT.by_name and PRODUCT.by_name[column].type is Type.TIME:
        return f"max({name}) AS {name}"
    return f"arg_min({name}, nearness) FILTER ({name} IS NOT NULL) AS {name}"


def product_dimension(engine: Engine, relation: str, profile: Profile, contacted: Mapping[str, set[str]]) -> Dimension:
    """What the profile declares of products by name, and which endpoints were seen that it does not declare.

    Without a list of declared endpoints, or without a flow of the product to a host, the last is not known.
    """
    columns = {**_DECLARED, "undeclared_endpoints": "VARCHAR[]"}
    dimension = Dimension("product_profile", (("name", "VARCHAR"),), tuple(columns))
    by_name = {product.name: product for product in profile.products}
    rows = []
    for (name,) in engine.rows(f"{dimension.distinct(relation)} ORDER BY ALL"):
        product = by_name.get(name, Product())
        rows.append((name, *_declared(product, profile.complete), undeclared(product, contacted.get(name, ()))))
    engine.create(dimension.table, {"key_name": "VARCHAR", **columns}, rows)
    return dimension


def _declared(product: Product, complete: bool) -> Iterable[Any]:
    for name, kind in _DECLARED.items():
        value = getattr(product, name)
        if isinstance(value, tuple):
            yield sorted(value)
        else:
            yield [] if value is None and complete and kind.endswith("[]") else value


def undeclared(product: Product, hosts: Iterable[str]) -> list[str] | None:
    """The hosts that a product's maker did not declare; None where nothing is declared, or nothing was seen."""
    seen, declared = set(hosts), product.declared_endpoints
    if declared is None or not seen:
        return None
    return sorted(host for host in seen if not any(host_matches(host, pattern) for pattern in declared))


def add_promises(tables: FactTables, profile: Profile, number: int) -> int:
    """Add the profile's own facts, the products it names and the suppliers that its policy excludes; how many they are.

    They stand in the file of that number, at the line where their table begins.
    """
    products = [(number, line, product.name) for product, line in _with_lines(profile, "product", profile.products)]
    if products:
        tables.append("product", ("file", "position", "name"), products)
    excluded = [
        (number, line, supplier.name or supplier.match[0], True, _list(supplier.evidence), _list(supplier.grounds))
        for supplier, line in _with_lines(profile, "supplier", profile.suppliers)
        if supplier.excluded
    ]
    if excluded:
        tables.append("component", ("file", "position", "supplier.name", "excluded", "evidence", "grounds"), excluded)
    return len(products) + len(excluded)


def _with_lines(profile: Profile, table: str, entries: Sequence[T]) -> Iterable[tuple[T, int]]:
    """Each entry and the line on which it begins; in a profile that is no file, its number."""
    return zip(entries, profile.lines.get(table) or range(1, 1 + len(entries)), strict=True)


def _list(values: tuple[str, ...] | None) -> list[str] | None:
    return None if values is None else sorted(values)
