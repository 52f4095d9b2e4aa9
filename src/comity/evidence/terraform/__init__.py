"""Terraform: plans and states as `terraform show -json` writes them, and stored state files of version 4.

https://developer.hashicorp.com/terraform/internals/json-format. Read are resources of AWS, Google Cloud, Azure, Alibaba
Cloud, Tencent Cloud and Huawei Cloud:

    store   one for each resource that holds data (`stores.csv`)
    path    one for each step that data could take: by the network, by a permission (`iam`), by replication

Nothing here has happened: a plan says what may be, and a permission that it may be used. Values of attributes are never
kept, but for the regions, names and ranges of addresses that facts are made of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from comity.evidence._documents import load_json, top_keys
from comity.evidence.base import EvidenceFile, FactTables, Head, Reading
from comity.evidence.terraform.bindings import Bindings
from comity.evidence.terraform.copies import Copies, copies
from comity.evidence.terraform.document import CLOUDS, Document, document
from comity.evidence.terraform.edges import MOST, Edge, Graph, address
from comity.evidence.terraform.exposure import Exposure
from comity.evidence.terraform.firewalls import AzureFirewalls, GoogleFirewalls
from comity.evidence.terraform.iam import Permissions
from comity.evidence.terraform.network import FAR_REGION, Network
from comity.evidence.terraform.places import Places
from comity.evidence.terraform.references import References
from comity.evidence.terraform.stores import Stores, store_types

NAME = "terraform"
TITLE = "Terraform plan or state (JSON of `terraform show`, terraform.tfstate)"

_STORE = ("name", "place", "replicas", "operator.name", "encrypted", "keys_in", "public")
_PATH = ("from", "to", "start", "end", "through", "by")
SUPPLIES = {"store": frozenset(_STORE), "path": frozenset(_PATH)}

#: Keys of the outermost object, one of which tells a document of `terraform show` from others with a `format_version`.
_SHOWN = frozenset(("planned_values", "values", "prior_state", "resource_changes", "terraform_version"))
_STORED = frozenset(("version", "terraform_version", "serial", "lineage"))

#: Names of types end like this where they may hold data.
_DATA_LIKE = (
    "_bucket _database _db_instance _disk _volume _snapshot _queue _stream _table _file_system _filesystem _datastore "
    "_warehouse _registry _repository _cache _vault _datalake _keyspace _collection _share _storage _dataset _topic"
).split()

#: Types that are part of a store, and read with it.
_PARTS = frozenset(
    "azurerm_storage_container azurerm_storage_share azurerm_storage_queue azurerm_storage_table google_bigquery_table "
    "google_sql_database google_spanner_database google_bigtable_table alicloud_db_database alicloud_ots_table "
    "azurerm_postgresql_flexible_server_database azurerm_mysql_flexible_database tencentcloud_mysql_database".split()
)

_BATCH = 5_000


def recognise(head: Head) -> bool:
    """A plan or a state: by the keys of the outermost object."""
    keys = top_keys(head)
    if "format_version" in keys:
        return bool(keys & _SHOWN) or (keys == {"format_version"} and head.whole)
    # Sorted by another tool, a plan begins with its configuration, which may fill the head.
    sorted_plan = "configuration" in keys and b'"root_module"' in head.start and b'"provider_config"' in head.start
    return sorted_plan or keys >= _STORED


def where(position: int) -> str:
    """Which resource of the document, counted from 1."""
    return f"resource {position + 1}"


def read(file: EvidenceFile, tables: FactTables) -> Reading:
    """Read a plan or a state. Raises ``EvidenceError`` where it is broken, or of a version that is not known."""
    content = load_json(file)
    if not isinstance(content, Mapping):
        raise file.error(f"`{file.path}` is no plan and no state: its outermost value is not an object")
    _must_be_known(file, content)
    made = document(content)
    del content
    reading = Reading(NAME, read=len(made.resources))
    for position, name in made.unread:
        reading.skip(where(max(position, 0)), f"`{name}` has no attributes that can be read")
    _Reader(made).write(file, tables, reading)
    return reading


def _must_be_known(file: EvidenceFile, content: Mapping[str, Any]) -> None:
    if "format_version" in content:
        version = str(content["format_version"])
        if version.partition(".")[0] not in ("0", "1"):
            raise file.error(
                f"`{file.path}` has format_version `{version[:20]}`; known are 0 and 1",
                help="write it with an older Terraform",
            )
    elif content.get("version") != 4:
        raise file.error(
            f"`{file.path}` is a state of version `{str(content.get('version'))[:20]}`; read is version 4",
            help="`terraform show -json` writes any state so that it can be read",
        )


class _Reader:
    """Puts the parts together: stores, copies, permissions, the network."""

    def __init__(self, made: Document) -> None:
        self._document = made
        self._references = References(made)
        special = {row.type: row.places for row in store_types().values() if row.places}
        self._places = Places(made, self._references, special)
        self._stores = Stores(self._references, self._places, made.resources)
        self._graph = Graph()
        self._network = Network(self._graph, self._references)
        stores = self._stores.all
        self._permissions = Permissions(self._graph, self._references, self._places, stores)
        self._bindings = Bindings(self._permissions, self._references, self._places, stores)
        self._exposure = Exposure(self._references, self._permissions, stores, self._network.guarded)
        copied = {store: row.copy_of for store, row in stores.items()}
        self._copies = copies(made.resources, copied, self._references, self._places)
        for part in (
            self._network,
            GoogleFirewalls(self._graph, self._references, self._network),
            AzureFirewalls(self._graph, self._references, self._network),
            self._permissions,
            self._bindings,
            self._exposure,
        ):
            part.read(made.resources)
        _replicate(self._graph, self._copies)
        self._graph.close()

    def write(self, file: EvidenceFile, tables: FactTables, reading: Reading) -> None:
        """Add the facts to the tables, and what the user should know to the reading."""
        _append(tables, "store", _STORE, ((*row, file.number) for row in self._store_rows()))
        if self._graph.full:
            reading.skip("the file", f"it shows more than {MOST:,} steps that data could take: none of them is read")
        else:
            _append(tables, "path", _PATH, ((*row, file.number) for row in map(self._path_row, self._graph)))
        reading.notes.extend(self._notes())

    def _store_rows(self) -> Iterator[tuple[Any, ...]]:
        for store in self._stores.all:
            yield (
                store.address,
                self._places.place(store),
                self._stores.replicas(store, self._copies.of.get(store, ())),
                self._places.operator(store),
                self._stores.encrypted(store),
                self._stores.keys_in(store),
                self._exposure.public(store),
                store.position,
            )

    def _path_row(self, edge: Edge) -> tuple[Any, ...]:
        places = [self._place_of(node) for node in (edge.start, edge.end)]
        return *places, address(edge.start), address(edge.end), list(edge.through), edge.by, edge.position

    def _place_of(self, node: Any) -> str | None:
        if not isinstance(node, str):
            return self._places.place(node)
        link = self._network.outside.get(node)
        names = self._references.constants(link, FAR_REGION) if link else []
        region = self._places.named(link.cloud, names[0]) if link and names else None
        return region.place if region else None

    def _notes(self) -> Iterator[str]:
        types = Counter(resource.type for resource in self._document.resources)
        others = {kind: n for kind, n in types.items() if kind not in store_types()}
        if others:
            yield f"resources of types that hold no data or are not known: {sum(others.values())}"
        if parts := {kind: n for kind, n in others.items() if kind in _PARTS}:
            yield f"parts of stores, which have no fact of their own: {_listed(parts)}"
        unknown = {k: n for k, n in others.items() if k.endswith(tuple(_DATA_LIKE)) and k not in _PARTS}
        if unknown:
            yield f"types that may hold data and are not read as stores: {_listed(unknown)}"
        foreign = {resource.cloud for resource in self._document.resources} - set(CLOUDS)
        if foreign:
            yield f"providers that are not read: {', '.join(sorted(foreign))}"
        if self._places.unknown:
            yield f"regions that are not known: {_listed(self._places.unknown)}"
        if self._permissions.policies.unread:
            yield f"policies whose text is known only after apply: {self._permissions.policies.unread}"
        if self._bindings.unread:
            yield f"permissions whose role or principal is not shown: {_listed(self._bindings.unread)}"
        if self._document.removed:
            yield f"resources that the plan destroys, not read: {self._document.removed}"


def _replicate(graph: Graph, found: Copies) -> None:
    """What is replicated moves from the store to its copy, where the file has both."""
    for copy in found:
        if copy.copy:
            graph.edge(copy.source, copy.copy, "network", [copy.via], copy.via.position)


def _append(tables: FactTables, kind: str, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    remaining = iter(rows)
    while batch := list(islice(remaining, _BATCH)):
        tables.append(kind, (*columns, "position", "file"), batch)


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))
