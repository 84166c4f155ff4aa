"""URLs as sources build them, and as their answers state them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_CHARS = 2000
# Blanks, controls and backslashes are read differently by different parsers of URLs.
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\\]")


def build_url(base: str, path: str = "", parameters: Mapping[str, str] | None = None) -> str:
    """``base`` with a path as it stands and parameters that are escaped here, in their order."""
    query = f"?{urlencode(parameters)}" if parameters else ""
    return f"{base.rstrip('/')}{path}{query}"


def path_part(identifier: str) -> str | None:
    """An identifier escaped to stand in a path, its slashes kept; ``None`` where it would step out of its folder.

    >>> path_part("DOI:10.1000/a#b"), path_part("10.1000/../x")
    ('DOI:10.1000/a%23b', None)
    """
    if any(part in {"", ".", ".."} for part in identifier.split("/")):
        return None
    return quote(without_controls(identifier), safe="/:()")


def without_controls(text: str) -> str:
    """``text`` less C0 and C1 controls, which no identifier holds."""
    return "".join(c for c in text if c.isprintable())


def web_url(url: str | None) -> str | None:
    """``url`` where it is a plain http(s) address of a host, else ``None``: such links are never followed.

    >>> web_url("https://example.org/a.pdf"), web_url("file:///etc/passwd"), web_url("https://a@b.org/")
    ('https://example.org/a.pdf', None, None)
    """
    if not url or len(url) > _MAX_CHARS or _UNSAFE.search(url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:  # an address in brackets that is none
        return None
    if parts.scheme not in {"http", "https"} or not host or "@" in parts.netloc:
        return None
    return url
