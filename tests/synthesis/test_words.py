"""The form's own words: catalogues whole and in step with the code, spoken in every language, thread and run."""

from __future__ import annotations

import ast
import string
import threading
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest
from babel.messages.pofile import read_po
from hypothesis import given, settings
from hypothesis import strategies as st
from small_tools import PAPERS, QUESTION, BrokenSource, MemorySource, make_small_tools

from synthesis import api, bases, catalogues, earlier, filtering, full_texts, papers, standing, terms
from synthesis.cli import main
from synthesis.commands.options import make_config
from synthesis.config import Config, PassageConfig, ReportConfig
from synthesis.errors import UsageError
from synthesis.evidence import gather_evidence
from synthesis.jobs import RunClock, compute_again, make_request, make_verification, run_job
from synthesis.passages import split_papers
from synthesis.records import (
    NO_ANSWER,
    AspectKind,
    Candidate,
    Claim,
    Coverage,
    FindingKind,
    How,
    Label,
    Notice,
    ReportedResult,
    SearchQuery,
    Side,
    Tier,
)
from synthesis.rendering import render
from synthesis.review.reviewers import default_panel
from synthesis.statements import verification_title
from synthesis.store import Home
from synthesis.tables import read_claims
from synthesis.text_flags import flag_words
from synthesis.threads import DaemonPool
from synthesis.verifications import verification_of
from synthesis.web.page_words import STAGES
from synthesis.wording import LANGUAGES, say, say_n, speaking, spoken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from babel.messages.catalog import Catalog, Message

    from synthesis.records import Record, Report, Statement

ROOT = Path(__file__).parents[2]
CLOCK = RunClock(datetime(2026, 11, 21, 12, 0, tzinfo=UTC), pinned=True)
TRANSLATED = catalogues.TRANSLATED
_FIELDS = string.Formatter()


@cache
def _extracted() -> Catalog:
    return catalogues.extract()


def _template() -> Catalog:
    with (catalogues.LOCALE / "synthesis.pot").open("rb") as handle:
        return read_po(handle)


def _messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def _ids(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def _strings(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in _FIELDS.parse(text) if name is not None}


TEMPLATE = _messages(_template())


# --------------------------------------------------------------------------- catalogues


def test_the_catalogues_are_in_step_with_the_code() -> None:
    """Every literal of say and say_n in code and templates is in the .pot, and nothing else is."""
    said = {_ids(message) for message in _messages(_extracted())}
    assert said == {_ids(message) for message in TEMPLATE}, "run: python -m synthesis.catalogues"


class _Speaking(ast.NodeVisitor):
    """The calls of say and say_n in a module, each with whether it runs when the module is imported."""

    def __init__(self) -> None:
        self.calls: list[tuple[ast.Call, bool]] = []
        self._depth = 0

    def visit(self, node: ast.AST) -> None:
        """Down the tree, functions counted."""
        later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"say", "say_n"}
        ):
            self.calls.append((node, not self._depth))
        self._depth += later
        self.generic_visit(node)
        self._depth -= later


def test_words_stand_in_calls_that_are_made_when_the_language_is_known() -> None:
    """What is said is a literal, which can be taken into the catalogues (text_flags takes its own), never at import."""
    for path in sorted((ROOT / "synthesis").rglob("*.py")):
        speaking_calls = _Speaking()
        speaking_calls.visit(ast.parse(path.read_text(encoding="utf-8")))
        for call, at_import in speaking_calls.calls:
            words = call.args[: 1 if call.func.id == "say" else 2]  # type: ignore[attr-defined]
            literal = all(isinstance(word, ast.Constant) and isinstance(word.value, str) for word in words)
            assert literal or path.name == "text_flags.py", f"{path}:{call.lineno}"
            assert not at_import, f"{path}:{call.lineno}"


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_is_whole(language: str) -> None:
    """Each language has every word, none fuzzy, in as many plural forms as the language has."""
    with catalogues.po_path(language).open("rb") as handle:
        catalogue = read_po(handle, locale=language)
    assert {_ids(m) for m in _messages(catalogue)} == {_ids(m) for m in TEMPLATE}
    assert list(catalogues.missing(catalogue)) == []
    assert not [m.id for m in _messages(catalogue) if m.fuzzy]
    assert not list(catalogue.obsolete)


