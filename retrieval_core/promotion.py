"""Whether a retrained encoder takes the current one's place: better on the new data, and nothing forgotten.

Both are measured on questions that training did not see and on gate sets. It is promoted if, on the new questions,
the 95 % interval of its gain in mAP lies above 0, and in no setting of a gate its mAP is lower by more than
``TOLERANCE``. What is measured is what will be used: an embedded encoder's training form is packed to int8 first.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import ValidationError

from retrieval_core import promoted
from retrieval_core.comparison import compare
from retrieval_core.encoder import DualEncoder, Encoder
from retrieval_core.errors import InputError, ModelError
from retrieval_core.evaluation import MEASURES, SETTINGS, EncoderScorer, Evaluation, Setting, evaluate
from retrieval_core.model_files import DataUse, Manifest, to_bytes
from retrieval_core.promotion_card import Figure, Promotion, UsedFile, model_card
from retrieval_core.significance import paired_bootstrap
from retrieval_core.training_run import MODEL, RUN, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from retrieval_core.promotion_data import Gate, HeldOut
    from retrieval_core.records import RetrievalSet
    from retrieval_core.significance import BootstrapTest

TOLERANCE = 0.01  # mAP that a setting of a gate may lose
MIN_QUESTIONS = 30  # held-out; an interval over fewer says nothing
OVERALL = "mean of the settings"
COMMAND = "retrieval-core promote RUN --data FILE --gate FORM=DIR"
_ROUNDING = 1e-12
_MAP = MEASURES.index("map")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was measured, why it was refused (empty if it was not), and the new folder if it was promoted."""

    promotion: Promotion
    reasons: tuple[str, ...]
    folder: Path | None


def read_run(folder: Path) -> Run:
    """The finished run in ``folder``, as ``retrieval-core train`` writes it. Raises ``InputError`` for anything else."""
    try:
        run = Run.model_validate_json((folder / RUN).read_bytes())
    except (OSError, ValidationError) as error:
        raise InputError(
            f"{folder} holds no run: {RUN} is missing or malformed. Name the folder that retrieval-core train wrote "
            "(its --out)."
        ) from error
    if run.outcome is None or not (folder / MODEL).is_dir():
        raise InputError(
            f"The run in {folder} is not finished. Go on with it: retrieval-core train … --resume"
        )
    return run


