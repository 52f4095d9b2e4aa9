"""Where someone is, precisely: pairs of coordinates, and single ones whose name says what they are."""

from __future__ import annotations

import re

from comity.identify.model import Detector

_LATITUDE = r"-?[1-8]?\d\.\d"
_LONGITUDE = r"-?(?:1[0-7]|[1-9])?\d\.\d"
_PLACES = (
    r"\blat(?:itude)?s?\b|\blng\b|\blon\b|longitude|\bcoord|\bgps\b|location|position|\bgeo|坐标|经纬|位置|tọa độ"
    r"|vị trí|координат|широт|долгот|геопозиц|coordenada|ubicaci|latitud|breitengrad"
    r"|längengrad|koordinat|พิกัด|緯度|経度|위도|경도"
)


def _varies(value: str) -> bool:
    """Whether the decimals of each number are measured, no round ones."""
    return all(len(set(decimals)) > 1 for decimals in re.findall(r"\.(\d+)", value))


def _is_far(value: str) -> bool:
    """Whether a pair lies away from zero, where weights, scores and shares of one are."""
    sizes = [float(number) for number in re.findall(r"\d+\.\d+", value)]
    return _varies(value) and min(sizes) >= 1 and max(sizes) >= 10


_PAIR = rf"{_LATITUDE}{{4,15}}(?:°)?[NS]?\s{{0,2}}[,;]\s{{0,2}}{_LONGITUDE}{{4,15}}(?:°)?[EW]?"

DETECTORS = (
    Detector(
        "coordinates-near-zero",
        "GPSCoordinate",
        _PAIR,
        _varies,
        alone=0.3,
        near=0.9,
        context=_PLACES,
        unless_before=r"\d[,;] |[\d.]\d[,;]",
        unless_after=r",\s?-?\d|\.\d",
    ),
    Detector(
        "coordinates",
        "GPSCoordinate",
        _PAIR,
        _is_far,
        alone=0.7,
        near=0.95,
        context=_PLACES,
        # One of many, as in a drawing: `M 21.0285,33.8578 L 22.0191,45.1534`. Those of a route need a word for it.
        unless_before=r"[\s\S]{2}\d[,;] |[\s\S]{2}[\d.]\d[,;]|\d{4} |[\s\S]{2}[^A-Za-z][MmLlCcSsQqTt] ",
        unless_after=r",\s?-?\d|\.\d|\s{1,2}[A-Za-z]?\s?-?\d{0,3}\.\d",
    ),
    Detector(
        "geo-uri",
        "GPSCoordinate",
        r"-?\d{1,2}\.\d{3,15},-?\d{1,3}\.\d{3,15}",
        lead="geo:",
        alone=0.95,
    ),
    Detector(
        "iso-6709",
        "GPSCoordinate",
        r"[+\-]\d{2}\.\d{4,8}[+\-][01]\d{2}\.\d{4,8}(?:[+\-]\d{1,5}(?:\.\d{1,3})?)?/",
        alone=0.9,
    ),
    Detector(
        "coordinate",
        "GPSCoordinate",
        rf"{_LONGITUDE}{{4,15}}",
        _varies,
        alone=0.2,
        near=0.9,
        context=(
            r"\blat(?:itude)?\b|\blng\b|\blon\b|\blong\b|longitude|纬度|经度|vĩ độ|kinh độ|широт|долгот"
            r"|latitud|longitud|breitengrad|längengrad|ละติจูด|ลองจิจูด|緯度|経度|위도|경도"
        ),
        longest=20,
        letters=b"0123456789.-",
        unless_before=r"\d[.\-]",
        unless_after=r"\.\d",
    ),
)
