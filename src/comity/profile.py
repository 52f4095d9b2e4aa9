"""The profile, ``comity.toml``: what is promised, and what evidence can't show. Everything in it is optional."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from comity.barrier import problems
from comity.categories import AND_MORE
from comity.errors import Place, ProfileError, did_you_mean

FILE_NAME = "comity.toml"

ROLES = ("State", "public-authority", "controller", "processor", "provider", "individual")

#: ISO 3166-1 alpha-2, Kosovo, and the organisations that are jurisdictions of their own.
JURISDICTIONS = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO
    FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE
    JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO
    MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW
    PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM
    TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW XK EU EPO
    """.split()
)
#: A planted value shorter than this would be found everywhere.
SHORTEST_PLANTED = 6

_WHOLE = f"a list of all there is: `{AND_MORE}` (perhaps more) may stand in `data` only"

_MATCH = re.compile(r"AS\d+|(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*")


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("text in quotes")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("`true` or `false`")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    texts = _terms(value)
    if AND_MORE in texts:
        raise ValueError(_WHOLE)
    return texts


def _terms(value: Any) -> tuple[str, ...]:
    """Categories of data, which may be an open list."""
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ValueError('a list of texts, such as `["a", "b"]`')
    return tuple(value)


def _code(value: Any) -> str:
    if not isinstance(value, str) or value not in JURISDICTIONS:
        raise ValueError('a jurisdiction code, such as `"DE"` (ISO 3166-1 alpha-2, `XK`, `EU`, `EPO`)')
    return value


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("a whole number from 0 on")
    return value


def _codes(value: Any) -> tuple[str, ...]:
    try:
        return tuple(map(_code, _texts(value)))
    except ValueError:
        raise ValueError(
            'a list of jurisdiction codes, such as `["DE", "VN"]` (ISO 3166-1 alpha-2, `XK`, `EU`, `EPO`)'
        ) from None


def _role(value: Any) -> str:
    if value not in ROLES:
        raise ValueError(f"one of `{'`, `'.join(ROLES)}`")
    return str(value)


def _networks(value: Any) -> tuple[str, ...]:
    try:
        return tuple(str(ipaddress.ip_network(item)) for item in _texts(value))
    except ValueError:
        raise ValueError('a list of networks, such as `["10.20.0.0/16", "2001:db8::/32"]`') from None


def _hosts(value: Any) -> tuple[str, ...]:
    hosts = tuple(item.lower() for item in _texts(value))
    if not all((_MATCH.fullmatch(host) and not host.startswith("as")) or "." in host for host in hosts):
        raise ValueError('a list of host names, such as `["api.example.org", "*.example.org"]`')
    return hosts


def _matches(value: Any) -> tuple[str, ...]:
    items = tuple(
        item.upper() if re.fullmatch(r"AS\d+", item, re.IGNORECASE) else item.lower() for item in _texts(value)
    )
    if not items or not all(is_network(item) or _MATCH.fullmatch(item) for item in items):
        raise ValueError(
            'a list of host names, networks and AS numbers, such as `["tracker.example", "203.0.113.0/24", "AS64500"]`'
        )
    return items


def _entries(value: Any) -> tuple[str, ...]:
    try:
        return _texts(value)
    except ValueError:
        raise ValueError(
            "a list of systems and products by name, host names, networks, AS numbers and resources, such as "
            '`["api", "*.cn.example", "10.20.0.0/16", "AS64500", "module.cn.*"]`'
        ) from None


def _planted(value: Any) -> tuple[str, ...]:
    allowed = 'a list of values, such as `["mai@example.com", "+84912345678"]`'
    try:
        values = _texts(value)
    except ValueError:
        raise ValueError(allowed) from None
    if not values:
        raise ValueError(f"{allowed}, with one at least")
    if short := next((text for text in values if len(text.strip()) < SHORTEST_PLANTED), None):
        raise ValueError(
            f"{allowed}, each of {SHORTEST_PLANTED} letters or more: `{short}` would be found where nobody planted it"
        )
    return values


def _some_entries(value: Any) -> tuple[str, ...]:
    if value == []:
        raise ValueError("a list with an entry at least (`outside` is left out for all else)")
    return _entries(value)


def is_network(text: str) -> bool:
    """Whether a text is an IP address or a network in CIDR notation."""
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Certification:
    """A certification, valid from a day until a day (exclusive)."""

    name: str
    start: date | None = None
    end: date | None = None


