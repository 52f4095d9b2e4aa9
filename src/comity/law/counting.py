"""What packs say of many facts and of time, read from their blocks: tallies, clocks, categories of data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from comity.categories import broader, narrower
from comity.errors import did_you_mean, nearest
from comity.law.blocks import Block
from comity.law.cel import Node
from comity.law.model import Category, Clock, Rule, Share, Tally, Total
from comity.law.spans import CALENDAR, Deadline, Span, Window
from comity.vocabulary import ATTRIBUTES, TALLY, Type

_SHARE = ("name", "title", "share", "by", "distinct", "where")
_TOTAL = ("name", "title", "people", "devices", "sum", "by", "window", "since", "where", "unless")
_CLOCK = ("name", "title", "from", "to", "within", "hours", "ends")
_CATEGORY = ("name", "title", "data", "codes", "cites")

#: What a total may count: things that may be the same in several facts, or numbers that add up.
_MEASURES = {"people": False, "devices": False, "sum": True}

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SET_NAME = re.compile(r"[A-Z][A-Z0-9_]*")

#: Reads the expression of a block's key.
Expression = Callable[[Block, str], Node]


def is_share(block: Block) -> bool:
    """Whether a tally's block tells of a share, and not of a total."""
    return "share" in block.data


def computed_name(block: Block) -> str:
    """The name of a tally or a clock: a word that expressions can spell."""
    name = block.string("name")
    if not _NAME.fullmatch(name):
        raise block.error(f"`{name}` can't be a name", "name", "small letters, digits and `_`: `cn_people`")
    return name


def read_tally(block: Block, expression: Expression) -> Tally:
    """A tally, its ``unless`` left open (``unless_of``). Raises ``PackError``."""
    return _share(block, expression) if is_share(block) else _total(block, expression)


def _share(block: Block, expression: Expression) -> Share:
    block.check_keys(_SHARE)
    (share,) = _attributes(block, "share")
    about = share.partition(".")[0]
    where = expression(block, "where") if "where" in block.data else None
    if where and any(atom.sets for atom in where.atoms()):
        raise block.error("what a share counts can't depend on sets, which change with time", "where")
    return Share(
        name=computed_name(block),
        title=block.string("title"),
        about=about,
        share=_relative(share),
        by=tuple(map(_relative, _attributes(block, "by", about))),
        distinct=next(map(_relative, _attributes(block, "distinct", about)), None),
        where=where,
        where_text=block.string("where") if where else None,
    )


def _total(block: Block, expression: Expression) -> Total:
    block.check_keys(_TOTAL)
    given = [measure for measure in _MEASURES if measure in block.data]
    if len(given) != 1:
        raise block.error("a tally counts one of `share`, `people`, `devices` and `sum`")
    (counts,) = _attributes(block, given[0], type=Type.INT)
    about = counts.partition(".")[0]
    where = expression(block, "where") if "where" in block.data else None
    return Total(
        name=computed_name(block),
        title=block.string("title"),
        about=about,
        counts=_relative(counts),
        adds=_MEASURES[given[0]],
        by=tuple(map(_relative, _attributes(block, "by", about))),
        window=_window(block),
        where=where,
        where_text=block.string("where") if where else None,
    )


def _window(block: Block) -> Window:
    since = block.day("since")
    if (since is None) is ("window" not in block.data):
        raise block.error("a tally has a `window` or a day `since` which it counts", "window", _window_help())
    if since:
        return Window(since=since)
    text = block.string("window")
    if text in CALENDAR:
        return Window(calendar=CALENDAR[text])
    return Window(span=_span(block, "window", _window_help()))


def _window_help() -> str:
    return f"`{'`, `'.join(CALENDAR)}`, a span such as `P12M`, or `since:` with a day"


def _span(block: Block, key: str, help: str = "such as `P10D`, `P12M` or `PT72H`") -> Span:
    try:
        return Span.of(block.string(key))
    except ValueError as error:
        raise block.error(str(error), key, help) from None


