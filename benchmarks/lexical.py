"""Measure the lexical index beside bm25s and beside tantivy with its own tokenizer.

    python benchmarks/lexical.py [--data ../shared/data] [--out benchmarks/results/lexical.json] [--no-speed]

Quality: mean average precision per language on XQuAD-R (evaluation only; ties against each system), and the
retrieval of cited abstracts for SciFact's train claims. Speed: both library files, every system from text to
ranking in one process, queries interleaved, the best of three rounds; left out when the machine is busy.
The settings of ``retrieval_core.analysis`` were chosen by the quality figures, so these are not of unseen data.
"""

from __future__ import annotations

import argparse
import gzip
import json
import lzma
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import bm25s
import numpy as np
import tantivy
from measured import provenance

from retrieval_core.lexical import SearchIndex
from retrieval_core.metrics import average_precision, ndcg_at_k, rank_with_ties_against_us, recall_at_k
from retrieval_core.records import Document
from retrieval_core.significance import BootstrapTest, holm, paired_bootstrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = ("ar", "de", "el", "en", "es", "hi", "ru", "th", "tr", "vi", "zh")
SEED, RESAMPLES = 0, 10_000
N_SPEED_QUERIES, ROUNDS = 200, 3
MAX_LOAD_PER_CORE = 1.5


class System(Protocol):
    """Scores of the documents that share a term with a query."""

    def scores(self, query: str, k: int) -> dict[str, float]:
        """``doc_id`` → score of the best ``k``."""
        ...


class Ours:
    """``SearchIndex``, on disk as a user has it."""

    def __init__(self, documents: Sequence[Document], folder: Path) -> None:
        self.index = SearchIndex.build(documents, folder)

    def scores(self, query: str, k: int) -> dict[str, float]:
        """See ``System``."""
        return {hit.doc_id: hit.score for hit in self.index.search([query], k)[0]}


class Bm25s:
    """bm25s with the tokenizer and the settings that it has by default."""

    def __init__(self, documents: Sequence[Document], folder: Path) -> None:  # noqa: ARG002  # in memory
        self.ids = [d.doc_id for d in documents]
        self.model = bm25s.BM25()
        self.model.index(
            bm25s.tokenize([_text(d) for d in documents], show_progress=False), show_progress=False
        )

    def scores(self, query: str, k: int) -> dict[str, float]:
        """See ``System``."""
        tokens = bm25s.tokenize([query], return_ids=False, show_progress=False)
        if not any(token in self.model.vocab_dict for token in tokens[0]):
            return {}
        found, scores = self.model.retrieve(tokens, k=min(k, len(self.ids)), show_progress=False)
        return {self.ids[i]: float(s) for i, s in zip(found[0], scores[0], strict=True) if s > 0}


class TantivyDefault:
    """tantivy with its own tokenizer and query parser: what most who use it have."""

    def __init__(self, documents: Sequence[Document], folder: Path) -> None:
        folder.mkdir()
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("text", stored=True)
        builder.add_integer_field("number", stored=True)
        self.index = tantivy.Index(builder.build(), path=str(folder))
        writer = self.index.writer(96_000_000, 1)
        self.ids = [d.doc_id for d in documents]
        for number, document in enumerate(documents):
            entry = tantivy.Document()
            entry.add_text("text", _text(document))
            entry.add_integer("number", number)
            writer.add_document(entry)
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()

    def scores(self, query: str, k: int) -> dict[str, float]:
        """See ``System``."""
        parsed, _ = self.index.parse_query_lenient(query, ["text"])
        searcher = self.index.searcher()
        hits = searcher.search(parsed, k, count=False).hits
        return {self.ids[searcher.doc(a).get_first("number")]: s for s, a in hits}


SYSTEMS: dict[str, Callable[[Sequence[Document], Path], System]] = {
    "retrieval_core": Ours,
    "bm25s": Bm25s,
    "tantivy_default": TantivyDefault,
}