def _certifications(value: Any) -> tuple[Certification, ...]:
    expected = 'a list such as `["cbpr", {name = "dpf", from = 2023-10-01, until = 2024-10-01}]`'
    if not isinstance(value, list):
        raise ValueError(expected)
    found = []
    for item in value:
        entry = {"name": item} if isinstance(item, str) else item
        if not isinstance(entry, dict) or not entry.keys() <= {"name", "from", "until"} or "name" not in entry:
            raise ValueError(expected)
        days = [entry.get("from"), entry.get("until")]
        if not isinstance(entry["name"], str) or any(type(day) is not date for day in days if day is not None):
            raise ValueError(expected)
        if entry["name"] == AND_MORE:
            raise ValueError(_WHOLE)
        start, end = days
        if start and end and start >= end:
            raise ValueError(f"valid from a day until a later one, not from {start} until {end}")
        found.append(Certification(entry["name"], start, end))
    return tuple(found)


def _key(check: Callable[[Any], Any], meaning: str, default: Any = None) -> Any:
    return field(default=default, metadata={"check": check, "meaning": meaning})


@dataclass(frozen=True)
class Party:
    """``[party]``: who is judged."""

    name: str | None = _key(_text, "name of the party judged")
    role: str | None = _key(_role, "its role")
    seat: tuple[str, ...] | None = _key(_codes, "jurisdictions where it is organised")
    established: tuple[str, ...] | None = _key(_codes, "jurisdictions of any of its establishments")
    controlled_by: tuple[str, ...] | None = _key(_codes, "jurisdictions of those who control it")
    influenced_by: tuple[str, ...] | None = _key(_codes, "jurisdictions of those who own a fifth or more")
    serves: tuple[str, ...] | None = _key(_codes, "jurisdictions whose people it offers services to, or monitors")
    handles: int | None = _key(_count, "how many people's data it handles in all")
    listed: tuple[str, ...] | None = _key(_texts, "official lists and designations that name it, such as `cn-ciio`")
    certifications: tuple[Certification, ...] | None = _key(_certifications, "its certifications")
    complete: bool = _key(_flag, "whatever this file does not say does not exist", False)


@dataclass(frozen=True)
class System:
    """``[[system]]``: what is ours, and where it stands."""

    name: str | None = _key(_text, "name of the system")
    networks: tuple[str, ...] = _key(_networks, "networks of its addresses", ())
    hosts: tuple[str, ...] = _key(_hosts, "host names it answers to", ())
    captures: tuple[str, ...] = _key(_texts, "evidence files recorded on it, as file name patterns", ())
    place: str | None = _key(_code, "jurisdiction where it stands")
    subjects: tuple[str, ...] | None = _key(_codes, "jurisdictions where the people live whose data it handles")
    origin: tuple[str, ...] | None = _key(_codes, "jurisdictions where that data was generated or collected")
    data: tuple[str, ...] | None = _key(_terms, "categories of data it handles, DPV-PD terms")
    important: bool | None = _key(_flag, "that data is important data as the law of the place understands it")
    purpose: str | None = _key(_text, "DPV purpose for which it handles that data")
    basis: str | None = _key(_text, "DPV legal basis on which it handles that data; `none` for none")
    critical: bool | None = _key(_flag, "critical infrastructure")
    product: str | None = _key(_text, "the product it belongs to")
    stores: tuple[str, ...] = _key(_texts, "its stores, as patterns of their names, such as `aws_s3_bucket.*`", ())
    reason: str | None = _key(_text, "why its data is stored where it is: `mandate`, `latency`, …; `none` for none")


@dataclass(frozen=True)
class Recipient:
    """``[[recipient]]``: those we deal with; overrides the shipped register."""

    match: tuple[str, ...] = _key(_matches, "host names (with all below them), networks and AS numbers", ())
    place: str | None = _key(_code, "jurisdiction where its receiving end stands")
    name: str | None = _key(_text, "name of the recipient")
    role: str | None = _key(_role, "its role")
    seat: tuple[str, ...] | None = _key(_codes, "jurisdictions where it is organised")
    established: tuple[str, ...] | None = _key(_codes, "jurisdictions of any of its establishments")
    controlled_by: tuple[str, ...] | None = _key(_codes, "jurisdictions of those who control it")
    influenced_by: tuple[str, ...] | None = _key(_codes, "jurisdictions of those who own a fifth or more")
    serves: tuple[str, ...] | None = _key(_codes, "jurisdictions whose people it offers services to, or monitors")
    listed: tuple[str, ...] | None = _key(_texts, "official lists that name it")
    certifications: tuple[Certification, ...] = _key(_certifications, "its certifications; left out means none", ())
    safeguards: tuple[str, ...] = _key(_texts, "safeguards agreed with it; left out means none", ())
    agreement: str | None = _key(_text, "form of the dealing: `vendor`, `intra-group`, …")
    purpose: str | None = _key(_text, "DPV purpose of what is sent to it")
    basis: str | None = _key(_text, "DPV legal basis of what is sent to it")
    data: tuple[str, ...] | None = _key(_terms, "categories of data sent to it, DPV-PD terms")
    important: bool | None = _key(_flag, "what is sent to it is important data as the law of the place understands it")


