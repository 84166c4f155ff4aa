"""One HTML file: no request leaves it, nothing in it runs but its own hashed script."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from markupsafe import Markup

from synthesis.rendering import charts
from synthesis.rendering.layout import citations
from synthesis.rendering.templates import environment, templates_dir
from synthesis.rendering.text import inline

if TYPE_CHECKING:
    from synthesis.records import Report


def render(report: Report) -> bytes:
    """``report`` as a self-contained page in UTF-8."""
    css, js = _asset("report.css"), _asset("report.js")
    page = (
        environment(inline)
        .get_template("report.html.j2")
        .render(
            report=report,
            cite=citations(report),
            css=css,
            js=js,
            policy=_policy(css, js),
            bar=charts.confidence_bar,
            flow_figure=charts.prisma_flow(report.methodology.flow),
            reliability_figure=charts.reliability_diagram(report.calibration),
        )
    )
    return page.encode()


def _asset(name: str) -> Markup:
    """A file of ours that goes into the page as it is."""
    return Markup((templates_dir() / name).read_text(encoding="utf-8"))  # noqa: S704 — shipped with the package


def _policy(css: str, js: str) -> Markup:
    """Content Security Policy: our style and our script by their hashes, nothing else.

    A value of hashes and keywords only, so it needs no escaping; https://www.w3.org/TR/CSP3/
    """
    directives = (
        "default-src 'none'",
        f"style-src {_hash_source(css)}",
        f"script-src {_hash_source(js)}",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return Markup("; ".join(directives))  # noqa: S704 — hashes of our own files


def _hash_source(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
