"""Host names as the engine looks at them: the domain that somebody registered, and what is said of domains above."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

from comity.engine.duckdb import Engine, quote
from comity.enrich.closest import closest

_PUBLIC = "public suffix"


def in_domains(engine: Engine, name: str, hosts: str, domains: Mapping[str, Mapping[str, int]]) -> None:
    """A new table: ``host``, ``domain``, and for each of ``domains`` a number.

    ``hosts`` is a query for host names in lower case. ``domain`` is the one that somebody registered, such as
    ``example.co.uk`` of ``a.b.example.co.uk``; null where there is none. Of ``domains`` (name of the column → domain →
    number) the number is that of the longest one that is the host or lies above it.
    """
    known = {_PUBLIC: _public_suffixes(), **domains}
    # Only those that end as some host does, which are few where there are few hosts.
    ends = {end for (end,) in engine.rows(f"SELECT DISTINCT split_part(host, '.', -1) FROM ({hosts})")}
    parts = sorted(part for part in set().union(*known.values()) if part.rpartition(".")[2] in ends) or [""]
    longest = max(part.count(".") + 1 for part in parts)
    most = 1 + max(longest, *known[_PUBLIC].values())
    # The last label, the last two and so on; where there are none so many, a dot comes first.
    tails = f"SELECT host, split_part(host, '.', -1) AS t1 FROM ({hosts})"
    for n in range(2, most + 1):
        tails = f"SELECT *, split_part(host, '.', -{n}) || '.' || t{n - 1} AS t{n} FROM ({tails})"
    closest(
        engine,
        f"{name}_found",
        tails,
        [f"q.t{n}" for n in range(longest, 0, -1)],
        dict.fromkeys(known, "INTEGER"),
        ((part, *(numbers.get(part) for numbers in known.values())) for part in parts),
    )
    cases = " ".join(f"WHEN {n} THEN t{n + 1}" for n in range(2, most))
    registered = f"CASE {quote(_PUBLIC)} {cases} ELSE t2 END"
    has_any = f"NOT starts_with({registered}, '.') AND NOT contains('.' || host || '.', '..')"
    listing = "".join(f", {quote(column)}" for column in domains)
    found = quote(f"{name}_found")
    engine.table(name, f"SELECT host, CASE WHEN {has_any} THEN {registered} END AS domain{listing} FROM {found}")
    engine.drop(found)


@functools.cache
def _public_suffixes() -> Mapping[str, int]:
    """The Public Suffix List: how many labels are public of a name that ends so; of those that it lacks, one.

    ``*.kawasaki.jp`` makes the label before public too, ``!city.kawasaki.jp`` is not. https://publicsuffix.org/list/
    """
    from publicsuffixlist import PSLFILE  # here, as few need it

    lines = Path(PSLFILE).read_text(encoding="utf-8").splitlines()
    rules = [line.split()[0] for line in lines if line.strip() and not line.startswith("//")]
    rules += [rule.encode("idna").decode() for rule in rules if not rule.isascii()]
    found: dict[str, int] = {}
    # An exception goes before a wildcard, which goes before the plain name.
    for sign, more in (("", 0), ("*.", 1), ("!", -1)):
        of_sign = (rule[len(sign) :] for rule in rules if rule.startswith(sign) and (sign or rule[0] not in "*!"))
        found |= {name: name.count(".") + 1 + more for name in of_sign}
    return found
