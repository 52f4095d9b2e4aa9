"""How reports put verdicts, numbers and hints into words; shared by every format that people read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from comity.baseline import KNOWN, NEW, PERHAPS_NEW, Comparison
from comity.bounds import UNBOUNDED, is_between
from comity.categories import AND_MORE, is_open
from comity.checking import MAY_APPLY, Choice, Judgement
from comity.evidence import formats_giving
from comity.identify import Detection
from comity.judge.judgement import Finding, RuleResult, severity
from comity.law.model import BREACH, Law, Norm, Pack
from comity.vocabulary import ATTRIBUTES

#: Longer texts are cut where people read them.
LONGEST = 400

#: Says English words in the language of a report.
Say = Callable[[str], str]

_OF_STORES = ("subjects", "origin", "data", "important", "basis", "reason", "place")
_OF_BARRIERS = ("crosses", "gated", "within")
_OF_PRODUCTS = (
    *("declared_capabilities", "exportable", "forced_upgrade", "security_upgrade", "practices", "stores"),
    "preinstalled_by",
)

#: Where a user can say what is missing in a profile: by attribute of a flow, by kind and attribute of all else.
SETTLES: Mapping[str, str] = {
    "from": "`place` of the [[system]] that sends: name its `networks`, or the files recorded on it (`captures`)",
    "to": "`place` of a [[system]] with its `networks` or `hosts`, or another table of addresses (--places)",
    "data": "`data` of the [[system]] it leaves, or of the [[recipient]]",
    "personal": "`data` of the [[system]] it leaves, or of the [[recipient]]: categories, or [] for none",
    "sensitive": "`data` of the [[system]] it leaves, or of the [[recipient]]",
    "subjects": "`subjects` of the [[system]]: where the people live",
    "origin": "`origin` of the [[system]]: where the data was generated",
    "critical": "`critical` of the [[system]]: true or false",
    "sender": "[party], and the [[system]] whose `networks` or `captures` the sender belongs to",
    "recipient": "a [[recipient]] that matches the host or AS number",
    "safeguards": "`safeguards` of the [[recipient]]; [] for none",
    "agreement": "`agreement` of the [[recipient]]",
    "purpose": "`purpose` of the [[recipient]], or of the [[system]]",
    "basis": "`basis` of the [[recipient]], or of the [[system]]; `none` for none",
    "important": "`important` of the [[system]], or of the [[recipient]]",
    "declared": "`declared_endpoints` of the [[product]]",
    "alert": "evidence of a sensor that raises alerts",
    **dict.fromkeys(_OF_BARRIERS, "a [[system]] with `networks` and `hosts` for each side of the [[barrier]]"),
    **{f"path.{name}": "`start` and `end` of the path, and a [[barrier]]" for name in _OF_BARRIERS},
    "store.holder": "[party]",
    **{f"store.{name}": f"`{name}` of the [[system]] whose `stores` they are" for name in _OF_STORES},
    **{f"store.{name}": "`data` of the [[system]] whose `stores` they are" for name in ("personal", "sensitive")},
    **{f"product.{name}": f"`{name}` of the [[product]]" for name in _OF_PRODUCTS},
    "product.undeclared_endpoints": "`declared_endpoints` of the [[product]], with flows of its own",
    "component.supplier": "a [[supplier]] that matches the name or the package URL",
    **{f"component.{name}": f"`{name}` of the [[supplier]]" for name in ("alternatives", "evidence", "grounds")},
}


#: How hints are put together.
WITHIN, BY_EVIDENCE = "{name}, in {place}", "evidence that tells of it ({formats})"
BY_FACTS, OR = "{name} in a `facts` file", ", or "


def _hint(attribute: str, say: Say = str) -> str | None:
    """Where a profile can say it."""
    kind, _, name = attribute.partition(".")
    party, _, part = name.partition(".")
    if kind != "flow":
        hint = SETTLES.get(f"{kind}.{name}") or SETTLES.get(f"{kind}.{party}")
        return say(hint) if hint else None
    hint = SETTLES.get(name) or SETTLES.get(party)
    if hint and part and party == "recipient":
        return say(WITHIN).format(name=f"`{part}`", place=say(hint))
    return say(hint) if hint else None


def told_in_profile(attribute: str) -> bool:
    """Whether a profile can tell of an attribute."""
    return "[" in (_hint(attribute) or "")


def settles(attribute: str, say: Say = str) -> str:
    """What to tell Comity so that an attribute becomes known."""
    kind, _, name = attribute.partition(".")
    hint = _hint(attribute, say)
    if hint and kind == "flow":
        return hint
    ways = [hint] if hint else []
    if formats := [form.NAME for form in formats_giving(kind, name) if form.NAME != "facts"]:
        ways.append(say(BY_EVIDENCE).format(formats=", ".join(formats)))
    return say(OR).join([*ways, say(BY_FACTS).format(name=f"`{name}`")])


def meaning(attribute: str) -> str:
    """What an attribute means, in the vocabulary's words."""
    return re.split(r": `|; |, such as|, DPV", ATTRIBUTES[attribute].meaning)[0].replace("`", "")


