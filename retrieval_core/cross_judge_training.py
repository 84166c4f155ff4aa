"""From labelled claims to the embedded judge: network, last step, calibrator.

Splits are made first (``entailment.claim_rows``): what is held out is only ever measured on, what is for calibration
is never shown to the network. The network is trained on the rest; the last step and the calibrator are fitted on the
calibration split, in folds. Claims are calibrated end to end: each claim's ten best documents, out of the documents of
all sets together, are scored and pooled.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retrieval_core.calibration.calibrator import CALIBRATOR_FILE
from retrieval_core.calibration.fitting import ClaimScores, PassageScores, fit_calibrator, measured_on
from retrieval_core.embedding.pieces import Pieces
from retrieval_core.entailment.claim_rows import CLAIM_SETS, read_claims
from retrieval_core.entailment.claimsets import NEITHER, claim_label, fold_of, read_corpus, share_of
from retrieval_core.entailment.cross_encoder import (
    NETWORK_FILE,
    CrossEncoderJudge,
    CrossReader,
    joint_digest,
)
from retrieval_core.entailment.cross_network import Network
from retrieval_core.entailment.labels import MODEL_FILE
from retrieval_core.entailment.measured import MEASURED, measured_pairs
from retrieval_core.entailment.stacking import fit_stack
from retrieval_core.entailment.training import count_rarity
from retrieval_core.model_files import DataUse, seals, to_bytes, write_model
from retrieval_core.records import Document, Record
from retrieval_core.search import SearchIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from retrieval_core.calibration.curves import CalibratorData
    from retrieval_core.encoder import Encoder
    from retrieval_core.entailment.cross_encoder import CrossWeights
    from retrieval_core.entailment.features import Rarity
from retrieval_core.entailment.measured import Pair

RETRIEVED = 10  # documents per claim, as the pipeline asks for by default
SILENT = 5  # of them, the best that no annotator tied to the claim, in the fit
SILENT_SHARE = 0.5  # of the weight of "neither" in the last step's fit
FOUND_FOR = ("scifact", "check-covid", "covidfact", "citation-integrity")  # claims of these are searched for
MOST_CLAIMS = 300  # of each of them
TWIN_SHARE = 0.34  # of decided claims, which makes undecided ones as frequent as either verdict
RETRIEVED_SOURCE = "retrieved"
FITTED_ON = "calibration split of SciFact, Check-COVID, COVID-Fact and Citation-Integrity, 10 documents each by hybrid search"
MEASURED_ON = "SciFact train claims, held-out third, 10 documents each by hybrid search"
COMMAND = "retrieval-core train-judge --data ../shared/data --work WORK --out DIR"
NAME = "judge-cross-1"


@dataclass(frozen=True, slots=True)
class Found:
    """The documents that search finds for one claim, what they say, and the claim's own pairs.

    ``inputs``: (≤ RETRIEVED, n_inputs) of the judge's last step; ``labels``: (≤ RETRIEVED,) of those that annotators
    tied to the claim, NEITHER for the others; ``tied``: which they did.
    """

    claim: str
    label: str
    group: str
    inputs: NDArray[np.float64]
    labels: NDArray[np.int64]
    tied: NDArray[np.bool_]

    def scores(self, judge: CrossEncoderJudge) -> ClaimScores:
        """As the calibrator takes them."""
        return ClaimScores(judge.score_inputs(self.inputs), self.label, fold_of(self.group), RETRIEVED_SOURCE)


@dataclass(frozen=True, slots=True)
class FittedJudge:
    """What is written to a model folder."""

    weights: CrossWeights
    graph: bytes
    calibrator: CalibratorData
    data: tuple[DataUse, ...]

    def write(self, folder: Path, metrics: dict[str, object]) -> None:
        """Write the files and their manifest. Raises ``InputError``."""
        contents: dict[str, Record | bytes] = {
            MODEL_FILE: self.weights,
            NETWORK_FILE: self.graph,
            CALIBRATOR_FILE: self.calibrator,
        }
        write_model(folder, NAME, contents, command=COMMAND, data=self.data, metrics=metrics)


class Fit:
    """Fits last step and calibrator for a trained network's ``graph`` on the claim sets in ``claims``."""

    def __init__(
        self,
        claims: Path,
        graph: bytes,
        encoder: Encoder | None,
        say: Callable[[str], None],
        *,
        most_claims: int = MOST_CLAIMS,
    ) -> None:
        self._claims, self._graph, self._say, self._most_claims = claims, graph, say, most_claims
        self._pieces = Pieces.embedded()
        self._corpus = pooled_corpus(claims)
        say(f"indexing {len(self._corpus)} documents")
        self._index = SearchIndex.build(self._corpus, encoder=encoder)
        self.rarity: Rarity = count_rarity(self._corpus)
        self._reader = CrossReader(Network(graph, self._pieces), self._pieces, self.rarity)

    def run(self) -> FittedJudge:
        """Everything, in order. Raises ``InputError`` naming a missing file."""
        sets = {source: measured_pairs(self._claims, source, "calibration") for source in MEASURED}
        self._say("reading the calibration split")
        inputs = {source: self.inputs(pairs) for source, pairs in sets.items()}
        self._say("searching for the calibration claims, and reading what is found")
        found = [f for source in FOUND_FOR for f in self.found(sets[source])]
        self._say("fitting the last step and the calibrator")
        weights = self._fit_stack(sets, inputs, found)
        judge = self.judge_of(weights)
        calibrator = self._fit_calibrator(judge, sets, inputs, found)
        self._say("measuring on the held-out third of SciFact")
        held_out = self.found(measured_pairs(self._claims, "scifact", "held-out"))
        calibrator = measured_on(calibrator, [f.scores(judge) for f in held_out], MEASURED_ON)
        return FittedJudge(weights, self._graph, calibrator, data_uses(self._claims))

    def inputs(self, pairs: Sequence[Pair]) -> NDArray[np.float64]:
        """(n, n_inputs) of the pairs."""
        return self._reader.read([(pair.claim, pair.evidence) for pair in pairs])

    def found(self, pairs: Sequence[Pair]) -> list[Found]:
        """What search finds for each claim of ``pairs``."""
        by_claim: dict[str, list[Pair]] = {}
        for pair in pairs:
            by_claim.setdefault(pair.claim, []).append(pair)
        by_claim = dict(
            sorted(by_claim.items(), key=lambda item: share_of("found", item[0]))[: self._most_claims]
        )
        texts = {document.doc_id: document.text for document in self._corpus}
        hits = self._index.search(list(by_claim), k=RETRIEVED)
        asked = [
            (claim, texts[hit.doc_id]) for claim, ranked in zip(by_claim, hits, strict=True) for hit in ranked
        ]
        rows = iter(self._reader.read(asked))
        made = []
        for (claim, own), ranked in zip(by_claim.items(), hits, strict=True):
            said = {_document_text(pair.document): pair.label for pair in own}
            documents = [texts[hit.doc_id] for hit in ranked]
            made.append(
                Found(
                    claim,
                    claim_label(pair.label for pair in own),
                    own[0].group,
                    np.stack(list(itertools.islice(rows, len(ranked)))),
                    np.array([said.get(text, NEITHER) for text in documents], np.int64),
                    np.array([text in said for text in documents], bool),
                )
            )
        return made

    def judge_of(self, weights: CrossWeights) -> CrossEncoderJudge:
        """The judge that loading would give."""
        digests = [
            seals({f: raw})[f].sha256
            for f, raw in ((MODEL_FILE, to_bytes(weights)), (NETWORK_FILE, self._graph))
        ]
        return CrossEncoderJudge(weights, self._reader, joint_digest(*digests))

    def _fit_stack(
        self, sets: dict[str, list[Pair]], inputs: dict[str, NDArray[np.float64]], found: Sequence[Found]
    ) -> CrossWeights:
        """Every set weighs the same, and in it every label; half of "neither" are documents that search finds."""
        x, labels, folds, weights = [], [], [], []
        for source, pairs in sets.items():
            counts = Counter(pair.label for pair in pairs)
            x.append(inputs[source])
            labels += [pair.label for pair in pairs]
            folds += [pair.fold for pair in pairs]
            weights += [1.0 / len(counts) / counts[pair.label] for pair in pairs]
        neither = sum(w for w, label in zip(weights, labels, strict=True) if label == NEITHER)
        weights = [
            w * (1 - SILENT_SHARE) if label == NEITHER else w
            for w, label in zip(weights, labels, strict=True)
        ]
        silent = [(f, np.flatnonzero(~f.tied)[:SILENT]) for f in found]
        n_silent = sum(len(rows) for _, rows in silent)
        for f, rows in silent:
            x.append(f.inputs[rows])
            labels += [NEITHER] * len(rows)
            folds += [fold_of(f.group)] * len(rows)
            weights += [neither * SILENT_SHARE / n_silent] * len(rows)
        weight = np.array(weights)
        return fit_stack(
            np.concatenate(x),
            np.array(labels, np.int64),
            weight / weight.mean(),
            np.array(folds, np.int64),
            rarity=self.rarity,
            pieces=self._pieces.fingerprint,
        )

    def _fit_calibrator(
        self,
        judge: CrossEncoderJudge,
        sets: dict[str, list[Pair]],
        inputs: dict[str, NDArray[np.float64]],
        found: Sequence[Found],
    ) -> CalibratorData:
        """A map for passages that search finds, which is the default, and one for each set's own pairs."""
        retrieved = PassageScores(
            np.concatenate([judge.score_inputs(f.inputs) for f in found]),
            np.concatenate([f.labels for f in found]),
            np.concatenate([np.full(len(f.labels), fold_of(f.group)) for f in found]),
            RETRIEVED_SOURCE,
        )
        own = [
            PassageScores(
                judge.score_inputs(inputs[source]),
                np.array([pair.label for pair in pairs], np.int64),
                np.array([pair.fold for pair in pairs], np.int64),
                source,
            )
            for source, pairs in sets.items()
        ]
        claims = [*(f.scores(judge) for f in found), *silent_twins(found, judge)]
        return fit_calibrator([retrieved, *own], claims, judge=judge.fingerprint, fitted_on=FITTED_ON)


