"""An experiment's result as an appendix: read, refused, rendered, kept through resume and replay."""

import json
from datetime import UTC, datetime

import pytest
from report_factory import example_report
from small_tools import QUESTION, make_small_tools

from retrieval_core.experiments.records import (
    Condition,
    ConditionResult,
    Experiment,
    ExperimentResult,
    Figure,
    Stage,
)
from retrieval_core.sampling import Sampling
from retrieval_core.significance import BootstrapTest
from retrieval_core.training_config import Training
from retrieval_core.training_run import DataFile
from synthesis import report
from synthesis.cli import main
from synthesis.config import Config
from synthesis.errors import InputFileError, UsageError
from synthesis.jobs import RunClock, make_request, run_job
from synthesis.measurements import MAX_FIGURES, MAX_FILE_BYTES, read_measurement
from synthesis.records import Measurement, Report
from synthesis.rendering import FORMATS, render
from synthesis.store import Home
from synthesis.tables import read_claims

CLOCK = RunClock(datetime(2026, 11, 21, 12, 0, tzinfo=UTC))


def _stage(steps):
    return Stage(tasks=("toy",), sampling=Sampling(batch_size=12), steps=steps)


def _figure(mean, measure="map", **more):
    return Figure(
        setting="cross_lingual", measure=measure, mean=mean, low=mean - 0.01, high=mean + 0.01, by_seed=(mean, mean), **more
    )  # fmt: skip


def _result():
    """The core's own record of an experiment with three conditions."""
    test = BootstrapTest(difference=0.05, low=0.03, high=0.07, p_value=0.001, n_queries=48, n_resamples=999)
    conditions = (
        Condition(name="before training"),
        Condition(name="α = 0", value=0, stages=(_stage(2000),)),
        Condition(name="α = 1", value=1, stages=(_stage(2000),)),
    )
    figures = (
        (_figure(0.1), _figure(20.26, "language_bias")),
        (_figure(0.45, test=test, p_adjusted=0.0123, same_sign=2), _figure(1234.5, "language_bias")),
        (_figure(0.4), _figure(17.0, "language_bias")),
    )
    return ExperimentResult(
        experiment=Experiment(
            name="mixing",
            title="Share of monolingual batches (α)",
            axis="α",
            conditions=conditions,
            baseline="α = 1",
            seeds=(0, 7),
            training=Training(steps=2000),
            measures=("map", "language_bias"),
            query_languages=("sw", "th"),
            n_resamples=999,
        ),
        model="tiny",
        model_fingerprint="0123456789abcdef" * 4,
        files=(
            DataFile(name="toy.jsonl", sha256="0" * 64, rows=4800, use="train"),
            DataFile(name="held.jsonl", sha256="1" * 64, rows=48, use="test"),
        ),
        dataset="held",
        n_queries=48,
        n_documents=1200,
        shared_questions=1,
        conditions=tuple(
            ConditionResult(name=c.name, value=c.value, pairs=(96,) * len(c.stages), figures=f)
            for c, f in zip(conditions, figures, strict=True)
        ),
        versions={"python": "3.11"},
    )


@pytest.fixture
def result_file(tmp_path):
    """``result.json`` as the core writes it."""
    path = tmp_path / "result.json"
    path.write_text(_result().model_dump_json(indent=1) + "\n", encoding="utf-8")
    return path


def _changed(path, **changes):
    value = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def test_the_core_s_own_result_is_read(result_file):
    """Every figure is a row: mean, difference from the baseline and Holm's p, each with its interval."""
    measurement = read_measurement(result_file)
    assert measurement.title == "Share of monolingual batches (α)"
    assert measurement.rows == (
        ("mAP, cross-lingual", "before training", "0.1000 (0.0900 to 0.1100)", "–", "–"),
        ("mAP, cross-lingual", "α = 0", "0.4500 (0.4400 to 0.4600)", "+0.0500 (+0.0300 to +0.0700)", "0.0123"),
        ("mAP, cross-lingual", "α = 1", "0.4000 (0.3900 to 0.4100)", "–", "–"),
        ("Language bias, cross-lingual", "before training", "20.3 (20.2 to 20.3)", "–", "–"),
        ("Language bias, cross-lingual", "α = 0", "1,234.5 (1,234.5 to 1,234.5)", "–", "–"),
        ("Language bias, cross-lingual", "α = 1", "17.0 (17.0 to 17.0)", "–", "–"),
    )  # fmt: skip


