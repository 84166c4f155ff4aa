"""A report → bytes; one file per format.

Each module is a function of the ``Report`` alone, so the same report gives the same bytes. The form's own words are
those of ``Report.language``. Modules load when their format is asked for.
"""

from __future__ import annotations

import difflib
from importlib import import_module
from typing import TYPE_CHECKING, cast

from synthesis.errors import UsageError
from synthesis.wording import speaking

if TYPE_CHECKING:
    from synthesis.records import Report

FORMATS: tuple[str, ...] = ("md", "html", "pdf", "docx", "json")
EXTRAS: tuple[str, ...] = ("bib", "csv")

_MODULES = {
    "md": "markdown",
    "html": "html_format",
    "pdf": "pdf",
    "docx": "docx",
    "json": "json_format",
    "bib": "bibtex",
    "csv": "csv_format",
}
_LONG_NAMES = {"markdown": "md", "bibtex": "bib", "word": "docx"}


def render(report: Report, fmt: str) -> bytes:
    """The bytes of ``report`` in a format of ``FORMATS`` or ``EXTRAS``, in its own language.

    Raises:
        UsageError: no such format, or no words of the form in that language.
        RenderError: the format could not be written.
    """
    if fmt not in _MODULES:
        raise UsageError(_no_such_format(fmt))
    with speaking(report.language):
        return cast("bytes", import_module(f"{__name__}.{_MODULES[fmt]}").render(report))


def _no_such_format(fmt: str) -> str:
    close = difflib.get_close_matches(fmt.lower().lstrip("."), [*_MODULES, *_LONG_NAMES], n=1, cutoff=0.5)
    meant = f' Did you mean "{_LONG_NAMES.get(close[0], close[0])}"?' if close else ""
    return f'there is no report format "{fmt}"; choose from {", ".join(_MODULES)}.{meant}'
