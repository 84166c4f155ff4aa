"""Experiments from end to end: a tiny model, toy languages, every file that comes out."""

from __future__ import annotations

import json
import re
import shutil

import numpy as np
import pytest
from click.testing import CliRunner
from lxml import etree
from tiny_models import save_model, toy_development, toy_pairs

from retrieval_core.errors import InputError
from retrieval_core.experiment_commands import experiment as command
from retrieval_core.experiments import running
from retrieval_core.experiments.appendix import appendix
from retrieval_core.experiments.grids import Frame, build
from retrieval_core.experiments.page import experiment_page
from retrieval_core.experiments.plots import Point, plot
from retrieval_core.experiments.records import ExperimentResult
from retrieval_core.experiments.results import result_of
from retrieval_core.experiments.running import Materials, plan, run_all
from retrieval_core.records import RetrievalSet
from retrieval_core.sampling import Sampling
from retrieval_core.significance import holm
from retrieval_core.training_config import Training


def _frame(**changes):
    training = Training(
        sampling=Sampling(batch_size=12, exhausted="refill"),
        steps=20,
        learning_rate=0.05,
        warmup_fraction=0.0,
    )
    return Frame(**{"training": training, "seeds": (0, 1), "n_resamples": 200, **changes})


@pytest.fixture(scope="module")
def materials(tmp_path_factory):
    """Toy languages and a bag of vectors to train on them."""
    model = save_model("static", tmp_path_factory.mktemp("model"))
    monolingual = [pair for pair in toy_pairs() if not pair.cross_lingual]
    return Materials({"toy": monolingual}, toy_development(), model, "tiny")


@pytest.fixture(scope="module")
def mixing(materials, tmp_path_factory):
    """The experiment, its folder, and its result."""
    experiment = build("mixing", materials.tasks, _frame(grid=(0, 1)))
    out = tmp_path_factory.mktemp("mixing")
    return experiment, out, result_of(experiment, materials, run_all(experiment, materials, out))


def test_training_shows_and_alpha_does_what_it_is_for(mixing):
    """Each kind of batch teaches its own setting, and cross-lingual batches beat monolingual ones across languages."""
    _, _, result = mixing
    untrained, cross, mono = result.conditions
    assert [c.name for c in result.conditions] == ["before training", "α = 0", "α = 1"]
    assert untrained.pairs == ()
    assert cross.pairs == mono.pairs == (96,)
    for trained, setting in ((cross, "cross_lingual"), (mono, "monolingual")):
        assert trained.figure(setting, "map").low > untrained.figure(setting, "map").mean
    figure = cross.figure("cross_lingual", "map")
    assert figure.test.difference > 0.1
    assert figure.test.low > 0
    assert figure.same_sign == 2


def test_figures_are_means_of_seeds_within_their_intervals(mixing):
    """A mean is that of its seeds, lies in its interval, and its difference is from the baseline's mean."""
    experiment, _, result = mixing
    baseline = next(c for c in result.conditions if c.name == experiment.baseline)
    for condition in result.conditions:
        for figure in condition.figures:
            assert figure.mean == pytest.approx(np.mean(figure.by_seed), abs=2e-6)
            assert figure.low <= figure.mean <= figure.high
            assert len(figure.by_seed) == (2 if condition.pairs else 1)
            if figure.test is None:
                assert condition is baseline or not condition.pairs
            else:
                against = baseline.figure(figure.setting, figure.measure)
                assert figure.test.difference == pytest.approx(figure.mean - against.mean, abs=3e-6)


def test_holm_is_over_all_tests_of_the_experiment(mixing):
    """The adjusted p-values are Holm's over conditions, settings and measures together."""
    figures = [f for c in mixing[2].conditions for f in c.figures if f.test is not None]
    assert len(figures) == mixing[2].n_tests > 10
    expected = holm({str(i): figure.test.p_value for i, figure in enumerate(figures)})
    assert [figure.p_adjusted for figure in figures] == list(expected.values())


def test_a_finished_experiment_is_not_run_again(mixing, materials, monkeypatch):
    """A second call reads what is there, trains nothing, and gives the same result; models are not kept."""
    experiment, out, result = mixing
    monkeypatch.setattr(running, "train", None)
    again = result_of(experiment, materials, run_all(experiment, materials, out))
    assert again == result
    assert not list(out.rglob("*.safetensors"))


