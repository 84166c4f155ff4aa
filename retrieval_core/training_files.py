"""What a run reads of its user's files: pairs, checked, told about, and divided.

files → pairs → training | development | test part → those without the leaks → with cross-lingual pairs
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from retrieval_core.datasets import load_pairs, load_retrieval_set, recognise
from retrieval_core.datasets.jsonl import read_qa, to_jsonl
from retrieval_core.datasets.leakage import check_leakage
from retrieval_core.errors import InputError
from retrieval_core.sampling import cross_lingual_pairs
from retrieval_core.training_development import development_set, hold_out
from retrieval_core.training_run import LEAKS, TEST, DataFile, sha256_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retrieval_core.datasets.leakage import Leak
    from retrieval_core.records import QAPair, RetrievalSet

Pairs = tuple["QAPair", ...]
Use = Literal["train", "development", "replay"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asked for.

    ``development``: a file, "auto" (held out of the data, as is a test part) or "none"; ``development_form``: of a
    file that is a retrieval set. ``checks``: (form, path) of evaluation sets whose texts may not be trained on.
    ``mixes``: whether the strategy has cross-lingual batches.
    """

    data: tuple[Path, ...]
    replay: tuple[Path, ...]
    development: str
    development_form: str | None
    checks: tuple[tuple[str, Path], ...]
    mixes: bool
    seed: int


@dataclass(frozen=True, slots=True)
class Found:
    """What the run is made from; ``leaks``: ``None`` where nothing was checked against."""

    train: Pairs
    development: RetrievalSet | None
    replay: Pairs
    test: Pairs
    files: tuple[DataFile, ...]
    leaks: tuple[Leak, ...] | None


def gather(wanted: Wanted, say: Callable[[str], None]) -> Found:
    """Read everything, and tell ``say`` what was found, made and left out, a line each.

    The test part depends on the data and the seed alone, not on what is checked against, so that
    ``retrieval-core promote`` finds it again. Raises ``InputError`` for unusable files, or if nothing is left.
    """
    train, files = _read(wanted.data, "train", say)
    replay, replay_files = _read(wanted.replay, "replay", say)
    test: Pairs = ()
    if wanted.development == "auto":
        train, held, test = _divided(train, wanted.seed, say)
        ready, held_files = None, [_test_file(test)]
    else:
        ready, held, held_files = _development(wanted, say)
    leaks = None
    if wanted.checks:
        (train, held, replay), leaks = _without_leaks((train, held, replay), wanted.checks, say)
    if wanted.mixes:
        train = _with_cross_lingual(train, wanted.seed, say)
    name = "held-out pairs" if wanted.development == "auto" else Path(wanted.development).name
    return Found(
        train=train,
        development=development_set(name, held) if held else ready,
        replay=replay,
        test=test,
        files=(*files, *held_files, *replay_files),
        leaks=leaks,
    )


def write_beside(out: Path, found: Found) -> None:
    """Put the test part and the leaks, where there are any to speak of, into the folder of the run."""
    if found.test:
        (out / TEST).write_bytes(to_jsonl(found.test))
    if found.leaks is not None:
        lines = (json.dumps(asdict(leak)) + "\n" for leak in found.leaks)
        (out / LEAKS).write_text("".join(lines), encoding="ascii")


def _read(paths: Sequence[Path], use: Use, say: Callable[[str], None]) -> tuple[Pairs, list[DataFile]]:
    """The pairs of all files or folders in order, and what they were read from."""
    pairs: list[QAPair] = []
    files = []
    for path in paths:
        if recognise(path) == "jsonl":
            qa = read_qa(path)
            found, rows, detected, dropped = qa.pairs(), qa.rows, qa.detected, qa.dropped
        else:
            found = load_pairs(path)
            rows, detected, dropped = len(found), 0, {}
        say(_line(path.name, rows, found, detected, dropped))
        pairs += found
        files.append(DataFile(name=path.name, sha256=sha256_of(path), rows=len(found), use=use))
    return tuple(pairs), files


