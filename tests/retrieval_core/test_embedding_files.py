"""The embedded encoder's files: sealed, bounded, and the same bytes for the same content."""

from __future__ import annotations

import hashlib
import json
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from safetensors.numpy import save
from tiny_encoder import PIECES, save_encoder, tiny_files

from retrieval_core.embedding.files import (
    MAX_BYTES,
    EncoderFiles,
    encoder_folder,
    read_encoder,
    to_int8,
)
from retrieval_core.errors import ModelError

_NAMES = ["encoder.json", "vocabulary.txt", "tables.safetensors", "body.onnx", "manifest.json"]


@pytest.fixture
def folder(tmp_path):
    """An encoder on disk; reading never looks into its graph, so a few bytes stand for it."""
    files = tiny_files_without_graph()
    return save_encoder(tmp_path / "encoder", files)


def tiny_files_without_graph(**tables):
    """A tiny encoder's tables, those named replaced, with no transformer."""
    files = _files()
    changed = {k: v for k, v in {**files.tables, **tables}.items() if v is not None}
    return EncoderFiles(files.config, files.pieces, changed, b"no graph", "")


def _files():
    if not _MADE:
        _MADE.append(tiny_files())
    return _MADE[0]


_MADE: list[EncoderFiles] = []


def test_what_is_written_is_read(folder):
    """Configuration, pieces, tables and graph come back as they were."""
    written, found = tiny_files_without_graph(), read_encoder(folder)
    assert found.config == written.config
    assert found.pieces == PIECES
    assert found.body == written.body
    assert found.tables.keys() == written.tables.keys()
    for name, table in written.tables.items():
        assert found.tables[name].dtype == table.dtype
        assert np.array_equal(found.tables[name], table)


def test_the_same_content_gives_the_same_bytes(folder, tmp_path):
    """Two folders of one encoder are equal byte by byte and have one fingerprint."""
    other = save_encoder(tmp_path / "other", tiny_files_without_graph())
    assert _listed(folder) == _listed(other) == sorted(_NAMES)
    assert all((folder / name).read_bytes() == (other / name).read_bytes() for name in _NAMES)
    assert read_encoder(folder).fingerprint == read_encoder(other).fingerprint


@pytest.mark.parametrize("name", _NAMES)
def test_a_missing_file_is_named(folder, name):
    """Without one of its files a folder is no encoder, and the error says which is missing."""
    (folder / name).unlink()
    with pytest.raises(ModelError, match=name):
        read_encoder(folder)


@pytest.mark.parametrize("name", _NAMES[:-1])
@pytest.mark.parametrize("place", [0, -1])
def test_a_changed_byte_is_noticed(folder, name, place):
    """One changed bit in any sealed file is an error naming the file, wherever the bit is."""
    raw = bytearray((folder / name).read_bytes())
    raw[place] ^= 1
    (folder / name).write_bytes(raw)
    with pytest.raises(ModelError, match=f"{name} is not the file that its manifest seals"):
        read_encoder(folder)


@pytest.mark.parametrize("name", _NAMES)
def test_an_oversize_file_is_not_read(folder, name):
    """A file beyond the limit is refused by its size alone (it is sparse here, and would fill memory)."""
    os.truncate(folder / name, MAX_BYTES + 1)
    with pytest.raises(ModelError, match=f"{name} is larger than"):
        read_encoder(folder)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"form": "retrieval-core-model/9"}'])
def test_a_malformed_manifest_is_named(folder, content):
    """Whatever stands in its place, the manifest is named."""
    (folder / "manifest.json").write_bytes(content)
    with pytest.raises(ModelError, match=r"manifest\.json is no manifest"):
        read_encoder(folder)


@pytest.mark.parametrize("name", _NAMES[:-1])
def test_every_file_must_be_sealed(folder, name):
    """A manifest that does not list a file leaves it unread."""
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["files"][name]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match=f"lists no {name}"):
        read_encoder(folder)


