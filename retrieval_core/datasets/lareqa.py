"""XQuAD-R and MLQA-R (LAReQA, Roy et al. 2020): a folder of LANG.json, SQuAD-form with ``sentence_breaks``.

Candidates are all sentences of all paragraphs. Relevant for a question is the sentence in which its answer begins,
in every language that has the question: 11 in XQuAD-R, 2 to 4 in MLQA-R.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval_core.datasets.languages import language_code
from retrieval_core.datasets.questions import Context, Question, retrieval_set
from retrieval_core.datasets.squad import context_of, questions_of, read_wire
from retrieval_core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from retrieval_core.records import RetrievalSet


def load_lareqa(folder: Path, name: str, languages: Sequence[str] | None = None) -> RetrievalSet:
    """The set; ids are "LANG:QUESTION" and "LANG:ARTICLE-PARAGRAPH-SENTENCE".

    ``languages``: only these. Raises ``InputError`` naming the folder, file or paragraph.
    """
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    chosen = {path.stem: path for path in files if languages is None or path.stem in languages}
    missing = sorted(set(languages or ()) - chosen.keys())
    if missing or not chosen:
        what = f"no {', '.join(missing)}" if missing else "no language"
        raise InputError(
            f"{folder} holds {what}; expected a folder of LANG.json, one file a language (en.json …)."
        )
    contexts: list[Context] = []
    questions: list[Question] = []
    for stem, path in chosen.items():
        language = _language(path, stem)
        for a, article in enumerate(read_wire(path).data):
            for p, paragraph in enumerate(article.paragraphs):
                if paragraph.sentence_breaks is None:
                    raise InputError(
                        f"{path}: data.{a}.paragraphs.{p} has no sentence_breaks; is this the LAReQA version (the"
                        " plain XQuAD and MLQA have none)?"
                    )
                context = context_of(paragraph, f"{language}:{a}-{p}", language)
                contexts.append(context)
                questions.extend(questions_of(paragraph, context, language, f"{language}:"))
    return retrieval_set(name, contexts, questions)


def _language(path: Path, stem: str) -> str:
    try:
        return language_code(stem)
    except ValueError as error:
        raise InputError(f"{path}: {error}; files are named by language (en.json).") from error
