"""What Parquet rows share is gathered once: the judgement is the same to the byte as if each row were looked at."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from running import PACK

from comity import check
from comity.evidence.facts import alike
from comity.report import json as json_report

PROFILE = """
[party]
name = "Baltic Post"
role = "controller"
seat = ["EE"]
[[system]]
name = "desk"
networks = ["192.0.2.0/24"]
place = "EE"
captures = ["*second*"]
data = ["EmailAddress"]
[[recipient]]
match = ["AS64500"]
name = "Andes Mail"
role = "processor"
seat = ["PE"]
safeguards = ["scc-2021"]
certifications = [{name = "dpf", from = 2026-01-20}]
"""

EXCEPTIONS = """```

```rule
id: clauses
excepts: art-1
when: '"scc-2021" in flow.safeguards && !flow.critical'
```
```rule
id: certified
excepts: art-1
when: '"dpf" in flow.recipient.certifications'
```

## Article 2 — Few people

```tally
name: own_people
title: people whose data left in the calendar year
people: flow.people
window: year
by: [flow.recipient.name]
where: flow.from != flow.to
```
```rule
id: few
about: flow
when: flow.from != flow.to
duty: tally.own_people < 900
"""


def flows(path: Path, seed: int, or_else: str, rows: int = 3_000) -> Path:
    """Flows of a few hundred kinds, with nulls, lists, addresses and some that were blocked.

    The safeguards of half of them are standard clauses, those of the others ``or_else`` (SQL).
    """
    duckdb.execute("SET TimeZone = 'UTC'")
    duckdb.execute(
        f"""
        COPY (SELECT 'flow' AS kind, TIMESTAMPTZ '2026-01-01 00:00:00+00' + to_seconds((h % 5000000)::BIGINT) AS "at",
            ['EE', 'PE', 'NG', NULL][1 + (a % 4)::INTEGER] AS "from",
            ['PE', 'EE', 'SA'][1 + (a // 4 % 3)::INTEGER] AS "to",
            ['Tallinn Maps', 'Niger Maps', NULL][1 + (a // 12 % 3)::INTEGER] AS "recipient.name",
            [['Health'], ['Name', 'EmailAddress'], [], NULL][1 + (a // 36 % 4)::INTEGER] AS data,
            [['scc-2021'], {or_else}][1 + (a // 144 % 2)::INTEGER] AS safeguards,
            '192.0.2.' || (a // 288 % 3) AS source, a // 864 % 2 = 0 AS encrypted, h % 50 = 0 AS blocked,
            CASE WHEN a % 5 = 0 THEN 64500 END AS network,
            (h % 1000)::BIGINT AS bytes, CASE WHEN h % 3 = 0 THEN (h % 9)::BIGINT END AS people
        FROM (SELECT hash(i, {seed}) AS h, hash(i, {seed + 1}) % 1728 AS a FROM range({rows}) t(i))) TO '{path}'
        """
    )
    return path


@pytest.mark.parametrize(
    ("packs", "or_else"), [(None, "NULL"), (["own"], "NULL"), (["own"], "[]"), (["own"], "['scc-2021', NULL]")]
)
def test_what_rows_share_is_judged_as_each_row_would_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packs: list[str] | None, or_else: str
) -> None:
    paths = [flows(tmp_path / "first.parquet", 1, or_else), flows(tmp_path / "second.parquet", 5, "NULL")]
    profile = tmp_path / "comity.toml"
    profile.write_text(PROFILE)
    (tmp_path / "own.md").write_text(PACK.format(id="own", force="law", more=EXCEPTIONS))
    law = packs and [str(tmp_path / "own.md")]
    row_by_row = json_report.render(check(paths, packs=law, profile=profile))
    monkeypatch.setattr(alike, "_FIRST", 100)
    monkeypatch.setattr(alike, "_SHARE", 1)
    assert json_report.render(check(paths, packs=law, profile=profile)) == row_by_row
    assert '"breach"' in row_by_row
