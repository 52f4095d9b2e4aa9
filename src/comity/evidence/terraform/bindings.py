"""Permissions of Google Cloud and Azure: roles bound to principals on a store or on what holds many.

A role is read by its name: what it lets data do is `read`, `write` or both. Roles of which that is not known (custom
ones among them) are counted, and give no edge.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from comity.evidence.terraform.document import Resource, find, mapping, texts
from comity.evidence.terraform.edges import INTERNET, Node
from comity.evidence.terraform.iam import Permissions
from comity.evidence.terraform.places import Places
from comity.evidence.terraform.references import References
from comity.evidence.terraform.stores import StoreType

_READ, _WRITE = frozenset(("read",)), frozenset(("write",))
_BOTH = _READ | _WRITE

_IAM = re.compile(r"google_(?P<what>\w+)_iam_(?:member|binding|policy)")

#: Attributes by which a binding of Google names the resource that it is about.
_ABOUT = "bucket|dataset_id|topic|repository|secret_id|instance|instance_name|name"

_NO_DATA = re.compile(r"metadata|job|billing|monitor|insight|quota|filedownload", re.IGNORECASE)
_ROLES = (
    (re.compile(r"(admin|editor|owner|user|client)$", re.IGNORECASE), _BOTH),
    (re.compile(r"(viewer|reader|subscriber|accessor)$", re.IGNORECASE), _READ),
    (re.compile(r"(creator|writer|publisher)$", re.IGNORECASE), _WRITE),
)
_BASIC = {"roles/owner": _BOTH, "roles/editor": _BOTH}

#: Blocks of `google_bigquery_dataset` and `google_bigquery_dataset_access`, and what their roles let data do.
_DATASET_ROLES = {"READER": _READ, "WRITER": _BOTH, "OWNER": _BOTH}
_DATASET_MEMBERS = {
    "user_by_email": "user:", "group_by_email": "group:", "domain": "domain:", "iam_member": "", "special_group": "",
}  # fmt: skip

#: Access control lists of Google: role and entity.
_ACL_ROLES = {"READER": _READ, "WRITER": _BOTH, "OWNER": _BOTH}

#: Roles of Azure: a pattern of their name, the types that it is about, what it lets data do.
_AZURE_ROLES = (
    (re.compile(r"Owner|Contributor"), "azurerm_", _BOTH),
    (re.compile(r"Storage .*Data .*Reader"), "azurerm_storage_account", _READ),
    (re.compile(r"Storage .*(Contributor|Owner|Key Operator Service Role)"), "azurerm_storage_account", _BOTH),
    (re.compile(r"Storage Queue Data Message (Processor)"), "azurerm_storage_account", _READ),
    (re.compile(r"Storage Queue Data Message (Sender)"), "azurerm_storage_account", _WRITE),
    (re.compile(r"Key Vault Secrets User"), "azurerm_key_vault", _READ),
    (re.compile(r"Key Vault (Administrator|Secrets Officer)"), "azurerm_key_vault", _BOTH),
    (re.compile(r"(DocumentDB Account|Cosmos DB Operator|Azure Cosmos DB).*"), "azurerm_cosmosdb_account", _BOTH),
    (re.compile(r"Azure Event Hubs Data (Receiver)"), "azurerm_eventhub_namespace", _READ),
    (re.compile(r"Azure Event Hubs Data (Sender)"), "azurerm_eventhub_namespace", _WRITE),
    (re.compile(r"Azure Event Hubs Data (Owner)"), "azurerm_eventhub_namespace", _BOTH),
    (re.compile(r"Azure Service Bus Data (Receiver)"), "azurerm_servicebus_namespace", _READ),
    (re.compile(r"Azure Service Bus Data (Sender)"), "azurerm_servicebus_namespace", _WRITE),
    (re.compile(r"Azure Service Bus Data (Owner)"), "azurerm_servicebus_namespace", _BOTH),
    (re.compile(r"AcrPull"), "azurerm_container_registry", _READ),
    (re.compile(r"AcrPush"), "azurerm_container_registry", _BOTH),
    (re.compile(r"App Configuration Data Reader"), "azurerm_app_configuration", _READ),
    (re.compile(r"App Configuration Data Owner"), "azurerm_app_configuration", _BOTH),
    (re.compile(r"Search Index Data Reader"), "azurerm_search_service", _READ),
    (re.compile(r"Search Index Data Contributor"), "azurerm_search_service", _BOTH),
    (re.compile(r"SQL (DB|Managed Instance|Server) Contributor"), "azurerm_mssql_", _BOTH),
    (re.compile(r"Log Analytics Reader"), "azurerm_log_analytics_workspace", _READ),
    (re.compile(r"Log Analytics Contributor"), "azurerm_log_analytics_workspace", _BOTH),
)


class Bindings:
    """Reads role bindings; ``unread`` counts those whose role or principals are not known."""

    def __init__(
        self, permissions: Permissions, references: References, places: Places, stores: dict[Resource, StoreType]
    ) -> None:
        self._permissions, self._references, self._places, self._stores = permissions, references, places, stores
        self.unread: Counter[str] = Counter()

    def read(self, resources: Iterable[Resource]) -> None:
        """Go through all resources."""
        for resource in resources:
            if found := _IAM.fullmatch(resource.type):
                self._bound(resource, found["what"])
            elif resource.type in ("google_bigquery_dataset", "google_bigquery_dataset_access"):
                self._dataset(resource)
            elif resource.type in ("google_storage_bucket_acl", "google_storage_default_object_acl"):
                self._acl(resource)
            elif resource.type == "azurerm_role_assignment":
                self._assigned(resource)
            elif resource.type == "azurerm_key_vault_access_policy":
                self._vault(resource)

    def _bound(self, resource: Resource, what: str) -> None:
        """A `google_…_iam_member`, `_binding` or `_policy`."""
        whole = what in ("project", "folder", "organization")
        stores = (
            [store for store in self._stores if store.cloud == "google" and self._places.same_account(store, resource)]
            if what == "project"
            else self._references.targets(resource, _ABOUT, lambda t: t in self._stores and t.type == f"google_{what}")
        )
        for role, members, conditional in self._roles(resource):
            service = role.rpartition("/")[2].partition(".")[0]
            ways = _google(role)
            if not ways:
                continue
            for store in stores:
                if not whole or role in _BASIC or self._stores[store].service == service:
                    self._grant(resource, members, store, ways, conditional)
        if resource.type.endswith("_policy"):
            self._permissions.shown.update(stores)

    def _roles(self, resource: Resource) -> Iterator[tuple[str, list[Node], bool]]:
        """Role, members, whether under a condition."""
        conditional = bool(find(resource.values, "condition"))
        for role in self._references.constants(resource, "role"):
            names = self._references.ends(resource, "member|members", lambda t: t.type == "google_service_account")
            yield role, list(names), conditional
        for text in texts(resource.values, "policy_data"):
            for entry in find(_parsed(text), "bindings"):
                for role in texts(entry, "role"):
                    yield role, list(texts(entry, "members")), bool(find(entry, "condition"))

    def _dataset(self, resource: Resource) -> None:
        inline = resource.type == "google_bigquery_dataset"
        stores = [resource] if inline else self._references.targets(resource, "dataset_id", self._stores.__contains__)
        for entry in find(resource.values, "access") if inline else [resource.values]:
            ways = _DATASET_ROLES.get(str(mapping(entry).get("role"))) or _google(str(mapping(entry).get("role")))
            for key, prefix in _DATASET_MEMBERS.items():
                for name in texts(entry, key):
                    if not name.startswith("project"):  # `projectOwners` and the like are the account itself
                        for store in stores:
                            self._grant(resource, [prefix + name], store, ways, False)

    def _acl(self, resource: Resource) -> None:
        for store in self._references.targets(resource, "bucket", self._stores.__contains__):
            for entry in texts(resource.values, "role_entity"):
                role, _, entity = entry.partition(":")
                if not entity.startswith("project-"):
                    self._grant(resource, [entity.replace("-", ":", 1)], store, _ACL_ROLES.get(role.upper()), False)
            if any(text.startswith("publicRead") for text in texts(resource.values, "predefined_acl")):
                self._grant(resource, ["allUsers"], store, _READ, False)

    def _grant(
        self, resource: Resource, members: list[Node], store: Resource, ways: frozenset[str] | None, conditional: bool
    ) -> None:
        for member in members:
            nodes = [member] if isinstance(member, Resource) else self._permissions.principal(member, resource)
            for node in nodes:
                if ways and not (node == INTERNET and conditional):
                    self._permissions.grant(resource, node, store, ways, ())

    def _assigned(self, resource: Resource) -> None:
        """A role of Azure on a store, a resource group or a subscription."""
        names = self._references.constants(resource, "role_definition_name")
        principals = self._references.ends(resource, "principal_id", _is_principal)
        if not names or not principals:
            self.unread["azurerm_role_assignment"] += 1
            return
        for store in self._in_scope(resource):
            for ways in (ways for pattern, kind, ways in _AZURE_ROLES if pattern.fullmatch(names[0])
                         and store.type.startswith(kind)):  # fmt: skip
                self._grant(resource, list(principals), store, ways, False)

    def _in_scope(self, resource: Resource) -> list[Resource]:
        stores = [store for store in self._stores if store.cloud == "azurerm"]
        scopes = [scope.lower().rstrip("/") for scope in self._references.constants(resource, "scope")]
        named = [s for s in stores for scope in scopes if f"{(s.text('id') or '').lower()}/".startswith(f"{scope}/")]
        direct = self._references.targets(resource, "scope", self._stores.__contains__)
        groups = self._references.targets(resource, "scope", lambda t: t.type == "azurerm_resource_group")
        in_groups = [
            store
            for store in stores
            if groups and self._references.targets(store, "resource_group_name", groups.__contains__)
        ]
        return list(dict.fromkeys([*named, *direct, *in_groups]))

    def _vault(self, resource: Resource) -> None:
        allowed = {text.lower() for text in texts(resource.values, "secret_permissions")}
        ways = frozenset(way for way, name in (("read", "get"), ("write", "set")) if name in allowed)
        principals = list(self._references.ends(resource, "object_id", _is_principal))
        for store in self._references.targets(resource, "key_vault_id", self._stores.__contains__):
            self._grant(resource, principals, store, ways, False)


def _is_principal(resource: Resource) -> bool:
    return resource.cloud.startswith("azure") and not resource.type.endswith(("_assignment", "_policy"))


def _google(role: str) -> frozenset[str] | None:
    """What a role of Google lets data do; None where its name does not tell."""
    name = role.rpartition("/")[2].partition(".")[2]
    if not role.startswith("roles/") or not name:
        return _BASIC.get(role)
    if _NO_DATA.search(name):
        return None
    return next((ways for pattern, ways in _ROLES if pattern.search(name)), None)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
