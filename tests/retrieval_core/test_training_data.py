"""Each pair where it belongs: in its step, its process, its split."""

from __future__ import annotations

import random
from collections import Counter
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import toy_pairs

from retrieval_core.errors import InputError
from retrieval_core.mining import mine_hard_negatives
from retrieval_core.processes import World
from retrieval_core.records import QAPair
from retrieval_core.sampling import Position, Sampling
from retrieval_core.sampling.conflicts import conflict_keys
from retrieval_core.training_config import Training
from retrieval_core.training_data import TrainingStream
from retrieval_core.training_development import development_set, hold_out

PAIRS = toy_pairs()
MAIN, REPLAY = PAIRS[:80], PAIRS[80:]


def _stream(config, world=None, mined=None, replay=REPLAY):
    return TrainingStream(MAIN, replay if config.replay_fraction else (), config, world or World(), mined)


def _parts(stream):
    return list(stream.parts(0, Position(), Position()))


@given(st.integers(2, 30), st.integers(1, 3), st.floats(0, 0.6), st.integers(0, 9))
def test_every_pair_once_an_epoch_over_all_processes(size, n_processes, fraction, seed):
    """An epoch's steps hold each pair exactly once, whatever the processes and however much is replayed."""
    config = Training(
        epochs=1,
        sampling=Sampling(batch_size=size),
        replay_fraction=fraction if fraction > 0.01 else 0.0,
        seed=seed,
    )
    asked: Counter[str] = Counter()
    for rank in range(n_processes):
        for part in _parts(_stream(config, World(rank, n_processes))):
            asked.update((q, p) for q, p in zip(part.questions, part.passages, strict=False))
    wanted = Counter((pair.question, pair.passage) for pair in MAIN)
    assert all(asked[pair] == count for pair, count in wanted.items())


@given(st.integers(0, 30), st.sampled_from(["drain", "refill"]))
def test_a_stream_goes_on_where_it_was(step, exhausted):
    """From the positions that a part names, the following parts are those of the stream that never stopped."""
    sampling = Sampling(batch_size=11, exhausted=exhausted)
    stream = _stream(
        Training(steps=31, sampling=sampling, replay_fraction=0.3), replay=PAIRS[:30] + PAIRS[60:]
    )
    whole = _parts(stream)
    at = (whole[step - 1].main, whole[step - 1].replay) if step else (Position(), Position())
    again = list(stream.parts(step, *at))
    assert [(p.questions, p.passages, p.main, p.replay) for p in again] == [
        (p.questions, p.passages, p.main, p.replay) for p in whole[step:]
    ]


def test_translations_are_replayed_beside_questions_in_one_language():
    """What is replayed need not be of the kind that is trained on."""
    translations = [
        pair.model_copy(update={"passage_language": "xx", "parallel_id": None}) for pair in REPLAY
    ]
    main = [pair for pair in MAIN if not pair.cross_lingual]
    config = Training(
        steps=8, sampling=Sampling(monolingual_fraction=1.0, batch_size=4), replay_fraction=0.25
    )
    parts = list(TrainingStream(main, translations, config, World()).parts(0, Position(), Position()))
    assert len(parts) == 8


def test_replay_has_its_share_of_whole_batches():
    """A quarter replayed is every fourth batch, wholly of replayed pairs."""
    parts = _parts(_stream(Training(steps=40, sampling=Sampling(batch_size=5), replay_fraction=0.25)))
    replayed = {pair.question for pair in REPLAY} - {pair.question for pair in MAIN}
    passages = {(pair.question, pair.passage) for pair in REPLAY}
    kinds = [all(both in passages for both in zip(p.questions, p.passages, strict=True)) for p in parts]
    assert kinds == [step % 4 == 3 for step in range(40)]
    assert replayed <= {q for p, kind in zip(parts, kinds, strict=True) if kind for q in p.questions}


def test_replay_needs_both_pairs_and_share():
    """Pairs without a share, or a share without pairs, is a mistake and refused."""
    with pytest.raises(InputError, match="give both"):
        TrainingStream(MAIN, REPLAY, Training(steps=1), World())
    with pytest.raises(InputError, match="give both"):
        TrainingStream(MAIN, (), Training(steps=1, replay_fraction=0.5), World())


