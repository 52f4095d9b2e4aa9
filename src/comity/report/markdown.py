"""The judgement as a comment on a pull request: GitHub's Markdown, short, and inert whatever the evidence holds.

Texts out of evidence stand in code spans, or escaped in ``<code>`` within HTML: neither links, mentions nor tags work
there. Texts of packs have all that Markdown could read as structure escaped.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Mapping

from comity.checking import MAY_APPLY, Judgement
from comity.judge.judgement import Finding
from comity.law.model import UNKNOWN, Pack
from comity.report.details import details, extent, short
from comity.report.telling import tell
from comity.report.words import (
    PLURALS,
    breaches_to_tell,
    compared,
    count_of,
    findings_in_words,
    listed,
    meaning,
    no_breach,
    party,
    settles,
    visible,
    word_against,
)

#: The most characters that GitHub takes in a comment.
LONGEST = 65_536

#: Findings, packs and missing attributes that are told.
TOLD, PACKS, MISSING = 10, 30, 10

#: The words of verdicts that go against nothing, as the text report has them.
_NOT_KNOWN, _KEPT = "not known", "kept"

_CUT = "*Cut: a comment holds no more. The JSON report has all.*"
_CLOSING = "*This is no legal advice.*"

#: What Markdown gives a meaning.
_STRUCTURE = re.compile(r"[\\`*_{}\[\]<>#|~$&]|:(?=//)")

#: Where a mention, a reference or a link is read in the text that comes out: a gap without width undoes it.
_SPOKEN = re.compile(r"(?<=[@#])(?=\w)|(?<=www)(?=\.)", re.IGNORECASE)


def render(judgement: Judgement) -> str:
    """The comment, no longer than ``LONGEST``."""
    return _fitted(list(_blocks(judgement)), LONGEST)


def _fitted(blocks: list[str], longest: int) -> str:
    """As many blocks as there is room for, with a note where some are left out."""
    end = f"\n\n{_CLOSING}\n"
    whole = "\n\n".join(blocks) + end
    if len(whole) <= longest:
        return whole
    end = f"\n\n{_CUT}{end}"
    text = ""
    for block in blocks:
        if len(text) + len(block) + 2 + len(end) > longest:
            break
        text += ("\n\n" if text else "") + block
    return text.strip() + end


def code(text: str) -> str:
    """A text in a code span, fenced by more backticks than it holds."""
    shown = visible(text) or " "
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    return f"{fence} {shown} {fence}" if "`" in shown or shown != shown.strip() else f"{fence}{shown}{fence}"


def prose(text: str) -> str:
    """A text of a pack, with nothing in it that Markdown or GitHub could take for structure, link or mention."""
    return _STRUCTURE.sub(r"\\\g<0>", _unspoken(text))


def _unspoken(text: str) -> str:
    return _SPOKEN.sub("\u200b", visible(text))


def _markup(text: str) -> str:
    """A text out of evidence within HTML, where Markdown is not read."""
    return f"<code>{html.escape(visible(text))}</code>"


def _blocks(judgement: Judgement) -> Iterable[str]:
    yield f"## Comity: {findings_in_words(judgement)}"
    facts = listed([count_of(kind.facts, kind.kind) for kind in judgement.kinds]) or "no facts"
    yield f"{facts} from {count_of(sum(1 for record in judgement.evidence if record.reading), 'file')}."
    yield from _not_read(judgement)
    if judgement.compared:
        yield f"**{prose(compared(judgement.compared))}**"
    if not judgement.facts:
        yield "**Nothing could be judged: no fact was read.**"
        return
    yield from _packs(judgement)
    breaches = breaches_to_tell(judgement)
    yield "### Findings, the gravest first" if breaches else f"**{no_breach(judgement)}**"
    yield from (_finding(judgement, finding) for finding in breaches[:TOLD])
    if len(breaches) > TOLD:
        yield f"and {len(breaches) - TOLD:,} more: the JSON report has all."
    yield from _unknowns(judgement)


def _not_read(judgement: Judgement) -> Iterable[str]:
    lines = [f"- not read: {code(record.error.summary)}" for record in judgement.evidence if record.error]
    more = [f"- and {len(lines) - TOLD:,} more files"] if len(lines) > TOLD else []
    if lines:
        yield "\n".join([*lines[:TOLD], *more])


def _packs(judgement: Judgement) -> Iterable[str]:
    """A row for each pack that applies, a column for each word that its verdicts take; and what is counted."""
    choices = [choice for choice in judgement.choices if choice.why != MAY_APPLY]
    if choices:
        yield _caption(judgement)
        yield _table({choice.pack: _counts(judgement, choice.pack) for choice in choices[:PACKS]})
    notes = [f"and {len(choices) - PACKS:,} more packs"] if len(choices) > PACKS else []
    may = sum(choice.why == MAY_APPLY for choice in judgement.choices)
    notes += [f"{count_of(may, 'other pack')} may apply as well"] if may else []
    if notes:
        yield f"{'; '.join(notes)}."


def _caption(judgement: Judgement) -> str:
    """That the table counts something else than the heading does."""
    some = f", {len(judgement.findings):,} of them listed" if judgement.found > len(judgement.findings) else ""
    found = f"{count_of(judgement.found, 'finding')} in all{some}"
    return f"{found}. The table counts verdicts, each of one rule on one fact; a finding gathers those that are alike."


def _counts(judgement: Judgement, pack: Pack) -> Counter[str]:
    """How many verdicts of a pack's rules there are, by what reports call them; those out of scope left out."""
    counts: Counter[str] = Counter()
    for result in (result for result in judgement.rules if result.pack.id == pack.id):
        counts.update({word_against(result): result.breach, _NOT_KNOWN: result.unknown, _KEPT: result.kept})
    return counts


