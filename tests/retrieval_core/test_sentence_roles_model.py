"""The sentence classifier: training that goes on where it stopped, export, files, and the embedded one at work."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from role_data import write_sets

from retrieval_core import ModelError, RoleTagger
from retrieval_core.embedding.pieces import Pieces
from retrieval_core.roles_commands import evaluate_extractor
from retrieval_core.sentence_roles.files import roles_folder
from retrieval_core.sentence_roles.schemes import ROLES, SCHEMES

ABSTRACT = [
    "Retrieval across languages has become important in recent years.",
    "In this paper, we aim to find out whether mixed batches help retrieval across languages.",
    "We train an encoder on questions that were translated into nine languages, with batches of two sorts.",
    "Mixed batches improve mean average precision from 0.548 to 0.593 on XQuAD-R.",
    "Our results demonstrate that mixed batches significantly reduce language bias.",
]
FOREIGN = {
    "es": "El tratamiento redujo de manera significativa la mortalidad en comparación con el placebo.",
    "fr": "Le traitement a réduit de manière significative la mortalité par rapport au placebo.",
    "it": "Il trattamento ha ridotto in modo significativo la mortalità rispetto al placebo.",
}


@pytest.fixture(scope="module")
def pieces():
    """The embedded encoder's."""
    return Pieces.embedded()


@pytest.fixture(scope="module")
def tagger(pieces):
    """The embedded classifier."""
    from retrieval_core.sentence_roles.files import read_roles

    return RoleTagger(read_roles(roles_folder()), pieces, threads=1)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, pieces):
    """Two steps from random weights on a small set, without a stop and with one; each as (arrays, folder)."""
    import torch

    from retrieval_core.embedding.body import Body
    from retrieval_core.sentence_roles.batches import examples_of, plan
    from retrieval_core.sentence_roles.making import read_splits
    from retrieval_core.sentence_roles.model import new_heads
    from retrieval_core.sentence_roles.recipe import RolesRecipe, Stage
    from retrieval_core.sentence_roles.training import train

    torch.set_num_threads(1)
    torch.manual_seed(1)
    start = Body()
    for parameter in start.parameters():
        torch.nn.init.normal_(parameter, std=0.02)
    recipe = RolesRecipe(batch_pieces=128)
    stage = Stage(seed=0, epochs={"csabstruct": 1, "abstrct_en": 1}, frozen_layers=4)
    splits = read_splits(write_sets(tmp_path_factory.mktemp("data")))
    examples = {name: examples_of(texts, pieces) for name, texts in splits.fitted.items()}
    batches = plan(examples, stage, recipe)[:2]
    folder = tmp_path_factory.mktemp("work")

    def run(name, **change):
        changed = stage.model_copy(update=change)
        begin = (start, new_heads(0))
        return train(begin, batches, pieces, changed, recipe, folder / name, lambda *_: None)

    straight = run("straight")
    run("stopped", stop_after=1)
    return straight, run("stopped"), start


def test_a_stopped_run_goes_on_to_the_same_weights(trained):
    """A run that was stopped between two steps ends with the very same numbers as one that was not."""
    import torch

    (body, heads), (body_again, heads_again), _ = trained
    for one, other in ((body, body_again), (heads, heads_again)):
        state = other.state_dict()
        assert all(torch.equal(tensor, state[name]) for name, tensor in one.state_dict().items())


def test_frozen_layers_stay_as_they_were(trained):
    """With four layers frozen only the two above them, and the heads, move."""
    import torch

    (body, _), _, start = trained
    before = start.state_dict()
    moved = {name for name, tensor in body.state_dict().items() if not torch.equal(tensor, before[name])}
    assert moved
    assert all(name.startswith(("layers.4.", "layers.5.")) for name in moved)


@pytest.fixture(scope="module")
def packed(trained, pieces, tmp_path_factory):
    """The small trained classifier, written to a folder."""
    from retrieval_core.sentence_roles.export import pack
    from retrieval_core.sentence_roles.files import write_roles

    folder = tmp_path_factory.mktemp("out") / "small"
    (body, heads), *_ = trained
    write_roles(folder, pack(body, heads, pieces.fingerprint, {}), command="test", data=(), metrics={})
    return folder


def test_the_graph_says_what_the_network_says(trained, packed, pieces):
    """In int8 and through numpy, probabilities stay within 0.05 of those of the network in 32 bits."""
    import torch

    from retrieval_core.sentence_roles.batches import Example
    from retrieval_core.sentence_roles.files import read_roles
    from retrieval_core.sentence_roles.model import features_of, inputs_of

    (body, heads), *_ = trained
    rows = tuple(tuple(row) for row in pieces.ids(ABSTRACT))
    inputs = inputs_of([Example(rows, (0,) * 5, (1.0,) * 5, known=True)], pieces.cls, pieces.sep)
    with torch.no_grad():
        hidden = body.hidden(torch.from_numpy(pieces.vectors(inputs.ids.numpy())), inputs.mask)
        features = features_of(hidden, inputs)
    found = RoleTagger(read_roles(packed), pieces, threads=1).probabilities(ABSTRACT)
    for scheme in SCHEMES:
        wanted = heads[scheme.name](features).softmax(dim=1).detach().numpy()
        assert np.abs(found[scheme.name] - wanted).max() < 0.05


