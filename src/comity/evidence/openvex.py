"""OpenVEX: what a document's author states of vulnerabilities in products.

Specification: https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md (0.0.1 to 0.2.0). Statements on one product and
one vulnerability follow one another, and the latest counts. Where it says `affected`, `fixed` or `under_investigation`,
the product has an `advisory`:

    vulnerability.name          id
    products: purl, else @id    product
    supplier                    provider.name
    timestamp                   at and published: that of the first of these statements, else of the document;
                                users_told, where the author is the supplier
    action_statement, fixed     remedies
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from comity.evidence._documents import load_json
from comity.evidence._json_values import Notes, head_events, text, within
from comity.evidence.base import EvidenceFile, FactTables, Head, Reading

NAME = "openvex"
TITLE = "OpenVEX: whether products are affected by vulnerabilities, and what is offered"

_COLUMNS = (
    *("file", "position", "at", "product", "id", "provider.name"),
    *("users_told", "published", "remedies"),
)
SUPPLIES = {"advisory": frozenset(_COLUMNS[2:])}

_CONTEXT = "https://openvex.dev/ns"
_CONTEXT_KEYS = ("@context", "@context.item")

#: A position holds the number of the statement and, in its last bits, that of the product in it, from 1; 0 for none.
_PRODUCT_BITS = 16

_ADVISORIES = ("affected", "fixed", "under_investigation")
_STATUSES = ("not_affected", *_ADVISORIES)

#: What `vexctl` writes where nobody said what to do.
_NO_ACTION = "No action statement provided"

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class _NotAStatement(Exception):  # noqa: N818 - a verdict on a statement, not an error of the program
    """Why a statement is not read."""


@dataclass(frozen=True)
class _Statement:
    """A statement on one product."""

    number: int
    position: int
    id: str
    product: str | None
    status: str
    at: datetime | None
    supplier: str | None
    action: bool


#: What a document states of one vulnerability in one product, in its order.
_History = list[_Statement]


def recognise(head: Head) -> bool:
    """A JSON object whose `@context` is OpenVEX's."""
    contexts = (value for prefix, event, value in head_events(head) if prefix in _CONTEXT_KEYS and event == "string")
    return any(context.startswith(_CONTEXT) for context in contexts)


def read(file: EvidenceFile, tables: FactTables) -> Reading:
    """Read the statements of a document. Raises ``EvidenceError`` for broken JSON and for one without `statements`."""
    document = load_json(file)
    statements = within(document, "statements")
    if not isinstance(statements, list):
        raise file.error("an OpenVEX document without a list of `statements`")
    reading, notes = Reading(NAME), Notes()
    histories: defaultdict[tuple[str, str | None], _History] = defaultdict(list)
    for number, statement in enumerate(statements):
        try:
            for part in _on_products(number, statement, document, notes):
                histories[part.id, part.product].append(part)
        except _NotAStatement as reason:
            reading.skip(where(number << _PRODUCT_BITS), str(reason))
    latest = [(_latest(history), history) for history in histories.values()]
    told = [(part, history) for part, history in latest if part.status in _ADVISORIES]
    author = text(document.get("author"))
    tables.append("advisory", _COLUMNS, [(file.number, part.position, *_advisory(part, h, author)) for part, h in told])
    _count(reading, (part for history in histories.values() for part in history), {part.number for part, _ in told})
    reading.notes += notes.lines()
    return reading


def where(position: int) -> str:
    """The statement, or the product in it, as a JSON pointer (RFC 6901)."""
    number, product = divmod(position, 1 << _PRODUCT_BITS)
    return f"/statements/{number}" + (f"/products/{product - 1}" if product else "")


def _on_products(number: int, statement: Any, document: Any, notes: Notes) -> Iterator[_Statement]:
    """A statement taken apart by its products. Raises ``_NotAStatement``."""
    if not isinstance(statement, dict):
        raise _NotAStatement("not an object")
    place = where(number << _PRODUCT_BITS)
    # Before version 0.2.0 vulnerabilities and products were strings.
    vulnerability = statement.get("vulnerability")
    name = text(vulnerability) or text(within(vulnerability, "name")) or text(within(vulnerability, "@id"))
    if name is None:
        raise _NotAStatement("names no vulnerability")
    status = statement.get("status")
    if status not in _STATUSES:
        raise _NotAStatement(f"`status` is none of {', '.join(_STATUSES)}")
    own = "timestamp" in statement
    at = notes.time(statement, "timestamp", place) if own else notes.time(document, "timestamp", "")
    action = text(statement.get("action_statement")) not in (None, _NO_ACTION)
    products = statement.get("products")
    listed = products if isinstance(products, list) and products else [None]
    if len(listed) >> _PRODUCT_BITS:
        raise _NotAStatement(f"names {1 << _PRODUCT_BITS:,} products or more")
    for position, product in enumerate(listed, (number << _PRODUCT_BITS) + (listed is products)):
        yield _Statement(number, position, name, _product(product), status, at, text(statement.get("supplier")), action)


def _product(product: Any) -> str | None:
    identifiers = within(product, "identifiers")
    said = (
        within(identifiers, "purl"),
        within(product, "@id"),
        product,
        within(identifiers, "cpe23"),
        within(identifiers, "cpe22"),
    )
    return next(filter(None, map(text, said)), None)


def _latest(history: _History) -> _Statement:
    """The statement that counts: the last in time, then in place."""
    return max(history, key=lambda statement: (statement.at or _LONG_AGO, statement.number))


def _advisory(latest: _Statement, history: _History, author: str | None) -> tuple[Any, ...]:
    """What a history comes to, as columns from ``at`` on."""
    told = [statement for statement in history if statement.status in _ADVISORIES]
    published = min((statement.at for statement in told if statement.at), default=None)
    by_maker = author is not None and author == latest.supplier
    remedies = {"mitigation" for statement in told if statement.action}
    remedies |= {"vendor_fix" for statement in told if statement.status == "fixed"}
    users_told = published if by_maker else None
    return published, latest.product, latest.id, latest.supplier, users_told, published, sorted(remedies) or None


def _count(reading: Reading, parts: Iterable[_Statement], counting: set[int]) -> None:
    """Count the statements: those that are the last word on a product that is concerned are read, others skipped."""
    statuses = {part.number: part.status for part in parts}
    for number, status in statuses.items():
        if number in counting:
            reading.read += 1
        elif status == "not_affected":
            reading.skip(where(number << _PRODUCT_BITS), "not affected: no advisory")
        else:
            reading.skip(where(number << _PRODUCT_BITS), "a later statement on the same product counts")
