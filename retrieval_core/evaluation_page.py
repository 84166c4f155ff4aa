"""An evaluation as one HTML page that needs nothing else: figures, a heat map of language pairs, a comparison.

Every figure stands in a table with row and column headings; colour and bars only repeat it, so the page reads the
same by ear, by keyboard, in print, and in light and dark.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval_core.evaluation import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval_core.comparison import Compared, Comparison
    from retrieval_core.evaluation import Evaluation

_LABELS = {
    "map": "mAP",
    "recall_at_1": "R@1",
    "recall_at_10": "R@10",
    "recall_at_100": "R@100",
    "precision_at_1": "P@1",
    "precision_at_5": "P@5",
    "precision_at_10": "P@10",
    "ndcg_at_10": "nDCG@10",
    "mrr": "MRR",
    "language_bias": "Language bias",
    "answer_exact": "Answer EM",
    "answer_f1": "Answer F1",
    "answer_contained": "Answer contained",
}
_RANKS = frozenset({"language_bias"})  # measured in ranks, not in 0–1
_NONE = "–"

_TEMPLATE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{ evaluation.model }} on {{ evaluation.dataset }}</title>
<style>
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --page: #fff; --line: #d0d7de;
  --low: #f1f6fb; --high: #0b5394; --worse: #b35900; --bar: #9ec5e8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa5b1; --page: #0d1117; --line: #30363d;
  --low: #161d26; --high: #7fbcf5; --worse: #f0a35e; --bar: #1f4e79; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page);
  max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.2; font-weight: 600; }
p { max-width: 44rem; } .soft { color: var(--soft); } code { overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding-bottom: .4rem; }
th, td { padding: .25rem .6rem; text-align: right; border-bottom: 1px solid var(--line); }
th:first-child { text-align: left; } th { font-weight: 600; }
.map td { background: color-mix(in oklab, var(--low), var(--to, var(--high)) calc(var(--v) * 100%));
  border: 1px solid var(--page); }
.map td.deep { color: var(--page); } .map td.same { outline: 2px solid var(--ink); outline-offset: -3px; }
.bars td { background: linear-gradient(var(--bar), var(--bar)) left / calc(var(--v) * 100%) 100% no-repeat;
  min-width: 7rem; }
.wide:focus-visible { outline: 2px solid var(--high); }
</style>
</head>
<body>
<main>
<h1>{{ evaluation.model }} on {{ evaluation.dataset }}</h1>
<p>{{ "{:,}".format(evaluation.n_queries) }} queries, {{ "{:,}".format(evaluation.n_documents) }} documents.
{% if evaluation.fingerprint %}Model fingerprint <code>{{ evaluation.fingerprint }}</code>.{% endif %}</p>

<h2>Settings</h2>
<p class="soft">Monolingual: query and corpus in one language. Cross-lingual: every ordered pair of different languages.
Multilingual: queries of one language against the pool of all, the answers in every language relevant.
Each figure is the mean over languages or pairs. Ties count against the system.</p>
<div class="wide" tabindex="0" role="region" aria-label="Settings">
<table>
<caption>Means by setting{% if summary.biased %}; language bias is in ranks, and lower is better{% endif %}</caption>
<thead><tr><th scope="col">Setting</th>{% for label in summary.labels %}<th scope="col">{{ label }}</th>{% endfor %}
<th scope="col">Queries</th><th scope="col">Left out</th></tr></thead>
<tbody>{% for name, figures in summary.rows %}
<tr><th scope="row">{{ name }}</th>{% for figure in figures %}<td>{{ figure }}</td>{% endfor %}</tr>{% endfor %}
</tbody></table></div>

<h2>By language of the query</h2>
<div class="wide" tabindex="0" role="region" aria-label="By language">
<table class="bars">
<caption>mAP; bars from 0 to 1</caption>
<thead><tr><th scope="col">Language</th>{% for name in bars.columns %}<th scope="col">{{ name }}</th>{% endfor %}</tr></thead>
<tbody>{% for name, cells in bars.rows %}
<tr><th scope="row">{{ name }}</th>{% for cell in cells %}<td style="--v:{{ cell.share }}">{{ cell.text }}</td>{% endfor %}</tr>{% endfor %}
</tbody></table></div>
{% for map in maps %}
<h2>{{ map.title }}</h2>
<div class="wide" tabindex="0" role="region" aria-label="{{ map.title }}">
<table class="map">
<caption>{{ map.caption }}</caption>
<thead><tr><th scope="col">Query ↓ Corpus →</th>{% for name in map.columns %}<th scope="col">{{ name }}</th>{% endfor %}</tr></thead>
<tbody>{% for name, cells in map.rows %}
<tr><th scope="row">{{ name }}</th>{% for cell in cells %}<td class="{{ cell.look }}" style="--v:{{ cell.share }}{% if cell.worse %};--to:var(--worse){% endif %}">{{ cell.text }}</td>{% endfor %}</tr>{% endfor %}
</tbody></table></div>
{% endfor %}{% if comparison %}
<h2>Compared with {{ comparison.against }}</h2>
<p class="soft">Difference of {{ comparison.measure }}, {{ comparison.model }} minus {{ comparison.against }}, with its 95 % interval:
a paired bootstrap over questions, translations of one question kept together. p after Holm's correction over the
settings, and over the languages within a setting.</p>
<div class="wide" tabindex="0" role="region" aria-label="Comparison">
<table>
<caption>Paired comparison</caption>
<thead><tr><th scope="col">Setting</th><th scope="col">Language</th><th scope="col">Difference</th><th scope="col">95 % interval</th>
<th scope="col">p (Holm)</th><th scope="col">Questions</th></tr></thead>
<tbody>{% for row in tests %}
<tr><th scope="row">{{ row[0] }}</th>{% for text in row[1:] %}<td>{{ text }}</td>{% endfor %}</tr>{% endfor %}
</tbody></table></div>
{% endif %}
</main>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class _Shade:
    """A cell's text, and how strongly it is shaded, 0–1."""

    text: str
    share: str = "0"
    look: str = ""
    worse: bool = False


