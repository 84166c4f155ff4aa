"""Batches, losses and schedules of the embedded encoder's training."""

from __future__ import annotations

import json
import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_encoder import ENGLISH, PIECES, RECIPE, in_all, save_data, tiny_body
from torch import nn
from torch.nn import functional

from retrieval_core.embedding import bag_training
from retrieval_core.embedding.bag_training import Sampler, Texts, train_bag
from retrieval_core.embedding.body_training import Questions
from retrieval_core.embedding.contextual_training import (
    AlignedIds,
    batches,
    contrast,
    freeze,
    padded,
    train_pieces,
)
from retrieval_core.embedding.material import Aligned, BagMaterial
from retrieval_core.embedding.recipe import Recipe
from retrieval_core.embedding.table_training import learning_rate_factor
from retrieval_core.embedding.text import prepare
from retrieval_core.embedding.vocabulary import make_tokenizer
from retrieval_core.errors import InputError

_TOKENIZER = make_tokenizer(PIECES)


@pytest.fixture(scope="module")
def recipe():
    """The toy data's recipe."""
    return Recipe.model_validate_json(json.dumps(RECIPE))


@pytest.fixture(scope="module")
def material(tmp_path_factory, recipe):
    """The toy data's texts and pairs."""
    return BagMaterial(save_data(tmp_path_factory.mktemp("toy") / "data"), recipe)


@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=60),
    st.integers(1, 7),
    st.integers(1, 40),
    st.integers(0, 3),
)
def test_a_pass_has_every_text_once(lengths, size, steps, seed):
    """Batches of whole passes hold each text once a pass; there are as many as steps, by the seed alone."""
    texts = [[0] * length for length in lengths]
    planned = batches(texts, size, steps, seed)
    assert len(planned) == steps
    assert planned == batches(texts, size, steps, seed)
    per_pass = math.ceil(len(texts) / size)
    for start in range(0, steps - per_pass + 1, per_pass):
        drawn = [i for batch in planned[start : start + per_pass] for i in batch]
        assert sorted(drawn) == list(range(len(texts)))
    assert all(len(batch) <= size for batch in planned)


def test_texts_of_one_length_are_together():
    """With whole batches of each length, none is padded."""
    planned = batches([[0] * (1 + i % 5) for i in range(50)], 10, 5, 1)
    assert all(len({i % 5 for i in batch}) == 1 for batch in planned)


@given(st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=5), min_size=1, max_size=5))
def test_padding_is_masked(texts):
    """Ids stand at the left; the mask counts them, and is left out where all are of one length."""
    ids, mask = padded(texts)
    assert [row[: len(text)].tolist() for row, text in zip(ids, texts, strict=True)] == texts
    if mask is None:
        assert len({len(text) for text in texts}) == 1
    else:
        assert mask.sum(dim=1).tolist() == [len(text) for text in texts]


@given(st.integers(1, 3000))
def test_the_learning_rate_rises_and_falls(steps):
    """The factor is within 0 and 1, rises over the warm-up and falls after it to about a twentieth."""
    factors = [learning_rate_factor(step, steps) for step in range(steps)]
    assert all(0 < factor <= 1 for factor in factors)
    assert factors[30:] == sorted(factors[30:], reverse=True)
    if steps > 1000:
        assert factors[-1] == pytest.approx(0.05, abs=0.001)
        assert factors[:29] == sorted(factors[:29])


def test_frozen_rows_have_no_gradient():
    """Only rows from the given one on keep their gradient, added up where a piece occurs twice."""
    table = nn.Embedding(6, 2, sparse=True)
    table(torch.tensor([0, 4, 2, 4])).sum().backward()
    freeze(table, 3)
    assert table.weight.grad.to_dense().tolist() == [[0.0, 0.0]] * 4 + [[2.0, 2.0], [0.0, 0.0]]


def test_equal_sides_are_no_negatives():
    """Two texts with one English side do not repel: the loss is that of each against the others alone."""
    found, wanted = torch.eye(3), torch.eye(3)
    same = torch.stack([wanted[0], wanted[0], wanted[2]])
    found = torch.stack([found[0], found[0], found[2]])
    loss = contrast(found, same, np.array([7, 7, 8]), 1.0).item()
    e = math.e
    alone, both = -math.log(e / (e + 1)), -math.log(e / (e + 2))
    assert loss == pytest.approx((2 * alone + both) / 3)


