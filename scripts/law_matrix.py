"""The page of answers: jurisdictions by questions, every cell computed from the rules that carry the question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from build_docs import table
from law_text import BEARERS, Catalogue, days, force, jurisdiction, jurisdictions, link, page, plain, slug

from comity.law.model import Pack, Rule
from comity.report.words import count_of, plural

#: The questions, by the key under which a rule answers: the words, and the kind of fact that it turns on.
QUESTIONS = {
    "leave": ("May personal data leave?", "flow"),
    "home-storage": ("Must a copy stay?", "store"),
    "authority": ("May a foreign authority be answered directly?", "request"),
}

#: Where no rule answers.
NO_RULE = "*no rule in these packs*"

#: Conditions are shown with the answers up to this length; longer ones stand on the page of the pack.
_SHORT = 240


def question(rule: Rule) -> str | None:
    """The key of the question that a rule answers."""
    return rule.question or rule.compels


def anchor(code: str) -> str:
    """The anchor of a jurisdiction's answers."""
    return slug(jurisdiction(code))


def law_packs(catalogue: Catalogue, code: str | None = None) -> list[Pack]:
    """The packs of law, all or those of a jurisdiction."""
    return [p for p in catalogue.law.packs if p.force == "law" and (code is None or code in p.jurisdictions)]


def answers(catalogue: Catalogue, code: str, key: str) -> list[Rule]:
    """The rules of a jurisdiction that answer a question: those without an end first, then the latest first."""
    found = [rule for pack in law_packs(catalogue, code) for rule in pack.duties() if question(rule) == key]
    return sorted(found, key=lambda rule: (rule.period.end is None, rule.period.start or date.min), reverse=True)


def matrix(catalogue: Catalogue) -> str:
    """The page."""
    codes = jurisdictions(law_packs(catalogue))
    return page(
        "Jurisdictions and questions",
        "Three questions, and the rules of these packs that answer them. No cell is written by hand: each is computed "
        "from rules that carry the question, and says what the rule says in code.",
        _how_to_read(),
        table(("jurisdiction", *(words for words, _ in QUESTIONS.values())), (_row(catalogue, code) for code in codes)),
        *(part for code in codes for part in _detail(catalogue, code)),
    )


def _how_to_read() -> str:
    lines = (
        "A rule speaks of what it covers and of nothing else. What it covers stands in its code, behind the link: who "
        "is bound, which data, which recipients.",
        "*Lawful* means: by this rule. Other rules of the same law, named below the table, and other laws may ask for "
        "more.",
        "*Condition* is what the rule itself asks for. A *permission* makes lawful what the rule would forbid; one "
        "permission may stand for several cases of the law, and may have limits of its own. An *exemption* takes "
        "cases out of what the rule covers.",
        "Dates are the days on which a rule begins to apply, and on which it no longer does. A day that lies ahead is "
        "law that has not begun; a rule with an `until` behind us has ended.",
        f"{NO_RULE} means that these packs hold no rule that answers. It does not mean *yes*, nor *no*: the "
        "jurisdiction may have law that nobody has written down here.",
    )
    return "\n".join(["**How to read it**", "", *(f"- {line}" for line in lines)])


def _row(catalogue: Catalogue, code: str) -> tuple[str, ...]:
    head = link(f"**{code}**", f"#{anchor(code)}") + f" {jurisdiction(code).rpartition(' (')[0]}"
    return head, *(_cell(catalogue, code, key) for key in QUESTIONS)


def _cell(catalogue: Catalogue, code: str, key: str) -> str:
    found = answers(catalogue, code, key)
    return "<br><br>".join(_short(catalogue, rule) for rule in found) or NO_RULE


def _short(catalogue: Catalogue, rule: Rule) -> str:
    whom = " (binds a State)" if rule.bearer == "State" else ""
    return f"{catalogue.link(rule, 'matrix')}{whom}, {force(rule.period)}: **{shape(rule)}**"


def at_some_time(rule: Rule, exceptions: Sequence[Rule]) -> list[Rule]:
    """Those exceptions that were in force while the rule was."""
    return [e for e in exceptions if e.period.overlaps(rule.period)]


def shape(rule: Rule) -> str:
    """What becomes of what a rule covers: true for every shape of rule."""
    permissions = at_some_time(rule, rule.permissions())
    exemptions = at_some_time(rule, rule.exemptions())
    ways = ["if its condition is met"] * bool(rule.duty)
    if permissions:
        ways.append(f"under {_of(len({e.id for e in permissions}), 'permission')}")
    said = f"lawful only {' or '.join(ways)}" if ways else "not lawful in any case that it covers"
    if rule.strength == "should":
        said = f"recommended: {said}"
    if exemptions:
        said += f"; {count_of(len({e.id for e in exemptions}), 'exemption')}"
    changing = [e for e in (*permissions, *exemptions) if not _as_long(rule, e)]
    return said + (" (with dates of their own)" if changing else "")


def _of(number: int, noun: str) -> str:
    return f"its one {noun}" if number == 1 else f"one of {number} {plural(noun)}"


def _as_long(rule: Rule, exception: Rule) -> bool:
    """Whether an exception holds as long as the rule does."""
    early = (exception.period.start or date.min) <= (rule.period.start or date.min)
    return early and (exception.period.end or date.max) >= (rule.period.end or date.max)


def _detail(catalogue: Catalogue, code: str) -> Iterator[str]:
    packs = law_packs(catalogue, code)
    yield f"## {jurisdiction(code)}"
    yield "Law in these packs: " + ", ".join(link(pack.short, f"{pack.id}.md") for pack in packs) + "."
    for key, (words, kind) in QUESTIONS.items():
        found = answers(catalogue, code, key)
        lines = [line for rule in found for line in _lines(catalogue, rule)] or [f"- {NO_RULE}"]
        beside = [rule for pack in packs for rule in pack.duties() if rule.about == kind and rule not in found]
        if beside:
            named = "; ".join(f"{catalogue.link(rule, 'matrix')}{_dates(rule)}" for rule in beside)
            lines.append(f"- Other duties of these packs about {plural(kind)}: {named}")
        yield "\n".join([f"**{words}**", "", *lines])


def _lines(catalogue: Catalogue, rule: Rule) -> Iterator[str]:
    said = shape(rule)
    yield (
        f"- {catalogue.link(rule, 'matrix')} (`{rule.pack} {rule.id}`; {plain(rule.cites)}), {force(rule.period)}; "
        + (f"binds {BEARERS[rule.bearer]}. {said[0].upper()}{said[1:]}.")
    )
    if rule.duty_text and len(rule.duty_text) <= _SHORT:
        yield f"  - Condition: `{' '.join(rule.duty_text.split())}`"
    for word, exceptions in (("Permissions", rule.permissions()), ("Exemptions", rule.exemptions())):
        if found := at_some_time(rule, exceptions):
            yield f"  - {word}: " + "; ".join(_exception(catalogue, rule, e) for e in found)


def _exception(catalogue: Catalogue, rule: Rule, exception: Rule) -> str:
    start = exception.period.start if exception.period.start != rule.period.start else None
    if start and rule.period.start and start < rule.period.start:
        start = None
    end = exception.period.end if exception.period.end != rule.period.end else None
    dated = f" ({days(start, end)})" if start or end else ""
    limited = " with limits" if at_some_time(exception, exception.exceptions) else ""
    return catalogue.link(exception, "matrix") + dated + limited


def _dates(rule: Rule) -> str:
    return f" ({force(rule.period)})"
