"""What a user wants of every paper, checked on a page of them, for what its database cannot be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.filtering import why_filtered

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synthesis.records import Filters, Paper


def matching(papers: Iterable[Paper], filters: Filters) -> tuple[Paper, ...]:
    """Those of ``papers`` that ``filters`` do not exclude, in their order."""
    return tuple(paper for paper in papers if why_filtered(paper, filters) is None)
