"""The embedded encoder made from data, stage by stage, with the command that a user gives."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from safetensors.numpy import load_file
from tiny_encoder import ENGLISH, PIECES, RECIPE, in_all, save_data, save_teacher

from retrieval_core import checkpoint
from retrieval_core.cli import cli
from retrieval_core.embedding import bag_training, body_training, contextual_training
from retrieval_core.embedding.embedded import EmbeddedEncoder
from retrieval_core.embedding.files import read_encoder
from retrieval_core.embedding.recipe import Recipe
from retrieval_core.embedding.stages import Stages
from retrieval_core.errors import InputError, ModelError
from retrieval_core.model_files import Manifest


class _Toy:
    """Data, teacher and recipe on disk, and what a first run made of them."""

    def __init__(self, folder):
        self.data, self.teacher = save_data(folder / "data"), save_teacher(folder / "teacher")
        self.recipe, self.work, self.out = folder / "recipe.json", folder / "work", folder / "encoder"
        self.recipe.write_text(json.dumps(RECIPE))

    def command(self, **changed):
        options = {
            "data": self.data,
            "teacher": self.teacher,
            "recipe": self.recipe,
            "work": self.work,
            "out": self.out,
            "threads": 1,
            **changed,
        }
        flags = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        return CliRunner().invoke(cli, ["train-embedded", *flags])

    def stages(self, work, said=None):
        recipe = Recipe.model_validate_json(json.dumps(RECIPE))
        return Stages(recipe, self.data, self.teacher, work, (said if said is not None else []).append)


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """The folders of a run that the command has finished."""
    threads = torch.get_num_threads()
    made = _Toy(tmp_path_factory.mktemp("toy"))
    done = made.command()
    assert done.exit_code == 0, done.output
    assert "bag: step 100 of 100" in done.stderr
    yield made
    torch.set_num_threads(threads)


def _module(toy, work=None):
    return toy.stages(work or toy.work).run()


def _bytes(folder):
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_the_command_makes_an_encoder(toy):
    """From data to an encoder that encodes; its manifest says from what, and the log how it went."""
    files = read_encoder(toy.out)
    assert files.pieces[: len(PIECES)] == PIECES
    assert len(files.pieces) > len(PIECES) + 100
    assert files.tables["bag"].shape == (len(files.pieces), 16)
    encoder = EmbeddedEncoder(files, threads=1)
    texts = [in_all(ENGLISH[:5])[language] for language in ("en", "de", "el", "th")]
    assert np.linalg.norm(encoder.encode(texts), axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    manifest = Manifest.model_validate_json((toy.out / "manifest.json").read_bytes())
    assert (manifest.name, manifest.command) == ("encoder", "retrieval-core train-embedded")
    assert any("MiniLM" in use.name for use in manifest.data)
    assert str(toy.data) not in (toy.out / "manifest.json").read_text()
    log = [json.loads(line) for line in (toy.work / "log.jsonl").read_text().splitlines()]
    assert [(line["stage"], line["step"]) for line in log] == [("bag", 100)]


def test_a_finished_run_is_not_done_again(toy):
    """Given again, the command trains nothing and writes the same bytes."""
    before, times = _bytes(toy.out), {f: f.stat().st_mtime_ns for f in _stages_of(toy.work)}
    assert toy.command().exit_code == 0
    assert _bytes(toy.out) == before
    assert {f: f.stat().st_mtime_ns for f in _stages_of(toy.work)} == times


def _stages_of(work):
    """All that a run leaves but the recipe's mark."""
    return sorted(f for f in work.rglob("*") if f.is_file() and f.name != "recipe.sha256")


