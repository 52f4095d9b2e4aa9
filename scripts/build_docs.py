"""Write the pages that follow from the code: `make docs`. A test holds them against what this makes.

Made whole are `docs/reference/{vocabulary,commands,profile,sets-and-packs}.md` and the picture `docs/report.svg`; in
the pages that a reader follows by hand (`docs_pages.py`) the outputs are made.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from docs_pages import ROOT, walk, walked_pages
from docs_picture import picture

from comity.cli.main import COMMANDS, parser
from comity.law.model import Pack, Rule
from comity.law.packs import SHIPPED_SETS, load_law
from comity.law.sets import DatedSet
from comity.profile import _REQUIRED, TABLES
from comity.vocabulary import KINDS, PARTY, Attribute, Kind, Role, Type

MADE = "<!-- Made by scripts/build_docs.py: change the code and run `make docs`. -->"

TYPES = {
    Type.BOOL: "true or false",
    Type.STRING: "text, a code",
    Type.INT: "a whole number from 0",
    Type.SHARE: "a share in percent, with decimals; a tally alone is one",
    Type.TIME: "an instant, with its offset from UTC",
    Type.STRINGS: "texts, sorted, none twice; the empty list is known to be empty",
    Type.INTS: "whole numbers, likewise",
}

ROLES = {
    Role.CIRCUMSTANCE: "the world decides",
    Role.CHOICE: "the party judged can change it: reports name it as a way out",
    Role.DERIVED: "Comity computes it from other things known",
}

EXITS = (
    ("0", "nothing is breached at the level of `--fail-on` or graver; the command did what it was asked"),
    ("1", "`check`: breaches at that level; `packs test`: a worked example fails"),
    (
        "2",
        "nothing could be judged (`identify`: read): no evidence was read, or an option, the profile, a pack or the "
        "baseline can't be used; `explain`: there is no such finding",
    ),
    ("130", "interrupted"),
)


def pages() -> dict[Path, Callable[[], str]]:
    """Every page with what makes it."""
    reference = ROOT / "docs" / "reference"
    made: dict[Path, Callable[[], str]] = {
        reference / "vocabulary.md": vocabulary,
        reference / "commands.md": commands,
        reference / "profile.md": profile,
        reference / "sets-and-packs.md": sets_and_packs,
        ROOT / "docs" / "report.svg": picture,
    }
    return made | {page: lambda page=page: walk(page) for page in walked_pages()}


def _page(title: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", MADE, *parts]) + "\n"


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of Markdown."""
    header = list(header)
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


# Vocabulary -----------------------------------------------------------------------------------------------------------


def vocabulary() -> str:
    """Every kind of fact with its attributes."""
    return _page(
        "Vocabulary",
        "Every kind of fact and every attribute that rules, `facts` files and reports speak of. In rules an attribute "
        "carries its kind in front (`flow.recipient.seat`); in [`facts` files](formats/facts.md) it does not. "
        "What is left out or null is *not known*, and nothing else.",
        "Jurisdictions are ISO 3166-1 alpha-2 codes, `XK`, `EU` and `EPO`; territories (`HK`, `GL`, `RE`) are codes of "
        "their own. Categories of data, purposes and legal bases are terms of the "
        "[Data Privacy Vocabulary](https://w3id.org/dpv), components package URLs, networks AS numbers.",
        table(("type", "holds"), ((f"`{t.label}`", TYPES[t]) for t in Type)),
        table(("role", "who decides the value"), ((r.value, ROLES[r]) for r in Role)),
        "An attribute marked *closed* is false unless it is shown to be true: it is never missing.",
        "## Party\n\nWhat can be known of a party. It stands inside the kinds below, as in `flow.sender.name` and "
        "`flow.recipient.seat`.",
        _attributes(PARTY),
        *(part for kind in KINDS.values() for part in _kind(kind)),
    )


