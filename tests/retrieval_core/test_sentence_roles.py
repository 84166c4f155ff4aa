"""Texts, windows and batches of the sentence classifier, and its figures."""

from __future__ import annotations

import gzip
import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from role_data import write_sets

from retrieval_core.errors import InputError
from retrieval_core.sentence_roles.batches import Example, plan
from retrieval_core.sentence_roles.evaluation import (
    accuracy,
    best_threshold,
    confusions,
    f1s,
    groups_of,
    macro_f1,
    set_figures,
)
from retrieval_core.sentence_roles.labelled import (
    SETS,
    LabelledText,
    is_held_out,
    read_texts,
    without_shared,
)
from retrieval_core.sentence_roles.making import read_splits
from retrieval_core.sentence_roles.recipe import RolesRecipe, Stage, read_recipe
from retrieval_core.sentence_roles.windows import MAX_PIECES, place, windows

LENGTHS = st.lists(st.integers(0, 128), max_size=120)


@settings(max_examples=50, deadline=None)
@given(LENGTHS, st.integers(130, 512))
def test_every_sentence_is_kept_once_and_no_window_is_too_long(lengths, limit):
    """Windows cover the text without gap or repetition, within the limit, each with the sentences it keeps."""
    found = windows(lengths, limit)
    assert [i for w in found for i in range(w.first, w.last)] == list(range(len(lengths)))
    assert all(w.start <= w.first <= w.last <= w.end for w in found)
    assert all(1 + sum(length + 1 for length in lengths[w.start : w.end]) <= limit for w in found)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=200))
def test_a_sentence_inside_a_long_text_is_read_with_what_stands_around_it(lengths):
    """No sentence but the first and last is read at the edge of its window."""
    for w in windows(lengths):
        assert w.first > w.start or w.start == 0
        assert w.last < w.end or w.end == len(lengths)


def test_a_text_that_fits_is_one_window():
    """Nothing is cut without need."""
    assert windows([MAX_PIECES - 2]) == [(0, 1, 0, 1)]


def test_the_place_is_known_of_whole_texts_only():
    """A part of a text and a lone sentence say nothing of their place."""
    assert place(3, known=True) == [[1, 0, 1, 0], [1, 0.5, 0, 0], [1, 1, 0, 1]]
    assert place(3, known=False) == [[0, 0, 0, 0]] * 3
    assert place(1, known=True) == [[0, 0, 0, 0]]


def test_texts_are_put_back_together(tmp_path):
    """By counted positions, by name, as one long text, or sentence by sentence, as each file has it."""
    write_sets(tmp_path)
    assert [len(t.sentences) for t in read_texts(tmp_path, "csabstruct", "train")] == [5] * 6
    assert [len(t.sentences) for t in read_texts(tmp_path, "detecting_scientific_claim", "dev")] == [2, 2]
    [loose] = read_texts(tmp_path, "abstrct_fr", "train")
    assert len(loose.sentences) == 18
    assert not loose.whole
    alone = read_texts(tmp_path, "conclusion_detection", "train")
    assert [len(t.sentences) for t in alone] == [1] * 6
    assert not any(t.whole for t in alone)


def test_a_label_of_another_scheme_is_named(tmp_path):
    """A file with unknown labels is refused with the labels that are expected."""
    row = {"sentence": "S.", "label": "odd", "split": "dev", "doc_id": "d", "position": 0}
    with gzip.open(tmp_path / "csabstruct.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
    with pytest.raises(InputError, match=r"odd.*background"):
        read_texts(tmp_path, "csabstruct", "dev")


def _text(*sentences: str, whole: bool = True) -> LabelledText:
    n = len(sentences)
    return LabelledText(sentences, (0,) * n, (1.0,) * n, whole)


def test_what_shares_a_sentence_with_the_measured_texts_is_left_out():
    """A text with a long sentence of a dev text goes, of a loose file only that sentence; short ones may repeat."""
    long = "This sentence has more than six words in it."
    measured = [_text(long, "Short one.")]
    assert without_shared([_text("Other.", long), _text("Short one.")], measured) == [_text("Short one.")]
    assert without_shared([_text("Other.", long, whole=False)], measured) == [_text("Other.", whole=False)]


def test_the_held_out_texts_are_about_an_eighth_and_always_the_same():
    """The split depends on the text alone, and only whole texts are held out."""
    texts = [_text(f"Text {i}.", "Second.") for i in range(2000)]
    held_out = [t for t in texts if is_held_out(t)]
    assert 200 < len(held_out) < 300
    assert not any(is_held_out(t._replace(whole=False)) for t in texts)


def test_fitted_and_held_out_are_apart(tmp_path):
    """No text is in both, and together they are the train split."""
    splits = read_splits(write_sets(tmp_path, n_texts=20))
    for name in SETS:
        fitted = {t.key for t in splits.fitted[name]}
        held_out = {t.key for t in splits.held_out[name]}
        assert not fitted & held_out
        assert len(fitted | held_out) == len({t.key for t in read_texts(tmp_path, name, "train")})


def _examples(count: int, size: int, *, known: bool, first: int = 0) -> list[Example]:
    return [
        Example(
            tuple((first + i * size + j,) * (3 + (i + j) % 9) for j in range(size)),
            (0,) * size,
            (1.0,) * size,
            known,
        )
        for i in range(count)
    ]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 12), st.integers(1, 40))
