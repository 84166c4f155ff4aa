"""A tiny embedded encoder, a tiny MiniLM, and toy data in four invented languages to train them on.

The transformer has its real shape, since that is fixed; vocabularies and texts are small and random.
"""

from __future__ import annotations

import gzip
import json
import lzma
import random
import string
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors.torch import save_file

from retrieval_core.embedding.body import LAYERS, WIDTH, Body
from retrieval_core.embedding.export import to_onnx
from retrieval_core.embedding.files import (
    EncoderConfig,
    EncoderFiles,
    PartWeights,
    to_int8,
    write_encoder,
)
from retrieval_core.embedding.text import N_BUCKETS
from retrieval_core.model_files import DataUse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG = EncoderConfig(
    weights=PartWeights(contextual=0.45, bag=0.4, surface=0.15), surface_dimension=64, max_pieces=24
)
BAG = 32
DATA = DataUse(name="toy", licence="CC0-1.0", split="all", rows=1, use="tests")
ENGLISH = (
    "stone river cloud window garden letter bridge winter doctor market silver engine forest island "
    "number planet butter candle dragon finger hammer jacket kitten ladder magnet napkin orange pencil "
    "rabbit saddle temple valley walnut yellow zipper anchor basket carpet desert"
).split()
# MiniLM has its special pieces at these places, and the training counts on it.
PIECES = [
    "[PAD]",
    *(f"[unused{i}]" for i in range(99)),
    *("[UNK]", "[CLS]", "[SEP]"),
    *string.ascii_lowercase,
    *(f"##{letter}" for letter in string.ascii_lowercase),
    *string.digits,
    *".,!?",
    *ENGLISH[:30],
]
# A recipe of seconds for the toy data.
RECIPE = {
    "seed": 1,
    "evaluated": ["de", "el"],
    "others": ["th"],
    "pieces": {"de": 220, "el": 220, "th": 220},
    "aligned_pairs": 120,
    "contextual": {"rows": {"sentences": 100, "misc": 12}, "share_of_others": 0.5, "max_pieces": 32,
                   "batch_size": 6, "steps": 6, "learning_rate": 0.05, "temperature": 0.05, "cosine_weight": 2.0},
    "body": {"share_of_others": 0.2, "batch_size": 4, "question_batch_size": 3, "steps": 4, "learning_rate": 0.001,
             "body_learning_rate": 0.0001, "english": 0.3, "questions": 0.3, "max_question_pieces": 12,
             "max_passage_pieces": 16},
    "bag": {"dimension": 16, "row_weights": {"docs": 0.5}, "batch_size": 24, "steps": 100, "learning_rate": 0.02,
            "mix": {"translation": 0.6, "words": 0.1, "heading": 0.1, "neighbour": 0.1, "question": 0.1},
            "temperature": 0.05},
    "surface_dimension": 64,
    "max_pieces": 24,
    "weights": {"contextual": 0.45, "bag": 0.4, "surface": 0.15},
}  # fmt: skip
_LETTERS = {"de": "äöüaeimnrstu", "el": "αβγδεζηθικλμνο", "th": "กขคงจชซดตถทน", "fr": "éèçaeimnrstu"}


def tiny_body(seed: int = 3) -> Body:
    """A transformer with small random weights."""
    generator = torch.Generator().manual_seed(seed)
    body = Body()
    with torch.no_grad():
        for name, parameter in body.named_parameters():
            parameter.normal_(mean=float("norm" in name and "weight" in name), std=0.05, generator=generator)
    return body.eval()


@cache
def graph(*, int8: bool = True) -> bytes:
    """``tiny_body`` as ONNX, made once a process."""
    return to_onnx(tiny_body(), int8=int8)


def tiny_files(seed: int = 5, *, int8: bool = True) -> EncoderFiles:
    """An encoder in memory, with random tables."""
    rng = np.random.default_rng(seed)
    tables = {"surface": rng.random(N_BUCKETS, dtype=np.float32)}
    for name, width in (("bag", BAG), ("pieces", WIDTH)):
        rows = rng.normal(size=(len(PIECES), width)).astype(np.float32)
        tables[name], tables[f"{name}_scale"] = to_int8(rows)
    return EncoderFiles(CONFIG, list(PIECES), tables, graph(int8=int8), "")


def save_encoder(folder: Path, files: EncoderFiles | None = None) -> Path:
    """Write an encoder into ``folder``; returns it."""
    write_encoder(
        folder, files or tiny_files(), name="tiny", command="a test", data=(DATA,), metrics={"map": 0.5}
    )
    return folder


