"""Does the draft state the limitations that its facts call for?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.limitations import limitations_of
from synthesis.records import Finding
from synthesis.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synthesis.review.seen import Seen


def limitations_stated(seen: Seen) -> Iterator[Finding]:
    """Every limitation is there, in the words and with the counts that the facts give it."""
    stated = {limitation.kind: limitation.text for limitation in seen.draft.limitations}
    texts = {limitation.text for limitation in seen.draft.limitations}
    for limitation in limitations_of(seen.draft):
        if limitation.text in texts:
            continue
        fact = (
            say("Stated otherwise than the facts have it: {text}", text=limitation.text)
            if limitation.kind in stated
            else say("Not stated: {text}", text=limitation.text)
        )
        yield Finding(kind="missing limitation", subject=limitation.kind, fact=fact)
