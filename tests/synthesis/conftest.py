"""What the tests of the client share: a host, clocks, and clients that ask the one by the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from loopback import GOOD, FakeTime, LoopbackServer, respond

from synthesis.network.cache import ResponseCache
from synthesis.network.client import Client
from synthesis.network.messages import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take proxies out of the environment."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server(no_proxy: None) -> Iterator[LoopbackServer]:  # noqa: ARG001 - a fixture for its effect
    """A host that answers well unless told otherwise."""
    with LoopbackServer(respond(GOOD, Content_Type="application/json")) as running:
        yield running


@pytest.fixture
def fake() -> FakeTime:
    """Clocks that only sleeping moves."""
    return FakeTime()


@pytest.fixture
def make(server: LoopbackServer, fake: FakeTime, tmp_path: Path) -> Iterator[Callable[..., Client]]:
    """Clients that share one state folder, by clocks that only sleeping moves."""
    made: list[Client] = []

    def build(*, cache: bool = False, **options: object) -> Client:
        kept = ResponseCache(tmp_path / "cache") if cache else None
        defaults = {"gate": server.gate, "time": fake.clockwork, "cache": kept}
        made.append(Client(state=tmp_path / "state", **(defaults | options)))
        return made[-1]

    yield build
    for client in made:
        client.close()


@pytest.fixture
def ask(server: LoopbackServer) -> Request:
    """A request to the host."""
    return Request(f"{server.origin}/works?q=owls")


@pytest.fixture
def served() -> list[str]:
    """Names of the exchanges that a host replayed, in order."""
    return []


@pytest.fixture
def host() -> Iterator[LoopbackServer]:
    """A host that answers as a test tells it to."""
    with LoopbackServer() as running:
        yield running