_CONFIG = {
    "form": "embedded-encoder/1",
    "weights": {"contextual": 0.5, "bag": 0.3, "surface": 0.2},
    "surface_dimension": 64,
    "max_pieces": 24,
}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("encoder.json", b"{}"),
        ("encoder.json", b"\xff"),
        ("encoder.json", json.dumps({**_CONFIG, "form": "embedded-encoder/9"}).encode()),
        ("encoder.json", json.dumps({**_CONFIG, "surface_dimension": 10**9}).encode()),
        ("encoder.json", json.dumps({**_CONFIG, "max_pieces": 10**6}).encode()),
        ("encoder.json", json.dumps({**_CONFIG, "weights": {"contextual": -1}}).encode()),
        ("vocabulary.txt", b"\xff\n" * len(PIECES)),
        ("vocabulary.txt", b"[CLS]\n[SEP]\n[UNK]\n"),
        ("vocabulary.txt", "".join(f"{p}\n" for p in PIECES).replace("[CLS]", "[CLT]").encode()),
        ("vocabulary.txt", "".join(f"{p}\n" for p in PIECES).replace("[UNK]", "[UNL]").encode()),
        ("tables.safetensors", b""),
        ("tables.safetensors", b"\xff" * 64),
        ("tables.safetensors", (99).to_bytes(8, "little") + b"{" * 40),
    ],
)
def test_sealed_but_malformed_content_is_an_error(folder, name, content):
    """A seal says who wrote a file, not that it fits: what does not is a ``ModelError`` naming the place."""
    _seal(folder, name, content)
    with pytest.raises(ModelError, match=str(folder)):
        read_encoder(folder)


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("bag", None),
        ("pieces", None),
        ("surface", None),
        ("bag_scale", None),
        ("bag", np.zeros((len(PIECES), 8), np.float32)),
        ("bag", np.zeros(len(PIECES), np.int8)),
        ("bag", np.zeros((3, 8), np.int8)),
        ("pieces", np.zeros((len(PIECES) + 1, 384), np.int8)),
        ("pieces", np.zeros((len(PIECES), 100), np.int8)),
        ("pieces_scale", np.ones(2, np.float32)),
        ("pieces_scale", np.ones((len(PIECES), 1), np.float32)),
        ("bag_scale", np.full(len(PIECES), np.nan, np.float32)),
        ("pieces_scale", np.full(len(PIECES), np.inf, np.float32)),
        ("surface", np.ones(100, np.float32)),
        ("surface", np.full(1 << 16, np.nan, np.float32)),
    ],
)
def test_tables_of_another_shape_are_an_error(tmp_path, name, table):
    """A table that is absent, of another type, shape or length, or not finite, is named."""
    folder = save_encoder(tmp_path / "encoder", tiny_files_without_graph(**{name: table}))
    with pytest.raises(ModelError, match=f"'{name}'"):
        read_encoder(folder)


def test_a_table_of_an_unknown_type_is_an_error(folder):
    """A type that NumPy does not have is no way around the check."""
    raw = save({"bag": np.zeros((2, 2), np.uint16)}).replace(b'"U16"', b'"F99"')
    _seal(folder, "tables.safetensors", raw)
    with pytest.raises(ModelError, match=str(folder)):
        read_encoder(folder)


def test_the_fingerprint_changes_with_a_byte(folder, tmp_path):
    """Another value in one table is another encoder."""
    bag = tiny_files_without_graph().tables["bag"].copy()
    bag[7, 3] ^= 1
    other = save_encoder(tmp_path / "other", tiny_files_without_graph(bag=bag))
    prints = read_encoder(folder).fingerprint, read_encoder(other).fingerprint
    assert prints[0] != prints[1]
    assert all(len(bytes.fromhex(one)) == 32 for one in prints)


def test_no_folder_is_an_error(tmp_path):
    """A path where nothing is, or a file, is named with the way out."""
    (tmp_path / "file").write_text("")
    for where in (tmp_path / "nowhere", tmp_path / "file"):
        with pytest.raises(ModelError, match='"embedded"'):
            read_encoder(where)


def test_the_embedded_encoder_is_in_the_package(tmp_path):
    """The name stands for a folder of the package, a path for itself."""
    assert encoder_folder().parent.name == "models"
    assert encoder_folder(tmp_path) == tmp_path


@given(
    arrays(
        np.float32,
        array_shapes(min_dims=2, max_dims=2, max_side=5),
        elements=st.floats(-1e6, 1e6, width=32),
    )
)
def test_int8_is_half_a_step_off_at_most(rows):
    """A row times its scale is within half a step of what it was; the largest magnitude is kept."""
    whole, scale = to_int8(rows)
    assert whole.dtype == np.int8
    assert scale.dtype == np.float32
    back = whole.astype(np.float64) * scale[:, None]
    tiny = np.finfo(np.float32).tiny  # scales below it lose digits
    assert (np.abs(back - rows) <= scale[:, None] * 0.5001 + 128 * tiny).all()
    assert (np.abs(whole).max(axis=1)[scale > tiny] == 127).all()


def _listed(folder):
    return sorted(file.name for file in folder.iterdir())


def _seal(folder, name, content):
    """Put ``content`` in place of a file, and its size and digest into the manifest."""
    (folder / name).write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(manifest))