@dataclass(frozen=True, slots=True)
class Task:
    """Documents, and queries with their relevant documents."""

    documents: tuple[Document, ...]
    queries: tuple[tuple[str, frozenset[str]], ...]


def read_xquad_r(data: Path, language: str) -> Task:
    """One language of XQuAD-R: sentences as documents, the one that holds the answer's start as relevant."""
    content = json.loads((data / "xquad-r" / f"{language}.json").read_text(encoding="utf-8"))
    documents: list[Document] = []
    queries = []
    for paragraph in (p for article in content["data"] for p in article["paragraphs"]):
        breaks, first = paragraph["sentence_breaks"], len(documents)
        documents += [
            Document(doc_id=f"s{first + i}", text=paragraph["context"][start:end])
            for i, (start, end) in enumerate(breaks)
        ]
        for question in paragraph["qas"]:
            at = question["answers"][0]["answer_start"]
            relevant = max(i for i, (start, _) in enumerate(breaks) if start <= at)
            queries.append((question["question"], frozenset({f"s{first + relevant}"})))
    return Task(tuple(documents), tuple(queries))


def read_scifact(data: Path) -> Task:
    """SciFact's train claims over its abstracts; the cited abstracts are relevant."""
    documents = tuple(
        Document(doc_id=str(row["doc_id"]), title=row["title"], text=" ".join(row["abstract"]))
        for row in _rows(data / "claims" / "scifact_corpus.jsonl.gz")
    )
    known = {d.doc_id for d in documents}
    claims = (
        (row["claim"], frozenset(map(str, row["cited_doc_ids"])) & known)
        for row in _rows(data / "claims" / "scifact_claims_raw.jsonl.gz")
    )
    return Task(documents, tuple((claim, relevant) for claim, relevant in claims if relevant))


def read_library(data: Path) -> tuple[Document, ...]:
    """Titles and abstracts of the two library files."""
    files = ("acl_anthology", "arxiv_cl_ir_2025_2026")
    return tuple(
        Document(doc_id=f"{name}:{row['id']}", title=row["title"] or "", text=row.get("abstract") or "")
        for name in files
        for row in _rows(data / "library" / f"{name}.jsonl.xz")
    )


def measure_xquad_r(data: Path, folder: Path) -> dict[str, Any]:
    """Mean average precision per language and system, and the paired comparison of ours with each other system."""
    values: dict[str, dict[str, list[float]]] = {name: {} for name in SYSTEMS}
    for language in LANGUAGES:
        task = read_xquad_r(data, language)
        for name, make in SYSTEMS.items():
            system = make(task.documents, folder / f"xquad-{language}-{name}")
            values[name][language] = [_ap(system, task, query, relevant) for query, relevant in task.queries]
        _say(
            f"XQuAD-R {language}: " + ", ".join(f"{n} {np.mean(v[language]):.3f}" for n, v in values.items())
        )
    result: dict[str, Any] = {
        name: {
            "map": _mean([float(np.mean(v)) for v in by_language.values()]),
            "by_language": {language: _mean(v) for language, v in by_language.items()},
        }
        for name, by_language in values.items()
    }
    for name in list(SYSTEMS)[1:]:
        tests = {x: _compare(values["retrieval_core"][x], values[name][x]) for x in LANGUAGES}
        adjusted = holm({x: test.p_value for x, test in tests.items()})
        result[name]["holm_p_by_language"] = {x: round(p, 4) for x, p in adjusted.items()}
    return result


