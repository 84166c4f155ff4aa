"""Data that ships in the wheel: the demo library and the fitted numbers of the small models."""

from importlib.resources import files
from pathlib import Path


def demo_library_path() -> Path:
    """The demo library: JSON Lines, one paper a line (id, title, authors, year, venue, doi, url, abstract).

    Packages are installed unpacked, so the resource is a file on disk.
    """
    return Path(str(files(__name__) / "demo_library.jsonl"))
