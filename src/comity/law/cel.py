"""CEL: expressions parsed, type-checked and evaluated by Google's implementation.

An expression is cut at ``&&``, ``||`` and ``!`` into *atoms*. CEL evaluates an atom as a whole; the connectives are
Kleene logic (``kleene.py``). The cut follows the checked syntax tree (``syntax.py``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from cel_expr_python import cel

from comity.errors import nearest
from comity.law.syntax import Tree, read_tree
from comity.vocabulary import ATTRIBUTES, TALLY, Type

_CEL_TYPES = {
    Type.BOOL: cel.Type.BOOL,
    Type.STRING: cel.Type.STRING,
    Type.INT: cel.Type.INT,
    Type.SHARE: cel.Type.DOUBLE,
    Type.TIME: cel.Type.TIMESTAMP,
    Type.STRINGS: cel.Type.List(cel.Type.STRING),
    Type.INTS: cel.Type.List(cel.Type.INT),
}

#: What an atom may call: comparisons, membership, text tests, sizes, and what the macros `exists` and `all` become.
#: Nothing here can fail on a value that is there, so a failing evaluation always means a missing fact.
FUNCTIONS = frozenset(
    """_&&_ _||_ !_ _?_:_ _==_ _!=_ _<_ _<=_ _>_ _>=_ _+_ @in startsWith endsWith contains size timestamp
    @not_strictly_false""".split()
)

#: Comparisons that say the same of every number beyond one for which they hold.
_ORDER = frozenset({"_<_", "_<=_", "_>_", "_>=_"})

_NO_VALUE = re.compile(r'No value with name "([^"]+)"')
_MESSAGE = re.compile(r"<input>:(\d+):(\d+): (.*?)(?:\n|$)", re.S)
_STRING = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
_NAME = re.compile(r"[A-Za-z]\w*(?:\.[a-z]\w*)*")
_UNDECLARED = re.compile(r"undeclared reference to '([^']+)'")


class ExpressionError(Exception):
    """An expression that can't be used; ``line`` and ``column`` count from 1 within its text."""

    def __init__(self, summary: str, line: int, column: int, length: int = 1, help: str | None = None) -> None:
        super().__init__(summary)
        self.summary, self.line, self.column, self.length, self.help = summary, line, column, length, help


@dataclass(frozen=True)
class Atom:
    """The smallest part of an expression that CEL decides alone.

    ``text`` is its source and its identity; ``attributes`` and ``sets`` are what it reads; ``cuts`` are the constants
    it compares numbers or times with, so that between two neighbouring cuts it can't change.
    """

    text: str
    attributes: tuple[str, ...] = field(compare=False)
    sets: tuple[str, ...] = field(compare=False)
    cuts: tuple[Any, ...] = field(compare=False)

    def __hash__(self) -> int:
        return hash(self.text)  # which a text remembers: atoms are looked up all the time


@dataclass(frozen=True)
class Node:
    """An expression as connectives over atoms: ``op`` is ``and``, ``or``, ``not`` or ``atom``."""

    op: str
    children: tuple[Node, ...] = ()
    atom: Atom | None = None

    def atoms(self) -> frozenset[Atom]:
        """Every atom below this node."""
        return self._atoms

    @cached_property
    def _atoms(self) -> frozenset[Atom]:
        if self.atom is not None:
            return frozenset((self.atom,))
        return frozenset().union(*(child.atoms() for child in self.children))


#: Evaluates one atom on given values: True, False, or None where a fact it needs is missing.
Evaluator = Callable[[Mapping[str, Any]], bool | None]


def instant(text: str) -> datetime:
    """An RFC 3339 date and time with offset. Raises ``ValueError`` for anything else, times without offset included."""
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError(f"`{text}` has no offset from UTC")
    return parsed