@pytest.mark.parametrize(
    "fact",
    [
        "Measured here, on this model, at this scale: tiny (fingerprint 0123456789ab)",
        "trained on toy.jsonl (4,800 pairs) for 2,000 steps of 12 pairs; 2 seeds (0, 7)",
        "Evaluated on held: 48 queries in sw, th, 1,200 documents",
        "1 training question is among the queries",
        "(999 resamples)",
        "Differences are from “α = 1”",
        "over 1 test.",
        "Language bias is in ranks; lower is better.",
    ],
)
def test_the_note_states_the_scale(result_file, fact):
    """Model, data, steps, seeds and tests are counted from the file."""
    assert fact in read_measurement(result_file).note


def test_steps_are_those_of_the_conditions(result_file):
    """Where conditions were trained for different lengths, both ends are named; an untrained grid says so."""
    experiment = json.loads(result_file.read_text(encoding="utf-8"))["experiment"]
    experiment["conditions"][1]["stages"] *= 2
    experiment["conditions"][1]["stages"][1] = _stage(500).model_dump() | {
        "sampling": {"batch_size": None, "batch_tokens": 4096}
    }
    _changed(result_file, experiment=experiment)
    assert "for 2,000 to 2,500 steps of 12 pairs or 4,096 padded tokens" in read_measurement(result_file).note
    for condition in experiment["conditions"]:
        condition["stages"] = []
    assert "), not trained; " in read_measurement(_changed(result_file, experiment=experiment)).note


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no result of an experiment"),
        (b"{", "no result of an experiment"),
        (b"[" * 100_000, "no result of an experiment"),
        (b"\x00\xff\xfe", "no result of an experiment"),
        (b'{"form": "synthesis-report/1"}', "form does not fit the form retrieval-core-experiment/1"),
        (b" " * (MAX_FILE_BYTES + 1), "larger than 16 MiB"),
    ],
)
def test_what_is_no_result_is_refused(tmp_path, content, said):
    """Broken, foreign and huge files are one error that names the file and which to give instead."""
    path = tmp_path / "other.json"
    path.write_bytes(content)
    with pytest.raises(InputFileError, match=said) as caught:
        read_measurement(path)
    assert "other.json" in str(caught.value)
    assert "result.json that retrieval-core experiment wrote" in str(caught.value)


def test_what_is_no_file_is_refused(tmp_path):
    """A folder and a missing file are told apart."""
    with pytest.raises(InputFileError, match="is no file; name the result"):
        read_measurement(tmp_path)
    with pytest.raises(InputFileError, match="does not exist; name the result"):
        read_measurement(tmp_path / "result.json")


def test_a_byte_order_mark_is_no_fault(result_file):
    """A file that an editor saved with a mark is the same result."""
    plain = read_measurement(result_file)
    result_file.write_bytes(b"\xef\xbb\xbf" + result_file.read_bytes())
    assert read_measurement(result_file) == plain


@pytest.mark.parametrize("field", ["mean", "p_adjusted", "setting"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e999, "", "x" * 301, [], -1e308 * 10])
def test_figures_that_are_none_are_refused(result_file, field, value):
    """NaN, infinities, texts for numbers and overlong names are no figures; the place is named."""
    conditions = json.loads(result_file.read_text(encoding="utf-8"))["conditions"]
    conditions[1]["figures"][0][field] = value
    with pytest.raises(InputFileError, match=r"conditions\.1\.figures\.0"):
        read_measurement(_changed(result_file, conditions=conditions))


