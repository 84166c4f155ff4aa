"""The model under training: texts to embeddings with a graph, its parameters, and the optimisers that move them."""

from __future__ import annotations

import hashlib
import re
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from sentence_transformers import SentenceTransformer
from torch import nn

from retrieval_core.embedding.training_form import is_training_form
from retrieval_core.errors import InputError, ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from retrieval_core.training_config import Training

Features = dict[str, Any]
_PICKLED = (".bin", ".pt", ".pth", ".pkl", ".ckpt")
# Part of a model's name → the prefixes of queries and passages: those E5 was made with (arXiv 2212.03533, 2402.05672),
# and those that arXiv 2408.10536 (§2.1) trains XLM-R and LaBSE with.
_PREFIXES = {
    "e5": ("query: ", "passage: "),
    "labse": ("Query: ", "Passage: "),
    "xlm-r": ("Query: ", "Passage: "),
    "xlm-roberta": ("Query: ", "Passage: "),
}


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A sentence-transformers model with the prefixes it is trained with, on its device."""

    network: SentenceTransformer
    query_prefix: str
    passage_prefix: str
    bf16: bool

    def features(self, texts: Sequence[str], prefix: str) -> Features:
        """What the network reads of ``texts``, on its device."""
        found = self.network.preprocess(list(texts), prompt=prefix or None)
        return {k: v.to(self.network.device) if isinstance(v, torch.Tensor) else v for k, v in found.items()}

    def embed(self, features: Features) -> Tensor:
        """(n, dim) embeddings, with a graph where gradients are on."""
        with self._precision():
            embeddings: Tensor = self.network(dict(features))[
                "sentence_embedding"
            ]  # it adds to what it is given
        return embeddings.float()

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dim) rows of length 1, as a user of the model gets them."""
        return self._encode(texts, self.query_prefix)

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dim) rows of length 1, as a user of the model gets them."""
        return self._encode(texts, self.passage_prefix)

    @property
    def dimension(self) -> int:
        """Of an embedding."""
        return len(self._encode(["a"], "")[0])

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of the weights, by name, with the prefixes."""
        digest = hashlib.sha256(repr((self.query_prefix, self.passage_prefix)).encode())
        for name, tensor in weights(self.network).items():
            digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
            digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
        return digest.hexdigest()

    def save(self, folder: Path) -> None:
        """Write the model in sentence-transformers' form, safetensors only, its prefixes as its prompts."""
        self.network.prompts = {
            **self.network.prompts,
            "query": self.query_prefix,
            "document": self.passage_prefix,
        }
        self.network.save_pretrained(str(folder), create_model_card=False, safe_serialization=True)

    def _encode(self, texts: Sequence[str], prefix: str) -> NDArray[np.float32]:
        self.network.eval()
        with self._precision():
            found: NDArray[np.float32] = self.network.encode(
                list(texts), prompt=prefix, normalize_embeddings=True, show_progress_bar=False, batch_size=64
            )
        return found

    def _precision(self) -> AbstractContextManager[object]:
        # Entered for each forward pass: autocast keeps its half-precision copies of the weights until it is left,
        # and those made without a graph would cut a later pass off from the weights.
        return torch.autocast(self.network.device.type, torch.bfloat16) if self.bf16 else nullcontext()