def test_hard_negatives_follow_the_positives():
    """A part holds its pairs' mined passages once each after the positives, with their keys."""
    mined = np.stack([(np.arange(len(MAIN)) + 1) % len(MAIN), np.full(len(MAIN), -1)], axis=1)
    keys = conflict_keys(MAIN)
    place = {(pair.question, pair.passage): i for i, pair in enumerate(MAIN)}
    for part in _parts(_stream(Training(steps=6, sampling=Sampling(batch_size=7)), mined=mined)):
        own = [place[both] for both in zip(part.questions, part.passages, strict=False)]
        hard = list(dict.fromkeys(int(mined[i, 0]) for i in own))
        assert part.passages == tuple(MAIN[i].passage for i in (*own, *hard))
        assert part.keys.tolist() == keys[[*own, *hard]].tolist()


class _Random:
    """An encoder that knows nothing: a fixed random direction a text."""

    def encode_queries(self, texts):
        """(n, 4) unit rows."""
        rows = np.array([np.random.default_rng(crc32(t.encode())).normal(size=4) for t in texts])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    encode_documents = encode_queries


@given(st.randoms(use_true_random=False), st.integers(1, 4), st.floats(0.3, 1))
def test_mined_negatives_are_the_hardest_that_may_be(rng, n, margin):
    """Mining finds what a search through all passages finds: best first, same language, no kin, below the margin."""
    pairs = tuple(
        QAPair(
            pair_id=str(i),
            question=f"q{rng.randrange(12)}",
            passage=f"p{rng.randrange(12)}",
            question_language="en",
            passage_language=rng.choice(["de", "en"]),
            passage_id=str(rng.randrange(20)),
            parallel_id=rng.choice([None, str(rng.randrange(8))]),
        )
        for i in range(15)
    )
    encoder, keys = _Random(), conflict_keys(pairs)
    queries = encoder.encode_queries([p.question for p in pairs])
    passages = encoder.encode_documents([p.passage for p in pairs])
    found = mine_hard_negatives(encoder, pairs, n, margin=margin)
    for i, pair in enumerate(pairs):
        scores = passages @ queries[i]
        kin = {pairs[j].passage for j in range(15) if (keys[j] == keys[i]).any()}
        limit = scores[i] - (1 - margin) * abs(scores[i])
        first = {p.passage: j for j, p in reversed(list(enumerate(pairs)))}
        usable = [
            j
            for j in first.values()
            if pairs[j].passage not in kin
            and pairs[j].passage_language == pair.passage_language
            and scores[j] <= limit
        ]
        best = sorted(usable, key=lambda j: -scores[j])[:n]
        assert [j for j in found[i] if j >= 0] == pytest.approx(best)


@given(st.integers(0, 99))
def test_held_out_pairs_share_nothing_with_the_rest(seed):
    """No passage, translation or text stands on both sides; together they are all pairs, in their order."""
    kept, held = hold_out(PAIRS, seed=seed)
    assert 0 < len(held) <= len(PAIRS) // 10
    assert sorted((*kept, *held), key=PAIRS.index) == list(PAIRS)
    keys = {pair.pair_id: set(row) for pair, row in zip(PAIRS, conflict_keys(PAIRS).tolist(), strict=True)}
    of_kept = set().union(*(keys[pair.pair_id] for pair in kept))
    assert not of_kept & set().union(*(keys[pair.pair_id] for pair in held))


def test_pairs_that_hang_together_cannot_be_split():
    """Pairs of one passage leave nothing to hold out, and the error says what to give instead."""
    pairs = [pair.model_copy(update={"passage_id": "one"}) for pair in PAIRS]
    with pytest.raises(InputError, match="--development"):
        hold_out(pairs, seed=0)


def test_translations_are_relevant_in_a_development_set():
    """Each distinct question and passage stands once; a question's passages are its own and its translations'."""
    shuffled = list(PAIRS)
    random.Random(0).shuffle(shuffled)
    made = development_set("held out", shuffled)
    assert len(made.queries) == len({pair.question for pair in PAIRS})
    assert len(made.documents) == len({pair.passage for pair in PAIRS})
    text = {d.doc_id: d.text for d in made.documents}
    asked = {q.query_id: q.text for q in made.queries}
    topic = {pair.question: pair.parallel_id for pair in PAIRS} | {
        pair.passage: pair.parallel_id for pair in PAIRS
    }
    found = Counter(asked[qrel.query_id] for qrel in made.qrels)
    assert set(found.values()) == {2}
    assert all(topic[asked[qrel.query_id]] == topic[text[qrel.doc_id]] for qrel in made.qrels)
