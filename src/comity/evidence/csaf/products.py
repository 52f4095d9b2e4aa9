"""The product tree of a CSAF document: which maker and which product stand behind a product id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from comity.evidence._json_values import objects, text, texts, within

#: What product_status says of products that a vulnerability concerns; the others are `known_not_affected` and
#: `recommended`.
_CONCERNED = (
    *("first_affected", "known_affected", "last_affected", "under_investigation", "unknown"),
    *("first_fixed", "fixed"),
)


@dataclass(frozen=True)
class _Product:
    """Who makes a product and what it is called, without its version."""

    vendor: str | None = None
    family: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class Concerned:
    """The products of one maker that a vulnerability concerns: their ids, and the name where they share one."""

    vendor: str | None
    product: str | None
    ids: frozenset[str]


class ProductTree:
    """What `product_tree` says, of CSAF 2.0 and 2.1; of anything malformed in it, nothing."""

    def __init__(self, tree: Any) -> None:
        """``tree`` is the value of `product_tree`."""
        self._products = dict(_branches(within(tree, "branches")))
        for product in objects(within(tree, "full_product_names")):
            if found := text(product.get("product_id")):
                self._products.setdefault(found, _Product(name=text(product.get("name"))))
        self._same_as = dict(_relationships(tree))
        self._groups = {
            text(group.get("group_id")): texts(group.get("product_ids"))
            for group in objects(within(tree, "product_groups"))
        }

    def ids(self, item: Any) -> frozenset[str]:
        """The products that an item names by `product_ids`, `products` or `group_ids`; none where it names none."""
        members = (self._groups.get(group, []) for group in texts(within(item, "group_ids")))
        named = (texts(within(item, key)) for key in ("product_ids", "products"))
        return frozenset(found for part in (*named, *members) for found in part)

    def concerned(self, status: Any) -> list[Concerned]:
        """By maker, what a vulnerability concerns; empty where `product_status` says that it concerns nothing.

        Without any status it concerns what the tree holds: its maker is known if there is only one.
        """
        if isinstance(status, dict) and any(map(texts, status.values())):
            return self._by_vendor({found for key in _CONCERNED for found in texts(status.get(key))})
        return self._everything

    @cached_property
    def _everything(self) -> list[Concerned]:
        whole = self._by_vendor(self._products)
        return whole if len(whole) == 1 else [Concerned(None, None, frozenset(self._products))]

    def _by_vendor(self, ids: Iterable[str]) -> list[Concerned]:
        vendors: dict[str | None, dict[str, _Product]] = {}
        for found in sorted(ids):
            product = self._product(found)
            vendors.setdefault(product.vendor, {})[found] = product
        return [Concerned(vendor, _shared_name(own.values()), frozenset(own)) for vendor, own in vendors.items()]

    def _product(self, found: str) -> _Product:
        """Follow relationships to the product itself; one that leads back to where it began leads nowhere."""
        seen = set()
        while found in self._same_as and found not in seen:
            seen.add(found)
            found = self._same_as[found]
        return self._products.get(found, _Product())


def _shared_name(products: Iterable[_Product]) -> str | None:
    names = {product.name or product.family for product in products}
    return names.pop() if len(names) == 1 else None


def _branches(branches: Any) -> Iterator[tuple[str, _Product]]:
    """Product ids with the nearest vendor, family and name above them."""
    open_branches = [(branch, _Product()) for branch in objects(branches)]
    while open_branches:
        branch, above = open_branches.pop()
        name = text(branch.get("name"))
        match branch.get("category"):
            case "vendor":
                above = replace(above, vendor=name)
            case "product_family":
                above = replace(above, family=name)
            case "product_name":
                above = replace(above, name=name)
        if found := text(within(branch, "product", "product_id")):
            yield found, above
        open_branches += [(inner, above) for inner in objects(branch.get("branches"))]


def _relationships(tree: Any) -> Iterator[tuple[str, str]]:
    """Ids that stand for products put together, each with the id of that whose maker answers for the whole.

    A component of something is part of that; what is installed on or with something stays what it is.
    """
    for relation in objects(within(tree, "relationships")):
        steps = [(relation.get("category"), relation.get("relates_to_product_reference"))]
        yield from _put_together(relation, relation.get("product_reference"), steps)
    for path in objects(within(tree, "product_paths")):
        steps = [(step.get("category"), step.get("next_product_reference")) for step in objects(path.get("subpaths"))]
        yield from _put_together(path, path.get("beginning_product_reference"), steps)


def _put_together(item: Any, begin: Any, steps: list[tuple[Any, Any]]) -> Iterator[tuple[str, str]]:
    whole = begin
    for category, following in steps:
        if not (isinstance(category, str) and category.endswith("_component_of")):
            break
        whole = following
    found, target = text(within(item, "full_product_name", "product_id")), text(whole)
    if found and target:
        yield found, target