def value_in_words(value: Any) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if is_between(value):
        return bounds_in_words(*value)
    if is_open(value):
        return ", ".join([*(element for element in value if element != AND_MORE), "perhaps others"])
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return f"{value:,}" if isinstance(value, int) else str(value) or "nothing"


def detection_in_words(found: Detection) -> str:
    """What was found in the content of a record, and where; the value is masked."""
    field = f"`{found.field}`, {found.where}" if found.field else found.where
    return f"{found.category} in {field}: {found.value} ({found.detector}, {found.confidence:.0%} sure)"


def bounds_in_words(low: int, high: int) -> str:
    """What a number lies between, as people read it."""
    if low == high:
        return f"{low:,}"
    return f"at least {low:,}" + ("" if high == UNBOUNDED else f", at most {high:,}")


#: What reports call findings, from the gravest, and many of them.
PLURALS = {
    "breach of law": "breaches of law",
    "commitment not kept": "commitments not kept",
    "recommendation not followed": "recommendations not followed",
    "indicator": "indicators",
    "not known": "not known",
}


def breach_word(law: Law, finding: Finding) -> str:
    """What a report calls a finding: never more than the instrument's force and the rule's strength allow."""
    if finding.verdict != BREACH:
        return "not known"
    pack = next(pack for pack in law.packs if pack.id == finding.pack)
    return _against(pack, finding.severity, finding.severity == "low" and _is_indicator(law, finding))


def word_against(result: RuleResult) -> str:
    """What a report calls breaches of a rule."""
    return _against(result.pack, severity(result.pack, result.rule, BREACH), result.rule.indicator)


def _against(pack: Pack, gravity: str, indicator: bool) -> str:
    if indicator:
        return "indicator"
    word, gravest = ("breach of law", "high") if pack.force == "law" else ("commitment not kept", "medium")
    return word if gravity == gravest else "recommendation not followed"


def _is_indicator(law: Law, finding: Finding) -> bool:
    pack = next(pack for pack in law.packs if pack.id == finding.pack)
    return any(rule.indicator for rule in pack.rules if rule.id == finding.rule and rule.about == finding.about)


def breaches_to_tell(judgement: Judgement) -> list[Finding]:
    """The breaches that reports tell of, the gravest first: beside a baseline those that are not known by it."""
    breaches = (finding for finding in judgement.findings if finding.verdict == BREACH)
    return [finding for finding in breaches if judgement.state(finding) != KNOWN]


def findings_in_words(judgement: Judgement) -> str:
    """How many findings there are, by what reports call them."""
    words = Counter(breach_word(judgement.law, finding) for finding in judgement.findings)
    parts = [f"{words[word]:,} {word if words[word] == 1 else many}" for word, many in PLURALS.items() if words[word]]
    return ", ".join(parts) or "none"


def no_breach(judgement: Judgement) -> str:
    """What is said where there is no breach to tell of."""
    if any(finding.verdict == BREACH for finding in judgement.findings):
        return "No breach is new: all are known by the baseline."
    kept, unknown = (sum(getattr(result, name) for result in judgement.rules) for name in ("kept", "unknown"))
    settled = f"{kept:,} of {kept + unknown:,} verdicts in scope are settled" if kept + unknown else "none is in scope"
    return f"No breach was found; {settled}."


def compared(comparison: Comparison) -> str:
    """How many findings are new, known and gone since the baseline."""
    perhaps = comparison.count(PERHAPS_NEW)
    told = [f"{comparison.count(NEW):,} new", *[f"{perhaps:,} perhaps new"] * bool(perhaps)]
    told += [f"{comparison.count(KNOWN):,} known", f"{comparison.gone:,} gone"]
    text = f"Findings since the baseline {comparison.path}: {', '.join(told)}."
    if perhaps:
        text += " The baseline does not list all findings of its time: what is perhaps new counts as new."
    if comparison.unlisted:
        text += f" {comparison.unlisted:,} are not listed and not compared: they count as new."
    return text


