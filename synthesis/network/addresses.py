"""Which addresses may be asked: URLs read in one way only, hosts resolved once, and every address public.

Links come from databases and from papers, so they are hostile: a URL that two parsers could read differently, a host
that is a loopback or private address in disguise, and any scheme but http and https are refused. What is connected to
is the address that was checked, so a name that changes its address in between gains nothing.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote, urljoin

import idna

from synthesis.errors import SourceRefusedError, SourceUnavailableError
from synthesis.network.clockwork import call_within

Resolve: TypeAlias = Callable[[str, int], Sequence[str]]  # host, port → addresses; raises OSError
RESOLVE_SECONDS = 4.0
_MAX_URL_CHARS = 4096
_MAX_ADDRESSES = 3  # of one name, tried in order
_SHOWN_CHARS = 120
_DEFAULT_PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"(https?)://([^/?#]*)([^#]*)(?:#.*)?", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::([0-9]{1,5}))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# Kept as they are in a path or query (RFC 3986: reserved, unreserved and %); the rest is escaped.
_PATH_SAFE = "/%?:@!$&'()*+,;=-._~[]"
# Scripts whose letters can be taken for Latin ones (Unicode TR 39).
_LOOK_ALIKES = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC")


class AddressRefusedError(SourceRefusedError):
    """A URL that is not asked, whatever it holds."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL, taken apart; ``host`` in ASCII and lower case, an IPv6 address without its brackets."""

    scheme: str
    host: str
    port: int
    path: str  # with the query, escaped; begins with "/"

    @property
    def netloc(self) -> str:
        """Host and, where it is not the scheme's own, port, as in a Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL put together again."""
        return f"{self.scheme}://{self.netloc}{self.path}"

    def origin_at(self, address: str | None) -> str:
        """Scheme, host and port, with an IP address in place of the host's name where one is given."""
        host = self.host if address is None else address
        return f"{self.scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    def join(self, location: str) -> Target:
        """Where a redirect from here leads. Raises ``AddressRefusedError`` as ``parse_target``."""
        if _has_blank_or_control(location):
            raise _refused(location, "holds control characters or a backslash")
        try:
            return parse_target(urljoin(self.url, location))
        except ValueError:  # brackets that hold no address
            raise _refused(location, "is no URL") from None


def parse_target(url: str) -> Target:
    """Take an http(s) URL apart, in the one way that every parser agrees on.

    Raises:
        AddressRefusedError: another scheme, a user's name, a backslash, blanks or control characters, a host that is
            no plain name or address, or a port that is none.
    """
    if len(url) > _MAX_URL_CHARS:
        raise _refused(url, f"is longer than {_MAX_URL_CHARS} characters")
    if _has_blank_or_control(url):
        raise _refused(url, "holds control characters or a backslash")
    match = _URL.fullmatch(url)
    if match is None:
        raise _refused(url, "is not http or https")
    scheme, authority, rest = match[1].lower(), match[2], match[3]
    if "@" in authority:
        raise _refused(url, "names a user before its host")
    parts = _AUTHORITY.fullmatch(authority)
    host = _plain_host(parts[1]) if parts else None
    if parts is None or host is None:
        raise _refused(url, "names no plain host")
    port = int(parts[2]) if parts[2] else _DEFAULT_PORTS[scheme]
    path = quote(rest, safe=_PATH_SAFE, errors="replace")
    return Target(scheme, host, port, path if path.startswith("/") else f"/{path}")


class AddressGate:
    """Lets through URLs of public hosts on ports 80 and 443.

    ``resolve`` gives the addresses of a host; ``allow`` holds pairs of host and port that are asked wherever they lie,
    as tests do with loopback.
    """

    def __init__(
        self, resolve: Resolve | None = None, allow: frozenset[tuple[str, int]] = frozenset()
    ) -> None:
        self._resolve = resolve or resolve_host
        self._allow = allow

    def check(self, target: Target) -> None:
        """Refuse what can be told without resolving the name: ports, local names, addresses that are not public.

        Raises:
            AddressRefusedError: as said.
        """
        if self._is_allowed(target):
            return
        if target.port not in _DEFAULT_PORTS.values():
            raise _refused(target.url, f"names port {target.port}; only 80 and 443 are asked")
        if _is_address(target.host):
            self._check_addresses(target, [target.host])
        elif "." not in target.host:
            raise _refused(target.url, "names a host of the local network")

    def addresses(self, target: Target) -> tuple[str, ...]:
        """The addresses of the target's host, to be connected to in this order; the name is resolved once.

        Raises:
            AddressRefusedError: as ``check``, or one of the addresses is not public.
            SourceUnavailableError: the name has no address, or none came in time.
        """
        self.check(target)
        found = (target.host,) if _is_address(target.host) else self._resolved(target)
        if not self._is_allowed(target):
            self._check_addresses(target, found)
        return tuple(dict.fromkeys(found))[:_MAX_ADDRESSES]

    def _is_allowed(self, target: Target) -> bool:
        return (target.host, target.port) in self._allow

    def _resolved(self, target: Target) -> Sequence[str]:
        host = target.host
        try:
            found = call_within(RESOLVE_SECONDS, lambda: self._resolve(host, target.port))
        except TimeoutError:
            raise SourceUnavailableError(
                f"{host}: its name was not resolved within {RESOLVE_SECONDS:g} s: no network?"
            ) from None
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise SourceUnavailableError(f"{host} cannot be reached ({reason}): no network?") from None
        if not found:
            raise SourceUnavailableError(f"{host} cannot be reached (its name has no address): no network?")
        return found

    def _check_addresses(self, target: Target, addresses: Sequence[str]) -> None:
        for address in addresses:
            if not is_public(address):
                raise _refused(target.url, f"leads to {address}, which is not a public address")


