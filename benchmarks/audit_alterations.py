"""Single characters altered in what a report says: in its files, and in the files of its run.

An alteration is one letter or digit put for another in a quote, a count or a reference. It says in what section it
stands, so that one can tell whether the audit located it: by the section, and by showing the altered word.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from synthesis.auditing.places import in_report, leaves, nodes
from synthesis.records import Report, bytes_sha256, text_sha256
from synthesis.rendering import json_format, render

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from synthesis.auditing.places import ValuePath
    from synthesis.store import Run

KINDS = ("quote", "count", "reference")
_NUMBERS = re.compile(r"\d")
_WORD = re.compile(r"[^\W_]+")
_CONTEXT = 14  # characters on either side by which a value's words are found in a file
_HEADINGS = {
    "md": re.compile(r"^## (.+)$", re.MULTILINE),
    "html": re.compile(r"<h2[^>]*>(.+?)</h2>"),
    "docx": re.compile(r'<w:pStyle w:val="[Hh]eading1"/>.*?</w:p>', re.DOTALL),
}
# Files of a run → which values of them are quotes, counts and references of the report.
_FILES: dict[str, dict[str, Callable[[ValuePath], bool]]] = {
    "quote": {
        name: lambda path: "quote" in path and path[-1] == "text"
        for name in (
            *("evidence.evidence.jsonl", "claims.claims.jsonl", "answer.answer.jsonl"),
            *("review.draft.jsonl", "report.report.jsonl"),
        )
    },
    "count": {
        "verdicts.verdicts.jsonl": lambda path: path[-1] in {"confidence", "n_papers", "n_groups"},
        "papers.flow.jsonl": lambda _: True,
        "full_texts.flow.jsonl": lambda _: True,
        "search.log.jsonl": lambda path: path[-1] == "retrieved",
        "review.review.jsonl": lambda path: path[-1] in {"score", "consensus"},
        "report.report.jsonl": lambda path: path[-1] in {"confidence", "n_papers", "included", "retrieved"},
    },
    "reference": {
        "full_texts.papers.jsonl": lambda path: (
            path[1] == "paper" and (path[2] in {"title", "year", "authors"})
        ),
        "review.draft.jsonl": lambda path: path[1] == "papers" and path[4:] in {("title",), ("year",)},
        "report.report.jsonl": lambda path: (
            path[1:2] == ("references",) and path[-1] in {"title", "year", "url", "number"}
        ),
    },
}


@dataclass(frozen=True, slots=True)
class Altered:
    """A file with one character altered: where, and the word before and after."""

    kind: str
    target: str  # a format, or "run"
    data: bytes
    section: str  # words with which its place must begin; "" where no section is told
    word: str
    became: str
    name: str = ""  # of the run's file


def other(char: str, rng: random.Random) -> str:
    """Another letter of the same case, or another digit."""
    if char.isdigit():
        return rng.choice([d for d in "123456789" if d != char])
    letters = "ABCDEFGHKLMNPRSTUVWZ" if char.isupper() else "abcdefghkmnoprstuvwz"
    return rng.choice([letter for letter in letters if letter != char])


# --------------------------------------------------------------------------- what is altered


def _values(report: Report, kind: str) -> list[tuple[ValuePath, str]]:
    """The values of a report that are of a kind, and hold something to alter."""
    found = []
    for path, value in leaves(report.model_dump(mode="json")):
        if not isinstance(value, str) or not _kind_fits(report, path, value, kind):
            continue
        found.append((path, value))
    return found


def _kind_fits(report: Report, path: ValuePath, value: str, kind: str) -> bool:
    if kind == "quote":
        return "quote" in path and path[-1] == "text"
    if kind == "reference":
        return (path[0] == "references" and path[-1] in {"title", "url"}) or "authors" in path
    said = path[0] in {"abstract", "results"} and path[-1] == "text" and "quote" not in path
    quoted = said and getattr(report, str(path[0]))[path[1]].quote is not None
    return said and not quoted and bool(_NUMBERS.search(value))


def _place_in(value: str, kind: str, rng: random.Random) -> int:
    """The index of the character to alter: a digit of a count, else any letter or digit of a word."""
    start = len("https://") if value.startswith("https://") else 0  # another scheme would be no link at all
    spots = [i for i, char in enumerate(value) if i >= start and char.isascii() and char.isalnum()]
    digits = [i for i in spots if value[i].isdigit()]
    return rng.choice(digits if kind == "count" else spots)


def _word_at(text: str, at: int) -> str:
    return next(m[0] for m in _WORD.finditer(text) if m.start() <= at < m.end())


# --------------------------------------------------------------------------- files


def alter_file(report: Report, fmt: str, kind: str, data: bytes, rng: random.Random) -> Altered:
    """One character of a value, altered where the file shows it."""
    if fmt == "pdf":
        return _alter_pdf(report, kind, rng)
    if fmt == "json":
        return _alter_json(report, kind, data, rng)
    part = "word/document.xml"
    text = zipfile.ZipFile(io.BytesIO(data)).read(part).decode() if fmt == "docx" else data.decode()
    for _, value in _shuffled(_values(report, kind), rng):
        at = _place_in(value, kind, rng)
        shown = value[max(0, at - _CONTEXT) : at + _CONTEXT]
        spots = [m.start() + min(at, _CONTEXT) for m in re.finditer(re.escape(shown), text)]
        if not spots:  # the format writes some of these characters otherwise
            continue
        spot = rng.choice(spots)
        new = text[:spot] + other(text[spot], rng) + text[spot + 1 :]
        changed = _repacked(data, part, new) if fmt == "docx" else new.encode()
        section = _section_above(fmt, text, spot)
        return Altered(kind, fmt, changed, section, _word_at(text, spot), _word_at(new, spot))
    raise ValueError(f"no {kind} of the report is shown in {fmt} as it is")


def _shuffled(values: list[Any], rng: random.Random) -> list[Any]:
    return rng.sample(values, len(values))


def _section_above(fmt: str, text: str, spot: int) -> str:
    """The words of the last heading of a section above a place; "" above the first."""
    above = list(_HEADINGS[fmt].finditer(text[:spot]))
    if not above:
        return ""
    words = above[-1][1] if fmt == "md" else " ".join(re.findall(r">([^<]+)<", f">{above[-1][0]}<"))
    return " ".join(words.split())


def _repacked(data: bytes, part: str, text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as package, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in package.namelist():
            new.writestr(name, text.encode() if name == part else package.read(name))
    return out.getvalue()


def _alter_json(report: Report, kind: str, data: bytes, rng: random.Random) -> Altered:
    """One character of a value altered in the tree, which is written as it was."""
    path, value = rng.choice(_values(report, kind))
    at = _place_in(value, kind, rng)
    new = value[:at] + other(value[at], rng) + value[at + 1 :]
    tree = json.loads(data)
    _put(tree, path, new)
    written = json.dumps(tree, ensure_ascii=False, indent=2).encode()
    return Altered(kind, "json", written, in_report(path), _word_at(value, at), _word_at(new, at))


def _alter_pdf(report: Report, kind: str, rng: random.Random) -> Altered:
    """The PDF of a record with one character altered; every other one carries the record as it was."""
    path, value = rng.choice(_values(report, kind))
    at = _place_in(value, kind, rng)
    new = value[:at] + other(value[at], rng) + value[at + 1 :]
    tree = report.model_dump(mode="json")
    _put(tree, path, new)
    _make_fit(tree, path, new)
    changed = Report.model_validate(tree)
    whole = json_format.render(report)
    if rng.random() < 0.5:
        with patch.object(json_format, "render", lambda _: whole):
            data = render(changed, "pdf")
    else:
        data = render(changed, "pdf")
    section = in_report(path[:1]).partition(", ")[0]
    return Altered(kind, "pdf", data, section, _word_at(value, at), _word_at(new, at))


def _make_fit(tree: Any, path: ValuePath, words: str) -> None:
    """The lock of an altered quote made to fit, and the sentence that must be the quote."""
    if "quote" in path:
        parent = tree
        for step in path[: path.index("quote")]:
            parent = parent[step]
        parent["quote"]["sha256"] = text_sha256(words)
        if "text" in parent and "before" not in parent and "relation" not in parent:
            parent["text"] = words


def _put(tree: Any, path: ValuePath, value: Any) -> None:
    for step in path[:-1]:
        tree = tree[step]
    tree[path[-1]] = value


# --------------------------------------------------------------------------- runs


def alter_run(run: Run, kind: str, rng: random.Random, *, rehash: bool) -> Altered:
    """One character altered in one of the run's files on disk; with ``rehash`` the manifest says it is as written."""
    while True:
        name = rng.choice(list(_FILES[kind]))
        path = run.folder / name
        if not path.is_file() or not path.stat().st_size:
            continue
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
        values = [pair for pair in leaves(rows) if _FILES[kind][name](pair[0]) and _may_change(pair[1])]
        values = [
            pair for pair in values if name != "full_texts.papers.jsonl" or _cited(run, rows[int(pair[0][0])])
        ]
        if values:
            break
    where, value = rng.choice(values)
    at, text = 0, json.dumps(value) if not isinstance(value, str) else value
    at = _place_in(text, "count" if not isinstance(value, str) else kind, rng)
    new = text[:at] + other(text[at], rng) + text[at + 1 :]
    _put(rows, where, new if isinstance(value, str) else json.loads(new))
    if rehash and "quote" in where and rng.random() < 0.5:
        _relock(rows)
    dumped = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
    data = "".join(dumped).encode()
    path.write_bytes(data)
    if rehash:
        _rehash(run, name, data)
    return Altered(kind, "run", data, "", _word_at(text, at), _word_at(new, at), name)


def _may_change(value: Any) -> bool:
    if isinstance(value, bool) or value is None:
        return False
    return any(char.isascii() and char.isalnum() for char in str(value))


def _cited(run: Run, row: Any) -> bool:
    report = json.loads((run.folder / "report.report.jsonl").read_bytes())
    return row["paper"]["paper_id"] in {r["paper_id"] for r in report["references"]}


def _relock(rows: Any) -> None:
    for _, value in nodes(rows):
        if isinstance(value, dict) and "sha256" in value and "text" in value:
            value["sha256"] = text_sha256(value["text"])


def _rehash(run: Run, name: str, data: bytes) -> None:
    path = run.folder / "run.json"
    manifest = json.loads(path.read_bytes())
    for artefact in (a for stage in manifest["stages"].values() for a in stage):
        if artefact["name"] == name:
            artefact |= {"sha256": bytes_sha256(data), "size": len(data)}
    path.write_text(json.dumps(manifest), encoding="utf-8")
