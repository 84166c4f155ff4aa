"""The texts that the embedded encoder is trained on."""

from __future__ import annotations

import gzip
import json
import lzma
from collections import Counter

import pytest
from tiny_encoder import ENGLISH, RECIPE, in_all, save_data

from retrieval_core.embedding.corpora import aligned, rows, word_groups
from retrieval_core.embedding.material import (
    BagMaterial,
    aligned_pairs,
    contextual_pairs,
    question_pairs,
    short_questions,
    vocabulary_texts,
)
from retrieval_core.embedding.recipe import SHIPPED, Recipe, read_recipe
from retrieval_core.errors import InputError

_RECIPE = Recipe.model_validate_json(json.dumps(RECIPE))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder of training data."""
    return save_data(tmp_path_factory.mktemp("material") / "data")


def test_held_out_rows_are_never_trained_on(data):
    """Rows of the held-out source come only where they are asked for, and reach no training text."""
    assert [row["en"] for _, row, _ in aligned(data, held_out=True)] == ["heldout secret"] * 3
    assert all("heldout" not in row["en"] for _, row, _ in aligned(data))
    seen = [
        *(t for texts in vocabulary_texts(data, _RECIPE).values() for t in texts),
        *(t for _, pairs in aligned_pairs(data, _RECIPE) for pair in pairs for t in pair),
        *(t for pair in contextual_pairs(data, _RECIPE, 1.0) for t in pair),
        *BagMaterial(data, _RECIPE).texts,
    ]
    assert len(seen) > 1000
    assert not [text for text in seen if "heldout" in text or "geheim" in text]


def test_both_forms_of_lexicon_are_read(data):
    """A lexicon's row is one word a language, or a list of words."""
    groups = list(word_groups(data))
    assert Counter(name for name, _ in groups) == {
        "lexicon": len(ENGLISH),
        "lexicon_wiktionary": len(ENGLISH),
    }
    assert groups[0][1] == groups[len(ENGLISH)][1] == {k: [v] for k, v in in_all([ENGLISH[0]]).items()}


@pytest.mark.parametrize("content", [b"", b"no xz", lzma.compress(b"{}\n{"), lzma.compress(b'{"t": 1}\n')[:-9],
                                     lzma.compress(b'"\xff"\n')])  # fmt: skip
def test_a_damaged_file_is_named(tmp_path, content):
    """A file that is cut short, of another kind or with bad lines is an error naming it."""
    path = tmp_path / "sentences.jsonl.xz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"sentences\.jsonl\.xz"):
        list(rows(path))


def test_gzip_is_read_too(tmp_path):
    """The ending says which compression a file has; an absent file is named."""
    with gzip.open(tmp_path / "a.jsonl.gz", "wt") as lines:
        lines.write('{"a": 1}\n{"a": 2}\n')
    assert [row["a"] for row in rows(tmp_path / "a.jsonl.gz")] == [1, 2]
    with pytest.raises(InputError, match=r"b\.jsonl\.gz"):
        list(rows(tmp_path / "b.jsonl.gz"))


def test_aligned_pairs_are_bounded_and_distinct(data):
    """Each language has at most as many pairs as asked for, none twice, each with its own English side."""
    found = dict(aligned_pairs(data, _RECIPE))
    assert list(found) == ["de", "el", "th"]
    back = {translation: word for word in ENGLISH for translation in in_all([word]).values()}
    for pairs in found.values():
        assert len(pairs) == len(set(pairs)) == RECIPE["aligned_pairs"]
        assert all([back[word] for word in text.split()] == english.split() for text, english in pairs)


def test_each_files_rows_are_bounded(data):
    """A language has as many rows of a file as the recipe says, others their share of it, other files none."""
    pairs = contextual_pairs(data, _RECIPE, 0.5)
    assert Counter(pair.language for pair in pairs) == {"de": 112, "el": 112, "th": 56}
    assert pairs == contextual_pairs(data, _RECIPE, 0.5)


def test_questions_are_of_the_training_part(data):
    """Questions of held-out components stay out, and the answers are sentences of their contexts."""
    pairs = list(question_pairs(data, _RECIPE))
    assert 40 < len(pairs) < 80
    assert {pair.question_language for pair in pairs} == {"en", "de"}
    assert all(pair.question.rstrip("?") in pair.passage.lower() for pair in pairs)
    short = short_questions(data, _RECIPE)
    assert {language: len(found) for language, found in short.items()} == dict(
        sorted(Counter(pair.question_language for pair in pairs).items())
    )


def test_bag_material_numbers_every_text_once(data):
    """A text has one number wherever it occurs, and pairs point to what belongs together."""
    material = BagMaterial(data, _RECIPE)
    texts = material.texts
    assert len(set(texts)) == len(texts)
    assert {name for name, _ in material.translations} == {
        "sentences",
        "course_docs",
        "misc",
        "docs",
        "bible",
    }
    assert all("fr" not in row for _, row in material.translations)  # no language of the recipe
    _, row = material.translations[0]
    assert texts[row["de"]] == in_all(texts[row["en"]].split())["de"]
    assert len(material.headings) == 12
    for pairs in material.neighbours.values():
        assert all(first != second for first, second in pairs)
    assert set(material.questions) == {"en", "de"}


def test_the_shipped_recipe_is_valid():
    """The recipe in the package reads, and its parts' weights add up to 1."""
    recipe = read_recipe(SHIPPED)
    assert sum(recipe.weights.model_dump().values()) == pytest.approx(1)
    assert set(recipe.pieces) == set(recipe.languages)


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"seed": "x"}, "seed"),
        ({"bag": {}}, "bag.dimension"),
        ({"surprise": 1}, "surprise"),
        ({"contextual": {**RECIPE["contextual"], "batch_size": 1}}, "contextual.batch_size"),
    ],
)
def test_a_wrong_recipe_names_file_and_field(tmp_path, changed, place):
    """What is wrong in a recipe is named by file and field."""
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({**RECIPE, **changed}))
    with pytest.raises(InputError, match=rf"mine\.json is wrong at {place}"):
        read_recipe(path)


def test_a_recipe_that_cannot_be_read_is_named(tmp_path):
    """An absent recipe, one that is no JSON and one of a megabyte are errors naming the file."""
    path = tmp_path / "mine.json"
    for content in (None, b"{", b" " * ((1 << 20) + 1)):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(InputError, match=r"mine\.json"):
            read_recipe(path)
