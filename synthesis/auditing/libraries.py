"""The stored papers of the libraries that are still here, read without touching their search indexes."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Self

from synthesis.errors import StoreError
from synthesis.libraries import library_folders
from synthesis.reconciling import fact_source
from synthesis.sources.local_store import PaperStore

if TYPE_CHECKING:
    from synthesis.records import Paper
    from synthesis.store import Home

_DATABASE = "library.sqlite"


class Libraries:
    """A context in which papers are looked up in every library of a home; one that is damaged holds none."""

    def __init__(self, home: Home) -> None:
        self._stores: list[tuple[str, PaperStore]] = []
        for folder in library_folders(home):
            with contextlib.suppress(StoreError):
                store = PaperStore.open(folder / _DATABASE)
                self._stores.append((store.meta("name"), store))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for _name, store in self._stores:
            store.close()

    def copies(self, paper: Paper) -> list[Paper]:
        """What the library that a run's paper has its text from holds of it now; nothing where it is not here."""
        source = fact_source(paper, "abstract")
        found: list[Paper] = []
        for name, store in self._stores:
            if name == source:
                with contextlib.suppress(StoreError):
                    found += store.by_name("paper_id", paper.paper_id)
        return found