def promote(
    run_folder: Path,
    held_out: HeldOut,
    gates: Sequence[Gate],
    *,
    date: str,
    home: Path | None = None,
    dry_run: bool = False,
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Measure the model of a run against the current one, and put it in its place if it is better.

    ``date``: of the card. ``home``: see ``promoted.home_folder``. ``seed``: of the bootstrap. Without ``gates`` what
    it forgot is not measured, and the card says so. Raises ``InputError`` for a run or data that cannot be used,
    ``ModelError`` for a damaged model or registry.
    """
    run = read_run(run_folder)
    _check_enough(held_out)
    before = DualEncoder.current(home)
    with _candidate(run, run_folder) as folder:
        after = DualEncoder.load(folder)
        if after.fingerprint == before.fingerprint:
            raise InputError(f"The model of {run_folder} is the current encoder already.")
        promotion = Promotion(
            date=date,
            before=promoted.read_registry(home).current,
            before_fingerprint=before.fingerprint,
            after_fingerprint=after.fingerprint,
            held_out=held_out.how,
            new=_measured(before, after, held_out.dataset, seed, progress, overall=True),
            gates=tuple(
                figure for gate in gates for figure in _measured(before, after, gate.dataset, seed, progress)
            ),
            files=(*_trained_on(run), *held_out.files, *(gate.file for gate in gates)),
            tolerance=TOLERANCE,
            seed=seed,
        )
        reasons = refusals(promotion)
        if reasons or dry_run:
            return Outcome(promotion, reasons, None)
        return Outcome(promotion, (), _install(run, promotion, folder, home))


def refusals(promotion: Promotion) -> tuple[str, ...]:
    """Why the retrained encoder may not take the current one's place, each with what to try; empty if it may."""
    found = []
    new = promotion.decisive
    if new.test.low <= 0:
        found.append(
            f"On {new.dataset} mAP went from {new.before:.4f} to {new.after:.4f}, a gain of {new.test.difference:+.4f} "
            f"whose 95 % interval ({new.test.low:+.4f} to {new.test.high:+.4f}) is not above 0. Train on more questions, "
            "longer (--steps, --epochs), or with another --lr; with few held-out questions give more by --held-out."
        )
    found += [
        f"On {gate.dataset} the {gate.setting} mAP fell from {gate.before:.4f} to {gate.after:.4f}, by more than "
        f"{promotion.tolerance:g}. Train again with --replay FILE (pairs of what it should keep), a larger "
        "--replay-fraction, a lower --lr or fewer --steps."
        for gate in promotion.gates
        if gate.test.difference < -promotion.tolerance - _ROUNDING
    ]
    return tuple(found)


def _measured(
    before: Encoder,
    after: Encoder,
    dataset: RetrievalSet,
    seed: int,
    progress: Callable[[str], None],
    *,
    overall: bool = False,
) -> tuple[Figure, ...]:
    """Both encoders' mAP in every setting of ``dataset``; ``overall``: last the mean of these, if there are several."""
    progress(f"Measuring the current encoder on {dataset.name} …")
    old = evaluate(EncoderScorer(before), dataset)
    progress(f"Measuring the retrained encoder on {dataset.name} …")
    new = evaluate(EncoderScorer(after), dataset)
    tests: dict[tuple[Setting, ...], BootstrapTest] = {
        (compared.setting,): compared.test for compared in compare(new, old, seed=seed).settings
    }
    if overall and len(tests) > 1:
        tests[tuple(setting for settings in tests for setting in settings)] = overall_test(new, old, seed)
    return tuple(
        Figure(
            dataset=dataset.name,
            setting=settings[0].replace("_", "-") if len(settings) == 1 else OVERALL,
            before=_mean(old, settings),
            after=_mean(new, settings),
            test=test,
        )
        for settings, test in tests.items()
    )


def _mean(evaluation: Evaluation, settings: Sequence[Setting]) -> float:
    means = [mean for setting in settings if (mean := evaluation.mean(setting)) is not None]
    return sum(means) / len(means)


def overall_test(a: Evaluation, b: Evaluation, seed: int) -> BootstrapTest:
    """Paired bootstrap of the mean of the settings' mAP, questions resampled, as ``comparison`` does for one setting.

    With S settings of C cells each and Q questions, a question's value is u_q = Q · Σ_s Σ_c v_cq / (S · C · n_c),
    whose mean over the questions is that mean of means.
    """
    places: dict[str, int] = {}
    for cell in a.cells:
        for question in cell.question_ids:
            places.setdefault(question, len(places))
    settings = [setting for setting in SETTINGS if a.of(setting)]
    shares = np.zeros((2, len(places)))
    for row, evaluation in enumerate((a, b)):
        for setting in settings:
            cells = evaluation.of(setting)
            for cell in cells:
                rows = [places[question] for question in cell.question_ids]
                weight = len(places) / (len(settings) * len(cells) * len(rows))
                np.add.at(shares[row], rows, cell.values[:, _MAP] * weight)
    return paired_bootstrap(shares[0], shares[1], np.random.default_rng(seed))


def _check_enough(held_out: HeldOut) -> None:
    asked = len(held_out.dataset.queries)
    if asked < MIN_QUESTIONS:
        raise InputError(
            f"Only {asked} questions are held out; at least {MIN_QUESTIONS} are needed to tell a gain from chance. "
            "Train on more data, or give further questions with --held-out FILE."
        )


@contextmanager
def _candidate(run: Run, run_folder: Path) -> Iterator[Path]:
    """The folder of the model as it will be used: a training form packed, another model as it is."""
    try:
        from retrieval_core.embedding.training_form import (  # noqa: PLC0415 - loads PyTorch
            is_training_form,
            load_module,
            pack,
        )
    except ImportError as error:
        raise ModelError(
            "To read a trained model PyTorch is needed: pip install 'synthesis[train]'."
        ) from error
    if not is_training_form(run_folder / MODEL):
        yield run_folder / MODEL
        return
    if any(run.prefixes):
        raise InputError(
            f"The model of {run_folder} was trained with the prefixes {run.prefixes}, which an embedded encoder does "
            "not put before texts. Train it again without."
        )
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / promoted.ENCODER
        pack(
            load_module(run_folder / MODEL), out, name=_title(run), command=COMMAND, data=_uses(_trained_on(run)), metrics={},
        )  # fmt: skip
        yield out


def _install(run: Run, promotion: Promotion, folder: Path, home: Path | None) -> Path:
    metrics = promotion.model_dump(mode="json")
    inner = folder / promoted.MANIFEST
    if folder.name == promoted.ENCODER and inner.is_file():  # packed here, before there were figures
        packed = Manifest.model_validate_json(inner.read_bytes())
        inner.write_bytes(to_bytes(packed.model_copy(update={"metrics": metrics}), indent=1))
    manifest = Manifest(
        name=_title(run),
        command=COMMAND,
        files=promoted.seals_of(folder),
        data=_uses(promotion.files),
        metrics=metrics,
    )
    return promoted.install(folder, promotion.after_fingerprint, manifest, model_card(promotion, run), home)


def _title(run: Run) -> str:
    return f"{run.model}, retrained"


def _trained_on(run: Run) -> tuple[UsedFile, ...]:
    return tuple(UsedFile(**file.model_dump()) for file in run.files)


def _uses(files: Sequence[UsedFile]) -> tuple[DataUse, ...]:
    return tuple(
        DataUse(name=file.name, licence="not recorded", split="all", rows=file.rows, use=file.use)
        for file in files
    )