@pytest.mark.parametrize("name", ["roles.json", "heads.safetensors", "body.onnx"])
def test_a_changed_file_is_refused(packed, tmp_path, name):
    """One flipped bit, a missing file or a missing seal is named."""
    folder = tmp_path / "model"
    shutil.copytree(packed, folder)
    raw = bytearray((folder / name).read_bytes())
    raw[len(raw) // 2] ^= 1
    (folder / name).write_bytes(raw)
    with pytest.raises(ModelError, match=name):
        RoleTagger.load(folder)
    (folder / name).unlink()
    with pytest.raises(ModelError, match=name):
        RoleTagger.load(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["files"][name]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match=name):
        RoleTagger.load(folder)


def test_a_head_of_another_shape_is_refused(trained, pieces, tmp_path):
    """Sealed, but not of this form: the fault is named."""
    from retrieval_core.sentence_roles.export import pack
    from retrieval_core.sentence_roles.files import write_roles

    (body, heads), *_ = trained
    files = pack(body, heads, pieces.fingerprint, {})
    bad = files._replace(heads={**files.heads, "claim.bias": np.array([0, np.nan], np.float32)})
    write_roles(tmp_path, bad, command="test", data=(), metrics={})
    with pytest.raises(ModelError, match=r"claim\.bias"):
        RoleTagger.load(tmp_path)


def test_the_pieces_of_another_encoder_are_refused(packed, pieces):
    """A classifier speaks only for the vocabulary that it was trained with."""
    from retrieval_core.sentence_roles.files import read_roles

    files = read_roles(packed)
    other = files._replace(config=files.config.model_copy(update={"pieces": "another"}))
    with pytest.raises(ModelError, match="another encoder"):
        RoleTagger(other, pieces)


def test_the_embedded_classifier_knows_an_abstract(tagger):
    """Background, aim, method and results of a plain abstract are told apart, and results are claims."""
    found = tagger.probabilities(ABSTRACT)
    roles = [ROLES.labels[i] for i in found["roles"].argmax(axis=1)]
    assert roles[:3] == ["background", "objective", "method"]
    assert roles[4] == "result"
    assert found["roles"][3, 3] > 3 * found["roles"][:3, 3].max()
    assert found["claim"][4, 1] > 0.5 > found["claim"][:3, 1].max()


@pytest.mark.parametrize("language", sorted(FOREIGN))
def test_results_are_known_in_other_languages(tagger, language):
    """A result in Spanish, French or Italian is a claim or premise, by itself."""
    found = tagger.probabilities([FOREIGN[language]])
    assert found["argument"][0, 0] < 0.5


def test_probabilities_are_rounded_and_sum_to_one(tagger):
    """Four decimals, of any text: none, blank, long, other scripts."""
    assert all(len(rows) == 0 for rows in tagger.probabilities([]).values())
    texts = ["", "   ", "混合批次训练显著提高了多语言检索的效果。", "word " * 2000, *ABSTRACT]
    for rows in tagger.probabilities(texts).values():
        assert rows.shape[0] == len(texts)
        assert np.allclose(rows.sum(axis=1), 1, atol=5e-4)
        assert np.array_equal(rows, np.round(rows, 4))


def test_long_sections_are_read_in_windows(tagger):
    """Sixty sentences get a score each, and one deep inside keeps its role."""
    section = [*(ABSTRACT[2:4] * 30)[:59], ABSTRACT[4]]
    found = tagger.probabilities(section)
    assert len(found["roles"]) == 60
    assert found["roles"][-1].argmax() == ROLES.labels.index("result")


def test_the_same_text_gives_the_same_figures(tagger):
    """Nothing is drawn at random when a text is read."""
    once, again = tagger.probabilities(ABSTRACT), tagger.probabilities(ABSTRACT)
    assert all(np.array_equal(once[name], again[name]) for name in once)


def test_it_runs_without_pytorch():
    """Loading and reading a text imports no training library."""
    code = (
        "import sys; from retrieval_core import RoleTagger; RoleTagger.load().probabilities(['A b c d.']);"
        "assert not {'torch', 'sklearn', 'transformers'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_embedded_model_states_data_licences_and_figures():
    """The manifest names every source with its licence, and figures that clear the bars that were set for them."""
    manifest = json.loads((roles_folder() / "manifest.json").read_text())
    assert all(use["licence"] for use in manifest["data"])
    figures = {found["name"]: found for found in manifest["metrics"]["sets"]}
    assert figures["detecting_scientific_claim"]["claim_f1"]["value"] >= 0.62
    assert set(figures) >= {"csabstruct", "abstrct_en", "abstrct_es", "abstrct_fr", "abstrct_it"}
    assert (roles_folder() / "MODEL_CARD.md").is_file()


def test_the_command_measures_a_model(tmp_path):
    """``evaluate-extractor`` prints a row for every set, or everything as JSON."""
    data = str(write_sets(tmp_path, n_texts=1))
    plain = CliRunner().invoke(evaluate_extractor, ["--data", data])
    assert plain.exit_code == 0, plain.output
    assert "csabstruct" in plain.output
    as_json = CliRunner().invoke(evaluate_extractor, ["--data", data, "--json"])
    assert len(json.loads(as_json.stdout)["sets"]) == 7
    assert Path(data).is_dir()
