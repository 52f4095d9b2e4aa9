"""Firewalls of Google Cloud and Azure, which differ from security groups.

Google Cloud: a firewall rule lets sources (ranges, tags, service accounts) connect to the instances that it targets;
the rule itself is the group of its targets. Rules that deny are not read.

Azure: subnets of one virtual network, and of networks peered with it, may connect by default. A network security group
on a subnet is read rule by rule in order of priority: what one rule denies for all ports takes the edge away. What only
the default rules allow towards the Internet is not taken as shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from comity.evidence.terraform.document import Resource, find, texts
from comity.evidence.terraform.edges import INTERNET, Graph, Node
from comity.evidence.terraform.network import SUBNETS, Network, Range
from comity.evidence.terraform.references import References, of_type

_IS_NETWORK = of_type("google_compute_network")
_IS_SUBNETWORK = of_type("google_compute_subnetwork")

_EVERYONE = ("*", "internet", "any", "0.0.0.0/0", "::/0")
_OURS = ("*", "virtualnetwork", "any", "0.0.0.0/0")


class GoogleFirewalls:
    """Reads `google_compute_firewall`."""

    def __init__(self, graph: Graph, references: References, network: Network) -> None:
        self._graph, self._references, self._network = graph, references, network
        self._instances: dict[Node, list[Resource]] = defaultdict(list)

    def read(self, resources: Iterable[Resource]) -> None:
        """Go through all resources: instances first, then rules."""
        resources = list(resources)
        for resource in resources:
            if resource.type in ("google_compute_instance", "google_compute_instance_template"):
                self._instance(resource)
        for resource in resources:
            if resource.type == "google_compute_firewall" and find(resource.values, "disabled") != [True]:
                self._rule(resource)

    def _instance(self, resource: Resource) -> None:
        subnets = self._references.targets(resource, "network_interface.subnetwork", _IS_SUBNETWORK)
        networks = self._references.ends(resource, "network_interface.network", _IS_NETWORK)
        for network in [*networks, *(n for subnet in subnets for n in self._network.network_of.get(subnet, []))]:
            if resource not in self._instances[network]:
                self._instances[network].append(resource)

    def _rule(self, rule: Resource) -> None:
        allowed = find(rule.values, "allow")
        networks = self._references.ends(rule, "network", _IS_NETWORK)
        if not allowed:
            return
        outward = [text.upper() for text in texts(rule.values, "direction")] == ["EGRESS"]
        for network in networks:
            targets = self._matching(rule, network, "target_tags", "target_service_accounts", everything=True)
            if not targets and isinstance(network, str):
                continue
            for target in targets:
                self._graph.member(target, rule, "network")
            group: Node = rule if targets else network
            for text in self._references.constants(rule, "destination_ranges" if outward else "source_ranges"):
                self._range(rule, group, network, text)
            for source in self._matching(rule, network, "source_tags", "source_service_accounts", everything=False):
                self._graph.connect(source, group, [rule], rule.position)

    def _range(self, rule: Resource, group: Node, network: Node, text: str) -> None:
        found = Range.of(text)
        if found is None:
            return
        if found.everyone:
            self._graph.connect(INTERNET, group, [rule, network], rule.position)
            return
        near = self._network.near([network])
        met = {s: way for s, way in near.items() if any(map(found.meets, self._network.subnets[s]))}
        for subnet, links in met.items():
            self._graph.connect(subnet, group, [rule, *links], rule.position)
        if not met:
            self._graph.connect(str(found.network), group, [rule, network], rule.position)

    def _matching(self, rule: Resource, network: Node, tags: str, accounts: str, *, everything: bool) -> list[Resource]:
        """The instances of a network that a rule means; all of them where it names none and ``everything`` is set."""
        wanted = set(self._references.constants(rule, tags))
        named = set(self._references.constants(rule, accounts))
        if not wanted and not named:
            return list(self._instances[network]) if everything else []
        return [
            instance
            for instance in self._instances[network]
            if wanted & set(texts(instance.values, "tags"))
            or named & set(self._references.constants(instance, "service_account.email"))
        ]


class AzureFirewalls:
    """Reads subnets and network security groups of Azure."""

    def __init__(self, graph: Graph, references: References, network: Network) -> None:
        self._graph, self._references, self._network = graph, references, network
        self._guards: dict[Resource, list[Resource]] = defaultdict(list)
        self._rules: dict[Resource, list[tuple[Mapping[str, Any], Resource]]] = defaultdict(list)

    def read(self, resources: Iterable[Resource]) -> None:
        """Go through all resources: groups and their rules first, then each pair of subnets that see each other."""
        for resource in resources:
            if resource.type == "azurerm_subnet_network_security_group_association":
                self._guard(resource)
            elif resource.type == "azurerm_network_security_group":
                self._rules[resource].extend((rule, resource) for rule in find(resource.values, "security_rule"))
            elif resource.type == "azurerm_network_security_rule":
                is_group = of_type("azurerm_network_security_group")
                for group in self._references.targets(resource, "network_security_group_name", is_group):
                    self._rules[group].append((resource.values, resource))
        subnets = [subnet for subnet in self._network.subnets if subnet.type == "azurerm_subnet"]
        for subnet in subnets:
            self._internet(subnet)
            for other, links in self._network.near(self._network.network_of[subnet]).items():
                through = self._allowed(subnet, other)
                if through is not None:
                    way = [*through, *links]
                    position = (links or (other,))[0].position
                    self._graph.to_members(subnet, other, "network", way, position)
                    self._graph.to_members(other, subnet, "network", way, position)

    def _guard(self, resource: Resource) -> None:
        groups = self._references.targets(
            resource, "network_security_group_id", of_type("azurerm_network_security_group")
        )
        for subnet in self._references.targets(resource, "subnet_id", lambda t: t.type in SUBNETS):
            self._guards[subnet].extend(groups)

    def _allowed(self, start: Resource, end: Resource) -> list[Resource] | None:
        """The groups passed from one subnet to another; None where one of them denies it."""
        passed = []
        for subnet, way, peer in ((start, "outbound", end), (end, "inbound", start)):
            for group in self._guards[subnet]:
                if self._decides(group, way, self._network.subnets[peer], _OURS) is False:
                    return None
                passed.append(group)
        return passed

    def _internet(self, subnet: Resource) -> None:
        for group in self._guards[subnet]:
            for way in ("inbound", "outbound"):
                rule = self._first(group, way, [], _EVERYONE)
                if rule and rule[0].get("access") == "Allow":
                    self._graph.connect(INTERNET, subnet, [group, rule[1]], rule[1].position)

    def _decides(self, group: Resource, way: str, peers: list[Range], words: tuple[str, ...]) -> bool | None:
        rule = self._first(group, way, peers, words)
        return None if rule is None else rule[0].get("access") == "Allow"

    def _first(
        self, group: Resource, way: str, peers: list[Range], words: tuple[str, ...]
    ) -> tuple[Mapping[str, Any], Resource] | None:
        """The first rule by priority that speaks of the peers: one that allows some of it, or denies all of it."""
        end = "source" if way == "inbound" else "destination"
        for rule, said_by in sorted(self._rules[group], key=lambda item: _priority(item[0])):
            if str(rule.get("direction", "")).lower() != way:
                continue
            names = [*texts(rule, f"{end}_address_prefix"), *texts(rule, f"{end}_address_prefixes")]
            ranges = [found for name in names if (found := Range.of(name))]
            word = any(name.lower() in words for name in names)
            if rule.get("access") == "Allow" and (word or any(r.meets(p) for r in ranges for p in peers)):
                return rule, said_by
            if rule.get("access") == "Deny" and _whole(rule) and (word or _within(peers, ranges)):
                return rule, said_by
        return None


def _priority(rule: Mapping[str, Any]) -> float:
    value = rule.get("priority")
    return float(value) if isinstance(value, int | float) else float("inf")


def _whole(rule: Mapping[str, Any]) -> bool:
    """Whether a rule is about every protocol and every port."""
    return all(set(texts(rule, name)) <= {"*", "Any"} for name in ("protocol", "destination_port_range")) and not find(
        rule, "destination_port_ranges"
    )


def _within(peers: list[Range], ranges: list[Range]) -> bool:
    return bool(peers) and all(
        any(
            peer.network.version == r.network.version and peer.network.subnet_of(r.network)  # type: ignore[arg-type]
            for r in ranges
        )
        for peer in peers
    )