def test_a_stopped_experiment_goes_on_to_the_same_result(mixing, materials, tmp_path, monkeypatch):
    """Stopped in its fourth run and begun again, only what was not finished runs, and every figure is the same."""
    experiment, _, result = mixing
    trained, real = [], running.train

    def stops(*arguments, **options):
        if len(trained) == 3:
            raise KeyboardInterrupt
        trained.append(arguments[4])
        return real(*arguments, **options)

    monkeypatch.setattr(running, "train", stops)
    with pytest.raises(KeyboardInterrupt):
        run_all(experiment, materials, tmp_path)
    monkeypatch.setattr(running, "train", lambda *a, **o: trained.append(a[4]) or real(*a, **o))
    again = result_of(experiment, materials, run_all(experiment, materials, tmp_path))
    assert again == result
    assert len(trained) == len(set(trained)) == len(plan(experiment)) - 1


def test_results_of_other_settings_are_refused(mixing, materials, tmp_path):
    """A folder with runs of another model, other data or settings is an error, not a mixture."""
    _, out, _ = mixing
    folder = tmp_path / "copy"
    shutil.copytree(out, folder)
    other = build("mixing", materials.tasks, _frame(grid=(0, 1), training=Training(sampling=Sampling(batch_size=6), steps=9)))  # fmt: skip
    with pytest.raises(InputError, match="another model, other data or other settings"):
        run_all(other, materials, folder)
    (next(folder.rglob("finished.json"))).write_text("{")
    with pytest.raises(InputError, match="cannot be read: remove"):
        run_all(build("mixing", materials.tasks, _frame(grid=(0, 1))), materials, folder)


def test_seeds_come_one_after_another(mixing):
    """The plan ends one seed in all conditions before the next, and measures the untrained model once."""
    names = [(condition.name, seed) for condition, seed in plan(mixing[0])]
    assert names == [("before training", 0), ("α = 0", 0), ("α = 1", 0), ("α = 0", 1), ("α = 1", 1)]


def test_stages_follow_one_another(materials, tmp_path):
    """In ``order`` each stage starts from the model of the one before, and every order is measured."""
    pairs = materials.tasks["toy"]
    tasks = {"one": pairs[:12], "two": pairs[12:24], "target": pairs}
    several = Materials(tasks, materials.dataset, materials.model, "tiny")
    frame = _frame(seeds=(0,), training=_frame().training.model_copy(update={"steps": 9, "sampling": Sampling(monolingual_fraction=1, batch_size=6)}))  # fmt: skip
    experiment = build("order", tasks, frame)
    runs = run_all(experiment, several, tmp_path)
    result = result_of(experiment, several, runs)
    assert [c.name for c in result.conditions][1:] == [
        "target alone",
        "one → two → target",
        "two → one → target",
    ]
    assert result.conditions[2].pairs[0] == 12
    stages = sorted((tmp_path / "runs").glob("one-two-*/stage-*/run.json"))
    first, second, third = (json.loads(path.read_text()) for path in stages)
    assert second["model_fingerprint"] != first["model_fingerprint"] == runs.fingerprint
    assert third["model_fingerprint"] not in {first["model_fingerprint"], second["model_fingerprint"]}


def test_one_language_can_be_measured_alone(materials, tmp_path):
    """``in-language`` measures queries in its language only, in every setting."""
    experiment = build("in-language", materials.tasks, _frame(language="bb", grid=(0, 1), seeds=(0,)))
    result = result_of(experiment, materials, run_all(experiment, materials, tmp_path))
    assert result.n_queries == 24
    assert result.conditions[-1].figure("monolingual", "map").test.difference > 0
    with pytest.raises(InputError, match="no query in xx"):
        running.narrowed(materials.dataset, ("xx",))


def test_the_page_needs_nothing_and_draws_every_panel(mixing):
    """The page is well-formed, refers to nothing outside it, and has a plot and a table a measure and setting."""
    page = experiment_page(mixing[2])
    assert page == experiment_page(ExperimentResult.model_validate_json(mixing[2].model_dump_json()))
    tree = etree.fromstring(page.encode(), etree.HTMLParser())
    panels = {(f.setting, f.measure) for c in mixing[2].conditions for f in c.figures}
    assert len(tree.findall(".//svg")) == len(tree.findall(".//table")) == len(panels)
    assert not re.search(r"(href|src)=|https?:|<script", page)
    assert "prefers-color-scheme: dark" in page
    assert all(svg.get("aria-label") for svg in tree.findall(".//svg"))


