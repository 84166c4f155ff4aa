"""Which retrained encoders take the current one's place."""

from __future__ import annotations

import json
import random
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sentence_transformers import SentenceTransformer
from tiny_models import N_TOPICS, save_model, toy_development, toy_pairs

from retrieval_core import promoted
from retrieval_core.comparison import compare
from retrieval_core.embedding.body import WIDTH, Body
from retrieval_core.embedding.files import EncoderConfig, PartWeights
from retrieval_core.embedding.module import EmbeddedModule
from retrieval_core.embedding.text import N_BUCKETS
from retrieval_core.encoder import DualEncoder
from retrieval_core.errors import InputError, ModelError
from retrieval_core.evaluation import SETTINGS, EncoderScorer, evaluate
from retrieval_core.model_files import Manifest
from retrieval_core.promotion import overall_test, promote, read_run, refusals
from retrieval_core.promotion_card import Figure, Promotion, UsedFile
from retrieval_core.promotion_data import Gate, HeldOut, held_out_by_training, held_out_file
from retrieval_core.records import Document, Qrel, Query, RetrievalSet
from retrieval_core.sampling import Sampling
from retrieval_core.significance import BootstrapTest
from retrieval_core.training import train
from retrieval_core.training_config import Training
from retrieval_core.training_run import DataFile, sha256_of

GATE = Gate(toy_development(), UsedFile(name="toy", sha256="0" * 64, rows=48, use="gate"))


def _swapped(pairs):
    """Questions with the passages of the next topic: what contradicts ``pairs``."""
    passages = {(pair.passage_language, pair.parallel_id): pair.passage for pair in pairs}
    return tuple(
        pair.model_copy(
            update={
                "passage": passages[pair.passage_language, str((int(pair.parallel_id) + 1) % N_TOPICS)],
                "passage_id": f"{pair.passage_language}:{(int(pair.parallel_id) + 1) % N_TOPICS}",
            }
        )
        for pair in pairs
    )


def _write(path, pairs):
    fields = ("question", "passage", "question_language", "passage_language", "parallel_id")
    path.write_text("".join(json.dumps(pair.model_dump(include=set(fields))) + "\n" for pair in pairs))
    return path


def _trained(model, pairs, out, *, file=None, **changes):
    files = [DataFile(name=file.name, sha256=sha256_of(file), rows=len(pairs), use="train")] if file else []
    config = Training(
        **{
            "sampling": Sampling(batch_size=12, exhausted="refill"),
            "steps": 60,
            "learning_rate": 0.05,
            **changes,
        }
    )
    train(str(model), pairs, None, config, out, files=files)
    return out