def test_no_figure_and_too_many_are_refused(result_file):
    """An appendix has at least one row and an end."""
    conditions = json.loads(result_file.read_text(encoding="utf-8"))["conditions"]
    many = [conditions[0] | {"figures": conditions[0]["figures"] * MAX_FIGURES}]
    for wrong, count in (([], "0 figures"), (many, "10,000 figures")):
        with pytest.raises(InputFileError, match=f"holds {count}"):
            read_measurement(_changed(result_file, conditions=wrong))


def test_rows_have_a_cell_a_column():
    """A ragged table is no measurement."""
    with pytest.raises(ValueError, match="has not 2 cells"):
        Measurement(title="t", note="n", columns=("a", "b"), rows=(("1", "2"), ("1",)))


def test_a_report_without_measurements_does_not_know_of_them():
    """No format names the appendix, and the JSON has no field for it."""
    plain = example_report()
    assert "measurements" not in json.loads(render(plain, "json"))
    for fmt in ("md", "html"):
        assert b"Measured here" not in render(plain, fmt)


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_report_with_measurements_shows_them_last_and_reads_back(result_file, tmp_path, fmt):
    """In every format the claims come back, not the appendix, and text formats show every cell after Appendix D."""
    measurement = read_measurement(result_file)
    with_it = example_report().model_copy(update={"measurements": (measurement,)})
    path = tmp_path / f"report.{fmt}"
    path.write_bytes(render(with_it, fmt))
    table = read_claims(path)
    assert len(table.rows) == len(with_it.claims)
    assert len(table.references) == len(with_it.references)
    if fmt == "json":
        assert Report.model_validate_json(path.read_bytes()) == with_it
    if fmt in {"md", "html"}:
        text = path.read_text(encoding="utf-8").replace("\\", "")
        assert text.index("Provenance") < text.index("Measured here")
        shown = text[text.index("Measured here") :]
        for cell in (measurement.title, measurement.note, *measurement.columns, *sum(measurement.rows, ())):
            assert cell in shown


def test_an_appendix_is_part_of_what_was_asked(result_file, tmp_path):
    """The request keeps the figures, so a run with an appendix is another than one without, and the report has it."""
    tools, home = make_small_tools(), Home(tmp_path / "home").prepare()
    measurement = read_measurement(result_file)
    requests = [make_request(QUESTION, tools.sources, measurements=m) for m in ((), (measurement,))]
    plain, appended = (run_job(home, r, tools, Config(), CLOCK, ()) for r in requests)
    assert plain.report.measurements == ()
    assert appended.report.measurements == (measurement,)
    assert plain.run.manifest.request_sha256 != appended.run.manifest.request_sha256


def test_a_report_by_command_replays_without_the_file(result_file, tmp_path, capsys):
    """``--appendix`` shows the figures; the run holds them, so a replay needs no file; a bad file is one paragraph."""
    home, out = str(tmp_path / "home"), tmp_path / "out"
    order = ["report", "Does hybrid batch training improve multilingual retrieval?", "--source", "demo",
             "--home", home, "--formats", "md", "--quiet", "--appendix", str(result_file)]  # fmt: skip
    for arguments, code in (
        ([*order, "--out", str(out)], 0),
        ([*order, "--appendix", str(tmp_path / "nowhere.json")], 1),
    ):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == code
    assert "nowhere.json does not exist" in capsys.readouterr().err
    assert "## Appendix E Measured here" in (out / "report.md").read_text(encoding="utf-8")
    result_file.unlink()
    with pytest.raises(SystemExit) as stopped:
        main(["replay", "last", "--home", home, "--quiet"])
    assert stopped.value.code == 0
    assert "all identical" in capsys.readouterr().out


def test_the_function_takes_a_list_of_files(result_file, tmp_path):
    """``report(appendices=[...])`` reads each file; one text is wrong usage."""
    question = "Does hybrid batch training improve multilingual retrieval?"
    made = report(question, sources=["demo"], home=tmp_path / "h", appendices=[result_file], offline=True)
    assert made.measurements == (read_measurement(result_file),)
    with pytest.raises(UsageError, match="appendices are lists"):
        report(question, sources=["demo"], appendices=str(result_file))
