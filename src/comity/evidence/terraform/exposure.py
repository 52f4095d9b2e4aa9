"""Whether a store is open to everyone.

A bucket has two doors, its access control list and its policy. It is open when one of them is shown open, and closed
when both are shown closed or a block closes them. What else holds data is open when its type's row in
`stores.csv` says so, when a permission names everyone, or when its firewall admits every address.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from comity.evidence.terraform.document import Resource, find, texts
from comity.evidence.terraform.iam import Permissions
from comity.evidence.terraform.references import References
from comity.evidence.terraform.stores import StoreType, holds

_BUCKETS = ("aws_s3_bucket", "alicloud_oss_bucket", "tencentcloud_cos_bucket", "huaweicloud_obs_bucket")

_OPEN_ACLS = frozenset(("public-read", "public-read-write", "authenticated-read", "public-read-delivered"))
_CLOSED_ACLS = frozenset(("private", "bucket-owner-full-control", "bucket-owner-read", "log-delivery-write"))

_EVERYONE = ("/groups/global/allusers", "/groups/global/authenticatedusers", "everyone")


class _Said(NamedTuple):
    """What a type says of a bucket: the attribute that leads to it, and conditions on the doors."""

    bucket: str
    acl: str = ""
    grants: str = ""
    no_acl: str = ""
    no_policy: str = ""


#: Resources that open or close the doors of a bucket.
_SAID = {
    "aws_s3_bucket": _Said("", "acl", "grant.uri"),
    "aws_s3_bucket_acl": _Said("bucket", "acl", "access_control_policy.grant.grantee.uri"),
    "aws_s3_bucket_ownership_controls": _Said("bucket", no_acl="rule.object_ownership=BucketOwnerEnforced"),
    "aws_s3_bucket_public_access_block": _Said(
        "bucket", no_acl="ignore_public_acls=true", no_policy="restrict_public_buckets=true"
    ),
    "alicloud_oss_bucket": _Said("", "acl"),
    "alicloud_oss_bucket_acl": _Said("bucket", "acl"),
    "alicloud_oss_bucket_public_access_block": _Said(
        "bucket", no_acl="block_public_access=true", no_policy="block_public_access=true"
    ),
    "tencentcloud_cos_bucket": _Said("", "acl"),
    "huaweicloud_obs_bucket": _Said("", "acl"),
    "huaweicloud_obs_bucket_acl": _Said("bucket", grants="public_permission.access_to_bucket"),
    "huaweicloud_obs_bucket_bpa": _Said(
        "bucket", no_acl="ignore_public_acls=true", no_policy="restrict_public_buckets=true"
    ),
}

#: Firewalls of databases: the attribute that leads to the server, and what admits every address.
_FIREWALLS = {
    "azurerm_mssql_firewall_rule": "server_id",
    "azurerm_sql_firewall_rule": "server_name",
    "azurerm_postgresql_firewall_rule": "server_name",
    "azurerm_postgresql_flexible_server_firewall_rule": "server_id",
    "azurerm_mysql_firewall_rule": "server_name",
    "azurerm_mysql_flexible_server_firewall_rule": "server_id",
    "azurerm_mariadb_firewall_rule": "server_name",
    "azurerm_cosmosdb_postgresql_firewall_rule": "cluster_id",
    "azurerm_redis_firewall_rule": "redis_cache_name",
}

#: Servers and clusters that say for what belongs to them whether it can be reached.
_FRONTS = {
    "aws_rds_cluster_instance": ("cluster_identifier", "publicly_accessible"),
    "aws_docdb_cluster_instance": ("cluster_identifier", "publicly_accessible"),
    "aws_neptune_cluster_instance": ("cluster_identifier", "publicly_accessible"),
    "aws_redshiftserverless_workgroup": ("namespace_name", "publicly_accessible"),
}


class Exposure:
    """Tells of stores whether they are open to everyone."""

    def __init__(
        self,
        references: References,
        permissions: Permissions,
        stores: dict[Resource, StoreType],
        guarded: Callable[[Resource], bool],
    ) -> None:
        """``guarded`` tells whether all groups of a store are shown, and none admits everyone."""
        self._references, self._permissions, self._stores = references, permissions, stores
        self._guarded = guarded
        self._said: dict[Resource, list[tuple[Resource, _Said]]] = defaultdict(list)
        self._opened: set[Resource] = set()
        self._fronts: dict[Resource, list[bool | None]] = defaultdict(list)

    def read(self, resources: Iterable[Resource]) -> None:
        """Go through all resources for what they say of stores."""
        for resource in resources:
            if said := _SAID.get(resource.type):
                for bucket in self._about(resource, said.bucket):
                    self._said[bucket].append((resource, said))
            elif resource.type in _FIREWALLS and _admits_all(resource):
                self._opened.update(self._references.targets(resource, _FIREWALLS[resource.type], _any))
            elif resource.type in _FRONTS:
                path, attribute = _FRONTS[resource.type]
                for store in self._about(resource, path):
                    self._fronts[store].append(holds(resource, f"{attribute}=true"))
            elif resource.type == "azurerm_storage_container":
                path = "storage_account_id|storage_account_name"
                if holds(resource, "container_access_type=blob/container"):
                    self._opened.update(self._about(resource, path))

    def public(self, store: Resource) -> bool | None:
        """Whether a store is open to everyone; None where the file does not show it."""
        if store.type in _BUCKETS:
            return self._bucket(store)
        row = self._stores[store]
        if holds(store, row.closed) or _prevented(store):
            return False
        servers = self._references.targets(store, "server_id|server_name", lambda t: t.type.endswith("_server"))
        if any(holds(server, "public_network_access_enabled=false") for server in servers):
            return False
        if store in self._permissions.open or self._opened & {store, *servers}:
            return True
        if holds(store, row.open) or any(self._fronts[store]):
            return None if self._guarded(store) else True
        return False if self._fronts[store] and None not in self._fronts[store] else None

    def _bucket(self, bucket: Resource) -> bool | None:
        doors = (self._acl(bucket), self._policy(bucket))
        if True in doors:
            return True
        return None if None in doors else False

    def _acl(self, bucket: Resource) -> bool | None:
        said = self._said[bucket]
        if any(holds(resource, one.no_acl) for resource, one in said):
            return False
        names = {name for resource, one in said for name in texts(resource.values, one.acl or "-")}
        grants = {str(g).lower() for resource, one in said for g in find(resource.values, one.grants or "-")}
        if names & _OPEN_ACLS or any(g.endswith(_EVERYONE) or g in ("read", "write") for g in grants):
            return True
        return False if (names and names <= _CLOSED_ACLS) or grants else None

    def _policy(self, bucket: Resource) -> bool | None:
        if any(holds(resource, one.no_policy) for resource, one in self._said[bucket]):
            return False
        if bucket in self._permissions.open:
            return True
        return False if bucket in self._permissions.shown else None

    def _about(self, resource: Resource, path: str) -> Collection[Resource]:
        return self._references.targets(resource, path, self._stores.__contains__) if path else [resource]


def _any(resource: Resource) -> bool:
    return resource.position >= 0


def _admits_all(rule: Resource) -> bool:
    ends = [rule.text(name) for name in ("start_ip_address", "end_ip_address", "start_ip", "end_ip")]
    return "0.0.0.0" in ends and "255.255.255.255" in ends  # noqa: S104 - a range that is read, not bound to


def _prevented(store: Resource) -> bool | None:
    """Google's own lock on buckets."""
    return holds(store, "public_access_prevention=enforced") if store.type == "google_storage_bucket" else False
