"""A server of reports on loopback, in a thread of its own, and plain sockets that speak to it."""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from report_factory import example_report

from synthesis.rendering import render
from synthesis.stage_results import Reported
from synthesis.store import Manifest, Run
from synthesis.web.serving import listen, make_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synthesis.store import Home

FORM = "application/x-www-form-urlencoded"


@dataclass
class Answer:
    """What the server answered; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


@dataclass
class Reader:
    """A browser, as far as the server can tell: it keeps its cookies and sends what browsers send."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """The authority that it calls."""
        return f"127.0.0.1:{self.port}"

    def send(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = {"Host": self.host, **(headers or {})}
        if self.cookies and "Cookie" not in sent:
            sent["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        sent = {name: value for name, value in sent.items() if value is not None}
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in sent.items():
                connection.putheader(name, value)
            if body or method == "POST":
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body or None)
            response = connection.getresponse()
            for name, value in response.getheaders():
                if name.lower() == "set-cookie":
                    key, _, rest = value.partition("=")
                    self.cookies[key] = rest.partition(";")[0]
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, headers, response.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        """A page; ``headers`` with ``_`` for ``-``."""
        return self.send("GET", path, {name.replace("_", "-"): value for name, value in headers.items()})

    def csrf(self) -> str:
        """The hidden field of the forms."""
        return re.search(r'name="csrf" value="([^"]+)"', self.get("/ask").text)[1]

    def post(self, path: str, fields: dict[str, object], **headers: str) -> Answer:
        """A form of one of the pages."""
        body = urlencode({"csrf": self.csrf(), **fields}, doseq=True).encode()
        return self.send("POST", path, {**self.own_headers(FORM), **_named(headers)}, body)

    def post_file(self, path: str, name: str, data: bytes, fields: dict[str, str] | None = None) -> Answer:
        """A form with a file in the field "table"."""
        parts = [
            f'--b\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in {"csrf": self.csrf(), **(fields or {})}.items()
        ]
        head = f'--b\r\nContent-Disposition: form-data; name="table"; filename="{name}"\r\n\r\n'
        body = b"".join([*parts, head.encode(), data, b"\r\n--b--\r\n"])
        return self.send("POST", path, self.own_headers("multipart/form-data; boundary=b"), body)

    def own_headers(self, kind: str) -> dict[str, str]:
        """What a browser sends with a form of a page of this server."""
        return {"Origin": f"http://{self.host}", "Sec-Fetch-Site": "same-origin", "Content-Type": kind}

    def job(self, answer: Answer, seconds: float = 60) -> dict[str, object]:
        """The job that an answer leads to, once it has ended."""
        assert answer.status == 303, answer.text
        place = answer.headers["location"]
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            state = json.loads(self.get(f"{place}/state").body)
            if state["state"] not in {"waiting", "running"}:
                return state
            time.sleep(0.1)
        raise AssertionError(f"the job goes on after {seconds} s: {state}")


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass
class Serving:
    """A server that runs; ``told`` are the lines of its terminal."""

    port: int
    link: str
    told: list[str]

    @property
    def token(self) -> str:
        """That of the newest link."""
        links = [line.rpartition("token=")[2] for line in self.told if "token=" in line]
        return links[-1] if links else self.link.rpartition("token=")[2]

    def reader(self) -> Reader:
        """A browser that opened the newest link."""
        reader = Reader(self.port)
        assert reader.get(f"/?token={self.token}").status == 303
        return reader

    def raw(self, data: bytes, seconds: float = 5) -> bytes:
        """What comes back for bytes on a connection of their own, until it is closed or nothing more comes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            connection.sendall(data)
            return drain(connection)


def drain(connection: socket.socket) -> bytes:
    """All that comes until the other side closes, resets, or is silent for as long as the socket waits."""
    found = b""
    try:
        while chunk := connection.recv(65536):
            found += chunk
    except (TimeoutError, ConnectionError):
        pass
    return found


@contextmanager
def serving(home: Home, *, host: str = "127.0.0.1", allow_remote: bool = False) -> Iterator[Serving]:
    """A server of ``home``, until the end of the block."""
    told: list[str] = []
    listener = listen(host, 0, allow_remote=allow_remote)
    ready = make_server(home, listener, told.append, allow_remote=allow_remote)
    thread = threading.Thread(target=ready.server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not ready.server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        yield Serving(listener.getsockname()[1], ready.link, told)
    finally:
        ready.server.should_exit = True
        thread.join(timeout=15)
        listener.close()
    assert not thread.is_alive(), "the server did not end"


HOSTILE = '<img src=x onerror=alert(1)> "batches" </script><svg onload=alert(2)>'


def make_runs(home: Home, n: int = 2) -> list[str]:
    """``n`` finished runs, the newest with hostile titles; their names, newest first."""
    names = []
    for number in range(n):
        report = example_report().model_copy(update={"date": f"2026-11-{20 - number}"})
        if number == 0:
            first = report.references[0].model_copy(update={"title": HOSTILE})
            report = report.model_copy(
                update={"title": HOSTILE, "references": (first, *report.references[1:])}
            )
        folder = home.runs / f"2026-11-{20 - number}-run-{number}"
        folder.mkdir(parents=True)
        manifest = Manifest(
            run_id=folder.name,
            version="1",
            clock=f"2026-11-{20 - number}T00:00:00Z",
            request_sha256="0" * 64,
            judge="small",
            calibrator="small",
            ranker="small",
        )
        run = Run.create(folder, manifest)
        run.stage("report", Reported, lambda report=report: Reported(report))
        run.finish({"report.md": render(report, "md")})
        names.append(folder.name)
    return names
