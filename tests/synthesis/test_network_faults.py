"""The client over real loopback HTTP: how long it waits, and all the ways in which hosts go wrong."""

from __future__ import annotations

import resource
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from loopback import (
    GOOD,
    SERVICE,
    FakeTime,
    LoopbackServer,
    bomb,
    chunks_without_end,
    cut_short,
    drip,
    drip_headers,
    reset,
    respond,
    stall,
    zipped,
)

from synthesis.errors import SourceRefusedError, SourceUnavailableError
from synthesis.network.errors import BudgetSpentError
from synthesis.network.messages import Request, Secret, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from loopback import Behaviour, FakeTime, LoopbackServer

    from synthesis.network.client import Client


def test_busy_is_waited_out(
    server: LoopbackServer, make: Callable[..., Client], fake: FakeTime, ask: Request
) -> None:
    """Case 1: refusals are waited out, doubled each time and for as long as the host asks; the answer lists them."""
    busy = [respond(b"slow down", 429), respond(b"slow down", 503), respond(b"x", 429, Retry_After="20")]
    server.script.extend(busy)
    service = replace(SERVICE, interval_seconds=3.0)
    answer = make().send(ask, service)
    assert answer.retries == (
        "Owls answered HTTP 429: slow down",
        "Owls answered HTTP 503: slow down",
        "Owls answered HTTP 429: x",
    )
    assert fake.slept == [3.0, 6.0, 20.0]
    assert server.most_at_once == 1


def test_busy_without_end_ends_at_the_deadline(
    server: LoopbackServer, make: Callable[..., Client], fake: FakeTime, ask: Request
) -> None:
    """Case 2: refusals without end give a typed error by the deadline; then nothing is asked for a minute."""
    server.route = respond(b"slow down", 429)
    client = make()
    with pytest.raises(SourceRefusedError, match=r"HTTP 429: slow down; asked 6 times within 60 s$"):
        client.send(ask, SERVICE)
    assert sum(fake.slept) <= 60
    asked = len(server.requests)
    with pytest.raises(SourceRefusedError, match=r"asked 6 times within 60 s \(not asked again so soon\)$"):
        client.send(replace(ask, url=f"{server.origin}/other"), SERVICE)
    assert len(server.requests) == asked
    client.send(ask, replace(SERVICE, name="another", diagnose=lambda *_: None))
    server.route = respond(GOOD)
    fake.seconds += 61
    assert client.send(ask, SERVICE).body == GOOD


def test_spent_budget_is_not_slept(
    server: LoopbackServer, make: Callable[..., Client], fake: FakeTime, ask: Request
) -> None:
    """Case 3: a budget that is spent for fifteen hours costs no sleep, and says until when."""
    fake.began = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    server.script.append(respond(b'{"error": "budget"}', 429, Retry_After="54000"))
    client = make()
    with pytest.raises(BudgetSpentError, match=r"quota spent until 00:00 UTC$") as caught:
        client.send(ask, SERVICE)
    assert caught.value.until == datetime(2026, 11, 22, tzinfo=UTC)
    assert fake.slept == []
    fake.seconds += 53_900
    with pytest.raises(
        BudgetSpentError, match=r"quota spent until 00:00 UTC \(not asked again so soon\)$"
    ) as caught:
        client.send(ask, SERVICE)
    assert caught.value.until == datetime(2026, 11, 22, tzinfo=UTC)
    assert len(server.requests) == 1
    fake.seconds += 101
    assert client.send(ask, SERVICE).body == GOOD


def test_spent_budget_without_a_time(
    server: LoopbackServer, make: Callable[..., Client], fake: FakeTime, ask: Request
) -> None:
    """Case 3: a budget that is spent until nobody says when is left alone for an hour."""
    service = replace(SERVICE, diagnose=lambda *_: Trouble("spent", "Owls: no more today"))
    client = make()
    with pytest.raises(BudgetSpentError, match=r"Owls: no more today; quota spent$") as caught:
        client.send(ask, service)
    assert caught.value.until is None
    fake.seconds += 3500
    with pytest.raises(BudgetSpentError, match="not asked again so soon"):
        client.send(ask, service)
    assert len(server.requests) == 1


