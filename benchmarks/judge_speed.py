"""Claim–passage pairs a second: the judge from text, its int8 network alone, and the same weights in PyTorch.

Every pair is cut to ``PIECES`` word pieces, both texts and their marks counted. All systems take turns in one process
on two cores; the best round of each counts. PyTorch runs in 32 bits in two forms, as the model is trained and with
PyTorch's own fused attention, and the faster one is the peer.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import torch
from torch import nn
from torch.nn import functional

from retrieval_core.embedding.body import HEADS, WIDTH, Body, mean_of
from retrieval_core.embedding.pieces import Pieces
from retrieval_core.entailment.claimsets import read_scifact
from retrieval_core.entailment.cross_encoder import NETWORK_FILE, CrossEncoderJudge
from retrieval_core.entailment.cross_input import InputMaker, PairIds
from retrieval_core.entailment.cross_model import CrossEncoder
from retrieval_core.entailment.cross_network import Network
from retrieval_core.model_files import model_folder, read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

PIECES = 128
CORES = 2
N_PAIRS = 480
BATCH = 16  # pairs through PyTorch at once: as many pieces as the int8 network takes
ROUNDS = 4
LEAST_RATE, LEAST_RATIO = 150, 3


class FusedAttention(nn.Module):
    """The trained network with PyTorch's own attention."""

    def __init__(self, network: CrossEncoder) -> None:
        super().__init__()
        self.network = network

    def forward(self, vectors: torch.Tensor, marks: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """As ``CrossEncoder.forward``."""
        network, body = self.network, self.network.body
        batch, length, _ = vectors.shape
        shown = mask[:, None, None, :].bool()
        x = body.norm_input(vectors + marks @ network.marks + body.positions[:length])
        for layer in body.layers:
            q, k, v = layer.qkv(x).view(batch, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
            attended = functional.scaled_dot_product_attention(q, k, v, attn_mask=shown)
            x = layer.norm_attention(x + layer.out(attended.transpose(1, 2).reshape(batch, length, WIDTH)))
            x = layer.norm_output(x + layer.down(functional.gelu(layer.up(x))))
        logits: torch.Tensor = network.head(torch.cat([x[:, 0], mean_of(x, mask)], dim=1))
        return logits


def measure_speed(data: Path, where: str) -> dict[str, Any]:
    """Pairs a second of every system, and how far the logits of int8 are from those of 32 bits."""
    folder = model_folder(where)
    if not (folder / NETWORK_FILE).exists():
        sys.exit(f"{folder} holds no network; the part “speed” is for a cross-encoder.")
    _use_cores()
    graph, _ = read_bytes(folder, NETWORK_FILE)
    pieces = Pieces.embedded()
    judge, network = CrossEncoderJudge.open(folder), Network(graph, pieces, threads=CORES)
    plain = network_of(graph).eval()
    texts, inputs = pairs_of_length(data, pieces)
    batches = [tensors(inputs[at : at + BATCH], pieces) for at in range(0, len(inputs), BATCH)]
    systems: dict[str, Callable[[], object]] = {
        "judge, from text": lambda: judge.score(texts),
        "network alone, int8": lambda: network.logits(inputs),
        "PyTorch, 32 bits, as trained": lambda: forward(plain, batches),
        "PyTorch, 32 bits, fused attention": lambda: forward(FusedAttention(plain), batches),
    }
    rates = _best_rates(systems, len(inputs))
    for name, rate in rates.items():
        print(f"speed, {name}: {rate:.1f} pairs/s", flush=True)
    peer = max(rate for name, rate in rates.items() if name.startswith("PyTorch"))
    ratios = {name: round(rate / peer, 2) for name, rate in rates.items() if not name.startswith("PyTorch")}
    print(f"over PyTorch: {ratios}; bars: {LEAST_RATE} pairs/s, {LEAST_RATIO} times PyTorch", flush=True)
    gap = np.abs(forward(plain, batches) - network.logits(inputs))
    return {
        "cores": CORES,
        "pairs": len(inputs),
        "pieces_a_pair": round(float(np.mean([len(pair.ids) for pair in inputs])), 1),
        "pairs_per_second": {name: round(rate, 1) for name, rate in rates.items()},
        "over_pytorch": ratios,
        "int8_logit_gap": {"mean": round(float(gap.mean()), 4), "largest": round(float(gap.max()), 4)},
        "network_megabytes": round(len(graph) / 1e6, 2),
    }


def network_of(graph: bytes) -> CrossEncoder:
    """The network whose graph ``cross_export.to_onnx`` made, its int8 weights in 32 bits again."""
    tensors_of = {
        t.name.removeprefix("network."): onnx.numpy_helper.to_array(t)
        for t in onnx.load_model_from_string(graph).graph.initializer
    }
    network = CrossEncoder(Body())
    state = {}
    for name, parameter in network.state_dict().items():
        found = tensors_of.get(name)
        if found is None:
            steps = tensors_of[f"{name}_quantized"].astype(np.float32) - tensors_of[f"{name}_zero_point"]
            found = steps * tensors_of[f"{name}_scale"]
        same = found.shape == tuple(parameter.shape)
        state[name] = torch.from_numpy(
            np.array(found if same else found.T, np.float32)
        )  # Gemm keeps the head's turned
    network.load_state_dict(state)
    return network


def pairs_of_length(data: Path, pieces: Pieces) -> tuple[list[tuple[str, str]], list[PairIds]]:
    """Claims of SciFact with their abstracts, cut after the last word that keeps the pair within ``PIECES``."""
    maker = InputMaker(pieces)
    texts, inputs = [], []
    for pair in read_scifact(data / "claims")[0]:
        [claim] = pieces.ids([pair.claim])
        words = pair.evidence.split()
        ends = np.cumsum([len(ids) for ids in pieces.ids(words)])
        room = PIECES - 3 - len(claim)
        if ends[-1] < room:
            continue
        passage = " ".join(words[: int(np.searchsorted(ends, room, side="right"))])
        texts.append((pair.claim, passage))
        inputs.append(maker.make(claim, pieces.ids([passage])[0]))
        if len(texts) == N_PAIRS:
            break
    return texts, inputs


def tensors(inputs: Sequence[PairIds], pieces: Pieces) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(vectors, marks, mask) of a batch, as the network reads it."""
    shape = (len(inputs), max(len(pair.ids) for pair in inputs))
    ids, mask, marks = (
        np.zeros(shape, np.int64),
        np.zeros(shape, np.float32),
        np.zeros((*shape, 2), np.float32),
    )
    for row, pair in enumerate(inputs):
        n = len(pair.ids)
        ids[row, :n], mask[row, :n] = pair.ids, 1
        marks[row, :n] = np.stack([pair.passage, pair.matched], axis=1)
    return torch.from_numpy(pieces.vectors(ids)), torch.from_numpy(marks), torch.from_numpy(mask)


def forward(network: nn.Module, batches: Sequence[tuple[torch.Tensor, ...]]) -> NDArray[np.float32]:
    """(n, 3) logits of all batches."""
    with torch.inference_mode():
        return np.concatenate([network(*batch).numpy() for batch in batches])


def _best_rates(systems: dict[str, Callable[[], object]], n: int) -> dict[str, float]:
    best = dict.fromkeys(systems, 0.0)
    for turn in range(ROUNDS + 1):
        for name, run in systems.items():
            started = time.perf_counter()
            run()
            if turn:  # the first round loads and warms
                best[name] = max(best[name], n / (time.perf_counter() - started))
    return best


def _use_cores() -> None:
    """Two cores for every system, whatever the machine has."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    torch.set_num_threads(CORES)
