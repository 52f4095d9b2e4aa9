"""Stores: what a resource that holds data says of itself.

`stores.csv` has a row per type; adding a type is adding a row. Its columns hold attributes (dotted paths,
alternatives parted by ``|``) and conditions (``attribute=value/value``, or an attribute that is not empty):

    service     the prefix of actions and roles that permissions on it are written with
    names       how policies write it, where it has no ARN of its own; ``{attribute}`` is filled in
    places      where it stands, in place of the attributes that all resources share
    replicas    regions of its copies; `location` where the name of its own region says all of it
    paired      when it is copied to the region that its own is paired with
    copy_of     what it is a copy of
    encrypted   `always` where the service encrypts whatever it stores, else when it does
    keys        keys that the customer chose, or their region
    open        when it is open to everyone;  closed  when it is not
"""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comity.evidence.terraform.copies import Copy
from comity.evidence.terraform.document import Resource, find
from comity.evidence.terraform.places import Places, jurisdictions, region_in_arn
from comity.evidence.terraform.references import References, of_type
from comity.evidence.terraform.regions import region

_TABLE = Path(__file__).parent / "stores.csv"


#: Resources that say how another encrypts: attribute that leads to the store, condition, keys.
_ENCRYPTION = {
    "aws_s3_bucket_server_side_encryption_configuration": (
        "bucket",
        "rule.apply_server_side_encryption_by_default.sse_algorithm=AES256/aws:kms/aws:kms:dsse",
        "rule.apply_server_side_encryption_by_default.kms_master_key_id",
    ),
    "azurerm_storage_account_customer_managed_key": ("storage_account_id", "storage_account_id", "key_vault_id"),
    "alicloud_oss_bucket_server_side_encryption": (
        "bucket",
        "sse_algorithm=AES256/KMS/SM4",
        "kms_master_key_id",
    ),
}

#: Keys that the provider makes and holds for its customer.
_PROVIDERS_OWN = re.compile(r"^(alias/|.*:alias/)?(aws|acs)/|^Default Service CMK$|^SecretsManager$", re.IGNORECASE)

_VAULT = re.compile(r"https://[\w.-]*vault[\w.-]*/", re.IGNORECASE)
_LOCATION = re.compile(r"/locations/([\w-]+)/")


@dataclass(frozen=True)
class StoreType:
    """A row of the table."""

    type: str
    service: str
    names: str
    places: str
    replicas: str
    paired: str
    copy_of: str
    encrypted: str
    keys: str
    open: str
    closed: str


@functools.cache
def store_types() -> dict[str, StoreType]:
    """The table, by type."""
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return {row["type"]: StoreType(**row) for row in csv.DictReader(file)}


def holds(resource: Resource, condition: str) -> bool | None:
    """Whether a condition holds; None where the file does not show it."""
    answers = [_holds(resource, one) for one in condition.split("|") if one]
    if any(answers):
        return True
    return False if answers and None not in answers else None


def _holds(resource: Resource, condition: str) -> bool | None:
    path, equal, values = condition.partition("=")
    found = [_word(value) for value in find(resource.values, path) if value != ""]
    if not equal:
        return bool(found) or None
    if not found:
        return None
    wanted = {value.lower() for value in values.split("/")} if "/0" not in values else {values}
    return any(item in wanted for text in found for item in (text, *text.split(",")))


def _word(value: Any) -> str:
    return str(value).lower()


class Stores:
    """Reads stores; what other resources say of a store is joined to it."""

    def __init__(self, references: References, places: Places, resources: Iterable[Resource]) -> None:
        self._references, self._places = references, places
        types = store_types()
        self.all = {resource: types[resource.type] for resource in resources if resource.type in types}
        self._settings: dict[Resource, list[tuple[Resource, str, str]]] = {}
        for resource in resources:
            self._join(resource)

    def _join(self, resource: Resource) -> None:
        """Keep with a store what a resource of its own says of the store's encryption."""
        path, condition, keys = _ENCRYPTION.get(resource.type, ("", "", ""))
        for store in self._references.targets(resource, path, self.all.__contains__) if path else ():
            self._settings.setdefault(store, []).append((resource, condition, keys))

    def replicas(self, store: Resource, copies: Iterable[Copy]) -> list[str] | None:
        """Jurisdictions of copies; [] where the file shows that there are none elsewhere."""
        parts = [self._own_copies(store), self._pair(store), self._replicated(store)]
        arranged = [copy.region for copy in copies]
        known = [part for part in parts if part is not None]
        if arranged:
            found = jurisdictions(arranged)
            if found is None:
                return None
            known.append(found)
        return sorted({place for part in known for place in part}) if known else None

    def encrypted(self, store: Resource) -> bool | None:
        """Whether data is encrypted at rest."""
        row = self.all[store]
        if row.encrypted == "always" or self._keys(store):
            return True
        settings = [holds(resource, condition) for resource, condition, _ in self._settings.get(store, ())]
        return True if any(settings) else holds(store, row.encrypted)

    def keys_in(self, store: Resource) -> str | None:
        """The jurisdiction where keys that the customer chose are held; None where the provider's own are used."""
        found = {self._place_of_key(key, store.cloud) for key in self._keys(store)}
        return found.pop() if len(found) == 1 else None

    def _own_copies(self, store: Resource) -> list[str] | None:
        if self.all[store].replicas != "location":
            return None
        first, *others = self._places.regions(store) or [None]
        if first is None or None in others:
            return None
        return sorted({*first.copies, *(other.place for other in others if other)})

    def _pair(self, store: Resource) -> list[str] | None:
        paired = holds(store, self.all[store].paired)
        if not paired:
            return None if paired is None else []
        own = self._places.region(store)
        pair = region(store.cloud, own.pair) if own and own.pair else None
        return [pair.place] if pair else None

    def _replicated(self, store: Resource) -> list[str] | None:
        path = self.all[store].replicas
        names = self._references.constants(store, path) if path and path != "location" else []
        if names:
            own = self._places.region(store)
            found = [self._places.named(store.cloud, name) for name in names]
            return jurisdictions(item for item in found if item is None or item is not own)
        return [] if path and path != "location" and path.partition(".")[0] in store.values else None

    def _keys(self, store: Resource) -> list[Resource | str]:
        found = self._references.ends(store, self.all[store].keys, _is_key) if self.all[store].keys else []
        for resource, _, keys in self._settings.get(store, ()):
            found.extend(self._references.ends(resource, keys, _is_key))
        return [key for key in found if isinstance(key, Resource) or not _PROVIDERS_OWN.search(key)]

    def _place_of_key(self, key: Resource | str, cloud: str) -> str | None:
        if isinstance(key, Resource):
            return self._places.place(key)
        if vault := _VAULT.match(key):
            found = self._references.named(vault[0], of_type("azurerm_key_vault"))
            return self._places.place(found[0]) if found else None
        location = _LOCATION.search(key)
        known = region(cloud, region_in_arn(key) or (location[1] if location else key))
        return known.place if known else None


def _is_key(resource: Resource) -> bool:
    return "key" in resource.type or "kms" in resource.type or "disk_encryption_set" in resource.type