def _kind(kind: Kind) -> Iterator[str]:
    facets = [(kind.facets.origin, "from where"), (kind.facets.target, "to where"), (kind.facets.party, "with whom")]
    said = ", ".join(f"`{name}` ({what})" for name, what in facets if name)
    yield f"## {kind.name}\n\n{kind.meaning[:1].upper()}{kind.meaning[1:]}. Reports sort by {said}."
    if kind.moot:
        yield f"Where `{kind.full_name(kind.moot)}` is true nothing happened: no rule has such a fact in scope."
    parties = {a.name for a in PARTY}
    rows: list[Attribute | str] = []
    for attribute in kind.attributes:
        prefix, _, rest = attribute.name.partition(".")
        if rest not in parties:
            rows.append(attribute)
        elif prefix not in rows:
            rows.append(prefix)
    yield _attributes(rows)


def _attributes(attributes: Iterable[Attribute | str]) -> str:
    return table(
        ("attribute", "type", "role", "meaning"),
        (
            (f"`{a}.…`", "[party](#party)", "", f"the {a}")
            if isinstance(a, str)
            else (f"`{a.name}`", f"`{a.type.label}`", a.role.value, a.meaning + (" (*closed*)" if a.closed else ""))
            for a in attributes
        ),
    )


# Commands -------------------------------------------------------------------------------------------------------------


def commands() -> str:
    """What the command line says of itself, and the exit codes."""
    return _page(
        "Commands",
        "## Exit codes",
        table(("code", "when"), EXITS),
        "The report goes to standard output, errors to standard error. What is wrong with one file of evidence is "
        "told, and the other files are judged all the same. `--fail-on` takes a level, and what is graver counts "
        "with it: `law` < `commitment` < `indicator` < `unknown`; with `never` breaches don't change the exit code. "
        "The format of the report never does. With `--baseline` only what is new, or perhaps new, counts. JSON follows "
        "[this schema](report.schema.json), SARIF [that of version 2.1.0](../how-to/run-in-ci.md#github).",
        f"## comity\n\n```text\n{_help()}```",
        *(f"## comity {name}\n\n```text\n{_help(name)}```" for name in COMMANDS),
    )


def _help(*command: str) -> str:
    out = io.StringIO()
    before = {name: os.environ.get(name) for name in ("COLUMNS", "NO_COLOR")}
    os.environ.update(COLUMNS="100", NO_COLOR="1")
    try:
        with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
            parser().parse_args([*command, "--help"])
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    return out.getvalue()


# Profile --------------------------------------------------------------------------------------------------------------


def profile() -> str:
    """The tables of ``comity.toml`` and their keys."""
    return _page(
        "The profile, `comity.toml`",
        "What is promised, and what evidence can't show, in [TOML](https://toml.io). `comity check` takes the file "
        "that `--profile` names, or else `comity.toml` in the folder of the first path or the nearest above it. "
        "Every table is optional, and so is every key that is not marked. How to fill it in: "
        "[write a profile](../how-to/write-a-profile.md).",
        "A key left out means *not known*, with two exceptions: `certifications` and `safeguards` of a recipient named "
        "here mean none. With `complete = true` in `[party]` that holds for recipients that are not named too, and "
        "systems are no critical infrastructure unless they say so.",
        *(part for name, (kind, several) in TABLES.items() for part in _profile_table(name, kind, several)),
    )


def _profile_table(name: str, kind: type[Any], several: bool) -> Iterator[str]:
    heading = f"[[{name}]]" if several else f"[{name}]"
    about = (kind.__doc__ or "").partition(": ")[2]
    number = "There may be several." if several else "There is one at most."
    yield f"## `{heading}`\n\n{about[:1].upper()}{about[1:]} {number}"
    required = _REQUIRED.get(kind, ())
    yield table(
        ("key", "value", "meaning"),
        (
            (
                f"`{field.name}`" + (" (needed)" if field.name in required else ""),
                _expected(field.metadata["check"]),
                field.metadata["meaning"],
            )
            for field in dataclasses.fields(kind)
        ),
    )


def _expected(check: Callable[[Any], Any]) -> str:
    """What a check asks for, in the words of its refusal."""
    for wrong in (["!"], object()):
        try:
            check(wrong)
        except ValueError as error:
            return str(error)
    raise AssertionError(f"{check} takes anything")


