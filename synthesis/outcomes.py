"""Whether a finished job is whole, or done in part: a source failed, or a host of full texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.records import Report, SearchLogEntry


def is_partial(report: Report, *, named: bool) -> bool:
    """Whether a source failed, or a host of full texts."""
    return has_failures(report.methodology.log, named=named) or report.methodology.texts_lost > 0


def has_failures(log: Sequence[SearchLogEntry], *, named: bool) -> bool:
    """Whether a source failed.

    No network at all is no failure where libraries were searched, unless a source was ``named``.
    """
    from synthesis.libraries import REMOTE_SOURCES  # noqa: PLC0415 - --help needs no library

    remote = {entry.source for entry in log if entry.source in REMOTE_SOURCES}
    out_of_reach = {entry.source for entry in log if entry.error and entry.unreachable}
    answered = any(entry.error is None for entry in log)
    no_network = answered and remote == out_of_reach and not named
    return any(e.incomplete or (e.error and not (no_network and e.unreachable)) for e in log)