def measure_scifact(data: Path, folder: Path) -> dict[str, Any]:
    """nDCG@10 and recall@10 per system, with the paired comparison of ours with each other system."""
    task = read_scifact(data)
    ndcg: dict[str, list[float]] = {}
    result: dict[str, Any] = {"n_claims": len(task.queries), "n_documents": len(task.documents)}
    for name, make in SYSTEMS.items():
        system = make(task.documents, folder / f"scifact-{name}")
        ranked = [
            (rank_with_ties_against_us(system.scores(query, 30), relevant), relevant)
            for query, relevant in task.queries
        ]
        ndcg[name] = [ndcg_at_k(ranking, dict.fromkeys(relevant, 1), 10) for ranking, relevant in ranked]
        recall = [recall_at_k(ranking, relevant, 10) for ranking, relevant in ranked]
        result[name] = {"ndcg@10": _mean(ndcg[name]), "recall@10": _mean(recall)}
        _say(f"SciFact {name}: {result[name]}")
        if name != "retrieval_core":
            test = _compare(ndcg["retrieval_core"], ndcg[name])
            result[name]["ndcg_difference"] = {
                "mean": round(test.difference, 4),
                "interval_95": [round(test.low, 4), round(test.high, 4)],
                "p": round(test.p_value, 4),
            }
    return result


def measure_speed(data: Path, folder: Path) -> dict[str, Any]:
    """Seconds to index the library, and queries (titles) per second, tokenizing included."""
    documents = read_library(data)
    queries = [d.title or "" for d in documents[:: len(documents) // N_SPEED_QUERIES]]
    result: dict[str, Any] = {"n_documents": len(documents), "n_queries": len(queries), "rounds": ROUNDS}
    systems = {}
    for name, make in SYSTEMS.items():
        started = time.perf_counter()
        systems[name] = make(documents, folder / f"speed-{name}")
        result[name] = {"index_seconds": round(time.perf_counter() - started, 2)}
    best = dict.fromkeys(SYSTEMS, 0.0)
    for _ in range(ROUNDS):
        for name, system in systems.items():
            started = time.perf_counter()
            for query in queries:
                system.scores(query, 10)
            best[name] = max(best[name], len(queries) / (time.perf_counter() - started))
    for name, per_second in best.items():
        result[name]["queries_per_second"] = round(per_second, 1)
        _say(f"speed {name}: {result[name]}")
    result["index_mb"] = round(
        sum(f.stat().st_size for f in folder.rglob("*") if "speed-retrieval" in str(f)) / 1e6
    )
    return result


def _ap(system: System, task: Task, query: str, relevant: frozenset[str]) -> float:
    scored = dict.fromkeys((d.doc_id for d in task.documents), 0.0) | system.scores(
        query, len(task.documents)
    )
    return average_precision(rank_with_ties_against_us(scored, relevant), relevant)


def _compare(ours: Sequence[float], theirs: Sequence[float]) -> BootstrapTest:
    return paired_bootstrap(ours, theirs, np.random.default_rng(SEED), n_resamples=RESAMPLES)


def _mean(values: Sequence[float]) -> float:
    return round(float(np.mean(values)), 4)


def _text(document: Document) -> str:
    return f"{document.title or ''} {document.text}".strip()


def _rows(path: Path) -> Iterable[dict[str, Any]]:
    opened = partial(lzma.open if path.suffix == ".xz" else gzip.open, path)
    with opened("rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """Measure, and write the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "lexical.json")
    parser.add_argument("--no-speed", action="store_true", help="quality only")
    options = parser.parse_args()
    if not options.data.is_dir():
        sys.exit(f"No data at {options.data}; name its place with --data.")
    load = os.getloadavg()[0]
    result: dict[str, Any] = {
        **provenance("python benchmarks/lexical.py"),
        "versions": {name: version(name) for name in ("bm25s", "tantivy", "PyStemmer", "numpy")},
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.no_speed or load > MAX_LOAD_PER_CORE * (os.cpu_count() or 1):
            result["speed"] = (
                f"not measured: {'not asked for' if options.no_speed else 'the machine was busy'}"
            )
            _say(f"speed {result['speed']}")
        else:
            result["speed"] = measure_speed(options.data, folder)
        result["xquad_r_monolingual"] = measure_xquad_r(options.data, folder)
        result["scifact_train_claims"] = measure_scifact(options.data, folder)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    _say(f"written: {options.out.name}")


if __name__ == "__main__":
    main()
