"""Which scripts a machine can set: typst carries fonts for Latin, Greek and Cyrillic, others need Noto."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import typst

if TYPE_CHECKING:
    from collections.abc import Iterable


class Script(NamedTuple):
    """A script, its letters, the families that set it (best first), and Debian's package for them."""

    name: str
    letters: re.Pattern[str]
    families: tuple[str, ...]
    package: str


SCRIPTS = (
    Script(
        "Arabic",
        re.compile("[\u0600-\u06ff\u0750-\u077f]"),
        ("Noto Naskh Arabic", "Noto Sans Arabic"),
        "fonts-noto-core",
    ),
    Script(
        "Hebrew", re.compile("[\u0590-\u05ff]"), ("Noto Serif Hebrew", "Noto Sans Hebrew"), "fonts-noto-core"
    ),
    Script(
        "Devanagari",
        re.compile("[\u0900-\u097f]"),
        ("Noto Serif Devanagari", "Noto Sans Devanagari"),
        "fonts-noto-core",
    ),
    Script(
        "Bengali",
        re.compile("[\u0980-\u09ff]"),
        ("Noto Serif Bengali", "Noto Sans Bengali"),
        "fonts-noto-core",
    ),
    Script(
        "Tamil", re.compile("[\u0b80-\u0bff]"), ("Noto Serif Tamil", "Noto Sans Tamil"), "fonts-noto-core"
    ),
    Script(
        "Telugu", re.compile("[\u0c00-\u0c7f]"), ("Noto Serif Telugu", "Noto Sans Telugu"), "fonts-noto-core"
    ),
    Script("Thai", re.compile("[\u0e01-\u0e5b]"), ("Noto Serif Thai", "Noto Sans Thai"), "fonts-noto-core"),
    Script(
        "Japanese", re.compile("[\u3041-\u30ff]"), ("Noto Serif CJK JP", "Noto Sans CJK JP"), "fonts-noto-cjk"
    ),
    Script(
        "Korean", re.compile("[\uac00-\ud7a3]"), ("Noto Serif CJK KR", "Noto Sans CJK KR"), "fonts-noto-cjk"
    ),
    Script(
        "Chinese", re.compile("[\u3400-\u9fff]"), ("Noto Serif CJK SC", "Noto Sans CJK SC"), "fonts-noto-cjk"
    ),
)
BODY = "Libertinus Serif"  # carried by typst; Latin, Greek and Cyrillic
# Languages of the form that BODY does not set, each with a letter of its script.
LETTERS = {"ar": "\u0627", "hi": "\u0905", "zh": "\u4e2d"}


@cache
def machine_fonts() -> typst.Fonts:
    """The fonts of this machine and those that typst carries; scanned once a process."""
    return typst.Fonts()


def families(language: str = "en") -> list[str]:
    """The families to set a report in, in the order of preference: those that this machine has.

    Chinese, Japanese and Korean share letters that each draws in its own way, so the form's own script comes first.
    """
    installed = set(machine_fonts().families())
    letter = LETTERS.get(language, "")
    scripts = sorted(SCRIPTS, key=lambda script: not (letter and script.letters.search(letter)))
    wanted = [BODY, *(family for script in scripts for family in script.families), "Noto Sans Symbols2"]
    return [family for family in wanted if family in installed]


def unset_scripts(installed: Iterable[str] | None = None) -> list[Script]:
    """The scripts of the list that no installed family sets; by default, of this machine."""
    have = set(machine_fonts().families() if installed is None else installed)
    return [script for script in SCRIPTS if not have & set(script.families)]


def missing_scripts(texts: Iterable[str], installed: Iterable[str] | None = None) -> list[Script]:
    """The scripts that occur in ``texts`` and that no installed family sets."""
    whole = "\n".join(texts)
    return [script for script in unset_scripts(installed) if script.letters.search(whole)]
