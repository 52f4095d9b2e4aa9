"""An earlier JSON report as a baseline: which findings are new since then, which are known, which are gone.

Findings are compared by their ids alone. A report that does not list all its findings (``truncated``) leaves it open
whether a finding that it does not list is new: such a finding is *perhaps new*.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from comity import __version__
from comity.errors import UsageError
from comity.judge.judgement import Finding, RuleResult
from comity.law.model import BREACH, UNKNOWN

#: What a finding is, compared with a baseline.
NEW, PERHAPS_NEW, KNOWN = "new", "perhaps new", "known"

#: What findings are listed under: pack, rule, kind of fact, verdict.
Key = tuple[str, str, str, str]

#: How a version may look.
_VERSION = re.compile(r"[0-9A-Za-z.+!-]{1,40}")

#: Larger reports are not read: a list of 30,000 findings is smaller.
MOST_BYTES = 100_000_000

_MAKE_ONE = "make one with `comity check … --format json --output FILE`"


@dataclass(frozen=True)
class Baseline:
    """What an earlier report lists: ids of findings with their keys; ``cut`` are the keys of which it has not all."""

    path: str
    ids: Mapping[str, Key]
    cut: frozenset[Key]


@dataclass(frozen=True)
class Comparison:
    """A judgement beside a baseline: what each finding is, by id, and how many of the baseline's are gone.

    ``open`` are the keys under which something is new, or perhaps new: they count for the exit code. ``unlisted`` says
    how many findings the judgement does not list, so that nothing can be said of them.
    """

    path: str
    states: Mapping[str, str]
    gone: int
    open: frozenset[Key]
    unlisted: int

    def count(self, state: str) -> int:
        """How many findings are of a state."""
        return sum(found == state for found in self.states.values())


def load_baseline(path: Path) -> Baseline:
    """Read an earlier JSON report. Raises ``UsageError`` for anything else, and for another version's."""
    document = _parsed(path)
    version = document.get("comity") if isinstance(document, dict) else None
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise _no_report(path)
    if version != __version__:
        raise UsageError(
            "baseline",
            f"`{path}` is a report of Comity {version}, and this is {__version__}",
            help=f"ids may differ between versions: {_MAKE_ONE}",
        )
    try:
        return Baseline(str(path), _ids(document["findings"]), _cut(document))
    except (KeyError, TypeError):
        raise _no_report(path) from None


def _parsed(path: Path) -> Any:
    """What a file says, if it is JSON and no larger than is read."""
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES + 1)
        if len(text) > MOST_BYTES:
            summary = f"`{path}` is larger than {MOST_BYTES // 1_000_000} MB, and no larger baseline is read"
            raise UsageError("baseline", summary, help="judge by fewer packs (--pack), or less evidence at a time")
        return json.loads(text)
    except OSError as error:
        raise UsageError("baseline", f"`{path}` can't be read: {(error.strerror or '').lower()}") from None
    except UnicodeDecodeError:
        raise UsageError("baseline", f"`{path}` is not in UTF-8", help=_MAKE_ONE) from None
    except json.JSONDecodeError:
        raise UsageError("baseline", f"`{path}` is no JSON", help=_MAKE_ONE) from None
    except (ValueError, RecursionError):  # a number of thousands of digits, or nested thousands deep
        raise _no_report(path) from None


def compare(baseline: Baseline, findings: Sequence[Finding], found: int, rules: Iterable[RuleResult]) -> Comparison:
    """What is new, known and gone; ``found`` is how many findings there are, those that are not listed included."""
    states = {finding.id: _state(baseline, finding) for finding in findings}
    listed = Counter[Key]()
    for finding in findings:
        listed[_key(finding)] += finding.count
    cut = _incomplete(_counts(rules), listed)
    fresh = {_key(finding) for finding in findings if states[finding.id] != KNOWN}
    gone = sum(id not in states and key not in cut for id, key in baseline.ids.items())
    return Comparison(baseline.path, states, gone, frozenset(fresh | cut), found - len(findings))


def _no_report(path: Path) -> UsageError:
    return UsageError("baseline", f"`{path}` is no JSON report of `comity check`", help=_MAKE_ONE)


def _ids(findings: Any) -> dict[str, Key]:
    return {_text(each["id"]): _told(each, _text(each["verdict"])) for each in _list(findings)}


def _told(entry: Mapping[str, Any], verdict: str) -> Key:
    return _text(entry["pack"]), _text(entry["rule"]), _text(entry["about"]), verdict


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else _refused(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _refused(value)


def _number(value: Any) -> int:
    return value if type(value) is int and value >= 0 else _refused(value)


def _refused(value: Any) -> NoReturn:
    raise TypeError(value)


def _cut(document: Mapping[str, Any]) -> frozenset[Key]:
    """The keys of which a report does not list every finding: those that it lists do not add up to the rule's count."""
    if _number(document["truncated"]["shown"]) >= _number(document["truncated"]["of"]):
        return frozenset()
    listed, counts = Counter[Key](), Counter[Key]()
    for each in _list(document["findings"]):
        listed[_told(each, _text(each["verdict"]))] += _number(each["count"])
    for rule in _list(document["rules"]):
        for verdict in (BREACH, UNKNOWN):
            counts[_told(rule, verdict)] += _number(rule[verdict])
    return _incomplete(counts, listed)


def _counts(rules: Iterable[RuleResult]) -> Counter[Key]:
    counts = Counter[Key]()
    for result in rules:
        for verdict, count in ((BREACH, result.breach), (UNKNOWN, result.unknown)):
            counts[result.pack.id, result.rule.id, result.rule.about, verdict] += count
    return counts


def _incomplete(counts: Mapping[Key, int], listed: Mapping[Key, int]) -> frozenset[Key]:
    return frozenset(key for key, count in counts.items() if count > listed.get(key, 0))


def _state(baseline: Baseline, finding: Finding) -> str:
    if finding.id in baseline.ids:
        return KNOWN
    return PERHAPS_NEW if _key(finding) in baseline.cut else NEW


def _key(finding: Finding) -> Key:
    return finding.pack, finding.rule, finding.about, finding.verdict