def test_pairs_beyond_the_length_are_left_out():
    """A pair counts when both sides are short enough; when none is, the error says so."""
    pairs = [
        Aligned("xx", "stone", "river"),
        Aligned("xx", "stone " * 9, "cloud"),
        Aligned("xx", "window", "cloud " * 9),
        Aligned("xx", "letter", "river"),
    ]
    found = AlignedIds(pairs, _TOKENIZER, 8)
    assert [_TOKENIZER.id_to_token(ids[1]) for ids in found.texts] == ["stone", "letter"]
    assert found.sides[0] == found.sides[1]
    with pytest.raises(InputError, match="max_pieces"):
        AlignedIds(pairs[1:3], _TOKENIZER, 8)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=8))
def test_bags_are_the_pieces_of_their_texts(numbers):
    """Texts come out of the flat array as they went in, in any order and more than once."""
    texts = ["stone river", "", "cloud", "…", "window garden letter", "STONE"]
    flat = Texts(texts, _TOKENIZER)
    ids, offsets = flat.bag(np.array(numbers))
    found = [ids[a:b].tolist() for a, b in pairwise(offsets.tolist())]
    wanted = [_TOKENIZER.encode(prepare(texts[n]), add_special_tokens=False).ids for n in numbers]
    assert found == wanted


def test_pieces_are_counted():
    """Counts are of all texts."""
    counts = Texts(["stone river", "stone"], _TOKENIZER).counts(len(PIECES))
    assert (counts[PIECES.index("stone")], counts[PIECES.index("river")], counts.sum()) == (2, 1, 3)


@pytest.mark.parametrize("kind", ["translation", "words", "heading", "neighbour", "question"])
def test_batches_are_drawn_by_the_seed(material, recipe, kind):
    """Pairs are distinct, at most a batch, of known texts, and the same for the same seed."""
    sampler = Sampler(material, recipe)
    n_texts = len(material.texts)
    for seed in range(20):
        pairs = sampler.draw(kind, np.random.default_rng(seed))
        assert pairs == sampler.draw(kind, np.random.default_rng(seed))
        assert 1 <= len(pairs) <= recipe.bag.batch_size
        assert len(set(pairs)) == len(pairs)
        assert all(0 <= one < n_texts and 0 <= other < n_texts for one, other in pairs)


def test_a_heading_batch_is_monolingual_or_cross_lingual(material, recipe):
    """Hybrid batches: in one all pairs are of one language each, in the next all cross languages."""
    sampler = Sampler(material, recipe)
    language = {n: code for headings, texts in material.headings for part in (headings, texts)
                for code, n in part.items()}  # fmt: skip
    seen = set()
    for seed in range(10):
        pairs = sampler.draw("heading", np.random.default_rng(seed))
        kinds = {language[heading] == language[text] for heading, text in pairs}
        assert len(kinds) == 1
        seen |= kinds
    assert seen == {True, False}


def test_only_kinds_that_the_data_have_are_drawn(material, recipe):
    """A kind without data, or without a share, is left out."""
    assert list(Sampler(material, recipe).kinds()) == list(recipe.bag.mix)
    bag = recipe.bag.model_copy(update={"mix": {"translation": 0.5, "words": 0.0, "question": 0.5}})
    without = recipe.model_copy(update={"bag": bag})
    assert list(Sampler(material, without).kinds()) == ["translation", "question"]


