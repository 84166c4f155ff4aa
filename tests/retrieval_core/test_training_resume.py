"""A run that is killed goes on as if it had not been."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal

from tiny_models import save_model, toy_development, toy_pairs

from retrieval_core.sampling import Sampling

STEPS = 23


def _run(model, out, kill_after):
    """In a process of its own: train with dropout, replay, mining and chunks; die after a step, or finish."""
    import torch

    from retrieval_core.training import train
    from retrieval_core.training_config import Training

    torch.set_num_threads(1)

    def watch(metric, _steps):
        if metric.step == kill_after and metric.loss is not None:
            os.kill(os.getpid(), signal.SIGKILL)

    config = Training(
        sampling=Sampling(batch_size=12, exhausted="refill"),
        steps=STEPS,
        learning_rate=5e-3,
        hard_negatives=1,
        replay_fraction=0.3,
        grad_cache_chunk=7,
        schedule="linear",
        evaluate_every=8,
        checkpoint_every=3,
        sparse_embeddings=True,
    )
    pairs = toy_pairs()
    mono, cross = pairs[: len(pairs) // 2], pairs[len(pairs) // 2 :]
    train(
        model,
        (*mono[4:], *cross[4:]),
        toy_development(),
        config,
        out,
        replay=(*mono[:4], *cross[:4]),
        existing="resume",
        watch=watch,
    )


def _in_child(*args):
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["retrieval_core.training"])
    child = context.Process(target=_run, args=args)
    child.start()
    child.join(120)
    child.kill()
    return child.exitcode


def test_killed_and_resumed_is_never_killed(tmp_path):
    """Killed by SIGKILL at three random steps and resumed, a run ends in the same bytes as one left alone."""
    model = save_model("e5", tmp_path)
    assert _in_child(model, tmp_path / "whole", None) == 0
    kills = sorted(random.Random().sample(range(1, STEPS + 1), 3))
    for step in kills:
        assert _in_child(model, tmp_path / "killed", step) == -signal.SIGKILL, kills
    assert _in_child(model, tmp_path / "killed", None) == 0
    for file in ("model/model.safetensors", "metrics.jsonl", "run.json", "curves.html"):
        whole, killed = ((tmp_path / name / file).read_bytes() for name in ("whole", "killed"))
        assert whole == killed, (file, kills)
