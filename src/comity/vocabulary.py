"""The vocabulary: every kind of fact and every attribute, with its type, role and meaning. THE definition.

The schema of fact tables, the types that rules are checked against, the profile's checks and the reference page all
follow from the declarations below. Null means *not known*, and nothing else.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace


class Type(enum.Enum):
    """What an attribute holds; ``sql`` is the column type in fact tables."""

    BOOL = ("bool", "BOOLEAN")
    STRING = ("string", "VARCHAR")
    INT = ("int", "BIGINT")
    SHARE = ("percent", "DOUBLE")
    TIME = ("time", "TIMESTAMPTZ")
    STRINGS = ("[string]", "VARCHAR[]")
    INTS = ("[int]", "BIGINT[]")

    def __init__(self, label: str, sql: str) -> None:
        self.label, self.sql = label, sql

    @property
    def is_list(self) -> bool:
        """Whether values are lists (kept sorted, without duplicates, without nulls)."""
        return self in (Type.STRINGS, Type.INTS)


class Role(enum.Enum):
    """Who decides the value: the world, the party judged, or Comity by derivation."""

    CIRCUMSTANCE = "circumstance"
    CHOICE = "choice"
    DERIVED = "derived"


@dataclass(frozen=True)
class Attribute:
    """One thing that can be known of a fact; ``name`` is relative to its kind (``recipient.seat``).

    ``closed`` marks what is not so unless it is shown: a bool that is false, or a list that is empty, where nothing is
    said. It is never missing.
    """

    name: str
    type: Type
    role: Role
    meaning: str
    closed: bool = False


@dataclass(frozen=True)
class Facets:
    """Which attributes answer *from where*, *to where* and *who* in reports and in the ids of findings.

    ``name`` is what a single fact is called where it is shown as evidence. ``manner`` parts the cells once more: texts
    by their value, a bool by its name where it is true.
    """

    origin: str | None = None
    target: str | None = None
    party: str | None = None
    name: str | None = None
    manner: tuple[str, ...] = ()


#: How names of tallies and of clocks begin, in rules and beside attributes.
TALLY = "tally."
CLOCK = "clock."


@dataclass(frozen=True)
class Kind:
    """A kind of fact, such as ``flow``.

    ``moot`` names a bool: a fact for which it is true is out of every rule's scope, since nothing happened.
    """

    name: str
    meaning: str
    facets: Facets
    attributes: tuple[Attribute, ...]
    moot: str | None = None
    by_name: dict[str, Attribute] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {a.name: a for a in self.attributes})

    def full_name(self, attribute: str) -> str:
        """The name that rules use: ``flow.recipient.seat``. A tally's and a clock's (``tally.people``) is its own."""
        return attribute if attribute.startswith((TALLY, CLOCK)) else f"{self.name}.{attribute}"

    def relative_name(self, full: str) -> str:
        """The name within the kind: ``recipient.seat``; a tally and a clock keep their own."""
        return full.removeprefix(f"{self.name}.")


def _attributes(role: Role, rows: Iterable[tuple[str, Type, str]]) -> Iterator[Attribute]:
    return (Attribute(name, type_, role, meaning) for name, type_, meaning in rows)


def _circumstances(*rows: tuple[str, Type, str]) -> Iterator[Attribute]:
    return _attributes(Role.CIRCUMSTANCE, rows)


def _choices(*rows: tuple[str, Type, str]) -> Iterator[Attribute]:
    return _attributes(Role.CHOICE, rows)


def _derived(*rows: tuple[str, Type, str]) -> Iterator[Attribute]:
    return _attributes(Role.DERIVED, rows)


B, S, I, T, SS, II = Type.BOOL, Type.STRING, Type.INT, Type.TIME, Type.STRINGS, Type.INTS

#: What can be known of a party; it appears inside the kinds as ``sender.name``, ``recipient.seat`` and so on.
PARTY: tuple[Attribute, ...] = (
    *_circumstances(
        ("name", S, "name of the party"),
        (
            "role",
            S,
            "kind of party: `State`, `public-authority`, `controller`, `processor`, `provider` or `individual`",
        ),
        ("seat", SS, "jurisdictions where it is organised or has its principal place of business"),
        ("established", SS, "jurisdictions of any of its establishments, the seat included"),
        (
            "controlled_by",
            SS,
            "jurisdictions of those who own half or more of it, shares from one jurisdiction added together, "
            "or otherwise control it",
        ),
        ("influenced_by", SS, "the same from a fifth"),
        ("handles", I, "how many people's data it handles in all"),
    ),
    Attribute(
        "serves",
        SS,
        Role.CIRCUMSTANCE,
        "jurisdictions whose people it is shown to offer goods or services to, or to monitor",
        closed=True,
    ),
    *_choices(("certifications", SS, "certifications valid when the fact happened, such as `dpf` or `cbpr`")),
    *_circumstances(("listed", SS, "official lists and designations that name it: `us-entity-list`, `cn-ciio`, …")),
)


def _party(prefix: str) -> Iterator[Attribute]:
    return (replace(a, name=f"{prefix}.{a.name}", meaning=f"{prefix}: {a.meaning}") for a in PARTY)


_EVERY_KIND = (
    *_circumstances(
        ("at", T, "when it happened"),
        ("product", S, "the product or system concerned"),
    ),
)

_CONTENT = (
    *_choices(("data", SS, "categories of data, DPV-PD terms; `…` among them: perhaps others as well")),
    *_derived(
        ("personal", B, "personal data; follows from `data` unless given"),
        ("sensitive", B, "a special category; follows from `data` unless given"),
        ("important", B, "important data as the law of the place understands it"),
    ),
    *_circumstances(
        ("subjects", SS, "jurisdictions where the people concerned live"),
        ("people", I, "how many people it concerns"),
    ),
)

_ORIGIN = tuple(_circumstances(("origin", SS, "jurisdictions where the data was generated or collected")))
_BARRIERS = (
    ("crosses", SS, "barriers it crosses not through a gate"),
    ("gated", SS, "barriers it crosses through a gate"),
    ("within", SS, "barriers that both its ends are inside of"),
)

FLOW = Kind(
    "flow",
    "data moved",
    Facets("from", "to", "recipient.name"),
    (
        *_EVERY_KIND,
        *_choices(
            ("from", S, "jurisdiction where the data leaves"),
            ("to", S, "jurisdiction where it arrives"),
        ),
        *_party("sender"),
        *_party("recipient"),
        *_circumstances(
            ("source", S, "sending IP address"),
            ("host", S, "receiving host name"),
            ("address", S, "receiving IP address"),
            ("network", I, "AS number of the receiving address"),
            ("application", S, "protocol or application recognised"),
        ),
        *_CONTENT,
        *_ORIGIN,
        *_circumstances(
            ("devices", I, "how many devices it concerns"),
            ("records", I, "how many records it carries"),
            ("bytes", I, "bytes sent"),
            ("bytes_back", I, "bytes that came back"),
            ("public", B, "lawfully public data"),
            ("via", II, "AS numbers passed on the way"),
        ),
        *_choices(
            ("purpose", S, "DPV purpose"),
            ("basis", S, "DPV legal basis"),
            ("safeguards", SS, "safeguards agreed, such as `scc-2021` or `bcr`"),
            ("brokered", B, "data sold or licensed to one who did not collect it"),
            ("agreement", S, "form of the dealing: `vendor`, `employment`, `intra-group`, …"),
            ("encrypted", B, "encrypted in transit"),
            ("began", T, "when transfers like this one to this recipient began"),
            ("filed", T, "when the assessment, contract or notice that the law asks for reached the authority"),
        ),
        Attribute("blocked", B, Role.CIRCUMSTANCE, "shown to be refused or never answered: nothing moved", closed=True),
        Attribute(
            "same_party", B, Role.DERIVED, "shown to stay with one party: sender and recipient alike", closed=True
        ),
        *_derived(("declared", B, "the product's maker declared this endpoint")),
        *_circumstances(
            ("critical", B, "leaves or enters an asset marked critical infrastructure"),
            ("alert", S, "category of the intrusion alert raised on it"),
        ),
        *_derived(*_BARRIERS),
    ),
    moot="blocked",
)

PATH = Kind(
    "path",
    "data could move",
    Facets("from", "to", "recipient.name", name="route"),
    (
        *_EVERY_KIND,
        *_circumstances(
            ("from", S, "jurisdiction where it starts"),
            ("to", S, "jurisdiction where it ends"),
            ("start", S, "what it starts from: a resource of a plan, a system"),
            ("end", S, "what it ends at"),
            ("through", SS, "what it leads through"),
            ("by", S, "`network` or `iam`; `both` where it takes steps of both kinds"),
        ),
        *_party("sender"),
        *_party("recipient"),
        *_CONTENT,
        *_derived(("route", S, "the way it leads, from start to end in order"), *_BARRIERS),
    ),
)

STORE = Kind(
    "store",
    "data rests",
    Facets(None, "place", "operator.name", name="name"),
    (
        *_EVERY_KIND,
        *_circumstances(("name", S, "what the store is called, such as its address in a plan")),
        *_choices(
            ("place", S, "jurisdiction where it rests"),
            ("replicas", SS, "jurisdictions of copies"),
        ),
        *_party("holder"),
        *_party("operator"),
        *_CONTENT,
        *_ORIGIN,
        *_choices(
            ("encrypted", B, "encrypted at rest"),
            ("keys_in", S, "jurisdiction of those who hold the keys"),
            ("public", B, "open to everyone"),
            ("reason", S, "recorded reason for storing there: `mandate`, `latency`, `contract`, …; `none` for none"),
            ("basis", S, "DPV legal basis on which it is kept; `none` for none"),
            ("retention", I, "months for which the data is kept"),
        ),
    ),
)

REQUEST = Kind(
    "request",
    "an authority asks",
    Facets("by", None, "holder.name", name="reference"),
    (
        *_EVERY_KIND,
        *_circumstances(
            ("by", S, "demanding jurisdiction"),
            ("authority", S, "name of the authority"),
            ("reference", S, "reference number under which it is registered"),
        ),
        *_party("holder"),
        *_circumstances(
            ("data_in", SS, "jurisdictions where the data is"),
            ("issuer", S, "`court`, `prosecutor`, `police` or `administration`"),
            ("subjects", SS, "jurisdictions where the people concerned live"),
            ("personal", B, "personal data is asked for"),
            ("class", S, "`subscriber`, `traffic`, `content` or `other`"),
            ("emergency", B, "made as an emergency request"),
            ("purpose", S, "`crime`, `security`, `regulatory` or `civil`"),
        ),
        *_choices(("channel", S, "`direct`, `mutual-assistance`, `executive-agreement`, `e-evidence`, …")),
        *_circumstances(
            ("instrument", S, "treaty or law relied on"),
            ("permitted_by", SS, "States that gave permission"),
            ("conditions", SS, "conditions of the law shown to be met, such as `reviewable` or `treaty-in-force`"),
        ),
        *_choices(
            ("objected", T, "when the holder objected, such as by a motion to quash"),
            ("customer_told", B, "the customer whose data it is was told"),
            ("disclosed", B, "the data was handed over"),
            ("answered", T, "when it was answered"),
        ),
    ),
)

PRODUCT = Kind(
    "product",
    "shipped or run",
    Facets(None, None, "provider.name", name="name"),
    (
        *_EVERY_KIND,
        *_circumstances(
            ("name", S, "name of the product"),
            ("version", S, "version of the product"),
        ),
        *_party("provider"),
        *_derived(
            ("capabilities", SS, "capabilities found by scanners, such as `remote-control`"),
            ("sought", SS, "capabilities that scanners looked for, where they say so"),
            ("searched", B, "scanners looked for every capability that has a code; follows from `sought`"),
        ),
        *_choices(
            ("declared_capabilities", SS, "capabilities that the maker declares"),
            ("declared_endpoints", SS, "endpoints that the maker declares"),
        ),
        *_derived(("undeclared_endpoints", SS, "endpoints observed and not declared")),
        *_choices(
            ("forced_upgrade", B, "upgraded without the user's consent"),
            ("security_upgrade", B, "the upgrade is needed for security"),
            ("exportable", B, "users can take their data out"),
            ("practices", SS, "practices that lock users in"),
            ("stores", SS, "app stores that list it"),
            ("preinstalled_by", SS, "makers that preinstall it"),
            ("disclosures", SS, "what its provider publishes about it, such as `infrastructure-jurisdiction`"),
        ),
    ),
)

COMPONENT = Kind(
    "component",
    "part of a product",
    Facets(None, None, "supplier.name", name="name"),
    (
        *_EVERY_KIND,
        *_choices(
            ("purl", S, "package URL"),
            ("name", S, "name of the component"),
            ("version", S, "version of the component"),
        ),
        *_party("supplier"),
        *_party("recipient"),
        *_circumstances(
            ("made_with", SS, "jurisdictions whose parts, technology or tools it was made with"),
            ("authorised_by", SS, "States that licensed its supply to the recipient; `US/…` with a licence's name"),
            ("type", S, "`software`, `hardware`, `carrier`, `cloud`, `cable` or `app`"),
            ("hashes", SS, "checksums recorded for it, such as `SHA-256:…`"),
            ("licences", SS, "licences that it is given under, SPDX expressions where they are known"),
        ),
        *_choices(("verified", B, "origin proven by hash, signature or provenance")),
        *_circumstances(
            ("vulnerabilities", I, "vulnerabilities known and open"),
            ("worst_severity", S, "worst severity among them: `low`, `medium`, `high` or `critical`"),
            ("alternatives", I, "other suppliers able to replace it"),
        ),
        *_choices(
            ("evidence", SS, "findings that the exclusion rests on"),
            ("grounds", SS, "reasons given for the exclusion; `origin` where it is the supplier's jurisdiction"),
        ),
        Attribute("excluded", B, Role.CHOICE, "shown to be excluded by policy: not to be used", closed=True),
    ),
)

ADVISORY = Kind(
    "advisory",
    "a vulnerability made known",
    Facets(None, None, "provider.name", name="id"),
    (
        *_EVERY_KIND,
        *_circumstances(
            ("id", S, "identifier of the advisory"),
            ("severity", S, "`low`, `medium`, `high` or `critical`"),
            ("exploited", B, "known to be exploited"),
        ),
        *_party("provider"),
        *_circumstances(
            ("discovered", T, "found by anyone"),
            ("aware", T, "known to the maker"),
        ),
        *_choices(
            ("users_told", T, "users were told"),
            ("published", T, "published"),
            ("remedy_available", T, "a remedy was available"),
            ("authority_warned", T, "early warning to the authority"),
            ("authority_notified", T, "notification to the authority"),
            ("authority_reported", T, "final report to the authority"),
            (
                "remedies",
                SS,
                "what is offered: `vendor_fix`, `mitigation`, `workaround`, `none_available`, `no_fix_planned`",
            ),
        ),
        *_derived(
            ("days_to_tell", I, "whole days from when the maker knew until users were told"),
            ("days_to_remedy", I, "whole days from when it was published until a remedy was available"),
        ),
    ),
)

MEASURE = Kind(
    "measure",
    "an act of a State",
    Facets("by", None, "target.name", name="title", manner=("effect", "contested")),
    (
        *_EVERY_KIND,
        *_circumstances(
            ("by", S, "the State that took it"),
            ("title", S, "what was done, in a few words"),
            ("source", S, "where it is documented"),
            ("contested", B, "the State denies that the act is its own"),
        ),
        *_party("target"),
        *_circumstances(
            ("effect", S, "`exclude`, `ban`, `restrict`, `localise`, `compel-access`, `block-disclosure` or `surveil`"),
            ("evidence", SS, "published findings on the product or party that it rests on"),
            ("grounds", SS, "reasons given"),
            ("origin", SS, "jurisdictions where the data was generated"),
            ("permitted_by", SS, "States that permitted it"),
            ("data_in", SS, "jurisdictions where the data is"),
            ("subjects", SS, "jurisdictions where the people concerned live"),
            ("bulk", B, "in bulk"),
            ("until", T, "when it ended"),
        ),
    ),
)

#: Every kind of fact by name.
KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (FLOW, PATH, STORE, REQUEST, PRODUCT, COMPONENT, ADVISORY, MEASURE)
}

#: Every attribute by the full name that rules use, such as ``flow.recipient.seat``.
ATTRIBUTES: dict[str, Attribute] = {kind.full_name(a.name): a for kind in KINDS.values() for a in kind.attributes}

#: Attributes that hold jurisdiction codes, by the full names that rules use.
JURISDICTION_ATTRIBUTES: frozenset[str] = frozenset(
    kind.full_name(a.name)
    for kind in KINDS.values()
    for a in kind.attributes
    if a.name.rpartition(".")[2]
    in {
        *("from", "to", "place", "replicas", "keys_in", "data_in", "permitted_by", "subjects", "origin"),
        *("seat", "established", "controlled_by", "influenced_by", "serves"),
        "made_with",
    }
    or kind.full_name(a.name) in {"request.by", "measure.by"}
)

#: A jurisdiction code: two letters, or the one organisation that has three.
JURISDICTION = r"(?:[A-Z][A-Z]|EPO)"

#: Capabilities of products by code. A backdoor is one that the maker does not declare.
CAPABILITIES = {
    "covert-exfiltration": "sends data out by ways meant to stay unseen",
    "covert-identifier": "recognises a device or a person by hidden identifiers, such as a fingerprint of the device",
    "download-and-run": "fetches code and runs it",
    "hard-coded-credential": "holds a password, key or token that works for whoever knows it",
    "hidden-functionality": "has functions that are hidden from its users, malicious code among them",
    "key-logging": "records what is typed",
    "remote-control": "lets others control it from afar",
    "screen-capture": "records the screen",
    "undocumented-listener": "waits for connections or signals that no documentation tells of",
    "update-without-signature": "takes in code or updates without proof of their origin",
}


def derived_from_search(capabilities: Iterable[str] | None, sought: Iterable[str] | None) -> bool | None:
    """Whether a product was searched for every capability; not known where scanners looked for some only.

    Who tells what was found and not what was looked for, tells all.
    """
    if sought is not None:
        return set(sought) >= CAPABILITIES.keys() or None
    return True if capabilities is not None else None
