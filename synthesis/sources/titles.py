"""What a title tells: whether it names the work that was asked for, and whether the work was taken back."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from synthesis.identifiers import normalise_title
from synthesis.records import Notice

_SAME = 0.95  # share of characters in common, of titles whose numbers agree
_MAX_CHARS = 1000
# Publishers put the word before the title of a work ("RETRACTED: …", "[Retracted] …") or in brackets behind it. The
# notice itself is called "Retraction: …" or "Retraction of …" and is no retracted work.
_BEFORE = re.compile(
    r"\W*(retracted|withdrawn)(?: (?:article|chapter|paper|preprint))?\W*(?<=[\]):.–—-])", re.IGNORECASE
)
_BEHIND = re.compile(
    r"[\[(](retracted|withdrawn)(?: (?:article|chapter|paper|preprint))?(?:[.:;,][^\])]*)?[\])]\W*$",
    re.IGNORECASE,
)
_EDGE_CHARS = 300  # where such a word is looked for
_NUMBERS = re.compile(r"\d+")


def titles_agree(asked: str, found: str) -> bool:
    """Whether two titles name one work: equal when folded, or but for a few characters and never a number.

    >>> titles_agree("A Study of Owls: Part 1", "a study of owls, part 2")
    False
    """
    one, other = normalise_title(asked[:_MAX_CHARS]), normalise_title(found[:_MAX_CHARS])
    if not one or not other or _NUMBERS.findall(one) != _NUMBERS.findall(other):
        return False
    first, second = sorted((one, other))  # the measure depends on the order
    return one == other or SequenceMatcher(None, first, second, autojunk=False).ratio() >= _SAME


def title_notice(title: str, source: str) -> Notice | None:
    """That the work was retracted or withdrawn, where its title says so.

    >>> title_notice("RETRACTED ARTICLE: Owls", "x").kind, title_notice("Retraction: Owls", "x")
    ('retracted', None)
    """
    match = _BEFORE.match(title[:_EDGE_CHARS]) or _BEHIND.search(title[-_EDGE_CHARS:])
    if match is None:
        return None
    word = match[1].lower()
    return Notice(kind="retracted" if word == "retracted" else "withdrawn", source=source, detail="its title")
