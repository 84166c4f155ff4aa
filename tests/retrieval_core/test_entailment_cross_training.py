from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from retrieval_core.embedding.body import Body  # noqa: E402 - after the check for PyTorch
from retrieval_core.embedding.pieces import Pieces  # noqa: E402
from retrieval_core.entailment.cross_export import to_onnx  # noqa: E402
from retrieval_core.entailment.cross_input import InputMaker  # noqa: E402
from retrieval_core.entailment.cross_model import CrossEncoder  # noqa: E402
from retrieval_core.entailment.cross_network import Network  # noqa: E402
from retrieval_core.entailment.cross_training import padded, train_cross_encoder  # noqa: E402
from retrieval_core.entailment.examples import Example  # noqa: E402
from retrieval_core.entailment.judge_recipe import JudgeRecipe  # noqa: E402
from retrieval_core.errors import InputError  # noqa: E402

RECIPE = JudgeRecipe(epochs=2, batch_pieces=256, learning_rate=2e-4)
PAIRS = (
    ("Cats sleep long.", "We found that cats sleep long.", (0,)),
    ("Cats sleep long.", "We found that cats do not sleep long.", (1,)),
    ("Cats sleep long.", "Rain fell on the old roof all day.", (2,)),
    ("Dogs bark at night.", "Dogs bark at night, as shown.", (0,)),
    ("Dogs bark at night.", "Dogs never bark at night.", (1, 2)),
)


class Silent:
    """Hears of steps and does nothing."""

    def progress(self, epoch: int, step: int, n_steps: int, loss: float) -> None:
        """A step."""

    def measure(self, step: int, network: CrossEncoder) -> None:
        """A checkpoint."""


@pytest.fixture(scope="module")
def pieces() -> Pieces:
    """The embedded encoder's word pieces."""
    return Pieces.embedded()


def body() -> Body:
    """One layer with the same random weights each time."""
    torch.manual_seed(3)
    made = Body(n_layers=1)
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.03)
    return made


def draw(epoch: int) -> list[Example]:
    """The examples of an epoch."""
    return [Example(claim, passage, labels, "toy") for claim, passage, labels in PAIRS[epoch:] * 2]


def weights(network: CrossEncoder) -> dict[str, np.ndarray]:
    """All weights by name."""
    return {name: value.detach().numpy() for name, value in network.named_parameters()}


def test_a_stopped_run_goes_on_as_if_it_had_not(tmp_path: Path, pieces: Pieces) -> None:
    """A run that dies between epochs and is started again ends at the same bits as one that did not."""
    whole = train_cross_encoder(body(), draw, pieces, RECIPE, tmp_path / "a", Silent())

    def dying(epoch: int) -> list[Example]:
        if epoch:
            raise KeyboardInterrupt
        return draw(epoch)

    with pytest.raises(KeyboardInterrupt):
        train_cross_encoder(body(), dying, pieces, RECIPE, tmp_path / "b", Silent())
    resumed = train_cross_encoder(body(), draw, pieces, RECIPE, tmp_path / "b", Silent())
    first, second = weights(whole), weights(resumed)
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_a_folder_of_another_recipe_is_refused(tmp_path: Path, pieces: Pieces) -> None:
    """Checkpoints of other settings are never gone on from by mistake."""
    recipe = RECIPE.model_copy(update={"epochs": 1})
    train_cross_encoder(body(), draw, pieces, recipe, tmp_path, Silent())
    with pytest.raises(InputError, match="another configuration"):
        train_cross_encoder(body(), draw, pieces, RECIPE, tmp_path, Silent())


def test_the_graph_says_what_the_network_says(pieces: Pieces) -> None:
    """In 32 bits the exported graph equals the network, with padding or without; in int8 it comes near."""
    torch.manual_seed(1)
    network = CrossEncoder(body())
    torch.nn.init.normal_(network.marks, std=0.1)
    network.eval()
    maker = InputMaker(pieces)
    texts = [(claim, passage) for claim, passage, _ in PAIRS] + [(PAIRS[0][0], PAIRS[2][1] * 4)]
    inputs = [
        maker.make(*ids)
        for ids in zip(pieces.ids([c for c, _ in texts]), pieces.ids([p for _, p in texts]), strict=True)
    ]
    ids, marks, mask = padded(inputs)
    with torch.inference_mode():
        expected = network(torch.from_numpy(pieces.table_float())[ids], marks, mask).numpy()
    exact = Network(to_onnx(network, int8=False), pieces, threads=1).logits(inputs)
    small = Network(to_onnx(network), pieces, threads=1).logits(inputs)
    assert np.abs(exact - expected).max() < 1e-4
    assert np.abs(small - expected).max() < 0.1 * np.abs(expected).max() + 0.02


def test_the_loss_takes_any_of_the_labels_that_may_be_right(tmp_path: Path, pieces: Pieces) -> None:
    """A network trained only on "not supported" gives both other labels together nearly all the probability."""
    recipe = JudgeRecipe(epochs=8, batch_pieces=64, learning_rate=1e-4, head_learning_rate=2e-2)
    examples = [Example("Dogs bark at night.", "Dogs never bark at night.", (1, 2), "toy")] * 12
    network = train_cross_encoder(body(), lambda _: examples, pieces, recipe, tmp_path, Silent())
    maker = InputMaker(pieces)
    [claim], [passage] = pieces.ids(["Dogs bark at night."]), pieces.ids(["Dogs never bark at night."])
    ids, marks, mask = padded([maker.make(claim, passage)])
    with torch.inference_mode():
        shares = network.eval()(torch.from_numpy(pieces.table_float())[ids], marks, mask).softmax(dim=1)[0]
    assert shares[0] < 0.15
