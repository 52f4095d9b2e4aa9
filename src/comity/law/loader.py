"""Reading one pack: a literate Markdown file, checked against the vocabulary before it may judge."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from comity.bounds import UNBOUNDED
from comity.errors import PackError, Place, did_you_mean
from comity.law.blocks import Block, read_blocks
from comity.law.cel import ExpressionError, Language, Node, instant
from comity.law.counting import computed_name, is_share, read_category, read_clock, read_tally, with_rules
from comity.law.model import (
    VERDICTS,
    Category,
    Clock,
    Example,
    Norm,
    Pack,
    Period,
    Presumption,
    Rule,
    Tally,
    Total,
    Unshown,
)  # fmt: skip
from comity.law.sets import DatedSet, Row
from comity.law.titles import read_titles, titles_of
from comity.vocabulary import ATTRIBUTES, CLOCK, JURISDICTION, JURISDICTION_ATTRIBUTES, KINDS, TALLY, Type

FORCES = ("law", "commitment")
BEARERS = ("State", "company", "provider")
STRENGTHS = ("must", "should")
EFFECTS = ("permits", "exempts")

_FRONT = (
    "id", "title", "short", "issuer", "jurisdictions", "force", "bearer", "adopted", "from", "until", "zone", "sources",
)  # fmt: skip
_RULE = (
    "id", "about", "title", "when", "duty", "excepts", "effect", "group", "from", "until", "bearer", "strength",
    "indicator", "layer", "cites", "source", "compels", "question",
)  # fmt: skip
_UNSHOWN = ("id", "title", "why", "cites")

#: What a rule may compel those bound by it to do, for other instruments to speak of.
COMPELS = ("home-storage",)

#: Questions of the catalogue that a rule may answer: may personal data leave, may a foreign authority be answered.
QUESTIONS = ("leave", "authority")

_CODE = re.compile(JURISDICTION)

_NORM = ("id", "title", "compels", "cites")
_PRESUME = ("presume", "cites", "from", "until")
_PYTHON = {Type.BOOL: bool, Type.STRING: str, Type.INT: int, Type.STRINGS: list, Type.INTS: list, Type.TIME: str}


class Loader:
    """Turns one file into a ``Pack``. Raises ``PackError`` at the first thing that can't be used.

    If the pack ``ships``, tests have read it whole: worked examples and expressions wait until they are asked for.
    """

    def __init__(self, path: Path, sets: Mapping[str, DatedSet], ships: bool) -> None:
        self._path, self._sets, self._ships = path, sets, ships
        try:
            self._text = self._path.read_text(encoding="utf-8-sig")
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise PackError("pack", f"the pack can't be read: {reason}", Place(str(self._path))) from None
        except UnicodeDecodeError:
            raise PackError("pack", "the pack is not UTF-8 text", Place(str(self._path))) from None
        kinds = ("rule", "presume", "example", "tally", "clock", "category", "unshown", "norm", "titles")
        later = ("example",) if ships else ()
        self._front, self._blocks, self._summary = read_blocks(str(self._path), self._text, kinds, later)

    def _of(self, kind: str) -> Iterator[Block]:
        return (block for block in self._blocks if block.kind == kind)

    def computed(self) -> dict[str, Type]:
        """The tallies and clocks of the pack, as rules name them."""
        found: dict[str, Type] = {}
        for block in self._blocks:
            if block.kind not in ("tally", "clock"):
                continue
            name = (TALLY if block.kind == "tally" else CLOCK) + computed_name(block)
            if name in found:
                raise block.error(f"`{name}` is given twice", "name")
            found[name] = Type.BOOL if block.kind == "clock" else Type.SHARE if is_share(block) else Type.INT
        return found

    def categories(self) -> dict[str, DatedSet]:
        """What the instrument calls categories of data, as sets."""
        self._categories: dict[str, Category] = {}
        for block in self._of("category"):
            category = read_category(block, self._cites(block), {**self._sets, **self._categories})
            self._categories[category.name] = category
        return {
            name: DatedSet(name, Type.STRINGS, tuple(Row(term, None, None, "", c.cites) for term in c.members))
            for name, c in self._categories.items()
        }

    def load(self, language: Language) -> Pack:
        """The pack, its expressions checked in a language that has what all packs compute."""
        front, blocks, self._language = self._front, self._blocks, language
        front.check_keys(_FRONT)
        self._zone = self._read_zone(front)
        self._period = self._read_period(front, None)
        tallies = {TALLY + tally.name: tally for tally in (read_tally(b, self._expression) for b in self._of("tally"))}
        clocks = {CLOCK + clock.name: clock for clock in (read_clock(b, self._zone) for b in self._of("clock"))}
        self._computes: dict[str, Tally | Clock] = {**tallies, **clocks}
        rules = self._link([self._rule(block) for block in blocks if block.kind == "rule"])
        pack = Pack(
            id=front.string("id"),
            title=front.string("title"),
            short=front.string("short", front.string("title")),
            issuer=front.string("issuer"),
            jurisdictions=front.strings("jurisdictions"),
            force=front.string("force", among=FORCES),
            bearer=front.string("bearer", among=BEARERS),
            adopted=front.day("adopted"),
            period=self._period,
            sources=front.strings("sources"),
            summary=self._summary,
            rules=rules,
            presumptions=tuple(p for block in blocks if block.kind == "presume" for p in self._presumptions(block)),
            read_examples=self._examples(rules),
            unshown=self._unshown([block for block in blocks if block.kind == "unshown"], rules),
            norms=tuple(self._norm(block) for block in blocks if block.kind == "norm"),
            tallies=tuple(self._with_rules(tallies, rules)),
            clocks=tuple(clocks.values()),
            categories=tuple(self._categories.values()),
            path=str(self._path),
            text=self._text,
        )
        return dataclasses.replace(pack, translations=read_titles(self._of("titles"), titles_of(pack)))

    def _read_zone(self, front: Block) -> ZoneInfo:
        name = front.string("zone", "UTC")
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise front.error(f"unknown time zone `{name}`", "zone", "such as `Europe/Brussels`") from None

    def _read_period(self, block: Block, within: Period | None) -> Period:
        start = block.day("from", within.start if within else None)
        end = block.day("until", within.end if within else None)
        if start and end and start >= end:
            raise block.error(f"`until` {end} must come after `from` {start}", "until")
        return Period(start, end, self._zone)

    def _rule(self, block: Block) -> Rule:
        block.check_keys(_RULE)
        front = self._front
        excepts = block.strings("excepts")
        if excepts and "duty" in block.data:
            raise block.error("an exception has no `duty`: put all its conditions into `when`", "duty")
        if "effect" in block.data and not excepts:
            raise block.error("`effect` belongs to exceptions: say what the rule `excepts`", "effect")
        article, _, name = block.heading.partition(" — ")
        texts = {key: block.string(key) for key in ("when", "duty") if key == "when" or key in block.data}
        if not self._ships:
            for key in texts:
                self._expression(block, key)
        return Rule(
            pack=front.string("id"),
            id=block.string("id"),
            about=self._about(block, texts.values()),
            title=block.string("title", name or article or None),
            cites=self._cites(block),
            source=block.string("source", next(iter(front.strings("sources")), None)),
            bearer=block.string("bearer", front.string("bearer"), BEARERS),
            strength=block.string("strength", "must", STRENGTHS),
            indicator=block.flag("indicator"),
            layer=block.string("layer") if "layer" in block.data else None,
            group=block.string("group") if "group" in block.data else None,
            period=self._read_period(block, self._period),
            when_text=texts["when"],
            duty_text=texts.get("duty"),
            parse=self._language.parse,
            excepts=excepts,
            effect=block.string("effect", "permits", EFFECTS) if excepts else None,
            place=block.place(),
            heading=block.heading,
            chapter=block.chapter,
            compels=block.string("compels", among=COMPELS) if "compels" in block.data else None,
            question=block.string("question", among=QUESTIONS) if "question" in block.data else None,
        )

    def _with_rules(self, tallies: Mapping[str, Tally], rules: Iterable[Rule]) -> Iterator[Tally]:
        for block, tally in zip(self._of("tally"), tallies.values(), strict=True):
            yield with_rules(tally, block, rules) if isinstance(tally, Total) else tally

    def _norm(self, block: Block) -> Norm:
        block.check_keys(_NORM)
        return Norm(
            id=block.string("id"),
            title=block.string("title"),
            compels=block.string("compels", among=COMPELS),
            cites=self._cites(block),
            chapter=block.chapter,
        )

    def _cites(self, block: Block) -> str:
        """What a block cites: by default the instrument and the part of it under which the block stands."""
        short = self._front.string("short", self._front.string("title"))
        return block.string("cites", f"{short}, {block.heading.partition(' — ')[0]}")

    def _unshown(self, blocks: list[Block], rules: Iterable[Rule]) -> tuple[Unshown, ...]:
        """What no evidence can show; an id that a rule has can't be among it."""
        judged = {rule.id for rule in rules}
        found: dict[str, Unshown] = {}
        for block in blocks:
            block.check_keys(_UNSHOWN)
            id = block.string("id")
            if id in judged or id in found:
                raise block.error(f"`{id}` is {'judged by a rule' if id in judged else 'given twice'}", "id")
            found[id] = Unshown(id, block.string("title"), block.string("why"), self._cites(block), block.chapter)
        return tuple(found.values())

    def _expression(self, block: Block, key: str) -> Node:
        text = block.string(key)
        try:
            node = self._language.parse(text)
        except ExpressionError as error:
            raise PackError("pack", error.summary, _expression_place(block, key, text, error), error.help) from None
        return node

    def _about(self, block: Block, texts: Iterable[str]) -> str:
        """The kind of fact a rule speaks of; an exception that does not say is about what it reads."""
        read = sorted({name for text in texts for name in self._language.names(text) if "." in name})
        computed = [name for name in read if name.startswith((TALLY, CLOCK))]
        if unknown := next((name for name in computed if name not in self._computes), None):
            raise block.error(f"`{unknown}` belongs to another pack", "when")
        kinds = {self._computes[name].about if name in computed else name.partition(".")[0] for name in read}
        if "about" not in block.data and "excepts" in block.data and len(kinds) == 1:
            return kinds.pop()
        about = block.string("about", among=KINDS)
        ours = {name for name, found in self._computes.items() if found.about == about}
        if stranger := next((name for name in read if not name.startswith(f"{about}.") and name not in ours), None):
            raise block.error(f"a rule about `{about}` can't read `{stranger}`", "when")
        return about

    def _link(self, rules: list[Rule]) -> tuple[Rule, ...]:
        """Attach exceptions to what they except, innermost first."""
        self._refuse_twins(rules)
        known = {(rule.about, name) for rule in rules for name in _targets(rule)}
        for rule in rules:
            for target in rule.excepts:
                if (rule.about, target) not in known:
                    help = did_you_mean(target, {name for about, name in known if about == rule.about})
                    summary = f"`{rule.id}` excepts `{target}`, which no rule about `{rule.about}` is called"
                    raise PackError("pack", summary, rule.place, help)

        against: dict[tuple[str, str], list[int]] = {}
        for number, rule in enumerate(rules):
            for target in dict.fromkeys(rule.excepts):
                against.setdefault((rule.about, target), []).append(number)

        def attach(rule: Rule, above: tuple[str, ...]) -> Rule:
            if rule.id in above:
                raise PackError("pack", f"`{rule.id}` is an exception to itself", rule.place)
            found = sorted({n for target in _targets(rule) for n in against.get((rule.about, target), [])})
            exceptions = tuple(attach(rules[n], (*above, rule.id)) for n in found)
            return dataclasses.replace(rule, exceptions=exceptions) if exceptions else rule

        return tuple(attach(rule, ()) for rule in rules)

    def _refuse_twins(self, rules: list[Rule]) -> None:
        before: dict[tuple[object, ...], list[Rule]] = {}
        for rule in rules:
            others = before.setdefault((rule.id, rule.about, rule.excepts), [])
            for other in others:
                if rule.period.overlaps(other.period):
                    summary = f"two rules have the id `{rule.id}` at the same time"
                    raise PackError("pack", summary, rule.place, f"the other stands at {other.place}")
            others.append(rule)

    def _presumptions(self, block: Block) -> Iterable[Presumption]:
        block.check_keys(_PRESUME)
        period, values = self._read_period(block, self._period), block.data.get("presume")
        if not isinstance(values, dict) or not values:
            raise block.error("`presume` names attributes and values: `presume: {flow.important: false}`", "presume")
        for name, value in values.items():
            self._check_value(block, name, value, "presume")
            yield Presumption(name, value, block.string("cites"), period)

    def _moment(self, block: Block, key: str, value: str, name: str | None = None) -> datetime:
        """A time as an instant; a day alone is its first instant in the pack's zone."""
        try:
            day = date.fromisoformat(value) if len(value) == len("2020-07-16") else None
            return self._period.instant(day) if day else instant(value)
        except ValueError:
            summary = f"`{name or key}` must be a time with its offset from UTC, or a day, not `{value}`"
            raise block.error(summary, key, "such as 2020-07-16T00:00:00+02:00") from None

    def _value(self, block: Block, about: str, name: str, value: Any) -> Any:
        """A value of an example's fact as rules read it."""
        is_time = ATTRIBUTES[f"{about}.{name}"].type is Type.TIME and value is not None
        return self._moment(block, about, value, name) if is_time else value

    def _check_value(self, block: Block, name: str, value: Any, key: str) -> None:
        if name not in ATTRIBUTES:
            raise block.error(f"unknown attribute `{name}`", key, did_you_mean(name, ATTRIBUTES))
        expected = ATTRIBUTES[name].type
        wrong = type(value) is not _PYTHON[expected]
        if isinstance(value, list):
            wrong |= any(type(item) is not (int if expected is Type.INTS else str) for item in value)
        if value is not None and wrong:
            raise block.error(f"`{name}` must be {expected.label}, not `{value}`", key)
        if name in JURISDICTION_ATTRIBUTES and value:
            self._check_places(block, value if isinstance(value, list) else [value], key)

    def _check_places(self, block: Block, places: Iterable[str], key: str) -> None:
        if odd := next((place for place in places if not _CODE.fullmatch(place)), None):
            raise block.error(f"`{odd}` is no jurisdiction", key, "ISO 3166-1 codes such as `DE`; `XK`, `EU`, `EPO`")

    def _examples(self, rules: tuple[Rule, ...]) -> Callable[[], tuple[Example, ...]]:
        def read() -> tuple[Example, ...]:
            return tuple(self._example(block, rules) for block in self._of("example"))

        if self._ships:
            return read
        examples = read()
        return lambda: examples

    def _example(self, block: Block, rules: tuple[Rule, ...]) -> Example:
        about = next((kind for kind in KINDS if kind in block.data), None)
        if about is None:
            raise block.error(f"an example states a fact: one of `{'`, `'.join(KINDS)}`")
        block.check_keys(("title", about, "tally", "seen", "expect"))
        fact, expect = block.data[about], block.data.get("expect")
        if not isinstance(fact, dict) or not isinstance(expect, dict) or not expect:
            raise block.error("an example has a fact and `expect: {rule: verdict}`")
        for name, value in fact.items():
            self._check_value(block, f"{about}.{name}", value, about)
        fact = {name: self._value(block, about, name, value) for name, value in fact.items()}
        duties = {rule.id for rule in rules if rule.effect is None and rule.about == about}
        for id, verdict in expect.items():
            if id not in duties:
                raise block.error(f"no rule `{id}` about `{about}` is judged", "expect", did_you_mean(id, duties))
            if verdict not in VERDICTS:
                raise block.error(f"`{verdict}` is no verdict: `{'`, `'.join(VERDICTS)}`", "expect")
        seen = self._moment(block, "seen", block.string("seen")) if "seen" in block.data else None
        return Example(block.string("title"), about, fact, self._bounds(block), seen, expect, block.place())

    def _bounds(self, block: Block) -> dict[str, tuple[float, float]]:
        """The bounds of tallies that an example states: a number, or the least and the most (null for no bound)."""
        stated = block.data.get("tally", {})
        tallies = [name.removeprefix(TALLY) for name in self._computes if name.startswith(TALLY)]
        found = {}
        for name, value in stated.items() if isinstance(stated, dict) else [("tally", None)]:
            ends: list[Any] = value if isinstance(value, list) else [value, value]
            if name not in tallies:
                raise block.error(f"the pack has no tally `{name}`", "tally", did_you_mean(name, tallies))
            tally = self._computes[TALLY + name]
            if isinstance(tally, Total) and ends[1:] == [None]:
                ends = [ends[0], UNBOUNDED]
            types = (int,) if isinstance(tally, Total) else (int, float)
            if len(ends) != 2 or any(type(end) not in types for end in ends):
                raise block.error(f"`{name}` must be a number, or a list of the least and the most", "tally")
            found[f"{TALLY}{name}"] = (
                (ends[0], ends[1]) if isinstance(tally, Total) else (float(ends[0]), float(ends[1]))
            )
        return found


def _targets(rule: Rule) -> list[str]:
    """What exceptions may call a rule by."""
    return [rule.id, *([f"group:{rule.group}"] if rule.group else [])]


def _expression_place(block: Block, key: str, text: str, error: ExpressionError) -> Place:
    """Where in the file an expression is wrong: its line is looked for from the key on."""
    lines = text.splitlines()
    wrong = lines[error.line - 1] if error.line <= len(lines) else ""
    start = (block.place(key).line or block.line) - block.line
    for offset, line in enumerate(block.text.splitlines()[start:], start):
        if wrong.strip() and (found := line.find(wrong.strip())) >= 0:
            indent = len(wrong) - len(wrong.lstrip())
            return Place(block.file, block.line + offset, found + error.column - indent, line, error.length)
    return block.place(key)