@pytest.mark.parametrize("language", TRANSLATED)
def test_places_are_kept(language: str) -> None:
    """A translation has the places of its original, in every plural form; the number may be left out of none but it."""
    for message in _messages(catalogues.read(language)):
        wanted = set().union(*map(_names, _ids(message)))
        for text in _strings(message):
            assert _names(text) - {"n"} == wanted - {"n"}, (language, message.id, text)
            assert _names(text) <= wanted, (language, message.id, text)
            if all("n" in _names(original) for original in _ids(message)):
                assert "n" in _names(text), (language, message.id, text)


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_compiled_catalogue_is_that_of_its_source(language: str) -> None:
    """The .mo is what compiling the .po gives, byte for byte, and both are what the tool would write."""
    path = catalogues.po_path(language)
    catalogue = catalogues.update(language, _template())
    assert path.read_bytes() == catalogues.po_bytes(catalogue), "run: python -m synthesis.catalogues"
    assert path.with_suffix(".mo").read_bytes() == catalogues.mo_bytes(catalogue)


def test_catalogues_hold_neither_dates_nor_places() -> None:
    """A catalogue made tomorrow, elsewhere, of the same words has the same bytes."""
    for path in sorted(catalogues.LOCALE.rglob("*.po*")):
        text = path.read_text(encoding="utf-8")
        assert "Date" not in text.split("\n\n", 2)[1]
        assert "#:" not in text
        assert "Babel" not in text


# --------------------------------------------------------------------------- saying


@st.composite
def _said(draw: st.DrawFn) -> tuple[tuple[str, ...], dict[str, Any], int]:
    """A message with values for its places; a place with a format of numbers gets a number."""
    ids = _ids(draw(st.sampled_from(TEMPLATE)))
    specs: dict[str, str] = {}
    for text in ids:
        specs |= {name: spec or "" for _, name, spec, _ in _FIELDS.parse(text) if name is not None}
    values: dict[str, Any] = {}
    for name, spec in specs.items():
        if name != "n" or len(ids) == 1:
            number = st.integers(0, 10**9) if spec in {",", "d"} else st.floats(0, 1)
            values[name] = draw(number if spec else st.one_of(st.text(max_size=20), st.integers(0, 999)))
    return ids, values, draw(st.integers(0, 250))


@settings(deadline=None, max_examples=200)
@given(said=_said(), language=st.sampled_from(tuple(LANGUAGES)))
def test_any_message_can_be_said_with_any_values(
    said: tuple[tuple[str, ...], dict[str, Any], int], language: str
) -> None:
    """No message raises in any language, whatever fills its places, braces included; and what fills them shows."""
    ids, values, n = said
    with speaking(language):
        text = say_n(*ids, n, **values) if len(ids) > 1 else say(*ids, **values)
    assert text
    assert all(value in text for value in values.values() if isinstance(value, str))


@given(said=_said())
def test_english_is_what_stands_in_the_code(said: tuple[tuple[str, ...], dict[str, Any], int]) -> None:
    """Without a language, words are said as they are written."""
    ids, values, n = said
    if len(ids) == 1:
        assert say(ids[0], **values) == (ids[0].format(**values) if values else ids[0])
    else:
        assert say_n(*ids, n, **values) == ids[n != 1].format(n=n, **values)


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (0, "0 مجموعة مستقلة"),
        (1, "مجموعة مستقلة واحدة (1)"),
        (2, "مجموعتان مستقلتان (2)"),
        (7, "7 مجموعات مستقلة"),
        (11, "11 مجموعة مستقلة"),
        (100, "100 مجموعة مستقلة"),
        (103, "103 مجموعات مستقلة"),
    ],
)
def test_arabic_has_six_plurals(n: int, words: str) -> None:
    """A noun after a number takes the form that the number asks for."""
    with speaking("ar"):
        assert say_n("{n} independent group", "{n} independent groups", n) == words


def test_an_unknown_language_is_refused() -> None:
    """The message names the languages that there are."""
    with pytest.raises(UsageError, match=r"es \(Español\)"), speaking("xx"):
        pass


def _literals(record: type[Record], field: str) -> tuple[str, ...]:
    return get_args(record.model_fields[field].annotation)


