"""The users' jobs, start to end: a run is begun or resumed, computed, rendered, and kept."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from filelock import FileLock, Timeout
from pydantic import Field

import synthesis
from synthesis.assembly import find_paper, make_tools
from synthesis.bases import begin
from synthesis.config import Config
from synthesis.errors import ReplayError, StoreError, UsageError
from synthesis.phrases import is_english, key_phrases, topic_phrases
from synthesis.pipeline import synthesize
from synthesis.reading.metadata import without_surrogates
from synthesis.records import Claim, Record, Report, Span, text_sha256
from synthesis.remembered import remembering
from synthesis.rendering import render
from synthesis.request import Request
from synthesis.result_values import result_values
from synthesis.source_choice import SourceChoice
from synthesis.stage_results import KEPT_STAGES, Base
from synthesis.store import Manifest, Run, write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from synthesis.protocols import Source
    from synthesis.records import Measurement
    from synthesis.request import Tools
    from synthesis.store import Home


_LAST_EPOCH = 253_402_300_799  # the end of the year 9999


class RunClock(NamedTuple):
    """The time that a report bears; ``pinned`` when the user set it, so that it is part of what was asked for."""

    moment: datetime
    pinned: bool = False

    @classmethod
    def now(cls, environ: Mapping[str, str] = os.environ) -> RunClock:
        """``SOURCE_DATE_EPOCH`` (reproducible-builds.org) where it is set, else the time now.

        Raises:
            UsageError: the variable is not a number of seconds between 1970 and 9999.
        """
        epoch = environ.get("SOURCE_DATE_EPOCH")
        if epoch is None:
            return cls(datetime.now(UTC))
        if not re.fullmatch(r"[0-9]{1,12}", epoch) or int(epoch) > _LAST_EPOCH:
            raise UsageError(f"SOURCE_DATE_EPOCH is '{epoch}'; it must be a number of seconds since 1970.")
        return cls(datetime.fromtimestamp(int(epoch), UTC), pinned=True)

    @property
    def stamp(self) -> str:
        """ISO 8601 in UTC, to the second."""
        return self.moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


class Origin(Record):
    """How a run came by its tools, so that it can be taken up again."""

    choice: SourceChoice
    judge: str | None = None  # the folder of a judge of the user's own
    previous: str | None = None  # the folder, under the same home, of the run that this one completes
    # of an update: the folder, as above or anywhere, of the run that it updates; paper_ids that a what-if leaves out
    updates: str | None = Field(default=None, exclude_if=lambda value: value is None)
    without: tuple[str, ...] = Field(default=(), exclude_if=lambda value: not value)


class Order(Record):
    """What is kept of a run's making so that it can be replayed, or taken up again."""

    request: Request
    config: Config
    formats: tuple[str, ...]
    origin: Origin | None = None  # None: made by a program with tools of its own


class Ordered(NamedTuple):
    """The first artefact of a run."""

    order: Order


class Done(NamedTuple):
    """A finished run, its report, and the rendered formats by file name."""

    run: Run
    report: Report
    outputs: dict[str, bytes]
    resumed: bool


def one_line(text: str) -> str:
    """Text from outside as one line; what is no character (a lone surrogate) is replaced by U+FFFD."""
    return " ".join(without_surrogates(text).split())


def check_question(question: str) -> str:
    """The question as one line.

    Raises:
        UsageError: it is empty, or names nothing to search for.
    """
    question = one_line(question)
    if not question:
        raise UsageError('the question is empty. Ask one in quotes: synthesis report "Does … improve …?"')
    if not topic_phrases(question):
        raise UsageError(f"the question '{question}' names nothing to search for. Say what it is about.")
    return question


def make_request(
    question: str,
    sources: Sequence[Source],
    papers: Sequence[str] = (),
    title: str | None = None,
    measurements: Sequence[Measurement] = (),
) -> Request:
    """A report's request, with the papers that the user names looked up; ``measurements`` become an appendix.

    Raises:
        UsageError: the question is empty.
        UnknownPaperError: a paper that no source knows.
    """
    question = check_question(question)
    examined = tuple(find_paper(p, sources) for p in papers)
    return Request(
        question=question,
        title=one_line(title or "") or title_of(question),
        examined=examined,
        measurements=tuple(measurements),
    )


