"""Where the templates lie, and the environment that fills them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from synthesis.errors import RenderError
from synthesis.records import Label
from synthesis.rendering import answering, changing, layout, reviewing, text
from synthesis.terms import (
    dimension_words,
    how_words,
    kind_words,
    label_words,
    listed,
    listed_apart,
    mandate_words,
    origin_words,
    reason_words,
    reviewer_words,
    source_words,
)
from synthesis.wording import direction, say, say_n, spoken

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
            return label_words(value)
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

    def fill(said: str, **values: Any) -> Markup:
        """What was said, fit for the page, with its ``{names}`` filled by text or by markup."""
        words = Markup(escape(prepare(said)))  # noqa: S704 — escaped
        return words.format(**{name: finalize(value) for name, value in values.items()})

    env.globals.update(
        say=say,
        say_n=say_n,
        direction=direction,
        comparing=layout.comparing,
        comma=lambda: Markup(escape(say(", "))),  # noqa: S704 — escaped; the blank behind it stays
    )
    env.filters.update(_filters(), fill=fill)
    return env


def _filters() -> dict[str, Callable[..., Any]]:
    """What the templates ask of the record, and how they write numbers; no filter remembers a language."""
    return {
        "raw": Markup,
        "check": layout.CHECK.__getitem__,
        "two": "{:.2f}".format,
        "one": "{:.1f}".format,
        "three": "{:.3f}".format,
        "percent": "{:.0%}".format,
        "count": layout.counted,
        "safe_url": text.safe_url,
        "doi_url": text.doi_url,
        "script_language": text.script_language,
        "has_right_to_left": text.has_right_to_left,
        "turned": _turned,
        **{function.__name__: function for function in _REGROUPED},
        **{function.__name__.removesuffix("_words"): function for function in _TERMS},
    }


def _turned(words: str) -> bool:
    """Whether a text runs against the form."""
    runs = text.runs_right_to_left(words)
    return runs is not None and runs != (direction(spoken()) == "rtl")


_REGROUPED: tuple[Callable[..., Any], ...] = (
    layout.sides,
    layout.counted_papers,
    layout.group_words,
    layout.comparison_title,
    layout.claim_words,
    layout.own,
    layout.compared_rows,
    layout.contradictions,
    answering.has_answer,
    answering.side_counts,
    answering.aspect_title,
    answering.coverage_rows,
    changing.shown_changes,
    changing.load_rows,
    reviewing.score_rows,
    reviewing.mean,
    reviewing.weights,
    reviewing.standing,
    reviewing.consensus_sentence,
    reviewing.finding_rows,
    reviewing.revision_rows,
    listed,
    listed_apart,
)
_TERMS: tuple[Callable[[str], str], ...] = (
    dimension_words,
    how_words,
    kind_words,
    mandate_words,
    origin_words,
    reason_words,
    reviewer_words,
    source_words,
)