def test_wait_past_the_deadline_is_not_slept(
    server: LoopbackServer, make: Callable[..., Client], fake: FakeTime, ask: Request
) -> None:
    """Case 3: a wait that would pass the deadline is not begun, and closes the service for as long."""
    server.script.append(respond(b"busy", 503, Retry_After="600"))
    client = make()
    with pytest.raises(SourceRefusedError, match=r"asked 1 time within 60 s, and it wants a wait of 600 s"):
        client.send(ask, SERVICE)
    assert fake.slept == []
    fake.seconds += 590
    with pytest.raises(SourceRefusedError, match="not asked again so soon"):
        client.send(ask, SERVICE)


@pytest.mark.parametrize(
    ("value", "waited"),
    [
        ("-5", 1.0),
        ("nan", 1.0),
        ("soon", 1.0),
        ("1e9", None),
        ("inf", None),
        ("9" * 400, None),
        ("7", 7.0),
        ("Sat, 21 Nov 2026 00:00:10 GMT", 10.0),
        ("Sat, 21 Nov 1926 00:00:10 GMT", 1.0),
    ],
)
def test_retry_after_is_clamped(
    value: str,
    waited: float | None,
    server: LoopbackServer,
    make: Callable[..., Client],
    fake: FakeTime,
    ask: Request,
) -> None:
    """Case 4: seconds and dates are honoured, negative and meaningless ones count as none, endless ones as a day."""
    server.script.append(respond(b"busy", 503, Retry_After=value))
    if waited is not None:
        make().send(ask, SERVICE)
        assert fake.slept == [waited]
        return
    with pytest.raises(SourceRefusedError, match="wants a wait of 86400 s"):
        make().send(ask, SERVICE)
    assert fake.slept == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (reset, "broke off its answer"),
        (cut_short, "broke off its answer"),
        (stall, r"gave no whole answer within 0\.3 s"),
        (drip, r"gave no whole answer within 0\.3 s"),
        (drip_headers, r"gave no whole answer within 0\.3 s"),
        (respond(b"not a gzip", 200, Content_Encoding="gzip"), "cannot be unpacked"),
        (respond(zipped.__doc__.encode(), 200, Content_Length="900"), "broke off"),
    ],
    ids=["reset", "cut short", "stall", "drip", "drip headers", "no gzip", "wrong length"],
)
def test_broken_exchange_is_tried_again_until_the_deadline(
    fault: Behaviour, words: str, server: LoopbackServer, make: Callable[..., Client], ask: Request
) -> None:
    """Case 5: whatever breaks an exchange off costs a retry; without end it is a typed error, soon."""
    client = make()
    server.script.append(fault)
    started = time.monotonic()
    assert client.send(ask, SERVICE).body == GOOD
    server.script.extend([fault] * 9)
    with pytest.raises(SourceUnavailableError, match=rf"127\.0\.0\.1 .*{words}.*; asked 2 times within 2 s"):
        client.send(ask, replace(SERVICE, deadline_seconds=2.0))
    assert time.monotonic() - started < 5


def test_deadline_bounds_the_exchange(
    server: LoopbackServer, make: Callable[..., Client], ask: Request
) -> None:
    """Case 5: an exchange gets no more time than is left until the deadline, whatever its own is."""
    server.route = stall
    started = time.monotonic()
    service = replace(SERVICE, timeout_seconds=30, deadline_seconds=0.4)
    with pytest.raises(SourceUnavailableError, match=r"within 0\.4 s"):
        make(time=None).send(ask, service)
    assert time.monotonic() - started < 2


def test_nothing_is_left_running(server: LoopbackServer, make: Callable[..., Client], ask: Request) -> None:
    """Case 5: the thread that waits for a host which drips ends when the host is left."""
    before = threading.active_count()
    server.script.extend([drip_headers, drip, stall])
    make().send(ask, SERVICE)
    ends = time.monotonic() + 2
    ours = "call_within"
    while time.monotonic() < ends and any(ours in repr(t) for t in threading.enumerate()):
        time.sleep(0.01)
    assert threading.active_count() <= before + 3  # the server's own


@pytest.mark.parametrize("fault", [chunks_without_end, bomb(10 * 2**30), respond(bytes(3_000_000))])
def test_body_is_bounded(
    fault: Behaviour, server: LoopbackServer, make: Callable[..., Client], ask: Request
) -> None:
    """Case 14: chunks without end, ten megabytes that unpack to ten gigabytes and a large body are not read to the end."""
    server.script.append(fault)
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(SourceRefusedError, match="sent more than 2000000 bytes for one answer"):
        make().send(ask, replace(SERVICE, max_bytes=2_000_000, timeout_seconds=10))
    assert time.monotonic() - started < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64_000  # kB
    assert len(server.requests) == 1


