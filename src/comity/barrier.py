"""What the entries of a ``[[barrier]]`` mean, and what is wrong with them.

An entry is the name of a system or product of the profile, a network (``10.20.0.0/16``), an AS number (``AS64500``),
or a pattern with a dot and with ``*`` for any letters: a host name (``*.cn.example`` is ``cn.example`` and all below
it) or the address of a resource (``module.cn.*``, ``arn:aws:iam::123456789012:*``). A resource without its index is
every instance of it, and a module all that is in it, as Terraform reads addresses.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from comity.errors import did_you_mean

if TYPE_CHECKING:
    from comity.profile import Profile, System

#: The keys of a barrier that hold entries.
SIDES = ("inside", "outside", "gates")

_NUMBER = re.compile(r"AS(\d+)", re.IGNORECASE)
_PART = r"[\w*-]+(\[[^\]]*\])?"
_PATTERN = re.compile(rf"(?=.*[^\W\d]){_PART}(\.{_PART})+|arn:\S+")
_RESOURCE = re.compile(r"(module|data)\.|arn:|[^.]*_|.*\[")
_MODULE = re.compile(r"(.*\.)?module\.[\w*-]+(\[[^\]]*\])?")


@dataclass(frozen=True)
class Members:
    """What a list of entries means: ``products`` by name, all systems that belong to them among the ``systems``."""

    systems: tuple[System, ...] = ()
    products: frozenset[str] = frozenset()
    networks: tuple[str, ...] = ()
    numbers: frozenset[int] = frozenset()
    patterns: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The names of its systems and products, and its AS numbers as they are written."""
        return self.products | {s.name for s in self.systems if s.name} | {f"AS{number}" for number in self.numbers}

    @property
    def hosts(self) -> tuple[str, ...]:
        """Those of its patterns that can be host names: a resource is in a module, or its type has an underscore."""
        return tuple(pattern for pattern in self.patterns if not _RESOURCE.match(pattern))

    @property
    def in_traffic(self) -> bool:
        """Whether anything of it can be an end of a flow."""
        systems = any(system.hosts or system.networks or system.captures for system in self.systems)
        return bool(systems or self.products or self.networks or self.numbers or self.hosts)

    @property
    def all_networks(self) -> tuple[str, ...]:
        """Its networks and those of its systems."""
        return (*self.networks, *(network for system in self.systems for network in system.networks))

    @property
    def all_patterns(self) -> tuple[str, ...]:
        """Its patterns, and those of the hosts and the stores of its systems."""
        return (*self.patterns, *(pattern for s in self.systems for pattern in (*s.hosts, *s.stores)))

    def overlap(self, other: Members) -> bool:
        """Whether the two can mean the same thing. Of two systems everything belongs to one alone."""
        return bool(
            self.names & other.names
            or _networks_overlap(self.networks, other.all_networks)
            or _networks_overlap(self.all_networks, other.networks)
            or _patterns_overlap(self.patterns, other.all_patterns)
            or _patterns_overlap(self.all_patterns, other.patterns)
        )


@dataclass(frozen=True)
class Problem:
    """What is wrong with a key of the barrier of that number."""

    barrier: int
    key: str
    summary: str
    help: str | None = None


def members(entries: Iterable[str], profile: Profile) -> Members:
    """What entries mean; those that mean nothing are left out (``problems`` names them)."""
    entries = tuple(entries)
    products = frozenset(entries) & _products(profile)
    systems = tuple(system for system in profile.systems if system.name in entries or system.product in products)
    named = products | {system.name for system in systems}
    rest = [entry for entry in entries if entry not in named]
    return Members(
        systems=systems,
        products=products,
        networks=tuple(entry for entry in rest if _network(entry)),
        numbers=frozenset(int(found[1]) for entry in rest if (found := _NUMBER.fullmatch(entry))),
        patterns=tuple(entry for entry in rest if not _network(entry) and _PATTERN.fullmatch(entry)),
    )


def _products(profile: Profile) -> frozenset[str]:
    named = (*(product.name for product in profile.products), *(system.product for system in profile.systems))
    return frozenset(name for name in named if name)


def expression(patterns: Iterable[str]) -> str | None:
    """A regular expression for whole names that some pattern matches; None without patterns."""
    return "|".join(map(_expression, patterns)) or None


def _expression(pattern: str) -> str:
    below = pattern.removeprefix("*.")
    start = r"(?:.*\.)?" if below != pattern else ""
    end = r"(?:[.\[].*)?" if _MODULE.fullmatch(pattern) else r"(?:\[.*)?"
    return start + ".*".join(map(re.escape, below.split("*"))) + end


def problems(profile: Profile) -> Iterator[Problem]:
    """What is wrong with the barriers of a profile."""
    names: list[str | None] = []
    for number, barrier in enumerate(profile.barriers):
        if barrier.name in names:
            yield Problem(number, "name", f"two barriers have the name `{barrier.name}`")
        names.append(barrier.name)
        for key in SIDES:
            for entry in getattr(barrier, key):
                if members([entry], profile) == Members():
                    yield Problem(number, key, *_meaningless(key, entry, profile))
        for inner in barrier.inside:
            for outer in barrier.outside:
                if members([inner], profile).overlap(members([outer], profile)):
                    summary = f"`{outer}` can't be outside and `{inner}` inside: they overlap"
                    yield Problem(number, "outside", summary)


def _meaningless(key: str, entry: str, profile: Profile) -> tuple[str, str]:
    summary = f"`{entry}` in `{key}` is no system, product, host, network, AS number or resource"
    known = sorted(_products(profile).union(system.name for system in profile.systems if system.name))
    try:
        return summary, f"did you mean `{ipaddress.ip_network(entry, strict=False)}`?"
    except ValueError:
        patterns = "hosts and resources have a dot: `*.cn.example`, `module.cn.*`"
        listed = f"systems and products are `{'`, `'.join(known)}`; {patterns}" if known else patterns
        return summary, did_you_mean(entry, known) or listed


def _network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _networks_overlap(some: Iterable[str], others: Iterable[str]) -> bool:
    pairs = ((ipaddress.ip_network(a), ipaddress.ip_network(b)) for a in some for b in others)
    return any(a.version == b.version and a.overlaps(b) for a, b in pairs)


def _patterns_overlap(some: Iterable[str], others: Iterable[str]) -> bool:
    """Whether a pattern matches another as it is written; what merely might meet is told apart by what is met."""
    return any(re.fullmatch(_expression(a), b) or re.fullmatch(_expression(b), a) for a in some for b in others)
