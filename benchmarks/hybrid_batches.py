"""The claim of arXiv 2408.10536 at laptop scale: do hybrid batches beat monolingual and cross-lingual ones?

    python benchmarks/hybrid_batches.py

One initialisation (the embedded encoder's bag of vectors), the same headings and paragraphs of translated
documentation in ten of the eleven languages of XQuAD-R, the same number of steps, three seeds; measured on XQuAD-R, which is
never trained on. Each item gives one pair in one language and one across two, so all strategies see the same texts.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import torch
from measured import provenance

from retrieval_core.datasets import load_retrieval_set
from retrieval_core.datasets.parallel import ParallelConfig, load_parallel
from retrieval_core.embedding.recipe import SHIPPED, read_recipe
from retrieval_core.embedding.training_form import starting_point
from retrieval_core.experiments.grids import Frame, build
from retrieval_core.experiments.results import result_of
from retrieval_core.experiments.running import Materials, run_all
from retrieval_core.training_config import Training
from retrieval_core.training_run import DataFile, sha256_of

ROOT = Path(__file__).parents[1]
FRACTIONS = (0.0, 0.5, 1.0)
SEEDS = (0, 1, 2)


def main() -> None:
    """Run what is not done yet, and write the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "hybrid_batches.json")
    parser.add_argument("--work", type=Path, default=ROOT / "runs" / "hybrid_batches")
    parser.add_argument("--model", default="embedded:bag")
    parser.add_argument("--steps", type=int, default=400)
    options = parser.parse_args()
    if not options.data.is_dir():
        sys.exit(f"No data at {options.data}; name its place with --data.")
    torch.set_num_threads(1)
    file = options.data / "parallel" / "docs.jsonl.xz"
    # Thai has too few headings for a batch, so it is a language that no strategy trains on, as el and vi in the paper.
    languages = ("en", *(language for language in read_recipe(SHIPPED).evaluated if language != "th"))
    pairs = load_parallel(
        file,
        ParallelConfig(
            languages=languages, translations_per_row=0, headings_per_row=2, same_language_share=0.5
        ),
    ).pairs
    tasks = {"headings": pairs}
    training = Training(
        steps=options.steps,
        embedding_learning_rate=2e-3,
        trainable=("bag",),
        checkpoint_every=options.steps,
        evaluate_every=options.steps,
    )
    planned = build("mixing", tasks, Frame(training=training, seeds=SEEDS, grid=FRACTIONS, n_resamples=2000))
    dataset = load_retrieval_set(options.data / "xquad-r", "xquad-r")
    used = DataFile(name=file.name, sha256=sha256_of(file), rows=len(pairs), use="train")
    with starting_point(options.model) as folder:
        materials = Materials(tasks, dataset, folder, options.model, (used,), "cpu")
        runs = run_all(
            planned, materials, options.work, tell=lambda line: print(line, file=sys.stderr, flush=True)
        )
    result = result_of(planned, materials, runs)
    content = provenance("python benchmarks/hybrid_batches.py") | {"result": result.model_dump(mode="json")}
    options.out.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