def save_teacher(folder: Path, seed: int = 3) -> Path:
    """Write ``tiny_body`` as a BERT checkpoint with its vocabulary, in the names MiniLM's folder has."""
    folder.mkdir(parents=True)
    (folder / "vocab.txt").write_text("".join(f"{piece}\n" for piece in PIECES), encoding="utf-8")
    generator = torch.Generator().manual_seed(seed)
    words = torch.randn(len(PIECES), WIDTH, generator=generator) * 0.06
    save_file(
        {name: tensor.contiguous() for name, tensor in {**_bert(tiny_body(seed)), _WORDS: words}.items()},
        folder / "model.safetensors",
    )
    return folder


_WORDS = "embeddings.word_embeddings.weight"


def _bert(body: Body) -> dict[str, torch.Tensor]:
    """The body's tensors by Hugging Face's names."""
    ours = body.state_dict()
    named = {
        "embeddings.position_embeddings.weight": ours["positions"] - 0.25,
        "embeddings.token_type_embeddings.weight": torch.full((2, WIDTH), 0.25),
        "embeddings.LayerNorm.weight": ours["norm_input.weight"],
        "embeddings.LayerNorm.bias": ours["norm_input.bias"],
    }
    theirs = {
        "out": "attention.output.dense",
        "norm_attention": "attention.output.LayerNorm",
        "up": "intermediate.dense",
        "down": "output.dense",
        "norm_output": "output.LayerNorm",
    }
    for i in range(LAYERS):
        for kind in ("weight", "bias"):
            layer = f"encoder.layer.{i}"
            for part, tensor in zip(
                ("query", "key", "value"), ours[f"layers.{i}.qkv.{kind}"].chunk(3, dim=-1), strict=True
            ):
                named[f"{layer}.attention.self.{part}.{kind}"] = tensor.T if kind == "weight" else tensor
            for mine, other in theirs.items():
                tensor = ours[f"layers.{i}.{mine}.{kind}"]
                turned = kind == "weight" and not mine.startswith("norm")
                named[f"{layer}.{other}.{kind}"] = tensor.T if turned else tensor
    return named


def translate(word: str, language: str) -> str:
    """The word of an invented language that always stands for this English one."""
    if language == "en":
        return word
    return "".join(random.Random(f"{word} in {language}").choices(_LETTERS[language], k=6))


def sentence(rng: random.Random, n_words: int = 6) -> list[str]:
    """English words at random."""
    return rng.choices(ENGLISH, k=n_words)


def in_all(words: list[str], languages: tuple[str, ...] = ("en", "de", "el", "th", "fr")) -> dict[str, str]:
    """The words as a text of each language."""
    return {language: " ".join(translate(word, language) for word in words) for language in languages}


def save_data(folder: Path) -> Path:
    """Write a training data folder: five parallel files, two lexicons, questions in two languages."""
    rng = random.Random(8)
    (folder / "parallel").mkdir(parents=True)
    (folder / "qa").mkdir()
    for name, n in (("sentences", 150), ("course_docs", 12), ("misc", 12), ("docs", 12), ("bible", 12)):
        rows = [{"src": "toy", "t": in_all(sentence(rng))} for _ in range(n)]
        if name == "course_docs":
            rows = [{**row, "head": in_all(sentence(rng, 2))} for row in rows]
        if name == "sentences":
            rows += [{"src": "flores", "t": {"en": "heldout secret", "de": "geheim"}} for _ in range(3)]
        _write(folder / "parallel" / f"{name}.jsonl.xz", rows)
    _write(folder / "parallel" / "lexicon.jsonl.xz", [{"t": in_all([word])} for word in ENGLISH])
    groups = [{"w": {language: [word] for language, word in in_all([word]).items()}} for word in ENGLISH]
    _write(folder / "parallel" / "lexicon_wiktionary.jsonl.xz", groups)
    for language in ("en", "de"):
        _write(folder / "qa" / f"toy_{language}.jsonl.gz", list(_questions(language, rng)))
    return folder


def _questions(language: str, rng: random.Random) -> Iterator[dict[str, Any]]:
    """Two questions a context, each answered by another of its two sentences."""
    for i in range(20):
        sentences = [in_all(sentence(rng, 7))[language].capitalize() + "." for _ in range(2)]
        context = " ".join(sentences)
        for j, text in enumerate(sentences):
            first, second, answer = text.split()[:3]
            yield {
                "id": f"{i}-{j}",
                "lang": language,
                "question": " ".join(text.lower().split()[:3]) + "?",
                "context": context,
                "answers": [{"text": answer, "start": context.index(text) + len(f"{first} {second} ")}],
            }


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    with (lzma.open if path.suffix == ".xz" else gzip.open)(path, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