@settings(max_examples=20)
@given(st.integers(2, 6), st.booleans())
def test_the_bags_loss_is_infonce(n, both_sides):
    """The loss is cross entropy of each pair among its batch, by definition; both sides count their own too."""
    torch.manual_seed(n)
    texts = Texts(ENGLISH[: 2 * n], _TOKENIZER)
    table = nn.EmbeddingBag(len(PIECES), 8, mode="sum", include_last_offset=True)
    pairs = [(i, n + i) for i in range(n)]
    loss = bag_training.contrast(table, texts, pairs, 0.5, both_sides=both_sides).item()
    rows = table(*texts.bag(np.arange(2 * n))).detach().double()
    rows /= rows.norm(dim=1, keepdim=True)
    logits = (rows @ rows.T / 0.5).exp()
    wanted = 0.0
    for i in range(n):
        others = logits[i, n:].sum() + (logits[i, :n].sum() - logits[i, i] if both_sides else 0)
        wanted -= math.log(logits[i, n + i] / others) / n
    if both_sides:
        for i in range(n):
            others = logits[n + i].sum() - logits[n + i, n + i]
            wanted -= math.log(logits[n + i, i] / others) / n
    assert loss == pytest.approx(wanted, rel=1e-3)


def test_question_batches_are_of_one_language(recipe):
    """A batch takes at most half of a language's questions, and works with a lone one."""
    pairs = {"en": [(f"{word}?", word) for word in ENGLISH[:8]], "de": [("stone?", "river")]}
    questions = Questions(pairs, _TOKENIZER, recipe)
    sizes = Counter()
    for seed in range(12):
        asked, answering, numbers = questions.draw(100, np.random.default_rng(seed))
        assert len(asked) == len(answering) == len(numbers)
        sizes[len(asked)] += 1
    assert set(sizes) == {1, 4}
    assert not Questions({}, _TOKENIZER, recipe)


_TRANSLATED = [in_all(ENGLISH[i : i + 6]) for i in range(0, 30, 3)]


def _vocabulary():
    """Pieces with every German word of the toy data whole."""
    return [*PIECES, *(in_all([word])["de"] for word in ENGLISH)]


def test_training_the_bag_lowers_its_loss(material, recipe, tmp_path):
    """From random vectors, training brings translations together, and reports once in a hundred steps."""
    tokenizer = make_tokenizer(_vocabulary())
    start = np.random.default_rng(0).normal(size=(len(_vocabulary()), 16)).astype(np.float32)
    reports = []
    trained = train_bag(
        start,
        Texts(material.texts, tokenizer),
        Sampler(material, recipe),
        recipe,
        tmp_path,
        lambda step, losses: reports.append((step, dict(losses))),
    )
    texts = Texts([row[language] for language in ("de", "en") for row in _TRANSLATED], tokenizer)
    pairs = [(i, i + len(_TRANSLATED)) for i in range(len(_TRANSLATED))]

    def loss(rows):
        table = nn.EmbeddingBag.from_pretrained(torch.tensor(rows), mode="sum", include_last_offset=True)
        return bag_training.contrast(table, texts, pairs, 0.05, both_sides=True).item()

    assert loss(trained) < loss(start)
    [(step, losses)] = reports
    assert step == 100
    assert set(losses) <= set(recipe.bag.mix)


def test_training_the_pieces_comes_nearer_to_the_teacher(recipe, tmp_path):
    """From random rows, added pieces move texts towards the teacher's vectors; MiniLM's own stay to the bit."""
    tokenizer = make_tokenizer(_vocabulary())
    start = (np.random.default_rng(0).normal(size=(len(_vocabulary()), 384)) * 0.06).astype(np.float32)
    pairs = [Aligned("de", row["de"], row["en"]) for row in _TRANSLATED]
    contextual = recipe.contextual.model_copy(update={"steps": 12})
    trained = train_pieces(
        start,
        len(PIECES),
        tiny_body(),
        pairs,
        tokenizer,
        recipe.model_copy(update={"contextual": contextual}),
        tmp_path,
        lambda *_: None,
    )
    body, found = tiny_body(), AlignedIds(pairs, tokenizer, 32)

    def vectors(rows, ids):
        with torch.inference_mode():
            return functional.normalize(
                torch.cat([body(torch.tensor(rows[np.array([one])])) for one in ids]), dim=1
            )

    wanted = vectors(start, [found.english[i] for i in found.sides])
    before, after = ((vectors(rows, found.texts) * wanted).sum() for rows in (start, trained))
    assert after > before
    assert np.array_equal(trained[: len(PIECES)], start[: len(PIECES)])
