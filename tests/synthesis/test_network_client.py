"""The client over real loopback HTTP: what it asks, what it stores, and which services it leaves alone."""

from __future__ import annotations

import itertools
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import GOOD, SERVICE, FakeTime, reset, respond, zipped

from synthesis.errors import SourceRefusedError, SourceUnavailableError
from synthesis.network.addresses import AddressGate
from synthesis.network.closings import Closings
from synthesis.network.errors import BudgetSpentError
from synthesis.network.messages import Request

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from loopback import LoopbackServer

    from synthesis.network.client import Client


def test_a_request_arrives_as_it_was_built(server: LoopbackServer, make: Callable[..., Client]) -> None:
    """URL, accepted types, who asks and a body arrive; nothing else does, and the whole answer comes back."""
    request = replace(
        Request.post_json(f"{server.origin}/batch?fields=a%2Cb", {"ids": ["ü"]}), accept="text/x"
    )
    answer = make(user_agent="tester/1").send(request, SERVICE)
    [seen] = server.requests
    assert (seen.method, seen.path, seen.params) == ("POST", "/batch", {"fields": "a,b"})
    assert json.loads(seen.body) == {"ids": ["ü"]}
    assert seen.headers == {
        "host": f"127.0.0.1:{server.port}",
        "user-agent": "tester/1",
        "accept": "text/x",
        "accept-encoding": "gzip",
        "connection": "close",
        "content-type": "application/json",
        "content-length": str(len(seen.body)),
    }
    assert (answer.status, answer.body, answer.content_type) == (200, GOOD, "application/json")
    assert (answer.url, answer.from_cache, answer.retries) == (request.url, False, ())


def test_packed_answers_are_unpacked(
    server: LoopbackServer, make: Callable[..., Client], ask: Request
) -> None:
    """A gzip answer comes unpacked; one labelled x-gzip, as arXiv labels archives, stays as it is."""
    client = make()
    server.script.extend([zipped(GOOD), respond(b"\x1f\x8b raw", 200, Content_Encoding="x-gzip")])
    assert client.send(ask, SERVICE).body == GOOD
    assert client.send(replace(ask, accept="*/*"), SERVICE).body == b"\x1f\x8b raw"


def test_no_cookie_and_no_credentials(
    server: LoopbackServer,
    make: Callable[..., Client],
    ask: Request,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Case 13: a .netrc that names the host is not read, and a cookie is not sent back."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login canary password canary\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    client = make()
    server.script.append(respond(GOOD, Set_Cookie="id=canary; Path=/"))
    client.send(ask, SERVICE)
    client.send(ask, SERVICE)
    assert all(not {"authorization", "cookie"} & seen.headers.keys() for seen in server.requests)


def test_threads_ask_one_service_in_turn_and_several_at_once(
    server: LoopbackServer, make: Callable[..., Client]
) -> None:
    """Threads that ask one service wait for each other, however long; those that ask others do not."""
    client = make(time=None)
    server.route = lambda handler: (time.sleep(0.05), handler.send(200, GOOD))  # type: ignore[assignment]
    services = [replace(SERVICE, name=name, interval_seconds=0.05, timeout_seconds=5) for name in "abc"]
    service_of = [services[number % 3] for number in range(12)]
    with ThreadPoolExecutor(12) as pool:
        started = time.monotonic()
        urls = [f"{server.origin}/{service.name}" for service in service_of]
        list(pool.map(lambda url, service: client.send(Request(url), service), urls, service_of))
        took = time.monotonic() - started
    for name in "abc":
        own = sorted((r for r in server.requests if r.path == f"/{name}"), key=lambda r: r.arrived)
        assert len(own) == 4
        assert all(later.arrived - earlier.answered >= 0.03 for earlier, later in itertools.pairwise(own))
    assert server.most_at_once > 1
    assert took < 3 * 4 * 0.1


def test_deadline_does_not_count_the_wait_for_own_threads(
    make: Callable[..., Client], fake: FakeTime, ask: Request
) -> None:
    """Twenty requests at once, which take longer together than the deadline of one, all come through."""
    client = make()
    service = replace(SERVICE, interval_seconds=3.0, deadline_seconds=10.0, timeout_seconds=5)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda n: client.send(replace(ask, url=f"{ask.url}{n}"), service), range(20)))
    assert len(answers) == 20
    assert sum(fake.slept) == pytest.approx(57, abs=0.1)


