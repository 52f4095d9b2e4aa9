"""Everything that is to be said of one finding, as plain data: what text, `explain`, Markdown and all else tell alike.

What a finding holds itself stands in ``Told.finding``: facets, counts, moments, evidence, what was presumed. The rest
is looked up in the law.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from comity.checking import Judgement
from comity.judge.judgement import Finding
from comity.judge.outcome import ExceptionOutcome
from comity.law.kleene import Kleene
from comity.law.model import Law, Pack, Rule, Total
from comity.report.conditions import in_words, titles
from comity.report.words import breach_word, meaning, party, settles
from comity.vocabulary import CLOCK, KINDS, TALLY

if TYPE_CHECKING:
    from comity.report.languages import Language


@dataclass(frozen=True)
class Circumstance:
    """One thing that is known of the facts; ``decided`` says that the duty, or a scope without one, looks at it."""

    attribute: str
    meaning: str
    value: Any
    decided: bool


@dataclass(frozen=True)
class Counted:
    """A tally with its bounds; of a share (in percent) ``of`` is what it is the share of, where that is known."""

    name: str
    title: str
    low: float
    high: float
    share: bool
    of: Any


@dataclass(frozen=True)
class Wanted:
    """An attribute that is not known, and what would make it known."""

    attribute: str
    meaning: str
    hint: str


@dataclass(frozen=True)
class Way:
    """An exception: whether it holds (None is not known), what it lacks, whether that is for the party to choose.

    ``effect`` is ``permits`` or ``exempts``, ``false`` are its conditions that are not met, ``begun`` says that the
    party has chosen some part of it already.
    """

    rule: str
    title: str
    cites: str
    source: str
    effect: str
    value: Kleene
    needs: str
    false: tuple[str, ...]
    missing: tuple[Wanted, ...]
    open: bool
    begun: bool
    law: Law = field(repr=False, compare=False)

    def in_words(self, language: Language | None = None) -> str:
        """What the exception lacks, in words of a language (English); code stands between backticks."""
        return _in_words(self.law, self.needs, language)


@dataclass(frozen=True)
class Told:
    """A finding and the law behind it.

    ``word`` is what reports call it, ``state`` what it is beside the baseline, ``heading`` the article. In
    ``circumstances`` what decided comes first, in ``ways`` what is open to the party, and of that what is begun.
    """

    finding: Finding
    word: str
    state: str | None
    instrument: str
    issuer: str
    force: str
    heading: str
    when: str
    duty: str | None
    circumstances: tuple[Circumstance, ...]
    tallies: tuple[Counted, ...]
    ways: tuple[Way, ...]
    wanted: tuple[Wanted, ...]
    law: Law = field(repr=False, compare=False)

    def in_words(self, language: Language | None = None) -> str:
        """What the duty lacks, in words of a language (English); code stands between backticks."""
        return _in_words(self.law, self.finding.needs, language)


def tell(judgement: Judgement, finding: Finding) -> Told:
    """All that is to be said of a finding."""
    law = judgement.law
    pack = next(pack for pack in law.packs if pack.id == finding.pack)
    rule = _rule(pack, finding, finding.rule)
    ways = (_way(law, _rule(pack, finding, outcome.rule), outcome) for outcome in finding.exceptions)
    return Told(
        finding=finding,
        word=breach_word(law, finding),
        state=judgement.state(finding),
        instrument=pack.title,
        issuer=pack.issuer,
        force=pack.force,
        heading=rule.heading,
        when=rule.when_text,
        duty=rule.duty_text,
        circumstances=_circumstances(law, rule, finding),
        tallies=tuple(_counted(law, finding, name, *bounds) for name, bounds in finding.tallies.items()),
        ways=tuple(sorted(ways, key=lambda way: (not way.open, not (way.open and way.begun)))),
        wanted=_wanted(finding.missing),
        law=law,
    )


def missing(judgement: Judgement) -> tuple[Counter[str], Mapping[str, list[str]]]:
    """The attributes that are missing, by how many verdicts they keep open; and with whom, the most frequent first."""
    counts: Counter[str] = Counter()
    who: dict[str, Counter[str]] = {}
    for finding in judgement.findings:
        for name in finding.missing:
            counts[name] += finding.count
            who.setdefault(name, Counter())[party(finding)] += finding.count
    return counts, {
        attribute: sorted(parties, key=lambda name: (-parties[name], name)) for attribute, parties in who.items()
    }


def _rule(pack: Pack, finding: Finding, id: str) -> Rule:
    """The rule of that id: there may be several in turn, and that of the finding's moment is meant."""
    rules = [rule for rule in pack.rules if (rule.id, rule.about) == (id, finding.about)]
    return next((rule for rule in rules if rule.period.covers(finding.law_as_of)), rules[-1])


def _circumstances(law: Law, rule: Rule, finding: Finding) -> tuple[Circumstance, ...]:
    """The situation; facets decide too, but the subject tells them already, so they come after."""
    kind = KINDS[finding.about]
    facets = {kind.facets.origin, kind.facets.target, kind.facets.party, "product"}
    read = {name for atom in (rule.duty or rule.when).atoms() for name in atom.attributes}
    found = [
        Circumstance(
            name,
            law.clock(name)[1].title if name.startswith(CLOCK) else meaning(name),
            value,
            name in read and kind.relative_name(name) not in facets,
        )
        for name, value in sorted(finding.situation.items())
    ]
    return tuple(sorted(found, key=lambda circumstance: not circumstance.decided))


def _counted(law: Law, finding: Finding, name: str, low: float, high: float) -> Counted:
    tally = law.tally(TALLY + name)[1]
    if isinstance(tally, Total):
        return Counted(name, tally.title, low, high, share=False, of=None)
    of = finding.situation.get(f"{tally.about}.{tally.share}")
    return Counted(name, tally.title, low, high, share=True, of=of)


def _way(law: Law, rule: Rule, outcome: ExceptionOutcome) -> Way:
    return Way(
        rule=rule.id,
        title=rule.title,
        cites=rule.cites,
        source=rule.source,
        effect=rule.effect or "",
        value=outcome.value,
        needs=outcome.needs,
        false=outcome.false,
        missing=_wanted(outcome.missing),
        open=outcome.open,
        begun=outcome.begun,
        law=law,
    )


def _wanted(attributes: Iterable[str]) -> tuple[Wanted, ...]:
    return tuple(Wanted(name, meaning(name), settles(name)) for name in attributes)


def _in_words(law: Law, needs: str, language: Language | None) -> str:
    if language is None:
        return in_words(needs, title=titles(law))
    return in_words(needs, language.say, language.number, titles(law, language.tag))
