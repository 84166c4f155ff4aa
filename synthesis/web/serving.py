"""The server as a process: where it listens, what it prints, how it ends."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import socket
import threading
import webbrowser
from typing import TYPE_CHECKING, NamedTuple

import uvicorn

from synthesis.errors import UsageError
from synthesis.web.app import make_app
from synthesis.web.connections import BoundedProtocol
from synthesis.web.jobs import JobBook
from synthesis.web.security import LOOPBACK_NAMES, Names, bracketed
from synthesis.web.sessions import Sessions

if TYPE_CHECKING:
    from collections.abc import Callable

    from synthesis.store import Home
    from synthesis.web.watching import JobWatch

_END_SECONDS = 3  # for answers under way when the server ends
_BACKLOG = 1024
REMOTE_WARNING = (
    "Warning: --allow-remote. Whoever reaches this machine over the network and has the link, or reads it on its way "
    "(nothing is encrypted), can read all your reports, search your libraries and start jobs in your name. Give the "
    "link to nobody you would not lend this computer, and prefer an SSH tunnel: ssh -L 8765:127.0.0.1:8765 HOST"
)


def listen(host: str, port: int, *, allow_remote: bool) -> socket.socket:
    """A socket bound to ``host``; port 0 is any that is free.

    Raises:
        UsageError: no such address, one that other machines reach without ``allow_remote``, or a port that is taken.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise UsageError(f"--host {host} is no address of this machine ({error}). Try 127.0.0.1.") from error
    # what the name means is looked at, not the name: a hosts file may turn localhost to anything
    if not allow_remote and not all(ipaddress.ip_address(at[0]).is_loopback for *_, at in found):
        raise UsageError(
            f"--host {host} would let other machines in. Leave it out (127.0.0.1), or add --allow-remote if they shall."
        )
    family, kind, protocol, _, address = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise UsageError(
                f"port {port} is taken, perhaps by another `synthesis serve`. Choose another: --port {port + 1}"
            ) from error
        raise UsageError(f"cannot listen on {host}, port {port}: {error.strerror}.") from error
    return listener


class _Server(uvicorn.Server):
    """Ends the streams of progress first, so that none holds the others up."""

    def __init__(self, config: uvicorn.Config, watch: JobWatch, farewell: Callable[[], None]) -> None:
        super().__init__(config)
        self._watch = watch
        self._farewell = farewell

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End."""
        self._watch.close()
        self._farewell()
        await super().shutdown(sockets)


class Ready(NamedTuple):
    """A server that is ready to run on its listener, and the link that opens it."""

    server: uvicorn.Server
    link: str


def make_server(
    home: Home, listener: socket.socket, tell: Callable[[str], None], *, allow_remote: bool
) -> Ready:
    """The server of a home's reports; ``tell`` gets the links that follow the first, which are secret, and the end."""
    address, port = listener.getsockname()[:2]
    host = "127.0.0.1" if ipaddress.ip_address(address).is_unspecified else bracketed(address)
    names = Names(port, LOOPBACK_NAMES | {host}, remote=allow_remote)

    def link_of(token: str) -> str:
        return f"http://{host}:{port}/?token={token}"

    def tell_if_heard(line: str) -> None:
        with contextlib.suppress(OSError):  # a terminal that is gone takes nothing from the readers
            tell(line)

    sessions = Sessions(lambda token: tell_if_heard(f"Opened. A link for another browser: {link_of(token)}"))
    book = JobBook(home)
    app, watch = make_app(home, names, sessions, book)
    config = uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,  # addresses may hold a token
        proxy_headers=False,  # nobody stands between
        server_header=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=_END_SECONDS,
    )
    return Ready(_Server(config, watch, lambda: tell_if_heard(_farewell(book))), link_of(sessions.new_link()))


def serve(
    home: Home,
    listener: socket.socket,
    tell: Callable[[str], None],
    *,
    allow_remote: bool,
    open_browser: bool,
) -> None:
    """Serve a home's reports until the process is told to end (Ctrl-C, SIGTERM); its jobs go on.

    ``tell`` gets the lines that the terminal shows.
    """
    server, link = make_server(home, listener, tell, allow_remote=allow_remote)
    tell(f"Reports of {home.root}: {link}")
    tell("The link opens one browser, once; the next is printed here. Ctrl-C ends the server.")
    if open_browser:
        threading.Thread(target=_open, args=(link,), daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt), listener:
        server.run(sockets=[listener])


def _farewell(book: JobBook) -> str:
    n = len(book.active())
    if n == 0:
        return "Ended."
    jobs = "a job that is" if n == 1 else f"{n} jobs that are"
    return f"Ended; {jobs} at work goes on or waits: synthesis serve shows it again."


def _open(link: str) -> None:
    """Open a browser, unless the only one there is would take over the terminal."""
    with contextlib.suppress(webbrowser.Error):
        browser = webbrowser.get()
        if type(browser) is not webbrowser.GenericBrowser:
            browser.open(link)
