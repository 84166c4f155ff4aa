"""What came of looking for the full text of a paper."""

from __future__ import annotations

from synthesis.records import FetchAttempt, Paper, Record


class Fetched(Record):
    """A paper with the best text that could be read, and every copy that was tried, in that order.

    Without a readable copy the paper keeps its abstract, and its flags say "full text not read: …". An attempt's ``host``
    is the service that was asked ("arxiv", "europe-pmc", "acl-anthology", else the host's name), its ``form`` what the
    copy turned out to be, as far as its first bytes tell. Outcomes: "read"; "not held": there is no such file; "refused":
    by the host, or by us for its address; "unreadable": it came, but is not the text of this paper; "unreachable": no
    answer, or the host failed a moment ago; "skipped": not asked for.
    """

    paper: Paper
    attempts: tuple[FetchAttempt, ...] = ()
