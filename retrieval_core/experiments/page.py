"""A result as one HTML page that needs nothing else: a plot and a table for each measure and setting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval_core.experiments.plots import Point, plot
from retrieval_core.experiments.wording import (
    HEADER,
    LABELS,
    findings,
    method,
    number,
    panels,
    rows,
    scale,
    setting_name,
)

if TYPE_CHECKING:
    from retrieval_core.evaluation import Setting
    from retrieval_core.experiments.records import ExperimentResult

_TEMPLATE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{ title }}</title>
<style>
:root { color-scheme: light dark; --ink: #1c2024; --soft: #60676d; --line: #d7dbdf; --back: #fff; --mean: #0b5fc0;
  --seed: #8a9199; }
@media (prefers-color-scheme: dark) { :root { --ink: #ecedee; --soft: #a2a8ad; --line: #3a3f42; --back: #151718;
  --mean: #62b0ff; --seed: #7e868c; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back); max-width: 72rem;
  margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.2; } p, ul { max-width: 46rem; } .soft { color: var(--soft); }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem; }
figure { margin: 0; } figcaption { font-weight: 600; }
svg { width: 100%; height: auto; } text { fill: var(--soft); font-size: 12px; }
.grid { stroke: var(--line); } .line { stroke: var(--mean); stroke-width: 2; fill: none; }
.interval { stroke: var(--mean); fill: none; } .mean { fill: var(--mean); } .seed { fill: var(--seed); }
.reference { stroke: var(--soft); stroke-dasharray: 4 4; }
.wide { overflow-x: auto; } .wide:focus-visible { outline: 2px solid var(--mean); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 1rem 0; }
caption { text-align: left; color: var(--soft); } th, td { padding: .2rem .6rem; text-align: right;
  border-bottom: 1px solid var(--line); } th:first-child { text-align: left; }
</style>
</head>
<body>
<main>
<h1>{{ title }}</h1>
<p>{{ scale }}</p>
<p class="soft">{{ method }}</p>
<ul>{% for sentence in findings %}<li>{{ sentence }}</li>{% endfor %}</ul>
<p class="soft">Plots: mean with its interval; small dots are seeds; the dashed line is the model before training.</p>
{% for group in groups %}
<h2>{{ group.title }}</h2>
<div class="plots">{% for panel in group.panels %}
<figure><figcaption>{{ panel.title }}</figcaption>{{ panel.svg }}</figure>{% endfor %}
</div>
{% for panel in group.panels %}
<div class="wide" tabindex="0" role="region" aria-label="{{ group.title }}, {{ panel.title }}">
<table><caption>{{ group.title }}, {{ panel.title }}</caption>
<thead><tr>{% for name in header %}<th scope="col">{{ name }}</th>{% endfor %}</tr></thead>
<tbody>{% for row in panel.rows %}
<tr><th scope="row">{{ row[0] }}</th>{% for cell in row[1:] %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}
</tbody></table></div>
{% endfor %}{% endfor %}
</main>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class _Panel:
    title: str
    svg: object  # markupsafe's Markup: made here, its texts escaped
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _Group:
    title: str
    panels: tuple[_Panel, ...]


def experiment_page(result: ExperimentResult) -> str:
    """The page's HTML; the same for the same result."""
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415  # only pages need it

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    found = panels(result)
    groups = [
        _Group(
            LABELS.get(measure, measure),
            tuple(_panel(result, m, setting) for m, setting in found if m == measure),
        )
        for measure in result.experiment.measures
        if any(m == measure for m, _ in found)
    ]
    return environment.from_string(_TEMPLATE).render(
        title=f"Measured here: {result.experiment.title}",
        scale=scale(result),
        method=method(result),
        findings=findings(result),
        header=HEADER,
        groups=groups,
    )


def _panel(result: ExperimentResult, measure: str, setting: Setting) -> _Panel:
    from markupsafe import Markup  # noqa: PLC0415  # as above

    figures = {c.name: f for c in result.conditions if (f := c.figure(setting, measure))}
    trained = [c for c in result.conditions if c.name in figures and c.pairs]
    untrained = [figures[c.name].mean for c in result.conditions if c.name in figures and not c.pairs]
    points = [
        Point(c.name, c.value, f.mean, f.low, f.high, f.by_seed) for c in trained for f in (figures[c.name],)
    ]
    told = "; ".join(f"{point.name}: {number(point.mean, measure)}" for point in points)
    label = f"{LABELS.get(measure, measure)}, {setting_name(setting)}. {told}"
    svg = plot(points, result.experiment.axis, untrained[0] if untrained else None, label)
    return _Panel(setting_name(setting), Markup(svg), rows(result, measure, setting))  # noqa: S704  # made by plot, which escapes
