"""Where the templates lie, and the environment that fills them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from synthesis.errors import RenderError
from synthesis.records import Label
from synthesis.rendering import layout, text

if TYPE_CHECKING:
    from collections.abc import Callable

# In a wheel the templates lie inside the package, in a checkout beside it.
_PLACES = (Path(__file__).parents[1] / "templates", Path(__file__).parents[2] / "templates")


def templates_dir() -> Path:
    """The folder of templates.

    Raises:
        RenderError: the installation lacks it.
    """
    for place in _PLACES:
        if (place / "report.md.j2").is_file():
            return place
    raise RenderError(
        f"the report templates are missing: neither {_PLACES[0]} nor {_PLACES[1]} holds report.md.j2. "
        "Install synthesis again."
    )


def environment(prepare: Callable[[str], str]) -> Environment:
    """Jinja2 with every value passed through ``prepare`` on its way out, so that no template can forget to.

    What ``prepare`` returns is then escaped for HTML unless it is ``Markup``. Undefined names raise.
    """

    def finalize(value: Any) -> Any:
        if isinstance(value, Label):
            return layout.label_words(value)
        return prepare(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    env = Environment(
        loader=FileSystemLoader(templates_dir()),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=finalize,
    )
    env.globals["comparing"] = layout.COMPARING
    env.filters.update(
        raw=Markup,
        check=layout.CHECK.__getitem__,
        sides=layout.sides,
        counted_papers=layout.counted_papers,
        group_words=layout.group_words,
        comparison_title=layout.comparison_title,
        compared_rows=layout.compared_rows,
        contradictions=layout.contradictions,
        score_rows=layout.score_rows,
        mean=layout.mean,
        safe_url=text.safe_url,
        doi_url=text.doi_url,
        script_language=text.script_language,
        two="{:.2f}".format,
        one="{:.1f}".format,
        three="{:.3f}".format,
        percent="{:.0%}".format,
        count="{:,}".format,
    )
    return env
