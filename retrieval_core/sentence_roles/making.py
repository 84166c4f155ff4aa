"""From labelled files to a classifier that ships: split, train, export, choose thresholds, measure, write."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from retrieval_core.model_files import DataUse
from retrieval_core.sentence_roles.batches import examples_of, plan
from retrieval_core.sentence_roles.evaluation import best_threshold, evaluate, labels_of, tagged
from retrieval_core.sentence_roles.export import pack
from retrieval_core.sentence_roles.files import read_roles, write_roles
from retrieval_core.sentence_roles.labelled import SETS, is_held_out, read_texts, without_shared
from retrieval_core.sentence_roles.model import new_heads
from retrieval_core.sentence_roles.schemes import CLAIM
from retrieval_core.sentence_roles.tagger import RoleTagger
from retrieval_core.sentence_roles.training import train

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from retrieval_core.embedding.body import Body
    from retrieval_core.embedding.pieces import Pieces
    from retrieval_core.sentence_roles.evaluation import RolesFigures
    from retrieval_core.sentence_roles.labelled import LabelledText
    from retrieval_core.sentence_roles.model import Heads
    from retrieval_core.sentence_roles.recipe import RolesRecipe

COMMAND = "retrieval-core train-extractor"
_LICENCES = {
    "csabstruct": "Apache-2.0",
    "detecting_scientific_claim": "none stated",
    "abstrct_en": "none stated",
    "abstrct_es": "none stated",
    "abstrct_fr": "none stated",
    "abstrct_it": "none stated",
    "conclusion_detection": "none stated",
}
_START = DataUse(
    name="encoder-1", licence="Apache-2.0", split="weights", rows=0, use="start of the transformer"
)


class Splits(NamedTuple):
    """Set → texts: fitted on, and held out to choose thresholds and settings."""

    fitted: dict[str, list[LabelledText]]
    held_out: dict[str, list[LabelledText]]


def read_splits(data: Path) -> Splits:
    """The train splits, parted by a hash of each text; what shares a sentence with a dev split is left out."""
    measured = [text for name in SETS for text in read_texts(data, name, "dev")]
    texts = {name: without_shared(read_texts(data, name, "train"), measured) for name in SETS}
    return Splits(
        {name: [text for text in found if not is_held_out(text)] for name, found in texts.items()},
        {name: [text for text in found if is_held_out(text)] for name, found in texts.items()},
    )


def make(
    data: Path,
    start: Body,
    pieces: Pieces,
    recipe: RolesRecipe,
    work: Path,
    out: Path,
    progress: Callable[[str], None],
) -> RolesFigures:
    """Train the classifier and write it to ``out``; checkpoints in ``work``, from which it goes on.

    Raises ``InputError`` for data that cannot be read and for checkpoints of another run.
    """
    splits = read_splits(data)
    body, heads = _trained(splits, start, pieces, recipe, work, progress)
    uses = _uses(splits, {name for stage in recipe.stages for name in stage.epochs})
    progress("exporting, and choosing the threshold on the held-out texts")
    files = pack(body, heads, pieces.fingerprint, {})
    write_roles(out, files, command=COMMAND, data=uses, metrics={})
    thresholds = {CLAIM.name: _threshold(splits, RoleTagger(read_roles(out), pieces))}
    files = files._replace(config=files.config.model_copy(update={"thresholds": thresholds}))
    write_roles(out, files, command=COMMAND, data=uses, metrics={})
    progress("measuring on the dev splits")
    figures = evaluate(data, RoleTagger(read_roles(out), pieces))
    write_roles(out, files, command=COMMAND, data=uses, metrics=figures.model_dump(mode="json"))
    return figures


def _trained(
    splits: Splits,
    start: Body,
    pieces: Pieces,
    recipe: RolesRecipe,
    work: Path,
    progress: Callable[[str], None],
) -> tuple[Body, Heads]:
    """All stages, each from what the one before it ended with."""
    examples = {name: examples_of(texts, pieces) for name, texts in splits.fitted.items()}
    state = start, new_heads(recipe.stages[0].seed)
    for number, stage in enumerate(recipe.stages, start=1):
        batches = plan(examples, stage, recipe)

        def report(step: int, losses: dict[str, float], of: str = f"{number}") -> None:
            shown = ", ".join(f"{name} {loss:.3f}" for name, loss in sorted(losses.items()))
            progress(f"stage {of}, step {step}: {shown}")

        progress(f"stage {number}: {min(stage.stop_after or len(batches), len(batches))} steps")
        state = train(state, batches, pieces, stage, recipe, work / f"stage-{number}", report)
    return state


def _threshold(splits: Splits, tagger: RoleTagger) -> float:
    texts = splits.held_out["detecting_scientific_claim"]
    claim = CLAIM.labels.index(CLAIM.claim)
    return best_threshold(tagged(texts, CLAIM, tagger)[:, claim], labels_of(texts) == claim)


def _uses(splits: Splits, trained: Collection[str]) -> tuple[DataUse, ...]:
    def rows(texts: list[LabelledText]) -> int:
        return sum(len(text.sentences) for text in texts)

    fitted = [
        DataUse(name=name, licence=_LICENCES[name], split="train", rows=rows(texts), use="training")
        for name, texts in splits.fitted.items()
        if name in trained
    ]
    held_out = [
        DataUse(
            name=name,
            licence=_LICENCES[name],
            split="train, held out",
            rows=rows(texts),
            use="choice of settings and threshold",
        )
        for name, texts in splits.held_out.items()
        if texts
    ]
    return (_START, *fitted, *held_out)