@dataclass(frozen=True)
class Supplier:
    """``[[supplier]]``: those whose components we use or exclude; overrides the shipped register."""

    match: tuple[str, ...] = _key(_texts, "names of the supplier, and patterns of package URLs (`pkg:npm/*`)", ())
    name: str | None = _key(_text, "name of the supplier")
    seat: tuple[str, ...] | None = _key(_codes, "jurisdictions where it is organised")
    established: tuple[str, ...] | None = _key(_codes, "jurisdictions of any of its establishments")
    controlled_by: tuple[str, ...] | None = _key(_codes, "jurisdictions of those who control it")
    influenced_by: tuple[str, ...] | None = _key(_codes, "jurisdictions of those who own a fifth or more")
    listed: tuple[str, ...] | None = _key(_texts, "official lists that name it")
    alternatives: int | None = _key(_count, "how many other suppliers could replace it")
    excluded: bool | None = _key(_flag, "excluded by our policy")
    evidence: tuple[str, ...] | None = _key(_texts, "the findings that the exclusion rests on; [] for none")
    grounds: tuple[str, ...] | None = _key(_texts, "reasons for the exclusion; `origin` for the jurisdiction alone")


@dataclass(frozen=True)
class Product:
    """``[[product]]``: what is shipped, what its maker declares of it, how its users are treated."""

    name: str | None = _key(_text, "name of the product")
    captures: tuple[str, ...] = _key(_texts, "evidence files about it, as file name patterns", ())
    declared_endpoints: tuple[str, ...] | None = _key(_hosts, "host names that its maker declares")
    declared_capabilities: tuple[str, ...] | None = _key(_texts, "capabilities that its maker declares")
    exportable: bool | None = _key(_flag, "users can take their data out")
    forced_upgrade: bool | None = _key(_flag, "upgraded without the user's consent")
    security_upgrade: bool | None = _key(_flag, "such an upgrade is needed for security")
    practices: tuple[str, ...] | None = _key(_texts, "practices that lock users in; [] for none")
    stores: tuple[str, ...] | None = _key(_texts, "app stores that list it")
    preinstalled_by: tuple[str, ...] | None = _key(_texts, "makers that preinstall it")


@dataclass(frozen=True)
class Barrier:
    """``[[barrier]]``: what is held apart from what, and the gates through which data may pass."""

    name: str | None = _key(_text, "name of the barrier")
    inside: tuple[str, ...] = _key(_some_entries, "what is inside", ())
    outside: tuple[str, ...] = _key(_some_entries, "what is outside; left out means all else", ())
    gates: tuple[str, ...] = _key(_entries, "where data may pass", ())


@dataclass(frozen=True)
class Persona:
    """``[[persona]]``: values that a tester planted, looked for in all content."""

    name: str | None = _key(_text, "name of the persona")
    values: tuple[str, ...] = _key(_planted, "its values: e-mail addresses, telephone numbers, ids of devices", ())