def load_model(model: str, config: Training, device: str) -> TrainedModel:
    """Load a sentence-transformers model by path or hub id; weights are read from safetensors only.

    Raises ``ModelError`` if it is not there, not of that form, or holds pickled weights only.
    """
    if not Path(model).exists() and (
        Path(model).is_absolute() or model.startswith(".") or model.count("/") > 1
    ):
        raise ModelError(
            f"{model} does not exist. Give the folder of a model, or its id on the hub (owner/name)."
        )
    _refuse_pickles(Path(model))
    try:
        network = SentenceTransformer(
            model,
            device=device,
            model_kwargs={"use_safetensors": True},
            trust_remote_code=is_training_form(model),
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise ModelError(
            f"Cannot load {model!r} as a sentence-transformers model: {str(error).splitlines()[0]} Give a folder with "
            "modules.json in it, or the id of a model on the hub (which needs a network once)."
        ) from error
    if config.max_tokens is not None:
        network.max_seq_length = config.max_tokens
    query, passage = _prefixes(network, model, config)
    return TrainedModel(network, query, passage, config.bf16)


def weights(network: nn.Module) -> dict[str, Tensor]:
    """All parameters and kept buffers by name, each tensor once."""
    kept = network.state_dict(keep_vars=True).keys()
    named = [*network.named_parameters(), *network.named_buffers()]
    return {name: tensor for name, tensor in named if name in kept}


def set_weights(network: nn.Module, saved: Mapping[str, Tensor]) -> None:
    """Put ``saved`` weights in place. Raises ``ModelError`` if they are another network's."""
    own = weights(network)
    if own.keys() != saved.keys() or any(own[name].shape != saved[name].shape for name in own):
        raise ModelError("The checkpoint's weights are not those of this model. Start again with --fresh.")
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(saved[name])


def _refuse_pickles(folder: Path) -> None:
    for file in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if file.suffix in _PICKLED and not list(file.parent.glob("*.safetensors")):
            raise ModelError(
                f"{file} is a pickle, which can run code when it is read. Save the model again as safetensors: "
                "SentenceTransformer(…).save_pretrained(folder)."
            )


def _prefixes(network: SentenceTransformer, model: str, config: Training) -> tuple[str, str]:
    """As configured; else the model's own prompts; else those its name calls for; else none."""
    own = (
        network.prompts.get("query") or "",
        network.prompts.get("document") or network.prompts.get("passage") or "",
    )
    if own == ("", ""):
        name = f"-{Path(model).name.lower()}-"
        own = next((both for part, both in _PREFIXES.items() if re.search(rf"[-_]{part}[-_]", name)), own)
    return (
        own[0] if config.query_prefix is None else config.query_prefix,
        own[1] if config.passage_prefix is None else config.passage_prefix,
    )


class Optimisers:
    """AdamW for dense parameters, lazy Adam for tables of which a step touches few rows; one step for both.

    A table of ``torch.nn.EmbeddingBag`` (or, with ``sparse_embeddings``, of ``torch.nn.Embedding``) gets sparse
    gradients: Adam then moves only the rows of the batch, without weight decay, and costs what they cost.
    """

    def __init__(self, network: nn.Module, config: Training) -> None:
        tables = _tables(network, sparse_too=config.sparse_embeddings)
        named = _chosen(network, config.trainable)
        rates = {
            name: (config.embedding_learning_rate or config.learning_rate)
            if name in tables
            else config.learning_rate
            for name in named
        }
        lazy = [name for name in named if tables.get(name)]
        eager = [name for name in named if not tables.get(name)]
        self.parameters = list(named.values())
        self._rates = rates
        self._groups: list[tuple[torch.optim.Optimizer, list[str]]] = []
        if eager:
            groups = [{"params": [named[name]], "lr": rates[name]} for name in eager]
            self._groups.append((torch.optim.AdamW(groups, weight_decay=config.weight_decay), eager))
        if lazy:
            groups = [{"params": [named[name]], "lr": rates[name]} for name in lazy]
            self._groups.append((torch.optim.SparseAdam(groups), lazy))

    def step(self, factor: float) -> None:
        """Move the parameters by their gradients, at ``factor`` times their learning rates, and clear those."""
        for optimiser, names in self._groups:
            for group, name in zip(optimiser.param_groups, names, strict=True):
                group["lr"] = self._rates[name] * factor
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)

    def tensors(self) -> dict[str, Tensor]:
        """The optimisers' state: "parameter/value" → tensor; a whole number is a scalar of int64."""
        found: dict[str, Tensor] = {}
        for optimiser, names in self._groups:
            state = optimiser.state_dict()["state"]
            for i, values in state.items():
                for key, value in values.items():
                    found[f"{names[i]}/{key}"] = (
                        value if isinstance(value, torch.Tensor) else torch.tensor(value)
                    )
        return found

    def restore(self, saved: Mapping[str, Tensor]) -> None:
        """Set the state to what ``tensors`` gave."""
        for optimiser, names in self._groups:
            state: dict[int, dict[str, Tensor | int]] = {}
            for i, name in enumerate(names):
                prefix = f"{name}/"
                values = {
                    key.removeprefix(prefix): value for key, value in saved.items() if key.startswith(prefix)
                }
                if values:
                    state[i] = {key: _plain(value) for key, value in values.items()}
            optimiser.load_state_dict({**optimiser.state_dict(), "state": state})


def clip_gradients(parameters: Sequence[nn.Parameter], limit: float) -> None:
    """Scale all gradients together so that their norm is at most ``limit``; sparse ones by their rows."""
    values = [_values(p) for p in parameters if p.grad is not None]
    if not values:
        return
    norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(v.float()) for v in values]))
    scale = torch.clamp(limit / (norm + 1e-6), max=1.0)
    for value in values:
        value.mul_(scale)


def _values(parameter: nn.Parameter) -> Tensor:
    assert parameter.grad is not None
    if parameter.grad.is_sparse:
        parameter.grad = parameter.grad.coalesce()  # repeated rows would count apart in the norm
        return parameter.grad.values()
    return parameter.grad


def _plain(value: Tensor) -> Tensor | int:
    return int(value) if value.dim() == 0 and value.dtype == torch.int64 else value


def _chosen(network: nn.Module, patterns: Sequence[str]) -> dict[str, nn.Parameter]:
    """The parameters to train, by name; the others are frozen. Raises ``InputError`` if none is chosen."""
    try:
        compiled = [re.compile(pattern) for pattern in patterns]
    except re.error as error:
        raise InputError(f"{error.pattern!r} is no regular expression: {error.msg}.") from error
    named = dict(network.named_parameters())
    for name, parameter in named.items():
        parameter.requires_grad_(any(pattern.search(name) for pattern in compiled))
    chosen = {name: parameter for name, parameter in named.items() if parameter.requires_grad}
    if not chosen:
        raise InputError(
            f"No parameter's name matches {', '.join(patterns)}; there are, for example, {', '.join(list(named)[:3])}."
        )
    return chosen


def _tables(network: nn.Module, *, sparse_too: bool) -> dict[str, bool]:
    """Parameter names of embedding tables → whether their gradients are sparse; makes them so where that pays."""
    found = {}
    for prefix, module in _embeddings(network):
        if isinstance(module, nn.EmbeddingBag):
            module.sparse = module.mode != "max"
        elif sparse_too:
            module.sparse = True
        found[f"{prefix}.weight"] = module.sparse
    return found


def _embeddings(network: nn.Module) -> Iterator[tuple[str, nn.Embedding | nn.EmbeddingBag]]:
    for name, module in network.named_modules():
        if isinstance(module, nn.Embedding | nn.EmbeddingBag):
            yield name, module
