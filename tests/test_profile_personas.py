"""Personas in a profile: read as they stand, and refused with the line where they could not be told from anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from comity.errors import ProfileError
from comity.profile import Persona, load_profile


def read(folder: Path, text: str) -> tuple[Persona, ...]:
    path = folder / "comity.toml"
    path.write_text(text, encoding="utf-8")
    return load_profile(path).personas


def test_personas_are_read_with_their_values(tmp_path: Path) -> None:
    text = """
[[persona]]
name = "Mai"
values = ["mai.tran@example.com", "+84912345678"]

[[persona]]
name = "Li"
values = ["02:00:5e:10:00:01"]
"""
    assert read(tmp_path, text) == (
        Persona("Mai", ("mai.tran@example.com", "+84912345678")),
        Persona("Li", ("02:00:5e:10:00:01",)),
    )


def test_a_profile_without_personas_has_none(tmp_path: Path) -> None:
    assert read(tmp_path, '[party]\nname = "Lumen"\n') == ()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ('"mai@example.com"', "a list of values"),
        ("[84912345678]", "a list of values"),
        ("[]", "with one at least"),
        ('["mai@example.com", "Mai"]', "each of 6 letters or more: `Mai` would be found where nobody planted it"),
        ('["      "]', "each of 6 letters or more"),
        ('["Mai   "]', "each of 6 letters or more"),
    ],
)
def test_values_that_can_not_be_sought_are_refused_with_their_line(tmp_path: Path, values: str, told: str) -> None:
    with pytest.raises(ProfileError) as refused:
        read(tmp_path, f'[[persona]]\nname = "Mai"\nvalues = {values}\n')
    assert told in str(refused.value)
    assert "comity.toml:3:1" in str(refused.value)


@pytest.mark.parametrize(("key", "other"), [("name", 'values = ["mai@example.com"]'), ("values", 'name = "Mai"')])
def test_a_persona_needs_a_name_and_values(tmp_path: Path, key: str, other: str) -> None:
    with pytest.raises(ProfileError, match=f"a `persona` needs `{key}`"):
        read(tmp_path, f"[[persona]]\n{other}\n")
