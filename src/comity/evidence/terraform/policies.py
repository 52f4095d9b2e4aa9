"""Policy documents of AWS, Alibaba, Tencent and Huawei: statements of who may do what on what.

The four write the same JSON in different spellings. A document is read from its text, or, where that is known only
after apply, from the configuration of the `aws_iam_policy_document` that makes it.
"""

from __future__ import annotations

import functools
import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from comity.evidence.terraform.document import Resource, find, mapping
from comity.evidence.terraform.references import References

#: Actions by which data leaves a store, and by which it comes in; what only tells of settings or names is neither.
#: A policy's action counts where it means at least one of them: `s3:Get*` means `GetObject`.
_READS = (
    "getobject getobjectversion selectobjectcontent restoreobject copyobject headobject getitem batchgetitem query "
    "scan partiqlselect getrecords subscribetoshard receivemessage getsecretvalue batchgetimage getdownloadurlforlayer "
    "getlogevents filterlogevents getqueryresults eshttpget select connect readdata readdataasavro clientmount "
    "getsnapshotblock executestatement batchexecutestatement getrow batchgetrow getrange consumemessage peekmessage "
    "batchreceivemessage batchpeekmessage getlogs getlogstorelogs pullcursordata pullrepository gitpull"
).split()
_WRITES = (
    "putobject postobject appendobject uploadpart multipartupload copyobject replicateobject putitem batchwriteitem "
    "updateitem putrecord putrecords sendmessage batchsendmessage putsecretvalue putimage uploadlayerpart putlogevents "
    "eshttppost eshttpput connect writedata clientwrite putsnapshotblock executestatement batchexecutestatement putrow "
    "batchwriterow updaterow postlogstorelogs putlogs publishmessage pushrepository gitpush"
).split()

#: Principals that stand for everyone.
EVERYONE = frozenset(("*", "qcs::cam::anyone:anyone", "arn:aws:iam::*:root", "allusers", "allauthenticatedusers"))


@dataclass(frozen=True)
class Statement:
    """A statement: ``named`` are resources that it names by reference and not by text."""

    allow: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    excluded: tuple[str, ...] = ()
    excluded_actions: tuple[str, ...] = ()
    principals: tuple[str, ...] = ()
    conditional: bool = False
    named: tuple[Resource, ...] = field(default=())

    def directions(self, service: str) -> frozenset[str]:
        """``read`` and ``write``: what its actions on a service let data do."""
        ways = frozenset[str]().union(*(_directions(action, service) for action in self.actions))
        return ways.difference(*(_directions(action, service) for action in self.excluded_actions))

    def covers(self, action: str) -> bool:
        """Whether its actions include one (which may be a pattern itself)."""
        return any(_pattern(mine.lower()).fullmatch(action.lower()) for mine in self.actions)

    def meets(self, store: Resource, names: Iterable[str]) -> bool:
        """Whether it speaks of a store, which policies write in one of several ways."""
        if store in self.named:
            return True
        spelled = list(names)
        hit = any(_meet(pattern, name) for pattern in self.resources for name in spelled)
        return hit and not any(_meet(pattern, name) for pattern in self.excluded for name in spelled)


@functools.lru_cache(maxsize=10_000)
def _directions(action: str, service: str) -> frozenset[str]:
    of, colon, verb = action.lower().removeprefix("name/").partition(":")
    if not colon:
        verb = of
    elif not _pattern(of).fullmatch(service):
        return frozenset()
    meant = _pattern(verb.rpartition(":")[2])
    ways = {"read": _READS, "write": _WRITES}
    return frozenset(way for way, known in ways.items() if any(map(meant.fullmatch, known)))


@functools.lru_cache(maxsize=10_000)
def _pattern(text: str) -> re.Pattern[str]:
    """A pattern with ``*`` and ``?``; several stars in a row count as one."""
    parts = re.split(r"(\*+|\?)", text[:2000])
    return re.compile("".join("." if p == "?" else ".*" if p.startswith("*") else re.escape(p) for p in parts))


@functools.lru_cache(maxsize=100_000)
def _meet(pattern: str, name: str) -> bool:
    """Whether a resource in a policy may mean the store of that name (both may hold ``*``), or something within it."""
    if pattern == "*":
        return True
    *ours, mine = pattern.lower().split(":", 5)
    *theirs, its = name.lower().split(":", 5)
    if len(ours) != len(theirs) or not all(map(_either, ours, theirs)):
        return False
    within = mine.startswith((f"{its}/", f"{its}:")) or _pattern(mine).fullmatch(f"{its}/x")
    return bool(within) or _either(mine, its)