def test_an_interrupted_run_goes_on_exactly(toy, tmp_path, monkeypatch):
    """Stopped after a checkpoint of each stage and begun again, a run ends with the weights of an unbroken one."""
    work = tmp_path / "work"
    monkeypatch.setattr(contextual_training, "_CHECKPOINT_STEPS", 2)
    monkeypatch.setattr(body_training, "_CHECKPOINT_STEPS", 2)
    monkeypatch.setattr(bag_training, "_CHECKPOINT_STEPS", 40)
    write, stops = checkpoint.write, {("contextual", 4), ("body", 2), ("bag", 40)}

    def interrupted(folder, step, *rest):
        place = write(folder, step, *rest)
        if (folder.name, step) in stops:
            stops.remove((folder.name, step))
            raise KeyboardInterrupt
        return place

    monkeypatch.setattr(checkpoint, "write", interrupted)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            _module(toy, work)
    assert not stops
    assert (work / "start.safetensors").read_bytes() == (toy.work / "start.safetensors").read_bytes()
    unbroken = _module(toy).state_dict()
    for name, tensor in _module(toy, work).state_dict().items():
        assert torch.equal(tensor, unbroken[name]), name


def test_minilms_own_pieces_stay(toy):
    """The input vectors of MiniLM's pieces are unchanged to the bit; added ones have moved from their start."""
    own = load_file(toy.teacher / "model.safetensors")["embeddings.word_embeddings.weight"]
    start = load_file(toy.work / "start.safetensors")["pieces"]
    pieces = _module(toy).pieces.weight.detach().numpy()
    assert np.array_equal(pieces[: len(PIECES)], own)
    assert np.array_equal(start[: len(PIECES)], own)
    assert (pieces[len(PIECES) :] != start[len(PIECES) :]).any()


def test_the_start_is_the_alignment(toy):
    """Before training, a whole word's bag vector is nearest to its translation's among English words."""
    vocabulary = (toy.work / "vocabulary.txt").read_text(encoding="utf-8").splitlines()
    bag = load_file(toy.work / "start.safetensors")["bag"]
    english = [word for word in ENGLISH if word in vocabulary]
    rows = bag[[vocabulary.index(word) for word in english]]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    right = tried = 0
    for i, word in enumerate(english):
        for text in in_all([word], ("de", "el", "th")).values():
            if text in vocabulary:
                tried += 1
                right += int((rows @ bag[vocabulary.index(text)]).argmax()) == i
    assert tried > 20
    assert right / tried > 0.8


def test_another_recipe_needs_another_folder(toy, tmp_path):
    """A work folder is of one recipe: another one is refused and leaves the folder as it was."""
    other = tmp_path / "other.json"
    other.write_text(json.dumps({**RECIPE, "seed": 2}))
    mark = (toy.work / "recipe.sha256").read_bytes()
    refused = toy.command(recipe=other)
    assert isinstance(refused.exception, InputError)
    assert "another recipe" in str(refused.exception)
    assert (toy.work / "recipe.sha256").read_bytes() == mark


@pytest.mark.parametrize("spoilt", ["vocab.txt", "model.safetensors"])
def test_a_teacher_that_is_none_is_an_error(toy, tmp_path, spoilt):
    """Without vocabulary or weights, or with others, the teacher's folder is named."""
    for name in ("vocab.txt", "model.safetensors"):
        (tmp_path / name).write_bytes((toy.teacher / name).read_bytes() if name != spoilt else b"\xff\xfe")
    work = tmp_path / "work"
    with pytest.raises(ModelError, match="No MiniLM in"):
        Stages(Recipe.model_validate_json(json.dumps(RECIPE)), toy.data, tmp_path, work, print).run()
    (tmp_path / spoilt).unlink()
    with pytest.raises(ModelError, match="No MiniLM in"):
        Stages(Recipe.model_validate_json(json.dumps(RECIPE)), toy.data, tmp_path, work, print).run()


def test_lacking_data_are_an_error(toy, tmp_path):
    """A data folder without a file is an error that names the file."""
    (tmp_path / "parallel").mkdir()
    failed = toy.command(data=tmp_path, work=tmp_path / "work")
    assert isinstance(failed.exception, InputError)
    assert "sentences.jsonl.xz" in str(failed.exception)