def test_stored_answer_costs_no_request(
    server: LoopbackServer, make: Callable[..., Client], fake: FakeTime, ask: Request
) -> None:
    """A stored answer stands for as long as the service lets it, in every client of the folder."""
    first = make(cache=True).send(ask, SERVICE)
    again = make(cache=True).send(ask, SERVICE)
    assert (first.from_cache, again.from_cache, again.body) == (False, True, GOOD)
    fake.seconds += SERVICE.max_age_seconds - 1
    assert make(cache=True).send(ask, SERVICE).from_cache
    assert len(server.requests) == 1
    fake.seconds += 2
    assert not make(cache=True).send(ask, SERVICE).from_cache
    assert len(server.requests) == 2


def test_fresh_asks_again_and_stores(
    server: LoopbackServer, make: Callable[..., Client], ask: Request
) -> None:
    """``fresh`` asks without a condition, and what comes is what is stored from then on."""
    client = make(cache=True)
    server.script.extend([respond(b"[1]", ETag='"1"'), respond(b"[2]", ETag='"2"')])
    assert client.send(ask, SERVICE).body == b"[1]"
    assert client.send(ask, SERVICE, fresh=True).body == b"[2]"
    assert "if-none-match" not in server.requests[1].headers
    stored = client.send(ask, SERVICE)
    assert (stored.body, stored.from_cache) == (b"[2]", True)


def test_old_answer_is_confirmed(
    server: LoopbackServer, make: Callable[..., Client], fake: FakeTime, ask: Request
) -> None:
    """An answer past its age is asked for under its marks; 304 makes it young again, 200 replaces it."""
    client = make(cache=True)
    server.script.append(respond(GOOD, ETag='"1"', Last_Modified="Sat, 21 Nov 2026 00:00:00 GMT"))
    client.send(ask, SERVICE)
    fake.seconds += SERVICE.max_age_seconds + 1
    server.script.append(respond(b"", 304))
    confirmed = client.send(ask, SERVICE)
    assert (confirmed.status, confirmed.body, confirmed.from_cache) == (200, GOOD, True)
    assert server.requests[1].headers["if-none-match"] == '"1"'
    assert server.requests[1].headers["if-modified-since"] == "Sat, 21 Nov 2026 00:00:00 GMT"
    assert client.send(ask, SERVICE).from_cache
    assert len(server.requests) == 2
    fake.seconds += SERVICE.max_age_seconds + 1
    server.script.append(respond(b"[9]"))
    assert client.send(ask, SERVICE).body == b"[9]"


def test_unasked_304_is_an_error(server: LoopbackServer, make: Callable[..., Client], ask: Request) -> None:
    """HTTP 304 to a request without a condition is no answer."""
    server.script.append(respond(b"", 304))
    with pytest.raises(SourceRefusedError, match="HTTP 304"):
        make(cache=True).send(ask, SERVICE)