def visible(text: str, longest: int = LONGEST) -> str:
    """A text out of evidence, inert and of bounded length: what would steer a terminal or break a line is spelt out."""
    shown = text if len(text) <= longest else text[: longest - 1] + "…"
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in shown)


def size(count: int | None) -> str:
    """Bytes for people, in powers of 1,000."""
    if count is None:
        return "bytes not known"
    amount, units = float(count), iter(("B", "kB", "MB", "GB", "TB", "PB"))
    unit = next(units)
    while amount >= 1000 and unit != "PB":
        amount, unit = amount / 1000, next(units)
    return f"{amount:,.0f} {unit}" if unit == "B" else f"{amount:,.1f} {unit}"


def count_of(number: int, noun: str) -> str:
    """``1 flow``, ``1,204 flows``."""
    return f"{number:,} {noun if number == 1 else plural(noun)}"


def compelling(law: Law, norm: Norm, nobody: str) -> str:
    """A norm, and the rules of whatever pack that compel what it speaks of; ``nobody`` where there are none."""
    found = ", ".join(dict.fromkeys(f"{rule.pack} {rule.id}" for rule in law.compelling(norm)))
    return f"{norm.title}: {found or nobody}"


#: Rules and attributes that are named to say why a pack was chosen.
_MOST_REASONS = 3


def why_chosen(choice: Choice) -> str:
    """Why a pack is shown: the facts that its rules speak of, those of the most first; or what would settle it."""
    if choice.why == MAY_APPLY:
        count = max(choice.rules, key=lambda result: result.perhaps)
        names = choice.missing[:_MOST_REASONS] + (("…",) if len(choice.missing) > _MOST_REASONS else ())
        return f"{count_of(count.perhaps, count.rule.about)}; not known: {', '.join(names)}"
    certain = sorted((r for r in choice.rules if r.certain), key=lambda r: -r.certain)
    told = [f"{count_of(r.certain, r.rule.about)} under {r.rule.id}" for r in certain[:_MOST_REASONS]]
    more = [count_of(len(certain) - _MOST_REASONS, "more rule")] if len(certain) > _MOST_REASONS else []
    perhaps = max((r.perhaps for r in choice.rules), default=0)
    none = f"no fact at hand is surely in its scope, {perhaps:,} may be" if perhaps else "no fact is in its scope"
    return f"{choice.why}: {listed([*told, *more]) or none}"


def listed(parts: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def plural(noun: str) -> str:
    """Many of what a noun names, such as a kind of fact."""
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


#: What a finding is about, by kind of fact, from its facets.
SUBJECTS = {
    "flow": "{from} → {to}, {who}",
    "path": "{from} → {to}, {who}",
    "store": "in {to}, with {who}",
    "request": "{from} asks {who}{for}",
    "measure": "{from}, against {who}",
    "product": "by {who}",
    "component": "from {who}",
    "advisory": "by {who}",
}

#: What a party that is not known is called, by kind of fact.
NOBODY = {
    "flow": "recipient not known",
    "path": "recipient not known",
    "store": "somebody not known",
    "request": "somebody not known",
    "measure": "nobody in particular",
    "product": "a maker not known",
    "component": "a supplier not known",
    "advisory": "a maker not known",
}


#: What is said besides where it is known: where the data lies that is asked for, and the product.
LOCATED, OF_PRODUCT = " for data in {places}", ", product {product}"


def party(finding: Finding, say: Say = str) -> str:
    """The party of a finding."""
    return finding.facets["recipient"] or say(NOBODY[finding.about])


def subject(finding: Finding, say: Say = str) -> str:
    """What a finding is about: from where, to where, with whom, of which product."""
    located = finding.situation.get("request.data_in")
    facets = {
        "from": place(finding.facets["from"]),
        "to": place(finding.facets["to"]),
        "who": party(finding, say),
        "for": say(LOCATED).format(places=", ".join(located)) if located else "",
    }
    product = finding.facets["product"]
    return say(SUBJECTS[finding.about]).format(**facets) + (say(OF_PRODUCT).format(product=product) if product else "")


def day(moment: datetime | None) -> str:
    """A moment's day in UTC."""
    return "no date" if moment is None else f"{moment:%Y-%m-%d}"


def span(first: datetime | None, last: datetime | None) -> str:
    """From a day to a day; one day alone where they are the same."""
    return day(first) if day(first) == day(last) else f"{day(first)} to {day(last)}"


def place(code: str | None) -> str:
    """A jurisdiction, or that it is not known."""
    return code or "?"
