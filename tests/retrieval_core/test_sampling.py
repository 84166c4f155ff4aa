"""Batches: complete, free of conflicts, and the same wherever they are planned."""

from __future__ import annotations

import hashlib
import math
import os
import subprocess
import sys
from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from retrieval_core.errors import InputError
from retrieval_core.records import QAPair
from retrieval_core.sampling import (
    PRESETS,
    Batch,
    Position,
    Sampler,
    Sampling,
    plan_epoch,
    plan_steps,
    share,
    unused_pairs,
)
from retrieval_core.sampling.conflicts import normalised

LANGUAGES = ("ar", "de", "en", "th")


def _pair(i, question_language="en", passage_language=None, **fields):
    defaults = {"question": f"question {i}", "passage": f"passage {i}", "passage_id": f"p{i}"}
    return QAPair(
        pair_id=f"pair {i}",
        question_language=question_language,
        passage_language=passage_language or question_language,
        **{**defaults, **fields},
    )


def _many(n, languages=LANGUAGES):
    """Half monolingual in turn over the languages, half cross-lingual."""
    return [
        _pair(i, languages[i % len(languages)], languages[(i + i // len(languages) % 2) % len(languages)])
        for i in range(n)
    ]


def _crowded(smallest=1):
    """Few languages, passages, translations and texts, so that many pairs conflict."""

    @st.composite
    def pairs(draw):
        few = st.integers(0, draw(st.integers(0, 20)))
        return [
            _pair(
                i,
                draw(st.sampled_from(LANGUAGES[:3])),
                draw(st.sampled_from(LANGUAGES[:3])),
                passage_id=f"p{draw(few)}",
                parallel_id=draw(st.one_of(st.none(), few.map(str))),
                question=draw(
                    st.sampled_from(["Who?", "who?", " ＷＨＯ?", "What is it?"]) | st.just(f"q{i}")
                ),
                passage=draw(st.sampled_from(["A text.", "a  text.", "A\ntext."]) | st.just(f"text {i}")),
            )
            for i in range(draw(st.integers(smallest, 40)))
        ]

    return pairs()


def _configs(exhausted="drain"):
    return st.builds(
        lambda fraction, weighting, size: Sampling(
            monolingual_fraction=fraction, language_weighting=weighting, exhausted=exhausted, **size
        ),
        st.sampled_from([0.0, 0.3, 0.5, 1.0]),
        st.sampled_from(["uniform", "size", 0.5, 3.0]),
        st.sampled_from([{"batch_size": 1}, {"batch_size": 4}, {"batch_size": 50}, {"batch_tokens": 64}]),
    )


def _usable(pairs, config):
    kinds = {False: config.monolingual_fraction > 0, True: config.monolingual_fraction < 1}
    return [i for i, pair in enumerate(pairs) if kinds[pair.cross_lingual]]


def _marks(pair):
    """What a pair may share with no other of its batch, straight from the definition."""
    marks = {
        ("passage", pair.passage_id),
        ("question text", normalised(pair.question)),
        ("text", normalised(pair.passage)),
    }
    return marks | ({("parallel", pair.parallel_id)} if pair.parallel_id else set())


@given(_crowded(), _configs(), st.integers(0, 5), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_an_epoch_holds_every_usable_pair_once_and_counts_the_others(pairs, config, seed, epoch):
    """An epoch is a partition of the pairs that the strategy can use; the rest is counted."""
    usable = _usable(pairs, config)
    assert unused_pairs(pairs, config) == len(pairs) - len(usable)
    if not usable:
        with pytest.raises(InputError, match="None of the"):
            plan_epoch(pairs, config, seed=seed, epoch=epoch)
        return
    batches = plan_epoch(pairs, config, seed=seed, epoch=epoch)
    assert sorted(i for batch in batches for i in batch.indices) == usable
    assert all(batch.indices for batch in batches)
    assert Sampler(pairs, config, seed=seed).unused_pairs == len(pairs) - len(usable)


@given(_crowded(), _configs(), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_no_two_pairs_of_a_batch_conflict(pairs, config, seed):
    """No batch holds two pairs of one passage, of one parallel id, or of equal question or passage text."""
    if not _usable(pairs, config):
        return
    for batch in plan_epoch(pairs, config, seed=seed, epoch=0):
        marks = [mark for i in batch.indices for mark in _marks(pairs[i])]
        assert len(marks) == len(set(marks))


@given(_crowded(), _configs())
@settings(max_examples=40, deadline=None)
def test_batches_are_of_one_kind_and_language(pairs, config):
    """A monolingual batch is in its one language on both sides, a cross-lingual one holds no monolingual pair."""
    if not _usable(pairs, config):
        return
    for batch in plan_epoch(pairs, config, seed=0, epoch=0):
        inside = [pairs[i] for i in batch.indices]
        if batch.kind == "monolingual":
            assert {(p.question_language, p.passage_language) for p in inside} == {
                (batch.language, batch.language)
            }
        else:
            assert batch.language is None
            assert all(pair.cross_lingual for pair in inside)


@given(_crowded(), st.sampled_from(["drain", "refill"]), st.integers(1, 20))
@settings(max_examples=25, deadline=None)
def test_the_same_arguments_give_the_same_plan(pairs, exhausted, n_steps):
    """Planned twice from the same pairs, configuration and seed, the batches are the same, one a step."""
    config = Sampling(monolingual_fraction=1, batch_size=4, exhausted=exhausted)
    if not _usable(pairs, config):
        return
    first, second = (list(plan_steps(pairs, config, seed=9, n_steps=n_steps)) for _ in range(2))
    assert first == second
    assert len(first) == n_steps


def test_seeds_and_epochs_differ():
    """Another seed or another epoch gives another order."""
    pairs = _many(200)
    plans = [
        plan_epoch(pairs, PRESETS["hybrid"], seed=seed, epoch=epoch) for seed in (0, 1) for epoch in (0, 1)
    ]
    assert len(set(plans)) == 4


@pytest.mark.parametrize("kind", ["passage_id", "parallel_id", "question", "passage"])
def test_five_hundred_pairs_of_one_passage_make_small_batches(kind):
    """A passage with 500 questions, or a text that occurs 500 times, is spread over 500 batches, none lost."""
    pairs = [_pair(i, **{kind: "the same"}) for i in range(500)]
    pairs += [_pair(i) for i in range(500, 1000)]
    batches = plan_epoch(pairs, PRESETS["monolingual"], seed=0, epoch=0)
    assert len(batches) == 500
    assert sorted(i for batch in batches for i in batch.indices) == list(range(1000))
    assert max(sum(i < 500 for i in batch.indices) for batch in batches) == 1


def test_batches_are_full_where_nothing_conflicts():
    """Without conflicts each pool has at most one batch below the size."""
    batches = plan_epoch(_many(1234), Sampling(batch_size=50), seed=3, epoch=0)
    short = Counter(batch.language for batch in batches if len(batch.indices) < 50)
    assert max(len(batch.indices) for batch in batches) == 50
    assert max(short.values(), default=0) == 1


@given(st.integers(1, 40), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_batch_tokens_bounds_the_padded_tokens(n, seed):
    """Longest text of a batch times its texts stays within ``batch_tokens``, and batches of short texts are larger."""
    lengths = np.random.default_rng(seed).integers(1, 100, size=(n, 2))
    pairs = [_pair(i) for i in range(n)]
    config = Sampling(monolingual_fraction=1, batch_tokens=200)
    batches = plan_epoch(pairs, config, seed=seed, epoch=0, lengths=lengths)
    assert sorted(i for batch in batches for i in batch.indices) == list(range(n))
    for batch in batches:
        assert 2 * len(batch.indices) * lengths[list(batch.indices)].max() <= 200


def test_tokens_are_estimated_by_script():
    """Without lengths a sign of Thai counts as much as three letters of English."""
    long = [_pair(i, "th", passage="ก" * 90 + str(i)) for i in range(40)]
    short = [_pair(i, "en", passage="a" * 90 + str(i)) for i in range(40)]
    config = Sampling(monolingual_fraction=1, batch_tokens=2000)
    thai, english = (len(plan_epoch(pairs, config, seed=0, epoch=0)) for pairs in (long, short))
    assert thai == 4
    assert english == 2


def test_a_pair_over_the_budget_is_named():
    """One pair that alone is over ``batch_tokens`` is an error with its id, not a batch over the bound."""
    config = Sampling(monolingual_fraction=1, batch_tokens=20)
    with pytest.raises(InputError, match="'pair 1' alone takes 22 padded tokens"):
        plan_epoch([_pair(0), _pair(1)], config, seed=0, epoch=0, lengths=[[3, 4], [2, 11]])
    with pytest.raises(InputError, match=r"expected \(2, 2\)"):
        plan_epoch([_pair(0), _pair(1)], config, seed=0, epoch=0, lengths=[3, 4])


@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.8])
def test_refill_keeps_the_fraction(fraction):
    """Over 4,000 steps the share of monolingual batches is within 4 standard deviations of α, to the end."""
    config = Sampling(monolingual_fraction=fraction, batch_size=5, exhausted="refill")
    steps = list(plan_steps(_many(120), config, seed=2, n_steps=4000))
    for part in (steps, steps[2000:]):
        count = sum(batch.kind == "monolingual" for batch in part)
        assert abs(count - fraction * len(part)) < 4 * math.sqrt(len(part) * fraction * (1 - fraction))


@pytest.mark.parametrize(
    ("weighting", "weights"), [("uniform", [1, 1, 1]), ("size", [8, 4, 1]), (3.0, [2, 4 ** (1 / 3), 1])]
)
def test_languages_come_by_their_weights(weighting, weights):
    """The languages of the monolingual batches among 9,000 hybrid ones fit the weights by a chi-square test at 0.1 %."""
    sizes = {"ar": 160, "de": 80, "en": 20}
    pairs = [_pair(i, language) for language, n in sizes.items() for i in range(n)]
    pairs += [_pair(i, "en", "de") for i in range(1000, 1100)]
    config = Sampling(batch_size=10, language_weighting=weighting, exhausted="refill")
    steps = list(plan_steps(pairs, config, seed=5, n_steps=9000))
    seen = Counter(batch.language for batch in steps if batch.language)
    expected = {
        language: seen.total() * weight / sum(weights)
        for language, weight in zip(sizes, weights, strict=True)
    }
    chi_square = sum((seen[language] - mean) ** 2 / mean for language, mean in expected.items())
    assert chi_square < 13.82  # 2 degrees of freedom


def test_draws_do_not_repeat():
    """Random numbers are drawn in blocks of 4,096 steps; a later block is not the first again."""
    config = Sampling(batch_size=50, exhausted="refill")
    kinds = [batch.kind for batch in plan_steps(_many(40), config, seed=0, n_steps=4296)]
    assert kinds[:200] != kinds[4096:]


def test_refill_uses_the_pairs_evenly_in_full_batches():
    """Pools are shuffled as they run out: uses of one pair differ by at most 2, and batches stay full."""
    pairs = [_pair(i) for i in range(37)]
    config = Sampling(monolingual_fraction=1, batch_size=10, exhausted="refill")
    steps = list(plan_steps(pairs, config, seed=1, n_steps=400))
    uses = Counter(i for batch in steps for i in batch.indices)
    assert max(uses.values()) - min(uses[i] for i in range(37)) <= 2
    assert sum(len(batch.indices) for batch in steps) >= 0.95 * 4000
    assert all(len(set(batch.indices)) == len(batch.indices) for batch in steps)


def test_refill_goes_on_where_all_pairs_conflict():
    """A pool smaller than a batch, or of one passage only, still yields a batch for every step."""
    for pairs in ([_pair(0)], [_pair(i, passage_id="p") for i in range(30)]):
        config = Sampling(monolingual_fraction=1, batch_size=8, exhausted="refill")
        steps = list(plan_steps(pairs, config, seed=0, n_steps=70))
        assert [len(batch.indices) for batch in steps] == [1] * 70


@given(_crowded(smallest=5), _configs("refill"))
@settings(max_examples=60, deadline=None)
def test_refill_never_batches_a_conflict(pairs, config):
    """Pairs left over from one round never meet a conflict, such as themselves, in the next."""
    try:
        steps = list(plan_steps(pairs, config, seed=0, n_steps=60))
    except InputError:
        return
    for batch in steps:
        marks = [mark for i in batch.indices for mark in _marks(pairs[i])]
        assert len(marks) == len(set(marks))


@given(st.sampled_from(["drain", "refill"]), st.sampled_from([0.0, 0.5, 1.0]), st.data(), st.integers(0, 4))
@settings(max_examples=60, deadline=None)
def test_a_resumed_stream_is_the_uninterrupted_one(exhausted, fraction, data, seed):
    """Whatever the step a run stops after, the stream from the position that it saved goes on as if uninterrupted."""
    pairs = _many(90)
    config = Sampling(monolingual_fraction=fraction, batch_size=7, exhausted=exhausted)
    whole = list(islice(Sampler(pairs, config, seed=seed).stream(), 60))
    stop = data.draw(st.integers(1, 59))
    saved = Position.model_validate_json(whole[stop - 1][0].following().model_dump_json())
    rest = list(islice(Sampler(pairs, config, seed=seed).stream(saved), 60 - stop))
    assert [batch for _, batch in rest] == [batch for _, batch in whole[stop:]]
    by_steps = plan_steps(pairs, config, seed=seed, n_steps=60, start=stop)
    assert list(by_steps) == [batch for _, batch in whole[stop:]]


@given(st.lists(st.integers(), unique=True, max_size=30), st.integers(1, 9))
def test_processes_partition_a_batch(indices, world_size):
    """The shares of all processes hold every pair once, and their sizes differ by at most one."""
    batch = Batch("cross_lingual", None, tuple(indices))
    shares = [share(batch, rank, world_size) for rank in range(world_size)]
    assert sorted(i for part in shares for i in part) == sorted(indices)
    sizes = [len(part) for part in shares]
    assert max(sizes) - min(sizes) <= 1
    with pytest.raises(InputError, match="expected 0 ≤ rank < world_size"):
        share(batch, world_size, world_size)


def test_other_processes_plan_the_same():
    """Processes with other hash seeds plan byte for byte the same batches."""
    script = "import sys; sys.path.insert(0, sys.argv[1]); import test_sampling; print(test_sampling.plan_digest())"
    printed = {
        subprocess.run(
            [sys.executable, "-c", script, str(Path(__file__).parent)],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for hash_seed in ("1", "2")
    }
    assert printed == {plan_digest()}


def plan_digest():
    """SHA-256 of plans of every kind."""
    pairs = [
        pair.model_copy(update={"passage_id": f"p{i // 3}", "parallel_id": f"x{i % 40}"})
        for i, pair in enumerate(_many(300))
    ]
    plans = [
        plan_epoch(pairs, PRESETS["hybrid"], seed=1, epoch=2),
        plan_epoch(pairs, Sampling(batch_tokens=500), seed=1, epoch=2),
        list(plan_steps(pairs, Sampling(batch_size=9, exhausted="refill"), seed=1, n_steps=99)),
    ]
    return hashlib.sha256(repr(plans).encode()).hexdigest()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "either batch_size"),
        ({"batch_size": 8, "batch_tokens": 100}, "either batch_size"),
        ({"batch_size": 0}, "greater than or equal to 1"),
        ({"batch_size": 8, "monolingual_fraction": 1.1}, "less than or equal to 1"),
        ({"batch_size": 8, "monolingual_fraction": math.nan}, "finite"),
        ({"batch_size": 8, "language_weighting": 0}, "greater than 0"),
        ({"batch_size": 8, "language_weighting": "largest"}, "uniform"),
    ],
)
def test_a_configuration_that_means_nothing_is_refused(fields, message):
    """Sizes, fractions and weightings outside their ranges are refused."""
    with pytest.raises(ValidationError, match=message):
        Sampling(**fields)


def test_what_cannot_be_planned_says_the_way_out():
    """No pairs, a missing kind, a refill asked for an epoch, negative seeds: each error names the way out."""
    cross = [_pair(i, "en", "de") for i in range(4)]
    refill = Sampling(batch_size=2, exhausted="refill")
    with pytest.raises(InputError, match="No pairs"):
        plan_epoch([], PRESETS["hybrid"], seed=0, epoch=0)
    with pytest.raises(InputError, match="is monolingual"):
        plan_epoch(cross, PRESETS["monolingual"], seed=0, epoch=0)
    with pytest.raises(InputError, match="make some with cross_lingual_pairs"):
        plan_epoch([_pair(0)], PRESETS["cross_lingual"], seed=0, epoch=0)
    with pytest.raises(InputError, match="There are no cross-lingual pairs"):
        list(plan_steps([_pair(0)], refill, seed=0, n_steps=1))
    with pytest.raises(InputError, match="There are no monolingual pairs"):
        list(plan_steps(cross, refill, seed=0, n_steps=1))
    with pytest.raises(InputError, match="Use plan_steps"):
        plan_epoch(_many(8), refill, seed=0, epoch=0)
    with pytest.raises(InputError, match="The seed is -1"):
        plan_epoch(cross, PRESETS["hybrid"], seed=-1, epoch=0)
    with pytest.raises(InputError, match="The epoch is -1"):
        plan_epoch(cross, PRESETS["hybrid"], seed=0, epoch=-1)


def test_drain_goes_on_with_what_is_left():
    """When the cross-lingual pool is empty, or there is none, the rest of the epoch is monolingual."""
    pairs = [_pair(i) for i in range(100)] + [_pair(i, "en", "de") for i in range(100, 110)]
    batches = plan_epoch(pairs, Sampling(batch_size=5), seed=0, epoch=0)
    assert Counter(batch.kind for batch in batches) == {"monolingual": 20, "cross_lingual": 2}
    assert len(plan_epoch(pairs[:100], Sampling(batch_size=5), seed=0, epoch=0)) == 20


def test_long_texts_are_compared_whole():
    """Long passages that differ in the middle only may share a batch; those that differ in spacing may not."""
    middle = [_pair(i, passage="a b " * 200 + str(i) + " c d" * 200) for i in range(2)]
    spacing = [_pair(i, passage=("Ab" + " " * (1 + 500 * i)) * 300 + "c") for i in range(2)]
    config = PRESETS["monolingual"]
    assert len(plan_epoch(middle, config, seed=0, epoch=0)) == 1
    assert len(plan_epoch(spacing, config, seed=0, epoch=0)) == 2


def test_presets_are_the_strategies_of_the_paper():
    """X-X-mono, X-Y and hybrid with α = 1, 0 and 0.5, at batch size 100 with uniform languages."""
    assert {name: config.monolingual_fraction for name, config in PRESETS.items()} == {
        "monolingual": 1,
        "cross_lingual": 0,
        "hybrid": 0.5,
    }
    assert {config.batch_size for config in PRESETS.values()} == {100}
    assert {config.language_weighting for config in PRESETS.values()} == {"uniform"}
