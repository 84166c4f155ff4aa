"""PDF by typst, which sets untrusted text as data: the template reads a JSON file, nothing is pasted into markup.

The compiler sees one temporary folder with three files: the template, the page's data, and the report itself,
which the PDF carries as the attachment ``report.json`` so that it can be read back exactly.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typst

from synthesis.errors import RenderError
from synthesis.records import Label, Record, Stance
from synthesis.rendering import fonts, json_format
from synthesis.rendering.layout import (
    COMPARING,
    citations,
    compared_rows,
    comparison_title,
    contradictions,
    counted_papers,
    group_words,
    label_words,
    score_rows,
    sides,
)
from synthesis.rendering.templates import templates_dir
from synthesis.rendering.text import inline, safe_url

if TYPE_CHECKING:
    from synthesis.records import Report, ReportedClaim, ReportedEvidence

ATTACHMENT = "report.json"
_LONGEST_WORD_CHARS = 60  # a longer run without blanks may break anywhere, else it would leave the page
_ZERO_WIDTH_SPACE = "\u200b"


def render(report: Report) -> bytes:
    """``report`` as PDF; its date is the run's, so the same report gives the same bytes.

    Raises:
        RenderError: typst refuses the document.
    """
    moment = datetime.fromisoformat(report.provenance.clock).astimezone(UTC)
    with tempfile.TemporaryDirectory(prefix="synthesis-pdf-") as name:
        folder = Path(name)
        shutil.copyfile(templates_dir() / "report.typ", folder / "report.typ")
        (folder / "data.json").write_text(json.dumps(_page(report), ensure_ascii=False), encoding="utf-8")
        (folder / ATTACHMENT).write_bytes(json_format.render(report))
        try:
            return bytes(
                typst.compile(
                    str(folder / "report.typ"),
                    root=name,
                    font_paths=fonts.machine_fonts(),
                    timestamp=int(moment.timestamp()),
                )
            )
        except (typst.TypstError, RuntimeError) as error:
            raise RenderError(f"the report could not be written as PDF: {error}") from error


def warnings_for(report: Report) -> list[str]:
    """What a reader of the PDF would miss on this machine, each with the way out."""
    missing = fonts.missing_scripts([report.model_dump_json()])
    return [
        f"the PDF shows boxes for {script.name}: no font for it is installed. Install {script.families[0]} "
        f"(Debian: {script.package}) and render again with synthesis replay."
        for script in missing
    ]


def _page(report: Report) -> dict[str, Any]:
    """The record for the template: every text clean, with the few things that are regrouped for the page."""
    page: dict[str, Any] = _clean(report)
    short = citations(report)
    page["families"] = fonts.families()
    page["created"] = report.date
    page["kind"] = report.kind
    page["score_rows"] = [
        {"dimension": inline(row.dimension), "scores": row.scores, "mean": row.mean}
        for row in score_rows(report.review)
    ]
    page["cite"] = {str(number): _breakable(inline(text)) for number, text in short.items()}
    for claim, shown in zip(report.claims, page["claims"], strict=True):
        parts = sides(claim)
        shown["supporting"] = [_evidence(e, claim) for e in parts.supporting]
        shown["contradicting"] = [_evidence(e, claim) for e in parts.contradicting]
        shown["neither"] = [_evidence(e, claim) for e in parts.neither]
        shown["counted_papers"] = counted_papers(claim)
        shown["label_words"] = label_words(claim.label)
        shown["leaning_words"] = label_words(claim.leaning) if claim.leaning else None
    page |= _compared(report)
    for reference, shown in zip(report.references, page["references"], strict=True):
        shown["url"] = safe_url(reference.url)
    return page


def _evidence(evidence: ReportedEvidence, claim: ReportedClaim) -> dict[str, Any]:
    """Evidence with the words of its group; what takes no side has no confidence worth a mention."""
    shown: dict[str, Any] = _clean(evidence)
    shown["group_words"] = group_words(evidence, claim)
    shown["takes_side"] = evidence.stance is not Stance.NEITHER
    return shown


def _compared(report: Report) -> dict[str, Any]:
    """What other papers report, and what contradicts each other."""
    return {
        "comparing": COMPARING,
        "compared": [
            {
                "title": _clean(comparison_title(comparison)),
                "note": _clean(comparison.note),
                "rows": [
                    {**_clean(row), "relation": words, "stated": stated, "contradicts": contradicts}
                    for row, words, stated, contradicts in compared_rows(comparison)
                ],
            }
            for comparison in report.comparisons
        ],
        "contradictions": [
            {
                "claim": pair.claim,
                "about": _clean(pair.about),
                "sides": [_clean(side._asdict()) for side in (pair.left, pair.right)],
            }
            for pair in contradictions(report)
        ],
    }


def _clean(value: Any) -> Any:
    """``value`` as plain JSON, texts on one line and without characters that a page cannot hold."""
    if isinstance(value, Label):
        return label_words(value)
    if isinstance(value, str):
        return _breakable(inline(value))
    if isinstance(value, Record):
        return {name: _clean(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, tuple | list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_breakable(inline(str(key))): _clean(item) for key, item in value.items()}
    return value


def _breakable(text: str) -> str:
    """Let runs without a blank that are longer than a line break inside."""
    if len(text) <= _LONGEST_WORD_CHARS:
        return text
    return " ".join(
        _ZERO_WIDTH_SPACE.join(
            word[i : i + _LONGEST_WORD_CHARS // 2] for i in range(0, len(word), _LONGEST_WORD_CHARS // 2)
        )
        if len(word) > _LONGEST_WORD_CHARS and word.isascii()
        else word
        for word in text.split(" ")
    )
