"""Copies: which store is replicated to where, and by what.

A copy may be a store of its own (a read replica names what it is a copy of), or what another resource arranges (a
replication rule names source and destination, or the region of the destination).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from comity.evidence.terraform.document import Resource
from comity.evidence.terraform.places import Places
from comity.evidence.terraform.references import References
from comity.evidence.terraform.regions import Region


class _Rule(NamedTuple):
    """A type that arranges copies: attributes that lead to the source, to the copy, and to the copy's region."""

    type: str
    source: str
    copy: str = ""
    region: str = ""


_RULES = (
    _Rule("aws_s3_bucket_replication_configuration", "bucket", "rule.destination.bucket"),
    _Rule("aws_s3_bucket", "", "replication_configuration.rules.destination.bucket"),
    _Rule("aws_efs_replication_configuration", "source_file_system_id", region="destination.region"),
    _Rule("aws_redshift_snapshot_copy", "cluster_identifier", region="destination_region"),
    _Rule("aws_redshift_cluster", "", region="snapshot_copy.destination_region"),
    _Rule("aws_backup_plan", "rule.target_vault_name", "rule.copy_action.destination_vault_arn"),
    _Rule("azurerm_storage_object_replication", "source_storage_account_id", "destination_storage_account_id"),
    _Rule("azurerm_redis_linked_server", "target_redis_cache_name", "linked_redis_cache_id"),
    _Rule("alicloud_oss_bucket_replication", "bucket", "destination.bucket", "destination.location"),
    _Rule("alicloud_ebs_disk_replica_pair", "disk_id", "destination_disk_id", "destination_region_id"),
    _Rule("tencentcloud_cos_bucket", "", "replica_rules.destination_bucket"),
    _Rule("huaweicloud_obs_bucket_replication", "bucket", "destination_bucket"),
    _Rule("huaweicloud_rds_cross_region_backup_strategy", "instance_id", region="destination_region"),
    _Rule("huaweicloud_swr_image_auto_sync", "repository", region="target_region"),
)

_BY_TYPE = {rule.type: rule for rule in _RULES}

#: Groups of servers whose databases follow from one to the other.
_FAILOVER = {"azurerm_mssql_failover_group": ("server_id", "partner_server.id")}


@dataclass(frozen=True)
class Copy:
    """A copy of a store: the copy itself where the file has it, where it is, and what arranges it."""

    source: Resource
    copy: Resource | None
    region: Region | None
    via: Resource


@dataclass
class Copies:
    """All copies by the store that is copied."""

    of: dict[Resource, list[Copy]] = field(default_factory=lambda: defaultdict(list))

    def __iter__(self) -> Iterator[Copy]:
        return (copy for copies in self.of.values() for copy in copies)


def copies(
    resources: Iterable[Resource], stores: Mapping[Resource, str], references: References, places: Places
) -> Copies:
    """Find all copies. ``stores`` are the stores, with the attribute in which each names what it is a copy of."""
    found = Copies()
    everything = list(resources)
    for copy in [made for resource in everything for made in _arranged(resource, stores, references, places)]:
        found.of[copy.source].append(copy)
    for store, path in stores.items():
        for source in references.targets(store, path, stores.__contains__) if path else ():
            if source is not store:
                found.of[source].append(Copy(source, store, places.region(store), store))
    for copy in _global_clusters(stores, references, places):
        found.of[copy.source].append(copy)
    return found


def _arranged(
    resource: Resource, stores: Mapping[Resource, str], references: References, places: Places
) -> Iterator[Copy]:
    if resource.type in _FAILOVER:
        yield from _failover(resource, stores, references, places)
    rule = _BY_TYPE.get(resource.type)
    if rule is None:
        return
    sources = references.targets(resource, rule.source, stores.__contains__) if rule.source else [resource]
    regions = [places.named(resource.cloud, text) for text in references.constants(resource, rule.region)]
    ends = references.ends(resource, rule.copy, stores.__contains__) if rule.copy else []
    for source in sources:
        for end in ends:
            if isinstance(end, Resource):
                yield Copy(source, end, places.region(end), resource)
            elif not regions:
                yield Copy(source, None, _region_of_name(end, source, places), resource)
        if not any(isinstance(end, Resource) for end in ends):
            yield from (Copy(source, None, region, resource) for region in regions)


def _region_of_name(text: str, source: Resource, places: Places) -> Region | None:
    """The region within a name such as ``qcs::cos:ap-guangzhou::bucket`` or an ARN."""
    parts = text.split(":")
    return places.named(source.cloud, parts[3]) if len(parts) > 4 and parts[3] else None


def _failover(
    resource: Resource, stores: Mapping[Resource, str], references: References, places: Places
) -> Iterator[Copy]:
    """Databases of a server that are kept on a partner server too."""
    own, partner = _FAILOVER[resource.type]
    servers = references.targets(resource, own, lambda target: target.type.endswith("_server"))
    partners = references.targets(resource, partner, lambda target: target.type.endswith("_server"))
    databases = references.targets(resource, "databases", stores.__contains__)
    for database in databases:
        if set(references.targets(database, "server_id", servers.__contains__)):
            for server in partners:
                yield Copy(database, None, places.region(server), resource)


def _global_clusters(stores: Mapping[Resource, str], references: References, places: Places) -> Iterator[Copy]:
    """Clusters of one global cluster: each holds what the others hold."""
    groups: dict[Resource | str, list[Resource]] = defaultdict(list)
    for store in stores:
        for path in ("global_cluster_identifier", "global_replication_group_id"):
            for group in references.ends(store, path, lambda target: "_global_" in target.type):
                groups[group].append(store)
    for group, members in groups.items():
        for one in members:
            for other in members:
                if one is not other:
                    via = group if isinstance(group, Resource) else other
                    yield Copy(one, other, places.region(other), via)