class Language:
    """The names that expressions may use and CEL's environment of them.

    They are the attributes of every kind, sets, and what is ``computed``: tallies and clocks.
    """

    def __init__(self, sets: Mapping[str, Type], computed: Mapping[str, Type] | None = None) -> None:
        self._types = {**{name: a.type for name, a in ATTRIBUTES.items()}, **sets, **(computed or {})}
        self._sets = frozenset(sets)
        self._env = cel.NewEnv(variables={name: _CEL_TYPES[t] for name, t in self._types.items()})
        self._evaluators: dict[str, Evaluator] = {}
        self._parsed: dict[str, Node] = {}

    def parse(self, text: str) -> Node:
        """Parse, type-check and cut an expression, once however many rules share it. Raises ``ExpressionError``."""
        if text not in self._parsed:
            self._parsed[text] = self._parse(text)
        return self._parsed[text]

    def names(self, text: str) -> set[str]:
        """The attributes, tallies, clocks and sets that an expression spells, without parsing it."""
        spelled = (found.split(".") for found in _NAME.findall(_bare(text)))
        starts = {".".join(parts[:number]) for parts in spelled for number in range(1, len(parts) + 1)}
        return starts & self._types.keys()

    def _parse(self, text: str) -> Node:
        if (comment := _bare(text).find("//")) >= 0:
            line, column = text.count("\n", 0, comment) + 1, comment - text.rfind("\n", 0, comment)
            raise ExpressionError("a comment would hide what follows it: say it in the text", line, column, 2)
        tree, positions = self._compile(text)
        _Fragment(self._types, text, positions).check(tree)
        return _Cutter(self._types, self._sets, text, positions).cut(tree, 0, len(text))

    def evaluator(self, text: str) -> Evaluator:
        """A function that evaluates ``text`` (an atom, or a whole expression) on attribute and set values."""
        if text not in self._evaluators:
            self._evaluators[text] = self._build_evaluator(text)
        return self._evaluators[text]

    def _build_evaluator(self, text: str) -> Evaluator:
        expression = self._env.compile(text)

        def evaluate(values: Mapping[str, Any]) -> bool | None:
            answer = expression.eval(data=values)
            if answer.type() == cel.Type.ERROR:
                if _NO_VALUE.search(str(answer.value())):
                    return None
                raise RuntimeError(f"CEL failed on `{text}`: {answer.value()}")
            return bool(answer.value())

        return evaluate

    def _compile(self, text: str) -> tuple[Tree, dict[int, int]]:
        try:
            expression = self._env.compile(text)
        except RuntimeError as error:
            raise self._explain(text, str(error)) from None
        if expression.return_type() != cel.Type.BOOL:
            kind = expression.return_type().name().lower()
            raise ExpressionError(f"a rule's expression must be true or false, this one is {kind}", 1, 1, len(text))
        return read_tree(expression.serialize())

    def _explain(self, text: str, message: str) -> ExpressionError:
        found = _MESSAGE.search(message)
        line, column, what = (int(found[1]), int(found[2]), found[3]) if found else (1, 1, message)
        what = what.replace("[INVALID_ARGUMENT]", "").strip()
        unknown = _UNDECLARED.search(what)
        if not unknown:
            return ExpressionError(what[:1].lower() + what[1:].split(" expecting {")[0], line, column)
        name = unknown[1]
        column = _start_of(text, line, column, name)
        near = nearest(name, self._types)
        help = f"did you mean `{near}`?" if near else "`comity packs` and docs/reference/vocabulary.md list the names"
        what_kind = "set" if name.isupper() else "attribute"
        return ExpressionError(f"unknown {what_kind} `{name}`", line, column, len(name), help)


def _start_of(text: str, line: int, column: int, name: str) -> int:
    """CEL points at the last dot of a dotted name; people look for its first letter."""
    source = text.splitlines()[line - 1]
    start = source.rfind(name, 0, column + len(name))
    return start + 1 if start >= 0 else column


