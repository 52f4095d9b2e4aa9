"""The rules by OPA's own engine, written in Go: the shared library of the wheel ``opa-golib-python-bindings``.

The wheel asks for a newer Python in its metadata alone, so it is unpacked into bench/data and loaded from there.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from beside.lists import CAC_CONTRACT_BEGINS, FRAMEWORK_BEGINS, OLD_CLAUSES_END, members, state_of
from beside.sides import Flow, Side

HERE = Path(__file__).parent
FOLDER = HERE.parent / "data" / "opa"
WHEEL = "opa-golib-python-bindings==0.4.4"


def install() -> None:
    """Fetch the wheel, once."""
    if (FOLDER / "opa_bindings").exists():
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    subprocess.run([*pip, "--python-version", "3.14", "--dest", str(FOLDER), WHEEL], check=True)
    with zipfile.ZipFile(next(FOLDER.glob("*.whl"))) as wheel:
        wheel.extractall(FOLDER)


class Opa(Side):
    """One engine with the policy; an input is the text of a JSON object, as the engine takes it."""

    def __init__(self) -> None:
        sys.path.insert(0, str(FOLDER))
        from opa_bindings.engine import OpaEngine  # type: ignore[import-not-found]

        self._engine = OpaEngine()
        self._engine.add_policy("rules.rego", (HERE / "rules.rego").read_text())
        names = ("EEA", "GDPR_TERRITORY", "EU_ADEQUATE", "EU_ADEQUATE_PARTLY", "ATTACK_ALERTS", "LEGAL_PERMISSIONS")
        sets = {name: dict.fromkeys(members(name), True) for name in (*names, "AGREED_CHANNELS")}
        changes = {
            "old_clauses_end": OLD_CLAUSES_END.timestamp(),
            "cac_contract_begins": CAC_CONTRACT_BEGINS.timestamp(),
            "framework_begins": FRAMEWORK_BEGINS.timestamp(),
        }
        self._engine.add_data({"sets": sets, "state_of": state_of(), "changes": changes})

    @property
    def version(self) -> str:
        library = (FOLDER / "opa_bindings" / "libopabridge.so").read_bytes()
        found = re.search(rb"open-policy-agent/opa\s+v([0-9.]+)", library)
        return f"OPA {found[1].decode() if found else '?'} ({WHEEL.replace('==', ' ')})"

    def inputs(self, flows: Sequence[Flow]) -> list[Any]:
        return [json.dumps(_known(flow)).encode() for flow in flows]

    def one_by_one(self, inputs: Sequence[Any]) -> Iterator[Any]:
        for flow in inputs:
            yield self._ask(b"rules/verdicts", flow)

    def in_batches(self, inputs: Sequence[Any]) -> Iterator[Any]:
        for start in range(0, len(inputs), 500):
            yield from self._ask(b"rules/batch", b'{"flows": [' + b", ".join(inputs[start : start + 500]) + b"]}")

    def verdicts(self, answer: Any) -> dict[str, str]:
        return dict(answer)

    def _ask(self, document: bytes, given: bytes) -> Any:
        """As the package's ``eval_document`` does, without making JSON anew of what is JSON."""
        envelope = self._engine._call(self._engine._lib.OpaEvalDocument, document.replace(b"/", b"."), given, 0, 0)
        return envelope["result"][0]["expressions"][0]["value"]


def _known(flow: Flow) -> dict[str, Any]:
    """What is known of a flow; the time as seconds."""
    return {name: value.timestamp() if name == "at" else value for name, value in flow.items() if value is not None}