def _attributes(block: Block, key: str, about: str | None = None, type: Type | None = None) -> tuple[str, ...]:
    """The attributes that a key names, all of one kind and type; their full names."""
    names = block.strings(key)
    for name in names:
        ours = {n for n, a in ATTRIBUTES.items() if type in (None, a.type) and about in (None, n.partition(".")[0])}
        if name not in ours:
            what = "attribute" if type is None else "number of an attribute" if type is Type.INT else "time"
            raise block.error(f"unknown {what} `{name}`", key, did_you_mean(name, ours))
    if key not in ("by", "distinct") and len(names) != 1:
        raise block.error(f"`{key}` names one attribute", key)
    return names


def _relative(name: str) -> str:
    return name.partition(".")[2]


def with_rules(tally: Total, block: Block, rules: Iterable[Rule]) -> Total:
    """A total with the exceptions that its ``unless`` names, and with the numbers that rules compare it with."""
    rules, name = list(rules), f"{TALLY}{tally.name}"
    compared = (rule.parse(text) for rule in rules for text in rule.texts() if name in text)
    cuts = {
        cut
        for node in compared
        for atom in node.atoms()
        if name in atom.attributes
        for cut in atom.cuts
        if isinstance(cut, int)
    }
    unless = tuple(found for name in block.strings("unless") for found in _exceptions(tally, block, name, rules))
    nodes = [tally.where, *(rule.when for exception in unless for rule in exception.with_exceptions())]
    read = {name for node in nodes if node for atom in node.atoms() for name in atom.attributes}
    if other := next((name for name in sorted(read) if not name.startswith(f"{tally.about}.")), None):
        raise block.error(f"what a tally counts can't depend on `{other}`", "unless" if unless else "where")
    return replace(tally, unless=unless, cuts=tuple(sorted(cuts)))


def _exceptions(tally: Total, block: Block, name: str, rules: Iterable[Rule]) -> list[Rule]:
    about = [rule for rule in rules if rule.about == tally.about and rule.effect is not None]
    found = [rule for rule in about if name in (rule.id, f"group:{rule.group}")]
    if not found:
        help = did_you_mean(name, {rule.id for rule in about})
        raise block.error(f"`unless` names `{name}`, which no exception is called", "unless", help)
    return found


def read_clock(block: Block, zone: ZoneInfo) -> Clock:
    """A clock. Raises ``PackError``."""
    block.check_keys(_CLOCK)
    (start,) = _attributes(block, "from", type=Type.TIME)
    about = start.partition(".")[0]
    (end,) = _attributes(block, "to", about, Type.TIME)
    whole = "hours" in block.data and bool(block.string("hours", among=("whole",)))
    working = "ends" in block.data and bool(block.string("ends", among=("working-day",)))
    within = Deadline(_span(block, "within"), zone, whole, working)
    return Clock(computed_name(block), block.string("title"), about, _relative(start), _relative(end), within)


def read_category(block: Block, cites: str, sets: Mapping[str, object]) -> Category:
    """A category of data; ``sets`` are the names that are taken. Raises ``PackError``."""
    block.check_keys(_CATEGORY)
    name, terms, codes = block.string("name"), block.strings("data"), block.strings("codes")
    if not _SET_NAME.fullmatch(name):
        raise block.error(f"`{name}` can't be a name", "name", "capital letters, digits and `_`: `CN_SENSITIVE`")
    if name in sets:
        raise block.error(f"`{name}` is the name of another set", "name")
    if unknown := next((term for term in terms if term not in broader()), None):
        near = nearest(unknown, broader())
        help = f"did you mean `{near}`?" if near else "what DPV-PD has no term for stands under `codes`"
        raise block.error(f"`{unknown}` is no term of DPV-PD", "data", help)
    if not terms and not codes:
        raise block.error("a category names terms under `data`, or `codes`")
    members = tuple(sorted(set(codes).union(*(narrower(term) for term in terms))))
    return Category(name, block.string("title"), terms, codes, members, cites)
