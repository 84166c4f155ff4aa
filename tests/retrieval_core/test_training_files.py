"""What a run reads of its user's files."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tiny_models import toy_pairs

from retrieval_core.datasets import load_pairs
from retrieval_core.datasets.jsonl import read_qa, to_jsonl
from retrieval_core.datasets.leakage import check_leakage
from retrieval_core.errors import InputError
from retrieval_core.promotion_data import held_out_by_training, held_out_file
from retrieval_core.training_config import Training
from retrieval_core.training_development import development_set
from retrieval_core.training_files import Wanted, gather, write_beside
from retrieval_core.training_run import Run

ALONE = tuple(pair for pair in toy_pairs() if not pair.cross_lingual)


def _file(path, pairs):
    path.write_bytes(to_jsonl(pairs))
    return path


@pytest.fixture
def wanted(tmp_path):
    """Monolingual pairs of two languages, translations of one another; a tenth held out twice."""
    data = (_file(tmp_path / "qa.jsonl", ALONE),)
    return Wanted(data, (), "auto", None, (), mixes=True, seed=3)


def _gather(wanted):
    lines: list[str] = []
    return gather(wanted, lines.append), lines


def _run(found, wanted):
    """The manifest of a run of ``found``."""
    return Run(
        digest="",
        model="",
        model_fingerprint="",
        prefixes=("", ""),
        config=Training(steps=1, seed=wanted.seed),
        files=found.files,
        pairs=len(found.train),
        unused_pairs=0,
        replayed_pairs=0,
        development=found.development.name,
        steps=1,
        processes=1,
        versions={},
    )


def test_the_parts_share_nothing(wanted):
    """No question, passage or translation of the test part is trained on or chosen by; nothing is lost."""
    found, _ = _gather(replace(wanted, mixes=False))
    trained = {pair.parallel_id for pair in found.train}
    tested = {pair.parallel_id for pair in found.test}
    chosen = {query.text for query in found.development.queries}
    assert trained
    assert tested
    assert not trained & tested
    assert not chosen & {pair.question for pair in (*found.train, *found.test)}
    assert len(found.train) + len(found.test) + len(chosen) == len(ALONE)


def test_promote_finds_the_test_part_again(wanted, tmp_path):
    """It is the same whatever was checked against and made; as a file it holds the same questions."""
    known = _file(tmp_path / "known.jsonl", ALONE[:6])
    for one in (wanted, replace(wanted, checks=(("pairs", known),)), replace(wanted, mixes=False)):
        found, _ = _gather(one)
        run = _run(found, one)
        write_beside(tmp_path, found)
        again = held_out_by_training(run, one.data)
        assert again.dataset == development_set("held-out questions", found.test)
        assert held_out_file(run, one.data, tmp_path / "test.jsonl") == again
        assert [p.question for p in load_pairs(tmp_path / "test.jsonl")] == [p.question for p in found.test]
    other = run.model_copy(update={"config": run.config.model_copy(update={"seed": 4})})
    with pytest.raises(InputError, match="another version"):
        held_out_by_training(other, wanted.data)
    nothing, _ = _gather(replace(wanted, development=str(known)))
    with pytest.raises(InputError, match="--development auto"):
        held_out_by_training(_run(nothing, wanted), wanted.data)


def test_what_an_evaluation_set_knows_is_left_out(wanted, tmp_path):
    """Neither trained on, nor replayed, nor chosen by, nor made into new pairs; every leak is written down."""
    known = _file(tmp_path / "known.jsonl", ALONE[::2])
    old = _file(tmp_path / "old.jsonl", ALONE[:4])
    found, lines = _gather(replace(wanted, checks=(("pairs", known),), replay=(old,)))
    texts = {text for pair in ALONE[::2] for text in (pair.question, pair.passage)}
    assert not any(pair.question in texts or pair.passage in texts for pair in (*found.train, *found.replay))
    assert not texts & {query.text for query in found.development.queries}
    write_beside(tmp_path, found)
    written = [json.loads(line) for line in (tmp_path / "leaks.jsonl").read_text().splitlines()]
    assert len(written) == len(found.leaks) > 0
    left = len({leak.pair_id for leak in found.leaks if leak.pair_id.startswith("qa:")})
    checked = len(ALONE) - len(found.test) + 4
    assert f"{left + 2} of {checked} pairs have a text that known knows" in " ".join(lines)
    everything = (("pairs", wanted.data[0]),)
    with pytest.raises(InputError, match="train on"):
        _gather(replace(wanted, checks=everything))
    clean = check_leakage(found.train, [development_set("known", ALONE[::2])]).clean
    assert clean == found.train


def test_translations_become_cross_lingual_pairs(wanted, tmp_path):
    """Only where the strategy has such batches and the data no such pairs; of the training part alone."""
    found, lines = _gather(wanted)
    plain, _ = _gather(replace(wanted, mixes=False))
    made = found.train[len(plain.train) :]
    assert found.train[: len(plain.train)] == plain.train
    assert len(made) == len(plain.train)
    assert all(pair.cross_lingual for pair in made)
    assert {pair.parallel_id for pair in made} == {pair.parallel_id for pair in plain.train}
    assert any(line.startswith(f"{len(made)} cross-lingual pairs are made") for line in lines)
    assert _gather(wanted)[0] == found
    mixed = replace(wanted, data=(_file(tmp_path / "mixed.jsonl", toy_pairs()),))
    assert _gather(mixed)[0].train == _gather(replace(mixed, mixes=False))[0].train
    single = replace(
        wanted, data=(_file(tmp_path / "aa.jsonl", [p for p in ALONE if p.question_language == "aa"]),)
    )
    assert "every batch is monolingual" in _gather(single)[1][-1]


def test_files_of_one_name_keep_their_pairs_apart(wanted, tmp_path):
    """Two languages' files of one name give one another's translations, each pair once."""
    files = []
    for language in ("aa", "bb"):
        (tmp_path / language).mkdir()
        some = [
            p.model_copy(update={"pair_id": p.parallel_id}) for p in ALONE if p.question_language == language
        ]
        files.append(_file(tmp_path / language / "qa.jsonl", some))
    found, _ = _gather(replace(wanted, data=tuple(files)))
    made = [pair for pair in found.train if pair.cross_lingual]
    assert len({(pair.question, pair.passage) for pair in made}) == len(made) == len(found.train) / 2


def test_a_line_says_what_a_file_holds(wanted, tmp_path):
    """Rows, languages, how many were detected, and what was left out for which reason."""
    rows = [
        *(
            {"question": f"Wer baute Haus {i}?", "passage": f"Haus {i} baute Ada.", "lang": "de"}
            for i in range(3)
        ),
        {
            "question": "Кто это?",
            "context": "Ada built the engine.",
            "answers": [{"text": "Ada", "start": 0}],
        },
        {"question": "Why?", "context": "Nobody knows.", "answers": []},
    ]
    path = tmp_path / "mine.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    _, lines = _gather(replace(wanted, data=(path,), development="none", mixes=False))
    assert lines == [
        "mine.jsonl: 5 rows: 3 de, 1 ru→en (languages detected in 1); left out: 1 no answer in its context."
    ]
    assert read_qa(path).rows == 5
