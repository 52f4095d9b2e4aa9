"""An HTTP request as pieces of content: what its address, headers, cookies and body say, each value by its name."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from comity.identify.bodies import add_body
from comity.identify.nested import MOST_PIECES, Pieces

#: Headers about the message and the connection, and what every browser sends alike.
_NOT_CONTENT = re.compile(
    r"(?:accept|access-control|content|if|proxy-connection|sec|upgrade)(?:-.*)?|alt-used|cache-control|connection|date"
    r"|dnt|expect|host|keep-alive|origin|pragma|priority|range|save-data|te|trailer|transfer-encoding|via"
    r"|x-requested-with|:.*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Request:
    """A request as it was sent; ``cookies`` are those that no header holds, ``media`` the type where none names it."""

    url: str
    headers: Sequence[tuple[str, str]] = ()
    cookies: Sequence[tuple[str, str]] = ()
    body: bytes | str = b""
    media: str = ""


def pieces_of(request: Request) -> Pieces:
    """The content of a request: of its address, its headers and cookies, and its body."""
    pieces = Pieces()
    if not pieces.url(request.url):
        pieces.add("", request.url, "url")
    for name, value in request.headers:
        add_header(pieces, name, value)
    for name, value in request.cookies:
        pieces.add(name, unquote(value), "cookie")
    if request.body:
        media = header(request, "content-type") or request.media
        add_body(pieces, request.body, media, header(request, "content-encoding"))
    return pieces


def header(request: Request, name: str) -> str:
    """The value of a header, '' without one."""
    return next((value for key, value in request.headers if key.lower() == name), "")


def add_header(pieces: Pieces, name: str, value: str) -> None:
    """Add what a header says, unless it is about the message or the connection alone."""
    key = name.strip().lower()
    if key == "cookie":
        for cookie in value.split(";", MOST_PIECES):
            named, _, content = cookie.strip().partition("=")
            pieces.add(named if content else "", unquote(content or named), "cookie")
    elif key in ("authorization", "proxy-authorization"):
        _add_credentials(pieces, key, value)
    elif key == "user-agent":
        # Every request has one: that it is there tells nothing of anyone, what an app wrote into it may.
        pieces.add("", value, "header")
    elif not _NOT_CONTENT.fullmatch(key):
        pieces.add(key, value, "header")


def _add_credentials(pieces: Pieces, name: str, value: str) -> None:
    """The name and the password of the scheme `Basic`, the token of any other."""
    scheme, _, token = value.strip().partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(token).decode("utf-8", "replace").partition(":")
        except ValueError:
            pass
        else:
            pieces.add("username", user, "header")
            pieces.add("password", password, "header")
            return
    pieces.add(name, token or scheme, "header")
