"""Measure the reader of PDFs: body sentences recovered in order, titles, abstracts, pages a second.

    python benchmarks/pdf_reading.py [--data ../shared/data/fulltext] [--out benchmarks/results/pdf_reading.json]

Gold sentences are those of the body paragraphs of GROBID's TEI, of S2ORC's JSON made from it, and of papermage's
rows in body type: no captions, tables, footnotes, references, formulas or headings; `split_sentences` splits them.
A sentence is recovered when a stretch of our sections has an edit similarity of at least 0.95 with it:
1 − d / (characters of the gold sentence), d the least Levenshtein distance to any stretch (Sellers 1980), both after
NFKC, with blanks folded and straight quotation marks. In order are those of the longest increasing subsequence of the
places where the stretches end (of equally good stretches the first behind the one before).

GROBID itself errs: it drops citations, and sets notes, captions and table rows into sentences. Every such gold sentence
that we miss was looked at; `GOLD_ERRORS` lists it with what the page prints instead, and the words printed are looked
for in PDFium's own text here. Figures are given with all gold sentences, without those, and without those save the
ones whose only fault is how a formula's signs are set.

Speed: all PDFs, the best of three rounds, the readers one after the other in one run. pypdf and pypdfium2 run in this
process on plain text; ours starts a process a file, and finds columns, sections and notes as well.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import time
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pypdfium2 as pdfium
from lxml import etree
from measured import provenance
from pdf_reading_gold_errors import FORMULA, GOLD_ERRORS

from synthesis.reading.pdf import child
from synthesis.reading.pdf.layout import full_text
from synthesis.reading.pdf.reader import PdfLimits, read_pdf_text
from synthesis.reading.pdf.text import Page
from synthesis.sentences import sentence_texts, split_sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).resolve().parents[1]
SIMILARITY = 0.95
ROUNDS = 3
_TEI = "{http://www.tei-c.org/ns/1.0}"
_NOT_TEXT = frozenset({f"{_TEI}formula", f"{_TEI}note", f"{_TEI}figure"})
_QUOTES = str.maketrans("‘’‚“”„", "'''\"\"\"")


@dataclass(frozen=True)
class Gold:
    """What a paper's ground truth says; ``paragraphs`` are those of its body."""

    name: str
    truth: str
    pdf: Path
    title: str
    abstract: str
    paragraphs: tuple[str, ...]

    @property
    def sentences(self) -> list[str]:
        """The sentences of the body that hold a letter."""
        found = (one for text in self.paragraphs for one in sentence_texts(text, split_sentences(text)))
        return [one for one in found if any(c.isalpha() for c in one)]


@dataclass(frozen=True)
class Recovery:
    """How many gold sentences were recovered, and where: end offset in the text, ``None`` if missed."""

    sentences: tuple[str, ...]
    ends: tuple[int | None, ...]

    @property
    def recovered(self) -> int:
        """Sentences found anywhere."""
        return sum(end is not None for end in self.ends)

    @property
    def in_order(self) -> int:
        """Sentences found in order."""
        return longest_increasing([end for end in self.ends if end is not None])

    def without(self, wrong: tuple[str, ...]) -> Recovery:
        """The same without the sentences that begin with one of ``wrong``."""
        kept = [i for i, one in enumerate(self.sentences) if not (wrong and one.startswith(wrong))]
        return Recovery(tuple(self.sentences[i] for i in kept), tuple(self.ends[i] for i in kept))

    def figures(self) -> dict[str, Any]:
        """Counts and shares."""
        n = len(self.sentences)
        return {
            "sentences": n,
            "recovered": self.recovered,
            "in_order": self.in_order,
            "share_in_order": round(self.in_order / n, 4),
        }


