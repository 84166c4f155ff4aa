"""Keys: read from the environment, checked, and kept out of everything that is written down."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synthesis.network.messages import Secret

HIDDEN = "hidden-key"
_LEAST_CHARS = 4  # to hide a shorter value would blot out words that only look like it
_WIRE_LOGGERS = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
)


def key_from(environ: Mapping[str, str], name: str) -> str | None:
    """The key under ``name``, blanks and line ends around it taken off; ``None`` when there is none or it is blank.

    >>> key_from({"A_KEY": " abc\\n", "B_KEY": " "}, "A_KEY")
    'abc'
    """
    return environ.get(name, "").strip() or None


def is_sendable(secret: Secret) -> bool:
    """Whether a key can stand in a header or URL: printable ASCII without blanks."""
    return bool(secret.value) and all("!" <= c <= "~" for c in secret.value)


def with_secret(path: str, secret: Secret | None) -> str:
    """A path, with its query, with a secret of the query put in; others go into a header and leave it as it is."""
    if secret is None or secret.place != "query":
        return path
    return f"{path}{'&' if '?' in path else '?'}{urlencode({secret.name: secret.value})}"


def without_secret(url: str, secret: Secret | None) -> str:
    """``url`` less the secret, wherever it stands in it, as in a redirect that repeats the query."""
    if secret is None:
        return url
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    if secret.place == "query" and any(name == secret.name for name, _ in pairs):
        kept = [(name, value) for name, value in pairs if name != secret.name]
        url = urlunsplit(parts._replace(query=urlencode(kept)))
    return redact(url, secret)


def redact(text: str, secret: Secret | None) -> str:
    """``text`` with the secret, plain or escaped, replaced."""
    for form in _forms(secret):
        text = text.replace(form, HIDDEN)
    return text


def redact_bytes(data: bytes, secret: Secret | None) -> bytes:
    """``data`` with the secret, plain or escaped, replaced: hosts repeat keys in their answers."""
    for form in _forms(secret):
        data = data.replace(form.encode(), HIDDEN.encode())
    return data


def keep_wire_logs_silent() -> None:
    """Drop what httpx and httpcore log of each request: addresses with their query, and headers, keys included.

    Holds for the whole process, whatever level its loggers are set to; warnings pass.
    """
    for name in _WIRE_LOGGERS:
        logging.getLogger(name).addFilter(_is_warning)  # adding the same filter again changes nothing


def _is_warning(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


def _forms(secret: Secret | None) -> list[str]:
    """The ways in which a secret may be written, longest first."""
    if secret is None or len(secret.value) < _LEAST_CHARS:
        return []
    value = secret.value
    forms = {value, quote(value, safe=""), quote_plus(value), quote(value), json.dumps(value)[1:-1]}
    return sorted(forms, key=lambda form: (-len(form), form))
