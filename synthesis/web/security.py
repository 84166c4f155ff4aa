"""Who may speak to the server at all: hosts, origins, and the headers that every answer bears.

A page on the user's own machine is reachable from every web site that the user visits, by a form, an image, a script
or a name that turns to 127.0.0.1 (DNS rebinding). So a request is looked at before any route sees it:

1. its Host, and the authority of an absolute-form target, must be one of the server's own names with its port (421);
2. an ``Origin``, where there is one, must be the server's own, and ``null`` is none; what another site's page loads
   (``Sec-Fetch-Site``) is refused unless it is a plain navigation, which a strict cookie then finds without a session;
3. what changes something must say where it comes from, and be one of the two encodings of forms (403, 415).

Sources: RFC 9112 section 3.2 (Host, target), RFC 9110 section 15.5.20 (421), the Fetch standard ("append a request
Origin header"), and W3C's Fetch Metadata.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SAFE_METHODS = frozenset({"GET", "HEAD"})
FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
MAX_HEADER_BYTES = (
    16 << 10
)  # all of a request's headers together; h11 bounds what is still incomplete the same way
_HTTP_PORT = 80

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# Not "no-referrer": it makes browsers send "Origin: null" with the page's own forms, and null is refused here.
# Under "same-origin" nothing goes to other sites, and no address of this server holds the token for longer than
# the redirect that spends it, which is itself sent with "no-referrer".
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cache-control", b"no-store"),  # unless the answer says otherwise
)


LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


class Refusal(NamedTuple):
    """Why a request is not served: the status of the answer, and the reason in a few words (for the log and tests)."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Names:
    """The authorities (host:port, in lower case) by which the server may be called."""

    port: int
    hosts: frozenset[str] = LOOPBACK_NAMES
    remote: bool = False  # also the address by which a request came in
    authorities: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "authorities", frozenset(a for h in self.hosts for a in self._of(h)))

    def _of(self, host: str) -> tuple[str, ...]:
        return (f"{host}:{self.port}", host) if self.port == _HTTP_PORT else (f"{host}:{self.port}",)

    def know(self, authority: str, server: Sequence[object] | None) -> bool:
        """Whether ``authority`` is one of the names; ``server`` is the (address, port) that a request came in by.

        A name that turns to this machine's address is not among them, so a rebound name never is.
        """
        if authority.lower() in self.authorities:
            return True
        return self.remote and bool(server) and authority.lower() in self._of(bracketed(str(server[0])))  # type: ignore[index]


def bracketed(address: str) -> str:
    """An address as it stands in a Host header.

    >>> bracketed("::1"), bracketed("127.0.0.1")
    ('[::1]', '127.0.0.1')
    """
    return f"[{address}]" if ":" in address else address


def authority_of(target: str) -> str | None:
    """The authority of an absolute-form request target; ``None`` when it is none.

    >>> authority_of("http://evil.example:80/runs?q=1"), authority_of("/runs")
    ('evil.example:80', None)
    """
    scheme, separator, rest = target.partition("://")
    if not separator or scheme.lower() not in {"http", "https"}:
        return None
    return rest.partition("/")[0].partition("?")[0]


def refusal_of_host(
    host: str | None, target: str, names: Names, server: Sequence[object] | None
) -> Refusal | None:
    """Whether a request is meant for this server at all."""
    if host is None or not names.know(host, server):
        return Refusal(421, "host")
    if target.startswith("/"):
        return None
    authority = authority_of(target)
    if authority is None:
        return Refusal(400, "target")
    return None if names.know(authority, server) else Refusal(421, "target")


def refusal_of_origin(method: str, headers: Mapping[str, str]) -> Refusal | None:
    """Whether a request comes from somewhere that may send it; ``headers`` by name in lower case, Host checked."""
    own = f"http://{headers['host']}".lower()
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin is not None and origin.lower() != own:
        return Refusal(403, "origin")
    if method not in SAFE_METHODS:
        return None if origin is not None and site in {None, "same-origin"} else _of_unnamed(origin, site)
    if site in {None, "same-origin", "none"} or headers.get("sec-fetch-mode") == "navigate":
        return None
    return Refusal(403, "site")


def _of_unnamed(origin: str | None, site: str | None) -> Refusal | None:
    """A change without an Origin: only where the browser itself vouches for it."""
    return None if origin is None and site in {"same-origin", "none"} else Refusal(403, "origin")


def refusal_of_body(method: str, headers: Mapping[str, str]) -> Refusal | None:
    """Whether a change is sent as a form; anything else, text/plain above all, is not what the pages send."""
    if method in SAFE_METHODS:
        return None
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return None if kind in FORM_TYPES else Refusal(415, "content type")
