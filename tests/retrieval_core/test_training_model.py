"""Which parameters move, how fast, and by which optimiser."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from tiny_models import save_model

from retrieval_core.errors import InputError, ModelError
from retrieval_core.training_config import Training, learning_rate_factor
from retrieval_core.training_model import Optimisers, clip_gradients, load_model, set_weights, weights


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Paths of two tiny models."""
    folder = tmp_path_factory.mktemp("models")
    return {kind: save_model(kind, folder) for kind in ("e5", "static")}


def _step(trained, config, text="what"):
    optimisers = Optimisers(trained.network, config)
    before = {name: tensor.detach().clone() for name, tensor in weights(trained.network).items()}
    trained.embed(trained.features([text], ""))[:, 0].sum().backward()
    optimisers.step(1.0)
    return optimisers, before, weights(trained.network)


def test_only_the_named_parameters_move(models):
    """Parameters whose names no pattern finds keep their bytes."""
    config = Training(steps=1, trainable=("attention.*weight",))
    _, before, after = _step(load_model(models["e5"], config, "cpu"), config)
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved
    assert all("attention" in name and name.endswith("weight") for name in moved)


def test_patterns_that_name_nothing_are_refused(models):
    """A pattern without a parameter, or that is none, is an error that shows names."""
    for pattern, message in (("no_such", "there are, for example"), ("(", "no regular expression")):
        config = Training(steps=1, trainable=(pattern,))
        with pytest.raises(InputError, match=message):
            Optimisers(load_model(models["e5"], config, "cpu").network, config)


@pytest.mark.parametrize("kind", ["static", "e5"])
def test_only_touched_rows_of_a_table_move(models, kind):
    """Lazy Adam moves the rows of the batch's tokens, by the tables' own learning rate, and no other row."""
    config = Training(steps=1, embedding_learning_rate=0.5, sparse_embeddings=True)
    trained = load_model(models[kind], config, "cpu")
    touched = set(trained.features(["what"], "")["input_ids"].flatten().tolist())
    _, before, after = _step(trained, config)
    name = next(n for n in before if n.endswith(("word_embeddings.weight", "embedding.weight")))
    change = (after[name] - before[name]).abs().amax(dim=1).detach()
    assert set(change.nonzero().flatten().tolist()) == touched
    assert float(change.max()) == pytest.approx(0.5, rel=0.01)  # Adam's first step is the learning rate


def test_optimiser_state_round_trip(models):
    """Restored optimisers, dense and lazy, take the same second step to the bit."""
    config = Training(steps=1, sparse_embeddings=True, learning_rate=0.01)

    def second(restored):
        trained = load_model(models["e5"], config, "cpu")
        trained.network.eval()
        optimisers, _, _ = _step(trained, config)
        if restored:
            saved = {name: tensor.clone() for name, tensor in optimisers.tensors().items()}
            optimisers = Optimisers(trained.network, config)
            optimisers.restore(saved)
        trained.embed(trained.features(["what else"], ""))[:, 0].sum().backward()
        optimisers.step(0.5)
        return weights(trained.network)

    one, two = second(restored=False), second(restored=True)
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_clipping_counts_sparse_rows():
    """After clipping, the norm over dense and sparse gradients together is the limit; repeated rows are summed."""
    table, dense = torch.nn.EmbeddingBag(10, 3, mode="sum", sparse=True), torch.nn.Linear(3, 1)
    dense(table(torch.tensor([[1, 1, 2]])).square()).sum().mul(100).backward()
    parameters = [*table.parameters(), *dense.parameters()]
    clip_gradients(parameters, 0.25)
    norm = torch.stack([p.grad.to_dense().norm() for p in parameters]).norm()
    assert float(norm) == pytest.approx(0.25, rel=1e-4)


def test_prefixes_come_from_configuration_then_prompts_then_name(models, tmp_path):
    """What is configured wins over the model's prompts, those over what its name calls for."""
    by_name = load_model(models["e5"], Training(steps=1), "cpu")
    assert (by_name.query_prefix, by_name.passage_prefix) == ("query: ", "passage: ")
    by_name.network.prompts = {"query": "ask: ", "document": ""}
    by_name.network.save_pretrained(str(tmp_path / "e5"), create_model_card=False)
    own = load_model(str(tmp_path / "e5"), Training(steps=1), "cpu")
    assert (own.query_prefix, own.passage_prefix) == ("ask: ", "")
    told = load_model(str(tmp_path / "e5"), Training(steps=1, query_prefix="", passage_prefix="P: "), "cpu")
    assert (told.query_prefix, told.passage_prefix) == ("", "P: ")


def test_training_sees_what_users_get(models):
    """The embedding that is trained points where the saved model's ``encode_query`` points."""
    trained = load_model(models["e5"], Training(steps=1), "cpu")
    trained.network.eval()
    row = trained.embed(trained.features(["what is it"], trained.query_prefix)).detach()[0]
    torch.testing.assert_close(row / row.norm(), torch.from_numpy(trained.encode_queries(["what is it"])[0]))


def test_weights_of_another_network_are_refused(models):
    """A checkpoint whose tensors have other names does not half-load."""
    one, two = (load_model(models[kind], Training(steps=1), "cpu").network for kind in ("e5", "static"))
    with pytest.raises(ModelError, match="not those of this model"):
        set_weights(one, weights(two))


def test_learning_rate_rises_stays_or_falls():
    """It rises to 1 over the warm-up, then stays at 1 or falls towards 0, never jumping."""
    for schedule in ("constant", "linear", "cosine"):
        config = Training(steps=100, schedule=schedule, warmup_fraction=0.2)
        factors = [learning_rate_factor(config, step, 100) for step in range(1, 101)]
        assert factors[:20] == pytest.approx([step / 20 for step in range(1, 21)])
        assert max(abs(a - b) for a, b in pairwise(factors)) < 0.051
        assert factors[-1] == 1.0 if schedule == "constant" else factors[-1] < 0.02
    assert learning_rate_factor(Training(steps=1), 1, 1) == 1.0
    assert learning_rate_factor(Training(steps=1, warmup_fraction=0.0, schedule="linear"), 1, 1) == 1.0


def test_a_length_is_asked_for_once():
    """Neither or both of steps and epochs is refused."""
    for lengths in ({}, {"steps": 1, "epochs": 1}):
        with pytest.raises(ValueError, match="exactly one"):
            Training(**lengths)