# Law ------------------------------------------------------------------------------------------------------------------


def sets_and_packs() -> str:
    """The law that is shipped, with its sources."""
    law = load_law()
    named = {category.name for pack in law.packs for category in pack.categories}
    lists = [dated for dated in law.sets.values() if dated.name not in named]
    return _page(
        "Packs and sets",
        "The law that comes with Comity. A pack is one instrument in a Markdown file, a set one dated list in a CSV "
        "file; rules name sets in capitals. `comity packs ID` prints the rules of a pack with their conditions.",
        "Every source carries how it was read: `[V 2026-08]` was read again in the source, as it stood in that month; "
        "`[V]` the same without a date; `[K]` is taken from knowledge of a stable text and was not read again: look "
        "before you lean on it.",
        "## Packs",
        table(
            ("pack", "instrument", "issuer", "force", "binds", "in force", "rules", "worked examples"),
            (_pack_row(pack) for pack in law.packs),
        ),
        *(part for pack in law.packs for part in _pack(pack)),
        "## Sets",
        table(("set", "members", "rows", "days of change"), (_set_row(dated) for dated in lists)),
        *(_set(dated) for dated in lists),
    )


def day_range(start: date | None, end: date | None) -> str:
    """From a day until another, as far as there are any."""
    return " ".join([f"from {start}"] * bool(start) + [f"until {end}"] * bool(end))


def _pack_row(pack: Pack) -> tuple[str, ...]:
    exceptions = len(pack.rules) - len(pack.duties())
    rules = f"{len(pack.duties())} and {exceptions} exceptions"
    period = day_range(pack.period.start, pack.period.end)
    link = f"[`{pack.id}`](../../src/comity/law/packs/{Path(pack.path).name})"
    return link, pack.title, pack.issuer, pack.force, pack.bearer, period, rules, str(len(pack.examples))


def _pack(pack: Pack) -> Iterator[str]:
    yield f"### {pack.id}\n\n{' '.join(pack.summary.split())}"
    yield "\n".join(f"- {source}" for source in pack.sources)
    yield table(("rule", "what it says", "citation", "kind"), (_rule(pack, rule) for rule in pack.rules))


def _rule(pack: Pack, rule: Rule) -> tuple[str, ...]:
    if rule.effect:
        # A group may hold duties and exceptions; an exception over a duty makes lawful, over an exception takes back.
        targets = [r for r in pack.rules if {r.id, f"group:{r.group}"} & set(rule.excepts)]
        effect = rule.effect if any(r.effect is None for r in targets) else "takes back"
        kind = f"{effect} {', '.join(f'`{name}`' for name in rule.excepts)}"
    else:
        kind = f"{rule.strength}, about `{rule.about}`" + (", indicator" if rule.indicator else "")
    dated = rule.period != pack.period
    return f"`{rule.id}`", rule.title, rule.cites, kind + f", {day_range(rule.period.start, rule.period.end)}" * dated


def _set_file(dated: DatedSet) -> Path:
    return SHIPPED_SETS / f"{dated.name.lower().replace('_', '-')}.csv"


def _set_row(dated: DatedSet) -> tuple[str, ...]:
    file = _set_file(dated)
    kind = file.read_text(encoding="utf-8").partition(",")[0]
    days = sorted(set(dated.days()))
    span = f"{days[0]} to {days[-1]}" if days else "none"
    return f"[`{dated.name}`](../../src/comity/law/sets/{file.name})", kind, str(len(dated.rows)), span


def _set(dated: DatedSet) -> str:
    sources = Counter(row.source for row in dated.rows)
    lines = (f"- {source}" + (f" ({rows} rows)" if rows > 1 else "") for source, rows in sources.items())
    return f"### {dated.name}\n\n" + "\n".join(lines)


def write() -> int:
    """Write what has changed and name it."""
    for path, make in pages().items():
        made = make()
        if not path.exists() or path.read_text(encoding="utf-8") != made:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(made, encoding="utf-8")
            print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(write())
