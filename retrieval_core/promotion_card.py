"""What a promotion measured, as a record and as the card that goes with the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval_core.model_files import to_bytes
from retrieval_core.records import Record
from retrieval_core.significance import BootstrapTest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval_core.training_run import Run

HEADER = ("Data", "Setting", "Before", "After", "Difference", "95 % interval", "Questions")


class UsedFile(Record):
    """A file or folder that a model was trained or measured on."""

    name: str
    sha256: str
    rows: int
    use: str


class Figure(Record):
    """mAP of the current and the retrained encoder in one setting; ``test.difference`` is after minus before."""

    dataset: str
    setting: str
    before: float
    after: float
    test: BootstrapTest


class Promotion(Record):
    """Everything that was measured before a decision; ``new``: on held-out questions of the new data.

    ``before``: "embedded" or a promoted encoder's fingerprint. ``held_out``: how the questions were kept apart.
    """

    date: str
    before: str
    before_fingerprint: str
    after_fingerprint: str
    held_out: str
    new: tuple[Figure, ...]
    gates: tuple[Figure, ...]
    files: tuple[UsedFile, ...]
    tolerance: float
    seed: int

    @property
    def decisive(self) -> Figure:
        """The figure on the new data that decides: of its one setting, or the mean of all."""
        return self.new[-1]


def figure_rows(promotion: Promotion) -> list[tuple[str, ...]]:
    """A row of text a figure, in the order of ``HEADER``."""
    return [
        (
            figure.dataset,
            figure.setting,
            f"{figure.before:.4f}",
            f"{figure.after:.4f}",
            f"{figure.test.difference:+.4f}",
            f"{figure.test.low:+.4f} to {figure.test.high:+.4f}",
            f"{figure.test.n_queries:,}",
        )
        for figure in (*promotion.new, *promotion.gates)
    ]


def model_card(promotion: Promotion, run: Run) -> str:
    """The card in Markdown; the same for the same promotion."""
    files = [(file.name, file.use, f"{file.rows:,}", f"`{file.sha256}`") for file in promotion.files]
    gate = (
        f"and in no setting of a gate is mAP lower by more than {promotion.tolerance:g}"
        if promotion.gates
        else "and no gate was measured (`--no-gate`), so **what it forgot is not known**"
    )
    return f"""# Encoder {promotion.after_fingerprint[:12]}

{_plain(run.model)}, retrained, and promoted on {promotion.date} in the place of {_before(promotion)}.

- Fingerprint: `{promotion.after_fingerprint}`
- Compared with: `{promotion.before_fingerprint}`

## Before and after

mAP, and the interval of its difference by a paired bootstrap over questions ({promotion.decisive.test.n_resamples:,}
resamples, seed {promotion.seed}). Promoted because the interval on the new data ({promotion.decisive.setting}) lies
above 0, {gate}.

{_table(HEADER, figure_rows(promotion))}

Held out: {_plain(promotion.held_out)}

## Data

{_table(("File", "Use", "Rows", "SHA-256"), files)}

## Training

{run.pairs:,} pairs, {run.replayed_pairs:,} replayed, {_steps(run)}; run `{run.digest}`.

```json
{to_bytes(run.config, indent=1).decode().strip()}
```

Versions: {", ".join(f"{name} {version}" for name, version in sorted(run.versions.items()))}.
"""


def _before(promotion: Promotion) -> str:
    return (
        "the embedded encoder"
        if promotion.before == "embedded"
        else f"the promoted encoder {promotion.before[:12]}"
    )


def _steps(run: Run) -> str:
    if run.outcome is None:
        return f"{run.steps:,} steps"
    return f"{run.outcome.steps:,} of {run.steps:,} steps, weights of step {run.outcome.best_step:,}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(_plain, line)) + " |" for line in lines)


def _plain(text: str) -> str:
    """On one line, and no end of a table's cell: names of files and models come from outside."""
    return " ".join(text.split()).replace("|", "\\|")
