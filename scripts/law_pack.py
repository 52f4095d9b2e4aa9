"""The page of a pack: what it is, then its own structure in its own order, every rule in words and in code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import law_code
from build_docs import table
from law_examples import examples
from law_matrix import QUESTIONS, anchor, question
from law_prose import Part, linked, parts
from law_text import BEARERS, Catalogue, force, jurisdiction, link, page, plain, slug, source, trust

from comity.law.model import Category, Clock, Norm, Pack, Presumption, Rule, Share, Tally, Unshown
from comity.report.words import count_of, listed, value_in_words
from comity.vocabulary import CLOCK, TALLY

#: The languages of a text that differ, by the layer of a rule.
_LAYERS = {"zh": "the Chinese text", "en": "the English text"}


def pack_page(pack: Pack, catalogue: Catalogue) -> str:
    """The page."""
    return _Page(pack, catalogue).text()


class _Page:
    def __init__(self, pack: Pack, catalogue: Catalogue) -> None:
        self._pack, self._catalogue = pack, catalogue

    def text(self) -> str:
        say: dict[str, Callable[[Part], Iterable[str]]] = {
            "heading": lambda part: [f"{'#' * part.level} {part.text}"],
            "prose": lambda part: [linked(part.text, self._pack, self._catalogue)],
            "example": lambda part: [examples(part.found, self._pack.period.zone)],
            "presume": lambda part: [self._presumptions(part.found)],
        }
        one: dict[str, Callable[[Any], Iterable[str]]] = {
            "rule": self._rule,
            "tally": self._tally,
            "clock": self._clock,
            "category": self._category,
            "unshown": self._unshown,
            "norm": self._norm,
        }
        body: list[str] = []
        for part in parts(self._pack):
            if part.kind in say:
                body += say[part.kind](part)
                continue
            for found in part.found:
                heading, *rest = one[part.kind](found)
                body += [f"{'#' * min(part.level + 1, 6)} {heading}", *rest]
        return page(self._pack.title, self._head(), *body, self._sets())

    # The pack --------------------------------------------------------------------------------------------------------

    def _head(self) -> str:
        pack = self._pack
        others = [BEARERS[bearer] for bearer in sorted({rule.bearer for rule in pack.rules} - {pack.bearer})]
        exceptions = len(pack.rules) - len(pack.duties())
        counted = [
            count_of(len(pack.duties()), "duty"),
            count_of(exceptions, "exception"),
            count_of(len(pack.examples), "worked example"),
        ]
        if pack.unshown:
            counted.append(f"{count_of(len(pack.unshown), 'duty')} that no evidence can show")
        rows = (
            ("instrument", plain(pack.title)),
            ("issuer", plain(jurisdiction(pack.issuer))),
            ("jurisdictions", ", ".join(map(jurisdiction, pack.jurisdictions)) or "none"),
            ("force", pack.force),
            ("binds", BEARERS[pack.bearer] + (f"; some rules bind {' or '.join(others)}" if others else "")),
            ("adopted", str(pack.adopted or "no day given")),
            ("in force", force(pack.period)),
            ("zone", f"{pack.period.zone.key}: days begin at midnight there"),
            ("holds", listed(counted)),
            ("sources", "<br>".join(map(source, pack.sources))),
        )
        return table(("id", f"`{pack.id}`"), rows)

    def _sets(self) -> str:
        """The sets that the rules and tallies read, with a look at what they hold."""
        nodes = [node for rule in self._pack.rules for node in rule.expressions()]
        nodes += [tally.where for tally in self._pack.tallies if tally.where]
        names = {name for node in nodes for atom in node.atoms() for name in atom.sets}
        names -= {category.name for category in self._pack.categories}
        if not names:
            return ""
        rows = []
        for name in sorted(names):
            found = self._catalogue.law.sets[name]
            changes = sorted(set(found.days()))
            span = f"{changes[0]} to {changes[-1]}" if changes else "none"
            rows.append((self._catalogue.set_link(name, self._pack.id), str(len(found.rows)), span))
        return "## Sets that these rules read\n\n" + table(("set", "rows", "days of change"), rows)

    # Rules -----------------------------------------------------------------------------------------------------------

    def _rule(self, rule: Rule) -> Iterator[str]:
        yield f"`{self._catalogue.heading(rule)}`"
        yield table(("says", plain(rule.title)), self._facts(rule))
        if rule.effect:
            yield "It applies where:"
            yield law_code.block(rule.when_text)
            return
        yield "It covers:"
        yield law_code.block(rule.when_text)
        if rule.duty_text:
            yield "It is kept under a permission, or where:" if rule.permissions() else "It is kept only where:"
            yield law_code.block(rule.duty_text)
        elif rule.permissions():
            yield "Nothing keeps it but a permission."
        else:
            yield "Nothing keeps it: what it covers is a breach."

    def _facts(self, rule: Rule) -> Iterator[tuple[str, str]]:
        yield "citation", plain(rule.cites)
        if rule.effect:
            yield "effect", self._effect(rule)
        else:
            yield "strength", self._strength(rule)
        yield "about", link(f"`{rule.about}`", f"facts.md#{rule.about}")
        yield "in force", force(rule.period)
        if key := question(rule):
            words = QUESTIONS[key][0]
            codes = self._pack.jurisdictions if self._pack.force == "law" else ()
            answered = ", ".join(link(code, f"matrix.md#{anchor(code)}") for code in codes)
            yield "answers", f"{words} {answered}".strip()
        if rule.effect and rule.exceptions:
            yield "taken back by", self._links(rule.exceptions)
        if rule.effect is None and rule.permissions():
            yield "permitted by", self._links(rule.permissions())
        if rule.effect is None and rule.exemptions():
            yield "exempted by", self._links(rule.exemptions())
        if read := self._reads(rule):
            yield "reads", read
        yield "source", source(rule.source) + (f" ({trust(rule.source)})" if trust(rule.source) else "")

    def _strength(self, rule: Rule) -> str:
        said = f"{rule.strength}; binds {BEARERS[rule.bearer]}"
        if rule.layer:
            said += f"; by {_LAYERS.get(rule.layer, rule.layer)}"
        if rule.indicator:
            said += "; an indicator: what is found looks like what the text is against, and is never called more"
        return said

    def _effect(self, rule: Rule) -> str:
        duties = [target for target in self._targets(rule) if target.effect is None]
        others = [target for target in self._targets(rule) if target.effect]
        verb = "permits what would breach" if rule.effect == "permits" else "exempts from"
        said = [f"{verb} {self._links(duties)}"] * bool(duties)
        return "; ".join([*said, *[f"takes back {self._links(others)}"] * bool(others)])

    def _targets(self, rule: Rule) -> list[Rule]:
        names = set(rule.excepts)
        return [r for r in self._pack.rules if r.about == rule.about and {r.id, f"group:{r.group}"} & names]

    def _links(self, rules: Iterable[Rule]) -> str:
        return "; ".join(self._catalogue.link(rule, self._pack.id) for rule in rules)

    def _reads(self, rule: Rule) -> str:
        atoms = [atom for node in rule.expressions() for atom in node.atoms()]
        sets = sorted({name for atom in atoms for name in atom.sets})
        computed = sorted({n for atom in atoms for n in atom.attributes if n.startswith((TALLY, CLOCK))})
        named = [self._catalogue.set_link(name, self._pack.id) for name in sets]
        return ", ".join([*named, *(link(f"`{name}`", f"#{slug(_computed(name))}") for name in computed)])

    # What is counted, measured in time, named, presumed --------------------------------------------------------------

    def _tally(self, tally: Tally) -> Iterator[str]:
        yield f"`{_computed(TALLY + tally.name)}`"
        rows = [("about", link(f"`{tally.about}`", f"facts.md#{tally.about}"))]
        if isinstance(tally, Share):
            counted = f"`{tally.share}`, in percent" + (f", each `{tally.distinct}` once" if tally.distinct else "")
            rows.append(("share of those with the same", counted))
        else:
            adds = "numbers add up" if tally.adds else "at least the largest number, at most the sum of all"
            rows.append(("counts", f"`{tally.counts}`: {adds}"))
            rows.append(("how far back", str(tally.window)))
        rows.append(("of those alike in", ", ".join(f"`{name}`" for name in tally.by) or "nothing: all"))
        unless = () if isinstance(tally, Share) else tally.unless
        if unless:
            rows.append(("not counted where one of these applies", self._links(unless)))
        yield table(("a number", plain(tally.title)), rows)
        if tally.where_text:
            yield "Counted is what meets this:"
            yield law_code.block(tally.where_text)

    def _clock(self, clock: Clock) -> Iterator[str]:
        yield f"`{_computed(CLOCK + clock.name)}`"
        ends = (("about", link(f"`{clock.about}`", f"facts.md#{clock.about}")),)
        span = f"`{clock.end}` comes within {clock.within} of `{clock.start}`"
        yield table(("a deadline", plain(clock.title)), (*ends, ("met where", span)))

    def _category(self, category: Category) -> Iterator[str]:
        yield f"`{category.name}`"
        along = [name for name in category.members if name not in (*category.terms, *category.codes)]
        rows = [("citation", plain(category.cites))]
        for what, names in (
            ("terms of DPV-PD", category.terms),
            ("narrower terms that come along", along),
            ("what DPV-PD has no term for", category.codes),
        ):
            if names:
                rows.append((what, ", ".join(f"`{name}`" for name in names)))
        yield table(("a category", plain(category.title)), rows)

    def _presumptions(self, found: Iterable[Presumption]) -> str:
        lines = (
            f"- `{p.attribute}` counts as *{value_in_words(p.value)}* ({plain(p.cites)}), {force(p.period)}"
            for p in found
        )
        return "\n".join(["**Presumed where it is not known:**", "", *lines])

    def _unshown(self, duty: Unshown) -> Iterator[str]:
        yield f"`{self._pack.id} {duty.id}`"
        rows = [("citation", plain(duty.cites)), ("judged", f"no: no evidence can show it. {plain(duty.why)}")]
        yield table(("says", plain(duty.title)), rows)

    def _norm(self, norm: Norm) -> Iterator[str]:
        yield f"`{self._pack.id} {norm.id}`"
        rules = [
            f"{self._catalogue.link(rule, self._pack.id)} (`{rule.pack} {rule.id}`, {force(rule.period)})"
            for rule in self._catalogue.law.compelling(norm)
        ]
        rows = [("citation", plain(norm.cites)), ("rules of these packs", "<br>".join(rules) or "none")]
        yield table(("says", plain(norm.title)), rows)


def _computed(name: str) -> str:
    """The heading of a tally or a clock: the name that rules use, its dot as a word space."""
    return name.replace(".", " ", 1)