def test_an_epoch_shows_every_sentence_once(seed, count, size):
    """Without cropping each pass over a set holds each of its sentences exactly once, in batches within the size."""
    recipe = RolesRecipe(crop=0, batch_pieces=128, loose_pieces=64)
    stage = Stage(seed=seed, epochs={"csabstruct": 2, "abstrct_en": 1})
    sets = {
        "csabstruct": _examples(count, size, known=True),
        "abstrct_en": _examples(1, 5 * size, known=False, first=10_000),
    }
    batches = plan(sets, stage, recipe)
    shown = Counter(s[0] for b in batches for e in b.examples for s in e.sentences)
    assert set(shown) == {s[0] for examples in sets.values() for e in examples for s in e.sentences}
    assert all(times == (2 if piece < 10_000 else 1) for piece, times in shown.items())
    for batch in batches:
        longest = max(e.n_pieces for e in batch.examples)
        assert len(batch.examples) == 1 or len(batch.examples) * longest <= recipe.batch_pieces


def test_the_same_seed_gives_the_same_batches():
    """The plan is a function of texts and recipe."""
    sets = {"csabstruct": _examples(9, 7, known=True), "abstrct_it": _examples(1, 90, known=False)}
    stage = Stage(seed=3, epochs={"csabstruct": 1.5, "abstrct_it": 2})
    assert plan(sets, stage, RolesRecipe()) == plan(sets, stage, RolesRecipe())
    assert plan(sets, stage, RolesRecipe()) != plan(sets, stage.model_copy(update={"seed": 4}), RolesRecipe())


def test_a_part_of_a_text_has_no_known_place():
    """Cropping hides where the sentences stood."""
    [example] = _examples(1, 4, known=True)
    assert not example.part(1, 4).known
    assert example.part(0, 4) == example


def test_figures_of_a_perfect_and_of_a_constant_classifier():
    """Perfect scores have F1 1 with no spread; a constant one has F1 0 for the labels it never gives."""
    texts = [LabelledText(("a", "b", "c"), (0, 3, 2), (1.0,) * 3, whole=True)] * 4
    truth = np.array([0, 3, 2] * 4)
    perfect = set_figures("csabstruct", texts, np.eye(5)[truth], threshold=None, seed=0)
    assert (perfect.macro_f1.value, perfect.macro_f1.low, perfect.claim_f1.value) == (1, 1, 1)
    constant = set_figures("csabstruct", texts, np.eye(5)[np.zeros(12, int)], threshold=None, seed=0)
    assert constant.accuracy.value == pytest.approx(1 / 3, abs=1e-4)
    assert constant.claim_f1.value == 0
    assert constant.macro_f1.value == pytest.approx(0.5 / 3, abs=1e-4)


def test_f1_and_threshold_by_hand():
    """Two hits of three chosen and four true: 4/7; the threshold is the one that parts the scores best."""
    truth, chosen = np.array([1, 1, 1, 1, 0]), np.array([1, 1, 0, 0, 1])
    [table] = confusions(truth, chosen, 2, [np.arange(5)])
    assert table.tolist() == [[0, 1], [2, 2]]
    assert f1s(table).tolist() == pytest.approx([0, 4 / 7])
    assert macro_f1(table) == pytest.approx(2 / 7)
    assert accuracy(table) == pytest.approx(2 / 5)
    assert 0.2 < best_threshold(np.array([0.2, 0.1, 0.6, 0.7]), np.array([0, 0, 1, 1], bool)) <= 0.6


def test_groups_are_texts_or_ten_rows_of_a_loose_file():
    """Bootstrap draws whole texts where they are known."""
    groups = groups_of([_text("a", "b"), _text(*map(str, range(25)), whole=False)])
    assert [len(g) for g in groups] == [2, 10, 10, 5]
    assert np.concatenate(groups).tolist() == list(range(27))


def test_a_recipe_that_cannot_be_read_is_named(tmp_path):
    """A typo in a recipe is an input error with the file's name."""
    path = tmp_path / "recipe.json"
    path.write_text('{"epoch": {}}')
    with pytest.raises(InputError, match=r"recipe\.json"):
        read_recipe(path)
    path.write_text(RolesRecipe(dropout=0.3).model_dump_json())
    assert read_recipe(path).dropout == 0.3
