"""Devices: the numbers of telephones and SIM cards, and the identifiers that advertising knows devices by.

A UUID or a hex digest alone is nothing: only a word for what it identifies makes it an identifier.
"""

from __future__ import annotations

import string

from stdnum import imei, imsi, luhn

from comity.identify.model import Detector

_UUID = r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"
_ADVERTISING = (
    r"\bidfa\b|\bidfv\b|\bgaid\b|\baaid\b|\badid\b|\boaid\b|\bifa\b|\brdid\b|advert[a-z]*[ _\-]?id|\bad id\b"
    r"|idforadvert|identifierforvendor|广告标识|广告id|рекламный идентификатор"
)
_DEVICE = (
    r"device[ _\-]?(?:uu)?id|installation[ _\-]?id|install[ _\-]?id|client[ _\-]?id|\bvisitor|\buser[ _\-]?id"
    r"|anonymous[ _\-]?id|hardware[ _\-]?id|machine[ _\-]?id|设备标识|设备id|mã thiết bị"
    r"|идентификатор устройства|\budid\b|distinct[ _\-]?id"
)
_ANDROID = r"android[ _\-]?id|\bssaid\b|device[ _\-]?id|\budid\b"


def _is_real(value: str) -> bool:
    """Not the identifier of those who forbade it, which is all zeros, nor another of few digits."""
    return len(set(value)) > 6


DETECTORS = (
    Detector(
        "imei",
        "UID",
        r"\d{2}[ \-]?\d{6}[ \-]?\d{6}[ \-]?\d",
        lambda value: len(set(value)) > 3 and bool(imei.is_valid(value)),
        alone=0.4,
        near=0.95,
        context=r"\bimei|设备号|串号|số imei|имей",
        digits=(15,),
        device=True,
    ),
    Detector(
        "imsi",
        "UID",
        r"\d{14,15}",
        lambda value: bool(imsi.is_valid(value)),
        alone=0.2,
        context=r"\bimsi",
        digits=(14, 15),
        device=True,
    ),
    Detector(
        "iccid",
        "UID",
        r"89[\d ]{17,22}",
        lambda value: bool(luhn.is_valid(value.replace(" ", ""))),
        alone=0.3,
        context=r"iccid|\bsim\b",
        digits=(19, 20),
        device=True,
    ),
    Detector(
        "meid",
        "UID",
        r"[A-Fa-f][0-9A-Fa-f]{13}",
        alone=0.2,
        near=0.85,
        context=r"\bmeid",
        longest=14,
        letters=string.hexdigits.encode(),
        device=True,
    ),
    Detector(
        "advertising-id",
        "UID",
        _UUID,
        _is_real,
        alone=0.2,
        near=0.95,
        context=_ADVERTISING,
        longest=36,
        letters=string.hexdigits.encode() + b"-",
        device=True,
    ),
    Detector(
        "device-id",
        "UID",
        _UUID,
        _is_real,
        alone=0.2,
        near=0.85,
        context=_DEVICE,
        longest=36,
        letters=string.hexdigits.encode() + b"-",
        device=True,
    ),
    Detector(
        "android-id",
        "UID",
        r"[0-9a-f]{16}",
        _is_real,
        alone=0.2,
        near=0.9,
        context=_ANDROID,
        longest=16,
        letters=string.hexdigits.encode(),
        device=True,
    ),
)
