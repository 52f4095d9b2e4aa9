"""Payment cards and bank accounts, and other long numbers."""

from __future__ import annotations

import pytest
from scanning import found, values

CARD, ACCOUNT = "PaymentCardNumber", "BankAccount"


@pytest.mark.parametrize(
    "value",
    ["4539578763621486", "4539 5787 6362 1486", "4539-5787-6362-1486", "5213591727586604", "371449635398431"],
)
def test_a_card_is_found_as_it_is_written(value):
    assert found(f"charge {value} please") == [(CARD, value)]


@pytest.mark.parametrize(
    "text",
    [
        "4539578763621487",  # no valid check digit
        "9539578763621485",  # nobody issues it
        "4444444444444444",
        "order 4539578763621486",
        "tracking: 4539 5787 6362 1486",
        "0.4539578763621486",
        "45395787636214861",
        "453957876 3621486",  # no card is printed so
        "eth0: 45395 78763 621486",
        "txn 4539578763621486",
        "4246366165601931557",  # as long as few cards are, and no word for one
    ],
)
def test_another_long_number_is_no_card(text):
    assert values(CARD, text) == []


def test_a_card_as_long_as_few_are_needs_a_word_for_it():
    assert values(CARD, "card 4246366165601931557") == ["4246366165601931557"]


def test_a_card_amid_other_columns_is_a_card():
    assert values(CARD, "MasterCard,5545634085461876,511,1/2020") == ["5545634085461876"]


@pytest.mark.parametrize("value", ["DE89370400440532013000", "GB29 NWBK 6016 1331 9268 19", "NL91ABNA0417164300"])
def test_an_account_with_its_check_digits_is_found(value):
    assert (ACCOUNT, value) in found(f"pay to {value}.")


@pytest.mark.parametrize(
    "value",
    ["de89370400440532013000", "de89 3704 0044 0532 0130 00", "no93 8601 1117 947", "AT61 1904 3002 3457 3201"],
)
def test_an_account_may_be_in_small_letters_and_words_may_follow_it(value):
    assert found(f"pay to {value} this week, or else") == [(ACCOUNT, value)]
    assert found(f"iban={value}") == [(ACCOUNT, value)]


@pytest.mark.parametrize(
    "text", ["de88370400440532013000", "at10 the show begins and it ends at12", "ab12 34cd 56ef 78ab 90"]
)
def test_words_and_hex_are_no_account(text):
    assert values(ACCOUNT, text) == []


def test_an_account_with_a_wrong_check_digit_is_none():
    assert values(ACCOUNT, "DE88370400440532013000") == []


def test_the_code_of_a_bank_needs_a_word_for_it():
    assert values(ACCOUNT, "BIC: DEUTDEFF500") == ["DEUTDEFF500"]
    assert values(ACCOUNT, "PASSWORD DEUTDEFF") == []


@pytest.mark.parametrize("number", ["4111111111111111", "4242 4242 4242 4242", "5555555555554444", "378282246310005"])
def test_the_numbers_that_everyone_tests_with_are_cards(number: str) -> None:
    assert values(CARD, f"card {number}") == [number]