@dataclass(frozen=True)
class Profile:
    """What ``comity.toml`` says; an empty one says nothing. ``lines`` are those on which its tables begin, by name."""

    party: Party | None = None
    systems: tuple[System, ...] = ()
    recipients: tuple[Recipient, ...] = ()
    products: tuple[Product, ...] = ()
    suppliers: tuple[Supplier, ...] = ()
    barriers: tuple[Barrier, ...] = ()
    personas: tuple[Persona, ...] = ()
    path: str | None = None
    lines: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether what is not written does not exist."""
        return self.party is not None and self.party.complete


#: The tables of the file: name → (class, whether there may be several).
TABLES: dict[str, tuple[type[Any], bool]] = {
    "party": (Party, False),
    "system": (System, True),
    "recipient": (Recipient, True),
    "product": (Product, True),
    "supplier": (Supplier, True),
    "barrier": (Barrier, True),
    "persona": (Persona, True),
}

_REQUIRED = {
    System: ("name",),
    Recipient: ("match",),
    Product: ("name",),
    Supplier: ("match",),
    Barrier: ("name", "inside"),
    Persona: ("name", "values"),
}


def find_profile(start: Path) -> Path | None:
    """``comity.toml`` in a folder or the nearest of its parents."""
    folder = start.resolve()
    return next((found for parent in (folder, *folder.parents) if (found := parent / FILE_NAME).is_file()), None)


def load_profile(path: Path) -> Profile:
    """Read a profile. Raises ``ProfileError`` with file, line and what is allowed."""
    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except OSError as error:
        raise ProfileError("profile", f"`{path}` can't be read: {(error.strerror or '').lower()}") from None
    except UnicodeDecodeError:
        raise ProfileError("profile", f"`{path}` is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise ProfileError("profile", *_syntax(str(path), text, str(error))) from None
    return _Reader(str(path), text).read(data)


def _syntax(path: str, text: str, message: str) -> tuple[str, Place]:
    found = re.search(r"\(at line (\d+), column (\d+)\)", message)
    if not found:
        return message.lower(), Place(path, len(text.splitlines()))
    line, column = int(found[1]), int(found[2])
    lines = text.splitlines()
    excerpt = lines[line - 1] if line <= len(lines) else ""
    summary = message[: found.start()].strip()
    return summary[:1].lower() + summary[1:], Place(path, line, column, excerpt)


class _Reader:
    """Checks the parsed file against the tables above; finds the line of what is wrong."""

    def __init__(self, path: str, text: str) -> None:
        self._path, self._lines = path, text.splitlines()

    def read(self, data: Mapping[str, Any]) -> Profile:
        for name in data:
            if name not in TABLES:
                help = did_you_mean(name, TABLES) or f"known are `{'`, `'.join(TABLES)}`"
                raise ProfileError("profile", f"unknown table `{name}`", self._place(name, 0, None), help)
        found = {name: self._table(name, data[name]) for name in data}
        profile = Profile(
            party=next(iter(found.get("party", ())), None),
            systems=found.get("system", ()),
            recipients=found.get("recipient", ()),
            products=found.get("product", ()),
            suppliers=found.get("supplier", ()),
            barriers=found.get("barrier", ()),
            personas=found.get("persona", ()),
            path=self._path,
            lines={name: self._lines_of(name, len(entries)) for name, entries in found.items()},
        )
        for problem in problems(profile):
            place = self._place("barrier", problem.barrier, problem.key)
            raise ProfileError("profile", problem.summary, place, problem.help)
        return profile

    def _lines_of(self, table: str, count: int) -> tuple[int, ...]:
        return tuple(self._place(table, index, None).line or 1 for index in range(count))

    def _table(self, name: str, value: Any) -> tuple[Any, ...]:
        kind, several = TABLES[name]
        expected = f"[[{name}]]" if several else f"[{name}]"
        entries = value if several else [value]
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise ProfileError("profile", f"`{name}` is written as `{expected}`", self._place(name, 0, None))
        return tuple(self._entry(name, index, kind, entry) for index, entry in enumerate(entries))

    def _entry(self, table: str, index: int, kind: type[Any], entry: Mapping[str, Any]) -> Any:
        fields = {f.name: f for f in dataclasses.fields(kind)}
        values = {}
        for key, value in entry.items():
            if key not in fields:
                help = did_you_mean(key, fields) or f"known in `{table}` are `{'`, `'.join(fields)}`"
                raise ProfileError("profile", f"unknown key `{key}`", self._place(table, index, key), help)
            try:
                values[key] = fields[key].metadata["check"](value)
            except ValueError as error:
                place = self._place(table, index, key)
                raise ProfileError("profile", f"`{key}` must be {error}", place) from None
        for key in _REQUIRED.get(kind, ()):
            if key not in values:
                raise ProfileError("profile", f"a `{table}` needs `{key}`", self._place(table, index, None))
        return kind(**values)

    def _place(self, table: str, index: int, key: str | None) -> Place:
        """The line of a key in the index-th table of a name, or of the table itself."""
        seen, inside, head, above = -1, False, 1, True
        for number, line in enumerate(self._lines, 1):
            if header := re.match(r"\s*\[+\s*([\w.-]+)", line):
                seen, above = seen + (header[1] == table), False
                inside = header[1] == table and seen == index
                head = number if inside else head
            if inside and key and (found := re.match(rf"\s*['\"]?{re.escape(key)}['\"]?\s*=", line)):
                return Place(self._path, number, line.find(key) + 1, line, len(key) if found else 1)
            if key is None and (inside or (above and re.match(rf"\s*{re.escape(table)}\s*[.=]", line))):
                return Place(self._path, number, 1, line, len(line))
        return Place(self._path, head)
