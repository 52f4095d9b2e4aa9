"""Shares: what part of a product's components has a home in common, with bounds where homes are not known."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity import check
from comity.errors import PackError
from comity.judge.tallies import Counted, shares
from comity.law.packs import load_law

PACK = """---
id: made
title: A made pack
issuer: QA
force: commitment
bearer: company
from: 2020-01-01
sources: [https://example.org/]
---

# Made

```tally
name: home
title: share of the components whose suppliers have a home in common
share: component.supplier.controlled_by
by: [component.product]
where: component.type == "software"
```

## Homes — No more than half from one home

```rule
id: half
about: component
when: component.type == "software"
duty: "!(tally.home > 50.0)"
```

```example
title: exactly half
component: {type: software}
tally: {home: 50}
expect: {half: kept}
```

```example
title: a little more than half
component: {type: software}
tally: {home: 50.1}
expect: {half: breach}
```

```example
title: from a third to two thirds
component: {type: software}
tally: {home: [33.3, 66.7]}
expect: {half: unknown}
```
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    path = tmp_path / "made.md"
    path.write_text(PACK)
    return path


def component(product: str | None, home: list[str] | None, type: str | None = "software") -> dict[str, Any]:
    return {"kind": "component", "product": product, "supplier.controlled_by": home, "type": type}


def judged(tmp_path: Path, pack: Path, facts: list[dict[str, Any]]) -> Any:
    path = tmp_path / "parts.ndjson"
    path.write_text("".join(json.dumps(fact) + "\n" for fact in facts))
    return check([path], packs=[str(pack)])


def test_a_product_mostly_from_one_home(tmp_path: Path, pack: Path) -> None:
    facts = (
        [component("phone", ["KR"])] * 2
        + [component("phone", ["NL"])]
        + [component("router", [h]) for h in ("BR", "IN")]
    )
    judgement = judged(tmp_path, pack, facts)
    (rule,) = judgement.rules
    assert (rule.breach, rule.kept, rule.unknown) == (2, 3, 0)
    (finding,) = judgement.findings
    assert finding.facets["product"] == "phone"
    assert {name: (round(low, 1), round(high, 1)) for name, (low, high) in finding.tallies.items()} == {
        "home": (66.7, 66.7)
    }


def test_homes_that_are_not_known_leave_it_open(tmp_path: Path, pack: Path) -> None:
    facts = [component("phone", ["KR"]), component("phone", ["NL"]), component("phone", None)]
    judgement = judged(tmp_path, pack, facts)
    (rule,) = judgement.rules
    assert (rule.breach, rule.kept, rule.unknown) == (0, 0, 3)
    assert {name for finding in judgement.findings for name in finding.missing} == {"component.supplier.controlled_by"}


def test_what_is_not_counted_does_not_count(tmp_path: Path, pack: Path) -> None:
    facts = [component("phone", ["KR"]), component("phone", ["NL"]), component("phone", ["KR"], "hardware")]
    (rule,) = judged(tmp_path, pack, facts).rules
    assert (rule.breach, rule.kept, rule.unknown, rule.out_of_scope) == (0, 2, 0, 1)


def test_without_a_product_there_is_no_whole(tmp_path: Path, pack: Path) -> None:
    (rule,) = judged(tmp_path, pack, [component(None, ["KR"])]).rules
    assert (rule.breach, rule.kept, rule.unknown) == (0, 0, 1)


HOMES = st.none() | st.lists(st.sampled_from(["BR", "EG", "IN"]), max_size=2, unique=True).map(tuple)
PARTS = st.lists(st.builds(Counted, HOMES, st.sampled_from([True, False, None]), st.integers(1, 3)), max_size=5)


def naive(facts: list[Counted], fact: Counted) -> tuple[Fraction, Fraction]:
    """The least and the most over every way in which what is not known could be."""
    units = [part for part in facts for _ in range(part.number)]
    seen: list[Fraction] = []
    options = [
        [
            (value, counts)
            for value in ([part.value] if part.value is not None else [(), ("BR",), ("EG",), ("IN",)])
            for counts in ([part.counts] if part.counts is not None else [True, False])
        ]
        for part in units
    ]
    for world in product(*options):
        counted = [value for value, counts in world if counts]
        found = [
            Fraction(100 * sum(1 for other in counted if value in other), len(counted)) if counted else Fraction(0)
            for value in fact.value or ()
        ]
        seen.append(max(found, default=Fraction(0)))
    return min(seen), max(seen)


@given(PARTS)
def test_bounds_hold_whatever_the_unknown_is(facts: list[Counted]) -> None:
    if sum(part.number for part in facts) > 5:
        facts = [Counted(part.value, part.counts, 1) for part in facts]
    for fact, (low, high) in zip(facts, shares(facts), strict=True):
        if fact.value is None:
            assert (low, high) == (0.0, 100.0)
            continue
        least, most = naive(facts, fact)
        assert low <= float(least) + 1e-9
        assert high >= float(most) - 1e-9
        if len(fact.value) == 1:
            assert low == pytest.approx(float(least))
            assert high == pytest.approx(float(most))


def test_distinct_counts_suppliers_and_not_what_they_supply(tmp_path: Path, pack: Path) -> None:
    pack.write_text(PACK.replace("where:", "distinct: component.supplier.name\nwhere:"))
    facts = [{**component("phone", [home]), "supplier.name": name} for name, home in
             [("a", "KR"), ("a", "KR"), ("a", "KR"), ("b", "NL"), ("c", "NL")]]  # fmt: skip
    judgement = judged(tmp_path, pack, facts)
    (rule,) = judgement.rules
    assert (rule.breach, rule.kept, rule.unknown) == (2, 3, 0)
    (finding,) = judgement.findings[:1]
    assert [round(bound, 1) for bound in finding.tallies["home"]] == [66.7, 66.7]


def test_who_supplies_is_not_known_where_suppliers_are_counted(tmp_path: Path, pack: Path) -> None:
    pack.write_text(PACK.replace("where:", "distinct: component.supplier.name\nwhere:"))
    facts = [{**component("phone", [home]), "supplier.name": name} for name, home in
             [("a", "KR"), ("b", "NL"), (None, "NL")]]  # fmt: skip
    (rule,) = judged(tmp_path, pack, facts).rules
    assert (rule.breach, rule.kept, rule.unknown) == (0, 1, 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("component.supplier.controlled_by\nby", "component.suplier\nby"), "unknown attribute `component.suplier`"),
        (("tally.home > 50.0", "tally.home > 50"), "found no matching overload"),
        (("tally.home > 50.0", "tally.hoem > 50.0"), "unknown attribute `tally.hoem`"),
        (("tally: {home: 50}", "tally: {hone: 50}"), "the pack has no tally `hone`"),
        (("tally: {home: 50}", "tally: {home: half}"), "`home` must be a number"),
        (
            (
                'component.type == "software"\n```\n\n##',
                "component.supplier.controlled_by.exists(h, h in EEA)\n```\n\n##",
            ),
            "can't depend on sets",
        ),
    ],
)
def test_mistakes_in_a_tally_are_told(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    path = tmp_path / "made.md"
    assert change[0] in PACK
    path.write_text(PACK.replace(*change, 1))
    with pytest.raises(PackError, match=message.replace("(", r"\(")) as told:
        load_law([str(path)])
    assert told.value.place is not None
    assert told.value.place.line