def fold(text: str) -> str:
    """NFKC, straight quotation marks, single blanks."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).translate(_QUOTES)).strip()


def grobid(folder: Path, stem: str) -> Gold:
    """Ground truth from TEI."""
    tree = etree.parse(folder / f"{stem}.tei.xml", etree.XMLParser(resolve_entities=False, no_network=True))
    return Gold(
        name=stem,
        truth="GROBID TEI",
        pdf=folder / f"{stem}.pdf",
        title=fold(tree.findtext(f".//{_TEI}titleStmt/{_TEI}title")),
        abstract=fold(" ".join(map(_plain, tree.iterfind(f".//{_TEI}abstract//{_TEI}p")))),
        paragraphs=tuple(fold(_plain(p)) for p in tree.iterfind(f".//{_TEI}body/{_TEI}div/{_TEI}p")),
    )


def _plain(element: Any) -> str:
    """An element's text without formulas, notes and figures."""
    inner = "".join(
        ("" if child.tag in _NOT_TEXT else _plain(child)) + (child.tail or "") for child in element
    )
    return f"{element.text or ''}{inner}"


def s2orc(folder: Path, stem: str) -> Gold:
    """Ground truth from S2ORC's JSON."""
    record = json.loads((folder / f"{stem}.json").read_text(encoding="utf-8"))
    body = record["pdf_parse"]["body_text"]
    return Gold(
        name=stem,
        truth="S2ORC JSON",
        pdf=folder / f"{stem}.pdf",
        title=fold(record["title"]),
        abstract=fold(record["abstract"]),
        paragraphs=tuple(fold(paragraph["text"]) for paragraph in body),
    )


def papermage(folder: Path, stem: str) -> Gold:
    """Ground truth from papermage's rows: those in body type (9 points), by their tokens' sizes.

    The body stands between the headings INTRODUCTION and ACKNOWLEDGMENTS; rows wider than half the page are captions.
    """
    record = json.loads((folder / f"{stem}.json").read_text(encoding="utf-8"))
    rows = _papermage_rows(record)
    titles = [text for text, size, _, _ in rows if size > 17]
    start, end = (
        next(i for i, row in enumerate(rows) if row[0] == name)
        for name in ("INTRODUCTION", "ACKNOWLEDGMENTS")
    )
    abstract = [
        row for row in rows[: rows.index(next(r for r in rows if r[0] == "KEYWORDS"))] if 8.5 < row[1] < 9.5
    ]
    body = [row for row in rows[start:end] if 8.5 < row[1] < 9.5 and row[2] < 0.5]
    return Gold(
        name=stem,
        truth="papermage JSON",
        pdf=folder / f"{stem}.pdf",
        title=fold(" ".join(titles)),
        abstract=fold(" ".join(_joined(abstract))),
        paragraphs=tuple(map(fold, _joined(body))),
    )


def _papermage_rows(record: dict[str, Any]) -> list[tuple[str, float, float, float]]:
    """(text, size of most tokens, width, left) of each row, in papermage's order; places are shares of the page."""
    symbols, entities = record["symbols"], record["entities"]
    sizes = {
        token["spans"][0][0]: token.get("metadata", {}).get("size", 0.0)
        for token in entities["tokens"]
        if token["spans"]
    }
    rows = []
    for row in entities["rows"]:
        (first, last), (left, _, width, *_) = row["spans"][0], row["boxes"][0]
        within = [round(size, 1) for place, size in sizes.items() if first <= place < last]
        rows.append((symbols[first:last], max(set(within), key=within.count, default=0.0), width, left))
    return rows


def _joined(rows: Sequence[tuple[str, float, float, float]]) -> list[str]:
    """Paragraphs: a row set in by a line's indent begins one; a hyphen at a row's end goes."""
    paragraphs: list[str] = []
    for text, _, _, left in rows:
        indented = 0.100 < left < 0.2 or 0.535 < left < 0.6
        if not paragraphs or indented:
            paragraphs.append(text)
        elif paragraphs[-1].endswith("-"):
            paragraphs[-1] = paragraphs[-1][:-1] + text
        else:
            paragraphs[-1] += f" {text}"
    return paragraphs


