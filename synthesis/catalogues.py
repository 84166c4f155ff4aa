"""The catalogues of the form's words: taken from code and templates, brought up to date, compiled.

``python -m synthesis.catalogues`` writes ``locale/synthesis.pot``, and for each language the ``.po`` (translations that
it holds are kept, words that are no longer said go) and the ``.mo``, then says how many words lack a translation. For
developers: it needs Babel and a checkout; at run time the standard library reads the ``.mo``. The same words give the
same bytes: no dates, no line numbers, sorted.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from synthesis.wording import DEFAULT, LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parents[1]
LOCALE = Path(__file__).parent / "locale"
TRANSLATED = tuple(language for language in LANGUAGES if language != DEFAULT)
# Function → which of its arguments are words; ``_template`` is that of ``text_flags``.
KEYWORDS = {"say": (1,), "say_n": (1, 2), "_template": (1,)}


class _Undated(Catalog):
    """A catalogue whose header holds neither a date nor the version of a tool."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """The lines of the header."""
        headers = [
            ("Project-Id-Version", "Synthesis"),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]
        if self.locale is None:
            return headers
        return [*headers, ("Language", str(self.locale)), ("Plural-Forms", self.plural_forms)]


def _empty(language: str | None) -> Catalog:
    return _Undated(locale=language, charset="utf-8", fuzzy=False, header_comment="")


def extract(root: Path = ROOT) -> Catalog:
    """The words that code and templates under ``root`` say, untranslated, sorted."""
    with (root / "babel.cfg").open(encoding="utf-8") as handle:
        methods, options = parse_mapping_cfg(handle)  # type: ignore[no-untyped-call]
    found = extract_from_dir(str(root), methods, options, keywords=KEYWORDS, comment_tags=())
    template = _empty(None)
    for words in sorted(_key(message) for _, _, message, *_ in found):
        template.add(words[0] if len(words) == 1 else words)
    return template


def _key(words: str | Iterable[str] | None) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words or ())


def po_path(language: str, locale: Path = LOCALE) -> Path:
    """Where the translations into a language stand."""
    return locale / language / "LC_MESSAGES" / "synthesis.po"


def read(language: str, locale: Path = LOCALE) -> Catalog:
    """The translations into a language; an empty catalogue where there are none yet."""
    catalogue, path = _empty(language), po_path(language, locale)
    if path.is_file():
        for message in read_po(io.BytesIO(path.read_bytes()), locale=language):
            if message.id:
                catalogue.add(message.id, message.string)
    return catalogue


def update(language: str, template: Catalog, locale: Path = LOCALE) -> Catalog:
    """The words of ``template`` with the translations that are known."""
    known, catalogue = read(language, locale), _empty(language)
    for message in template:
        if message.id:
            before = known.get(message.id)
            keeps = before is not None and before.pluralizable == message.pluralizable
            catalogue.add(message.id, before.string if before and keeps else "")
    return catalogue


def po_bytes(catalogue: Catalog) -> bytes:
    """A catalogue as the text that translators edit."""
    out = io.BytesIO()
    write_po(out, catalogue, width=100, no_location=True, omit_header=False)
    return out.getvalue().lstrip(b"\n")


def mo_bytes(catalogue: Catalog) -> bytes:
    """A catalogue as gettext reads it."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def missing(catalogue: Catalog) -> Iterator[str]:
    """The words without a translation, or without one of its plural forms."""
    for message in catalogue:
        strings = _key(message.string)
        wanted = catalogue.num_plurals if message.pluralizable else 1
        if message.id and (not all(strings) or len(strings) != wanted):
            yield _key(message.id)[0]


@click.command()
@click.option("--show", is_flag=True, help="Print the words that lack a translation.")
def main(*, show: bool) -> None:
    """Bring the catalogues of the form's words up to date with the code."""
    template = extract()
    LOCALE.mkdir(exist_ok=True)
    (LOCALE / "synthesis.pot").write_bytes(po_bytes(template))
    for language in TRANSLATED:
        catalogue = update(language, template)
        path = po_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(po_bytes(catalogue))
        path.with_suffix(".mo").write_bytes(mo_bytes(catalogue))
        lacking = list(missing(catalogue))
        click.echo(f"{language}: {len(lacking)} of {len(template)} words lack a translation")
        for words in lacking if show else ():
            click.echo(f"  {words}")


if __name__ == "__main__":
    main()
