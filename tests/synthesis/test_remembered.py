"""What models said before is said again, to the last bit, and only what is new is computed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from small_tools import PAPERS, OverlapJudge, make_small_tools, words
from updating_factory import neutral, report, updated

from synthesis.config import PassageConfig
from synthesis.extraction import SentenceRoles, TrainedExtractor
from synthesis.passages import split_papers
from synthesis.remembered import FILE, Memory, remembering
from synthesis.retrieval import CoreTagger, HybridRanker, JudgedRanker, TextEncoder, load_judge
from synthesis.store import Home

SENTENCES = (
    "Hybrid batches reduce language bias by 30 percent.",
    "Hybrid batches do not reduce language bias.",
    "Rain falls in spring more often than in summer, according to all of our twelve stations.",
    "Die Verzerrung sinkt um 30 Prozent.",
    "Bias.",
)


class Counted:
    """A model that counts what it is asked to compute."""

    fingerprint = "counted-1"
    dimension = 3

    def __init__(self):
        self.asked = []

    def score(self, pairs):
        """(n, 3) by the overlap of words."""
        self.asked += pairs
        return OverlapJudge().score(pairs)

    def rationale(self, claim, sentences):
        """As the small judge."""
        self.asked.append((claim, *sentences))
        return OverlapJudge().rationale(claim, sentences)

    def notes(self, claim, evidence):
        """As the small judge."""
        return OverlapJudge().notes(claim, evidence)

    def encode_documents(self, texts):
        """(n, 3): lengths and a third."""
        self.asked += texts
        rows = [[len(t), len(words(t)), 1 / 3] for t in texts]
        return np.array(rows, dtype=np.float32).reshape(-1, 3)

    encode_queries = encode_documents

    def tag(self, sentences):
        """Roles by length."""
        self.asked.append(tuple(sentences))
        return [SentenceRoles("result", 1 / (1 + len(s)), 0.1, 1 / 3) for s in sentences]


pairs_of = st.lists(st.tuples(st.sampled_from(SENTENCES), st.sampled_from(SENTENCES)), max_size=12)


@given(pairs_of, pairs_of)
def test_recalled_scores_are_the_computed_ones_and_nothing_is_computed_twice(first, second):
    """Whatever was asked before, in whatever order, the scores are the judge's and each pair is computed once."""
    model, memory = Counted(), Memory()
    judge = memory.judge(model)
    for asked in (first, second):
        assert np.array_equal(judge.score(asked), OverlapJudge().score(asked))
    assert len(model.asked) == len(set(model.asked)) == len({*first, *second})


def test_a_memory_written_and_read_knows_what_was_asked(tmp_path):
    """Of every model: a later memory gives the same values and asks for nothing, save what is new."""
    model = Counted()

    def ask(memory):
        judge, encoder, tagger = memory.judge(model), memory.encoder(model), memory.tagger(model)
        return (
            judge.score([(SENTENCES[0], s) for s in SENTENCES]).tobytes(),
            [judge.rationale(s, SENTENCES) for s in SENTENCES],
            encoder.encode_documents(SENTENCES).tobytes(),
            encoder.encode_queries(SENTENCES[:2]).tobytes(),
            tagger.tag(SENTENCES),
        )

    first = Memory()
    said = ask(first)
    first.write(tmp_path)
    model.asked.clear()
    again = Memory.read(tmp_path)
    assert ask(again) == said
    assert model.asked == []
    again.judge(model).score([("new", "pair"), (SENTENCES[0], SENTENCES[1])])
    assert model.asked == [("new", "pair")]


def test_what_was_not_asked_again_is_forgotten(tmp_path):
    """A run writes down what it asked for itself, so a memory does not grow with its history."""
    model, first = Counted(), Memory()
    first.encoder(model).encode_documents(SENTENCES)
    first.write(tmp_path / "one")
    second = Memory.read(tmp_path / "one")
    second.encoder(model).encode_documents(SENTENCES[:1])
    second.write(tmp_path / "two")
    model.asked.clear()
    Memory.read(tmp_path / "two").encoder(model).encode_documents(SENTENCES[:2])
    assert model.asked == [SENTENCES[1]]


def test_another_model_another_side_or_another_text_is_asked_anew():
    """What one model said is never taken for what another would say, nor a query's vector for a document's."""
    model, other, memory = Counted(), Counted(), Memory()
    other.fingerprint = "counted-2"
    for encoder in (model, other):
        memory.encoder(encoder).encode_documents(SENTENCES[:1])
        memory.encoder(encoder).encode_queries(SENTENCES[:1])
    assert (len(model.asked), len(other.asked)) == (2, 2)
    judge = memory.judge(model)
    judge.score([("a", "b c")])
    judge.score([("a b", "c")])
    assert model.asked[2:] == [("a", "b c"), ("a b", "c")]


