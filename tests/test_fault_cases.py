"""Which tests hold the fault and abuse cases of networks (1–20), of parsing (21–36) and of the local page (68–73)."""

import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
_NAMED = re.compile(r"\bcases? (\d{1,2}(?:(?:, | and |–)\d{1,2})*)", re.IGNORECASE)


def _cases(docstring):
    """The numbers that a docstring names: "Case 4", "Cases 6 and 8", "cases 15–18"."""
    for named in _NAMED.findall(docstring):
        for part in re.split(r", | and ", named):
            first, _, last = part.partition("–")
            yield from range(int(first), int(last or first) + 1)


@cache
def holders_by_case():
    """Case → "file::test" of every test whose docstring names it."""
    found = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for case in _cases(ast.get_docstring(node) or ""):
                    found.setdefault(case, []).append(f"{path.name}::{node.name}")
    return found


@pytest.mark.parametrize("case", [*range(1, 37), *range(68, 74)])
def test_every_case_has_a_test(case):
    """Each case of networks, parsing and the local page is named by a test that holds it."""
    assert holders_by_case().get(case), f"no test names case {case}"


if __name__ == "__main__":  # the table: python tests/test_fault_cases.py
    for number, names in sorted(holders_by_case().items()):
        sys.stdout.write(f"{number}: {', '.join(names)}\n")
