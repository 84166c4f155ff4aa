"""All formats: one report, one sequence of bytes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from report_factory import example_report, interrogated_report

from synthesis.errors import UsageError
from synthesis.rendering import EXTRAS, FORMATS, render


@pytest.mark.parametrize("fmt", [*FORMATS, *EXTRAS])
def test_same_report_same_bytes_everywhere(fmt):
    """Another process, with another hash seed, time zone and number of threads, writes the same bytes."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\nfrom report_factory import example_report, interrogated_report\n"
        "from synthesis.rendering import render\n"
        "for report in (example_report(), interrogated_report('ar')):\n"
        "    sys.stdout.buffer.write(render(report, sys.argv[2]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parent), fmt],
        env={**os.environ, "PYTHONHASHSEED": "12345", "TZ": "Asia/Tokyo", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        check=True,
    )
    assert done.stdout == render(example_report(), fmt) + render(interrogated_report("ar"), fmt)


def test_an_unknown_format_suggests_the_right_one():
    """A typo names the format that may have been meant, and all others."""
    with pytest.raises(UsageError, match='Did you mean "docx"'):
        render(example_report(), "dcox")