def recover(sentences: Sequence[str], text: str) -> Recovery:
    """Look for each gold sentence in the text (both folded)."""
    codes = _codes(text)
    ends: list[int | None] = []
    behind = 0
    for sentence in sentences:
        end = _exact(sentence, text, behind)
        if end is None:
            end = _similar(_codes(sentence), codes, behind)
        ends.append(end)
        behind = end if end is not None else behind
    return Recovery(tuple(sentences), tuple(ends))


def _exact(sentence: str, text: str, behind: int) -> int | None:
    place = text.find(sentence, behind)
    place = text.find(sentence) if place < 0 else place
    return None if place < 0 else place + len(sentence)


def _similar(sentence: np.ndarray, text: np.ndarray, behind: int) -> int | None:
    distances = stretch_distances(sentence, text)
    least = int(distances.min())
    if 1 - least / len(sentence) < SIMILARITY:
        return None
    ends = np.flatnonzero(distances == least)
    later = ends[ends > behind]
    return int(later[0] if len(later) else ends[0])


def stretch_distances(sentence: np.ndarray, text: np.ndarray) -> np.ndarray:
    """At each offset of the text, the least Levenshtein distance of the sentence to any stretch that ends there."""
    offsets = np.arange(len(text) + 1)
    row = np.zeros(len(text) + 1, np.int64)
    for code in sentence:
        new = np.empty_like(row)
        new[0] = row[0] + 1
        new[1:] = np.minimum(row[:-1] + (text != code), row[1:] + 1)
        row = np.minimum.accumulate(new - offsets) + offsets
    return row


def _codes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le"), np.int32)


def longest_increasing(places: Sequence[int]) -> int:
    """Length of the longest strictly increasing subsequence."""
    tails: list[int] = []
    for place in places:
        i = bisect_left(tails, place)
        tails[i : i + 1] = [place]
    return len(tails)


def measure_recovery(golds: Sequence[Gold], *, verbose: bool) -> list[dict[str, Any]]:
    """A row per ground truth."""
    rows = []
    for gold in golds:
        read = read_pdf_text(gold.pdf)
        found = recover(gold.sentences, fold("\n\n".join(section.text for section in read.sections)))
        errors = [error for error in GOLD_ERRORS if error.paper == gold.name]
        wrong = tuple(fold(error.gold) for error in errors)
        certain = tuple(fold(error.gold) for error in errors if error.reason != FORMULA)
        if verbose:
            for sentence, end in zip(found.sentences, found.ends, strict=True):
                if end is None:
                    print("gold wrong" if sentence.startswith(wrong) else "missed", "|", sentence[:150])
        abstract = fold(read.abstract or "")
        sentences = sentence_texts(gold.abstract, split_sentences(gold.abstract))
        right_abstract = " ".join(one for one in sentences if not (wrong and one.startswith(wrong)))
        rows.append(
            {
                "paper": gold.name,
                "truth": gold.truth,
                "title_right": fold(read.title or "") == gold.title,
                "abstract_similarity": round(whole_similarity(gold.abstract, abstract), 4),
                "abstract_similarity_without_wrong_gold": round(
                    whole_similarity(right_abstract, abstract), 4
                ),
                "all_gold": found.figures(),
                "without_wrong_gold": found.without(wrong).figures(),
                "without_wrong_gold_but_all_formulas": found.without(certain).figures(),
            }
        )
        print(json.dumps(rows[-1], ensure_ascii=False))
    return rows


def whole_similarity(one: str, other: str) -> float:
    """1 − Levenshtein distance / the longer's length, of two whole texts."""
    if not one or not other:
        return 0.0
    row = np.arange(len(other) + 1)
    offsets, codes = np.arange(len(other) + 1), _codes(other)
    for i, code in enumerate(_codes(one), start=1):
        new = np.empty_like(row)
        new[0] = i
        new[1:] = np.minimum(row[:-1] + (codes != code), row[1:] + 1)
        row = np.minimum.accumulate(new - offsets) + offsets
    return 1 - int(row[-1]) / max(len(one), len(other))


