"""The training of a dual encoder: a loop over the planned batches that can be killed and goes on exactly."""

from __future__ import annotations

import hashlib
import math
import time
from typing import TYPE_CHECKING, Any

import torch

from retrieval_core import checkpoint
from retrieval_core.errors import InputError
from retrieval_core.evaluation import SETTINGS, EncoderScorer, evaluate
from retrieval_core.losses import Contrast, batch_loss, cached_backward
from retrieval_core.mining import mine_hard_negatives
from retrieval_core.model_files import to_bytes
from retrieval_core.processes import (
    ALONE,
    World,
    agreed,
    join_rows,
    same_everywhere,
    sum_gradients,
    total,
    wait_for_all,
)
from retrieval_core.records import Record
from retrieval_core.sampling import Position
from retrieval_core.training_config import Training, learning_rate_factor
from retrieval_core.training_data import Part, TrainingStream, digest_of
from retrieval_core.training_model import (
    Optimisers,
    TrainedModel,
    clip_gradients,
    load_model,
    set_weights,
    weights,
)
from retrieval_core.training_page import curves_page
from retrieval_core.training_run import (
    CHECKPOINTS,
    CURVES,
    METRICS,
    MODEL,
    TIMINGS,
    DataFile,
    Existing,
    Metric,
    Outcome,
    Run,
    prepare,
    read_metrics,
    versions,
    write_metrics,
    write_run,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from torch import Tensor

    from retrieval_core.records import QAPair, RetrievalSet


class State(Record):
    """What a run knows after a step, tensors apart. ``stale``: evaluations since the best one."""

    step: int = 0
    main: Position = Position()
    replay: Position = Position()
    best_step: int = 0
    best: float | None = None
    before: float | None = None
    stale: int = 0


def train(
    model: str,
    pairs: Sequence[QAPair],
    development: RetrievalSet | None,
    config: Training,
    out: Path,
    *,
    replay: Sequence[QAPair] = (),
    files: Sequence[DataFile] = (),
    name: str | None = None,
    existing: Existing = "refuse",
    watch: Callable[[Metric, int], None] = lambda _metric, _steps: None,
    world: World = ALONE,
    clock: Callable[[], float] = time.time,
) -> Run:
    """Train the sentence-transformers ``model`` (a folder or hub id) on ``pairs`` and write the run to ``out``.

    Batches as ``config.sampling`` plans them; with a ``development`` set, the weights that are kept are those with
    the best mean of its settings' mAP, else the last. ``replay``: pairs that are mixed in against forgetting.
    ``files`` go into ``run.json``, and ``name`` for the model if it is given. ``watch`` is told each step's metric and how many steps there are. The same
    arguments give the same weights to the last bit on one machine with one number of threads, also when the run
    was killed and resumed any number of times. Under several processes every one calls this with its ``world``.
    Raises ``InputError`` for unusable data, settings or folders, ``ModelError`` for models and checkpoints.
    """
    if world.writes:
        prepare(out, existing)
    wait_for_all(world)
    torch.manual_seed(config.seed + world.rank)
    trained = load_model(model, config, world.device)
    same_everywhere(weights(trained.network).values(), world)
    fingerprint = trained.fingerprint
    mined = (
        mine_hard_negatives(trained, pairs, config.hard_negatives, margin=config.hard_negative_margin)
        if config.hard_negatives
        else None
    )
    stream = TrainingStream(pairs, replay, config, world, mined)
    digest = _digest(config, fingerprint, world, pairs, replay, development)
    run = Run(
        digest=digest,
        model=name or model,
        model_fingerprint=fingerprint,
        prefixes=(trained.query_prefix, trained.passage_prefix),
        config=config,
        files=tuple(files),
        pairs=len(pairs),
        unused_pairs=stream.unused_pairs,
        replayed_pairs=len(replay),
        development=development.name if development else None,
        steps=stream.steps,
        processes=world.size,
        versions=versions(),
    )
    loop = _Loop(trained, stream, development, run, out, world, watch)
    began = clock()
    first = loop.restore()
    run = loop.run()
    if world.writes:
        _write_timing(out, began, clock() - began, run.outcome.steps - first if run.outcome else 0)
    return run


class _Loop:
    """One session of a run: from its last checkpoint, or the start, to its end."""

    def __init__(
        self,
        trained: TrainedModel,
        stream: TrainingStream,
        development: RetrievalSet | None,
        run: Run,
        out: Path,
        world: World,
        watch: Callable[[Metric, int], None],
    ) -> None:
        self._trained = trained
        self._stream = stream
        self._development = development
        self._run = run
        self._out = out
        self._world = world
        self._watch = watch
        self._config = run.config
        self._contrast = Contrast(run.config.temperature, run.config.symmetric)
        self._optimisers = Optimisers(trained.network, run.config)
        self._dimension = trained.dimension
        self._state = State()
        self._metrics: list[Metric] = []

    def restore(self) -> int:
        """Go back to the last checkpoint if there is one; the step that it was made after."""
        folder = self._out / CHECKPOINTS
        there = checkpoint.steps(folder)
        if there:
            saved = checkpoint.read(checkpoint.place_of(folder, there[-1]), self._run.digest, State)
            set_weights(self._trained.network, saved.tensors["model"])
            self._optimisers.restore(saved.tensors["optimiser"])
            checkpoint.restore_random({k: v[self._world.rank] for k, v in saved.tensors["random"].items()})
            self._state = saved.state
        if self._world.writes:
            self._metrics = read_metrics(self._out, self._state.step) if there else []
            write_metrics(self._out, self._metrics)
            write_run(self._out, self._run)
        return self._state.step

    def run(self) -> Run:
        """All steps that are left, then the best weights as a model; the manifest with its outcome."""
        if self._state.step == 0 and self._state.before is None:
            self._evaluate(0)
        parts = self._stream.parts(self._state.step, self._state.main, self._state.replay)
        while self._state.step < self._stream.steps and not self._out_of_patience():
            part = next(parts)
            step = self._state.step + 1
            loss = self._step(part, step)
            self._state = self._state.model_copy(
                update={"step": step, "main": part.main, "replay": part.replay}
            )
            self._note(Metric(step=step, loss=loss))
            last = step == self._stream.steps
            better = (last or step % self._config.evaluate_every == 0) and self._evaluate(step)
            if better or last or self._out_of_patience() or step % self._config.checkpoint_every == 0:
                self._save()
        return self._finish()

    def _step(self, part: Part, step: int) -> float:
        self._trained.network.train()
        keys = torch.from_numpy(part.keys).to(self._world.device)
        n = len(part.questions)

        def loss_of(rows: Tensor) -> Tensor:
            return batch_loss(rows[:n], rows[n:], self._contrast, keys, self._world)

        loss = total(self._backward(part, loss_of), self._world)
        if not math.isfinite(loss):
            raise InputError(
                f"The loss of step {step} is {loss}: training has diverged. Resume is of no use; start again with a "
                "lower learning rate (--lr) or a higher temperature."
            )
        sum_gradients(self._optimisers.parameters, self._world)
        if self._config.clip_norm is not None:
            clip_gradients(self._optimisers.parameters, self._config.clip_norm)
        self._optimisers.step(learning_rate_factor(self._config, step, self._stream.steps))
        return loss

    def _backward(self, part: Part, loss_of: Callable[[Tensor], Tensor]) -> float:
        """Accumulate the gradients of this process's part, in chunks if configured; its share of the loss."""
        trained, size = self._trained, self._config.grad_cache_chunk
        if not part.questions:  # a batch of fewer pairs than processes; the others still need its answers
            loss = loss_of(torch.zeros((0, self._dimension), device=self._world.device, requires_grad=True))
            loss.backward()  # type: ignore[no-untyped-call]
            return float(loss.detach())
        sides = ((part.questions, trained.query_prefix), (part.passages, trained.passage_prefix))
        chunks = [
            trained.features(texts[i : i + (size or len(texts))], prefix)
            for texts, prefix in sides
            for i in range(0, len(texts), size or len(texts))
        ]
        if size is not None:
            return cached_backward(chunks, trained.embed, loss_of)
        loss = loss_of(torch.cat([trained.embed(chunk) for chunk in chunks]))
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    def _evaluate(self, step: int) -> bool:
        """Measure on the development set, if there is one; whether it is the best so far."""
        if self._development is None:
            return False
        figure = agreed(_figure(self._trained, self._development) if self._world.writes else 0.0, self._world)
        self._note(Metric(step=step, development=figure))
        state = self._state
        better = state.best is None or figure > state.best
        self._state = state.model_copy(
            update={
                "before": figure if step == 0 else state.before,
                "best": figure if better else state.best,
                "best_step": step if better else state.best_step,
                "stale": 0 if better else state.stale + 1,
            }
        )
        if step == 0:
            self._save()
        return better

    def _out_of_patience(self) -> bool:
        return self._config.patience is not None and self._state.stale >= self._config.patience

    def _note(self, metric: Metric) -> None:
        if self._world.writes:
            self._metrics.append(metric)
            with (self._out / METRICS).open("ab") as file:
                file.write(to_bytes(metric))
            self._watch(metric, self._stream.steps)

    def _save(self) -> None:
        """Write a checkpoint of this moment; the first process writes, all give their random numbers."""
        random = {
            name: join_rows(tensor[None].to(self._world.device), self._world).cpu()
            for name, tensor in checkpoint.random_tensors().items()
        }
        if self._world.writes:
            tensors = {
                "model": weights(self._trained.network),
                "optimiser": self._optimisers.tensors(),
                "random": random,
            }
            folder = self._out / CHECKPOINTS
            checkpoint.write(folder, self._state.step, self._run.digest, tensors, self._state)
            best = self._state.best_step if self._development else None
            checkpoint.prune(folder, keep=self._config.keep_checkpoints, best=best)
        wait_for_all(self._world)

    def _finish(self) -> Run:
        """Put the best weights back and write model, manifest and page."""
        state, folder = self._state, self._out / CHECKPOINTS
        best_step = state.step if self._development is None else state.best_step
        if best_step != state.step:
            saved = checkpoint.read(checkpoint.place_of(folder, best_step), self._run.digest, State)
            set_weights(self._trained.network, saved.tensors["model"])
        outcome = Outcome(
            steps=state.step,
            stopped_early=state.step < self._stream.steps,
            best_step=best_step,
            development=state.best,
            development_before=state.before,
            model=self._trained.fingerprint,
        )
        run = self._run.model_copy(update={"outcome": outcome})
        if self._world.writes:
            self._trained.save(self._out / MODEL)
            write_run(self._out, run)
            (self._out / CURVES).write_text(curves_page(run, self._metrics), encoding="utf-8")
        wait_for_all(self._world)
        return run


def _figure(trained: TrainedModel, development: RetrievalSet) -> float:
    """The mean mAP of the settings that ``development`` allows."""
    evaluation = evaluate(EncoderScorer(trained), development)
    means = [mean for setting in SETTINGS if (mean := evaluation.mean(setting)) is not None]
    return sum(means) / len(means)


def _digest(config: Training, fingerprint: str, world: World, *data: Any) -> str:
    """SHA-256 (hex) of everything that decides the weights of every step."""
    pairs, replay, development = data
    parts = (
        to_bytes(config),
        fingerprint.encode(),
        str(world.size).encode(),
        digest_of(pairs).encode(),
        digest_of(replay).encode(),
        b"" if development is None else digest_of([development]).encode(),
    )
    return hashlib.sha256(b"\n".join(parts)).hexdigest()


class _Timing(Record):
    began_unix_seconds: float
    seconds: float
    steps: int
    torch_threads: int


def _write_timing(out: Path, began: float, seconds: float, steps: int) -> None:
    timing = _Timing(
        began_unix_seconds=began, seconds=seconds, steps=steps, torch_threads=torch.get_num_threads()
    )
    with (out / TIMINGS).open("ab") as file:
        file.write(to_bytes(timing))
