"""Keys reach the service that they are for, and nothing else: no log, no message, no file, no other host."""

from __future__ import annotations

import io
import logging
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import GOOD, SERVICE, LoopbackServer, cut_short, drip, redirect, reset, respond, stall, zipped

from synthesis.errors import SourceError
from synthesis.network.addresses import AddressGate, parse_target
from synthesis.network.following import is_at_home
from synthesis.network.keys import (
    is_sendable,
    key_from,
    redact,
    redact_bytes,
    with_secret,
    without_secret,
)
from synthesis.network.messages import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from loopback import Behaviour

    from synthesis.network.client import Client
    from synthesis.network.messages import Request

CANARY = "canary/+9f3e&=z"
FORMS = [CANARY, "canary%2F%2B9f3e%26%3Dz", "canary/%2B9f3e%26%3Dz"]
SECRETS = [Secret("header", "x-api-key", CANARY), Secret("query", "api_key", CANARY)]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that any logger says, at its lowest level, with tracebacks."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    root = logging.getLogger()
    names = [None, "httpx", "httpcore", *(f"httpcore.{part}" for part in ("connection", "http11", "proxy"))]
    before = {name: logging.getLogger(name).level for name in names}
    root.addHandler(handler)
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield text
    root.removeHandler(handler)
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def _echo(status: int = 200) -> Behaviour:
    """Repeat the key in body and headers, as hosts do that explain what they were asked."""
    body = ", ".join(f'"you sent {form}"' for form in FORMS)
    headers = {"Link": f"<http://x/?api_key={FORMS[1]}>", "ETag": f'"{CANARY}"', "X-Key": CANARY}
    return respond(f"[{body}]".encode(), status, Content_Type="application/json", **headers)


@pytest.mark.parametrize("secret", SECRETS, ids=["header", "query"])
@pytest.mark.parametrize(
    "behaviour",
    [
        *(_echo(), _echo(500), _echo(401), _echo(429), _echo(404)),
        *(reset, cut_short, stall, drip, zipped(f'["{CANARY}"]'.encode())),
        respond(f"<html>{CANARY}".encode(), 200, Content_Type="application/json"),
        redirect(f"file:///etc/{FORMS[1]}?api_key={FORMS[1]}"),
        redirect(f"http://10.0.0.1/{CANARY}?api_key={FORMS[1]}&b={FORMS[1]}"),
    ],
    ids=lambda behaviour: getattr(behaviour, "__name__", "answer"),
)
def test_key_is_found_nowhere(
    behaviour: Behaviour,
    secret: Secret,
    server: LoopbackServer,
    make: Callable[..., Client],
    ask: Request,
    log: io.StringIO,
    tmp_path: Path,
) -> None:
    """Case 13: whatever a host does, its key stands in no log, no traceback, no answer and no file."""
    server.route = behaviour
    service = replace(SERVICE, deadline_seconds=2)
    client = make(cache=True)
    said = []
    for _ in range(2):
        try:
            answer = client.send(replace(ask, secret=secret), service)
            said.append(repr(answer))
        except SourceError:
            said.append(traceback.format_exc())
            logging.getLogger("synthesis").exception("failed")
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    arrived = repr([(seen.params, seen.headers) for seen in server.requests])
    assert CANARY in arrived
    assert server.requests[0].headers.get("x-api-key", server.requests[0].params.get("api_key")) == CANARY
    for form in FORMS:
        assert form not in " ".join(said)
        assert form not in log.getvalue()
        assert form.encode() not in files
        assert form not in repr([ask, secret, client])


def test_refused_connection_does_not_name_the_key(make: Callable[..., Client], ask: Request) -> None:
    """Case 13: nor does a failure to connect."""
    client = make(gate=AddressGate(allow=frozenset({("127.0.0.1", 1)})))
    with pytest.raises(SourceError) as caught:
        client.send(replace(ask, url="http://127.0.0.1:1/x", secret=SECRETS[1]), SERVICE)
    assert all(form not in "".join(traceback.format_exception(caught.value)) for form in FORMS)


@pytest.mark.parametrize("secret", SECRETS, ids=["header", "query"])
def test_key_goes_to_its_own_host_alone(
    secret: Secret, server: LoopbackServer, make: Callable[..., Client], ask: Request
) -> None:
    """Cases 13 and 15: a redirect within the host takes the key along, one to another host never, nor on its way back."""

    def key_of(seen: object) -> str | None:
        return seen.headers.get("x-api-key") or seen.params.get("api_key")

    with LoopbackServer(redirect(f"{server.origin}/back?q=1")) as other:
        gate = AddressGate(allow=frozenset({("127.0.0.1", server.port), ("127.0.0.1", other.port)}))
        client = make(gate=gate)
        server.script.extend(
            [redirect(f"/moved?api_key={FORMS[1]}"), redirect(f"{other.origin}/x"), respond(GOOD)]
        )
        answer = client.send(replace(ask, secret=secret), SERVICE)
        assert [key_of(seen) for seen in server.requests] == [CANARY, CANARY, None]
        assert [key_of(seen) for seen in other.requests] == [None]
    assert answer.url == f"{server.origin}/back?q=1"


def test_home_of_a_key_is_its_host_and_port() -> None:
    """A key for a host goes to its https too, and to no other port, no other host and no plain http in its place."""
    home = parse_target("http://api.example/")
    assert is_at_home(parse_target("http://api.example/other"), home)
    assert is_at_home(parse_target("https://api.example/"), home)
    for other in ("http://api.example:8080/", "http://www.api.example/", "http://api.example.evil.example/"):
        assert not is_at_home(parse_target(other), home)
    assert not is_at_home(parse_target("http://api.example/"), parse_target("https://api.example/"))


@pytest.mark.parametrize(
    ("value", "key"),
    [("abc", "abc"), (" abc\r\n", "abc"), ("abc\n", "abc"), ("", None), (" \n\t", None), (None, None)],
)
def test_keys_of_the_environment_are_stripped(value: str | None, key: str | None) -> None:
    """Case 13: a trailing line end is no part of a key, and a blank one is none."""
    assert key_from({} if value is None else {"A_KEY": value}, "A_KEY") == key


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126)).map("Zq9~{}".format), st.text())
def test_a_redacted_text_holds_no_key(value: str, around: str) -> None:
    """Whatever the key and the text around it, plain, escaped or in a URL, it is gone afterwards."""
    secret = Secret("query", "k", value)
    assert is_sendable(secret)
    written = with_secret("/x?a=1", secret)
    text = f"{around}{value}{around}{written}"
    assert "Zq9" not in redact(text, secret)
    assert b"Zq9" not in redact_bytes(text.encode(), secret)
    assert without_secret(f"https://h{written}&b=2", secret) == "https://h/x?a=1&b=2"


def test_without_key_nothing_changes() -> None:
    """Texts and URLs of requests without a key stay as they are."""
    assert redact("a", None) == without_secret("a", None) == with_secret("a", None) == "a"
