"""The conditions of each experiment, and what they hold equal."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval_core.errors import InputError
from retrieval_core.experiment_commands import NAMES
from retrieval_core.experiments.grids import TITLES, UNTRAINED, Frame, build
from retrieval_core.experiments.records import Quota, Stage
from retrieval_core.experiments.selection import select
from retrieval_core.records import QAPair
from retrieval_core.sampling import Sampling
from retrieval_core.training_config import Training

LANGUAGES = ("de", "en", "th")


def _pairs(n=20, languages=LANGUAGES, task="t", **fields):
    return [
        QAPair(
            pair_id=f"{task} {language} {i}",
            question=f"{task} {language} question {i}",
            passage=f"{task} {language} passage {i}",
            question_language=language,
            passage_language=language,
            passage_id=f"{task} {language} {i}",
            parallel_id=f"{task} {i}",
            **fields,
        )
        for language in languages
        for i in range(n)
    ]


def _frame(**changes):
    sampling = Sampling(batch_size=8, exhausted="refill")
    return Frame(**{"training": Training(sampling=sampling, steps=30), **changes})


def _trained(experiment):
    assert experiment.conditions[0] == UNTRAINED
    return experiment.conditions[1:]


def test_mixing_varies_alpha_alone():
    """Every condition of ``mixing`` has the same tasks, steps and batch size, and its own α; the baseline is α = 1."""
    experiment = build("mixing", {"t": _pairs()}, _frame())
    stages = [condition.stages for condition in _trained(experiment)]
    assert [stage.sampling.monolingual_fraction for (stage,) in stages] == [0, 0.25, 0.5, 0.75, 1]
    plain = {
        stage.model_copy(update={"sampling": stage.sampling.model_copy(update={"monolingual_fraction": 0.5})})
        for (stage,) in stages
    }
    assert len(plain) == 1
    assert experiment.baseline == "α = 1"
    assert [condition.value for condition in _trained(experiment)] == [0, 0.25, 0.5, 0.75, 1]


def test_hybrid_vs_monolingual_measures_answers():
    """The three strategies of the paper are compared with monolingual batches, also by answer EM and F1."""
    experiment = build("hybrid-vs-monolingual", {"t": _pairs()}, _frame())
    fractions = {c.name: c.stages[0].sampling.monolingual_fraction for c in _trained(experiment)}
    assert fractions == {"monolingual": 1, "cross-lingual": 0, "hybrid": 0.5}
    assert experiment.baseline == "monolingual"
    assert {"map", "answer_exact", "answer_f1"} <= set(experiment.measures)


def test_languages_have_equal_data_in_all():
    """More languages share the same number of questions; those of fewer languages are among those of more."""
    pairs = [*_pairs(24, ("de", "en")), *_pairs(12, ("th",))]
    experiment = build("languages", {"t": pairs}, _frame(grid=(1, 2, 3)))
    sizes, joined = [], []
    for condition in _trained(experiment):
        monolingual = [p for p in select(condition.stages[0], {"t": pairs}) if not p.cross_lingual]
        sizes.append(len(monolingual))
        joined.append({pair.question_language for pair in monolingual})
    assert sizes == [24, 24, 24]
    assert joined == [{"en"}, {"en", "de"}, {"en", "de", "th"}]
    alphas = [c.stages[0].sampling.monolingual_fraction for c in _trained(experiment)]
    assert alphas == [1, 0.5, 0.5]
    given_order = build("languages", {"t": pairs}, _frame(languages=("th", "de")))
    assert [c.name for c in _trained(given_order)] == ["1 (th)", "2 (th, de)"]


def test_in_language_grows_one_language_only():
    """The other languages stay whole, a smaller part is within a larger one, and the language itself is measured."""
    pairs = _pairs(20)
    experiment = build("in-language", {"t": pairs}, _frame(language="th"))
    parts = []
    for condition in _trained(experiment):
        kept = [p for p in select(condition.stages[0], {"t": pairs}) if not p.cross_lingual]
        assert sum(pair.question_language != "th" for pair in kept) == 40
        parts.append({pair.pair_id for pair in kept if pair.question_language == "th"})
    assert [len(part) for part in parts] == [0, 2, 5, 10, 20]
    assert all(smaller < larger for smaller, larger in pairwise(parts))
    assert experiment.query_languages == ("th",)
    assert experiment.baseline == "0 in th"


def test_order_takes_every_order_before_the_target():
    """Each order of the intermediate tasks comes once, the target last, all with the same steps in sum."""
    tasks = {name: _pairs(task=name) for name in ("a", "b", "c", "target")}
    experiment = build("order", tasks, _frame())
    alone, *orders = _trained(experiment)
    assert alone.name == experiment.baseline == "target alone"
    assert len({condition.name for condition in orders}) == 6
    for condition in (alone, *orders):
        assert condition.stages[-1].tasks == ("target",)
        assert sum(stage.steps for stage in condition.stages) == 30
    assert {tuple(s.tasks for s in c.stages[:-1]) for c in orders} >= {(("a",), ("b",), ("c",))}


@given(st.lists(st.integers(0, 20), min_size=3, max_size=3), st.booleans())
def test_quotas_bound_each_language_and_keep_translations_together(amounts, crossed):
    """No language has more questions than its quota; cross-lingual pairs join languages that are both there."""
    pairs = _pairs()
    if crossed:
        first, second = _pairs(20, ("de",)), _pairs(20, ("en",))
        pairs += [
            a.model_copy(update={"pair_id": f"x{a.pair_id}", "passage": b.passage, "passage_language": "en"})
            for a, b in zip(first, second, strict=True)
        ]
    quotas = tuple(Quota(language=lang, questions=n) for lang, n in zip(LANGUAGES, amounts, strict=True))
    stage = Stage(tasks=("t",), sampling=_frame().sampling(), steps=1, quotas=quotas)
    if not any(amounts):
        with pytest.raises(InputError, match="No pairs of t are left"):
            select(stage, {"t": pairs})
        return
    kept = select(stage, {"t": pairs})
    monolingual = [pair for pair in kept if not pair.cross_lingual]
    ids = {lang: {p.parallel_id for p in monolingual if p.question_language == lang} for lang in LANGUAGES}
    assert [len(ids[lang]) for lang in LANGUAGES] == amounts
    ordered = sorted(ids.values(), key=len)
    assert all(smaller <= larger for smaller, larger in pairwise(ordered))
    for pair in kept:
        assert pair.parallel_id in ids[pair.question_language] & ids[pair.passage_language]


@pytest.mark.parametrize(
    ("name", "tasks", "changes", "message"),
    [
        ("weather", 1, {}, "There is no experiment 'weather'; there are languages, mixing"),
        ("mixing", 1, {"grid": (0.5,)}, "The grid is 0.5; expected two or more numbers from 0 to 1"),
        ("mixing", 1, {"grid": (0.5, 1.5)}, "from 0 to 1"),
        ("languages", 1, {"grid": (1, 2.5)}, "whole numbers from 1 to 3"),
        ("languages", 1, {"languages": ("en", "xx")}, "no monolingual pairs in xx; they have de, en, th"),
        ("in-language", 1, {}, "the data have de, en, th"),
        ("order", 2, {}, "expected 2 to 4 intermediate tasks"),
        ("order", 6, {}, "expected 2 to 4 intermediate tasks"),
        ("order", 4, {"training": Training(steps=3)}, "3 steps are too few"),
        ("mixing", 1, {"training": Training(epochs=1)}, "give steps, not epochs"),
    ],
)
def test_what_cannot_be_asked_says_the_way_out(name, tasks, changes, message):
    """An unknown experiment, a grid out of range, or data that do not allow the question are errors that help."""
    with pytest.raises(InputError, match=message):
        build(name, {str(i): _pairs(4, task=str(i)) for i in range(tasks)}, _frame(**changes))


def test_the_command_offers_every_experiment():
    """The names that the command line takes are those that there are."""
    assert set(NAMES) == set(TITLES)