class _Fragment:
    """Refuses what Comity does not judge with: indexing, arithmetic, maps, functions that can fail."""

    def __init__(self, types: Mapping[str, Type], text: str, positions: Mapping[int, int]) -> None:
        self._types, self._text, self._positions = types, text, positions

    def check(self, tree: Tree) -> None:
        nodes = list(tree.walk())
        self._check_tallies(nodes)
        for node in nodes:
            if node.kind == "call":
                self._check_call(node)
            elif node.kind == "struct":
                self._refuse(node, "maps and messages are outside what rules may use")
            elif node.kind == "has":
                self._refuse(node, "`has()` is outside what rules may use: what is missing makes a verdict unknown")
            elif node.kind == "ident" and node.name.endswith(".at"):
                self._refuse(node, f"`{node.name}` can't be compared: dates belong in `from` and `until`")

    def _check_tallies(self, nodes: Iterable[Tree]) -> None:
        """A tally has bounds: only what can't change its mind between them may look at it."""
        compared: set[int] = set()
        for node in nodes:
            if node.function in _ORDER:
                tallies = [side for side in node.children if side.name.startswith(TALLY)]
                if len(tallies) == 1 and any(side.kind == "const" for side in node.children):
                    compared.add(tallies[0].id)
        for node in nodes:
            if node.name.startswith(TALLY) and node.id not in compared:
                self._refuse(node, "a tally is compared with a number, by `<`, `<=`, `>` or `>=`")

    def _check_call(self, node: Tree) -> None:
        if node.function not in FUNCTIONS:
            self._refuse(node, f"`{node.function.strip('_@')}` is outside what rules may use")
        elif node.function == "timestamp":
            self._check_timestamp(node)
        elif node.function == "_+_" and not self._is_text(node):
            self._refuse(node, "`+` joins texts only: no arithmetic")

    def _is_text(self, node: Tree) -> bool:
        """Whether a sum is one of texts: constants, text attributes, what a macro runs over. These never fail."""
        if node.kind == "call":
            return node.function == "_+_" and all(map(self._is_text, node.children))
        if node.kind == "const":
            return isinstance(node.value, str)
        return bool(node.name) and self._types.get(node.name, Type.STRING) is Type.STRING

    def _check_timestamp(self, node: Tree) -> None:
        try:
            instant(str(node.children[0].value))
        except ValueError:
            self._refuse(node, '`timestamp()` takes a constant here, such as "2024-03-22T00:00:00+08:00"')

    def _refuse(self, node: Tree, summary: str) -> None:
        offset = self._positions.get(node.id, 0)
        line = self._text.count("\n", 0, offset) + 1
        column = offset - (self._text.rfind("\n", 0, offset) + 1) + 1
        raise ExpressionError(
            summary,
            line,
            column,
            help="rules may use && || ! ?: == != < <= > >= in, exists, all, size, startsWith, endsWith, contains, "
            "+ of texts",
        )


class _Cutter:
    """Cuts a checked tree into connectives and atoms, taking each atom's text from the source."""

    def __init__(
        self, types: Mapping[str, Type], sets: frozenset[str], text: str, positions: Mapping[int, int]
    ) -> None:
        self._types, self._sets, self._text, self._positions = types, sets, text, positions

    def cut(self, tree: Tree, start: int, end: int) -> Node:
        """The node for ``tree``, whose source lies within ``text[start:end]``."""
        start, end = self._strip(start, end)
        at = self._positions.get(tree.id, start)
        if tree.function in ("_&&_", "_||_"):
            left, right = tree.children
            op = "and" if tree.function == "_&&_" else "or"
            return Node(op, (self.cut(left, start, at), self.cut(right, at + 2, end)))
        if tree.function == "!_":
            return Node("not", (self.cut(tree.children[0], at + 1, end),))
        return Node("atom", atom=self._atom(tree, _tidy(self._text[start:end])))

    def _strip(self, start: int, end: int) -> tuple[int, int]:
        """Leave out white space and the brackets that enclose the whole."""
        while True:
            while start < end and self._text[start].isspace():
                start += 1
            while end > start and self._text[end - 1].isspace():
                end -= 1
            if not _enclosed(self._text[start:end]):
                return start, end
            start, end = start + 1, end - 1

    def _atom(self, tree: Tree, text: str) -> Atom:
        nodes = list(tree.walk())
        names = {node.name for node in nodes if node.name in self._types}
        attributes = tuple(sorted(n for n in names if n not in self._sets))
        sets = tuple(sorted(n for n in names if n in self._sets))
        return Atom(text, attributes, sets, tuple(sorted(_cuts(nodes), key=str)))


def _tidy(text: str) -> str:
    """One line, white space outside strings folded."""
    parts = re.split(f"({_STRING.pattern})", text)
    return "".join(part if index % 2 else re.sub(r"\s+", " ", part) for index, part in enumerate(parts)).strip()


def _bare(text: str) -> str:
    """A text with its strings blotted out, letter for letter."""
    return _STRING.sub(lambda found: "x" * len(found[0]), text)


def _enclosed(text: str) -> bool:
    """Whether one pair of brackets encloses all of ``text``, strings left out of account."""
    if not (text.startswith("(") and text.endswith(")")):
        return False
    bare = _bare(text)
    depth = 0
    for index, letter in enumerate(bare):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return index == len(bare) - 1
    return False


def _cuts(nodes: Iterable[Tree]) -> set[Any]:
    """Numbers and instants that nodes name."""
    found: set[Any] = set()
    for node in nodes:
        if type(node.value) is int:
            found.add(node.value)
        elif node.function == "timestamp":
            found.add(instant(str(node.children[0].value)))
    return found
