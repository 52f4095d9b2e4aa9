"""Where a resource stands: what it says itself, what it belongs to, what its provider is configured for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from comity.evidence.terraform.document import CLOUDS, Document, Resource, mapping
from comity.evidence.terraform.references import References
from comity.evidence.terraform.regions import Region, operator, region

#: Attributes that say where a resource stands, the most telling first.
_OWN = ("region", "location", "zone", "availability_zone", "zone_id", "region_id", "arn")

#: Attributes that point to what a resource belongs to, where it has no place of its own.
_PARENTS = (
    "server_id|server_name|storage_account_id|storage_account_name|virtual_network_name|key_vault_id|namespace_id|"
    "virtual_network_gateway_id|network_interface_id|subnet_id"
)

#: Types that stand in no region, whatever their provider is configured for.
_GLOBAL = (
    *("aws_iam_", "aws_cloudfront_", "aws_route53_", "aws_organizations_", "aws_rds_global_cluster"),
    *("google_compute_network", "google_compute_firewall", "google_service_account", "google_project"),
    *("alicloud_ram_", "alicloud_cen_instance", "tencentcloud_cam_", "tencentcloud_ccn", "huaweicloud_identity_"),
)

#: What a region may be called; anything else is not shown, whatever it may be.
_NAME = re.compile(r"(?=.{2,30}$)[A-Za-z]+([ -][A-Za-z]+)*[ -]?\d{0,2}[a-z]?")

#: How far parents are followed.
_FARTHEST = 4


class Places:
    """Finds regions; ``unknown`` counts names of regions that no table has."""

    def __init__(self, made: Document, references: References, special: Mapping[str, str]) -> None:
        """``special`` says which attributes tell the place of types for which the usual ones don't."""
        self._document, self._references, self._special = made, references, special
        self.unknown: Counter[str] = Counter()
        self._found: dict[Resource, list[Region | None]] = {}
        self._providers: dict[str, str | None] = {}

    def regions(self, resource: Resource) -> list[Region | None]:
        """The regions in which a resource stands; None in place of one that is not known."""
        if resource not in self._found:
            paths = self._special.get(resource.type)
            self._found[resource] = self._told(resource, paths) if paths else [self._region(resource)]
        return self._found[resource]

    def region(self, resource: Resource) -> Region | None:
        """The region in which a resource stands, the first of several."""
        return next(iter(self.regions(resource)), None)

    def place(self, resource: Resource) -> str | None:
        """The jurisdiction in which a resource stands."""
        found = self.region(resource)
        return found.place if found else None

    def named(self, cloud: str, text: str) -> Region | None:
        """The region of that name; what no table has is counted."""
        found = region(cloud, region_in_arn(text) if text.startswith("arn:") else text)
        if found is None and cloud in CLOUDS and not text.startswith("arn:"):
            self.unknown[f"{cloud} {text if _NAME.fullmatch(text) else '(not a name of a region)'}"] += 1
        return found

    def operator(self, resource: Resource) -> str | None:
        """Who runs the cloud there; None where the file does not show which of several it is."""
        found = self.region(resource)
        return found.operator if found else operator(resource.cloud) or _operator_of_partition(resource)

    def same_account(self, one: Resource, other: Resource) -> bool:
        """Whether two resources of Google Cloud are of one project, as far as the file shows."""
        projects = [self._project(resource) for resource in (one, other)]
        return projects[0] == projects[1]

    def _told(self, resource: Resource, paths: str) -> list[Region | None]:
        found = (self._references.constants(resource, path) for path in paths.split("|"))
        return [self.named(resource.cloud, text) for text in next(filter(None, found), [])]

    def _region(self, resource: Resource) -> Region | None:
        for _ in range(_FARTHEST):
            for name in _OWN:
                texts_here = self._references.constants(resource, name)
                if texts_here and (name != "arn" or region_in_arn(texts_here[0])):
                    return self.named(resource.cloud, texts_here[0])
                if self._references.open(resource, name):
                    return None  # set to something that only applying the plan will tell
            parents = self._references.targets(resource, _PARENTS, _is_placed)
            if len(parents) != 1 or parents[0] is resource:
                break
            resource = parents[0]
        if resource.type.startswith(_GLOBAL):
            return None
        default = self._of_provider(resource.provider)
        return self.named(resource.cloud, default) if default else None

    def _of_provider(self, key: str) -> str | None:
        """The region that a provider's configuration gives to what says nothing itself."""
        if key not in self._providers:
            self._providers[key] = self._configured_region(key)
        return self._providers[key]

    def _configured_region(self, key: str) -> str | None:
        own = mapping(self._document.providers.get(key))
        if found := self._setting(own, "region"):
            return found
        if ":" not in key:
            return None
        # A module's provider without settings is one that was passed to it: told only if there is but one to pass.
        name = own.get("name") or key.rpartition(":")[2].partition(".")[0]
        of_name = [entry for k, entry in self._document.providers.items() if mapping(entry).get("name") == name]
        entries = [mapping(entry) for entry in of_name if mapping(mapping(entry).get("expressions"))]
        regions = {self._setting(entry, "region") for entry in entries}
        return regions.pop() if len(regions) == 1 else None

    def _setting(self, provider: Any, name: str) -> str | None:
        expression = mapping(provider.get("expressions")).get(name)
        module = provider.get("module_address")
        calls = tuple(part for part in str(module or "").split(".") if part != "module" and part)
        return self._references.expression_text(expression, calls)

    def _project(self, resource: Resource) -> str | None:
        own = self._references.constants(resource, "project")
        return own[0] if own else self._setting(mapping(self._document.providers.get(resource.provider)), "project")


def _is_placed(resource: Resource) -> bool:
    return resource.cloud in CLOUDS


def region_in_arn(text: str) -> str:
    """The region that an ARN names; empty where it names none."""
    parts = text.split(":")
    return parts[3] if len(parts) > 5 and parts[0] in ("arn", "acs") else ""


def _operator_of_partition(resource: Resource) -> str | None:
    """AWS's own partitions, by an ARN, are run by AWS itself."""
    arn = resource.text("arn") or ""
    found = region("aws", "us-east-1") if arn.split(":")[1:2] in (["aws"], ["aws-us-gov"]) else None
    return found.operator if found else None


def jurisdictions(regions: Iterable[Region | None]) -> list[str] | None:
    """The jurisdictions of some regions, what their names promise included; None where one of them is not known."""
    found = list(regions)
    if any(item is None for item in found):
        return None
    return sorted({place for item in found if item for place in (item.place, *item.copies)})