@settings(max_examples=60)
@given(st.data())
def test_a_damaged_memory_is_ignored(tmp_path_factory, data):
    """A file cut short, with a byte changed or of another form is no memory; values are computed, none is wrong."""
    folder = tmp_path_factory.mktemp("run")
    model, memory = Counted(), Memory()
    memory.judge(model).score([(SENTENCES[0], s) for s in SENTENCES])
    memory.write(folder)
    whole = (folder / FILE).read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = bytes([whole[place] ^ data.draw(st.integers(1, 255))])
    damaged = data.draw(st.sampled_from([whole[:place], whole[:place] + changed + whole[place + 1 :]]))
    (folder / FILE).write_bytes(damaged)
    read = Memory.read(folder)
    asked = [(SENTENCES[0], s) for s in SENTENCES]
    assert np.array_equal(read.judge(model).score(asked), OverlapJudge().score(asked))


def test_a_folder_that_cannot_be_written_costs_time_and_nothing_else(tmp_path):
    """Forgetting is no failure of the run."""
    (tmp_path / "file").write_text("in the way")
    memory = Memory()
    memory.judge(Counted()).score([("a", "b")])
    memory.write(tmp_path / "file")


def test_two_that_write_one_memory_leave_one_that_is_whole(tmp_path):
    """Of two writers at once one wins, and what is read is the memory of one of them."""

    def write(number):
        memory = Memory()
        memory.encoder(Counted()).encode_documents([f"text {number} {i}" for i in range(50)])
        for _ in range(10):
            memory.write(tmp_path)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, (1, 2)))
    known = []
    for number in (1, 2):
        model = Counted()
        Memory.read(tmp_path).encoder(model).encode_documents([f"text {number} {i}" for i in range(50)])
        known.append(len(model.asked))
    assert sorted(known) == [0, 50]


def test_an_interrupted_run_remembers_what_it_had_computed(tmp_path):
    """What was judged before an error need not be judged again."""
    tools = replace(make_small_tools(), judge=Counted())
    with suppress(RuntimeError), remembering(tools, tmp_path) as able:
        able.judge.score([("a", "b")])
        raise RuntimeError
    judge = Counted()
    with remembering(replace(tools, judge=judge), tmp_path) as able:
        able.judge.score([("a", "b"), ("a", "c")])
    assert judge.asked == [("a", "c")]


def test_an_update_judges_only_what_is_new(tmp_path):
    """Over the same papers nothing is judged; over more, the pairs with the new passages."""
    home = Home(tmp_path).prepare()
    first = report(home)
    judge = Counted()
    judge.fingerprint = OverlapJudge.fingerprint
    updated(home, first.run, PAPERS, tools=replace(make_small_tools(), judge=judge))
    assert judge.asked == []
    more = (*PAPERS, neutral())
    tools = make_small_tools()
    sources = (type(tools.sources[0])("memory", more),)
    updated(home, first.run, more, tools=replace(tools, judge=judge, sources=sources))
    assert judge.asked
    assert all(passage in neutral().sections[0].text for _, passage in judge.asked)


def test_an_update_has_the_same_bytes_with_and_without_a_memory(tmp_path):
    """The formats of an update that remembers are those of one that computes all again."""
    outputs = []
    for name in ("with", "without"):
        home = Home(tmp_path / name).prepare()
        first = report(home, formats=("json", "md"))
        if name == "without":
            (first.run.folder / FILE).unlink()
        outputs.append(updated(home, first.run, (*PAPERS, neutral())).outputs)
    assert outputs[0] == outputs[1]


# --------------------------------------------------------------------------- the real models


def test_the_models_answer_alike_whatever_else_they_are_asked():
    """Judge, encoder and classifier give one text the same bits alone and among others, so a memory can be exact."""
    judge, encoder = load_judge(), TextEncoder("embedded")
    pairs = [(a, b) for a in SENTENCES[:3] for b in SENTENCES]
    assert np.array_equal(judge.score(pairs), np.concatenate([judge.score([pair]) for pair in pairs]))
    assert np.array_equal(judge.score(pairs[::-1])[::-1], judge.score(pairs))
    alone = np.concatenate([encoder.encode_documents([s]) for s in SENTENCES])
    assert np.array_equal(encoder.encode_documents(SENTENCES), alone)
    assert encoder.encode_documents([]).shape == (0, encoder.dimension)


def test_ranker_and_extractor_give_the_same_with_a_memory(tmp_path):
    """The real ones, asked through an empty memory and a full one: the same rankings and scores, to the last bit."""
    judge, encoder = load_judge(), TextEncoder("embedded")
    ranker, extractor = JudgedRanker(HybridRanker(encoder=encoder), judge), TrainedExtractor(CoreTagger())
    passages = list(split_papers(PAPERS, PassageConfig()))
    tools = replace(make_small_tools(), ranker=ranker, extractor=extractor, judge=judge)

    def ask(able):
        return able.ranker.rank(SENTENCES[:3], passages, 5), able.extractor.score(SENTENCES, "bias?")

    plain = ask(tools)
    for _ in range(2):
        with remembering(tools, tmp_path) as able:
            assert ask(able) == plain
    assert able.ranker.fingerprint == ranker.fingerprint
