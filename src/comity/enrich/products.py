"""Products: what evidence and profile say of one product put together, declared held against observed.

An SBOM names a product, a scanner finds what it can do, captures show whom it talks to, the profile says what its maker
declares. Together they are one fact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from comity.engine.duckdb import Engine, quote
from comity.enrich.dimension import Dimension
from comity.enrich.flows import host_matches
from comity.enrich.named import file_matches
from comity.evidence.base import FactTables
from comity.profile import Product, Profile
from comity.vocabulary import PRODUCT, Type

T = TypeVar("T")

_TABLE = "products"

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
    A merged fact stands where capabilities were found, else where the product was first told of.
    """
    named = [
        (number, product.name)
        for number, path in files.items()
        for product in profile.products
        if any(file_matches(path, pattern) for pattern in product.captures)
    ]
    engine.create("product_files", {"file": "INTEGER", "captured": "VARCHAR"}, dict(named).items())
    given = engine.columns(relation)
    name, version, found = (quote(c) if c in given else "NULL::VARCHAR" for c in ("name", "version", "capabilities"))
    engine.run(
        "CREATE OR REPLACE TABLE product_facts AS SELECT *, coalesce(version_given, CASE WHEN min(version_given) "
        "OVER told = max(version_given) OVER told THEN min(version_given) OVER told END) AS version_told, "
        f"row_number() OVER (ORDER BY found IS NULL, file = {promised}, file, position) AS nearness FROM ("
        f"SELECT f.*, coalesce({name}, p.captured) AS name_told, {version} AS version_given, {found} AS found "
        f"FROM ({relation}) f LEFT JOIN product_files p USING (file)) "
        "WINDOW told AS (PARTITION BY name_told, CASE WHEN name_told IS NULL THEN (file, position) END) "
        f"QUALIFY file <> {promised} OR NOT coalesce(bool_or(file <> {promised}) OVER told, false)"
    )
    merged = ", ".join(_merged(column, given) for column in given if column not in ("name", "version", "product"))
    engine.run(
        f"CREATE OR REPLACE TABLE {_TABLE} AS SELECT name_told AS name, version_told AS version, name_told AS product, "
        f"{merged} FROM product_facts "
        "GROUP BY name_told, version_told, CASE WHEN name_told IS NULL THEN nearness END"
    )
    return f"SELECT * FROM {_TABLE}"


def _merged(column: str, given: Mapping[str, str]) -> str:
    """What several facts of one product say of one attribute: lists are put together, of others the nearest counts."""
    name = quote(column)
    if column in PRODUCT.by_name and PRODUCT.by_name[column].type.is_list:
        return f"list_sort(list_distinct(flatten(list({name}) FILTER ({name} IS NOT NULL)))) AS {name}"
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