def _questions(**changes):
    return HeldOut(toy_development().model_copy(update=changes), (), "of the same topics")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Finished runs: ``good`` learnt the toy topics, ``idle`` nothing, ``swapped`` other answers instead."""
    folder = tmp_path_factory.mktemp("runs")
    torch.set_num_threads(1)
    fresh = save_model("static", folder)
    file = _write(folder / "qa.jsonl", toy_pairs())
    good = _trained(fresh, toy_pairs(), folder / "good", file=file)
    return SimpleNamespace(
        file=file,
        fresh=fresh,
        good=good,
        idle=_trained(fresh, toy_pairs(), folder / "idle", steps=1, learning_rate=1e-9),
        swapped=_trained(good / "model", _swapped(toy_pairs()), folder / "swapped", steps=150),
    )


def _make_current(folder, home):
    encoder = DualEncoder.load(folder)
    manifest = Manifest(name="toy", command="x", files={}, data=(), metrics={})
    promoted.install(folder, encoder.fingerprint, manifest, "", home)
    return encoder.fingerprint


@pytest.fixture
def home(runs, tmp_path):
    """A home whose current encoder is the untrained model."""
    _make_current(runs.fresh, tmp_path)
    return tmp_path


def test_a_better_model_is_promoted(runs, home, monkeypatch):
    """It becomes "current", its card and manifest say what was measured, and rollback brings the old one back."""
    before = promoted.read_registry(home).current
    outcome = promote(runs.good, _questions(), [GATE], date="2020-01-02", home=home)
    assert outcome.reasons == ()
    monkeypatch.setenv("RETRIEVAL_CORE_HOME", str(home))
    encoder = DualEncoder.load("current")
    assert encoder.fingerprint == outcome.folder.name == DualEncoder.load(runs.good / "model").fingerprint
    manifest = Manifest.model_validate_json((outcome.folder / "manifest.json").read_bytes())
    assert manifest.files == promoted.seals_of(outcome.folder / "encoder")
    assert Promotion.model_validate(manifest.metrics) == outcome.promotion
    card = (outcome.folder / "MODEL_CARD.md").read_text()
    measured = evaluate(EncoderScorer(encoder), toy_development())
    for setting in SETTINGS:
        row = next(
            line for line in card.split("\n") if line.startswith(f"| toy | {setting.replace('_', '-')} |")
        )
        assert row.split(" | ")[3] == f"{measured.mean(setting):.4f}"
    assert all(
        part in card for part in ("2020-01-02", before[:12], sha256_of(runs.file), "qa.jsonl", '"steps": 60')
    )
    assert promoted.rollback(home) == before == DualEncoder.load("current").fingerprint


def test_no_better_model_is_refused(runs, home):
    """A model that learnt nothing, or forgot, is refused with the reason, and the current one stays."""
    before = promoted.read_registry(home)
    outcome = promote(runs.idle, _questions(), [GATE], date="2020-01-02", home=home)
    assert outcome.folder is None
    assert len(outcome.reasons) == 1
    assert "is not above 0" in outcome.reasons[0]
    assert promoted.read_registry(home) == before


def test_a_forgetful_model_is_refused(runs, tmp_path):
    """Better on its own questions but worse on the gate is not good enough."""
    before = _make_current(runs.good / "model", tmp_path)
    others = toy_development()
    n = {document.doc_id: i for i, document in enumerate(others.documents)}
    moved = tuple(
        qrel.model_copy(
            update={"doc_id": others.documents[(i // N_TOPICS) * N_TOPICS + (i + 1) % N_TOPICS].doc_id}
        )
        for qrel in others.qrels
        for i in [n[qrel.doc_id]]
    )
    outcome = promote(runs.swapped, _questions(qrels=moved, name="new"), [GATE], date="d", home=tmp_path)
    assert outcome.promotion.decisive.test.low > 0
    assert len(outcome.reasons) == 3
    assert all("fell from" in reason and "--replay" in reason for reason in outcome.reasons)
    assert promoted.read_registry(tmp_path).current == before


def test_a_trial_changes_nothing(runs, home):
    """With ``dry_run`` all is measured, and nothing written."""
    before = sorted(home.rglob("*"))
    outcome = promote(runs.good, _questions(), [GATE], date="d", home=home, dry_run=True)
    assert (outcome.reasons, outcome.folder) == ((), None)
    assert sorted(home.rglob("*")) == before


def test_what_was_put_in_a_promoted_folder_is_not_loaded(home, monkeypatch):
    """The name "current" loads only the encoder that was promoted."""
    folder = promoted.current_folder(home)
    config = folder / "config_sentence_transformers.json"
    config.write_text(config.read_text() + "\n")
    monkeypatch.setenv("RETRIEVAL_CORE_HOME", str(home))
    with pytest.raises(ModelError, match=r"fingerprint differs.*--to-embedded"):
        DualEncoder.load("current")


def test_an_embedded_encoder_is_packed_and_measured_so(tmp_path, runs, monkeypatch):
    """The training form of an embedded encoder is promoted as int8, and its figures are those of that form."""
    rng = random.Random(0)
    words = [f"ω{chr(0x3B1 + i // 24)}{chr(0x3B1 + i % 24)}" for i in range(200)]
    torch.manual_seed(0)
    module = EmbeddedModule(
        EncoderConfig(
            weights=PartWeights(contextual=0.2, bag=0.5, surface=0.3), surface_dimension=64, max_pieces=16
        ),
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words],
        torch.randn(len(words) + 4, 32),
        torch.randn(len(words) + 4, WIDTH),
        torch.ones(N_BUCKETS),
        Body(),
    )
    out = tmp_path / "run"
    SentenceTransformer(modules=[module], device="cpu").save_pretrained(
        str(out / "model"), create_model_card=False
    )
    run = read_run(runs.good).model_copy(update={"model": "embedded", "prefixes": ("", "")})
    (out / "run.json").write_text(run.model_dump_json())
    chosen = [rng.sample(words, 6) for _ in range(40)]
    questions = RetrievalSet(
        name="words",
        queries=tuple(
            Query(query_id=f"el:{i}", text=" ".join(c[:3]), language="el") for i, c in enumerate(chosen)
        ),
        documents=tuple(
            Document(doc_id=f"el:d{i}", text=" ".join(c), language="el") for i, c in enumerate(chosen)
        ),
        qrels=tuple(Qrel(query_id=f"el:{i}", doc_id=f"el:d{i}", relevance=1) for i in range(40)),
    )
    home = tmp_path / "home"
    _make_current(runs.fresh, home)
    outcome = promote(out, HeldOut(questions, (), "drawn"), [], date="d", home=home)
    assert outcome.reasons == ()
    monkeypatch.setenv("RETRIEVAL_CORE_HOME", str(home))
    encoder = DualEncoder.load("current")
    assert (outcome.folder / "encoder" / "body.onnx").is_file()
    assert encoder.fingerprint == outcome.folder.name
    measured = evaluate(EncoderScorer(encoder), questions).mean("monolingual")
    assert outcome.promotion.decisive.after == measured
    inner = Manifest.model_validate_json((outcome.folder / "encoder" / "manifest.json").read_bytes())
    assert inner.metrics == outcome.promotion.model_dump(mode="json")
    assert "**what it forgot is not known**" in (outcome.folder / "MODEL_CARD.md").read_text()
    with pytest.raises(InputError, match="already"):
        promote(out, HeldOut(questions, (), "drawn"), [], date="d", home=home)


def _figure(difference, low, *, dataset="gate", setting="monolingual"):
    test = BootstrapTest(
        difference=difference, low=low, high=difference + 1, p_value=0.5, n_queries=9, n_resamples=9
    )
    return Figure(dataset=dataset, setting=setting, before=0.5, after=0.5 + difference, test=test)


@pytest.mark.parametrize(
    ("low", "lost", "refused"),
    [(0.001, 0.0, 0), (0.001, 0.01, 0), (0.001, 0.0101, 1), (0.0, 0.0, 1), (-0.1, 0.5, 2)],
)
def test_the_rule(low, lost, refused):
    """The gain's interval must lie above 0, and a gate's setting may lose 0.01 but no more."""
    promotion = Promotion(
        date="", before="embedded", before_fingerprint="", after_fingerprint="", held_out="", files=(),
        new=(_figure(0.2, low, dataset="new"),), gates=(_figure(0.3, -0.5), _figure(-lost, -1.0)),
        tolerance=0.01, seed=0,
    )  # fmt: skip
    assert len(refusals(promotion)) == refused


class _Noise:
    """Scores that a seed decides."""

    def __init__(self, seed):
        self._rng = np.random.default_rng(seed)

    def score(self, queries, documents):
        return self._rng.random((len(queries), len(documents)), dtype=np.float32)


@settings(max_examples=5)  # each resamples 10,000 times
@given(seeds=st.tuples(st.integers(0, 99), st.integers(0, 99)))
def test_the_overall_difference_is_that_of_the_means(seeds):
    """Over several settings the test is of the mean of their mAP; over one it is that of the comparison."""
    a, b = (evaluate(_Noise(seed), toy_development()) for seed in seeds)
    means = [sum(one.mean(setting) for setting in SETTINGS) / 3 for one in (a, b)]
    assert overall_test(a, b, 0).difference == pytest.approx(means[0] - means[1], abs=1e-12)
    a, b = (evaluate(_Noise(seed), toy_development(), settings=["monolingual"]) for seed in seeds)
    one, other = overall_test(a, b, 0), compare(a, b, seed=0).settings[0].test
    assert one.difference == pytest.approx(other.difference, abs=1e-12)
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=1e-12)


def test_the_questions_that_training_held_out_are_found_again(runs, tmp_path):
    """With the run's data and seed come the pairs that it did not train on; with other data an error that says so."""
    from click.testing import CliRunner

    from retrieval_core.cli import cli

    options = ["--model", runs.fresh, "--out", str(tmp_path / "run"), "--steps", "1", "--seed", "3"]
    assert CliRunner().invoke(cli, ["train", str(runs.file), *options]).exit_code == 0
    run = read_run(tmp_path / "run")
    held = held_out_by_training(run, [runs.file])
    assert 0 < len(held.dataset.queries) <= len(toy_pairs()) - run.pairs
    other = _write(tmp_path / "other.jsonl", toy_pairs()[1:])
    with pytest.raises(InputError, match="exactly the files"):
        held_out_by_training(run, [other])
    with pytest.raises(InputError, match="--held-out"):
        held_out_by_training(read_run(runs.good), [runs.file])
    with pytest.raises(InputError, match="at least 30"):
        promote(tmp_path / "run", held, [], date="d", home=tmp_path)


def test_trained_questions_are_left_out_of_a_held_out_file(runs, tmp_path):
    """Questions that were trained on do not count, and a file of nothing else, or that was trained on, is refused."""
    run = read_run(runs.good)
    first, *_ = toy_pairs()
    fresh = first.model_copy(update={"question": "what nobody has ever asked before", "parallel_id": None})
    copied = first.model_copy(update={"question": first.question.upper() + "?"})
    held = held_out_file(run, [runs.file], _write(tmp_path / "more.jsonl", [fresh, copied]))
    assert [query.text for query in held.dataset.queries] == [fresh.question]
    assert "1 ask for a passage" in held.how
    with pytest.raises(InputError, match="or nearly"):
        held_out_file(run, [runs.file], _write(tmp_path / "old.jsonl", [copied]))
    with pytest.raises(InputError, match="was trained on"):
        held_out_file(run, [runs.file], runs.file)


@pytest.mark.parametrize(("content", "message"), [(None, "holds no run"), ("{}", "holds no run")])
def test_a_folder_without_a_run_is_named(tmp_path, content, message):
    """What is no finished run is an error that names the folder."""
    if content is not None:
        (tmp_path / "run.json").write_text(content)
    with pytest.raises(InputError, match=message):
        read_run(tmp_path)
