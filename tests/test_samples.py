"""The samples in reports/ are what the code makes."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from synthesis.assembly import make_tools
from synthesis.auditing.audit import audit_file, audit_outputs, audit_run
from synthesis.auditing.given import read_given
from synthesis.jobs import Ordered, RunClock, run_job
from synthesis.source_choice import Network, SourceChoice, choose_sources
from synthesis.store import Home, Run

REPORTS = Path(__file__).parents[1] / "reports"
SAMPLE = REPORTS / "demo"


def _never():
    raise AssertionError("the sample is whole")


def _assert_same(made, kept, place="report"):
    """Equal, numbers to three decimals: processors differ in the last digits of a sum."""
    assert type(made) is type(kept), place
    if isinstance(made, dict):
        assert made.keys() == kept.keys(), place
        for key in made:
            _assert_same(made[key], kept[key], f"{place}.{key}")
    elif isinstance(made, list):
        assert len(made) == len(kept), place
        for number, (a, b) in enumerate(zip(made, kept, strict=True)):
            _assert_same(a, b, f"{place}[{number}]")
    elif isinstance(made, float):
        assert made == pytest.approx(kept, abs=1e-3), place
    else:
        assert made == kept, place


def test_the_sample_is_what_the_code_makes(tmp_path):
    """Making the sample again gives the same report; after a deliberate change: make samples, read the diff."""
    sample = Run.open(SAMPLE)
    order = sample.stage("order", Ordered, _never).order
    home = Home(tmp_path).prepare()
    clock = RunClock(datetime.fromisoformat(sample.manifest.clock), pinned=True)
    sources = choose_sources(home, SourceChoice(names=("demo",)), Network(home))
    done = run_job(home, order.request, make_tools(sources), order.config, clock, (), origin=order.origin)
    kept = json.loads((SAMPLE / "outputs" / "report.json").read_text(encoding="utf-8"))
    made = json.loads(done.report.model_dump_json())
    for report in (made, kept):
        report["provenance"]["run_id"] = ""
    _assert_same(made, kept)


def test_the_samples_files_are_whole():
    """No file of the sample was edited by hand."""
    assert Run.open(SAMPLE).damaged() == []


def test_an_audit_of_the_sample_finds_nothing(tmp_path):
    """Every quote, count and reference of the sample holds, in each format."""
    audit = audit_outputs(audit_run(Run.open(SAMPLE), Home(tmp_path)))
    assert (audit.findings, audit.exit_code) == ((), 0)


@pytest.mark.parametrize("path", sorted(REPORTS.glob("*/report.json")), ids=lambda path: path.parent.name)
def test_the_other_samples_agree_with_themselves(path):
    """Quotes stand under their hashes and counts are those of the lists, in the samples kept without their runs."""
    audit = audit_file(read_given(path), None)
    assert {finding.weight for finding in audit.findings} == {"unchecked"}  # its run is not there
