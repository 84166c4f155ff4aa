"""Several processes train as one."""

from __future__ import annotations

import json
import multiprocessing
import os
import socket

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_models import save_model, toy_development, toy_pairs

from retrieval_core.errors import InputError
from retrieval_core.losses import Contrast, batch_loss
from retrieval_core.processes import ALONE, joined, sum_gradients
from retrieval_core.sampling import Sampling
from retrieval_core.training import train
from retrieval_core.training_config import Training
from retrieval_core.training_model import load_model

# 96 pairs in batches of 19 per kind and language: sizes are odd, and the last batches are of one or a few pairs.
CONFIG = Training(
    sampling=Sampling(batch_size=23), epochs=2, learning_rate=0.05, symmetric=True, evaluate_every=4
)


def _child(rank, port, models, folder):
    torch.set_num_threads(1)
    os.environ.update(
        RANK=str(rank), WORLD_SIZE="2", LOCAL_RANK=str(rank), MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port)
    )
    with joined() as world:
        save_file(_gradients(models["labse"], world), folder / f"gradients-{rank}.safetensors")
        train(models["static"], toy_pairs(), toy_development(), CONFIG, folder / "out", world=world)


def _gradients(model, world):
    """Of one step of an uneven batch: 7 questions, 7 positives and 3 further negatives."""
    trained = load_model(model, Training(steps=1), "cpu")
    pairs = toy_pairs()
    own, further = pairs[:7][world.rank :: world.size], pairs[7:10][world.rank :: world.size]
    queries = trained.embed(trained.features([p.question for p in own], "Query: "))
    passages = trained.embed(trained.features([p.passage for p in (*own, *further)], ""))
    keys = torch.tensor([[int(p.parallel_id) % 5] for p in (*own, *further)])
    batch_loss(queries, passages, Contrast(0.1, symmetric=True), keys, world).backward()
    sum_gradients(trained.network.parameters(), world)
    return {n: p.grad.contiguous() for n, p in trained.network.named_parameters() if p.grad is not None}


def test_two_processes_are_one(tmp_path):
    """Two processes give the gradients, losses, figures and weights of one on the same global batches."""
    models = {kind: save_model(kind, tmp_path) for kind in ("labse", "static")}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["retrieval_core.training"])
    children = [context.Process(target=_child, args=(rank, port, models, tmp_path)) for rank in range(2)]
    for child in children:
        child.start()
    try:
        for child in children:
            child.join(60)
    finally:
        for child in children:
            child.kill()  # one that waits for the other for ever
    assert [child.exitcode for child in children] == [0, 0]

    expected = _gradients(models["labse"], ALONE)
    for rank in range(2):
        found = load_file(tmp_path / f"gradients-{rank}.safetensors")
        for name, gradient in expected.items():
            torch.testing.assert_close(found[name], gradient, rtol=1e-4, atol=1e-5)
    alone = train(models["static"], toy_pairs(), toy_development(), CONFIG, tmp_path / "alone")
    assert json.loads((tmp_path / "out" / "run.json").read_text())["processes"] == 2
    assert _losses(tmp_path / "out") == pytest.approx(_losses(tmp_path / "alone"), rel=1e-4)
    assert alone.outcome.steps > 10
    one, two = (
        load_file(tmp_path / name / "model" / "model.safetensors")["embedding.weight"]
        for name in ("alone", "out")
    )
    torch.testing.assert_close(one, two, rtol=1e-3, atol=1e-4)


def _losses(out):
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    return [line["loss"] for line in lines if line["loss"] is not None]


def test_half_an_environment_is_refused():
    """WORLD_SIZE without RANK is not torchrun's doing, and says so."""
    with pytest.raises(InputError, match="torchrun"), joined({"WORLD_SIZE": "2"}):
        pass