@dataclass(frozen=True, slots=True)
class _Table:
    title: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[_Shade, ...]], ...]


def evaluation_page(
    evaluation: Evaluation, comparison: Comparison | None = None, against: Evaluation | None = None
) -> str:
    """The page's HTML; with ``comparison`` its tests, with ``against`` the map of the differences as well."""
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415  # only pages need it

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    maps = [
        table for table in (_heat_map(evaluation), against and _differences(evaluation, against)) if table
    ]
    return environment.from_string(_TEMPLATE).render(
        evaluation=evaluation,
        summary=_summary(evaluation),
        bars=_bars(evaluation),
        maps=maps,
        comparison=comparison,
        tests=comparison_rows(comparison) if comparison else (),
    )


def summary_rows(evaluation: Evaluation) -> tuple[tuple[str, ...], list[tuple[str, list[str]]]]:
    """Labels of the measures that are defined, and a row a setting: its name, its figures, queries and left out."""
    measured = [setting for setting in SETTINGS if evaluation.of(setting)]
    names = [
        name for name in _LABELS if any(evaluation.mean(setting, name) is not None for setting in measured)
    ]
    rows = []
    for setting in measured:
        cells = evaluation.of(setting)
        counts = [sum(len(cell.question_ids) for cell in cells), sum(cell.left_out for cell in cells)]
        figures = [shown(evaluation.mean(setting, name), in_ranks=name in _RANKS) for name in names]
        rows.append((setting_name(setting), [*figures, *(f"{count:,}" for count in counts)]))
    return tuple(_LABELS[name] for name in names), rows


def setting_name(setting: str) -> str:
    """As prose writes it."""
    return setting.replace("_", "-").capitalize()


def shown(value: float | None, *, in_ranks: bool = False) -> str:
    """A figure as text, a dash where there is none."""
    if value is None:
        return _NONE
    return f"{value:.1f}" if in_ranks else f"{value:.3f}"


def _summary(evaluation: Evaluation) -> dict[str, object]:
    labels, rows = summary_rows(evaluation)
    return {"labels": labels, "rows": rows, "biased": _LABELS["language_bias"] in labels}


def _bars(evaluation: Evaluation) -> _Table:
    measured = [setting for setting in SETTINGS if evaluation.of(setting)]
    languages = sorted({language for setting in measured for language in evaluation.languages(setting)})
    rows = []
    for language in languages:
        means = [evaluation.mean(setting, "map", language) for setting in measured]
        rows.append((language, tuple(_Shade(shown(mean), f"{mean or 0:.3f}") for mean in means)))
    return _Table("", "", tuple(setting_name(setting) for setting in measured), tuple(rows))


def _heat_map(evaluation: Evaluation) -> _Table | None:
    """The mAP of every pair of languages, monolingual ones on the diagonal; ``None`` for a set of one language."""
    means = _pair_means(evaluation)
    return _matrix(
        "Pairs of languages",
        "mAP by language of query (row) and corpus (column); outlined: one language",
        {pair: _Shade(shown(mean), f"{mean:.3f}", _look(pair, mean)) for pair, mean in means.items()},
    )


def _differences(a: Evaluation, b: Evaluation) -> _Table | None:
    first, second = _pair_means(a), _pair_means(b)
    differences = {pair: first[pair] - second[pair] for pair in first if pair in second}
    largest = max((abs(difference) for difference in differences.values()), default=0.0) or 1.0
    return _matrix(
        f"Difference from {b.model}",
        f"mAP of {a.model} minus {b.model}, by language of query (row) and corpus (column)",
        {
            pair: _Shade(
                f"{difference:+.3f}",
                f"{abs(difference) / largest:.3f}",
                _look(pair, abs(difference) / largest),
                worse=difference < 0,
            )
            for pair, difference in differences.items()
        },
    )


def _pair_means(evaluation: Evaluation) -> dict[tuple[str, str], float]:
    means = {}
    for cell in (*evaluation.of("monolingual"), *evaluation.of("cross_lingual")):
        mean = cell.mean("map")
        if mean is not None and cell.document_language is not None:
            means[cell.query_language, cell.document_language] = mean
    return means


def _look(pair: tuple[str, str], share: float) -> str:
    return " ".join((*(["deep"] if share > 0.5 else []), *(["same"] if pair[0] == pair[1] else [])))


def _matrix(title: str, caption: str, cells: dict[tuple[str, str], _Shade]) -> _Table | None:
    if all(query == document for query, document in cells):
        return None
    columns = tuple(sorted({document for _, document in cells}))
    rows = tuple(
        (query, tuple(cells.get((query, document), _Shade(_NONE)) for document in columns))
        for query in sorted({query for query, _ in cells})
    )
    return _Table(title, caption, columns, rows)


def comparison_rows(comparison: Comparison) -> Sequence[tuple[str, ...]]:
    """A row a test: setting, language, difference, interval, adjusted p, questions."""

    def row(compared: Compared) -> tuple[str, ...]:
        test = compared.test
        return (
            setting_name(compared.setting),
            compared.language or "all",
            f"{test.difference:+.4f}",
            f"{test.low:+.4f} to {test.high:+.4f}",
            f"{compared.p_adjusted:.4f}",
            f"{test.n_queries:,}",
        )

    return [row(compared) for compared in (*comparison.settings, *comparison.languages)]
