"""The network: what may connect to what, as edges by `network`.

Security groups are read by their rules; a rule that names a group or a range of addresses lets its members connect, and
a connection carries data both ways. A range means the subnets of the group's own network, and of networks linked to it,
that lie in it; everyone (`0.0.0.0/0`) is `internet` as well. Links (peerings, gateways, attachments) join what they
name. Network ACLs and routes are not read: what they forbid may still have an edge here.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from comity.evidence.terraform.document import Resource, find, texts
from comity.evidence.terraform.edges import INTERNET, Graph, Node
from comity.evidence.terraform.references import References


class _Rules(NamedTuple):
    """How a type writes rules: attributes of the group, the direction, the peers and what is accepted.

    ``block`` is where rules stand within the resource; ``direction`` is `in`, `out` or an attribute.
    """

    type: str
    group: str
    direction: str
    peers: str
    ranges: tuple[str, ...]
    block: str = ""
    accepts: str = ""


_AWS = ("cidr_blocks", "ipv6_cidr_blocks")
_RULES = tuple(
    [
        _Rules(kind, "", way, "security_groups", _AWS, block)
        for kind in ("aws_security_group", "aws_default_security_group")
        for way, block in (("in", "ingress"), ("out", "egress"))
    ]
    + [
        _Rules("aws_security_group_rule", "security_group_id", "type", "source_security_group_id", _AWS),
        *(
            _Rules(
                f"aws_vpc_security_group_{name}_rule", "security_group_id", way, "referenced_security_group_id",
                ("cidr_ipv4", "cidr_ipv6"),
            )
            for name, way in (("ingress", "in"), ("egress", "out"))
        ),
        _Rules(
            "alicloud_security_group_rule", "security_group_id", "type", "source_security_group_id",
            ("cidr_ip", "ipv6_cidr_ip"), accepts="policy",
        ),
        _Rules(
            "tencentcloud_security_group_rule", "security_group_id", "type", "source_sgid", ("cidr_ip",),
            accepts="policy",
        ),
        *(
            _Rules(
                "tencentcloud_security_group_rule_set", "security_group_id", way, "source_security_id",
                ("cidr_block", "ipv6_cidr_block"), name, "action",
            )
            for name, way in (("ingress", "in"), ("egress", "out"))
        ),
        _Rules(
            "huaweicloud_networking_secgroup_rule", "security_group_id", "direction", "remote_group_id",
            ("remote_ip_prefix",), accepts="action",
        ),
    ]
)  # fmt: skip

GROUPS = frozenset(
    ("aws_security_group", "aws_default_security_group", "alicloud_security_group", "tencentcloud_security_group")
) | {"huaweicloud_networking_secgroup"}

#: Attributes by which a resource says that it is in a group.
_IN_GROUPS = (
    "vpc_security_group_ids|security_groups|security_group_ids|security_group_id|security_group|"
    "orderly_security_groups|vpc_config.security_group_ids|vpc_options.security_group_ids|"
    "network_configuration.security_groups|broker_node_group_info.security_groups|network_interfaces.security_groups|"
    "cluster_config.security_group_ids"
)

#: Subnets by type: their addresses, and the network that they are part of.
SUBNETS = {
    "aws_subnet": ("cidr_block|ipv6_cidr_block", "vpc_id"),
    "aws_default_subnet": ("cidr_block", "vpc_id"),
    "google_compute_subnetwork": ("ip_cidr_range", "network"),
    "azurerm_subnet": ("address_prefixes|address_prefix", "virtual_network_name"),
    "alicloud_vswitch": ("cidr_block", "vpc_id"),
    "tencentcloud_subnet": ("cidr_block", "vpc_id"),
    "huaweicloud_vpc_subnet": ("cidr", "vpc_id"),
}

#: Attributes by which a resource says in which subnet it is.
_IN_SUBNETS = (
    "subnet_id|subnet_ids|vswitch_id|vswitch_ids|vpc_config.subnet_ids|network_configuration.subnets|"
    "network_interface.subnetwork|ip_configuration.subnet_id|network.uuid|network_id|delegated_subnet_id|"
    "virtual_network_subnet_id|vpc_zone_identifier|broker_node_group_info.client_subnets|subnetwork"
)

#: Sets of subnets that databases and caches name: the attribute that leads to them, and theirs to the subnets.
_SUBNET_SETS = "db_subnet_group_name|subnet_group_name|cluster_subnet_group_name"

NETWORKS = frozenset(
    ("aws_vpc", "aws_default_vpc", "google_compute_network", "azurerm_virtual_network", "alicloud_vpc")
) | {"tencentcloud_vpc", "huaweicloud_vpc"}


class _Link(NamedTuple):
    """A type that joins two resources (itself where an attribute is empty).

    ``far`` says that what it joins may lie outside the file: then its id is its name.
    """

    one: str
    other: str
    far: bool = True


#: Peerings, gateways, attachments.
_LINKS = {
    "aws_vpc_peering_connection": _Link("vpc_id", "peer_vpc_id"),
    "aws_ec2_transit_gateway_vpc_attachment": _Link("vpc_id", "transit_gateway_id"),
    "aws_ec2_transit_gateway_peering_attachment": _Link("transit_gateway_id", "peer_transit_gateway_id"),
    "aws_vpn_gateway": _Link("", "vpc_id", far=False),
    "aws_vpn_gateway_attachment": _Link("vpn_gateway_id", "vpc_id"),
    "aws_vpn_connection": _Link("vpn_gateway_id|transit_gateway_id", "customer_gateway_id"),
    "aws_dx_gateway_association": _Link("dx_gateway_id", "associated_gateway_id"),
    "google_compute_network_peering": _Link("network", "peer_network"),
    "google_compute_vpn_tunnel": _Link(
        "vpn_gateway|target_vpn_gateway", "peer_external_gateway|peer_gcp_gateway|peer_ip"
    ),
    "google_compute_ha_vpn_gateway": _Link("", "network", far=False),
    "google_compute_vpn_gateway": _Link("", "network", far=False),
    "azurerm_virtual_network_peering": _Link("virtual_network_name", "remote_virtual_network_id"),
    "azurerm_virtual_hub_connection": _Link("virtual_hub_id", "remote_virtual_network_id"),
    "azurerm_virtual_network_gateway": _Link("", "ip_configuration.subnet_id", far=False),
    "azurerm_virtual_network_gateway_connection": _Link(
        "virtual_network_gateway_id",
        "peer_virtual_network_gateway_id|local_network_gateway_id|express_route_circuit_id",
    ),
    "alicloud_vpc_peer_connection": _Link("vpc_id", "accepting_vpc_id"),
    "alicloud_cen_instance_attachment": _Link("child_instance_id", "instance_id"),
    "alicloud_cen_transit_router_vpc_attachment": _Link("vpc_id", "transit_router_id|cen_id"),
    "alicloud_cen_transit_router_peer_attachment": _Link("transit_router_id", "peer_transit_router_id"),
    "alicloud_vpn_gateway": _Link("", "vpc_id", far=False),
    "alicloud_vpn_connection": _Link("vpn_gateway_id", "customer_gateway_id"),
    "tencentcloud_ccn_attachment": _Link("instance_id", "ccn_id"),
    "tencentcloud_vpn_gateway": _Link("", "vpc_id", far=False),
    "tencentcloud_vpn_connection": _Link("vpn_gateway_id", "customer_gateway_id"),
    "huaweicloud_vpc_peering_connection": _Link("vpc_id", "peer_vpc_id"),
    "huaweicloud_cc_network_instance": _Link("instance_id", "cloud_connection_id"),
    "huaweicloud_er_vpc_attachment": _Link("vpc_id", "instance_id"),
    "huaweicloud_vpn_gateway": _Link("", "vpc_id", far=False),
    "huaweicloud_vpn_connection": _Link("gateway_id", "customer_gateway_id"),
    "aws_volume_attachment": _Link("instance_id", "volume_id", far=False),
    "aws_efs_mount_target": _Link("", "file_system_id", far=False),
    "aws_instance": _Link("", "network_interface.network_interface_id", far=False),
    "aws_network_interface_attachment": _Link("instance_id", "network_interface_id", far=False),
    "google_compute_attached_disk": _Link("instance", "disk", far=False),
    "google_compute_instance": _Link("", "attached_disk.source|boot_disk.source", far=False),
    "azurerm_linux_virtual_machine": _Link("", "network_interface_ids", far=False),
    "azurerm_windows_virtual_machine": _Link("", "network_interface_ids", far=False),
    "azurerm_virtual_machine": _Link("", "network_interface_ids", far=False),
    "azurerm_virtual_machine_data_disk_attachment": _Link("virtual_machine_id", "managed_disk_id", far=False),
    "alicloud_ecs_disk_attachment": _Link("instance_id", "disk_id", far=False),
    "alicloud_disk_attachment": _Link("instance_id", "disk_id", far=False),
    "tencentcloud_cbs_storage_attachment": _Link("instance_id", "storage_id", far=False),
    "huaweicloud_compute_volume_attach": _Link("instance_id", "volume_id", far=False),
}  # fmt: skip

#: Attributes that say in which region the far end of a link lies.
FAR_REGION = "peer_region|accepting_region_id|peer_transit_router_region_id|child_instance_region_id|instance_region"

#: Links that take part in what ranges of addresses mean: two networks that they join see each other's subnets.
_ROUTED = ("_peering", "_peer_", "_attachment", "_hub_connection", "_cc_network_instance", "_er_")

EVERYONE = frozenset(("0.0.0.0/0", "::/0", "0.0.0.0/00"))


@dataclass(frozen=True)
class Range:
    """A range of addresses."""

    text: str
    network: ipaddress.IPv4Network | ipaddress.IPv6Network

    @classmethod
    def of(cls, text: str) -> Range | None:
        """The range that a text stands for; None where it is none."""
        try:
            return cls(text, ipaddress.ip_network(text, strict=False))
        except ValueError:
            return None

    @property
    def everyone(self) -> bool:
        """Whether it holds every address."""
        return self.network.prefixlen == 0

    def meets(self, other: Range) -> bool:
        """Whether two ranges have an address in common."""
        return self.network.version == other.network.version and self.network.overlaps(other.network)


class Network:
    """Finds subnets, groups and links, and adds the edges that rules and links make to a graph."""

    def __init__(self, graph: Graph, references: References) -> None:
        self._graph, self._references = graph, references
        self.subnets: dict[Resource, list[Range]] = {}
        self.network_of: dict[Resource, list[Resource | str]] = {}
        self._subnets_of: dict[Resource | str, list[Resource]] = defaultdict(list)
        self._beside: dict[Node, list[tuple[Node, Resource]]] = defaultdict(list)
        self._groups_of: dict[Resource, list[Resource | str]] = {}
        self._members_of: dict[Resource, list[Resource]] = defaultdict(list)
        #: Groups that admit everyone.
        self.open: set[Resource] = set()
        #: Names of what lies outside the file, with the resource that names it.
        self.outside: dict[str, Resource] = {}

    def read(self, resources: list[Resource]) -> None:
        """Go through all resources: memberships first, then links, then rules."""
        for resource in resources:
            self._subnet(resource)
        for resource in resources:
            self._membership(resource)
        for resource in resources:
            if resource.type in _LINKS:
                self._link(resource, _LINKS[resource.type])
        for resource in resources:
            for rules in _BY_TYPE.get(resource.type, ()):
                self._rules(resource, rules)

    def guarded(self, store: Resource) -> bool:
        """Whether all groups of a store are in the file, and none of them admits everyone."""
        groups = self._groups_of.get(store, [])
        return bool(groups) and all(isinstance(group, Resource) and group not in self.open for group in groups)

    def near(self, networks: Iterable[Resource | str]) -> dict[Resource, tuple[Resource, ...]]:
        """The subnets of some networks and of those linked with them, each with the links on the way."""
        found: dict[Resource, tuple[Resource, ...]] = {}
        for network in networks:
            for reached, way in self._reached(network):
                for subnet in self._subnets_of.get(reached, ()):
                    found.setdefault(subnet, way)
        return found

    def _reached(self, network: Node) -> Iterator[tuple[Node, tuple[Resource, ...]]]:
        """Networks that are seen from one: itself, its peers, and what hangs on the same hubs. Peers' peers are not."""
        waiting: deque[tuple[Node, tuple[Resource, ...]]] = deque([(network, ())])
        seen = {network}
        while waiting:
            node, way = waiting.popleft()
            yield node, way
            is_end = isinstance(node, Resource) and node.type in NETWORKS
            for other, link in self._beside.get(node, ()) if not way or not is_end else ():
                if other not in seen:
                    seen.add(other)
                    waiting.append((other, (*way, link)))

    def _subnet(self, resource: Resource) -> None:
        if resource.type not in SUBNETS:
            return
        addresses, network = SUBNETS[resource.type]
        ranges = (Range.of(text) for text in self._references.constants(resource, addresses))
        self.subnets[resource] = [found for found in ranges if found]
        self.network_of[resource] = self._references.ends(resource, network, _is_network)
        for found in self.network_of[resource]:
            self._subnets_of[found].append(resource)
            if isinstance(found, Resource):
                self._graph.member(resource, found, "network")

    def _membership(self, resource: Resource) -> None:
        if resource.type in _BY_TYPE or resource.type in SUBNETS or resource.type.endswith(_ABOUT_OTHERS):
            return
        groups = self._references.ends(resource, _IN_GROUPS, lambda t: t.type in GROUPS)
        self._groups_of[resource] = groups
        for group in groups:
            if isinstance(group, Resource):
                self._graph.member(resource, group, "network")
                self._members_of[group].append(resource)
        sets = self._references.targets(resource, _SUBNET_SETS, lambda t: t.type.endswith("subnet_group"))
        subnets = [s for one in (resource, *sets) for s in self._references.targets(one, _IN_SUBNETS, _is_subnet)]
        for subnet in subnets:
            self._graph.member(resource, subnet, "network")
        self.network_of[resource] = [n for subnet in subnets for n in self.network_of.get(subnet, [])]

    def _link(self, resource: Resource, link: _Link) -> None:
        found = self._references.ends if link.far else self._references.targets
        ones = found(resource, link.one, _managed) if link.one else [resource]
        others = found(resource, link.other, _managed)
        for one in ones:
            for other in others:
                for end in (one, other):
                    if isinstance(end, str):
                        self.outside.setdefault(end, resource)
                self._graph.edge(one, other, "network", [resource], resource.position)
                self._graph.edge(other, one, "network", [resource], resource.position)
                if any(part in resource.type for part in _ROUTED):
                    self._beside[one].append((other, resource))
                    self._beside[other].append((one, resource))

    def _rules(self, resource: Resource, rules: _Rules) -> None:
        groups = self._references.targets(resource, rules.group, _is_group) if rules.group else [resource]
        entries = find(resource.values, rules.block) if rules.block else [resource.values]
        lets_through = [(way, e) for e in entries if (way := _way(e, rules.direction)) and _accepted(e, rules.accepts)]
        peers = self._peers(resource, rules, entries, [entry for _, entry in lets_through])
        for group in groups:
            for way, entry in lets_through:
                for text in self._ranges(resource, rules, entry):
                    self._range(resource, group, way, text)
                if find(entry, "self") == [True]:
                    self._graph.connect(group, group, [resource], resource.position)
            for peer in peers:
                self._graph.connect(peer, group, [resource], resource.position)

    def _peers(self, resource: Resource, rules: _Rules, entries: list[Any], accepted: list[Any]) -> list[Resource]:
        """The groups that rules name: by id, or by reference where no rule shows an id yet."""
        if any(find(entry, rules.peers) for entry in entries):
            named = (
                self._references.named(text, _is_group) for entry in accepted for text in texts(entry, rules.peers)
            )
            return list(dict.fromkeys(group for groups in named for group in groups))
        path = f"{rules.block}.{rules.peers}" if rules.block else rules.peers
        return [peer for peer in self._references.referred(resource, path) if _is_group(peer)]

    def _ranges(self, resource: Resource, rules: _Rules, entry: Any) -> list[str]:
        """Ranges of a rule; in plans those that variables give too."""
        if rules.block:
            return [text for path in rules.ranges for text in texts(entry, path)]
        return self._references.constants(resource, "|".join(rules.ranges))

    def _range(self, rule: Resource, group: Resource, way: str, text: str) -> None:
        found = Range.of(text)
        if found is None:
            return
        if found.everyone:
            self._graph.connect(INTERNET, group, [rule], rule.position)
            if way == "out":
                return  # what may go anywhere is let in only by what another group's rule says
            self.open.add(group)
        networks = self._references.ends(group, "vpc_id", _is_network) or [
            network for member in self._members_of[group] for network in self.network_of.get(member, [])
        ]
        near = {s: w for s, w in self.near(networks).items() if any(map(found.meets, self.subnets[s]))}
        for subnet, links in near.items():
            self._graph.connect(subnet, group, [rule, *links], rule.position)
        if not near and not found.everyone:
            self._graph.connect(str(found.network), group, [rule], rule.position)


#: Types that say something of others and are nowhere themselves.
_ABOUT_OTHERS = ("_rule", "_rule_set", "_attachment", "_association", "_subnet_group", "_group_rule")

_BY_TYPE: dict[str, list[_Rules]] = defaultdict(list)
for _rules in _RULES:
    _BY_TYPE[_rules.type].append(_rules)


def _is_group(resource: Resource) -> bool:
    return resource.type in GROUPS


def _is_subnet(resource: Resource) -> bool:
    return resource.type in SUBNETS


def _is_network(resource: Resource) -> bool:
    return resource.type in NETWORKS


def _managed(resource: Resource) -> bool:
    return not resource.type.endswith(("_peering", "_accepter"))


def _way(entry: Any, direction: str) -> str | None:
    """Whether a rule is about what comes in or what goes out."""
    if direction in ("in", "out"):
        return direction
    names = {"ingress": "in", "egress": "out"}
    return next((names[text.lower()] for text in texts(entry, direction) if text.lower() in names), None)


def _accepted(entry: Any, path: str) -> bool:
    """Whether a rule lets through; rules that have no such attribute do."""
    said = texts(entry, path) if path else []
    return all(text.lower() in ("accept", "allow") for text in said)
