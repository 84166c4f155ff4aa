"""What an answer means by its status and its first words: the rules that all hosts share. Pure."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from synthesis.network.messages import Trouble

if TYPE_CHECKING:
    from synthesis.network.messages import Response

EXCERPT_CHARS = 200
MAX_WAIT_SECONDS = 86_400.0
# A host that wants to be left alone for so long says that a budget is used up, not that it is busy.
_SPENT_SECONDS = 3600.0


def diagnose_http(title: str, response: Response, now: datetime) -> Trouble | None:
    """What is wrong with an answer of the host ``title``; ``None`` when nothing is.

    By status: 429 that asks for an hour or more is a spent budget; other 429 and 5xx are busy; 401 and 403 speak of
    access; any other than 200 is refused. An answer under 200 that says that it is JSON, or was asked for as JSON alone,
    must be JSON: HTML in its place (a login page, a firewall's) is refused, a damaged text may be asked for again.
    """
    status = response.status
    words = f"{title} answered HTTP {status}: {excerpt(response.body)}"
    wait = parse_retry_after(response.headers.get("retry-after"), now)
    if status == 429 and wait is not None and wait >= _SPENT_SECONDS:
        return Trouble("spent", words, wait)
    if status == 429 or 500 <= status <= 599:
        return Trouble("busy", words, wait)
    if status in (401, 403):
        advice = "; if a key is set for it, that key may be wrong: correct it or unset it"
        return Trouble("refused", f"{title} refused access (HTTP {status}): {excerpt(response.body)}{advice}")
    if status != 200:
        return Trouble("refused", words)
    return _diagnose_json(title, response) if _is_to_be_json(response) else None


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds of a Retry-After header (a number or an HTTP date), within a day; ``None`` when it says nothing.

    >>> parse_retry_after("-5", datetime(2026, 1, 1, tzinfo=UTC))
    0.0
    """
    try:
        seconds = float(value or "nan")
    except ValueError:
        try:
            moment = parsedate_to_datetime(value or "")
        except (ValueError, OverflowError):
            return None
        seconds = ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now) / timedelta(seconds=1)
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), MAX_WAIT_SECONDS)


def excerpt(body: bytes) -> str:
    """The first 200 characters of a body, printable and on one line."""
    text = " ".join(body[: 8 * EXCERPT_CHARS].decode("utf-8", errors="replace").split())
    text = "".join(c if c.isprintable() else "�" for c in text)
    return text[:EXCERPT_CHARS] or "(an empty answer)"


def read_json(body: bytes) -> Any:
    """The value of a JSON text in UTF-8, -16 or -32, with or without a byte order mark.

    Raises:
        ValueError: it is no JSON, is cut short, or is nested too deep.
    """
    try:
        return json.loads(body)
    except RecursionError:
        raise ValueError("the JSON is nested too deep") from None


def _is_to_be_json(response: Response) -> bool:
    kind = response.content_type
    return kind == "application/json" or kind.endswith("+json") or response.accept == "application/json"


def _diagnose_json(title: str, response: Response) -> Trouble | None:
    try:
        read_json(response.body)
    except ValueError:  # UnicodeDecodeError and JSONDecodeError are
        if response.body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            return Trouble(
                "refused", f"{title} sent a page where JSON was expected: {excerpt(response.body)}"
            )
        return Trouble("busy", f"{title} sent damaged JSON: {excerpt(response.body)}")
    return None
