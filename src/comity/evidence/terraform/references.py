"""What refers to what: by id, ARN or name where values are known, by the configuration's references where they are not.

Two instances of `count` or `for_each` meet by their index where the reference is written with `count.index` or `each`;
a reference without index means all instances. `local` values are not part of Terraform's JSON: they lead nowhere.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from comity.evidence.terraform.document import Document, Path, Resource, find, mapping, texts

#: Attributes by which others refer to a resource.
_IDENTITIES = (
    "id arn self_link name bucket key_id identifier cluster_identifier replication_group_id url email unique_id "
    "member account_id role_id policy_name role_name domain_name secret_id dataset_id vault_uri principal_id object_id "
    "identity.principal_id"
).split()

_RESOURCE = re.compile(
    r'(?P<data>data\.)?(?P<type>[a-z][a-z0-9]*_\w+)\.(?P<name>[\w-]+)(?:\[(?:"(?P<key>[^"]*)"|(?P<number>\d+))\])?'
)
_MODULE = re.compile(r"module\.(?P<call>[\w-]+)(?:\[[^\]]*\])?\.(?P<output>[\w-]+)")
_VARIABLE = re.compile(r"var\.(?P<name>[\w-]+)$")

#: How many variables and outputs a reference is followed through.
_FARTHEST = 40

Wanted = Callable[[Resource], bool]


def of_type(*types: str) -> Wanted:
    """A test for resources of some types."""
    return lambda resource: resource.type in types


class References:
    """Finds what a resource's attributes point to."""

    def __init__(self, made: Document) -> None:
        self._document = made
        self._by_identity: dict[str, list[Resource]] = defaultdict(list)
        self._by_block: dict[tuple[Path, str, str, bool], list[Resource]] = defaultdict(list)
        for resource in made.all():
            self._by_block[resource.calls, resource.type, resource.name, resource.position < 0].append(resource)
            known = [text for key in _IDENTITIES for text in texts(resource.values, key)]
            for name in {normal(text) for text in known}:
                self._by_identity[name].append(resource)

    def named(self, text: str, wanted: Wanted) -> list[Resource]:
        """The resources that a text identifies; managed ones go before those that are only read."""
        found = [resource for resource in self._by_identity.get(normal(text), ()) if wanted(resource)]
        return [resource for resource in found if resource.position >= 0] or found

    def targets(self, resource: Resource, paths: str, wanted: Wanted) -> list[Resource]:
        """The resources that attributes (paths, alternatives parted by ``|``) point to."""
        return list(dict.fromkeys(target for target, _ in self._ends(resource, paths, wanted) if target))

    def ends(self, resource: Resource, paths: str, wanted: Wanted) -> list[Resource | str]:
        """The same, and as text what the file names without holding it."""
        return list(dict.fromkeys(target or text for target, text in self._ends(resource, paths, wanted)))

    def constants(self, resource: Resource, paths: str) -> list[str]:
        """The texts that attributes hold, variables included."""
        return [text for path in paths.split("|") for text in self._texts(resource, path)]

    def configured(self, resource: Resource, path: str) -> bool:
        """Whether the configuration sets an attribute."""
        return bool(list(_expressions(resource.block, path)))

    def open(self, resource: Resource, path: str) -> bool:
        """Whether the configuration sets an attribute to what only applying the plan will tell."""
        expressions = _expressions(resource.block, path)
        return any(not isinstance(end, str) for e in expressions for end in self._follow(e, resource.calls))

    def expression_text(self, expression: Any, calls: Path) -> str | None:
        """The text that an expression stands for: a constant, or a variable that has one."""
        return next((text for text in self._follow(expression, calls) if isinstance(text, str)), None)

    def _ends(self, resource: Resource, paths: str, wanted: Wanted) -> Iterator[tuple[Resource | None, str]]:
        for path in paths.split("|"):
            if not resource.block and resource.values.get(path.partition(".")[0]) is None:
                continue
            for text in self._texts(resource, path):
                found = [target for target in self.named(text, wanted) if _akin(target, resource)]
                yield from ((target, "") for target in found) if found else [(None, text)]
            if not find(resource.values, path):
                yield from ((target, "") for target in self.referred(resource, path) if wanted(target))

    def _texts(self, resource: Resource, path: str) -> list[str]:
        known = texts(resource.values, path)
        if known or find(resource.values, path):
            return known
        expressions = _expressions(resource.block, path)
        return [t for e in expressions for t in self._follow(e, resource.calls) if isinstance(t, str) and t]

    def referred(self, resource: Resource, path: str) -> list[Resource]:
        """The resources that the configuration of an attribute names."""
        found: list[Resource] = []
        for expression in _expressions(resource.block, path):
            same_index = any(str(r).startswith(("count.", "each.")) for r in _names(expression))
            for block in self._follow(expression, resource.calls):
                if isinstance(block, tuple):
                    found.extend(self._instances(block, resource, same_index))
        return list(dict.fromkeys(found))

    def follow(self, expression: Any, resource: Resource) -> list[Resource]:
        """The resources that one expression within a resource's configuration names."""
        blocks = [block for block in self._follow(expression, resource.calls) if isinstance(block, tuple)]
        return list(dict.fromkeys(found for block in blocks for found in self._instances(block, resource, False)))

    def _follow(self, expression: Any, calls: Path) -> Iterator[str | tuple[Path, re.Match[str]] | None]:
        """What an expression leads to through variables and outputs: texts, blocks of resources, None for all else."""
        waiting: list[tuple[Any, Path]] = [(expression, calls)]
        seen: set[tuple[str, Path]] = set()
        while waiting:
            here, path = waiting.pop()
            constant = here.get("constant_value") if isinstance(here, Mapping) else None
            yield from (item for item in find({"x": constant}, "x") if isinstance(item, str))
            for name in _names(here):
                if (name, path) in seen or len(seen) > _FARTHEST:
                    continue
                seen.add((name, path))
                if block := _RESOURCE.match(name):
                    yield path, block
                elif (call := _MODULE.match(name)) and (inner := (*path, call["call"])) in self._document.modules:
                    outputs = mapping(self._document.modules[inner].get("outputs"))
                    waiting.append((mapping(outputs.get(call["output"])).get("expression"), inner))
                elif variable := _VARIABLE.match(name):
                    waiting.append(self._variable(variable["name"], path))
                else:
                    yield None

    def _variable(self, name: str, path: Path) -> tuple[Any, Path]:
        """What a variable is: the argument of the module's call; at the root its value, else its default."""
        variables = mapping(mapping(self._document.modules.get(path)).get("variables"))
        default = mapping(variables.get(name)).get("default")
        if not path:
            return {"constant_value": mapping(self._document.variables.get(name)).get("value", default)}, ()
        calls = mapping(mapping(self._document.modules.get(path[:-1])).get("module_calls"))
        argument = mapping(mapping(calls.get(path[-1])).get("expressions")).get(name)
        return (argument, path[:-1]) if argument else ({"constant_value": default}, path)

    def _instances(self, block: tuple[Path, re.Match[str]], source: Resource, same_index: bool) -> list[Resource]:
        path, match = block
        found = self._by_block.get((path, match["type"], match["name"], bool(match["data"])), [])
        found = [target for target in found if target.module == source.module] or found
        index = match["key"] if match["key"] is not None else match["number"]
        if index is not None:
            return [target for target in found if str(target.index) == index]
        return (same_index and [target for target in found if target.index == source.index]) or found


def _akin(one: Resource, other: Resource) -> bool:
    """Whether two resources can mean each other by a name: those of one cloud; Azure has several providers."""
    return one.cloud[:5] == other.cloud[:5]


def normal(text: str) -> str:
    """An identity in one spelling: Azure's are case-insensitive, Google's come with and without host."""
    lowered = text.lower().removeprefix("b/")
    return lowered[lowered.index("projects/") :] if "googleapis.com/" in lowered and "projects/" in lowered else lowered


def _expressions(block: Mapping[str, Any], path: str) -> Iterator[Mapping[str, Any]]:
    """The expressions that the configuration has at a path of attributes."""
    if not block:
        return iter(())  # a state has no configuration
    return (found for found in find(mapping(block.get("expressions")), path) if isinstance(found, Mapping))


def _names(expression: Any) -> Iterable[str]:
    """The names an expression refers to; blocks within it are entered."""
    if not isinstance(expression, Mapping):
        return []
    return [name for name in find(expression, "references") if isinstance(name, str)]
