"""Names and paths given by a user → the tools of the pipeline."""

from __future__ import annotations

import difflib
import re
import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from synthesis.data import demo_library_path
from synthesis.errors import SourceError, SourceUnavailableError, UnknownPaperError, UsageError
from synthesis.extraction import TrainedExtractor
from synthesis.identifiers import parse_acl_id, parse_arxiv_id, parse_doi
from synthesis.pipeline import Tools
from synthesis.reading.pdf import read_pdf
from synthesis.retrieval import EMBEDDED, CoreTagger, HybridRanker, JudgedRanker, load_calibrator, load_judge
from synthesis.review import default_panel
from synthesis.sources.local import LocalLibrary, ensure_library

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from synthesis.protocols import Source
    from synthesis.records import Paper
    from synthesis.sources.local_addition import AddReport
    from synthesis.store import Home

REMOTE_SOURCES = ("arxiv",)
DEMO = "demo"


def choose_sources(
    home: Home,
    names: Sequence[str],
    library_paths: Sequence[Path],
    *,
    offline: bool = False,
    on_progress: Callable[[str, int, int | None], None] = lambda *_: None,
) -> list[Source]:
    """The sources that ``--source`` and ``--library`` name; libraries are indexed on first use.

    With neither, the user's stored libraries (the demo library where there is none) and arXiv.

    Raises:
        UsageError: a name that is no source; the message suggests the nearest.
        InputFileError: a library that cannot be read.
    """
    sources: list[Source] = [
        ensure_library(home.root, path, partial(on_progress, path.name)) for path in library_paths
    ]
    sources += [_named_source(home, name, on_progress) for name in names]
    if not names:
        if not sources:
            own = [library for library in stored_libraries(home) if library.name != DEMO and len(library)]
            sources += own or [_demo(home, on_progress)]
        if not offline:
            sources.append(_arxiv(home))
    remote = [s.name for s in sources if s.remote]
    if offline and remote:
        raise UsageError(
            f"--offline leaves out {', '.join(remote)}, which --source names. Leave out one of the two."
        )
    return _distinct(sources)


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


def library_folders(home: Home) -> dict[Path, str]:
    """The folders of all libraries under the home, each with its library's name."""
    if not home.libraries.is_dir():
        return {}
    folders = sorted(f for f in home.libraries.iterdir() if LocalLibrary.exists(f))
    return {folder: re.sub(r"-[0-9a-f]{8}$", "", folder.name) for folder in folders}


def find_library(home: Home, name: str) -> Path | None:
    """The folder of the library that ``name`` (its name, or its folder's) means; ``None`` when there is none.

    Raises:
        UsageError: several libraries have that name; the message lists their folders.
    """
    folders = library_folders(home)
    meant = [f for f in folders if f.name == name] or [f for f, stored in folders.items() if stored == name]
    if len(meant) > 1:
        names = ", ".join(folder.name for folder in meant)
        raise UsageError(f"several libraries are named '{name}'. Name one of them by its folder: {names}.")
    return meant[0] if meant else None


def stored_libraries(home: Home) -> list[LocalLibrary]:
    """All libraries under the home, by folder name.

    Raises:
        StoreError: one of them is damaged; the message names it.
    """
    return [LocalLibrary.open(folder) for folder in library_folders(home)]


def add_to_library(
    home: Home, path: Path, name: str, on_progress: Callable[[str, int, int | None], None] = lambda *_: None
) -> tuple[LocalLibrary, AddReport]:
    """Add a file or folder to the stored library ``name``, which is made when it is not there.

    Raises:
        UsageError: the name cannot be one of a folder. InputFileError, StoreError: as ``LocalLibrary.add_path``.
    """
    if not re.fullmatch(r"\w[\w-]{0,60}", name) or name in REMOTE_SOURCES:
        raise UsageError(
            f"'{name}' cannot name a library: use letters, digits, - and _, and no source's name."
        )
    folder = home.libraries / name
    is_new = not LocalLibrary.exists(folder)
    library = LocalLibrary.create(folder, name) if is_new else LocalLibrary.open(folder)
    try:
        return library, library.add_path(path, partial(on_progress, path.name))
    except BaseException:
        library.close()
        if is_new:  # an empty library would stand in for the demo library from now on
            shutil.rmtree(folder, ignore_errors=True)
        raise


def library_name(path: Path) -> str:
    """The name of a library made from ``path`` when the user gives none.

    >>> library_name(Path("papers/My refs.2024.bib"))
    'My-refs'
    """
    return re.sub(r"[^\w-]+", "-", path.resolve().name.split(".")[0]).strip("-_")[:40] or "library"


def _demo(home: Home, on_progress: Callable[[str, int, int | None], None]) -> LocalLibrary:
    return add_to_library(home, demo_library_path(), DEMO, on_progress)[0]


def _arxiv(home: Home) -> Source:
    from synthesis.sources.arxiv import ArxivSource  # noqa: PLC0415 - it imports an HTTP stack
    from synthesis.sources.pace import Pace  # noqa: PLC0415 - as above

    return ArxivSource(pace=Pace(home.state))


def _named_source(home: Home, name: str, on_progress: Callable[[str, int, int | None], None]) -> Source:
    if name == DEMO:
        return _demo(home, on_progress)
    if name == "arxiv":
        return _arxiv(home)
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


def make_tools(sources: Sequence[Source], judge_folder: Path | None = None) -> Tools:
    """The embedded tools around some sources; ``judge_folder`` holds another judge with its calibrator.

    Raises:
        StoreError: a model is damaged, or the two do not belong together.
    """
    where = str(judge_folder) if judge_folder else EMBEDDED
    judge = load_judge(where)
    return Tools(
        sources=sources,
        extractor=TrainedExtractor(CoreTagger()),
        ranker=JudgedRanker(HybridRanker(), judge),
        judge=judge,
        calibrator=load_calibrator(judge.fingerprint, where),
        reviewers=default_panel(),
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a title may be longer than a file's name can be
        return False


def find_paper(identifier: str, sources: Sequence[Source]) -> Paper:
    """The paper that ``identifier`` names: a PDF file, an arXiv id, DOI, ACL id, or title.

    Local sources are asked first.

    Raises:
        UnknownPaperError: no source knows it; the message says which were asked and which could not be.
        InputFileError: the file cannot be read.
    """
    if not (parse_arxiv_id(identifier) or parse_doi(identifier) or parse_acl_id(identifier)):
        path = Path(identifier)
        if path.suffix.lower() == ".pdf" or _is_file(path):
            return read_pdf(path)
    failed = []
    for source in sorted(sources, key=lambda s: s.remote):
        try:
            paper = source.lookup(identifier)
        except SourceError as error:
            problem = "no network" if isinstance(error, SourceUnavailableError) else str(error)
            failed.append(f"{source.name} could not be asked ({problem})")
            continue
        if paper is not None:
            return paper
    asked = ", ".join(s.name for s in sources) or "no source"
    trouble = f" {'; '.join(failed)}." if failed else ""
    raise UnknownPaperError(
        f"no source knows the paper '{identifier}' (asked: {asked}).{trouble} Give an arXiv id (2408.10536), a "
        "DOI, an ACL Anthology id, the exact title, or a PDF file; add more papers with --library PATH."
    )
