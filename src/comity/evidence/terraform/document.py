"""One list of resources from the three documents that Terraform writes: plan, state as shown, state as stored.

    terraform show -json PLAN     format_version, planned_values, configuration, prior_state   (0.x and 1.x)
    terraform show -json          format_version, values
    terraform.tfstate             version 4, resources

https://developer.hashicorp.com/terraform/internals/json-format. What is known only after apply is not in
`planned_values`, so it is missing here too. Modules are walked with a list, however deeply they are nested.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

#: Clouds that are read; types of their resources begin with the name.
CLOUDS = ("aws", "google", "azurerm", "alicloud", "tencentcloud", "huaweicloud")

_CALL = re.compile(r'module\.([\w-]+)(?:\[(?:"(?:[^"\\]|\\.)*"|\d+)\])?')
_PERSON = re.compile(r'[^\s"\'\[\]@:/]+@')

Path = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Resource:
    """A resource: ``position`` is its place in the document, counted from 0; -1 for what is only read (`data`).

    ``calls`` are the names of the module calls that lead to it; ``module`` is the address of its module, with indexes.
    ``provider`` is the key of its provider's configuration and ``block`` its own, in plans.
    """

    position: int
    address: str
    type: str
    name: str
    index: Any
    module: str
    values: Mapping[str, Any]
    calls: Path = ()
    provider: str = ""
    block: Mapping[str, Any] = field(default_factory=dict)

    @property
    def cloud(self) -> str:
        """The cloud by the type's prefix; any other prefix is given back as it is."""
        return self.type.partition("_")[0]

    def text(self, path: str) -> str | None:
        """The first text at a path of attributes."""
        return next(iter(texts(self.values, path)), None)


@dataclass
class Document:
    """What a file says: ``unread`` are resources whose attributes can't be read, by position and address.

    ``removed`` counts resources that a plan destroys; ``modules`` and ``blocks`` are its configuration.
    """

    resources: list[Resource] = field(default_factory=list)
    data: list[Resource] = field(default_factory=list)
    unread: list[tuple[int, str]] = field(default_factory=list)
    removed: int = 0
    modules: dict[Path, Mapping[str, Any]] = field(default_factory=dict)
    blocks: dict[tuple[Path, str, str, str], Mapping[str, Any]] = field(default_factory=dict)
    providers: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)

    def all(self) -> Iterator[Resource]:
        """Managed resources, then what is only read."""
        yield from self.resources
        yield from self.data


def find(value: Any, path: str) -> list[Any]:
    """Every value at a dotted path that is not null; lists on the way are entered."""
    parts = _parts(path)
    if isinstance(value, Mapping) and value.get(parts[0]) is None:
        return []  # by far the most frequent
    found = [value]
    for part in parts:
        found = [item[part] for item in _flat(found) if isinstance(item, Mapping) and item.get(part) is not None]
    return list(_flat(found))


@functools.cache
def _parts(path: str) -> Path:
    return tuple(path.split("."))


def texts(value: Any, path: str) -> list[str]:
    """The texts at a dotted path that are not empty."""
    return [item for item in find(value, path) if isinstance(item, str) and item]


def _flat(items: Iterable[Any]) -> Iterator[Any]:
    stack = [iter(items)]
    while stack:
        for item in stack[-1]:
            if isinstance(item, list):
                stack.append(iter(item))
                break
            yield item
        else:
            stack.pop()


def masked(text: str, number: int) -> str:
    """A text with a number in place of the names of mailboxes: `for_each` over people puts them into addresses."""
    return _PERSON.sub(f"{number}@", text)


def mapping(value: Any) -> Mapping[str, Any]:
    """An object as it is; anything else as an empty one."""
    return value if isinstance(value, Mapping) else {}


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    return (item for item in value if isinstance(item, Mapping)) if isinstance(value, list) else iter(())


