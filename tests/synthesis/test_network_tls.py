"""HTTPS: connected to by address, verified by name."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from typing import TYPE_CHECKING

import pytest
from loopback import GOOD, SERVICE, LoopbackServer, drip, respond

from synthesis.errors import SourceUnavailableError
from synthesis.network.addresses import AddressGate
from synthesis.network.messages import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from synthesis.network.client import Client


@pytest.fixture
def secure(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    no_proxy: None,  # noqa: ARG001 - a fixture for its effect
) -> Iterator[tuple[LoopbackServer, list[str | None]]]:
    """A host whose certificate, which the environment trusts, is for paper.example; and the names it was asked by."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=x"),
            *("-addext", "subjectAltName=DNS:paper.example", "-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with LoopbackServer(respond(GOOD), tls=context) as server:
        yield server, names


def _gate(server: LoopbackServer, *hosts: str) -> AddressGate:
    return AddressGate(lambda *_: ["127.0.0.1"], frozenset((host, server.port) for host in hosts))


def test_name_is_verified_though_the_address_is_asked(
    secure: tuple[LoopbackServer, list[str | None]], make: Callable[..., Client]
) -> None:
    """Case 17: the connection goes to the checked address; TLS and the Host header speak of the name."""
    server, names = secure
    client = make(gate=_gate(server, "paper.example"))
    answer = client.send(Request(f"https://paper.example:{server.port}/x"), SERVICE)
    assert answer.body == GOOD
    assert names == ["paper.example"]
    assert server.requests[0].headers["host"] == f"paper.example:{server.port}"


def test_certificate_of_another_name_is_refused(
    secure: tuple[LoopbackServer, list[str | None]], make: Callable[..., Client]
) -> None:
    """Case 17: a host that shows the certificate of another gets no request, also when the other was just asked."""
    server, _ = secure
    client = make(gate=_gate(server, "paper.example", "other.example"))
    client.send(Request(f"https://paper.example:{server.port}/x"), SERVICE)
    with pytest.raises(SourceUnavailableError, match="its certificate is not valid: Hostname mismatch"):
        client.send(Request(f"https://other.example:{server.port}/x"), SERVICE)
    assert len(server.requests) == 1


def test_slow_body_over_tls_is_left(
    secure: tuple[LoopbackServer, list[str | None]], make: Callable[..., Client]
) -> None:
    """Case 5: a body that drips over TLS is left after the timeout, and the next connection is made."""
    server, _ = secure
    server.script.append(drip)
    answer = make(gate=_gate(server, "paper.example")).send(
        Request(f"https://paper.example:{server.port}/x"), SERVICE
    )
    assert answer.retries == ("paper.example gave no whole answer within 0.3 s",)
