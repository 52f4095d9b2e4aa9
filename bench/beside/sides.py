"""What every engine beside Comity has: inputs in the form it likes best, and answers one by one and in batches."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from beside.lists import state_of

Flow = Mapping[str, Any]

#: The duties of transfers.md.
DUTIES = ("art-44", "2a", "2b", "3a", "3b", "3c", "4b", "5b")


def plain(flow: Flow) -> dict[str, Any]:
    """A flow for engines without tables: names without dots, the time as seconds, the States of both ends besides."""
    found = {name.replace(".", "_"): value for name, value in flow.items()}
    states = state_of()
    for end in ("from", "to"):
        found[f"{end}_state"] = states.get(flow[end], flow[end])
    return {**found, "at": int(flow["at"].timestamp())}


class Side(ABC):
    """An engine with the rules loaded."""

    @property
    @abstractmethod
    def version(self) -> str:
        """Its name and version."""

    @abstractmethod
    def inputs(self, flows: Sequence[Flow]) -> list[Any]:
        """Flows as the engine likes them best; making them is not measured."""

    @abstractmethod
    def one_by_one(self, inputs: Sequence[Any]) -> Iterator[Any]:
        """The answer for each input, asked for by itself."""

    def in_batches(self, inputs: Sequence[Any]) -> Iterator[Any]:
        """The same, as many at once as the engine can take."""
        return self.one_by_one(inputs)

    @abstractmethod
    def verdicts(self, answer: Any) -> dict[str, str]:
        """The verdict of each duty, out of an answer; not measured."""


def from_marks(marks: Iterable[str]) -> dict[str, str]:
    """The verdict of each duty, for engines that can but allow or not.

    They are asked three things of each duty: whether the flow may be ``within`` its scope, whether it is surely
    ``kept`` and whether it is surely a ``breach``. A mark is ``duty/answer`` for what was allowed.
    """
    found = set(marks)

    def verdict(duty: str) -> str:
        if f"{duty}/within" not in found:
            return "out-of-scope"
        return next((word for word in ("kept", "breach") if f"{duty}/{word}" in found), "unknown")

    return {duty: verdict(duty) for duty in DUTIES}
