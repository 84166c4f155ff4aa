"""The curves of a run as one HTML page that needs nothing else: loss and development figure by step."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval_core.training_run import Metric, Run

_WIDTH, _HEIGHT = 720, 260  # of a plot, in SVG units
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 16, 36
_SPAN = 50  # most points a mean of the loss is taken over
_POINTS = 1000  # of a curve that are drawn; more cannot be told apart

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2024; --soft: #687076; --line: #d7dbdf; --back: #fff; --curve: #0b68cb; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ecedee; --soft: #9ba1a6; --line: #3a3f42; --back: #151718; --curve: #52a9ff; }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back);
  max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
svg { width: 100%; height: auto; } text { fill: var(--soft); font-size: 12px; }
.grid { stroke: var(--line); } .raw { stroke: var(--line); fill: none; }
.curve { stroke: var(--curve); stroke-width: 2; fill: none; } circle { fill: var(--curve); }
table { border-collapse: collapse; } td, th { padding: .2rem 1rem .2rem 0; text-align: left; vertical-align: top; }
th { font-weight: 500; color: var(--soft); } td { overflow-wrap: anywhere; }
"""


def curves_page(run: Run, metrics: Sequence[Metric]) -> str:
    """The page; the same for the same run."""
    losses = [(m.step, m.loss) for m in metrics if m.loss is not None]
    figures = [(m.step, m.development) for m in metrics if m.development is not None]
    plots = [_plot("Loss", "loss", _thinned(losses), _thinned(_smoothed(losses)))] if losses else []
    if figures:
        plots.append(_plot(f"Mean mAP on {run.development}", "mAP", [], figures, dots=True))
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in _facts(run))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Training of {escape(run.model)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>Training of {escape(run.model)}</h1><table>{rows}</table>{''.join(plots)}</body></html>\n"
    )


def _facts(run: Run) -> list[tuple[str, str]]:
    config, outcome = run.config, run.outcome
    facts = [
        ("Pairs", f"{run.pairs:,}" + (f", of which {run.unused_pairs:,} unused" if run.unused_pairs else "")),
        ("Monolingual fraction", f"{config.sampling.monolingual_fraction:g}"),
        (
            "Learning rate",
            f"{config.learning_rate:g}, {config.schedule} after a warm-up of {config.warmup_fraction:.0%}",
        ),
        ("Temperature", f"{config.temperature:g}"),
        ("Seed", str(config.seed)),
    ]
    if run.replayed_pairs:
        facts.append(
            ("Replayed", f"{run.replayed_pairs:,} pairs in {config.replay_fraction:.0%} of the batches")
        )
    if outcome is not None:
        early = ", stopped early" if outcome.stopped_early else ""
        facts.append(("Steps", f"{outcome.steps:,} of {run.steps:,}{early}"))
    if outcome is not None and outcome.development is not None and outcome.development_before is not None:
        gain = (
            f"{outcome.development_before:.4f} → {outcome.development:.4f} after step {outcome.best_step:,}"
        )
        facts.append(("Development mAP", gain))
    return facts


def _plot(
    title: str,
    unit: str,
    raw: Sequence[tuple[int, float]],
    curve: Sequence[tuple[int, float]],
    *,
    dots: bool = False,
) -> str:
    """One plot: the values as they are faintly, and a curve."""
    every = [*raw, *curve]
    low, high = min(y for _, y in every), max(y for _, y in every)
    span = (high - low) or 1.0
    last = max(x for x, _ in every) or 1

    def at(x: float, y: float) -> tuple[float, float]:
        across = _LEFT + (_WIDTH - _LEFT - _RIGHT) * x / last
        return across, _TOP + (_HEIGHT - _TOP - _BOTTOM) * (high - y) / span

    parts = []
    for i in range(5):
        value = low + span * i / 4
        y = at(0, value)[1]
        parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.3g}</text>')
    parts.append(f'<text x="{_LEFT}" y="{_HEIGHT - 12}">0</text>')
    parts.append(f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 12}" text-anchor="end">step {last:,}</text>')
    for name, points in (("raw", raw), ("curve", curve)):
        if points:
            path = "L".join("{:.1f} {:.1f}".format(*at(x, y)) for x, y in points)
            parts.append(f'<path class="{name}" d="M{path}"/>')
    if dots:
        parts += ['<circle r="3" cx="{:.1f}" cy="{:.1f}"/>'.format(*at(x, y)) for x, y in curve]
    label = f"{title}: {unit} from {curve[0][1]:.4g} at step {curve[0][0]} to {curve[-1][1]:.4g} at step {curve[-1][0]}"
    return (
        f'<h2>{escape(title)}</h2><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def _smoothed(points: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Each value's mean with those before it, over a tenth of the run at most."""
    span = max(1, min(_SPAN, len(points) // 10))
    means = []
    for i, (step, _) in enumerate(points):
        window = points[max(0, i + 1 - span) : i + 1]
        means.append((step, sum(value for _, value in window) / len(window)))
    return means


def _thinned(points: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    stride = -(-len(points) // _POINTS) or 1
    return [*points[:-1:stride], *points[-1:]]
