"""The client over real loopback HTTP: where requests may go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from loopback import (
    GOOD,
    SERVICE,
    FakeTime,
    LoopbackServer,
    redirect,
    respond,
)

from synthesis.errors import SourceRefusedError, SourceUnavailableError
from synthesis.network.addresses import AddressGate, AddressRefusedError
from synthesis.network.messages import Request

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from loopback import FakeTime

    from synthesis.network.client import Client


def test_redirect_is_followed_in_turn(
    server: LoopbackServer, make: Callable[..., Client], fake: FakeTime, ask: Request
) -> None:
    """A redirect of the host is followed, after the service's interval, and the answer names where it came from."""
    server.script.extend([redirect("/new?id=1", 301), redirect(f"{server.origin}/newer#x", 308)])
    answer = make().send(ask, SERVICE)
    assert answer.url == f"{server.origin}/newer"
    assert [seen.path for seen in server.requests] == ["/works", "/new", "/newer"]
    assert fake.slept == [0.5, 0.5]


def test_redirect_loop_ends(server: LoopbackServer, make: Callable[..., Client], ask: Request) -> None:
    """Case 15: a loop of redirects ends after five of them."""
    server.route = redirect("/again")
    with pytest.raises(SourceRefusedError, match="Owls redirected more than 5 times"):
        make().send(ask, SERVICE)
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    "target",
    [
        *(
            "file:///etc/passwd",
            "ftp://a.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "jar:http://a.example!/",
        ),
        *("http://127.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://[::ffff:10.0.0.1]/"),
        *(
            "http://2130706433/",
            "http://0177.0.0.1/",
            "http://0x7f.1/",
            "https://arxiv.org:8443/",
            "//10.0.0.1/",
        ),
        *("http://127.0.0.1:1\\@arxiv.org/", "http://user@arxiv.org/", "http://arxiv.org./", "http://[::1/"),
    ],
)
def test_redirect_elsewhere_is_refused(
    target: str, server: LoopbackServer, make: Callable[..., Client], ask: Request
) -> None:
    """Cases 15, 16 and 18: a redirect to another scheme or port, or to a host that is not public, is refused and named."""
    server.script.append(redirect(target))
    client = make(gate=AddressGate(lambda *_: [], frozenset({("127.0.0.1", server.port)})))
    with pytest.raises(AddressRefusedError, match=r"Owls redirected, and the address .* is not asked: it "):
        client.send(ask, replace(SERVICE, any_host=True))
    assert len(server.requests) == 1


def test_redirect_to_a_private_name_is_refused(
    server: LoopbackServer, make: Callable[..., Client], ask: Request
) -> None:
    """Case 15: the host of a redirect is resolved and checked as the first one is."""
    server.script.append(redirect("https://innocent.example/"))
    gate = AddressGate(lambda *_: ["10.0.0.7"], frozenset({("127.0.0.1", server.port)}))
    with pytest.raises(
        AddressRefusedError, match=r"innocent\.example/ is not asked: it leads to 10\.0\.0\.7"
    ):
        make(gate=gate).send(ask, SERVICE)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:6666\\@arxiv.org/", "file:///etc/passwd", "http://a\r\nb/"]
)
def test_refused_address_asks_nothing(url: str, make: Callable[..., Client], tmp_path: Path) -> None:
    """Cases 16 and 18: an address that is refused costs neither a turn nor a closing."""
    with pytest.raises(AddressRefusedError):
        make().send(Request(url), SERVICE)
    assert not (tmp_path / "state").exists()


def test_rebinding_gains_nothing(server: LoopbackServer, make: Callable[..., Client]) -> None:
    """Case 17: the connection goes to the address that was checked, under the name that was asked for."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    gate = AddressGate(lambda *_: next(answers), frozenset({("rebind.example", server.port)}))
    client = make(gate=gate)
    client.send(Request(f"http://rebind.example:{server.port}/x"), SERVICE)
    assert server.requests[0].headers["host"] == f"rebind.example:{server.port}"
    assert next(answers) == ["10.0.0.1"]  # the name was resolved once


def test_post_is_not_turned_into_get(server: LoopbackServer, make: Callable[..., Client]) -> None:
    """A POST follows a redirect that keeps it one, body and all; another is an answer like any other."""
    client = make()
    request = Request.post_json(f"{server.origin}/batch", {"ids": [1]})
    server.script.append(redirect("/moved", 307))
    client.send(request, SERVICE)
    assert [(seen.method, seen.body) for seen in server.requests] == [("POST", b'{"ids": [1]}')] * 2
    server.script.append(redirect("/moved", 302))
    with pytest.raises(SourceRefusedError, match="HTTP 302"):
        client.send(request, SERVICE)


def test_another_host_has_its_own_pace_and_closing(
    server: LoopbackServer, make: Callable[..., Client], fake: FakeTime
) -> None:
    """A redirect to another host of a fetcher waits for that host's turn alone, and its failure closes that host."""
    with LoopbackServer(respond(GOOD)) as other:
        allowed = frozenset({("one.example", server.port), ("two.example", other.port)})
        client = make(gate=AddressGate(lambda *_: ["127.0.0.1"], allowed))
        service = replace(SERVICE, any_host=True, interval_seconds=3.0)
        server.route = redirect(f"http://two.example:{other.port}/pdf")
        request = Request(f"http://one.example:{server.port}/x", accept="*/*")
        assert client.send(request, service).body == GOOD
        assert fake.slept == []
        other.route = respond(b"busy", 503, Retry_After="700")
        with pytest.raises(SourceRefusedError, match="wants a wait of 700 s"):
            client.send(request, service)
        server.route = respond(GOOD)
        assert client.send(request, service).body == GOOD


def test_proxy_is_asked_by_name_and_hosts_are_checked_first(
    server: LoopbackServer, make: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case 17: behind a proxy a fixed service goes by name; a host from outside is resolved and checked here first."""
    monkeypatch.setenv("http_proxy", server.origin)
    resolved: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        resolved.append(host)
        return ["93.184.215.14"] if host == "public.example" else ["10.0.0.1"]

    client = make(gate=AddressGate(resolve))
    assert client.send(Request("http://api.example/x"), SERVICE).body == GOOD
    assert resolved == []
    fetcher = replace(SERVICE, name="fetcher", any_host=True)
    assert client.send(Request("http://public.example/x"), fetcher).body == GOOD
    with pytest.raises(AddressRefusedError):
        client.send(Request("http://private.example/x"), replace(fetcher, name="other"))
    assert [seen.headers["host"] for seen in server.requests] == ["api.example", "public.example"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("http_proxy", "nonsense://proxy:1", "the proxy that the environment names cannot be used"),
        ("http_proxy", "http://user:canary@[::1", "the proxy that the environment names cannot be used"),
        ("SSL_CERT_FILE", "/nowhere/at/all.pem", "SSL_CERT_FILE or SSL_CERT_DIR names cannot be read"),
    ],
)
def test_settings_that_cannot_be_used_are_named(
    name: str,
    value: str,
    words: str,
    make: Callable[..., Client],
    ask: Request,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Case 13: a proxy or certificates of the environment that make no sense are a typed error without a password."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SourceUnavailableError, match=words) as caught:
        make().send(ask, SERVICE)
    assert "canary" not in str(caught.value)
