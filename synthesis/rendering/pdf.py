"""PDF by typst, which sets untrusted text as data: the template reads a JSON file, nothing is pasted into markup.

The compiler sees one temporary folder: the template in its parts, the page's data, and the report itself, which the
PDF carries as the attachment ``report.json`` so that it can be read back exactly.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typst

from synthesis.errors import RenderError
from synthesis.rendering import fonts, json_format
from synthesis.rendering.pdf_page import page
from synthesis.rendering.templates import templates_dir

if TYPE_CHECKING:
    from synthesis.records import Report

ATTACHMENT = "report.json"


def render(report: Report) -> bytes:
    """``report`` as PDF; its date is the run's, so the same report gives the same bytes.

    Raises:
        RenderError: typst refuses the document.
    """
    moment = datetime.fromisoformat(report.provenance.clock).astimezone(UTC)
    with tempfile.TemporaryDirectory(prefix="synthesis-pdf-") as name:
        folder = Path(name)
        for template in templates_dir().glob("report*.typ"):
            shutil.copyfile(template, folder / template.name)
        (folder / "data.json").write_text(json.dumps(page(report), ensure_ascii=False), encoding="utf-8")
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
    missing = fonts.missing_scripts([report.model_dump_json(), fonts.LETTERS.get(report.language, "")])
    return [
        f"the PDF shows boxes for {script.name}: no font for it is installed. Install {script.families[0]} "
        f"(Debian: {script.package}) and render again with synthesis replay."
        for script in missing
    ]
