"""Makes the samples in reports/ again: the five seed questions and three of our own, in all formats.

    python benchmarks/samples.py [--home DIR] [--only NAME]

Each is made by the one command that reports/README.md shows for it, offline, over the library. Needs ../shared/seeds
and ../shared/data. Writes reports/<name>/ and reports/README.md.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from seed_questions import LIBRARY, ROOT, seed_questions

EPOCH = "1795262400"  # 2026-11-21, so that the same inputs give the same bytes
EXAMINED = "2408.10536"
SEED_NAMES = ("seed-1-ndqa", "seed-2-xquad", "seed-3-xtreme-r", "seed-4-miracl", "seed-5-mtop")


class Sample(NamedTuple):
    """A question with the options of its command."""

    name: str
    question: str
    options: tuple[str, ...] = ()
    says: str = ""


OWN = (
    Sample(
        "speech-translation",
        "Does pre-training improve end-to-end speech translation for low-resource languages?",
        says="no paper named: the best matches are examined",
    ),
    Sample(
        "es-lotes-hibridos",
        "¿Mejora el entrenamiento con lotes híbridos la recuperación multilingüe?",
        ("--report-language", "es"),
        "a question in Spanish over papers in English, the form in Spanish",
    ),
    Sample(
        "ar-hallucination",
        "هل يقلل التوليد المعزز بالاسترجاع من هلوسة النماذج اللغوية الكبيرة؟",
        ("--report-language", "ar", "--risk", "0.3"),
        "a question in Arabic, the form from right to left, verdicts stated at a risk of 30 %",
    ),
)


def samples() -> list[Sample]:
    """All eight."""
    seeds = [
        Sample(name, question, ("--paper", EXAMINED), "a question of the seeds")
        for name, question in zip(SEED_NAMES, seed_questions(), strict=True)
    ]
    return [*seeds, *OWN]


def command(sample: Sample, libraries: list[str]) -> list[str]:
    """The arguments after ``synthesis``."""
    return [
        *("report", sample.question, "--offline", *sample.options),
        *(part for path in libraries for part in ("--library", path)),
        *("--out", f"reports/{sample.name}"),
    ]


def make(sample: Sample, home: Path) -> float:
    """Make one sample; seconds."""
    start = time.perf_counter()
    arguments = [*command(sample, [str(path) for path in LIBRARY]), "--home", str(home), "--fresh", "--quiet"]
    environment = os.environ | {"SOURCE_DATE_EPOCH": EPOCH}
    subprocess.run([sys.executable, "-m", "synthesis.cli", *arguments], cwd=ROOT, env=environment, check=True)
    return time.perf_counter() - start


def page() -> str:
    """reports/README.md."""
    lines = [
        "# Samples",
        "",
        (
            "Reports on the five questions of the seeds and three of our own, each made by the command below it, offline, "
            f"over {len(LIBRARY)} files of papers (101,562 records, not part of this repository), on `SOURCE_DATE_EPOCH={EPOCH}`. "
            "All are made again by `python benchmarks/samples.py`. [demo/](demo/outputs/report.md) is made from the demo "
            "library by `make samples` and kept with its whole run."
        ),
        "",
    ]
    short = [f"../shared/data/library/{path.name}" for path in LIBRARY]
    for sample in samples():
        formats = ", ".join(
            f"[{suffix}]({sample.name}/report.{suffix})" for suffix in ("md", "html", "pdf", "docx", "json")
        )
        lines += [
            f"## {sample.question}",
            "",
            f"{sample.says[:1].upper()}{sample.says[1:]}: {formats}",
            "",
            "```",
            shlex.join(["synthesis", *command(sample, short)]),
            "```",
            "",
        ]
    return "\n".join(lines)


def main() -> None:
    """Make the samples that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="keep the indexed library here")
    parser.add_argument("--only", help="the name of one sample")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        for sample in samples():
            if options.only in {None, sample.name}:
                print(f"{sample.name}: {make(sample, options.home or Path(scratch)):.0f} s", flush=True)
    (ROOT / "reports" / "README.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