def check_gold_errors(folder: Path) -> list[dict[str, str]]:
    """The gold sentences that are wrong, each proved by words that the page prints and the gold lacks.

    Raises:
        SystemExit: the words are not in PDFium's text of the paper.
    """
    texts: dict[str, str] = {}
    for error in GOLD_ERRORS:
        if error.paper not in texts:
            path = next(folder.rglob(f"{error.paper}.pdf"))
            texts[error.paper] = _printed(path)
        if re.sub(r"\s", "", fold(error.printed)) not in texts[error.paper]:
            raise SystemExit(f"{error.paper} does not print {error.printed!r}")
    return [{"paper": e.paper, "gold": e.gold, "reason": e.reason, "printed": e.printed} for e in GOLD_ERRORS]


def _printed(path: Path) -> str:
    """PDFium's own text without blanks; its marks of broken words are gone."""
    with pdfium.PdfDocument(path) as document:
        text = "".join(document[i].get_textpage().get_text_range() for i in range(len(document)))
    return re.sub(r"\s", "", fold(text.replace("\x02", "").replace("\ufffe", "")))


def measure_speed(paths: Sequence[Path]) -> dict[str, Any]:
    """Pages a second of each reader over all files, the best of the rounds; bytes and seconds of our worst file."""
    pages = 0
    for path in paths:
        with pdfium.PdfDocument(path) as document:
            pages += len(document)
    readers: dict[str, Callable[[Path], object]] = {
        "pypdfium2": _pypdfium2,
        "pypdf": _pypdf,
        "synthesis": read_pdf_text,
        "synthesis without starting a process": _in_this_process,
    }
    best = dict.fromkeys(readers, float("inf"))
    slowest = 0.0
    for _ in range(ROUNDS):
        for name, reader in readers.items():
            start = time.perf_counter()
            for path in paths:
                begun = time.perf_counter()
                reader(path)
                if name == "synthesis":
                    slowest = max(slowest, time.perf_counter() - begun)
            best[name] = min(best[name], time.perf_counter() - start)
    limits = PdfLimits()
    return {
        "files": len(paths),
        "pages": pages,
        "pages_per_second": {name: round(pages / seconds, 1) for name, seconds in best.items()},
        "seconds": {name: round(seconds, 3) for name, seconds in best.items()},
        "versions": {name: version(name) for name in ("pypdfium2", "pypdf")},
        "slowest_file_seconds": round(slowest, 3),
        "child_peak_mebibytes": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, 1),
        "limits": {"seconds": limits.seconds, "memory_mebibytes": limits.memory_bytes >> 20},
    }


def _pypdfium2(path: Path) -> int:
    with pdfium.PdfDocument(path) as document:
        return sum(len(document[i].get_textpage().get_text_range()) for i in range(len(document)))


def _in_this_process(path: Path) -> object:
    with pdfium.PdfDocument(path) as document:
        found = child.read_pages(document, 1000, time.monotonic() + 60)
        return full_text([Page.model_validate(page) for page in found], document.get_metadata_dict())


def _pypdf(path: Path) -> int:
    import logging  # noqa: PLC0415 - as pypdf, for the comparison only

    from pypdf import PdfReader  # noqa: PLC0415

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    return sum(len(page.extract_text()) for page in PdfReader(path).pages)


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "fulltext")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "pdf_reading.json")
    parser.add_argument("--verbose", action="store_true", help="print the gold sentences that were missed")
    options = parser.parse_args()
    papers, mage = options.data / "s2orc", options.data / "papermage"
    golds = [
        *(truth(papers, stem) for stem in ("2020.acl-main.207", "N18-3011") for truth in (grobid, s2orc)),
        papermage(mage, "2304.02623v1"),
    ]
    results = {
        "measured": provenance("python benchmarks/pdf_reading.py"),
        "similarity": SIMILARITY,
        "gold_errors": check_gold_errors(options.data),
        "recovery": measure_recovery(golds, verbose=options.verbose),
        "speed": measure_speed(sorted(options.data.rglob("*.pdf"))),
    }
    print(json.dumps(results["speed"], indent=1))
    options.out.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
