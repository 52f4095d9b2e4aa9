"""What money is paid with: payment cards and bank accounts."""

from __future__ import annotations

import re

from stdnum import bic, iban, luhn

from comity.identify.model import Detector

_CARD = (
    r"card|\bpan\b|\bvisa\b|master|\bamex\b|credit|debit|payment|\bcc\b|卡|thẻ|карт|tarjeta|karte|carte|cartão|kartu"
    r"|บัตร|カード|카드"
)

#: First digits and lengths that issuers of cards were given.
_ISSUERS = re.compile(
    r"4\d{12}(?:\d{3})?(?:\d{3})?"  # Visa
    r"|(?:5[1-5]\d{4}|222[1-9]\d{2}|22[3-9]\d{3}|2[3-6]\d{4}|27[01]\d{3}|2720\d{2})\d{10}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|3(?:0[0-59]|[689]\d)\d{11}"  # Diners Club
    r"|(?:6011|64[4-9]\d|65\d{2})\d{12}"  # Discover
    r"|(?:62|81)\d{14}(?:\d{3})?"  # UnionPay
    r"|35(?:2[89]|[3-8]\d)\d{12}"  # JCB
    r"|220[0-4]\d{12}(?:\d{3})?"  # Mir
    r"|(?:50|5[6-9]|6[0-9])\d{10,17}"  # Maestro, RuPay
)


#: In one, in groups of four, or as American Express and Diners Club print it; whatever else is so long isn't.
_WRITTEN = r"[2-68]\d{3}(?:\d{9,15}|(?:[ \-]\d{4}){2,3}(?:[ \-]?\d{1,3})?|[ \-]\d{6}[ \-]\d{4,5})"


def _is_card(value: str) -> bool:
    number = value.replace(" ", "").replace("-", "")
    return len(set(number)) > 1 and bool(_ISSUERS.fullmatch(number)) and bool(luhn.is_valid(number))


DETECTORS = (
    Detector(
        "payment-card",
        "PaymentCardNumber",
        _WRITTEN,
        _is_card,
        alone=0.85,
        digits=(14, 15, 16),
        context=_CARD,
    ),
    # Lengths that few cards have, and many other numbers.
    Detector(
        "payment-card-long",
        "PaymentCardNumber",
        _WRITTEN,
        _is_card,
        alone=0.3,
        near=0.9,
        digits=(13, 17, 18, 19),
        context=_CARD,
    ),
    Detector(
        "iban",
        "BankAccount",
        r"[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]){11,30}",
        lambda value: bool(iban.is_valid(value)),
        alone=0.95,
    ),
    Detector(
        "bic",
        "BankAccount",
        r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?",
        lambda value: bool(bic.is_valid(value)),
        alone=0.2,
        near=0.6,
        context=r"\bbic\b|swift",
    ),
)