def test_the_appendix_states_its_scale(mixing):
    """The appendix names model, steps, seeds and data set, and has a row a condition in every table."""
    text = appendix(mixing[2])
    for stated in (
        "on this model, at this scale: tiny",
        "20 steps of 12 pairs",
        "2 seeds (0, 1)",
        "toy: 48 queries",
    ):
        assert stated in text
    rows = [line for line in text.splitlines() if line.startswith("| α = 0 |")]
    assert len(rows) == text.count("\n### ")
    assert "### mAP, monolingual" in text


def test_too_few_resamples_are_said(mixing):
    """Where no p-value could get under the level after correction, the text says so, else not."""
    few = mixing[2]
    many = few.model_copy(update={"experiment": few.experiment.model_copy(update={"n_resamples": 10_000})})
    assert "none could be significant" in appendix(few)
    assert "none could be significant" not in appendix(many)


def test_names_from_files_are_only_text(mixing):
    """A name with markup in it is shown as it is, in page and appendix."""
    named = mixing[2].model_copy(update={"model": "<b>|*evil*", "dataset": "a\n# b"})
    assert "<b>" not in experiment_page(named)
    assert r"\<b\>\|\*evil\*" in appendix(named)
    assert "\n# b" not in appendix(named)


def test_plots_stand_without_an_axis_and_without_spread():
    """Conditions without a place, and values all alike, are drawn within the paper."""
    points = [Point(f"condition <{i}>", None, 0.5, 0.5, 0.5, (0.5,)) for i in range(3)]
    svg = etree.fromstring(plot(points, "order", None, "all alike"))
    ys = [float(circle.get("cy")) for circle in svg.iter("circle")]
    assert len(ys) == 6
    assert all(0 < y < 260 for y in ys)


def test_the_command_writes_all_files(materials, tmp_path):
    """``experiment`` reads JSON Lines, writes result, page and appendix, and a second call gives the same bytes."""
    data, held = tmp_path / "toy.jsonl", tmp_path / "held.jsonl"
    languages = {"aa": "en", "bb": "ru"}
    rows = [
        {
            "id": p.pair_id,
            "question": p.question,
            "passage": p.passage,
            "lang": languages[p.question_language],
            "parallel_id": p.parallel_id,
        }
        for p in materials.tasks["toy"]
    ]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    held.write_text(
        "".join(json.dumps({**row, "question": f"{row['question']} again"}) + "\n" for row in rows)
    )
    arguments = ["mixing", str(data), "--dataset", "pairs", "--on", str(held), "--out", str(tmp_path / "out"),
                 "--model", materials.model, "--steps", "4", "--batch-size", "8", "--seeds", "0", "--grid", "0,1", "--resamples", "99"]  # fmt: skip
    first = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert first.exit_code == 0
    files = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir() if path.is_file()}
    assert set(files) == {"result.json", "result.html", "appendix.md"}
    assert first.stdout == files["appendix.md"].decode()
    assert "toy.jsonl (48 pairs)" in first.stdout
    second = CliRunner().invoke(command, [*arguments, "--json"], catch_exceptions=False)
    assert second.stdout.encode() == files["result.json"]
    assert "measured before" in second.stderr
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir() if p.is_file()} == files


@pytest.mark.parametrize("seeds", ["1,1", "a", "", "1.5"])
def test_seeds_that_are_no_seeds_are_wrong_usage(seeds, tmp_path):
    """Repeated, missing or broken seeds end with exit code 2."""
    arguments = ["mixing", str(tmp_path), "--dataset", "pairs", "--on", str(tmp_path), "--out", "x"]
    result = CliRunner().invoke(command, [*arguments, "--seeds", seeds])
    assert result.exit_code == 2
    assert "no list of different numbers" in result.stderr


def test_an_empty_dataset_is_refused(materials, tmp_path):
    """A dataset without queries has nothing to measure."""
    empty = Materials(materials.tasks, RetrievalSet(name="none", queries=(), documents=(), qrels=()), materials.model, "tiny")  # fmt: skip
    with pytest.raises(InputError, match="none: no query"):
        run_all(build("mixing", materials.tasks, _frame()), empty, tmp_path)