def resolve_host(host: str, port: int) -> list[str]:
    """The addresses of ``host`` as the system gives them, the preferred first. Raises ``OSError``."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, also by the IPv4 address that it may carry inside.

    >>> is_public("93.184.215.14"), is_public("::ffff:10.0.0.1"), is_public("169.254.169.254")
    (True, False, False)
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if not ip.is_global or ip.is_multicast or ip.is_reserved:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return True
    if ip.is_site_local or ip.scope_id is not None:
        return False
    inner = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]  # those of NAT64 lie in reserved ::/8
    return all(is_public(str(one)) for one in inner if one is not None)


def _plain_host(text: str) -> str | None:
    """A host name in ASCII, or a plain IP address; ``None`` for what could be taken for another."""
    if text.startswith("["):
        return _address(text[1:-1], ipaddress.IPv6Address)
    host = text.lower()
    last = host.rpartition(".")[2]
    if last.isdigit() or last.startswith("0x"):  # 127.1, 2130706433, 0x7f.1: browsers read them as addresses
        return _address(host, ipaddress.IPv4Address)
    labels = host.split(".")
    if not all(map(_is_plain_label, labels)) or not _is_of_one_look(labels):
        return None
    try:
        ascii_host = host if host.isascii() else idna.encode(host, strict=True).decode()
    except (idna.IDNAError, UnicodeError):
        return None
    return (
        ascii_host if len(ascii_host) <= 253 and all(map(_LABEL.fullmatch, ascii_host.split("."))) else None
    )


def _address(text: str, kind: Callable[[str], ipaddress.IPv4Address | ipaddress.IPv6Address]) -> str | None:
    try:
        return str(kind(text))
    except ValueError:
        return None


def _is_address(host: str) -> bool:
    return ":" in host or host.rpartition(".")[2].isdigit()


def _is_plain_label(label: str) -> bool:
    if label.isascii():
        return _LABEL.fullmatch(label) is not None
    return all(unicodedata.category(c)[0] in "LMN" or c == "-" for c in label)


def _is_of_one_look(labels: Sequence[str]) -> bool:
    """Whether no label can pass for a Latin one: letters of one script, and look-alikes only in names all of theirs."""
    try:
        shown = [idna.decode(label) if label.startswith("xn--") else label for label in labels]
    except (idna.IDNAError, UnicodeError):
        return False
    scripts = [{_script(c) for c in label if c.isalpha()} for label in shown]
    everywhere = set().union(*scripts)
    looks = everywhere & set(_LOOK_ALIKES)
    mixed = any("LATIN" in one and len(one) > 1 for one in scripts)
    return not mixed and (not looks or len(everywhere) == 1)


def _script(letter: str) -> str:
    """The first word of a letter's name, which is its script's."""
    return unicodedata.name(letter, "?").split()[0]


def _has_blank_or_control(url: str) -> bool:
    """Whether a URL holds what parsers drop or read differently; a blank within its path alone is escaped later."""
    head = url.partition("://")[2].partition("/")[0]
    return (
        "\\" in url
        or url != url.strip()
        or any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in url)
        or any(c.isspace() for c in head)
    )


def _refused(url: str, reason: str) -> AddressRefusedError:
    shown = "".join(c if c.isprintable() else "�" for c in url)
    if len(shown) > _SHOWN_CHARS:
        shown = shown[:_SHOWN_CHARS] + "…"
    return AddressRefusedError(f"the address {shown} is not asked: it {reason}")
