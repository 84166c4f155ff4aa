"""Dual encoders by name and folder."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from tiny_encoder import ENGLISH, save_encoder, tiny_files
from tiny_models import save_model

from retrieval_core.embedding import files
from retrieval_core.encoder import DualEncoder
from retrieval_core.errors import InputError, ModelError

TEXTS = ENGLISH[:5]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A tiny embedded encoder on disk."""
    return save_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """A model of sentence-transformers' own parts."""
    return save_model("static", tmp_path_factory.mktemp("other"))


@pytest.fixture
def embedded(folder, monkeypatch):
    """The tiny encoder in the shipped one's place."""
    monkeypatch.setattr(files, "__file__", str(folder / "embedding" / "files.py"))
    place = folder / "models" / files.EMBEDDED_ENCODER
    if not place.exists():
        save_encoder(place)
    return place


def test_an_encoder_folder_is_loaded(folder):
    """Queries and documents of a folder's encoder have the same vectors of unit length."""
    encoder = DualEncoder.load(folder, threads=1)
    assert encoder.name == str(folder)
    assert len(bytes.fromhex(encoder.fingerprint)) == 32
    vectors = encoder.encode_queries(TEXTS)
    assert vectors.shape == (5, encoder.dimension)
    assert np.array_equal(vectors, encoder.encode_documents(TEXTS))
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(5), abs=1e-5)


def test_the_fingerprint_is_of_the_content(folder, tmp_path):
    """The same files elsewhere have the same fingerprint, other files another one."""
    one = DualEncoder.load(folder).fingerprint
    assert DualEncoder.load(save_encoder(tmp_path / "same")).fingerprint == one
    assert DualEncoder.load(save_encoder(tmp_path / "new", tiny_files(seed=6))).fingerprint != one


def test_parts_are_chosen_by_name(embedded):
    """A name after the colon chooses parts, in any order, which have a dimension and fingerprint of their own."""
    whole, bag, two, swapped = (
        DualEncoder.load(name, threads=1)
        for name in ("embedded", "embedded:bag", "embedded:surface+bag", "embedded:bag+surface")
    )
    assert whole.fingerprint == DualEncoder.load(embedded).fingerprint
    assert bag.dimension < two.dimension < whole.dimension
    assert len({whole.fingerprint, bag.fingerprint, two.fingerprint}) == 3
    assert two.fingerprint == swapped.fingerprint
    assert np.array_equal(two.encode_queries(TEXTS), swapped.encode_queries(TEXTS))


@pytest.mark.usefixtures("embedded")
def test_an_unknown_part_is_an_error():
    """The error lists the parts."""
    with pytest.raises(InputError, match="contextual, bag, surface"):
        DualEncoder.load("embedded:words")


def test_any_sentence_transformers_model_is_loaded(other):
    """Vectors of a model in that form are of unit length; its fingerprint is of its files."""
    encoder = DualEncoder.load(other, threads=1)
    vectors = encoder.encode_documents(["деклар abdikl", "abdikl"])
    assert vectors.shape == (2, encoder.dimension) == (2, 32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(2), abs=1e-5)
    assert encoder.encode_queries([]).shape == (0, 32)
    assert encoder.fingerprint == DualEncoder.load(other).fingerprint
    assert len(bytes.fromhex(encoder.fingerprint)) == 32


def test_a_model_that_is_none_is_an_error(tmp_path):
    """A folder without a model is named with what was expected."""
    with pytest.raises(ModelError, match='Expected "embedded"'):
        DualEncoder.load(tmp_path)


def test_a_damaged_encoder_is_an_error(tmp_path):
    """A folder whose seals do not hold is refused at loading."""
    save_encoder(tmp_path)
    (tmp_path / "vocabulary.txt").write_text("[CLS]\n")
    with pytest.raises(ModelError, match=r"vocabulary\.txt"):
        DualEncoder.load(tmp_path)


def test_an_encoder_needs_no_pytorch(folder):
    """Loading an encoder and encoding with it imports neither PyTorch nor what is built on it."""
    code = (
        "import sys; from retrieval_core.encoder import DualEncoder; "
        "print(DualEncoder.load(sys.argv[1], threads=1).encode_queries(['stone']).shape, "
        "*{'torch', 'transformers', 'sentence_transformers', 'onnx', 'scipy'} & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "(1, 480)"
