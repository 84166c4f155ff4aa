"""Between the embedded encoder as it ships and its training form."""

from __future__ import annotations

import json
import shutil
import warnings

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from sentence_transformers import SentenceTransformer
from tiny_encoder import DATA, ENGLISH, save_encoder

from retrieval_core.embedding.embedded import EmbeddedEncoder
from retrieval_core.embedding.files import read_encoder
from retrieval_core.embedding.module import EmbeddedModule
from retrieval_core.embedding.training_form import (
    is_training_form,
    load_module,
    module_of,
    pack,
    starting_point,
    unpack,
)
from retrieval_core.encoder import DualEncoder
from retrieval_core.errors import ModelError

TEXTS = [
    "stone river cloud",
    "Stone, river and a cloud!",
    "x",
    "летний 東京 ๑๒",
    *ENGLISH[:6],
    "garden " * 200,
]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A tiny encoder and its training form."""
    folder = tmp_path_factory.mktemp("forms")
    save_encoder(folder / "shipped")
    unpack(folder / "shipped", folder / "form")
    return folder / "shipped", folder / "form"


@pytest.fixture
def form(folders, tmp_path):
    """A copy of the training form, to be spoilt."""
    return shutil.copytree(folders[1], tmp_path / "copy")


def _load(folder):
    return SentenceTransformer(str(folder), device="cpu", trust_remote_code=True)


def test_the_training_form_encodes_as_the_shipped_one(folders):
    """sentence-transformers' vectors have a cosine of over 0.98 with those of the int8 encoder."""
    shipped = EmbeddedEncoder.open(folders[0], threads=1)
    model = _load(folders[1])
    vectors = model.encode(TEXTS, show_progress_bar=False)
    assert (vectors * shipped.encode(TEXTS)).sum(axis=1).min() > 0.98
    assert model.get_embedding_dimension() == shipped.dimension
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)
    assert not model.encode([""], show_progress_bar=False).any()
    assert model.max_seq_length == read_encoder(folders[0]).config.max_pieces


def test_packing_gives_the_tables_back(folders, tmp_path):
    """Packed again, an unpacked encoder has its own tables, pieces and configuration, to the bit."""
    module = load_module(folders[1])
    pack(module, tmp_path, name="tiny", command="a test", data=(DATA,), metrics={})
    before, after = read_encoder(folders[0]), read_encoder(tmp_path)
    assert after.config == before.config
    assert after.pieces == before.pieces
    for name, table in before.tables.items():
        assert np.array_equal(after.tables[name], table), name
    texts = TEXTS[:4]
    one, other = EmbeddedEncoder(before, threads=1), EmbeddedEncoder(after, threads=1)
    assert (one.encode(texts) * other.encode(texts)).sum(axis=1).min() > 0.99


def test_dual_encoder_loads_the_training_form(folders):
    """A folder of the training form is an encoder like any other, with a fingerprint of its own."""
    shipped, form = (DualEncoder.load(folder, threads=1) for folder in folders)
    assert form.dimension == shipped.dimension
    assert (form.encode_queries(TEXTS) * shipped.encode_documents(TEXTS)).sum(axis=1).min() > 0.98
    assert form.fingerprint != shipped.fingerprint
    assert form.encode_documents([]).shape == (0, form.dimension)


def test_unpacking_gives_the_same_bytes(folders, tmp_path):
    """Weights, vocabulary and configuration are the same files each time."""
    unpack(folders[0], tmp_path / "again")
    for file in sorted(folders[1].rglob("*")):
        if file.is_file():
            assert (tmp_path / "again" / file.relative_to(folders[1])).read_bytes() == file.read_bytes()


def test_a_step_of_training_moves_what_it_saw(folders):
    """Gradients reach both tables and the body; rows of pieces that no text has keep their values."""
    module = module_of(read_encoder(folders[0]))
    features = module.preprocess(["stone river", "stone cloud"])
    out = module(features)["sentence_embedding"]
    assert out.shape == (2, module.get_embedding_dimension())
    (out[0] @ out[1]).backward()
    seen = {module.vocabulary.index(word) for word in ("stone", "river", "cloud")}
    for table, ends in ((module.bag, set()), (module.pieces, {101, 102})):
        gradient = table.weight.grad.coalesce()
        assert set(gradient.indices()[0].tolist()) == seen | ends
    assert module.body.positions.grad[:4].abs().sum(dim=1).all()
    assert not module.surface.requires_grad