def _line(name: str, rows: int, pairs: Pairs, detected: int, dropped: dict[str, int]) -> str:
    """What a file holds, in a sentence."""
    counts = Counter(
        f"{pair.question_language}→{pair.passage_language}" if pair.cross_lingual else pair.question_language
        for pair in pairs
    )
    languages = ", ".join(
        f"{count:,} {language}"
        for language, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    )
    line = f"{name}: {rows:,} rows: {languages}"
    if detected:
        line += f" (languages detected in {detected:,})"
    if dropped:
        line += "; left out: " + ", ".join(f"{count:,} {reason}" for reason, count in dropped.items())
    return line + "."


def _divided(pairs: Pairs, seed: int, say: Callable[[str], None]) -> tuple[Pairs, Pairs, Pairs]:
    """Training, development and test part, which share no passage and no translation."""
    rest, test = hold_out(pairs, seed=seed)
    train, held = hold_out(rest, seed=seed)
    say(
        f"Of {len(pairs):,} pairs {len(held):,} are held out to choose the best step by, and {len(test):,} as a test "
        f"part, {TEST}, that the run does not see."
    )
    return train, held, test


def _test_file(test: Pairs) -> DataFile:
    digest = hashlib.sha256(to_jsonl(test)).hexdigest()
    return DataFile(name=TEST, sha256=digest, rows=len(test), use="test")


def _development(
    wanted: Wanted, say: Callable[[str], None]
) -> tuple[RetrievalSet | None, Pairs, list[DataFile]]:
    """A set that is ready to measure on, or pairs to make one of; neither for "none"."""
    if wanted.development == "none":
        return None, (), []
    file = Path(wanted.development)
    if not file.exists():
        raise InputError(f"{file} does not exist. Give --development a file of pairs, auto, or none.")
    if wanted.development_form is None:
        held, files = _read((file,), "development", say)
        return None, held, files
    ready = load_retrieval_set(file, wanted.development_form)
    used = DataFile(name=file.name, sha256=sha256_of(file), rows=len(ready.queries), use="development")
    return ready, (), [used]


def _without_leaks(
    parts: tuple[Pairs, Pairs, Pairs], checks: Sequence[tuple[str, Path]], say: Callable[[str], None]
) -> tuple[tuple[Pairs, Pairs, Pairs], tuple[Leak, ...]]:
    """Training, development and replayed pairs that no evaluation set knows, and what it knows of the others.

    Raises ``InputError`` if it knows all of a part.
    """
    sets = [load_retrieval_set(path, form) for form, path in checks]
    report = check_leakage([pair for part in parts for pair in part], sets)
    clean = set(map(id, report.clean))
    left = tuple(tuple(pair for pair in part if id(pair) in clean) for part in parts)
    names = ", ".join(one.name for one in sets)
    for use, before, after in zip(
        ("train on", "choose the best step by", "replay"), parts, left, strict=True
    ):
        if before and not after:
            raise InputError(
                f"{names} knows all {len(before):,} pairs to {use}, exactly or nearly. Give other data, or do without "
                "--check-against and name no figure on that set."
            )
    n = report.checked - len(report.clean)
    left_out = f" and are left out (see {LEAKS})" if n else ""
    say(f"{n:,} of {report.checked:,} pairs have a text that {names} knows{left_out}.")
    return (left[0], left[1], left[2]), report.leaks


def _with_cross_lingual(pairs: Pairs, seed: int, say: Callable[[str], None]) -> Pairs:
    """Where no pair is cross-lingual, such pairs of translations are put behind them."""
    if any(pair.cross_lingual for pair in pairs):
        return pairs
    made = cross_lingual_pairs(_named_apart(pairs), seed=seed)
    if made:
        say(f"{len(made):,} cross-lingual pairs are made of translations (same parallel_id, seed {seed}).")
    else:
        say("No pair is cross-lingual and none are translations (parallel_id): every batch is monolingual.")
    return (*pairs, *made)


def _named_apart(pairs: Pairs) -> Pairs:
    """Files of one name in different folders give their pairs the same ids; all but the first get another."""
    seen: Counter[str] = Counter()
    apart = []
    for pair in pairs:
        n = seen[pair.pair_id]
        seen[pair.pair_id] += 1
        apart.append(pair.model_copy(update={"pair_id": f"{pair.pair_id}~{n}"}) if n else pair)
    return tuple(apart)
