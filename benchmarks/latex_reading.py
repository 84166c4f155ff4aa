"""Measure the reader of LaTeX: body sentences recovered in order, tables, time, and what damage does.

    python benchmarks/latex_reading.py [--data ../shared/data/fulltext] [--mutations 250] [--out benchmarks/results/latex_reading.json]

Gold sentences are made by other means than the reader's own (``latex_gold.py``): for 1911.02782 from the published PDF,
for both sources from their raw paragraphs. A sentence is recovered when a stretch of our text has an edit similarity of
at least 0.95 with it, as in ``pdf_reading.py``; in order are those of the longest increasing subsequence. Compared are
letters, digits and marks after NFKD, in lower case; citations, numbers of references, blanks, hyphens, dashes, accents
and script signs are removed on both sides, because a printed line's end and a PDF's accents do not tell them.

Each sentence that is missed was looked at; ``GOLD_ERRORS`` lists those in which the gold is wrong, with the reason.
Figures are given with all gold sentences and without those. Mutations are read in a process of its own each ten, with
the longest time and the peak of memory.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import sys
import time
import unicodedata
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from latex_gold import GoldError, printed_sentences, source_sentences
from measured import ROOT, provenance
from pdf_reading import Recovery, recover

from synthesis.reading.problems import UnreadableFileError
from synthesis.reading.tex.reader import read_latex
from synthesis.result_tables import table_values
from synthesis.section_tables import tables_in

sys.path.append(str(ROOT / "tests" / "synthesis"))
SOURCES = {"1911.02782": "main.tex", "2004.14974": "emnlp2020.tex"}
PRINTED = {"1911.02782": "2020.acl-main.447"}
SECONDS, MEGABYTES = 10, 512  # what one document may cost
_NAME = r"(?:van |de )?[A-ZÀ-Ž][\w’'-]+"
_CITED = (
    re.compile(r"<cit\.>"),
    re.compile(rf"{_NAME}(?: et al\.| and {_NAME})? \((?:19|20)\d\d[a-z]?\)"),
    re.compile(r"\([^()]{0,600}?(?:et al\.|(?:19|20)\d\d[a-z]?)\)"),
)
_SPACING_ACCENT = re.compile(r"(?<=\w) ?[¨˘´`] ?(?=\()")  # a PDF prints it beside its letter
_TABLE_LINE = re.compile(r"^\|.*$", re.MULTILINE)
_REFERENCE = re.compile(
    r"<ref>|(?<=Table )\d+[a-z]?|(?<=Figure )\d+|(?<=Appendix )[A-Z\d.]+|(?<=§)[A-Z\d]+(?:\.\d)*"
)
_IGNORED = re.compile(r"[\s_^{}\-–—‐−˜¨˘´`*·•]|\[equation\]")
_QUOTES = str.maketrans("‘’‚“”„′", "'''\"\"\"'")

GOLD_ERRORS: dict[str, tuple[GoldError, ...]] = {
    "1911.02782 printed": (
        GoldError(
            "(e.g. “ ”), both of which refer",
            "the superscript “1, 2” is not set in body type, and so is lost",
        ),
    ),
    "2004.14974 source": (
        GoldError(
            "We examine these in <ref>.",
            "pylatexenc drops the sign § of \\S\\ref, a twentieth of the sentence",
        ),
    ),
}


def compared(text: str) -> str:
    """What of a text is compared."""
    text = _SPACING_ACCENT.sub(" ", re.sub(r"\s+", " ", text))
    for cited in _CITED:
        text = cited.sub("", text)
    text = unicodedata.normalize("NFKD", _REFERENCE.sub("", text).translate(_QUOTES))
    bare = "".join(character for character in text if not unicodedata.combining(character))
    return _IGNORED.sub("", bare).casefold()


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data/fulltext")
    parser.add_argument("--mutations", type=int, default=250)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--verbose", action="store_true", help="print each sentence that is missed")
    options = parser.parse_args()
    result = provenance(f"python benchmarks/latex_reading.py --mutations {options.mutations}")
    result["recovery"] = [
        row for name in SOURCES for row in recovery(options.data, name, verbose=options.verbose)
    ]
    result["reading"] = [reading(options.data / "s2orc" / f"{name}.gz") for name in SOURCES]
    result["gold_errors"] = {
        gold: [error._asdict() for error in errors] for gold, errors in GOLD_ERRORS.items()
    }
    if options.mutations:
        result["mutations"] = mutations(options.data, options.mutations)
    print(
        json.dumps(
            {key: result[key] for key in ("recovery", "reading", "mutations") if key in result}, indent=1
        )
    )
    if options.out:
        options.out.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


# ---- sentences


def recovery(data: Path, name: str, *, verbose: bool) -> list[dict[str, Any]]:
    """A row per gold of one source."""
    source = data / "s2orc" / f"{name}.gz"
    paper = read_latex(source.read_bytes(), name)
    ours = compared("\n\n".join(f"{one.title}\n\n{_TABLE_LINE.sub('', one.text)}" for one in paper.sections))
    golds = {"source": source_sentences(source, SOURCES[name])}
    if name in PRINTED:
        golds["printed"] = printed_sentences(data / "papermage" / f"{PRINTED[name]}.pdf")
    return [_row(name, gold, sentences, ours, verbose=verbose) for gold, sentences in golds.items()]


def _row(name: str, gold: str, sentences: list[str], ours: str, *, verbose: bool) -> dict[str, Any]:
    kept = [(one, short) for one in sentences if len(short := compared(one)) > 10]
    found = recover([short for _, short in kept], ours)
    wrong = tuple(error.gold for error in GOLD_ERRORS.get(f"{name} {gold}", ()))
    if verbose:
        for (sentence, _), end in zip(kept, found.ends, strict=True):
            if end is None:
                print(
                    f"{name} {gold}",
                    "gold wrong" if wrong and sentence.startswith(wrong) else "MISSED",
                    "|",
                    sentence,
                )
    right = [i for i, (sentence, _) in enumerate(kept) if not (wrong and sentence.startswith(wrong))]
    corrected = Recovery(tuple(kept[i][1] for i in right), tuple(found.ends[i] for i in right))
    return {
        "paper": name,
        "gold": gold,
        "all_gold": found.figures(),
        "without_wrong_gold": corrected.figures(),
    }


def reading(path: Path) -> dict[str, Any]:
    """What one source gives, and the best time of five."""
    data = path.read_bytes()
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        paper = read_latex(data, path.name)
        seconds.append(time.perf_counter() - started)
    tables = [table for section in paper.sections for table in tables_in(section.text)]
    values = [
        value
        for table in tables
        for value in table_values(table.columns, [cells for _, cells in table.rows], table.caption)
    ]
    return {
        "paper": path.stem,
        "title": paper.title,
        "authors": len(paper.authors),
        "sections": len(paper.sections),
        "references": len(paper.references),
        "tables": len(tables),
        "results_typed": len(values),
        "quality": paper.quality,
        "flags": list(paper.flags),
        "seconds": round(min(seconds), 3),
    }


# ---- damage


def mutations(data: Path, count: int) -> dict[str, Any]:
    """``count`` damaged files of the sources and of made archives: outcomes, longest time, peak of memory."""
    tasks = [(str(data), first, min(10, count - first)) for first in range(0, count, 10)]
    outcomes: Counter[str] = Counter()
    seconds, peaks = [], []
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        for found, slowest, peak in pool.map(_damage, tasks):
            outcomes.update(found)
            seconds.append(slowest)
            peaks.append(peak)
    if max(seconds) > SECONDS or max(peaks) > MEGABYTES:
        raise SystemExit(f"a document took {max(seconds):.1f} s, a process {max(peaks)} MB")
    return {
        "files": count,
        "outcomes": dict(outcomes.most_common()),
        "longest_s": round(max(seconds), 2),
        "peak_mb": max(peaks),
    }


def _damage(task: tuple[str, int, int]) -> tuple[Counter[str], float, int]:
    from test_reading_latex_hostile import SAMPLES, mutated  # noqa: PLC0415  in the child alone

    folder, first, count = task
    real = [(Path(folder) / "s2orc" / f"{name}.gz").read_bytes() for name in SOURCES]
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    for seed in range(first, first + count):
        rng = random.Random(seed)
        sample = rng.choice([*real, *real, *SAMPLES])
        damaged = mutated(_inside(sample, rng), rng)
        started = time.monotonic()
        try:
            read_latex(damaged, str(seed))
            outcomes["text"] += 1
        except UnreadableFileError as error:
            outcomes[error.reason] += 1
        slowest = max(slowest, time.monotonic() - started)
    return outcomes, slowest, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def _inside(sample: bytes, rng: random.Random) -> bytes:
    """Half of the time what is packed, so that the damage reaches the TeX and not only the packing."""
    import gzip  # noqa: PLC0415  in the child alone

    return gzip.decompress(sample) if sample[:2] == b"\x1f\x8b" and rng.random() < 0.7 else sample


if __name__ == "__main__":
    main()
