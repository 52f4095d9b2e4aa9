"""Packs as they are written: their headings, their prose and their blocks, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from law_text import Catalogue, link
from markdown_it import MarkdownIt

from comity.law.blocks import Block, read_blocks
from comity.law.model import Pack
from comity.vocabulary import ATTRIBUTES, KINDS

_MADE_OF = {
    "rule": "rules",
    "example": "examples",
    "tally": "tallies",
    "clock": "clocks",
    "category": "categories",
    "unshown": "unshown",
    "norm": "norms",
    "presume": "presumptions",
}

_CODE = re.compile(r"(?<![`\[])`([^`\n]+)`(?!`)")


@dataclass(frozen=True)
class Part:
    """A heading (``level`` set), a paragraph or more of prose, or what blocks of one kind say, one after the other."""

    kind: str
    level: int
    text: str = ""
    found: tuple[Any, ...] = ()


def parts(pack: Pack) -> Iterator[Part]:
    """What a pack is made of, its title and those in other languages left out.

    ``level`` is that of the heading above, or of the heading itself.
    """
    _, blocks, _ = read_blocks(pack.path, pack.text, _MADE_OF)
    objects = _objects(pack, blocks)
    lines = _without_translations(pack.text.splitlines())
    at, level, gathered = lines.index("---", 1) + 1, 1, Part("", 1)
    body = "\n".join([""] * at + lines[at:])
    for token in MarkdownIt("zero").enable(["fence", "heading"]).parse(body):
        if not token.map or token.type not in ("fence", "heading_open") or token.info.strip() not in ("", *_MADE_OF):
            continue
        if token.type == "fence" and token.map[0] + 2 not in objects:
            continue
        prose = "\n".join(lines[at : token.map[0]]).strip()
        at = token.map[1]
        kind = token.info.strip() or "heading"
        if gathered.kind and (prose or kind != gathered.kind):
            yield gathered
            gathered = Part("", level)
        if prose:
            yield Part("prose", level, prose)
        if kind == "heading":
            level = int(token.tag[1:])
            if level > 1:
                yield Part("heading", level, lines[token.map[0]].lstrip("# ").strip())
        else:
            gathered = Part(kind, level, found=(*gathered.found, *objects[token.map[0] + 2]))
    if gathered.kind:
        yield gathered
    if prose := "\n".join(lines[at:]).strip():
        yield Part("prose", level, prose)


def _without_translations(lines: list[str]) -> list[str]:
    """The lines up to the heading under which titles in other languages stand, the last of a pack."""
    if "```titles" not in lines:
        return lines
    return lines[: max(n for n, line in enumerate(lines[: lines.index("```titles")]) if line.startswith("## "))]


def _objects(pack: Pack, blocks: list[Block]) -> dict[int, tuple[Any, ...]]:
    """What was read out of each block, by the block's line."""
    queues = {kind: iter(getattr(pack, name)) for kind, name in _MADE_OF.items()}
    return {
        block.line: tuple(next(queues[block.kind]) for _ in range(len(block.data.get("presume", "1"))))
        for block in blocks
    }


def linked(prose: str, pack: Pack, catalogue: Catalogue) -> str:
    """Prose with links behind the names of packs, rules, sets, categories and attributes that stand in it as code."""
    return _CODE.sub(lambda found: _linked(found[1], pack, catalogue), prose)


def _linked(name: str, pack: Pack, catalogue: Catalogue) -> str:
    shown, owner, rest = f"`{name}`", pack.id, name
    if name in catalogue.law.sets:
        return catalogue.set_link(name, pack.id)
    if name in ATTRIBUTES:
        return link(shown, f"facts.md#{name.partition('.')[0]}")
    packs = {other.id for other in catalogue.law.packs}
    if name in packs:
        return shown if name == pack.id else link(shown, f"{name}.md")
    if name.partition(" ")[0] in packs:
        owner, _, rest = name.partition(" ")
    rules = [rule for rule in catalogue.pack(owner).rules if rule.id == rest]
    if not rules or (owner == pack.id and _means_more(name, pack)):
        return shown
    return catalogue.link(rules[0], pack.id, shown)


def _means_more(name: str, pack: Pack) -> bool:
    """Whether a name that a rule has is a value or a kind of fact as well."""
    said = (text for rule in pack.rules for text in (rule.when_text, rule.duty_text or ""))
    return name in KINDS or any(f'"{name}"' in text for text in said)
