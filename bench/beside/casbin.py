"""The rules by casbin: an enforcer for each question, whose matcher is the expression itself; flows are objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import casbin as library

from beside.sides import DUTIES, Flow, Side, from_marks, plain
from beside.twice import Dialect, questions

_MODEL = """
[request_definition]
r = flow
[policy_definition]
p = rule
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = {matcher}
"""


def _spelt(name: str) -> str:
    """A name that is no word of Python's: casbin's expressions are read as Python's, and `from` is one."""
    return f"{name.replace('.', '_')}_"


class _Casbin(Dialect):
    """Casbin's expressions have no lists: functions of ours look into them, and give those that rules name."""

    AND, OR, NOT = "and", "or", "not "

    def __init__(self) -> None:
        self.functions: dict[str, Callable[..., Any]] = {
            "contains": lambda container, element: element in container,
            "overlaps": lambda one, other: not frozenset(one).isdisjoint(other),
            "within": lambda part, whole: frozenset(part) <= frozenset(whole),
            "single": lambda value: (value,),
        }

    def known(self, name: str) -> str:
        return f"{self.value(name)} != None"

    def value(self, name: str) -> str:
        return f"r.flow.{_spelt(name)}"

    def contains(self, container: str, element: str) -> str:
        return f"contains({container}, {element})"

    def overlaps(self, one: str, other: str) -> str:
        return f"overlaps({one}, {other})"

    def within(self, part: str, whole: str) -> str:
        return f"within({part}, {whole})"

    def single(self, value: str) -> str:
        return f"single({value})"

    def texts(self, values: Sequence[str]) -> str:
        name, held = f"list{len(self.functions)}", frozenset(values)
        self.functions[name] = lambda: held
        return f"{name}()"


class Casbin(Side):
    """Each question is asked only while the verdict is open."""

    def __init__(self) -> None:
        dialect = _Casbin()
        self._enforcers = {}
        for mark, matcher in questions(dialect).items():
            model = library.Model()
            model.load_model_from_text(_MODEL.format(matcher=matcher))
            self._enforcers[mark] = library.Enforcer(model)
        for enforcer in self._enforcers.values():
            for name, function in dialect.functions.items():
                enforcer.add_function(name, function)

    @property
    def version(self) -> str:
        return f"casbin {version('casbin')}"

    def inputs(self, flows: Sequence[Flow]) -> list[Any]:
        return [SimpleNamespace(**{_spelt(name): value for name, value in plain(flow).items()}) for flow in flows]

    def one_by_one(self, inputs: Sequence[Any]) -> Iterator[Any]:
        for flow in inputs:
            yield [mark for duty in DUTIES for mark in self._marks(duty, flow)]

    def _marks(self, duty: str, flow: Any) -> Iterator[str]:
        if self._enforcers[f"{duty}/within"].enforce(flow):
            yield f"{duty}/within"
            for mark in (f"{duty}/kept", f"{duty}/breach"):
                if self._enforcers[mark].enforce(flow):
                    yield mark
                    return

    def verdicts(self, answer: Any) -> dict[str, str]:
        return from_marks(answer)
