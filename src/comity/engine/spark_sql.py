"""The same SQL for Spark: DuckDB's dialect as SQLGlot reads it, and what SQLGlot alone does not carry over."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from sqlglot import ErrorLevel, exp, parse_one
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.parsers.duckdb import DuckDBParser

#: Names and types, as Spark calls them, of the columns of a query in Spark's SQL.
ColumnsOf = Callable[[str], Mapping[str, str]]

#: How Spark calls the types that JSON is read as.
_JSON_TYPES = {"VARCHAR": "STRING", "BIGINT": "BIGINT"}


class _Dialect(DuckDB):
    """DuckDB's dialect; SQLGlot takes ``len`` for ``length``, but Comity says the one of lists, the other of texts."""

    class Parser(DuckDBParser):
        FUNCTIONS = {  # noqa: RUF012 - as SQLGlot has it
            **DuckDBParser.FUNCTIONS,
            "LEN": lambda args: exp.Anonymous(this="SIZE", expressions=args),
        }


def parsed(sql: str) -> exp.Expr:
    """The syntax tree of a query in DuckDB's dialect."""
    return parse_one(sql, read=_Dialect)


def tables_in(tree: exp.Expr) -> set[str]:
    """The names of the tables that a query reads, in lower case."""
    own = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    return {table.name.lower() for table in tree.find_all(exp.Table) if table.name} - own


def spark_sql(tree: exp.Expr, columns_of: ColumnsOf) -> str:
    """A query as Spark wants it; ``columns_of`` is asked where that depends on the columns of a part."""
    for node in [*tree.walk()][::-1]:  # what is within comes first
        if isinstance(node, exp.Union) and node.args.get("by_name"):
            rewritten: exp.Expr = _by_position(node, columns_of)
        else:
            rewritten = _rewritten(node)
        if node is tree:
            tree = rewritten
        elif rewritten is not node:
            node.replace(rewritten)
    return _text(tree)


def _text(tree: exp.Expr) -> str:
    return tree.sql("spark", identify=True, unsupported_level=ErrorLevel.IGNORE)


def _rewritten(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Anonymous):
        function = _FUNCTIONS.get(node.name.upper())
        return function(*node.expressions) if function else node
    rewrite = _NODES.get(type(node))
    return rewrite(node) if rewrite else node


def _call(name: str, *arguments: exp.Expr | str) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=[exp.convert(argument) for argument in arguments])


def _column(name: str, table: str | None = None) -> exp.Column:
    return exp.column(name, table, quoted=True)


# Functions ------------------------------------------------------------------------------------------------------------


def _has_all(found: exp.Expr, wanted: exp.Expr) -> exp.Expr:
    return exp.EQ(this=_call("SIZE", _call("ARRAY_EXCEPT", wanted, found)), expression=exp.Literal.number(0))


def _hash(*values: exp.Expr) -> exp.Expr:
    """DuckDB groups and joins lists by their hash, as comparing them is slow; Spark hashes whatever it groups or joins.

    Several values become a number, of which Spark says whether they are null besides: it passes over nulls.
    """
    if len(values) == 1:
        return values[0]
    return _call("XXHASH64", *values, *(exp.Is(this=value.copy(), expression=exp.null()) for value in values))


#: By the names that SQLGlot passes on as they are.
_FUNCTIONS: dict[str, Callable[..., exp.Expr]] = {
    "EPOCH_US": lambda moment: _call("UNIX_MICROS", moment),
    "STRLEN": lambda text: _call("OCTET_LENGTH", text),
    "LIST_COUNT": lambda found: _call("SIZE", _call("ARRAY_COMPACT", found)),
    "LIST_HAS_ALL": _has_all,
    "HASH": _hash,
}


def _full_match(node: exp.RegexpFullMatch) -> exp.Expr:
    """Java's `$` would also stand before a last line feed."""
    options = f"(?{node.args['options'].name})" if node.args.get("options") else ""
    pattern = exp.Literal.string(rf"{options}\A(?:{node.expression.name})\z")
    return exp.Paren(this=exp.RegexpLike(this=node.this, expression=pattern))


def _from_json(node: exp.FromJson) -> exp.Expr:
    found = json.loads(node.expression.name)
    kind = f"ARRAY<{_JSON_TYPES[found[0]]}>" if isinstance(found, list) else _JSON_TYPES[found]
    return _call("FROM_JSON", node.this, kind)


def _sum(total: exp.Sum) -> exp.Expr:
    """DuckDB adds whole numbers up in 128 bits, where no cast says that less will do."""
    if isinstance(total.find_ancestor(exp.Cast, exp.Select), exp.Cast):
        return total
    return exp.Sum(this=exp.cast(total.this, "DECIMAL(38, 0)"))


