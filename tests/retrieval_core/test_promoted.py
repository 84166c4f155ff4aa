"""The registry of promoted encoders."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from pathlib import Path

import pytest

from retrieval_core import promoted
from retrieval_core.errors import InputError, ModelError
from retrieval_core.model_files import Manifest

A, B = "a" * 64, "b" * 64


@pytest.fixture
def model(tmp_path):
    """A folder with files, one of them in a folder of its own."""
    folder = tmp_path / "model"
    (folder / "part").mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "part" / "weights").write_bytes(bytes(1000))
    return folder


def _install(model, name, home):
    manifest = Manifest(
        name="toy", command="x", files=promoted.seals_of(model), data=(), metrics={"date": "2020-01-01"}
    )
    return promoted.install(model, name, manifest, f"card of {name}", home)


def _current(home):
    folder = promoted.current_folder(home)
    return folder and folder.parent.name


def test_promotions_are_undone_one_by_one(model, tmp_path):
    """Rollback goes back one promotion at a time, finally to the embedded encoder, and then says there is no more."""
    home = tmp_path / "home"
    assert promoted.current_folder(home) is None
    folder = _install(model, A, home)
    assert (folder / "encoder" / "part" / "weights").read_bytes() == bytes(1000)
    assert (folder / "MODEL_CARD.md").read_text() == f"card of {A}"
    _install(model, B, home)
    assert [(one.name, one.current) for one in promoted.listed(home)] == [
        ("embedded", False),
        (A, False),
        (B, True),
    ]
    assert promoted.rollback(home) == A == _current(home)
    assert _install(model, B, home).name == B == _current(home)  # again, after it was rolled back
    assert [promoted.rollback(home) for _ in range(2)] == [A, "embedded"]
    assert promoted.current_folder(home) is None
    with pytest.raises(InputError, match="Nothing to go back to"):
        promoted.rollback(home)
    assert {path.name for path in (home / "encoders").iterdir()} <= {A, B, "current.json", "write.lock"}


def test_the_home_is_the_variable_s_unless_it_is_named(model, tmp_path, monkeypatch):
    """RETRIEVAL_CORE_HOME says where encoders are kept; an argument overrides it."""
    monkeypatch.setenv("RETRIEVAL_CORE_HOME", str(tmp_path / "mine"))
    _install(model, A, None)
    assert promoted.current_folder() == tmp_path / "mine" / "encoders" / A / "encoder"
    assert promoted.current_folder(tmp_path / "other") is None


@pytest.mark.parametrize(
    ("damage", "place"),
    [
        (lambda place: (place / "current.json").write_text('{"current": "../../etc"'), "current.json"),
        (lambda place: (place / "current.json").write_text('{"current": "../../etc"}'), "current.json"),
        (lambda place: (place / "current.json").unlink(), "current.json"),
        (lambda place: shutil.rmtree(place / B), B),
    ],
)
def test_damage_is_named_and_never_papered_over(model, tmp_path, damage, place):
    """A damaged or missing registry or folder is an error that names it; the remedy it names works."""
    _install(model, A, tmp_path)
    _install(model, B, tmp_path)
    damage(tmp_path / "encoders")
    with pytest.raises(ModelError, match=f"{place}.*rollback --to-embedded"):
        promoted.current_folder(tmp_path)
    assert promoted.rollback(tmp_path, to_embedded=True) == "embedded"
    assert promoted.current_folder(tmp_path) is None


def test_nothing_is_rolled_back_to_a_missing_model(model, tmp_path):
    """If the model to go back to is gone, the current one stays."""
    _install(model, A, tmp_path)
    _install(model, B, tmp_path)
    shutil.rmtree(tmp_path / "encoders" / A)
    with pytest.raises(ModelError, match=A):
        promoted.rollback(tmp_path)
    assert _current(tmp_path) == B


def _killed_at(rename, model, home):
    """In a process of its own: promote, and die before the given rename."""
    whole, done = Path.replace, []

    def replace(self, target):
        done.append(target)
        if len(done) == rename:
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(self, target)

    Path.replace = replace
    _install(model, B, home)


@pytest.mark.parametrize("before", [None, A])
def test_a_killed_promotion_leaves_the_old_encoder(model, tmp_path, before):
    """Killed before any of its renames, a promotion leaves what was current, and the next one works."""
    renames = 3  # current.json as it was, the model's folder, current.json
    for rename in range(1, renames + 1):
        home = tmp_path / str(rename)
        if before:
            _install(model, before, home)
        process = multiprocessing.get_context("spawn").Process(target=_killed_at, args=(rename, model, home))
        process.start()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        assert _current(home) == before
        _install(model, B, home)
        assert _current(home) == B
        assert not list((home / "encoders").glob(".draft-*"))
        assert promoted.rollback(home) == (before or "embedded")
