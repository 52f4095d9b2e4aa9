"""The rules by Cedar, written in Rust: ``cedarpy``. A flow is a request; the policies that allow it are the answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import Any

import cedarpy

from beside.sides import Flow, Side, from_marks, plain
from beside.twice import Dialect, questions


def _plain(name: str) -> str:
    return name.replace(".", "_")


class _Cedar(Dialect):
    def known(self, name: str) -> str:
        return f"context has {_plain(name)}"

    def value(self, name: str) -> str:
        return f"context.{_plain(name)}"

    def contains(self, container: str, element: str) -> str:
        return f"{container}.contains({element})"

    def overlaps(self, one: str, other: str) -> str:
        return f"{one}.containsAny({other})"

    def within(self, part: str, whole: str) -> str:
        return f"{whole}.containsAll({part})"


class Cedar(Side):
    """A policy for each question, parsed once."""

    def __init__(self) -> None:
        self._marks = {}
        policies = []
        for number, (mark, text) in enumerate(questions(_Cedar()).items()):
            self._marks[f"policy{number}"] = mark
            policies.append(f"permit(principal, action, resource) when {{ {text} }};")
        self._policies = cedarpy.PolicySet.from_str("\n".join(policies))
        self._entities = cedarpy.Entities.from_json_str("[]")

    @property
    def version(self) -> str:
        return f"Cedar (cedarpy {version('cedarpy')})"

    def inputs(self, flows: Sequence[Flow]) -> list[Any]:
        return [_request(flow) for flow in flows]

    def one_by_one(self, inputs: Sequence[Any]) -> Iterator[Any]:
        for request in inputs:
            yield cedarpy.is_authorized(request, self._policies, self._entities)

    def in_batches(self, inputs: Sequence[Any]) -> Iterator[Any]:
        for start in range(0, len(inputs), 500):
            yield from cedarpy.is_authorized_batch(inputs[start : start + 500], self._policies, self._entities)

    def verdicts(self, answer: Any) -> dict[str, str]:
        if answer.diagnostics.errors:
            raise RuntimeError(answer.diagnostics.errors[0])
        return from_marks(self._marks[policy] for policy in answer.diagnostics.reasons)


def _request(flow: Flow) -> dict[str, str]:
    """A request whose context, what is known of the flow, is text already."""
    context = {name: value for name, value in plain(flow).items() if value is not None}
    return {"principal": 'P::"p"', "action": 'A::"a"', "resource": 'R::"r"', "context": json.dumps(context)}
