"""Full texts made from JATS, one JSON record a line → papers.

``{"id": "PMC…", "title", "abstract", "body": [{"path": ["Methods", "Patients"], "paragraphs": ["…"]}], "tables":
[{"label", "caption", "rows": [["…"]]}], "references": [{"title", "year", "doi", …}], …}``, as data sets of open-access
articles hold them. The form does not say where a table stands, so each is a section of its own, titled by its label.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synthesis.reading.markup.outline import Outline
from synthesis.reading.metadata import abstract_sections, as_text, build_paper
from synthesis.reading.quality import text_quality
from synthesis.reading.table_text import Cell, markdown_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from synthesis.records import Paper, Section


def is_full_text_record(record: Mapping[str, Any]) -> bool:
    """Whether a record has sections with paragraphs, not metadata alone."""
    body = record.get("body")
    return isinstance(body, list) and any(isinstance(part, dict) and "paragraphs" in part for part in body)


def full_text_paper(record: Mapping[str, Any], source: str) -> Paper | None:
    """The record's paper; ``None`` without a title. What has the wrong type counts as missing."""
    paper = build_paper(record, source=source)
    if paper is None:
        return None
    sections = (*abstract_sections(paper.abstract), *_body(record), *_tables(record))
    other = [*paper.other_ids, *(one for one in _database_ids(record) if one != paper.paper_id)]
    if not any(section.text for section in sections):
        return paper.model_copy(update={"other_ids": tuple(other)})
    quality, flags = text_quality(sections)
    facts = {
        "sections": sections,
        "other_ids": tuple(other),
        "form": "jats",
        "quality": quality,
        "flags": flags,
    }
    return paper.model_copy(update=facts)


def _database_ids(record: Mapping[str, Any]) -> Iterator[str]:
    pmid, number = as_text(record.get("pmid")), as_text(record.get("id"))
    if pmid and pmid.isdecimal():
        yield f"pmid:{pmid}"
    if number and number.startswith("PMC") and number[3:].isdecimal():
        yield f"pmcid:{number}"


def _body(record: Mapping[str, Any]) -> tuple[Section, ...]:
    outline = Outline()
    for part in _objects(record.get("body")):
        outline.open(*(as_text(one) or "" for one in _list(part.get("path"))))
        for paragraph in _list(part.get("paragraphs")):
            outline.add(as_text(paragraph) or "")
        outline.close()
    return outline.sections()


def _tables(record: Mapping[str, Any]) -> tuple[Section, ...]:
    outline = Outline()
    for table in _objects(record.get("tables")):
        label, caption = as_text(table.get("label")), as_text(table.get("caption"))
        rows = [[Cell(as_text(cell) or "") for cell in _list(row)] for row in _list(table.get("rows"))]
        outline.open(label or "Table")
        outline.add(markdown_table(rows, caption, label))
        outline.close()
    return outline.sections()


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    return (one for one in _list(value) if isinstance(one, dict))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
