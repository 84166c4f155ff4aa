"""What goes wrong with a file, kept and counted."""

from __future__ import annotations

from collections import Counter

from synthesis.errors import InputFileError
from synthesis.records import Rejection

_MAX_KEPT = 1000  # examples in memory; beyond them only the counts grow


class UnreadableFileError(InputFileError):
    """A whole file that cannot be read; ``reason`` is the short phrase under which it is counted."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class Rejections:
    """What a reader dropped: exact counts per reason, and the first examples of it."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._kept: list[Rejection] = []

    def add(self, item: str, reason: str, detail: str | None = None) -> None:
        """Count one dropped item; ``item`` names the file and the place in it."""
        self.counts[reason] += 1
        if len(self._kept) < _MAX_KEPT:
            self._kept.append(Rejection(stage="reading", item=item, reason=reason, detail=detail))

    def __len__(self) -> int:
        return self.counts.total()

    @property
    def kept(self) -> tuple[Rejection, ...]:
        """The first thousand, in the order in which they were met."""
        return tuple(self._kept)
