"""Comparisons, files and pages of evaluations."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lxml import html

from retrieval_core.comparison import compare
from retrieval_core.errors import InputError
from retrieval_core.evaluation import MEASURES, SETTINGS, Cell, Evaluation
from retrieval_core.evaluation_files import as_json, load_evaluation, write_evaluation
from retrieval_core.evaluation_page import evaluation_page
from retrieval_core.significance import paired_bootstrap

LANGUAGES = ("de", "en", "th")


def system(seed: int, gain: float = 0.0, *, model: str = "a", n: int = 40) -> Evaluation:
    """An evaluation of values by chance, that differ more between questions than between languages.

    The third language lacks the last ten questions.
    """
    rng = np.random.default_rng(seed)
    hardness = np.random.default_rng(99).random(n)
    cells = []
    for setting in SETTINGS:
        for query in LANGUAGES:
            corpora = {"monolingual": [query], "multilingual": [None]}
            for document in corpora.get(setting, [other for other in LANGUAGES if other != query]):
                size = n - 10 if "th" in {query, document} else n
                values = np.full((size, len(MEASURES)), np.nan)
                noise = rng.normal(0, 0.02, (size, 9))
                values[:, :9] = np.clip(hardness[:size, None] * 0.8 + gain + noise, 0, 1)
                if setting == "multilingual":
                    values[:, 9] = rng.integers(0, 50, size)
                cells.append(Cell(setting, query, document, tuple(map(str, range(size))), values, n - size))
    return Evaluation("chance", model, "f" * 64, n * 3, 90, tuple(cells))


def test_equal_systems_do_not_differ() -> None:
    """An evaluation compared with itself differs in nothing."""
    for compared in compare(system(1), system(1), seed=0, n_resamples=200).settings:
        assert (compared.test.difference, compared.test.p_value, compared.p_adjusted) == (0, 1, 1)


@pytest.mark.parametrize("measure", ["map", "ndcg_at_10"])
def test_the_difference_is_that_of_the_macro_averages(measure: str) -> None:
    """Also with questions missing in some cells, the tested difference is the difference of the figures shown."""
    a, b = system(1, 0.1), system(2)
    comparison = compare(a, b, seed=0, measure=measure, n_resamples=200)
    for compared in (*comparison.settings, *comparison.languages):
        shown = [x.mean(compared.setting, measure, compared.language) for x in (a, b)]
        assert compared.test.difference == pytest.approx(shown[0] - shown[1])
        assert compared.test.low < compared.test.difference < compared.test.high
    assert [c.setting for c in comparison.settings] == list(SETTINGS)
    assert len(comparison.languages) == len(SETTINGS) * len(LANGUAGES)


def test_holm_is_over_settings_and_over_languages() -> None:
    """The smallest of three p-values counts three times, and none gets smaller."""
    comparison = compare(system(1, 0.002), system(2), seed=0, n_resamples=500)
    families = [comparison.settings]
    families += [[c for c in comparison.languages if c.setting == s] for s in SETTINGS]
    for family in families:
        least = min(family, key=lambda c: c.test.p_value)
        assert least.p_adjusted == pytest.approx(min(1, 3 * least.test.p_value))
        assert all(c.p_adjusted >= c.test.p_value for c in family)


def test_translations_of_a_question_are_resampled_together() -> None:
    """A copy of a language adds no evidence: difference, interval and p-value stay as they are."""
    a, b = system(1, 0.01), system(2)

    def copied(evaluation: Evaluation, times: int) -> Evaluation:
        cell = evaluation.of("monolingual", "en")[0]
        cells = tuple(replace(cell, query_language=f"l{i}", document_language=f"l{i}") for i in range(times))
        return replace(evaluation, cells=cells)

    once, thrice = (
        compare(copied(a, times), copied(b, times), seed=4, n_resamples=300).settings[0].test
        for times in (1, 3)
    )
    assert (once.n_queries, once.p_value) == (thrice.n_queries, thrice.p_value)
    assert (once.low, once.high) == pytest.approx((thrice.low, thrice.high))
    values = [x.of("monolingual", "en")[0].values[:, 0] for x in (a, b)]
    assert once == paired_bootstrap(*values, np.random.default_rng(4), n_resamples=300)


def test_the_seed_is_the_only_chance() -> None:
    """The same seed gives the same comparison, another another."""
    first = compare(system(1), system(2), seed=1, n_resamples=200)
    assert first == compare(system(1), system(2), seed=1, n_resamples=200)
    assert first != compare(system(1), system(2), seed=2, n_resamples=200)


def test_only_shared_settings_are_compared() -> None:
    """A setting that one of the two lacks is left out; with none in common there is nothing to compare."""
    part = replace(system(2), cells=system(2).of("monolingual"))
    comparison = compare(system(1), part, seed=0, n_resamples=50)
    assert [c.setting for c in comparison.settings] == ["monolingual"]
    assert comparison.of("cross_lingual") is None
    with pytest.raises(InputError, match="no setting in common"):
        compare(part, replace(system(1), cells=system(1).of("multilingual")), seed=0)


def test_unlike_evaluations_are_refused() -> None:
    """Other data, other queries and unknown measures are errors."""
    with pytest.raises(InputError, match="other on elsewhere"):
        compare(system(1), replace(system(1), dataset="elsewhere"), seed=0)
    with pytest.raises(InputError, match="different queries in the monolingual"):
        compare(system(1), system(1, n=39), seed=0)
    with pytest.raises(InputError, match="no measure 'mapp'"):
        compare(system(1), system(1), seed=0, measure="mapp")


def test_figures_as_json() -> None:
    """The keys that others read, rounded; a setting that was not measured is null."""
    evaluation = replace(system(1), cells=tuple(c for c in system(1).cells if c.setting != "monolingual"))
    figures = as_json(evaluation)
    assert figures["monolingual"] is None
    assert figures["cross_lingual"]["map"] == pytest.approx(evaluation.mean("cross_lingual"), abs=1e-6)
    assert figures["cross_lingual"]["n_left_out"] == 40
    assert figures["multilingual"]["by_language"]["th"] == pytest.approx(
        evaluation.mean("multilingual", language="th"), abs=1e-6
    )
    assert figures["multilingual"]["language_bias"] == pytest.approx(
        evaluation.mean("multilingual", "language_bias"), abs=1e-6
    )
    assert "language_bias" not in figures["cross_lingual"]
    assert set(figures["cross_lingual"]["by_pair"]["en"]) == {"de", "th"}


def test_written_and_read_again(tmp_path: Path) -> None:
    """Every value comes back, and the same evaluation is written as the same bytes."""
    evaluation = system(1)
    write_evaluation(evaluation, tmp_path / "a")
    write_evaluation(evaluation, tmp_path / "b")
    assert [p.read_bytes() for p in sorted((tmp_path / "a").iterdir())] == [
        p.read_bytes() for p in sorted((tmp_path / "b").iterdir())
    ]
    read = load_evaluation(tmp_path / "a")
    assert replace(read, cells=()).__repr__() == replace(evaluation, cells=()).__repr__()
    for one, other in zip(read.cells, evaluation.cells, strict=True):
        np.testing.assert_array_equal(one.values, other.values)
        assert replace(one, values=0).__repr__() == replace(other, values=0).__repr__()


@pytest.mark.parametrize("damage", ["missing", "cut", "text", "object", "shape"])
def test_damaged_files_are_refused(tmp_path: Path, damage: str) -> None:
    """A folder that holds no evaluation, a file cut short, arrays of objects or of other shapes: one clear error."""
    write_evaluation(system(1), tmp_path)
    per_query = tmp_path / "per_query.npz"
    arrays = dict(np.load(per_query))
    match damage:
        case "missing":
            per_query.unlink()
        case "cut":
            per_query.write_bytes(per_query.read_bytes()[:-300])
        case "text":
            (tmp_path / "evaluation.json").write_text("[]")
        case "object":
            np.savez(per_query, **{**arrays, "question_ids": arrays["question_ids"].astype(object)})
        case "shape":
            np.savez(per_query, **{**arrays, "values": arrays["values"][:-1]})
    with pytest.raises(InputError, match="Evaluate again"):
        load_evaluation(tmp_path)


def test_the_page_holds_every_figure_and_nothing_from_outside() -> None:
    """Tables have headings, every pair has its figure, and nothing is fetched or run."""
    a, b = system(1, 0.1, model="<script>alert(1)</script>"), system(2, model="b")
    page = evaluation_page(a, compare(a, b, seed=0, n_resamples=50), b)
    tree = html.fromstring(page)
    assert not tree.xpath("//script|//link|//img|//@src|//@href|//@onclick")
    assert "url(" not in page
    heat, difference = tree.xpath("//table[@class='map']")
    for table in (heat, difference):
        assert table.xpath("thead//th/text()")[1:] == list(LANGUAGES)
        assert table.xpath("tbody//th[@scope='row']/text()") == list(LANGUAGES)
        assert len(table.xpath("tbody//td")) == len(LANGUAGES) ** 2
    pair = next(c for c in a.of("cross_lingual", "de") if c.document_language == "th")
    assert heat.xpath("tbody/tr[1]/td[3]/text()") == [f"{pair.mean('map'):.3f}"]
    assert len(tree.xpath("//table[caption='Paired comparison']/tbody/tr")) == 12
    assert all(table.xpath("caption") for table in tree.xpath("//table"))


def test_a_page_of_one_language_has_no_map() -> None:
    """Without pairs of languages there is no heat map, and no comparison unless one is given."""
    one = replace(system(1), cells=system(1).of("monolingual", "en"))
    tree = html.fromstring(evaluation_page(one))
    assert not tree.xpath("//table[@class='map']")
    assert not tree.xpath("//table[caption='Paired comparison']")
