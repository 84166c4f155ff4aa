"""Training of the architectures that the paper and the tool use, tiny ones made here."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer
from tiny_models import save_model, toy_development, toy_pairs

from retrieval_core.errors import InputError, ModelError
from retrieval_core.sampling import Sampling
from retrieval_core.training import train
from retrieval_core.training_config import Training

# kind → learning rate, that of its embeddings, steps
_QUICK = {
    "static": (0.05, None, 80),
    "e5": (5e-3, None, 80),
    "labse": (1e-3, 5e-3, 100),
    "xlm-r": (5e-3, 2e-2, 80),
}
_PREFIXES = {"static": ("", ""), "e5": ("query: ", "passage: ")}


def _config(**changes):
    base = {"sampling": Sampling(batch_size=12), "steps": 60, "learning_rate": 5e-3, "evaluate_every": 20}
    return Training(**{**base, **changes})


def _metrics(out):
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("kind", sorted(_QUICK))
def test_training_learns(kind, tmp_path):
    """Every architecture: loss falls, development mAP rises, and the saved model is the trained one, pickle-free."""
    rate, tables, steps = _QUICK[kind]
    config = _config(learning_rate=rate, embedding_learning_rate=tables, steps=steps)
    out = tmp_path / "out"
    run = train(save_model(kind, tmp_path), toy_pairs(), toy_development(), config, out)
    losses = [line["loss"] for line in _metrics(out) if line["loss"] is not None]
    assert len(losses) == steps
    assert np.mean(losses[-10:]) < 0.8 * np.mean(losses[:10])
    assert run.outcome.development > run.outcome.development_before + 0.1
    assert run.prefixes == _PREFIXES.get(kind, ("Query: ", "Passage: "))
    again = SentenceTransformer(str(out / "model"), device="cpu")
    assert again.prompts["query"] == run.prefixes[0]
    assert again.prompts["document"] == run.prefixes[1]
    files = [file for file in out.rglob("*") if file.is_file()]
    assert {file.suffix for file in files} <= {".json", ".jsonl", ".safetensors", ".html", ".txt"}
    assert not any(file.read_bytes()[:2] in {b"PK", b"\x80\x02", b"\x80\x04", b"\x80\x05"} for file in files)


def test_options_together_learn(tmp_path):
    """Chunks, bf16, symmetric loss, hard negatives, replay, decay and lazy Adam work with one another."""
    pairs = toy_pairs()
    config = _config(
        bf16=True,
        symmetric=True,
        grad_cache_chunk=5,
        hard_negatives=2,
        replay_fraction=0.25,
        schedule="cosine",
        sparse_embeddings=True,
        steps=40,
    )
    run = train(
        save_model("e5", tmp_path), pairs[4:], toy_development(), config, tmp_path / "out", replay=pairs[:4]
    )
    assert run.outcome.development > run.outcome.development_before + 0.1


def test_the_same_run_twice_is_the_same_bytes(tmp_path):
    """Weights, metrics, manifest and page do not differ between two runs; only timings may."""
    model = save_model("e5", tmp_path)
    for name in ("one", "two"):
        train(model, toy_pairs(), toy_development(), _config(steps=12), tmp_path / name)
    for file in ("model/model.safetensors", "metrics.jsonl", "run.json", "curves.html"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_patience_stops_and_the_best_weights_are_kept(tmp_path):
    """Training that only makes it worse stops after the patience, and gives the weights it began with."""
    out = tmp_path / "out"
    config = _config(learning_rate=2.0, steps=200, evaluate_every=2, patience=2, warmup_fraction=0.0)
    run = train(save_model("e5", tmp_path), toy_pairs(), toy_development(), config, out)
    figures = {line["step"]: line["development"] for line in _metrics(out) if line["development"] is not None}
    assert run.outcome.stopped_early
    assert run.outcome.steps < 200
    assert run.outcome.development == max(figures.values()) == figures[run.outcome.best_step]
    assert run.outcome.steps == run.outcome.best_step + 4
    if run.outcome.best_step == 0:
        assert run.outcome.model == run.model_fingerprint


def test_a_run_is_not_overwritten_unasked(tmp_path):
    """A folder with a run needs resume or fresh, one with other files is refused, another configuration too."""
    model, out = save_model("static", tmp_path), tmp_path / "out"
    first = train(model, toy_pairs(), None, _config(steps=4), out)
    with pytest.raises(InputError, match="--resume"):
        train(model, toy_pairs(), None, _config(steps=4), out)
    with pytest.raises(InputError, match="another configuration"):
        train(model, toy_pairs(), None, _config(steps=5), out, existing="resume")
    assert train(model, toy_pairs(), None, _config(steps=4), out, existing="resume") == first
    second = train(model, toy_pairs(), None, _config(steps=5), out, existing="replace")
    assert second.outcome.steps == 5
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("words")
    with pytest.raises(InputError, match="other files"):
        train(model, toy_pairs(), None, _config(steps=4), tmp_path / "mine", existing="replace")


def test_divergence_is_an_error_with_a_way_out(tmp_path):
    """A loss that is not a number ends the run and says what to change."""
    config = _config(learning_rate=1e30, embedding_learning_rate=1e30, clip_norm=None, warmup_fraction=0.0)
    with pytest.raises(InputError, match="lower learning rate"):
        train(save_model("e5", tmp_path), toy_pairs(), None, config, tmp_path / "out")


def test_models_that_cannot_be_loaded_are_refused(tmp_path):
    """A folder that holds no model, and one that holds only a pickle, are named with what to give."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="empty"):
        train(str(tmp_path / "empty"), toy_pairs(), None, _config(), tmp_path / "out")
    (tmp_path / "pickled").mkdir()
    (tmp_path / "pickled" / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(ModelError, match="is a pickle"):
        train(str(tmp_path / "pickled"), toy_pairs(), None, _config(), tmp_path / "other")
