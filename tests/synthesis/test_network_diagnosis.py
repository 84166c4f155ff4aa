"""What an answer means by its status and its first words."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.network.diagnosis import diagnose_http, excerpt, parse_retry_after
from synthesis.network.messages import Response

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def _response(status: int, body: bytes = b"{}", accept: str = "application/json", **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, body, named, "https://api.example/", accept=accept)


@given(
    st.none()
    | st.text()
    | st.integers().map(str)
    | st.floats().map(str)
    | st.datetimes().map(format_datetime)
    | st.datetimes(timezones=st.timezones()).map(format_datetime)
)
def test_wait_that_is_asked_for_is_bounded(value: str | None) -> None:
    """Case 4: whatever the header says, the wait is unknown or lies between nothing and a day."""
    wait = parse_retry_after(value, NOW)
    assert wait is None or 0 <= wait <= 86_400


@pytest.mark.parametrize(
    ("status", "retry_after", "kind", "wait"),
    [
        (429, "", "busy", None),
        (429, "30", "busy", 30.0),
        (429, "3599", "busy", 3599.0),
        (429, "3600", "spent", 3600.0),
        (429, "1e9", "spent", 86_400.0),
        (500, "", "busy", None),
        (503, "7200", "busy", 7200.0),
        (599, "", "busy", None),
        (400, "", "refused", None),
        (401, "", "refused", None),
        (403, "", "refused", None),
        (404, "", "refused", None),
        (204, "", "refused", None),
        (302, "", "refused", None),
        (304, "", "refused", None),
    ],
)
def test_status_tells_the_kind(status: int, retry_after: str, kind: str, wait: float | None) -> None:
    """Cases 3 and 13: a 429 for an hour or more is a spent budget; 429 and 5xx are busy; the rest is refused."""
    trouble = diagnose_http("Owls", _response(status, b"words", retry_after=retry_after), NOW)
    assert trouble is not None
    assert (trouble.kind, trouble.wait_seconds) == (kind, wait)
    assert trouble.message.startswith("Owls ")
    assert f"HTTP {status}" in trouble.message
    assert ": words" in trouble.message


@pytest.mark.parametrize(
    ("body", "accept", "kind_of_body", "trouble"),
    [
        (b"{}", "application/json", "", None),
        (b"\xef\xbb\xbf{}", "application/json", "", None),
        (b"<html>", "application/json", "text/html", "refused"),
        (b" \n<!DOCTYPE html>", "*/*", "application/json; charset=utf-8", "refused"),
        (b"<html>", "*/*", "text/html", None),
        (b"%PDF-1.7", "*/*", "application/pdf", None),
        (b'{"a":', "application/json", "", "busy"),
        (b"\xff\xfe\xff", "*/*", "application/problem+json", "busy"),
        (b"", "application/json", "", "busy"),
    ],
)
def test_json_must_be_json(body: bytes, accept: str, kind_of_body: str, trouble: str | None) -> None:
    """Cases 10 and 14: where JSON was asked for or promised, a page is refused and a damaged text may come again."""
    found = diagnose_http("Owls", _response(200, body, accept, content_type=kind_of_body), NOW)
    assert (found and found.kind) == trouble


@given(st.binary())
def test_excerpts_are_short_and_printable(body: bytes) -> None:
    """Case 10: an excerpt is one printable line of at most 200 characters, whatever the body holds."""
    assert excerpt(body).isprintable()
    assert 0 < len(excerpt(body)) <= 200


@given(st.integers(100, 599), st.binary(), st.text(), st.text())
def test_every_answer_is_diagnosed(status: int, body: bytes, wait: str, kind_of_body: str) -> None:
    """No answer makes the diagnosis fail."""
    trouble = diagnose_http("Owls", _response(status, body, retry_after=wait, content_type=kind_of_body), NOW)
    assert (trouble is None) == (status == 200 and trouble is None)
