"""The embedded encoder at work."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file
from tiny_encoder import BAG, CONFIG, ENGLISH, graph, save_encoder, save_teacher, tiny_body, tiny_files

from retrieval_core.embedding.body import MAX_POSITIONS, WIDTH, load_body
from retrieval_core.embedding.embedded import PARTS, EmbeddedEncoder
from retrieval_core.embedding.export import from_onnx
from retrieval_core.embedding.files import EncoderFiles
from retrieval_core.errors import InputError, ModelError

TEXTS = ["stone river cloud", "Stone, river and a cloud!", "dragon", "x", "", "…", "летний 東京 ๑๒", *ENGLISH[:6],
         " ".join(ENGLISH), "garden " * 200]  # fmt: skip


@pytest.fixture(scope="module")
def encoder():
    """The encoder with a graph in int8, as it ships."""
    return EmbeddedEncoder(tiny_files(), threads=1)


@pytest.fixture(scope="module")
def exact():
    """The encoder with a graph in 32 bits."""
    return EmbeddedEncoder(tiny_files(int8=False), threads=1)


def test_vectors_are_unit_or_zero(encoder):
    """Rows have length 1; those of texts without a piece are zeros."""
    vectors = encoder.encode(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), encoder.dimension) == (len(TEXTS), WIDTH + BAG + 64)
    lengths = np.linalg.norm(vectors, axis=1)
    assert not vectors[TEXTS.index("")].any()
    filled = [i for i, text in enumerate(TEXTS) if text]
    assert lengths[filled] == pytest.approx(np.ones(len(filled)), abs=1e-5)
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_the_same_texts_give_the_same_bytes(encoder):
    """Encoding is repeatable to the bit, also by another encoder of the same files."""
    again = EmbeddedEncoder(tiny_files(), threads=1).encode(TEXTS)
    assert encoder.encode(TEXTS).tobytes() == again.tobytes()


@given(st.permutations(range(len(TEXTS))), st.integers(1, len(TEXTS)))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_32_bits_a_vector_does_not_depend_on_its_batch(exact, order, size):
    """Whatever stands beside a text, its vector is the same to 1e-5."""
    chosen = [TEXTS[i] for i in order[:size]]
    assert np.allclose(exact.encode(chosen), _one_by_one(exact)[order[:size]], atol=1e-5)


def test_in_int8_a_vector_hardly_depends_on_its_batch(encoder):
    """Dynamic quantisation scales a batch's activations together, which turns a vector by less than 8 degrees."""
    cosines = (encoder.encode(TEXTS) * _one_by_one(encoder)).sum(axis=1)
    assert cosines[[i for i, text in enumerate(TEXTS) if text]].min() > 0.99


def test_int8_stays_near_32_bits(encoder, exact):
    """The quantised graph's vectors have a cosine of over 0.99 with the exact ones."""
    cosines = (encoder.encode(TEXTS) * exact.encode(TEXTS)).sum(axis=1)
    assert cosines[[i for i, text in enumerate(TEXTS) if text]].min() > 0.99


@pytest.mark.parametrize("part", PARTS)
def test_a_part_alone_is_its_share_of_the_whole(exact, part):
    """The cosine of two texts is the mean of the parts' cosines by weight, and each part works alone."""
    alone = EmbeddedEncoder(tiny_files(int8=False), [part], threads=1)
    assert alone.dimension == {"contextual": WIDTH, "bag": BAG, "surface": 64}[part]
    assert alone.parts == (part,)
    texts = ENGLISH[:5]
    parts = [EmbeddedEncoder(tiny_files(int8=False), [p], threads=1).encode(texts) for p in PARTS]
    weights = CONFIG.weights.model_dump()
    mixed = sum(weights[p] * vectors @ vectors.T for p, vectors in zip(PARTS, parts, strict=True))
    whole = exact.encode(texts)
    assert np.allclose(whole @ whole.T, mixed, atol=1e-5)


def test_parts_have_an_order_and_a_fingerprint_of_their_own():
    """Parts are put in the encoder's order; what is encoded with other parts has another fingerprint."""
    files = tiny_files()
    two = EmbeddedEncoder(files, ["surface", "bag"])
    assert two.parts == ("bag", "surface")
    assert two.fingerprint == EmbeddedEncoder(files, ["bag", "surface"]).fingerprint
    assert (
        len({two.fingerprint, *(EmbeddedEncoder(files, [p]).fingerprint for p in PARTS), files.fingerprint})
        == 5
    )
    assert EmbeddedEncoder(files).fingerprint == files.fingerprint


@pytest.mark.parametrize("parts", [[], ["bags"], ["bag", "all"]])
def test_unknown_parts_are_an_error(parts):
    """An error lists the parts that there are."""
    with pytest.raises(InputError, match="contextual, bag, surface"):
        EmbeddedEncoder(tiny_files(), parts)


