"""Keys of programs, by their names; and what stands in their place."""

from __future__ import annotations

import pytest
from scanning import found, values

KEY = "Authenticating"
LONG = "9f86d081884c7d659a2feaa0c55ad015"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("api_key=sk_live_51H8xYzAbCdEf0123GhIjKlMn", "sk_live_51H8xYzAbCdEf0123GhIjKlMn"),
        (f'"apikey": "{LONG}"', LONG),
        ("secret: wJalrXUtnFEMI/K7MDENG/bPxRfiCYQ8ZKEq", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYQ8ZKEq"),
        ("&access_token=ya29.a0AfH6SMBx7Qz_k-3vT9&x=1", "ya29.a0AfH6SMBx7Qz_k-3vT9"),
        ("X-Api-Key: 6781b04d-7b5f-4c1a-bceb-b953e6ef70d7", "6781b04d-7b5f-4c1a-bceb-b953e6ef70d7"),
        ("CLIENT_SECRET='Zx9Kq2LmP0vB7tRw'", "Zx9Kq2LmP0vB7tRw"),
        ("your api key is Zx9Kq2LmP0vB7tRw", "Zx9Kq2LmP0vB7tRw"),
    ],
)
def test_a_key_is_known_by_its_name(text, value):
    assert found(text) == [(KEY, value)]


@pytest.mark.parametrize(
    "name", ["api_key", "apiKey", "secret", "oauth.client_secret", "headers.x-api-key", "access_token"]
)
def test_the_name_of_a_field_is_one(name):
    assert found(LONG, name) == [(KEY, LONG)]


@pytest.mark.parametrize("name", ["etag", "checksum", "secretary", "keyboard", "id"])
def test_another_name_is_none(name):
    assert values(KEY, LONG, name) == values(KEY, f"{name}={LONG}") == []


@pytest.mark.parametrize(
    "value",
    [
        "YOUR_API_KEY",
        "YOUR_API_KEY_GOES_HERE_123",
        "xxxxxxxxxxxxxxxxxxxxxxxx",
        "sk_test_xxxxxxxx12ab34cd56",
        "${API_KEY}",
        "$API_KEY_FROM_ENV_2024",
        "{{ secrets.API_KEY_2 }}",
        "process.env.API_KEY_V2",
        "<insert key 4 here>",
        "AKIAIOSFODNN7EXAMPLE",
        "correct-horse-battery-staple",
        "projects-prod-2024-database-v2",
        "getUserAccountTokenFromStore2",
        "0000000000000000000000000000",
        "null",
    ],
)
def test_a_sample_a_variable_or_words_are_no_key(value):
    for text in (f"api_key={value}", f'"secret": "{value}"', f"access_token: {value}"):
        assert values(KEY, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "the access token expired for request 6781b04d-7b5f-4c1a-bceb-b953e6ef70d7",
        "mounted /var/run/secrets/kubernetes.io/serviceaccount",
        "grant=client_secret_basic",
    ],
)
def test_a_line_that_speaks_of_keys_holds_none_by_that(text):
    assert values(KEY, text) == []
