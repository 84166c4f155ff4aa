"""Which sources a job asks: named, or by default; and the one network client that they share.

Keys are never needed. Where the environment holds one it is used: SYNTHESIS_OPENALEX_KEY, SYNTHESIS_SEMANTIC_SCHOLAR_KEY,
and SYNTHESIS_EMAIL, with which Unpaywall answers and Crossref is asked in its polite pool.
"""

from __future__ import annotations

import difflib
import os
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from synthesis.errors import UsageError
from synthesis.libraries import (
    DEMO,
    REMOTE_SOURCES,
    demo_library,
    find_library,
    library_folders,
    stored_libraries,
)
from synthesis.records import Filters, Record
from synthesis.sources.local import LocalLibrary, ensure_library

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from synthesis.network.client import Client
    from synthesis.protocols import FullTexts, RemoteSource, Source
    from synthesis.store import Home

    OnProgress = Callable[[str, int, int | None], None]


OPENALEX_KEY = "SYNTHESIS_OPENALEX_KEY"
SEMANTIC_SCHOLAR_KEY = "SYNTHESIS_SEMANTIC_SCHOLAR_KEY"
EMAIL = "SYNTHESIS_EMAIL"
KEYS = (OPENALEX_KEY, SEMANTIC_SCHOLAR_KEY, EMAIL)


class SourceChoice(Record):
    """What the user asked to search, so that a run can be taken up again; nothing named means the default."""

    names: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()  # paths
    offline: bool = False
    filters: Filters = Filters()
    full_texts: bool | None = None  # None: where a network source is searched


class Network:
    """The network as one job uses it: one client, made when the first source needs it. A context manager.

    ``since``: stored answers from before then do not stand without the host being asked (as an update must).
    """

    def __init__(
        self, home: Home, environ: Mapping[str, str] = os.environ, since: datetime | None = None
    ) -> None:
        self._home = home
        self._environ = environ
        self._since = since

    @cached_property
    def client(self) -> Client:
        """The shared client: its pace and cache lie in the home's state."""
        from synthesis.network.cache import ResponseCache  # noqa: PLC0415 - no job offline needs an HTTP stack
        from synthesis.network.client import Client  # noqa: PLC0415 - as above

        cache = ResponseCache(self._home.state / "http")
        return Client(state=self._home.state, cache=cache, since=self._since)

    def source(self, name: str, filters: Filters) -> RemoteSource:
        """The remote source ``name``, one of ``REMOTE_SOURCES``."""
        if name == "arxiv":
            from synthesis.sources.arxiv import ArxivSource  # noqa: PLC0415 - as above

            return ArxivSource(self.client, filters=filters)
        if name == "openalex":
            from synthesis.sources.openalex import OpenAlexSource  # noqa: PLC0415 - as above

            return OpenAlexSource(self.client, filters=filters, key=self._key(OPENALEX_KEY))
        if name == "semantic-scholar":
            from synthesis.sources.semantic_scholar import SemanticScholarSource  # noqa: PLC0415 - as above

            key = self._key(SEMANTIC_SCHOLAR_KEY)
            return SemanticScholarSource(self.client, filters=filters, key=key)
        if name == "crossref":
            from synthesis.sources.crossref import CrossrefSource  # noqa: PLC0415 - as above

            return CrossrefSource(self.client, filters=filters, mailto=self._key(EMAIL))
        from synthesis.sources.europe_pmc import EuropePmcSource  # noqa: PLC0415 - as above

        return EuropePmcSource(self.client, filters=filters)

    def full_texts(self) -> FullTexts:
        """The fetcher of open copies."""
        from synthesis.fetching.fetch import FullTextFetcher  # noqa: PLC0415 - as above
        from synthesis.sources.unpaywall import Unpaywall  # noqa: PLC0415 - as above

        return FullTextFetcher(self.client, unpaywall=Unpaywall(self.client, self._key(EMAIL)))

    def _key(self, name: str) -> str | None:
        from synthesis.network.keys import key_from  # noqa: PLC0415 - as above

        return key_from(self._environ, name)

    def close(self) -> None:
        """Let go of the connections."""
        if "client" in self.__dict__:
            self.client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def choose_sources(
    home: Home, choice: SourceChoice, network: Network, on_progress: OnProgress = lambda *_: None
) -> list[Source]:
    """The sources that a choice means; libraries are indexed on first use.

    With none named, the user's stored libraries and all remote sources; offline, where there is no library, the demo.

    Raises:
        UsageError: a name that is no source; the message suggests the nearest.
        InputFileError: a library that cannot be read.
    """
    sources: list[Source] = [
        ensure_library(home.root, Path(path), partial(on_progress, Path(path).name))
        for path in choice.libraries
    ]
    sources += [_named_source(home, name, choice, network, on_progress) for name in choice.names]
    if not choice.names:
        if not sources:
            own = [library for library in stored_libraries(home) if library.name != DEMO and len(library)]
            # summaries written for a demonstration must not stand among the literature
            sources += own or ([demo_library(home, on_progress)] if choice.offline else [])
        if not choice.offline:
            sources += [network.source(name, choice.filters) for name in REMOTE_SOURCES]
    for source in sources:
        if isinstance(source, LocalLibrary):
            source.on_progress = partial(on_progress, source.name)
    return _distinct(sources)


def choose_full_texts(choice: SourceChoice, sources: Sequence[Source], network: Network) -> FullTexts | None:
    """The fetcher of full texts, where it is wanted: by default with a network source, never offline.

    Raises:
        UsageError: full texts are asked for and the network is forbidden.
    """
    if choice.offline and choice.full_texts:
        raise UsageError(
            "--full-text fetches over the network, which --offline forbids. Leave out one of the two."
        )
    wanted = any(s.remote for s in sources) if choice.full_texts is None else choice.full_texts
    return network.full_texts() if wanted and not choice.offline else None


def _named_source(
    home: Home, name: str, choice: SourceChoice, network: Network, on_progress: OnProgress
) -> Source:
    if name == DEMO:
        return demo_library(home, on_progress)
    if name in REMOTE_SOURCES:
        if choice.offline:
            raise UsageError(f"--offline leaves out {name}, which --source names. Leave out one of the two.")
        return network.source(name, choice.filters)
    folder = find_library(home, name)
    if folder is not None:
        return LocalLibrary.open(folder)
    known = list(dict.fromkeys([*REMOTE_SOURCES, DEMO, *library_folders(home).values()]))
    near = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise UsageError(
        f"there is no source '{name}'.{hint} Known sources: {', '.join(known)}. "
        "Add your own papers with --library PATH."
    )


def _distinct(sources: Sequence[Source]) -> list[Source]:
    """Each source once; two libraries of one name are told apart by number, since names stand in the report."""
    kept: list[Source] = []
    places: set[object] = set()
    for source in sources:
        place = source.folder if isinstance(source, LocalLibrary) else source.name
        if place in places:
            continue
        places.add(place)
        same = sum(s.name.split("#")[0] == source.name for s in kept)
        if same:
            source.name = f"{source.name}#{same + 1}"
        kept.append(source)
    return kept