def document(content: Mapping[str, Any]) -> Document:
    """Read a parsed document of any of the three kinds."""
    if "format_version" not in content:
        return _stored(content)
    made = Document()
    configuration = mapping(content.get("configuration"))
    made.modules = dict(_modules(mapping(configuration.get("root_module"))))
    made.blocks = {
        _block_key(path, block): block
        for path, module in made.modules.items()
        for block in _objects(module.get("resources"))
    }
    made.providers = mapping(configuration.get("provider_config"))
    made.variables = mapping(content.get("variables"))
    shown = content.get("planned_values") if "planned_values" in content else content.get("values")
    prior = mapping(mapping(content.get("prior_state")).get("values"))
    number = count()
    for module, entry in _shown(mapping(mapping(shown).get("root_module"))):
        _add(made, module, entry, number)
    for module, entry in _shown(mapping(prior.get("root_module"))):
        if entry.get("mode") == "data":
            _add(made, module, entry, number)
    changes = [mapping(change.get("change")).get("actions") for change in _objects(content.get("resource_changes"))]
    made.removed = sum(actions == ["delete"] for actions in changes)
    return made


def _modules(root: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The configuration of every module, by the calls that lead to it."""
    waiting: list[tuple[Path, Mapping[str, Any]]] = [((), root)]
    while waiting:
        path, module = waiting.pop()
        yield path, module
        calls = mapping(module.get("module_calls"))
        waiting.extend(((*path, name), mapping(mapping(call).get("module"))) for name, call in calls.items())


def _block_key(path: Path, block: Mapping[str, Any]) -> tuple[Path, str, str, str]:
    return path, str(block.get("mode")), str(block.get("type")), str(block.get("name"))


def _shown(root: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every resource of a module and of those below, in the order of the document, with its module's address."""
    waiting = [root]
    while waiting:
        module = waiting.pop()
        address = module.get("address")
        for entry in _objects(module.get("resources")):
            yield address if isinstance(address, str) else "", entry
        waiting.extend(reversed(list(_objects(module.get("child_modules")))))


def _add(made: Document, module: str, entry: Mapping[str, Any], number: Iterator[int]) -> None:
    kind, name = entry.get("type"), entry.get("name")
    managed = entry.get("mode") != "data"
    position = next(number) if managed else -1
    if not isinstance(kind, str) or not isinstance(name, str):
        made.unread.append((position, "a resource without type or name"))
        return
    calls = tuple(_CALL.findall(module))
    mode = "managed" if managed else "data"
    block = made.blocks.get((calls, mode, kind, name), {})
    address = masked(_address(module, mode, kind, name, entry.get("index")), position)
    if entry.get("deposed_key") is not None or entry.get("deposed") is not None:
        address += " (deposed)"  # replaced, and not destroyed yet: it still holds its data
    values = entry.get("values")
    if not isinstance(values, Mapping) and (values is not None or entry.get("flat") is not None):
        made.unread.append((position, address))
        return
    provider = block.get("provider_config_key") or entry.get("provider_name") or ""
    made_here = Resource(
        position, address, kind, name, entry.get("index"), module, mapping(values), calls, str(provider), block
    )
    (made.resources if managed else made.data).append(made_here)


def _address(module: str, mode: str, kind: str, name: str, index: Any) -> str:
    key = "" if index is None else f"[{json.dumps(index, ensure_ascii=False)}]"
    parts = [module] if module else []
    return ".".join([*parts, *(["data"] if mode == "data" else []), kind, name]) + key


def _stored(content: Mapping[str, Any]) -> Document:
    """A state as it is stored, version 4."""
    made, number = Document(), count()
    for resource in _objects(content.get("resources")):
        module = resource.get("module")
        for instance in _objects(resource.get("instances")):
            entry = {
                **{key: resource.get(key) for key in ("mode", "type", "name")},
                "index": instance.get("index_key"),
                "values": instance.get("attributes"),
                "flat": instance.get("attributes_flat"),
                "deposed": instance.get("deposed"),
                "provider_name": resource.get("provider"),
            }
            _add(made, module if isinstance(module, str) else "", entry, number)
    return made
