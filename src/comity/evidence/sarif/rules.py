"""The rules of a scanner, what results point to, and the capabilities that stand behind both."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from comity.evidence._json_values import Notes, objects, text, texts, within
from comity.evidence.base import EvidenceFile
from comity.evidence.sarif.capabilities import by_scanner, by_term
from comity.evidence.sarif.stream import Events, Shape

#: A run with more rules, terms of a taxonomy, or kinds of result than this is refused.
MOST = 100_000

#: What is wanted of a reference to a rule or to a term of a taxonomy.
REFERENCE: Shape = {
    **dict.fromkeys(("id", "index", "guid")),
    "toolComponent": dict.fromkeys(("name", "index", "guid")),
}

#: What is wanted of the properties of a rule or a result.
PROPERTIES: Shape = {"tags": [None], "cwe": [None], "comity": {"capability": [None]}}

_RULE: Shape = {
    **dict.fromkeys(("id", "name", "guid")),
    "defaultConfiguration": {"enabled": None},
    "relationships": [{"target": REFERENCE, "kinds": [None]}],
    "properties": PROPERTIES,
}
_TAXON: Shape = dict.fromkeys(("id", "guid"))

#: Relations of a rule to a weakness that do not say that it finds it.
_UNRELATED = {"disjoint", "incomparable", "canPrecede", "canFollow", "willPrecede", "willFollow"}

_CODE = re.compile("[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


@dataclass(frozen=True)
class Reference:
    """What points to a rule or to a term of a taxonomy; ``component`` is name, index and guid of what holds it."""

    id: str | None = None
    index: int | None = None
    guid: str | None = None
    component: tuple[str | None, int | None, str | None] = (None, None, None)


@dataclass(frozen=True)
class Marks:
    """What a rule or a result bears: codes of capabilities, tags, terms of taxonomies."""

    codes: frozenset[str] = frozenset()
    tags: tuple[str, ...] = ()
    terms: tuple[Reference, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A rule of a scanner."""

    id: str | None
    name: str | None
    guid: str | None
    enabled: bool
    marks: Marks


@dataclass
class Component:
    """A scanner, an extension of it, or a taxonomy; ``taxa`` are ids and guids of the terms of a taxonomy."""

    name: str | None = None
    guid: str | None = None
    rules: list[Rule] = field(default_factory=list)
    taxa: list[tuple[str | None, str | None]] = field(default_factory=list)
    by_name: dict[str, Rule] = field(default_factory=dict)

    def add(self, rule: Rule) -> None:
        """Keep a rule."""
        self.rules.append(rule)
        for name in (rule.id, rule.guid):
            if name:
                self.by_name.setdefault(name, rule)

    def named(self, name: str) -> Rule | None:
        """The rule of that id or guid: `CA1000/1` is a finer part of `CA1000`."""
        while name not in self.by_name and "/" in name:
            name = name.rpartition("/")[0]
        return self.by_name.get(name)


