"""List the law there is (no argument), show one pack (ID), or run the worked examples in packs (test [ID|FILE])."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType

    from comity.law.model import Clock, Law, Pack, Rule


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("pack", nargs="?", metavar="ID", help="a pack to show, or `test`")
    parser.add_argument("tested", nargs="*", metavar="ID|FILE", help="packs whose examples `test` runs; default: all")


def run(arguments: argparse.Namespace) -> int:
    """Print what was asked for; exit code 1 when a worked example fails."""
    from comity.errors import UsageError
    from comity.law.packs import load_law

    if arguments.pack == "test":
        return _test(load_law(arguments.tested or None))
    if arguments.tested:
        raise UsageError("packs", f"`{arguments.tested[0]}` is one argument too many", help="`comity packs test ID`?")
    if arguments.pack:
        _print(_shown(*_found(arguments.pack)))
    else:
        _print([_listed(load_law())])
    return 0


def _found(name: str) -> tuple[Law, Pack]:
    """The pack to show, in the law of all shipped packs: some speak of others."""
    from pathlib import Path

    from comity.law.packs import load_law, shipped_packs

    shipped = shipped_packs()
    law = load_law([*shipped, name] if name not in shipped else None)
    return law, next(pack for pack in law.packs if pack.id == name or Path(pack.path) == Path(name))


def _print(parts: Iterable[RenderableType]) -> None:
    from rich.console import Console

    from comity.report.plain import plain

    if not sys.stdout.isatty():
        sys.stdout.write(plain(parts))
        return
    for part in parts:
        Console().print(part, highlight=False)


def _listed(law: Law) -> RenderableType:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("pack", "title", "issuer", "force", "in force", "rules"):
        table.add_column(name)
    for pack in law.packs:
        table.add_row(*map(escape, (pack.id, pack.title, pack.issuer, pack.force, _period(pack), str(len(pack.rules)))))
    return table


def _period(pack: Pack) -> str:
    days = (("from", pack.period.start), ("until", pack.period.end))
    return " ".join(f"{side} {day}" for side, day in days if day) or "at any time"


def _shown(law: Law, pack: Pack) -> Iterable[RenderableType]:
    from rich.markup import escape
    from rich.padding import Padding

    yield f"[bold]{escape(pack.title)}[/bold] ({escape(pack.id)})"
    yield f"{escape(pack.issuer)}, {pack.force}, {_period(pack)} in {pack.period.zone.key}; binds: {pack.bearer}"
    if pack.jurisdictions:
        yield f"jurisdictions: {', '.join(pack.jurisdictions)}"
    for source in pack.sources:
        yield f"source: {escape(source)}"
    yield Padding(escape(pack.summary), (1, 0))
    for chapter in pack.chapters():
        yield from _chapter(law, pack, chapter)


def _chapter(law: Law, pack: Pack, chapter: str) -> Iterable[RenderableType]:
    """The rules of a part of the instrument, the facts they need and what gives them; what nothing can show."""
    from rich.markup import escape
    from rich.padding import Padding

    from comity.report.sources import needed
    from comity.report.words import compelling
    from comity.vocabulary import CLOCK, TALLY

    if chapter:
        yield f"[bold underline]{escape(chapter)}[/bold underline]\n"
    rules = [rule for rule in pack.rules if rule.chapter == chapter]
    for rule in rules:
        yield from _rule(rule)
    read = {name for rule in rules for name in _read(rule)}
    terms = [escape(line) for line in _terms(pack, read, {name for rule in rules for name in _sets(rule)})]
    if terms:
        yield Padding("\n".join(terms), (0, 0, 1, 0))
    for norm in pack.norms:
        if norm.chapter == chapter:
            yield f"[bold]{escape(norm.id)}[/bold]  {escape(compelling(law, norm, 'none of those that ship'))}\n"
    for duty in pack.unshown:
        if duty.chapter == chapter:
            yield f"[bold]{escape(duty.id)}[/bold]  {escape(duty.title)} ({escape(duty.cites)})"
            yield Padding(escape(f"no evidence can show it: {duty.why}"), (0, 0, 1, 2))
    facts = {name for name in read if not name.startswith((TALLY, CLOCK))}
    facts |= {f"{clock.about}.{name}" for clock in _clocks(pack, read) for name in (clock.start, clock.end)}
    if facts:
        lines = [f"{names}  ← {given}" for names, given in needed(facts)]
        yield Padding(escape("\n".join(["What the rules need, and what can give it:", *lines])), (0, 0, 1, 0))


def _clocks(pack: Pack, read: Collection[str]) -> list[Clock]:
    return [clock for clock in pack.clocks if f"clock.{clock.name}" in read]


def _terms(pack: Pack, read: Collection[str], sets: Collection[str]) -> Iterable[str]:
    """What the rules of a chapter count, how long they wait, and what they call categories of data."""
    from comity.law.model import Share

    for tally in pack.tallies:
        if f"tally.{tally.name}" in read:
            window = "" if isinstance(tally, Share) else f", {tally.window}"
            yield f"tally.{tally.name}: {tally.title}{window}, of those alike in {', '.join(tally.by)}"
    for clock in _clocks(pack, read):
        yield f"clock.{clock.name}: {clock.title}, {clock.within.span} from {clock.start} to {clock.end}"
    for category in pack.categories:
        if category.name in sets:
            yield f"{category.name}: {category.title} ({category.cites}): {', '.join(category.members)}"


def _sets(rule: Rule) -> set[str]:
    return {name for node in rule.expressions() for atom in node.atoms() for name in atom.sets}


def _read(rule: Rule) -> set[str]:
    return {name for node in rule.expressions() for atom in node.atoms() for name in atom.attributes}


def _rule(rule: Rule) -> Iterable[RenderableType]:
    from rich.markup import escape
    from rich.padding import Padding

    if rule.effect:
        kind = f"{rule.effect}, over {', '.join(rule.excepts)}"
    else:
        kind = f"{rule.strength}, about {rule.about}" + (", indicator" if rule.indicator else "")
    kind += f", compels {rule.compels}" if rule.compels else ""
    yield f"[bold]{escape(rule.id)}[/bold]  {escape(rule.title)} ({escape(rule.cites)}; {escape(kind)})"
    lines = [f"when  {rule.when_text}"] + ([f"duty  {rule.duty_text}"] if rule.duty_text else [])
    lines += [f"{side}  {day}" for side, day in (("from", rule.period.start), ("until", rule.period.end)) if day]
    lines.append(f"source  {rule.source}")
    yield Padding(escape("\n".join(lines)), (0, 0, 1, 2))


def _test(law: Law) -> int:
    from comity.judge.examples import run_examples

    failed = total = 0
    for outcome in run_examples(law):
        total += 1
        if not outcome.passed:
            failed += 1
            print(f"{outcome.example.place}: {outcome.example.title}")
            print(f"  {outcome.pack.id} {outcome.rule}: expected {outcome.expected}, found {outcome.found}")
    print(f"{total - failed} of {total} expectations hold in {len(law.packs)} pack{'s' * (len(law.packs) != 1)}")
    return 1 if failed else 0