@pytest.mark.parametrize("damage", [lambda c: c[: len(c) // 2], lambda c: c[:-3] + b"xxx", lambda _: b""])
def test_damaged_stored_answer_is_fetched_again(
    damage: Callable[[bytes], bytes],
    server: LoopbackServer,
    make: Callable[..., Client],
    ask: Request,
    tmp_path: Path,
) -> None:
    """Case 20: a stored answer that is half there or changed is noticed and asked for again."""
    make(cache=True).send(ask, SERVICE)
    [path] = (tmp_path / "cache").iterdir()
    path.write_bytes(damage(path.read_bytes()))
    answer = make(cache=True).send(ask, SERVICE)
    assert (answer.body, answer.from_cache) == (GOOD, False)
    assert make(cache=True).send(ask, SERVICE).from_cache
    assert len(server.requests) == 2


def test_only_what_is_let_through_is_stored(
    server: LoopbackServer, make: Callable[..., Client], fake: FakeTime, ask: Request
) -> None:
    """Refusals are not stored; a 404 that a source can read is, for an hour."""
    client = make(cache=True)
    server.script.append(respond(b"gone", 410))
    with pytest.raises(SourceRefusedError):
        client.send(ask, SERVICE)
    assert client.send(ask, SERVICE).body == GOOD
    missing = replace(ask, url=f"{server.origin}/missing")
    lenient = replace(SERVICE, diagnose=lambda *_: None)
    for _ in range(2):
        server.script.append(respond(b"gone for good", 410))
        assert client.send(missing, lenient).status == 410
    server.script.append(respond(b"not held", 404))
    assert client.send(missing, lenient).status == 404
    assert client.send(missing, lenient).from_cache
    fake.seconds += 3601
    assert client.send(missing, lenient).status == 200


def test_threads_that_ask_the_same_ask_once(
    server: LoopbackServer, make: Callable[..., Client], ask: Request
) -> None:
    """Of eight threads with one request, one asks the host and the others get what it stored."""
    client = make(cache=True)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.send(ask, SERVICE), range(8)))
    assert len(server.requests) == 1
    assert sorted(answer.from_cache for answer in answers) == [False] + [True] * 7


def test_other_processes_learn_that_a_service_is_spent(
    server: LoopbackServer, make: Callable[..., Client], fake: FakeTime, ask: Request
) -> None:
    """What a host asked for holds for every client of the state folder; what only this network lacked does not."""
    server.script.extend([respond(b"x", 429, Retry_After="7200"), respond(b"x", 503, Retry_After="900")])
    with pytest.raises(BudgetSpentError):
        make().send(ask, SERVICE)
    busy = replace(SERVICE, name="busy")
    with pytest.raises(SourceRefusedError):
        make().send(ask, busy)
    broken = replace(SERVICE, name="broken", deadline_seconds=0.9)
    server.script.append(reset)
    with pytest.raises(SourceUnavailableError):
        make().send(ask, broken)
    with pytest.raises(BudgetSpentError, match="not asked again so soon") as caught:
        make().send(ask, SERVICE)
    assert caught.value.until == datetime(2026, 11, 21, 2, tzinfo=UTC)
    with pytest.raises(SourceRefusedError, match="not asked again so soon"):
        make().send(ask, busy)
    assert len(server.requests) == 3
    make().send(ask, broken)
    fake.seconds += 7201
    make().send(ask, SERVICE)


def test_a_closed_service_opens_again_though_it_is_asked_all_the_while(
    server: LoopbackServer, make: Callable[..., Client], fake: FakeTime, ask: Request
) -> None:
    """Asking a host that was out of reach does not keep it closed: after a minute it is asked anew."""
    client, hasty = make(), replace(SERVICE, deadline_seconds=0.9)
    server.script.append(reset)
    with pytest.raises(SourceUnavailableError):
        client.send(ask, hasty)
    fake.seconds += 40
    with pytest.raises(SourceUnavailableError, match="not asked again so soon") as caught:
        client.send(ask, hasty)
    assert str(caught.value).count("not asked again") == 1
    fake.seconds += 40
    assert client.send(ask, hasty).body == GOOD


_VALUES = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5)
_CLOSED = st.fixed_dictionaries(
    {"since": _VALUES, "until": _VALUES, "message": _VALUES, "spent": _VALUES, "known": _VALUES}
)


@given(content=st.binary(max_size=200) | (_CLOSED | st.lists(_VALUES)).map(lambda v: json.dumps(v).encode()))
def test_nonsense_closes_nothing_for_long(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Whatever lies in the file of a closing, the service is open or closed for at most a day, in typed words."""
    folder, fake = tmp_path_factory.mktemp("state"), FakeTime()
    (folder / "owls.closed").write_bytes(content)
    try:
        Closings(folder, fake.clockwork).check("owls")
    except SourceRefusedError:
        fake.seconds += 86_401
        Closings(folder, fake.clockwork).check("owls")


def test_clock_set_back_opens_a_service(tmp_path: Path) -> None:
    """A closing from the future is none."""
    fake = FakeTime()
    Closings(tmp_path, fake.clockwork).close("owls", SourceRefusedError("no"), 600)
    with pytest.raises(SourceRefusedError, match=r"no \(not asked"):
        Closings(tmp_path, fake.clockwork).check("owls")
    fake.seconds -= 3600
    Closings(tmp_path, fake.clockwork).check("owls")


def test_refused_connection_is_quick(make: Callable[..., Client], fake: FakeTime) -> None:
    """Where nothing listens the client says so at once, without a wait, and again without a try."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    client = make(gate=AddressGate(allow=frozenset({("127.0.0.1", port)})))
    started = time.monotonic()
    for _ in range(3):
        with pytest.raises(
            SourceUnavailableError, match=r"127\.0\.0\.1 cannot be reached .Connection refused."
        ):
            client.send(Request(f"http://127.0.0.1:{port}/"), SERVICE)
    assert time.monotonic() - started < 1
    assert fake.slept == []


def test_next_address_is_tried(server: LoopbackServer, make: Callable[..., Client]) -> None:
    """Where the first address of a name accepts no connection the next is asked."""
    gate = AddressGate(lambda *_: ["127.0.0.2", "127.0.0.1"], frozenset({("paper.example", server.port)}))
    answer = make(gate=gate).send(Request(f"http://paper.example:{server.port}/x"), SERVICE)
    assert answer.body == GOOD
    assert answer.url == f"http://paper.example:{server.port}/x"
