"""A user's own libraries: where they lie, by which name they go, and how papers come into them."""

from __future__ import annotations

import re
import shutil
from functools import partial
from typing import TYPE_CHECKING

from synthesis.data import demo_library_path
from synthesis.errors import UsageError
from synthesis.sources.local import LocalLibrary

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from synthesis.sources.local_addition import AddReport
    from synthesis.store import Home

DEMO = "demo"
REMOTE_SOURCES = ("arxiv", "openalex", "semantic-scholar", "crossref", "europe-pmc")


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

    >>> from pathlib import Path
    >>> library_name(Path("papers/My refs.2024.bib"))
    'My-refs'
    """
    return re.sub(r"[^\w-]+", "-", path.resolve().name.split(".")[0]).strip("-_")[:40] or "library"


def demo_library(home: Home, on_progress: Callable[[str, int, int | None], None]) -> LocalLibrary:
    """The demo library, brought up to date with the one that came with this version."""
    return add_to_library(home, demo_library_path(), DEMO, on_progress)[0]