def _ordered_list(gathered: exp.ArrayAgg) -> exp.Expr:
    """``list(x ORDER BY y)``, whose order SQLGlot drops: pairs of y and x are sorted afterwards."""
    order = gathered.this
    if not isinstance(order, exp.Order):
        return gathered
    pairs = _call("COLLECT_LIST", _call("STRUCT", order.expressions[0].this, order.this))
    return exp.Dot(this=_call("SORT_ARRAY", pairs), expression=exp.to_identifier("col2"))


def _zoned(node: exp.AtTimeZone) -> exp.Expr:
    """The local time of an instant, or the instant of a local time: of one that was made from an instant before.

    Spark has one type for both, so that the types don't tell.
    """
    is_local = any(inner.name == "FROM_UTC_TIMESTAMP" for inner in node.this.find_all(exp.Anonymous))
    return _call("TO_UTC_TIMESTAMP" if is_local else "FROM_UTC_TIMESTAMP", node.this, node.args["zone"])


# Clauses --------------------------------------------------------------------------------------------------------------


def _select(select: exp.Select) -> exp.Expr:
    """``* REPLACE (e AS c)`` is ``* EXCEPT (c), e AS c``: nothing depends on the order of columns."""
    for column in list(select.expressions):
        star = column.this if isinstance(column, exp.Column) else column
        replaced = star.args.get("replace") if isinstance(star, exp.Star) else None
        if replaced:
            star.set("replace", None)
            star.set("except_", [exp.to_identifier(one.alias, quoted=True) for one in replaced])
            select.set("expressions", [*select.expressions, *replaced])
    return select


def _equal(equality: exp.EQ) -> exp.Expr:
    """A list is looked up by itself and not by the hash that stands beside it: see HASH."""
    column = equality.expression
    if isinstance(column, exp.Column) and column.name == "hash" and not column.this.quoted:
        column.replace(_column("value", column.table))
    return equality


def _join(join: exp.Join) -> exp.Expr:
    """ASOF joins, to the last of the rows that are not later: each row holds from its moment until the next one's.

    So they are joined by what must be equal, and by that stretch.
    """
    if (join.args.get("method") or "").upper() != "ASOF":
        return join
    on, name = join.args["on"], join.this.alias_or_name
    conditions = list(on.flatten()) if isinstance(on, exp.And) else [on]
    (order,) = (condition for condition in conditions if isinstance(condition, exp.GTE))
    alike = [condition.this.name for condition in conditions if condition is not order]
    since = order.expression.name
    following = exp.Window(
        this=_call("LEAD", _column(since)),
        partition_by=list(map(_column, alike)),
        order=exp.Order(expressions=[exp.Ordered(this=_column(since))]),
    )
    rows = exp.select("*", exp.alias_(following, "until", quoted=True)).from_(exp.to_table(join.this.name))
    lasts = exp.Is(this=_column("until", name), expression=exp.null())
    not_over = exp.LT(this=order.this.copy(), expression=_column("until", name))
    join.set("method", None)
    join.set("this", rows.subquery(name))
    join.set("on", exp.and_(*conditions, exp.or_(lasts, not_over)))
    return join


def _by_position(union: exp.Union, columns_of: ColumnsOf) -> exp.Expr:
    """``UNION ALL BY NAME``: both sides with all columns in the same order, null where a side has none."""
    sides = [side.unnest() for side in (union.this, union.expression)]
    given = [columns_of(_text(side)) for side in sides]
    types = {**given[1], **given[0]}

    def column(name: str, columns: Mapping[str, str]) -> exp.Expr:
        if name in columns:
            return _column(name)
        nothing = exp.cast(exp.null(), exp.DataType.build(types[name], dialect="spark"))
        return exp.alias_(nothing, name, quoted=True)

    selects = [
        exp.select(*(column(name, columns) for name in types)).from_(side.subquery("part"))
        for side, columns in zip(sides, given, strict=True)
    ]
    return exp.union(*selects, distinct=False)


_NODES: dict[type[exp.Expr], Callable[..., exp.Expr]] = {
    exp.Select: _select,
    exp.Join: _join,
    exp.EQ: _equal,
    exp.AtTimeZone: _zoned,
    exp.ArrayAgg: _ordered_list,
    exp.Sum: _sum,
    exp.FromJson: _from_json,
    exp.RegexpFullMatch: _full_match,
    exp.Try: lambda node: node.this,  # what is no JSON is null in Spark without being tried
    exp.ToDays: lambda node: _call("MAKE_DT_INTERVAL", node.this),
    exp.ArrayOverlaps: lambda node: _call("ARRAYS_OVERLAP", node.this, node.expression),
    # SQLGlot counts from Sunday here.
    exp.DayOfWeekIso: lambda node: exp.Paren(
        this=exp.Add(this=_call("WEEKDAY", node.this), expression=exp.Literal.number(1))
    ),
}

__all__ = ["ColumnsOf", "parsed", "spark_sql", "tables_in"]
