"""A Word document, typeset as an article, in which text from papers is literal."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lxml import etree

from synthesis.errors import RenderError
from synthesis.rendering.docx_body import blocks
from synthesis.rendering.docx_style import LANGUAGES, font_table, set_up
from synthesis.rendering.docx_writer import Writer
from synthesis.rendering.text import one_line
from synthesis.wording import spoken

if TYPE_CHECKING:
    from collections.abc import Callable

    from docx.document import Document

    from synthesis.records import Report

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip archive can hold
_MAX_PROPERTY_CHARS = 255  # of a core property, as python-docx allows
# Parts of python-docx's template that a report has no use for.
_UNUSED = ("/customXml", "/stylesWithEffects", "/webSettings", "/metadata/thumbnail")


def render(report: Report) -> bytes:
    """``report`` as DOCX; the same record gives the same bytes.

    Raises:
        RenderError: the document could not be written.
    """
    try:
        import docx  # noqa: PLC0415  0.3 s, for this format only

        document = docx.Document()
        _drop_unused(document)
        set_up(document, report.title)
        _set_properties(document, report)
        body = document.element.body
        for number, block in enumerate(blocks(Writer(report, _linker(document)))):
            body.insert(number, block)
        return _package(document)
    # python-docx, lxml and zipfile each raise their own: one way out for all.
    except Exception as error:
        raise RenderError(
            f"the report could not be written as DOCX ({type(error).__name__}: {error}); the other formats do not "
            "depend on it, so leave docx out of --formats, or report this with the report's JSON."
        ) from error


def _drop_unused(document: Document) -> None:
    for rels in (document.part.rels, document.part.package.rels):
        for key in [key for key, rel in rels.items() if rel.reltype.endswith(_UNUSED)]:
            del rels[key]
    for rel in document.part.rels.values():
        if rel.reltype.endswith("/fontTable"):
            rel.target_part._blob = etree.tostring(  # noqa: SLF001 — python-docx keeps this part as bytes
                font_table(), xml_declaration=True, encoding="UTF-8", standalone=True
            )


def _set_properties(document: Document, report: Report) -> None:
    properties = document.core_properties
    clock = datetime.fromisoformat(report.provenance.clock).astimezone(UTC).replace(tzinfo=None)
    properties.created = properties.modified = clock
    properties.title = one_line(report.title)[:_MAX_PROPERTY_CHARS]
    properties.author = properties.last_modified_by = one_line(report.author)[:_MAX_PROPERTY_CHARS]
    properties.subject = one_line(report.question)[:_MAX_PROPERTY_CHARS]
    properties.identifier = one_line(report.provenance.run_id)[:_MAX_PROPERTY_CHARS]
    properties.comments = ""
    properties.language = LANGUAGES[spoken()]


def _linker(document: Document) -> Callable[[str], str]:
    """URL → the id of a relationship to it."""
    from docx.opc.constants import RELATIONSHIP_TYPE  # noqa: PLC0415  as in render

    return lambda url: document.part.relate_to(url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)


def _package(document: Document) -> bytes:
    """The parts in the order of their names, each with the same date."""
    written, out = io.BytesIO(), io.BytesIO()
    document.save(written)
    with zipfile.ZipFile(written) as parts, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(parts.namelist()):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0  # else it tells the machine's
            archive.writestr(entry, parts.read(name))
    return out.getvalue()