def _table(packs: Mapping[Pack, Counter[str]]) -> str:
    words = [word for word in (*PLURALS, _KEPT) if any(counts[word] for counts in packs.values())] or [_KEPT]
    rows = [f"| pack | {' | '.join(words)} |", f"|---|{'--:|' * len(words)}"]
    for pack, counts in packs.items():
        rows.append(f"| {prose(f'{pack.title} ({pack.id})')} | {' | '.join(f'{counts[word]:,}' for word in words)} |")
    return "\n".join(rows)


def _finding(judgement: Judgement, finding: Finding) -> str:
    told = tell(judgement, finding)
    state = f" {told.state}" if told.state else ""
    head = html.escape(_unspoken(f"{finding.cites}: {finding.title}"))
    lines = [f"- {label}: {code(text)}" if label else f"- {code(text)}" for label, text in details(told)]
    return "\n".join([
        f"<details><summary><b>{told.word}</b>{state} {head}, {_markup(extent(told))}</summary>",
        "",
        f"{code(f'{finding.pack} {finding.rule}')}, finding {code(short(finding.id))}",
        "",
        *lines,
        "",
        "</details>",
    ])  # fmt: skip


def _unknowns(judgement: Judgement) -> Iterable[str]:
    """What is missing most, and what would settle it."""
    counts: Counter[str] = Counter()
    who: dict[str, str] = {}
    for finding in judgement.findings:
        if finding.verdict == UNKNOWN:
            for name in finding.missing:
                counts[name] += finding.count
                who.setdefault(name, party(finding))
    wanted = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    if wanted:
        yield "### What is not known, and what would settle it"
        lines = [
            f"- {code(name)} ({count:,}), {prose(meaning(name))}, as with {code(who[name])}: {code(settles(name))}"
            for name, count in wanted[:MISSING]
        ]
        more = [f"- and {count_of(len(wanted) - MISSING, 'other attribute')}"] if len(wanted) > MISSING else []
        yield "\n".join([*lines, *more])
