"""The pages that go across packs: the index, the sets with their rows, categories across laws, facts in rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from build_docs import table
from law_matrix import law_packs
from law_text import Catalogue, days, jurisdiction, jurisdictions, link, page, plain, slug, source

from comity.categories import broader
from comity.law.model import Pack
from comity.law.sets import DatedSet, Row
from comity.report.words import count_of
from comity.vocabulary import KINDS, Kind

# The index ------------------------------------------------------------------------------------------------------------


def index(catalogue: Catalogue) -> str:
    """Where a reader begins."""
    packs = catalogue.law.packs
    rules = sum(len(pack.rules) for pack in packs)
    examples = sum(len(pack.examples) for pack in packs)
    return page(
        "The law in these packs",
        f"{len(packs)} instruments of data-security law and policy, told in plain words and written as code: "
        f"{count_of(rules, 'rule')}, checked by {count_of(examples, 'worked example')}. Each pack is one instrument: "
        "a law, a treaty, an initiative or a company's own promise. Comity judges by what stands here, and by nothing "
        "else. All packs are judged by the same engine; that an instrument stands here says nothing for or against it.",
        "\n".join(
            (
                "- [Jurisdictions and questions](matrix.md): may personal data leave, must a copy stay, may a foreign "
                "authority be answered directly?",
                "- [Categories across laws](categories.md): what each law calls a piece of data.",
                "- [Sets](sets.md): memberships and lists, with the days on which they change.",
                "- [Facts](facts.md): what the words in the code mean.",
            )
        ),
        "**This is no legal advice.** The packs tell law in words of their own, leave out what evidence can't show, "
        "and may be wrong or out of date. The texts themselves count, as their authorities and courts read them.",
        "## The packs",
        table(("pack", "instrument", "force", "in force", "duties"), (_listed(pack) for pack in packs)),
        "## By jurisdiction",
        table(("jurisdiction", "law", "commitments"), (_place(catalogue, code) for code in jurisdictions(packs))),
        _members(catalogue),
        _nowhere(packs),
        "## By kind of fact",
        "A rule is about one kind of fact. The number counts a pack's duties on it; the exceptions to them are left "
        "out.",
        table(("kind", "what it is", "packs"), (_kind_row(packs, kind) for kind in KINDS.values())),
        "## How to read a rule",
        _reading(),
        "## How far to trust a tag",
        "Every source carries a tag that says how it was read.",
        table(("tag", "means"), TAGS),
        "A tag speaks of the source and not of the rule: a rule is a reading of the source. Rows of sets carry tags "
        "of their own. Where a source is a copy or a summary of a law and not its gazette, the line says so or the "
        "address shows it.",
    )


#: What the tags of sources mean.
TAGS = (
    ("`[V 2026-08]`", "read again in the source, as it stood in that month (or year, where no month is told)"),
    ("`[V]`", "read again in the source; of which month, nobody noted"),
    ("`[K]`", "taken from knowledge of a stable text and not read again: look before you lean on it"),
)


def _reading() -> str:
    lines = (
        "A **duty** says what it covers and what keeps it. Where what it covers is there and what keeps it is not, "
        "the verdict is a *breach*; where the facts don't settle it, *unknown*.",
        "A **permission** makes lawful what would be a breach. An **exemption** takes a case out of what a duty "
        "covers. Either can be **taken back** by an exception of its own.",
        "**Force** is *law*, or *commitment* for a text that binds nobody by law. **Strength** is *must*, or *should* "
        "for what a text recommends.",
        "An **indicator** is a trace in somebody's data of what a commitment is against, found where the evidence "
        "can't say whose act it was. It is never called more than that.",
        "Days begin at midnight in the zone of the pack. `until` names the first day on which a rule no longer holds.",
        "The code is written in the [Common Expression Language](https://cel.dev): `&&` is *and*, `||` is *or*, `!` is "
        "*not*, `in` is *is one of*, and `x.exists(y, …)` is *there is a y in x so that …*. Names in capitals are "
        "[sets](sets.md) or [categories](categories.md) of data.",
        "The address of a rule stays the same: `eu-gdpr-transfers.md#eu-gdpr-transfers-art-44`.",
    )
    return "\n".join(f"- {line}" for line in lines)


def _listed(pack: Pack) -> tuple[str, ...]:
    period = days(pack.period.start, pack.period.end)
    return link(plain(pack.short), f"{pack.id}.md"), plain(pack.title), pack.force, period, str(len(pack.duties()))


def _place(catalogue: Catalogue, code: str) -> tuple[str, ...]:
    def named(force: str) -> str:
        found = (p for p in catalogue.law.packs if p.force == force and code in p.jurisdictions)
        return ", ".join(link(plain(pack.short), f"{pack.id}.md") for pack in found)

    name = jurisdiction(code)
    return (
        link(name, f"matrix.md#{slug(name)}") if law_packs(catalogue, code) else name,
        named("law"),
        named("commitment"),
    )


def _members(catalogue: Catalogue) -> str:
    rows = catalogue.law.sets["EU_MEMBERS"].rows
    now = ", ".join(jurisdiction(code) for code in sorted(str(row.member) for row in rows if row.end is None))
    gone = "".join(f" {jurisdiction(str(row.member))} was a member until {row.end}." for row in rows if row.end)
    return (
        f"What stands under EU is law in its members too, as far as the instrument itself reaches: {now}.{gone} What "
        "members enacted on their own is not in these packs. INT stands for what holds between States or across them."
    )


def _nowhere(packs: Iterable[Pack]) -> str:
    lines = [
        f"- {link(plain(pack.short), f'{pack.id}.md')}, {pack.force}, issued by {plain(jurisdiction(pack.issuer))}"
        for pack in packs
        if not pack.jurisdictions
    ]
    return "\n".join(["Of no jurisdiction's law:", "", *lines])


def _kind_row(packs: Iterable[Pack], kind: Kind) -> tuple[str, ...]:
    counted = ((pack, sum(rule.about == kind.name for rule in pack.duties())) for pack in packs)
    named = ", ".join(f"{link(plain(pack.short), f'{pack.id}.md')} {number}" for pack, number in counted if number)
    return link(f"`{kind.name}`", f"facts.md#{kind.name}"), plain(kind.meaning), named or "none"


# Facts ----------------------------------------------------------------------------------------------------------------


def facts(catalogue: Catalogue) -> str:
    """What the attributes mean that rules read, and which packs read them."""
    readers: dict[str, list[Pack]] = defaultdict(list)
    for pack in catalogue.law.packs:
        nodes = [node for rule in pack.rules for node in rule.expressions()]
        nodes += [tally.where for tally in pack.tallies if tally.where]
        for name in sorted({name for node in nodes for atom in node.atoms() for name in atom.attributes}):
            readers[name].append(pack)
    return page(
        "Facts that rules read",
        "The words of the code, kind by kind: what each means, and which packs read it. A rule that needs what nobody "
        "recorded says *unknown*. An attribute that no rule reads is left out.",
        *(part for kind in KINDS.values() for part in _facts(kind, readers)),
    )


def _facts(kind: Kind, readers: dict[str, list[Pack]]) -> Iterator[str]:
    yield f"## {kind.name}\n\n{kind.meaning[:1].upper()}{kind.meaning[1:]}."
    rows = [
        (f"`{kind.name}.{a.name}`", a.meaning, ", ".join(link(p.id, f"{p.id}.md") for p in found))
        for a in kind.attributes
        if (found := readers.get(f"{kind.name}.{a.name}"))
    ]
    yield table(("attribute", "means", "read by"), rows) if rows else "No rule is about it."


# Sets -----------------------------------------------------------------------------------------------------------------


def sets(catalogue: Catalogue) -> str:
    """Every set with its rows, those that agree in all but the member told together."""
    categories = {category.name for pack in catalogue.law.packs for category in pack.categories}
    own = [found for name, found in sorted(catalogue.law.sets.items()) if name not in categories]
    return page(
        "Sets",
        "Memberships and lists that rules name in capitals. A member counts from a day until another, the latter no "
        "longer included; where no day stands the side is open. Jurisdictions are codes of ISO 3166-1; a territory "
        "has a code of its own and is in a set only if it stands there. A pair such as `GB>US/executive-agreement` "
        "names who asks, who is asked, and by which channel.",
        *(part for found in own for part in _set(found, catalogue)),
    )


def _set(found: DatedSet, catalogue: Catalogue) -> Iterator[str]:
    yield f"## {found.name}"
    readers = [pack for pack in catalogue.law.packs if found.name in _read(pack)]
    named = ", ".join(link(plain(pack.short), f"{pack.id}.md") for pack in readers) or "no rule"
    yield f"{count_of(len(found.rows), 'row')}, read by {named}."
    sources = list(dict.fromkeys(row.source for row in found.rows))
    yield "\n".join(f"{number}. {source(text)}" for number, text in enumerate(sources, 1))
    groups: dict[tuple[str, str, int], list[Row]] = defaultdict(list)
    for row in found.rows:
        groups[days(row.start, row.end), row.scope, sources.index(row.source) + 1].append(row)
    rows = [
        (", ".join(plain(_member(row)) for row in rows), when, plain(scope), str(number))
        for (when, scope, number), rows in groups.items()
    ]
    yield table(("members", "when", "what it covers", "source"), rows)


def _member(row: Row) -> str:
    return f"AS{row.member}" if isinstance(row.member, int) else row.member


def _read(pack: Pack) -> set[str]:
    nodes = [node for rule in pack.rules for node in rule.expressions()]
    nodes += [tally.where for tally in pack.tallies if tally.where]
    return {name for node in nodes for atom in node.atoms() for name in atom.sets}


# Categories -----------------------------------------------------------------------------------------------------------


def categories(catalogue: Catalogue) -> str:
    """Terms of DPV-PD by what each law calls them."""
    calls: dict[str, list[str]] = defaultdict(list)
    for pack in catalogue.law.packs:
        for category in pack.categories:
            called = link(plain(category.title), f"{pack.id}.md#{slug(category.name)}")
            for name in category.members:
                calls[name].append(f"**{', '.join(pack.jurisdictions)}** {called}")
    known = [name for name in sorted(calls) if name in broader()]
    groups: dict[str, list[str]] = defaultdict(list)
    for name in known:
        groups[_group(name)].append(name)
    return page(
        "Categories across laws",
        "One piece of data, and what each law calls it. The rows are terms of the personal-data extension of the "
        "[Data Privacy Vocabulary](https://w3id.org/dpv/pd), under the parts into which it sorts them; terms that all "
        "laws here treat alike share a row. A law that is not named in a row names no category with that term in "
        "these packs: it may cover the data all the same, as personal data.",
        *(part for group in sorted(groups) for part in _categories(group, groups[group], calls)),
        "## Without a term of the vocabulary",
        "What laws name and the vocabulary has no term for. Facts record it under these codes.",
        _called([name for name in sorted(calls) if name not in broader()], calls),
    )


def _group(term: str) -> str:
    """The part of the vocabulary to which a term belongs: the first by name of those right below personal data."""
    if term not in broader():
        return "Special categories"
    above = broader()[term]
    if "PersonalData" in above or not above:
        return term
    return min(_group(name) for name in above)


def _categories(group: str, names: list[str], calls: dict[str, list[str]]) -> Iterator[str]:
    yield f"## {group}"
    yield _called(names, calls)


def _called(names: Iterable[str], calls: dict[str, list[str]]) -> str:
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name in names:
        alike[tuple(calls[name])].append(name)
    rows = ((", ".join(f"`{name}`" for name in found), " · ".join(sorted(called))) for called, found in alike.items())
    return table(("data", "what laws call it"), rows)
