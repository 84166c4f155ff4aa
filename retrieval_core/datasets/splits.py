"""Training, development and test parts of pairs, none of which knows a passage of another.

Pairs belong together that share a passage's text, a text of which passages are parts (see ``text_group``) or a
parallel id, and so on through chains of them. Each such component goes whole into the part that its seeded hash
names: adding other pairs moves none, and no random state is carried.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from retrieval_core.datasets.questions import content_id, text_group
from retrieval_core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retrieval_core.records import QAPair


@dataclass(frozen=True, slots=True)
class Splits:
    """The parts, each in the order of the pairs."""

    train: tuple[QAPair, ...]
    development: tuple[QAPair, ...]
    test: tuple[QAPair, ...]


def split_pairs(pairs: Sequence[QAPair], *, seed: int, development: float = 0.1, test: float = 0.1) -> Splits:
    """Divide ``pairs``; ``development`` and ``test`` are the expected shares of components, 0–1.

    Raises ``InputError`` where the shares leave nothing to train on.
    """
    if min(development, test) < 0 or development + test >= 1:
        raise InputError(
            f"Shares {development} for development and {test} for test; expected two numbers of at least 0 that sum"
            " to less than 1."
        )
    parts: tuple[list[QAPair], list[QAPair], list[QAPair]] = ([], [], [])
    for pair, name in zip(pairs, components(pairs), strict=True):
        place = _unit_hash(f"{seed}:{name}")
        parts[1 if place < development else 2 if place < development + test else 0].append(pair)
    return Splits(*(tuple(part) for part in parts))


def components(pairs: Sequence[QAPair]) -> list[str]:
    """For each pair the name of its component: the smallest of the keys that tie it together."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while parent.setdefault(key, key) != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    firsts = []
    for pair in pairs:
        first, *others = _keys(pair)
        firsts.append(first)
        for other in others:
            low, high = sorted((root(first), root(other)))
            parent[high] = low  # the smallest key stays the root, whatever the order of the pairs
    return [root(first) for first in firsts]


def _keys(pair: QAPair) -> Iterator[str]:
    yield f"text:{content_id(' '.join(pair.passage.casefold().split()))}"
    yield f"passage:{text_group(pair.passage_id)}"
    if pair.parallel_id is not None:
        yield f"parallel:{pair.parallel_id}"


def _unit_hash(key: str) -> float:
    """A number in [0, 1) that ``key`` alone decides."""
    return int.from_bytes(sha256(key.encode("utf-8", "surrogatepass")).digest()[:8]) / 2**64