def test_words_beyond_the_limits_do_not_count():
    """The transformer sees its limit of pieces, the bag four times as many."""
    contextual = EmbeddedEncoder(tiny_files(int8=False), ["contextual"], threads=1)
    bag = EmbeddedEncoder(tiny_files(), ["bag"])
    inside = " ".join(["stone"] * (CONFIG.max_pieces - 2))
    same, other = contextual.encode([inside, inside + " dragon"])
    assert np.allclose(same, other, atol=1e-6)
    long = " ".join(["stone"] * 4 * CONFIG.max_pieces)
    assert np.array_equal(*bag.encode([long, long + " dragon"]))
    assert not np.array_equal(*bag.encode([inside, inside + " dragon"]))


def test_the_graph_computes_what_the_body_does():
    """ONNX Runtime's vectors are PyTorch's to 1e-5, with and without padding."""
    import onnxruntime

    session = onnxruntime.InferenceSession(graph(int8=False), providers=["CPUExecutionProvider"])
    vectors = np.random.default_rng(0).normal(size=(3, 7, WIDTH)).astype(np.float32)
    mask = np.ones((3, 7), np.float32)
    mask[1, 4:] = 0
    found = session.run(None, {"vectors": vectors, "mask": mask})[0]
    body = tiny_body()
    with torch.inference_mode():
        wanted = body(torch.from_numpy(vectors), torch.from_numpy(mask)).numpy()
        alone = body(torch.from_numpy(vectors[1:2, :4])).numpy()
    assert np.allclose(found, wanted, atol=1e-5)
    assert np.allclose(found[1], alone[0], atol=1e-5)


def test_the_body_comes_back_from_its_graph():
    """Weights are those that were exported: exactly from 32 bits, to half a step of each column from int8."""
    exact, near = from_onnx(graph(int8=False)).state_dict(), from_onnx(graph()).state_dict()
    for name, wanted in tiny_body().state_dict().items():
        assert torch.equal(exact[name], wanted)
        step = wanted.abs().amax(dim=0) / 127 if wanted.ndim == 2 else 0
        assert ((near[name] - wanted).abs() <= 0.51 * step + 1e-7).all()


def test_the_body_is_that_of_bert(tmp_path):
    """With a BERT checkpoint's tensors the body gives what transformers' BertModel does."""
    from transformers import BertConfig, BertModel

    tensors = load_file(save_teacher(tmp_path / "teacher") / "model.safetensors")
    config = BertConfig(
        vocab_size=len(tensors["embeddings.word_embeddings.weight"]),
        hidden_size=WIDTH,
        num_hidden_layers=6,
        num_attention_heads=12,
        intermediate_size=1536,
        max_position_embeddings=MAX_POSITIONS,
    )
    bert = BertModel(config, add_pooling_layer=False).eval()
    bert.load_state_dict(tensors)
    ids = torch.tensor([[101, 3 + 103, 120, 102], [101, 130, 102, 0]])
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])
    with torch.inference_mode():
        last = bert(ids, attention_mask=mask).last_hidden_state
        wanted = (last * mask[:, :, None]).sum(dim=1) / mask.sum(dim=1, keepdim=True)
        found = load_body(tensors)(tensors["embeddings.word_embeddings.weight"][ids], mask)
    assert torch.allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize("body", [b"", b"no graph"])
def test_a_graph_that_is_none_is_an_error(body):
    """Bytes that are no graph are a ``ModelError`` when the first text needs them."""
    files = tiny_files()
    broken = EmbeddedEncoder(EncoderFiles(files.config, files.pieces, files.tables, body, ""))
    with pytest.raises(ModelError, match=r"body\.onnx"):
        broken.encode(["stone"])


def test_the_graph_of_another_model_is_an_error():
    """A graph with other inputs is named, and has no weights of the body."""
    from onnx import TensorProto, helper

    value = helper.make_tensor_value_info
    node = helper.make_node("Identity", ["x"], ["y"])
    other = helper.make_graph(
        [node], "other", [value("x", TensorProto.FLOAT, [1])], [value("y", TensorProto.FLOAT, [1])]
    )
    opset = [helper.make_opsetid("", 17)]
    raw = helper.make_model(other, opset_imports=opset, ir_version=8).SerializeToString()
    files = tiny_files()
    with pytest.raises(ModelError, match="another model"):
        EmbeddedEncoder(EncoderFiles(files.config, files.pieces, files.tables, raw, "")).encode(["stone"])
    with pytest.raises(ModelError, match="lacks the weight positions"):
        from_onnx(raw)


def test_an_encoder_is_opened_from_its_folder(encoder, tmp_path):
    """What is opened from disk encodes as what was written."""
    opened = EmbeddedEncoder.open(save_encoder(tmp_path), threads=1)
    assert opened.encode(TEXTS[:3]).tobytes() == encoder.encode(TEXTS[:3]).tobytes()


def _one_by_one(encoder):
    return np.concatenate([encoder.encode([text]) for text in TEXTS])
