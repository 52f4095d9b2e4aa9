"""The main job as a library: evidence in, a judgement out."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comity import __version__
from comity.baseline import Comparison, compare, load_baseline
from comity.engine import DUCKDB, engine_named
from comity.engine.duckdb import Engine
from comity.enrich import parties, places
from comity.enrich.products import add_promises
from comity.enriching import enriched
from comity.errors import UsageError
from comity.evidence import EvidenceRecord, format_named, gives, read_all
from comity.evidence.base import FactTables, Reading
from comity.identify import Identifier, Names
from comity.judge.bulk import BulkJudge
from comity.judge.judgement import SEVERITIES, Cell, Finding, KindJudgement, RuleResult
from comity.law.model import BREACH, UNKNOWN, Law, Pack
from comity.law.packs import load_law
from comity.profile import FILE_NAME, Profile, find_profile, load_profile

if TYPE_CHECKING:
    import pyarrow

#: The pack that reports always show.
ALWAYS_SHOWN = "gdsi"

#: The format of the profile among the evidence: what it tells of products and of suppliers is a fact too.
PROFILE = "profile"

#: What makes a judgement fail, from the gravest: each includes those before it.
FAIL_ON = ("law", "commitment", "indicator", "unknown")

Progress = Callable[[str], None]

#: Puts evidence into the fact tables and says what became of it.
Gather = Callable[[FactTables, Progress], Sequence[EvidenceRecord]]

#: Where in its evidence a fact stands, by its position.
Where = Callable[[EvidenceRecord, int], str]


#: Why a pack is shown.
ASKED, APPLIES, ALWAYS, MAY_APPLY = "asked for", "applies", "always", "may apply"


@dataclass(frozen=True)
class Choice:
    """A pack that is shown, and why: the rules that speak of facts at hand, or may.

    Where it only may apply, ``missing`` are the attributes that would settle it, the most wanted first.
    """

    pack: Pack
    why: str
    rules: tuple[RuleResult, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Judgement:
    """What the evidence shows under the law: everything that reports print.

    ``asked`` says that the packs were named; otherwise those that apply are shown. ``compared`` tells what is new where
    a baseline was given.
    """

    as_of: datetime | None
    now: datetime
    law: Law
    profile: Profile
    tables: tuple[places.Table, ...]
    evidence: tuple[EvidenceRecord, ...]
    kinds: tuple[KindJudgement, ...]
    asked: bool = False
    compared: Comparison | None = None
    version: str = field(default=__version__)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Breaches and unknowns, the worst first."""
        found = [finding for kind in self.kinds for finding in kind.findings]
        return tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))

    @property
    def found(self) -> int:
        """How many findings there are, those beyond the most that are listed included."""
        return sum(kind.found for kind in self.kinds)

    @property
    def rules(self) -> tuple[RuleResult, ...]:
        """What became of each rule about a kind of fact at hand."""
        return tuple(result for kind in self.kinds for result in kind.rules)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Counts by rule, verdict, place, party and month."""
        return tuple(cell for kind in self.kinds for cell in kind.cells)

    @property
    def facts(self) -> int:
        """How many facts were judged."""
        return sum(kind.facts for kind in self.kinds)

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        """The packs that are shown, and why: those asked for; else those that apply or may, and the Initiative."""
        chosen = (self._choice(pack) for pack in self.law.packs)
        return tuple(choice for choice in chosen if choice.why)

    @property
    def shown_packs(self) -> tuple[Pack, ...]:
        """The packs that are shown."""
        return tuple(choice.pack for choice in self.choices)

    def _choice(self, pack: Pack) -> Choice:
        touched = tuple(result for result in self.rules if result.pack.id == pack.id and result.in_scope)
        if self.asked:
            why = ASKED
        elif any(result.certain for result in touched):
            why = APPLIES
        else:
            why = ALWAYS if pack.id == ALWAYS_SHOWN else MAY_APPLY if touched else ""
        return Choice(pack, why, touched, self._keeps_open(pack) if touched and why != APPLIES else ())

    def _keeps_open(self, pack: Pack) -> tuple[str, ...]:
        """The attributes that are missing to settle whether a pack applies, the most wanted first."""
        counts: Counter[str] = Counter()
        for finding in self.findings:
            if finding.pack == pack.id and finding.verdict == UNKNOWN:
                counts.update(dict.fromkeys(finding.missing, finding.count))
        return tuple(name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def facts_of(self, pack: Pack) -> int:
        """How many facts a pack was asked about: those of the kinds that its rules speak of."""
        about = {rule.about for rule in pack.duties()}
        return sum(kind.facts for kind in self.kinds if kind.kind in about)

    def fails(self, level: str) -> bool:
        """Whether there is a breach at ``level`` (one of ``FAIL_ON``) or graver; ``unknown`` counts unknowns too.

        With a baseline what is known does not count, what is perhaps new does.
        """
        counted = FAIL_ON[: FAIL_ON.index(level) + 1]
        return any(
            (result.breach and _gravity(result) in counted and self._counts(result, BREACH))
            or (UNKNOWN in counted and result.unknown and self._counts(result, UNKNOWN))
            for result in self.rules
        )

    def state(self, finding: Finding) -> str | None:
        """What a finding is beside the baseline: ``new``, ``perhaps new``, ``known``; None where there is none."""
        return self.compared.states[finding.id] if self.compared else None

    def _counts(self, result: RuleResult, verdict: str) -> bool:
        key = (result.pack.id, result.rule.id, result.rule.about, verdict)
        return self.compared is None or key in self.compared.open

    def arrow(self, table: str) -> pyarrow.Table:
        """``findings``, ``cells``, ``rules`` or ``evidence`` as an Arrow table, the same columns as in JSON.

        Needs the extra ``comity[arrow]``.
        """
        try:
            import pyarrow
        except ImportError:
            raise UsageError("extra", "Arrow tables need pyarrow", help="pip install 'comity[arrow]'") from None
        from comity.report.json import as_document

        document: Mapping[str, Any] = as_document(self)
        if table not in ("findings", "cells", "rules", "evidence"):
            raise UsageError("table", f"no table `{table}`", help="there are findings, cells, rules and evidence")
        return pyarrow.Table.from_pylist(document[table])


def _gravity(result: RuleResult) -> str:
    """The level of a breach; what is only recommended weighs no more than an indicator."""
    light = result.rule.indicator or result.rule.strength == "should"
    return "indicator" if light else result.pack.force


def check(
    paths: Sequence[str | Path],
    *,
    packs: Iterable[str] | None = None,
    profile: Profile | str | Path | None = None,
    as_of: date | datetime | None = None,
    places_file: str | Path | None = None,
    names: str | None = None,
    memory: str | None = None,
    engine: str = DUCKDB,
    baseline: str | Path | None = None,
    progress: Progress | None = None,
) -> Judgement:
    """Judge evidence by the law.

    ``paths`` are files, folders and globs. ``packs`` are ids of shipped packs or paths of pack files (all shipped packs
    by default). ``profile`` is a profile or its path; by default ``comity.toml`` beside the first path or above it.
    ``as_of`` moves the law (not the facts) to a day: its noon UTC, which is that day in the zones of all laws.
    ``places_file`` is an MMDB that replaces the shipped table of addresses. ``names`` is a pipeline of spaCy that finds
    names in free text: the name of one that is installed, or its folder (``comity[names]``). ``memory`` limits the
    embedded engine, such as ``2GB``. ``engine`` is ``duckdb``, ``spark`` or ``spark=MASTER`` (``comity[spark]``); Spark
    reads facts alone, also at URLs that it knows. ``baseline`` is an earlier JSON report: the judgement then tells what
    is new since.

    Raises ``ComityError`` for packs, profiles or options that can't be used. What is wrong with one file of evidence
    stands in the judgement, and the others are judged all the same.
    """
    earlier = None if baseline is None else load_baseline(Path(baseline))
    judgement = judge(
        lambda tables, say: _gathered(paths, tables, say),
        _where,
        packs=packs,
        profile=profile_for(profile, paths),
        as_of=as_of,
        places_file=places_file,
        names=names,
        memory=memory,
        engine=engine,
        progress=progress,
    )
    if earlier is None:
        return judgement
    compared = compare(earlier, judgement.findings, judgement.found, judgement.rules)
    return replace(judgement, compared=compared)


def judge(
    gather: Gather,
    where: Where,
    *,
    packs: Iterable[str] | None,
    profile: Profile,
    as_of: date | datetime | None = None,
    places_file: str | Path | None = None,
    names: str | None = None,
    memory: str | None = None,
    engine: str = DUCKDB,
    progress: Progress | None = None,
) -> Judgement:
    """Judge what ``gather`` puts into the fact tables; ``where`` names the place of a fact in its evidence.

    The rest is as for ``check``.
    """
    say: Progress = progress or (lambda message: None)
    law = load_law(packs)
    table = places.from_mmdb(Path(places_file)) if places_file else places.shipped()
    moment = moment_of(as_of)
    now = datetime.combine(datetime.now(UTC).date(), time(12), UTC)  # a day, so that one day's reports are the same
    with engine_named(engine, memory) as running:
        tables = FactTables(running, Identifier(profile.personas, None if names is None else Names(names)))
        evidence = tuple(gather(tables, say))
        promised = 1 + max((record.number for record in evidence), default=0)
        evidence += _promises(profile, tables, promised)
        files = {record.number: record for record in evidence}
        paths = {number: str(record.path) for number, record in files.items()}
        ways = _ways(tables, profile, files)

        def place(number: int, position: int) -> tuple[str, str]:
            number, position = ways.get((number, position), (number, position))
            record = files[number]
            return paths[number], f"line {position}" if record.format == PROFILE else where(record, position)

        tells_of = partial(_telling, files)
        bulk = BulkJudge(running, law, moment, now, tells_of, tables.detections, tables.found_with)
        judged = []
        for facts in enriched(running, tables, profile, table, paths, promised):
            say(f"judging {facts.kind.name} facts")
            judged.append(bulk.judge(facts, place))
    shown = (table.table, places.Table("parties", "Comity's register of operators", parties.REGISTER_DATE))
    return Judgement(moment, now, law, profile, shown, evidence, tuple(judged), asked=packs is not None)


def _gathered(paths: Sequence[str | Path], tables: FactTables, say: Progress) -> Sequence[EvidenceRecord]:
    """Read evidence where the engine can."""
    if type(tables.engine) is Engine:
        return read_all([Path(path) for path in paths], tables, progress=say)
    from comity.evidence._spark import read_all as read_in_spark

    return read_in_spark([str(path) for path in paths], tables, say)


def _where(record: EvidenceRecord, position: int) -> str:
    """Where in a file a fact stands, in the words of its format."""
    return format_named(record.format or "").where(position)


def _telling(files: Mapping[int, EvidenceRecord], kind: str, attribute: str) -> set[int]:
    """The files whose format can tell of an attribute of a kind."""
    return {number for number, record in files.items() if record.format and gives(record.format, kind, attribute)}


def _ways(
    tables: FactTables, profile: Profile, files: Mapping[int, EvidenceRecord]
) -> Mapping[tuple[int, int], tuple[int, int]]:
    """The ways of several steps across barriers. What finds them in a graph is not loaded where there can be none."""
    if not profile.barriers or "path" not in tables.kinds():
        return {}
    from comity.enrich.routes import add_ways

    return add_ways(tables, profile, {n: record.reading for n, record in files.items() if record.reading})


def _promises(profile: Profile, tables: FactTables, number: int) -> tuple[EvidenceRecord, ...]:
    """The profile as a record of its own, where it tells of products or excludes suppliers."""
    told = add_promises(tables, profile, number)
    if not told:
        return ()
    path = Path(profile.path or FILE_NAME)
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
    return (EvidenceRecord(number, str(path), digest, PROFILE, Reading(PROFILE, read=told)),)


def profile_for(profile: Profile | str | Path | None, paths: Sequence[str | Path]) -> Profile:
    """A profile given as such or by its path; else the `comity.toml` beside the first path or above it, if any."""
    if isinstance(profile, Profile):
        return profile
    if profile is not None:
        return load_profile(Path(profile))
    start = next((Path(path) for path in paths), Path())
    found = find_profile(start if start.is_dir() else start.parent)
    if found is None:
        return Profile()
    here = Path.cwd()
    return load_profile(found.relative_to(here) if found.is_relative_to(here) else found)


def moment_of(as_of: date | datetime | None) -> datetime | None:
    """The moment that stands for a day of the law: its noon UTC, which is that day in the zones of all laws."""
    if as_of is None:
        return None
    if isinstance(as_of, datetime):
        return as_of if as_of.tzinfo else as_of.replace(tzinfo=UTC)
    return datetime.combine(as_of, time(12), UTC)


__all__ = ["FAIL_ON", "Judgement", "check", "judge", "moment_of", "profile_for"]