def silent_twins(found: Sequence[Found], judge: CrossEncoderJudge) -> list[ClaimScores]:
    """A share of the decided claims once more, the documents that decide them taken away: NOT_ENOUGH_INFO.

    In the labelled sets nearly every claim has a document that decides it, which is not so in a library: fitted to
    them alone, the calibrator would never believe that evidence is missing.
    """
    return [
        ClaimScores(
            judge.score_inputs(f.inputs[~f.tied]), "NOT_ENOUGH_INFO", fold_of(f.group), RETRIEVED_SOURCE
        )
        for f in found
        if f.tied.any() and f.label != "NOT_ENOUGH_INFO" and share_of("twin", f.claim) < TWIN_SHARE
    ]


def pooled_corpus(claims: Path) -> list[Document]:
    """The documents of the sets that are searched, each text once. Raises ``InputError``."""
    abstracts = read_corpus(claims / "scifact_corpus.jsonl.gz")[0].values()
    rows = read_claims(claims, *FOUND_FOR)
    texts = dict.fromkeys(
        _document_text(document) for document in (*abstracts, *(row.document for row in rows))
    )
    return [Document(doc_id=str(number), text=text) for number, text in enumerate(texts)]


def _document_text(document: Sequence[str]) -> str:
    return " ".join(document)


def data_uses(claims: Path) -> tuple[DataUse, ...]:
    """Every claim set by split, with its licence, for the manifest."""
    uses = []
    for name, kind in CLAIM_SETS.items():
        if not kind.may_train:
            continue
        rows = read_claims(claims, name)
        for split, use in (
            ("train", "network"),
            ("calibration", "last step, calibrator"),
            ("held-out", "measured only"),
        ):
            n = sum(row.split == split for row in rows)
            uses.append(DataUse(name=kind.name, licence=kind.licence, split=split, rows=n, use=use))
    parallel = "CC BY(-SA), CC0, PSF, Apache-2.0, MIT"
    uses.append(
        DataUse(name="parallel sentences", licence=parallel, split="all but FLORES", rows=0, use="network")
    )
    return tuple(uses)
