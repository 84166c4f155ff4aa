"""InfoNCE against its formula, and the same gradients in chunks."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from retrieval_core.errors import InputError
from retrieval_core.losses import NO_KEY, Contrast, batch_loss, cached_backward, info_nce, share_a_key

_SIZES = st.tuples(st.integers(1, 5), st.integers(0, 4), st.integers(0, 2**31))


def _by_formula(queries, candidates, targets, temperature, excluded):
    losses = []
    for i, query in enumerate(queries):
        scores = [
            float(query @ c) / (np.linalg.norm(query) * np.linalg.norm(c)) / temperature for c in candidates
        ]
        counted = [s for j, s in enumerate(scores) if j == targets[i] or not excluded[i][j]]
        losses.append(-scores[targets[i]] + math.log(sum(math.exp(s) for s in counted)))
    return losses


@given(_SIZES, st.floats(0.05, 2))
def test_info_nce_is_its_formula(sizes, temperature):
    """The loss of each query is the formula's, false negatives left out, the positive always in."""
    n, k, seed = sizes
    rng = np.random.default_rng(seed)
    queries, candidates = rng.normal(size=(n, 3)), rng.normal(size=(n + k, 3))
    excluded = rng.random((n, n + k)) < 0.3
    targets = rng.permutation(n + k)[:n]
    losses = info_nce(
        torch.tensor(queries),
        torch.tensor(candidates),
        torch.tensor(targets),
        temperature,
        torch.tensor(excluded),
    )
    assert losses.tolist() == pytest.approx(
        _by_formula(queries, candidates, targets, temperature, excluded), rel=1e-3, abs=1e-4
    )


def test_symmetric_loss_ranks_queries_too():
    """The symmetric loss is the mean of both directions; hard negatives take part in the first only."""
    torch.manual_seed(0)
    queries, passages = torch.randn(4, 3), torch.randn(7, 3)
    targets = torch.arange(4)
    there = info_nce(queries, passages, targets, 0.1).mean()
    back = info_nce(passages[:4], queries, targets, 0.1).mean()
    loss = batch_loss(queries, passages, Contrast(0.1, symmetric=True))
    assert float(loss) == pytest.approx(float(there + back) / 2)


def test_shared_keys_are_no_negatives():
    """Two passages that agree in one kind of key are not each other's negatives; NO_KEY agrees with nothing."""
    keys = torch.tensor([[1, 10], [2, 10], [3, NO_KEY], [1, NO_KEY]])
    assert share_a_key(keys[:2], keys).tolist() == [[True, True, False, True], [True, True, False, False]]
    torch.manual_seed(0)
    queries, passages = torch.randn(2, 3), torch.randn(4, 3)
    expected = info_nce(queries, passages, torch.arange(2), 0.05, share_a_key(keys[:2], keys)).mean()
    assert float(batch_loss(queries, passages, Contrast(), keys)) == pytest.approx(float(expected))


def test_wrong_shapes_and_temperatures_are_refused():
    """A query without a positive and a temperature of 0 are errors that name the number."""
    with pytest.raises(InputError, match="3 queries have 2 passages"):
        batch_loss(torch.ones(3, 2), torch.ones(2, 2), Contrast())
    with pytest.raises(InputError, match="temperature is 0"):
        Contrast(0)


def _network(dropout):
    torch.manual_seed(1)
    return torch.nn.Sequential(
        torch.nn.Linear(5, 8), torch.nn.Tanh(), torch.nn.Dropout(dropout), torch.nn.Linear(8, 4)
    )


def _loss(rows):
    return batch_loss(rows[:6], rows[6:], Contrast(0.1))


def _gradients(network):
    return [p.grad.clone() for p in network.parameters()]


@pytest.mark.parametrize("size", [1, 4, 14])
def test_chunks_give_the_gradients_of_the_whole(size):
    """Without dropout, the gradients in chunks of any size are those of the batch in one piece."""
    rows = torch.randn(14, 5)
    whole, chunked = _network(0), _network(0)
    loss = _loss(whole(rows))
    loss.backward()
    assert cached_backward(rows.split(size), chunked, _loss) == pytest.approx(float(loss.detach()))
    for a, b in zip(_gradients(whole), _gradients(chunked), strict=True):
        torch.testing.assert_close(a, b)


def test_chunks_meet_the_same_dropout_twice():
    """With dropout, the gradients are those of the same chunks held with their graphs, and so are later draws."""
    chunks = torch.randn(14, 5).split(4)
    held, cached = _network(0.5), _network(0.5)
    torch.manual_seed(3)
    _loss(torch.cat([held(chunk) for chunk in chunks])).backward()
    after = torch.rand(1)
    torch.manual_seed(3)
    cached_backward(chunks, cached, _loss)
    assert torch.equal(torch.rand(1), after)
    for a, b in zip(_gradients(held), _gradients(cached), strict=True):
        torch.testing.assert_close(a, b)
