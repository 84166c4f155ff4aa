"""``synthesis serve``: the reports in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from synthesis.commands.options import home_option, open_home

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0: any that is free."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--no-browser", is_flag=True, help="Open no browser; print the link only.")
@click.option(
    "--allow-remote",
    is_flag=True,
    help="Let --host be an address that other machines reach. Read the warning.",
)
@home_option
def serve(port: int, host: str, home: Path | None, *, no_browser: bool, allow_remote: bool) -> None:
    """Show the reports in a browser: ask, watch, read, compare, download.

    The server answers this machine alone, and only who has the link that it prints. Nothing is fetched from outside
    for its pages. A job that was started from a page is a process of its own: it goes on when the page is closed, and
    when the server ends.

    \b
    Examples:
      synthesis serve
      synthesis serve --port 9000 --home research/ --no-browser
    """
    from synthesis.web.serving import REMOTE_WARNING, listen
    from synthesis.web.serving import serve as serve_home

    place = open_home(home)
    listener = listen(host, port, allow_remote=allow_remote)
    if allow_remote:
        click.echo(REMOTE_WARNING, err=True)
    serve_home(place, listener, click.echo, allow_remote=allow_remote, open_browser=not no_browser)
