"""Checkpoints: whole or absent, and read only if they are what was written."""

from __future__ import annotations

import hashlib
import json
import random

import numpy as np
import pytest
import torch

from retrieval_core import checkpoint
from retrieval_core.errors import InputError, ModelError
from retrieval_core.records import Record


class Seen(Record):
    """A state."""

    step: int
    loss: float


_TENSORS = {
    "model": {"a.weight": torch.arange(6.0).reshape(2, 3), "b": torch.tensor([1, 2], dtype=torch.bfloat16)},
    "optimiser": {"a.weight/step": torch.tensor(3)},
}


def _write(folder, step=5):
    return checkpoint.write(folder, step, "digest", _TENSORS, Seen(step=step, loss=0.1))


def test_round_trip(tmp_path):
    """What is read is what was written, to the bit."""
    read = checkpoint.read(_write(tmp_path), "digest", Seen)
    assert (read.step, read.state) == (5, Seen(step=5, loss=0.1))
    assert read.tensors.keys() == _TENSORS.keys()
    for file, tensors in _TENSORS.items():
        for name, tensor in tensors.items():
            assert torch.equal(read.tensors[file][name], tensor)
            assert read.tensors[file][name].dtype == tensor.dtype


def test_same_content_same_bytes(tmp_path):
    """Two checkpoints of the same content are the same files."""
    one, two = _write(tmp_path / "one"), _write(tmp_path / "two")
    assert [(f.name, f.read_bytes()) for f in sorted(one.iterdir())] == [
        (f.name, f.read_bytes()) for f in sorted(two.iterdir())
    ]


@pytest.mark.parametrize(
    "file", ["model.safetensors", "optimiser.safetensors", "state.json", "manifest.json"]
)
@pytest.mark.parametrize("damage", ["flip", "cut", "remove"])
def test_damage_is_refused(tmp_path, file, damage):
    """A file that was changed, cut or removed is named, with the way out."""
    place = _write(tmp_path)
    content = bytearray((place / file).read_bytes())
    content[len(content) // 2] ^= 0x11
    if damage == "remove":
        (place / file).unlink()
    else:
        (place / file).write_bytes(content if damage == "flip" else content[:-3])
    with pytest.raises((ModelError, InputError), match="--fresh"):
        checkpoint.read(place, "digest", Seen)


def test_other_runs_are_refused(tmp_path):
    """A checkpoint of another configuration or data is not gone on from."""
    with pytest.raises(InputError, match="another configuration, model or data"):
        checkpoint.read(_write(tmp_path), "other", Seen)


def test_a_manifest_cannot_point_elsewhere(tmp_path):
    """A file name with a path in it is malformed."""
    place = _write(tmp_path / "checkpoints")
    manifest = json.loads((place / "manifest.json").read_text())
    manifest["files"]["../../secret.json"] = manifest["files"]["state.json"]
    (place / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match="malformed"):
        checkpoint.read(place, "digest", Seen)


def test_pruning_keeps_the_last_and_the_best(tmp_path):
    """The last N and the best stay; drafts of killed writes go, and never count."""
    for step in (1, 2, 3, 4, 5):
        _write(tmp_path, step)
    (tmp_path / ".draft-step-00000006").mkdir()
    assert checkpoint.steps(tmp_path) == [1, 2, 3, 4, 5]
    checkpoint.prune(tmp_path, keep=2, best=1)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["step-00000001", "step-00000004", "step-00000005"]


def test_no_room_is_a_plain_error(tmp_path):
    """A place that cannot be written to is named."""
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="Cannot write a checkpoint"):
        _write(tmp_path / "file")


def test_random_numbers_go_on():
    """After a restore every generator draws what it drew after the capture."""

    def draws():
        return torch.rand(3).tolist(), random.random(), np.random.rand(3).tolist(), torch.randn(3).tolist()  # noqa: NPY002

    before = checkpoint.random_tensors()
    first = draws()
    checkpoint.restore_random(before)
    assert draws() == first


def test_sealed_nonsense_is_refused(tmp_path):
    """A file that matches its seal but holds no tensors is an error of ours, not of the library."""
    place = _write(tmp_path)
    (place / "model.safetensors").write_bytes(b"no tensors")
    manifest = json.loads((place / "manifest.json").read_text())
    manifest["files"]["model.safetensors"] = {"size": 10, "sha256": hashlib.sha256(b"no tensors").hexdigest()}
    (place / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match="cannot be read"):
        checkpoint.read(place, "digest", Seen)
