"""Tests run from anywhere; helpers in this folder import by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from comity.cli.main import main

GOLDEN = Path(__file__).parent / "golden"


@dataclass(frozen=True)
class Run:
    """What came of one run of the command."""

    code: int
    out: str
    err: str


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="rewrite the golden files; read the difference then")


@pytest.fixture
def comity(capsys: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    """Runs the command within the test: an exception that is not Comity's own fails it."""

    def run(*arguments: object) -> Run:
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as exit:
            code = int(exit.code or 0)
        return Run(code, *capsys.readouterr())

    return run


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares a text with the file of that name in ``golden``; ``pytest --golden`` rewrites it."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--golden"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """Spark for all tests, started by the first that needs it."""
    from spark import small_session

    yield from small_session()