def make_verification(
    claims: Sequence[str],
    title: str,
    *,
    question: str = "",
    from_report: bool = False,
    stated: Sequence[str | None] = (),
    sentences: dict[str, tuple[Span, ...]] | None = None,
) -> Request:
    """A request to verify claims that the user hands in.

    ``question`` is that of the report which held the claims, if any; ``from_report`` says that they are a report's; ``stated`` is what the table said of each claim before; ``sentences`` the sentences, by paper_id, of a
    corpus that came already split.

    Raises:
        UsageError: there is no claim.
    """
    if not claims:
        raise UsageError("there is no claim to verify.")
    handed_in = tuple(
        Claim(claim_id=f"C{number}", text=(line := one_line(text)), results=result_values(line))
        for number, text in enumerate(claims, start=1)
    )
    blank = [c.claim_id.removeprefix("C") for c in handed_in if not c.text]
    if blank:
        raise UsageError(f"there is no text in claim {', '.join(blank[:10])}.")
    before = {c.claim_id: s for c, s in zip(handed_in, stated, strict=False) if s}
    return Request(
        kind="verification",
        question=question,
        from_report=from_report,
        title=title,
        claims=handed_in,
        stated=before,
        sentences=sentences or {},
    )


def title_of(question: str) -> str:
    """A title made of the question's own key phrases, in their order; the question where it has none.

    >>> title_of("What is the impact of hybrid batch training on MIRACL?")
    'Hybrid batch training, MIRACL'
    """
    phrases = sorted(key_phrases(question)[:4], key=question.find) if is_english(question) else []
    title = ", ".join(phrases) or question.strip("?？؟¿ ")
    return title[:1].upper() + title[1:]


def run_job(
    home: Home,
    request: Request,
    tools: Tools,
    config: Config,
    clock: RunClock,
    formats: Sequence[str],
    *,
    fresh: bool = False,
    origin: Origin | None = None,
    on_stage: Callable[[str], None] = lambda _: None,
) -> Done:
    """Do a job as a run under ``home``; one that was killed before goes on where it stopped.

    ``origin`` is kept for ``synthesis resume``; the run that it names as previous is completed by this one.

    Raises:
        StoreError: the run cannot be written, or the previous one cannot be read.
    """
    if tools.full_texts is None and not (origin and origin.without):
        # screening must not keep a paper for a copy that nobody fetches; a what-if screens as it was screened then
        config = config.model_copy(update={"papers": config.papers.model_copy(update={"full_texts": 0})})
    order = Order(request=request, config=config, formats=tuple(formats), origin=origin)
    previous = home.find_run(origin.previous) if origin and origin.previous else None
    earlier = _earlier(home, origin)
    with (
        _begin(home, order, tools, clock, fresh=fresh) as (run, resumed),
        remembering(tools, run.folder, [r.folder for r in (previous, earlier) if r]) as able,
    ):
        run.stage("order", Ordered, lambda: Ordered(order))
        if origin and origin.updates and run.load("base", Base) is None:
            begin(run, earlier or home.find_run(origin.updates), origin.without)
        report = synthesize(request, able, config, run, on_stage, previous)
        on_stage("rendering")
        outputs = {f"report.{fmt}": render(report, fmt) for fmt in formats}
        run.finish(outputs)
        return Done(run, report, outputs, resumed)


def _earlier(home: Home, origin: Origin | None) -> Run | None:
    """The run that is updated; ``None`` where there is none, or none any more: what was begun holds all it needs."""
    with contextlib.suppress(StoreError):
        return home.find_run(origin.updates) if origin and origin.updates else None
    return None


def order_of(run: Run) -> Order:
    """What a run was asked for.

    Raises:
        StoreError: that artefact is damaged or was written by another version.
    """
    ordered = run.load("order", Ordered)
    if ordered is None:
        raise StoreError(
            f"what the run {run.folder.name} was asked for is damaged or of another version. Start the report again."
        )
    return ordered.order


@contextlib.contextmanager
def _begin(
    home: Home, order: Order, tools: Tools, clock: RunClock, *, fresh: bool
) -> Iterator[tuple[Run, bool]]:
    """An unfinished run of the same order that no other process works on, else a new one; locked."""
    asked = [order.model_dump_json(), *(s.fingerprint for s in tools.sources)]
    digest = text_sha256("\n".join([*asked, clock.stamp] if clock.pinned else asked))
    if not fresh:
        for run in home.iter_runs():
            manifest = run.manifest
            fits = (manifest.judge, manifest.calibrator, manifest.ranker) == (
                tools.judge.fingerprint,
                tools.calibrator.fingerprint,
                tools.ranker.fingerprint,
            )
            if manifest.complete or manifest.request_sha256 != digest or not fits:
                continue
            if manifest.version != synthesis.__version__:
                continue
            lock = FileLock(run.folder / ".lock")
            with contextlib.suppress(Timeout), lock.acquire(blocking=False):
                yield Run.open(run.folder), True
                return
    folder, run_id = _new_folder(home, order, clock, digest)
    with FileLock(
        folder / ".lock"
    ):  # held before there is a manifest by which another process could find the run
        manifest = Manifest(
            run_id=run_id,
            version=synthesis.__version__,
            clock=clock.stamp,
            request_sha256=digest,
            judge=tools.judge.fingerprint,
            calibrator=tools.calibrator.fingerprint,
            ranker=tools.ranker.fingerprint,
        )
        yield Run.create(folder, manifest), False