def test_unasked_packing_is_refused(
    server: LoopbackServer, make: Callable[..., Client], ask: Request
) -> None:
    """Case 14: an answer packed in a way that was not asked for is a typed error."""
    server.script.append(respond(GOOD, Content_Encoding="br"))
    with pytest.raises(
        SourceRefusedError, match=r"packed its answer in a way that was not asked for \('br'\)"
    ):
        make().send(ask, SERVICE)


@pytest.mark.parametrize(
    "body",
    [b'{"results": [1,', b'{"title": "\xff\xfe"}', b"", b"[" * 200_000, b"\x00" * 20],
    ids=["truncated", "invalid UTF-8", "empty", "deep", "nought"],
)
def test_damaged_json_is_tried_again_and_not_stored(
    body: bytes, server: LoopbackServer, make: Callable[..., Client], ask: Request
) -> None:
    """Case 14: JSON that is no JSON costs a retry, and never lies in the cache."""
    client = make(cache=True)
    server.script.append(respond(body, Content_Type="application/json"))
    answer = client.send(ask, SERVICE)
    assert answer.body == GOOD
    assert answer.retries[0].startswith("Owls sent damaged JSON: ")
    assert client.send(ask, SERVICE).body == GOOD
    assert len(server.requests) == 2


def test_byte_order_mark_is_no_damage(
    server: LoopbackServer, make: Callable[..., Client], ask: Request
) -> None:
    """Case 14: JSON behind a byte order mark is let through."""
    server.script.append(respond(b"\xef\xbb\xbf" + GOOD))
    assert make().send(ask, SERVICE).body.endswith(GOOD)


@pytest.mark.parametrize("status", [200, 404, 403])
def test_html_is_a_typed_error_with_an_excerpt(
    status: int, server: LoopbackServer, make: Callable[..., Client], ask: Request
) -> None:
    """Case 10: a page where JSON should be is named at once, with at most 200 of its characters, none a control."""
    page = b"\n<!DOCTYPE html><html><p>Just a\x1b[31m moment" + b"." * 5000
    server.script.append(respond(page, status, Content_Type="application/json"))
    with pytest.raises(SourceRefusedError, match="Just a\ufffd") as caught:
        make().send(ask, SERVICE)
    assert len(str(caught.value)) < 350
    assert str(caught.value).isprintable()
    assert len(server.requests) == 1


def test_refused_key_is_explained(server: LoopbackServer, make: Callable[..., Client], ask: Request) -> None:
    """Case 13: HTTP 401 is not asked again, and the message speaks of the key."""
    server.script.append(respond(b'{"error": "bad key"}', 401))
    with pytest.raises(SourceRefusedError, match=r"HTTP 401.*that key may be wrong"):
        make().send(replace(ask, secret=Secret("header", "x-api-key", "canary-canary")), SERVICE)
    assert server.requests[0].headers["x-api-key"] == "canary-canary"
    assert len(server.requests) == 1


@pytest.mark.parametrize("value", ["canary\n", "can ary", "", "canär", "canary\r\nX-Evil: 1", "c\x00y"])
def test_key_that_is_none_is_refused_before_it_is_sent(
    value: str, server: LoopbackServer, make: Callable[..., Client], ask: Request
) -> None:
    """Case 13: a key with blanks, line ends or other foreign characters reaches neither the host nor the message."""
    with pytest.raises(SourceRefusedError, match="its key holds blanks") as caught:
        make().send(replace(ask, secret=Secret("header", "x-api-key", value)), SERVICE)
    assert server.requests == []
    assert "can" not in str(caught.value)


def test_refusal_that_names_a_wait_closes_the_service(
    server: LoopbackServer, make: Callable[..., Client], fake: FakeTime, ask: Request
) -> None:
    """A refusal that is not to be repeated for ten minutes is not."""
    service = replace(SERVICE, diagnose=lambda *_: Trouble("refused", "Owls said no", 600.0))
    client = make()
    for _ in range(2):
        with pytest.raises(SourceRefusedError, match="Owls said no"):
            client.send(ask, service)
    assert len(server.requests) == 1
    fake.seconds += 601
    with pytest.raises(SourceRefusedError, match=r"Owls said no$"):
        client.send(ask, service)
