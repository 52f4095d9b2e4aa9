"""What networks know of a person: addresses of the Internet and of network cards, and what proves a session.

Private, loopback and other reserved addresses are left out: by themselves they lead to nobody.
"""

from __future__ import annotations

import base64
import binascii
import string
from ipaddress import ip_address

from comity.identify.model import Detector

_BASE64URL = (string.ascii_letters + string.digits + "-_").encode()
_HEX = string.hexdigits.encode()
_ADDRESS = r"\bip\b|address|client|remote|\bpeer\b|forwarded|\bhost\b|地址|địa chỉ|адрес|dirección|adresse"


_PRIVATE = ("10.", "127.", "192.168.")
#: What follows no address: more of a version, or the size of a part of a network that doesn't end in zero.
_MORE = r"\.\d|-\w|/(?:2[5-9]|3[01])(?![\d/])"


def _is_public(value: str) -> bool:
    if value.startswith(_PRIVATE):  # Most of those in logs; the question below takes long.
        return False
    try:
        address = ip_address(value)
    except ValueError:
        return False
    # Versions of programs end in zeros; hosts don't.
    return address.is_global and not address.is_multicast and not value.endswith((".0", ".255"))


def _is_network_card(value: str) -> bool:
    """A card's own address: neither that of a group nor one made of few digits, as masks and samples are.

    Without any letter it is rather a time or a date.
    """
    digits = value.translate(str.maketrans("", "", ":-.")).lower()
    return not int(digits[:2], 16) & 1 and len(set(digits)) > 3 and not digits.isdecimal()


def _is_token(value: str) -> bool:
    header = value.partition(".")[0]
    try:
        return b'"alg"' in base64.urlsafe_b64decode(header + "=" * (-len(header) % 4))
    except (ValueError, binascii.Error):
        return False


def _is_random(value: str) -> bool:
    """What nobody would have written: many different characters, digits among them."""
    return len(set(value)) >= 8 and any(map(str.isdigit, value)) and any(map(str.isalpha, value))


def _is_no_version(value: str) -> bool:
    """Whether an address has a part above 99: that of few versions, and of all but two addresses in a hundred."""
    return _is_public(value) and max(map(int, value.split("."))) > 99


DETECTORS = (
    Detector(
        "ipv4",
        "IPAddress",
        r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)",
        _is_no_version,
        alone=0.85,
        context=_ADDRESS,
        longest=15,
        letters=b"0123456789.",
        # A longer number in dots, or the version of a program: `Chrome/99.0.4844.51`.
        unless_before=r"\d\.|[A-Za-z]/|\w-",
        unless_after=_MORE,
    ),
    Detector(
        "ipv4-low",
        "IPAddress",
        r"(?:[1-9]?\d\.){3}[1-9]?\d",
        _is_public,
        alone=0.3,
        near=0.85,
        context=_ADDRESS,
        longest=11,
        letters=b"0123456789.",
        unless_before=r"\d\.|[A-Za-z]/|\w-",
        unless_after=_MORE,
    ),
    Detector(
        "ipv6",
        "IPAddress",
        r"[23][0-9A-Fa-f]{3}:[0-9A-Fa-f:]{2,33}[0-9A-Fa-f]",
        _is_public,
        alone=0.9,
        longest=40,
        letters=_HEX + b":",
        unless_before=":",
        unless_after=":",
    ),
    Detector(
        "mac-address",
        "MACAddress",
        r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}",
        _is_network_card,
        alone=0.85,
        context=r"\bmac\b|bssid|ethernet|hwaddr|wlan|wifi",
        longest=17,
        letters=_HEX + b":-.",
        # Pairs of hex digits go on: a digest.
        unless_before="[:.-]",
        unless_after=r"[:\-][0-9A-Fa-f]|\.[0-9A-Fa-f]{4}",
    ),
    Detector(
        "json-web-token",
        "Authenticating",
        r"eyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]{2,}\.[A-Za-z0-9_\-]{0,1024}",
        _is_token,
        alone=0.95,
        longest=8192,
        letters=_BASE64URL + b".",
    ),
    Detector(
        "bearer-token",
        "Authenticating",
        r"[A-Za-z0-9_\-.~+/=]{16,4096}",
        _is_random,
        lead=r"[Bb]earer ",
        longest=4200,
        letters=_BASE64URL + b".~+/= ",
    ),
    Detector(
        "session-id",
        "UID",
        r"[A-Za-z0-9_\-%.]{16,256}",
        _is_random,
        lead=(
            r"(?:(?i:jsessionid|phpsessid|asp\.net_sessionid|connect\.sid|session[_\-]?(?:id|token|key)|sess(?:id|ion)"
            r"|\bsid|_ga|_gid|_fbp|_gcl_au|visitor[_\-]?id|client[_\-]?id|device[_\-]?id|cookie[_\-]?id|anonymous[_\-]?id))"
            r"""["']?\s?[=:]\s?["']?"""
        ),
        alone=0.8,
        longest=320,
    ),
)