def _reasons() -> set[str]:
    """The reasons that the code gives, by the names of the constants and the functions that hold them."""
    found = {earlier.RETRACTED, standing.GONE, bases.LEFT_OUT, NO_ANSWER, full_texts.NO_TEXT}
    found |= {full_texts.NO_COPY, full_texts.NOT_READABLE}
    for module, function in ((papers, "_why_not"), (filtering, "why_filtered")):
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        (body,) = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == function)
        returned = (n.value for n in ast.walk(body) if isinstance(n, ast.Return))
        found |= {n.value for n in returned if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return found


def test_values_of_records_have_words_in_every_language(told: dict[str, Report]) -> None:
    """Every value that the code compares is said in other words in Arabic; what is not the form's own stays."""
    values: dict[Callable[[str], str], Iterable[str]] = {
        terms.side_words: get_args(Side),
        terms.aspect_words: get_args(AspectKind),
        terms.tier_words: get_args(Tier),
        terms.finding_words: get_args(FindingKind),
        terms.how_words: get_args(How),
        terms.covered_words: _literals(Coverage, "covered"),
        terms.kind_words: _literals(Claim, "kind"),
        terms.relation_words: _literals(ReportedResult, "relation"),
        terms.origin_words: _literals(SearchQuery, "origin"),
        terms.notice_words: _literals(Notice, "kind"),
        terms.fact_words: ("title", "authors", "year"),
        terms.reason_words: _reasons(),
        terms.dimension_words: [s.dimension for s in told["en"].review.reviewers[0].scores],
        terms.reviewer_words: [reviewer.name for reviewer in default_panel()],
        terms.stage_words: STAGES,
        terms.source_words: ("named by the user",),
    }
    for words, known in values.items():
        assert known
        for value in known:
            with speaking("ar"):
                assert words(value) != value, (words.__name__, value)
                assert words("of a plug-in") == "of a plug-in"
            assert words(value) == {"loads": "load-bearing papers"}.get(value, value)
    for language in LANGUAGES:
        with speaking(language):
            assert len({terms.label_words(label) for label in Label}) == len(Label)
            assert len({terms.label_name(label) for label in Label}) == len(Label)


def test_a_flag_of_a_library_is_said_in_the_spoken_language() -> None:
    """What a reader noted in English, counts included, is shown in the language of the report."""
    with speaking("de"):
        assert flag_words("only 3 of 12 pages were read") == "nur 3 von 12 Seiten wurden gelesen"
        assert flag_words("a flag of tomorrow") == "a flag of tomorrow"
        assert terms.note_words("claim: 80 %, evidence: 0.72") == "Behauptung: 80 %, Beleg: 0.72"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_verification_is_not_verified_by_name_twice(language: str) -> None:
    """The title of a verification's verification is that of the verification."""
    with speaking(language):
        title = verification_title("claims.csv")
        assert "claims.csv" in title != "claims.csv"
        assert verification_title(title) == title


# --------------------------------------------------------------------------- threads


def test_threads_of_a_pool_speak_the_language_of_whoever_asks() -> None:
    """A call runs in the language in which it was submitted, though a thread serves many."""
    with DaemonPool(2) as pool:
        asked = []
        for language in list(LANGUAGES) * 5:
            with speaking(language):
                asked.append((language, pool.submit(spoken)))
        assert [future.result() for _, future in asked] == [language for language, _ in asked]


def test_two_threads_do_not_disturb_each_other() -> None:
    """Two jobs in one process, each in its own language, speak it to the end."""
    heard: dict[str, set[str]] = {"de": set(), "zh": set()}
    meeting = threading.Barrier(2)

    def speak(language: str) -> None:
        with speaking(language):
            for _ in range(100):
                meeting.wait()
                heard[language].add(say("Claim"))

    threads = [threading.Thread(target=speak, args=(language,)) for language in heard]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == {"de": {"Behauptung"}, "zh": {"论断"}}
    assert say("Claim") == "Claim"


# --------------------------------------------------------------------------- a whole report


def _report(folder: Path, language: str) -> Report:
    sources = (MemorySource("memory", PAPERS), BrokenSource("broken", good=1))
    config = Config(report=ReportConfig(language=language))
    request = make_request(QUESTION, sources, ["arxiv:2401.00001"])
    home = Home(folder / language).prepare()
    return run_job(home, request, make_small_tools(sources), config, CLOCK, ()).report


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """The same report in English and in Arabic."""
    folder = tmp_path_factory.mktemp("words")
    return {language: _report(folder, language) for language in ("en", "ar")}


def _own_words(report: Report) -> dict[str, str]:
    """Every text of a report that is the form's own, by its place; empty ones left out."""
    methodology, answer, review = report.methodology, report.answer, report.review

    def said(name: str, statements: tuple[Statement, ...]) -> dict[str, str]:
        return {f"{name} {i}": s.text for i, s in enumerate(statements) if s.quote is None}

    texts = {
        **said("abstract", report.abstract),
        **said("introduction", report.introduction),
        **said("methodology", methodology.statements),
        **said("results", report.results),
        **said("limitations", report.limitations),
        **{f"lost {i}": text for i, text in enumerate(methodology.lost)},
        **{f"group {i}": group.heading for i, group in enumerate(answer.groups)},
        **{f"part {i}": part.note for i, part in enumerate(answer.parts)},
        **{f"gap {i}": gap for i, gap in enumerate(answer.gaps)},
        **{f"reason {claim.number}": claim.reason for claim in report.claims},
        **{f"note {c.number}": n for c in report.claims for e in c.evidence for n in e.notes},
        **{f"shortfall {i}": text for i, text in enumerate(review.shortfalls)},
        **{
            f"fact {r.reviewer} {s.dimension} {i}": fact
            for r in review.reviewers
            for s in r.scores
            for i, fact in enumerate(s.facts)
        },
        **{f"compared {i}": c.note for i, c in enumerate(report.comparisons)},
    }
    if answer.hypothesis:
        texts["hypothesis"] = answer.hypothesis.note
    return {place: text for place, text in texts.items() if text}


def test_no_english_sentence_of_the_form_is_left(told: dict[str, Report]) -> None:
    """A report in Arabic says nothing of its own in English: every template sentence differs, quotes do not."""
    english, arabic = _own_words(told["en"]), _own_words(told["ar"])
    assert len(english) > 60
    assert english.keys() == arabic.keys()
    assert [place for place in english if english[place] == arabic[place]] == []
    assert all(any("\u0600" <= letter <= "\u06ff" for letter in text) for text in arabic.values())
    assert [c.text for c in told["ar"].claims] == [c.text for c in told["en"].claims]
    assert [c.label for c in told["ar"].claims] == [c.label for c in told["en"].claims]


def test_a_report_says_in_which_language_it_speaks(told: dict[str, Report]) -> None:
    """The language is kept with the report; English, which it is without a word, is not."""
    assert told["ar"].language == "ar"
    assert '"language"' not in told["en"].model_dump_json(include={"language"})


def test_values_that_code_compares_stay_as_they_are(told: dict[str, Report]) -> None:
    """Reasons of exclusion, dimensions and origins are the same in the record of either language."""
    for english, arabic in zip(*(_values(told[language]) for language in ("en", "ar")), strict=True):
        assert english == arabic


def _values(report: Report) -> list[object]:
    return [
        report.methodology.flow,
        [query.origin for query in report.methodology.queries],
        [score.dimension for r in report.review.reviewers for score in r.scores],
        report.review.tier,
        [group.side for group in report.answer.groups],
        [claim.kind for claim in report.claims],
    ]


def test_the_log_of_a_search_speaks_the_language_of_the_report(told: dict[str, Report]) -> None:
    """What a source's own thread adds to the log is said in the report's language."""
    (lost,) = told["ar"].methodology.lost
    assert "429 Too Many Requests" in lost
    assert "من الاستعلامات" in lost


def test_a_report_replayed_speaks_its_language_to_the_byte(tmp_path: Path) -> None:
    """A run in Spanish, computed again by a process that speaks English, gives the same report in the same bytes."""
    sources = (MemorySource("memory", PAPERS), BrokenSource("broken", good=1))
    tools = make_small_tools(sources)
    config = Config(report=ReportConfig(language="es"))
    home = Home(tmp_path).prepare()
    done = run_job(home, make_request(QUESTION, sources), tools, config, CLOCK, ("md", "html"))
    (tmp_path / "again").mkdir()
    _, again = compute_again(done.run, tmp_path / "again", tools)
    assert again == done.report
    assert again.language == "es"
    for fmt in ("md", "html"):
        assert render(again, fmt) == done.outputs[f"report.{fmt}"]


def test_a_run_taken_up_again_speaks_the_language_of_its_order(tmp_path: Path) -> None:
    """A job that broke off goes on in its own language; the same question in another language is another job."""

    def report(language: str, *, breaks: bool) -> Any:
        def on_stage(name: str) -> None:
            if breaks and name == "verdicts":
                raise KeyboardInterrupt

        request = make_request(QUESTION, make_small_tools().sources)
        config = Config(report=ReportConfig(language=language))
        return run_job(home, request, make_small_tools(), config, CLOCK, (), on_stage=on_stage)

    home = Home(tmp_path).prepare()
    with pytest.raises(KeyboardInterrupt):
        report("de", breaks=True)
    assert not report("en", breaks=False).resumed
    done = report("de", breaks=False)
    assert done.resumed
    assert any(s.text.endswith("Arbeiten gefunden.") for s in done.report.results)


@pytest.mark.parametrize("command", ["report", "verify"])
def test_a_command_refuses_a_language_without_words(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--report-language with an unknown code is wrong usage."""
    (tmp_path / "claims.csv").write_text("claim\nHybrid batches help.\n", encoding="utf-8")
    about = QUESTION if command == "report" else str(tmp_path / "claims.csv")
    with pytest.raises(SystemExit) as ended:
        main([command, about, "--source", "demo", "--report-language", "xx", "--home", str(tmp_path)])
    assert ended.value.code == 2
    assert "no words in the language 'xx'" in capsys.readouterr().err


def test_settings_refuse_a_language_without_words(tmp_path: Path) -> None:
    """A settings file cannot ask for it either; it is said before anything is searched."""
    path = tmp_path / "settings.toml"
    path.write_text('[report]\nlanguage = "xx"\n', encoding="utf-8")
    with pytest.raises(UsageError, match="no words in the language"):
        make_config(path, {})
    assert make_config(path, {"report": {"language": "ar"}}).report.language == "ar"


def test_the_api_refuses_a_language_without_words(tmp_path: Path) -> None:
    """api.report takes the language of the report's words, and checks it."""
    with pytest.raises(UsageError, match="no words in the language"):
        api.report(QUESTION, sources=["demo"], home=tmp_path, language="xx")


def test_a_verification_is_titled_in_its_language(tmp_path: Path) -> None:
    """A claim table comes back under a title in the language that was asked for."""
    path = tmp_path / "claims.csv"
    path.write_text("claim\nHybrid batches help.\n", encoding="utf-8")
    assert verification_of(read_claims(path), path.name, "es").title == "Verificación de claims.csv"
    assert verification_of(read_claims(path), path.name, "en").title == "Verification of claims.csv"


def test_a_verification_speaks_its_language(tmp_path: Path) -> None:
    """Handed-in claims are counted and reasoned about in the language that was asked for."""
    request = make_verification(["Hybrid batches reduce language bias by 30 percent."], "t")
    config = Config(report=ReportConfig(language="fr"))
    home = Home(tmp_path).prepare()
    report = run_job(home, request, make_small_tools(), config, CLOCK, ()).report
    assert any(s.text.startswith("1 affirmation remise ;".replace(" ;", "\u00a0;")) for s in report.results)
    assert "autre" in report.claims[0].reason


def test_what_the_judge_remarks_is_said_in_the_spoken_language() -> None:
    """Notes on numbers in the evidence are in the language of the report."""
    tools = make_small_tools()
    passages = tuple(split_papers([PAPERS[1]], PassageConfig(), {}))
    claim = Claim(
        claim_id="C1", text="Hybrid batches reduce language bias in multilingual retrieval by 45 percent."
    )
    candidate = Candidate(claim_id="C1", passage_id=passages[0].passage_id, rank=1, relevance=1.0)
    papers = {PAPERS[1].paper_id: PAPERS[1]}
    with speaking("hi"):
        (evidence,) = gather_evidence([claim], papers, passages, [candidate], tools.judge, tools.calibrator)
    assert evidence.notes == ("दावा: 45, साक्ष्य: none",)