class Names:
    """Stores by how policies write them, so that a policy needs not be held against each store."""

    def __init__(self, spelled: Mapping[Resource, Iterable[str]]) -> None:
        self.of = {store: tuple(names) for store, names in spelled.items()}
        pairs = [(_last(name), number) for number, names in enumerate(self.of.values()) for name in names]
        self._sorted = sorted(pairs)
        self._stores = list(self.of)

    def meant(self, statement: Statement) -> list[Resource]:
        """The stores that a statement speaks of, in the order of the document."""
        if "*" in statement.resources:
            numbers: Iterable[int] = range(len(self._stores))
        else:
            numbers = sorted({n for pattern in statement.resources for n in self._near(_last(pattern))})
        found = [self._stores[number] for number in numbers]
        found += [store for store in statement.named if store in self.of and store not in found]
        return [store for store in found if statement.meets(store, self.of[store])]

    def _near(self, pattern: str) -> Iterator[int]:
        """Stores whose name begins as a pattern does, and those whose name a pattern begins with."""
        literal = re.split(r"[*?]", pattern, maxsplit=1)[0]
        for number in range(bisect_left(self._sorted, (literal, -1)), len(self._sorted)):
            name, store = self._sorted[number]
            if not name.startswith(literal):
                break
            yield store
        for cut in re.finditer(r"[/:]", literal):
            start = literal[: cut.start()]
            for number in range(bisect_left(self._sorted, (start, -1)), len(self._sorted)):
                name, store = self._sorted[number]
                if name != start:
                    break
                yield store


def _last(name: str) -> str:
    return name.lower().split(":", 5)[-1]


def _either(one: str, other: str) -> bool:
    return bool(_pattern(one).fullmatch(other) or _pattern(other).fullmatch(one))


def statements(text: str) -> list[Statement] | None:
    """The statements of a policy's text; None where it is no policy."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    lowered = _lower(content)
    found = lowered.get("statement")
    entries = found if isinstance(found, list) else [found]
    return [made for entry in entries if (made := _statement(_lower(entry)))] if found is not None else None


def _lower(value: Any) -> dict[str, Any]:
    return {str(key).lower(): item for key, item in mapping(value).items()}


def _strings(value: Any) -> tuple[str, ...]:
    return tuple(item for item in find({"x": value}, "x") if isinstance(item, str))


def _statement(entry: Mapping[str, Any]) -> Statement | None:
    effect = entry.get("effect")
    if not isinstance(effect, str) or effect.lower() not in ("allow", "deny"):
        return None
    return Statement(
        allow=effect.lower() == "allow",
        actions=_strings(entry.get("action")) or ("*",),
        resources=_strings(entry.get("resource")) or ("*",),
        excluded=_strings(entry.get("notresource")),
        excluded_actions=_strings(entry.get("notaction")),
        principals=tuple(_principals(entry.get("principal"))),
        conditional=bool(entry.get("condition")) or "notprincipal" in entry or "notaction" in entry,
    )


def _principals(value: Any) -> Iterator[str]:
    """Principals, a cloud's own services left out: they act for the account that names them."""
    if isinstance(value, Mapping):
        for kind, items in value.items():
            if str(kind).lower() != "service":
                yield from _strings(items)
    else:
        yield from _strings(value)


class Policies:
    """Reads the policies that attributes hold; ``unread`` counts those whose text the file does not show."""

    def __init__(self, references: References) -> None:
        self._references = references
        self.unread = 0

    def of(self, resource: Resource, paths: str) -> list[Statement] | None:
        """The statements at attributes of a resource; None where there is a policy that the file does not show."""
        texts = [text for path in paths.split("|") for text in self._references.constants(resource, path)]
        if texts:
            read = [statements(text) for text in texts]
            return [made for found in read if found is not None for made in found]
        referred = [found for path in paths.split("|") for found in self._references.referred(resource, path)]
        documents = [found for found in referred if found.type == "aws_iam_policy_document"]
        if documents:
            return [made for found in documents for made in self._made(found)]
        if any(self._references.configured(resource, path) for path in paths.split("|")):
            self.unread += 1
            return None
        return []

    def _made(self, document: Resource) -> Iterator[Statement]:
        text = document.text("json") or document.text("minified_json")
        if text:
            yield from statements(text) or ()
            return
        for entry in find(mapping(document.block.get("expressions")), "statement"):
            if isinstance(entry, Mapping):
                yield self._configured(document, entry)

    def _configured(self, document: Resource, entry: Mapping[str, Any]) -> Statement:
        def texts(name: str) -> tuple[str, ...]:
            return _strings([mapping(entry.get(name)).get("constant_value")])

        effect = "".join(texts("effect")) or "Allow"
        named = self._references.follow(entry.get("resources"), document)
        principals = [
            text
            for block in find(entry, "principals")
            if _strings([mapping(mapping(block).get("type")).get("constant_value")]) != ("Service",)
            for text in _strings([mapping(mapping(block).get("identifiers")).get("constant_value")])
        ]
        return Statement(
            allow=effect == "Allow",
            actions=texts("actions") or (("*",) if "not_actions" in entry else ()),
            resources=texts("resources") or (() if named or "resources" in entry else ("*",)),
            excluded=texts("not_resources"),
            excluded_actions=texts("not_actions"),
            principals=tuple(principals),
            conditional="condition" in entry or "not_principals" in entry or "not_actions" in entry,
            named=tuple(named),
        )