def test_prompts_and_lengths_count(folders):
    """A prompt stands before each text, and a shorter limit cuts what the transformer sees."""
    module = module_of(read_encoder(folders[0]))
    with torch.inference_mode():
        prompted = module.preprocess(["river"], prompt="stone ")
        assert torch.equal(prompted["input_ids"], module.preprocess(["stone river"])["input_ids"])
        module.max_seq_length = 8
        assert module.preprocess(["stone " * 50])["input_ids"].shape == (1, 8)
        assert len(module.preprocess(["stone " * 50])["bag_ids"]) == 32
        assert module.preprocess([])["input_ids"].shape[0] == 0


def test_a_folder_with_code_is_not_trusted(form):
    """Code in the folder, of whatever name or depth, makes it no training form: it is neither run nor loaded."""
    assert is_training_form(form)
    witness = form.parent / "witness"
    code = f"open({str(witness)!r}, 'w')\nraise SystemExit"
    place = form / "0_EmbeddedModule" / "deep"
    place.mkdir(parents=True)
    (place / "module.py").write_text(code)
    assert not is_training_form(form)
    with pytest.raises(ModelError, match="is not the training form"):
        load_module(form)
    with pytest.raises(ModelError, match="Cannot load the model"):
        DualEncoder.load(form)
    assert not witness.exists()


@pytest.mark.parametrize(
    "modules",
    [
        None,
        "{",
        "[]",
        "7",
        '["x"]',
        '[{"type": "os.system", "path": ""}]',
        '[{"path": ""}]',
        '{"type": "x"}',
    ],
)
def test_other_models_are_no_training_form(form, modules):
    """Only a list of this package's one module will do."""
    (form / "modules.json").unlink()
    if modules is not None:
        (form / "modules.json").write_text(modules)
    assert not is_training_form(form)
    with pytest.raises(ModelError, match="is not the training form"):
        load_module(form)


def test_more_than_the_module_is_no_training_form(form):
    """A second module after the first is refused."""
    modules = json.loads((form / "modules.json").read_text())
    (form / "modules.json").write_text(json.dumps(modules * 2))
    assert not is_training_form(form)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("vocabulary.txt", None),
        ("encoder.json", None),
        ("model.safetensors", None),
        ("encoder.json", b"{}"),
        ("vocabulary.txt", b"\xff"),
        ("model.safetensors", b"\xff" * 99),
    ],
)
def test_a_damaged_training_form_is_an_error(form, name, content):
    """A part that is missing or malformed is a ``ModelError``, not a traceback."""
    [place] = form.rglob(name)
    place.unlink()
    if content is not None:
        place.write_bytes(content)
    with pytest.raises(ModelError, match="is not the training form"):
        load_module(form)


@pytest.mark.parametrize("lacking", ["bag.weight", "pieces.weight", "surface", "body.positions"])
def test_a_lacking_weight_is_an_error(form, lacking):
    """A weight that the file lacks is named."""
    from safetensors.numpy import save_file

    [place] = form.rglob("model.safetensors")
    weights = load_file(place)
    del weights[lacking]
    save_file(weights, place)
    with pytest.raises(ModelError, match=lacking.removeprefix("body.")):
        EmbeddedModule.load(str(place.parent))


def test_a_shipped_encoder_is_unpacked_for_training(folders):
    """Training starts from an encoder's training form, which goes afterwards, and from other models as they are."""
    from pathlib import Path

    with starting_point(str(folders[0])) as start:
        assert is_training_form(start)
    assert not Path(start).exists()
    with starting_point(str(folders[1])) as start:
        assert start == str(folders[1])
    with starting_point("some/hub-id") as start:
        assert start == "some/hub-id"


def test_nothing_warns(folders):
    """Loading the training form is silent."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _load(folders[1])