def _new_folder(home: Home, order: Order, clock: RunClock, digest: str) -> tuple[Path, str]:
    """A folder for a new run, and the run's id."""
    stamp = clock.stamp
    slug = re.sub(r"[^a-z0-9]+", "-", order.request.title.casefold())[:40].strip("-") or "run"
    run_id = f"{stamp[:10]}-{slug}-{text_sha256(digest + stamp)[:8]}"
    for number in range(1, 1000):
        # the folder tells repetitions apart; the report's own id must not depend on what else lies in the home
        folder = home.runs / (run_id if number == 1 else f"{run_id}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise StoreError(
                f"cannot start a run in {home.runs}: {error.strerror}. Choose another place with --home DIR."
            ) from error
        return folder, run_id
    raise StoreError(f"cannot start a run: {home.runs} holds a thousand runs named {run_id}.")


def deliver(done: Done, folder: Path) -> list[Path]:
    """Write a finished run's formats into ``folder`` and return their paths."""
    paths = []
    for name, data in done.outputs.items():
        write_atomically(folder / name, data)
        paths.append(folder / name)
    return paths


def replay(
    run: Run, on_stage: Callable[[str], None] = lambda _: None, judge_folder: Path | None = None
) -> Done:
    """Compute a finished run again, with the network off, from what its searches answered.

    Raises:
        ReplayError: the tool's models changed since, a file of the run is damaged, or the bytes differ.
    """
    manifest = run.manifest
    if not manifest.complete:
        raise ReplayError(f"the run {manifest.run_id} is not finished; give its command again to finish it.")
    damaged = run.damaged()
    if damaged:
        raise ReplayError(
            f"the run {manifest.run_id} cannot be replayed: {', '.join(damaged)} changed since it was written."
        )
    tools = make_tools((), judge_folder)
    made_with = (manifest.version, manifest.judge, manifest.calibrator)
    have = (synthesis.__version__, tools.judge.fingerprint, tools.calibrator.fingerprint)
    if made_with != have:
        raise ReplayError(
            f"the run {manifest.run_id} was made with {', '.join(made_with)}; this is {', '.join(have)}. Install "
            "that version to replay it."
        )
    with tempfile.TemporaryDirectory(prefix="synthesis-replay-") as folder:
        done = _compute_again(run, Path(folder), tools, on_stage)
    _compare(run, done)
    return done


def _compute_again(run: Run, folder: Path, tools: Tools, on_stage: Callable[[str], None]) -> Done:
    again, report = compute_again(run, folder, tools, on_stage)
    outputs = {f"report.{fmt}": render(report, fmt) for fmt in order_of(again).formats}
    again.finish(outputs)
    return Done(again, report, outputs, resumed=False)


def compute_again(
    run: Run,
    folder: Path,
    tools: Tools,
    on_stage: Callable[[str], None] = lambda _: None,
    run_type: type[Run] = Run,
) -> tuple[Run, Report]:
    """A run of ``run_type`` in ``folder`` that keeps what a replay keeps of ``run``, and all the rest computed again."""
    stages = run.manifest.stages  # not every run has every stage
    kept = {name: stages[name] for name in ("order", *KEPT_STAGES) if name in stages}
    for artefact in (a for stage in kept.values() for a in stage):
        write_atomically(folder / artefact.name, (run.folder / artefact.name).read_bytes())
    manifest = run.manifest.model_copy(update={"stages": kept, "outputs": (), "complete": False})
    again = run_type.create(folder, manifest)
    order = again.stage("order", Ordered, _refuse).order
    return again, synthesize(order.request, tools, order.config, again, on_stage)


def _refuse() -> Ordered:
    raise ReplayError("the run's order is damaged, so it cannot be replayed.")


def _compare(run: Run, done: Done) -> None:
    def artefacts(manifest: Manifest) -> dict[str, str]:
        files = [a for stage in manifest.stages.values() for a in stage]
        return {a.name: a.sha256 for a in [*files, *manifest.outputs]}

    before, after = artefacts(run.manifest), artefacts(done.run.manifest)
    differing = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    if differing:
        raise ReplayError(f"the replay of {run.manifest.run_id} differs in {', '.join(differing)}.")
