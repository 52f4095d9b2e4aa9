"""The checked syntax tree of an expression, as light nodes.

CEL serialises it as a ``cel.expr.CheckedExpr`` (https://github.com/google/cel-spec, ``proto/cel/expr``). A look into a
message of protobuf costs many times one at a tuple, so the messages are gone through once.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_FIELD = descriptor_pb2.FieldDescriptorProto

#: The messages, as far as Comity reads them: number, name and type of each field, and whether there may be several.
_LAYOUT: dict[str, list[tuple[int, str, Any, bool]]] = {
    "Constant": [
        (2, "bool_value", _FIELD.TYPE_BOOL, False),
        (3, "int64_value", _FIELD.TYPE_INT64, False),
        (6, "string_value", _FIELD.TYPE_STRING, False),
    ],
    "Ident": [(1, "name", _FIELD.TYPE_STRING, False)],
    "Select": [
        (1, "operand", "Expr", False),
        (2, "field", _FIELD.TYPE_STRING, False),
        (3, "test_only", _FIELD.TYPE_BOOL, False),
    ],
    "Call": [(1, "target", "Expr", False), (2, "function", _FIELD.TYPE_STRING, False), (3, "args", "Expr", True)],
    "CreateList": [(1, "elements", "Expr", True)],
    "CreateStruct": [(1, "message_name", _FIELD.TYPE_STRING, False)],
    "Comprehension": [
        (1, "iter_var", _FIELD.TYPE_STRING, False),
        (2, "iter_range", "Expr", False),
        (3, "accu_var", _FIELD.TYPE_STRING, False),
        (4, "accu_init", "Expr", False),
        (5, "loop_condition", "Expr", False),
        (6, "loop_step", "Expr", False),
        (7, "result", "Expr", False),
    ],
    "Expr": [
        (2, "id", _FIELD.TYPE_INT64, False),
        (3, "const_expr", "Constant", False),
        (4, "ident_expr", "Ident", False),
        (5, "select_expr", "Select", False),
        (6, "call_expr", "Call", False),
        (7, "list_expr", "CreateList", False),
        (8, "struct_expr", "CreateStruct", False),
        (9, "comprehension_expr", "Comprehension", False),
    ],
    "Position": [(1, "key", _FIELD.TYPE_INT64, False), (2, "value", _FIELD.TYPE_INT32, False)],
    "SourceInfo": [(4, "positions", "Position", True)],
    "CheckedExpr": [(4, "expr", "Expr", False), (5, "source_info", "SourceInfo", False)],
    "Any": [(1, "type_url", _FIELD.TYPE_STRING, False), (2, "value", _FIELD.TYPE_BYTES, False)],
}
_ONEOFS = {"Expr": "expr_kind", "Constant": "constant_kind"}


class Tree(NamedTuple):
    """A node: ``kind`` is ``call``, ``const``, ``ident``, ``select``, ``has``, ``list``, ``struct`` or ``fold``.

    ``function`` is what a call calls, ``value`` a constant (None for a number with decimals), ``name`` the dotted name
    that an identifier or a chain of selections spells.
    """

    id: int
    kind: str
    children: tuple[Tree, ...] = ()
    function: str = ""
    name: str = ""
    value: bool | int | str | None = None

    def walk(self) -> Iterator[Tree]:
        """The node and all below it, from left to right."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))


def read_tree(serialised: bytes) -> tuple[Tree, dict[int, int]]:
    """The tree, and where in the text its nodes stand, by id."""
    messages = _messages()
    checked = messages["CheckedExpr"].FromString(messages["Any"].FromString(serialised).value)
    return _node(checked.expr), {entry.key: entry.value for entry in checked.source_info.positions}


def _node(expression: Any) -> Tree:
    kind = expression.WhichOneof("expr_kind") or ""
    return _READERS[kind](expression.id, getattr(expression, kind))


def _nodes(expressions: Any) -> tuple[Tree, ...]:
    return tuple(map(_node, expressions))


def _const(id: int, const: Any) -> Tree:
    kind = const.WhichOneof("constant_kind")
    return Tree(id, "const", value=getattr(const, kind) if kind else None)


def _ident(id: int, ident: Any) -> Tree:
    return Tree(id, "ident", name=ident.name)


def _select(id: int, select: Any) -> Tree:
    operand = _node(select.operand)
    if select.test_only:
        return Tree(id, "has", (operand,))
    return Tree(id, "select", (operand,), name=f"{operand.name}.{select.field}" if operand.name else "")


def _call(id: int, call: Any) -> Tree:
    target = (call.target,) if call.HasField("target") else ()
    return Tree(id, "call", _nodes((*target, *call.args)), call.function)


def _list(id: int, made: Any) -> Tree:
    return Tree(id, "list", _nodes(made.elements))


def _struct(id: int, made: Any) -> Tree:
    return Tree(id, "struct")


def _fold(id: int, fold: Any) -> Tree:
    parts = (fold.iter_range, fold.accu_init, fold.loop_condition, fold.loop_step, fold.result)
    return Tree(id, "fold", _nodes(parts))


_READERS = {
    "const_expr": _const,
    "ident_expr": _ident,
    "select_expr": _select,
    "call_expr": _call,
    "list_expr": _list,
    "struct_expr": _struct,
    "comprehension_expr": _fold,
}


@functools.cache
def _messages() -> dict[str, Any]:
    """The classes of the two messages that are read from bytes."""
    file = descriptor_pb2.FileDescriptorProto(name="comity_cel.proto", package="comity.cel", syntax="proto3")
    for name, fields in _LAYOUT.items():
        message = file.message_type.add(name=name)
        if name in _ONEOFS:
            message.oneof_decl.add(name=_ONEOFS[name])
        for number, label, kind, repeated in fields:
            added = message.field.add(name=label, number=number)
            added.label = _FIELD.LABEL_REPEATED if repeated else _FIELD.LABEL_OPTIONAL
            if isinstance(kind, str):
                added.type, added.type_name = _FIELD.TYPE_MESSAGE, f".comity.cel.{kind}"
            else:
                added.type = kind
            if name in _ONEOFS and label != "id":
                added.oneof_index = 0
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"comity.cel.{name}"))
        for name in ("CheckedExpr", "Any")
    }