class Rules:
    """The rules of a run: of the scanner itself and of its extensions, with the taxonomies they refer to."""

    def __init__(self, file: EvidenceFile, place: str, notes: Notes) -> None:
        """``place`` is where the run stands; what makes no sense in it goes to ``notes``."""
        self._file, self._place, self._notes = file, place, notes
        self._driver = Component()
        self._extensions: list[Component] = []
        self._taxonomies: list[Component] = []

    def read_tool(self, events: Events) -> None:
        """Take in the `tool` that has begun."""
        for key, event, value in events.members():
            if key == "driver":
                self._driver = self._component(events, event, value)
            elif key == "extensions" and event == "start_array":
                self._extensions = [self._component(events, *item) for item in events.items()]
            else:
                events.take(event, value)

    def read_taxonomies(self, events: Events) -> None:
        """Take in the list of taxonomies that has begun."""
        self._taxonomies = [self._component(events, *item) for item in events.items()]

    def _component(self, events: Events, event: str, value: Any) -> Component:
        component = Component()
        if event != "start_map":
            events.take(event, value)
            return component
        for key, begin, inner in events.members():
            if key == "rules" and begin == "start_array":
                for item in events.items():
                    component.add(self._rule(events.take(*item, _RULE)))
                    self.must_be_few(len(component.rules), "rules")
            elif key == "taxa" and begin == "start_array":
                for item in events.items():
                    taxon = events.take(*item, _TAXON)
                    component.taxa.append((text(within(taxon, "id")), text(within(taxon, "guid"))))
                    self.must_be_few(len(component.taxa), "terms of a taxonomy")
            elif key in ("name", "guid"):
                setattr(component, key, text(events.take(begin, inner)))
            else:
                events.take(begin, inner)
        return component

    def must_be_few(self, count: int, what: str) -> None:
        """Raise ``EvidenceError`` where memory could not hold what a run has."""
        if count > MOST:
            raise self._file.error(f"{self._place} has more than {MOST:,} {what}", help="split the log")

    def _rule(self, rule: Any) -> Rule:
        id, name, guid = (text(within(rule, key)) for key in ("id", "name", "guid"))
        enabled = within(rule, "defaultConfiguration", "enabled") is not False
        related = (
            within(relation, "target")
            for relation in objects(within(rule, "relationships"))
            if not _UNRELATED.intersection(texts(relation.get("kinds")))
        )
        return Rule(id, name, guid, enabled, self.marks(rule, related))

    def marks(self, item: Any, terms: Iterable[Any]) -> Marks:
        """What a rule or a result bears beside the ``terms`` it refers to."""
        properties = within(item, "properties")
        codes = texts(within(properties, "comity", "capability"))
        for code in codes:
            if not _CODE.fullmatch(code):
                self._notes.add(self._place, "a capability that is no code of small letters and hyphens")
        tags = texts(within(properties, "tags")) + texts(within(properties, "cwe"))
        return Marks(frozenset(filter(_CODE.fullmatch, codes)), tuple(tags), tuple(map(reference, terms)))

    def sought(self) -> set[str]:
        """The capabilities that the rules look for, those switched off aside."""
        rules = (rule for part in (self._driver, *self._extensions) for rule in part.rules if rule.enabled)
        return {code for rule in rules for code in self._shown(rule, rule.id, rule.marks)}

    def shown(self, to: Reference, marks: Marks, where: str) -> frozenset[str]:
        """The capabilities that a result shows that points to a rule, bears marks itself, and stands at ``where``."""
        rule = self._find(to, where)
        if rule is None:
            return self._shown(None, to.id, marks)
        both = Marks(marks.codes | rule.marks.codes, marks.tags + rule.marks.tags, marks.terms + rule.marks.terms)
        return self._shown(rule, to.id or rule.id, both)

    def _shown(self, rule: Rule | None, id: str | None, marks: Marks) -> frozenset[str]:
        names = {id, rule.id, rule.name} if rule else {id}
        own = by_scanner(self._driver.name or "", sorted(filter(None, names)))
        if own is not None:
            return marks.codes | own
        return marks.codes.union(*map(by_term, (id or "", *marks.tags, *map(self._term, marks.terms))))

    def _find(self, to: Reference, where: str) -> Rule | None:
        """The rule that is pointed to: by its place if that fits, else by its name."""
        parts = [*_pointed_at(to, self._extensions), self._driver]
        if to.index is not None and to.index >= len(parts[0].rules):
            self._notes.add(where, "the index of a rule that the run does not have")
        elif to.index is not None:
            rule = parts[0].rules[to.index]
            if to.id is None or rule.id is None or f"{to.id}/".startswith(f"{rule.id}/"):
                return rule
        names = [name for name in (to.id, to.guid) if name]
        found = (part.named(name) for part in (*parts, *self._extensions) for name in names)
        return next(filter(None, found), None)

    def _term(self, to: Reference) -> str:
        """A term of a taxonomy in words: `CWE-798` for 798 of CWE."""
        taxonomies = _pointed_at(to, [*self._taxonomies, *self._extensions])
        taxonomy = taxonomies[0] if taxonomies else Component(to.component[0])
        name = to.id
        if name is None and to.index is not None and to.index < len(taxonomy.taxa):
            name = taxonomy.taxa[to.index][0]
        if name is None and to.guid:
            name = next((found for found, guid in taxonomy.taxa if guid == to.guid), None)
        of_weaknesses = re.search("cwe|weakness", taxonomy.name or "", re.IGNORECASE)
        return f"CWE-{name}" if name and name.isdecimal() and of_weaknesses else name or ""


def reference(value: Any) -> Reference:
    """A reference as a log writes it; what makes no sense in it is left out."""
    held_by = within(value, "toolComponent")
    component = (text(within(held_by, "name")), index(within(held_by, "index")), text(within(held_by, "guid")))
    return Reference(text(within(value, "id")), index(within(value, "index")), text(within(value, "guid")), component)


def index(value: Any) -> int | None:
    """An index from 0; SARIF writes -1 for none."""
    return value if isinstance(value, int) and value >= 0 else None


def _pointed_at(to: Reference, components: list[Component]) -> list[Component]:
    name, place, guid = to.component
    if place is not None and place < len(components):
        return [components[place]]
    return [part for part in components if (guid and part.guid == guid) or (name and part.name == name)]
