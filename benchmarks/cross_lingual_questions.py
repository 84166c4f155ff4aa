"""One question asked in seven languages over English papers: how many of the papers found in English are found again.

    python benchmarks/cross_lingual_questions.py [--home DIR]

Each question goes through the stages of a report up to the screened papers, offline, over the library (mostly English).
The papers kept for the English question are the measure; beside it, in the same run, the same stages without readings
(words only), which is what a search by terms finds. Needs ../shared/data. Writes
benchmarks/results/cross_lingual_questions.json.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from measured import provenance
from seed_questions import LIBRARY

from synthesis.assembly import make_tools
from synthesis.config import Config
from synthesis.request import Request, Tools
from synthesis.source_choice import Network, SourceChoice, choose_sources
from synthesis.stages import Stages
from synthesis.store import Home, Manifest, Run

if TYPE_CHECKING:
    from synthesis.records import Paper

# The same question in each language; translated for this benchmark.
QUESTIONS = {
    "hybrid batches": {
        "en": "Does hybrid batch training improve multilingual retrieval and reduce language bias?",
        "es": "¿Mejora el entrenamiento con lotes híbridos la recuperación multilingüe y reduce el sesgo lingüístico?",
        "de": "Verbessert das Training mit hybriden Stapeln die mehrsprachige Suche und verringert es den Sprachbias?",
        "fr": "L'entraînement par lots hybrides améliore-t-il la recherche multilingue et réduit-il le biais linguistique ?",
        "zh": "混合批次训练能否改善多语言检索并减少语言偏差？",
        "ar": "هل يحسن التدريب بالدفعات الهجينة الاسترجاع متعدد اللغات ويقلل التحيز اللغوي؟",
        "hi": "क्या हाइब्रिड बैच प्रशिक्षण बहुभाषी पुनर्प्राप्ति को बेहतर बनाता है और भाषा पूर्वाग्रह कम करता है?",
    },
    "hallucination": {
        "en": "Does retrieval augmentation reduce hallucination of large language models?",
        "es": "¿Reduce la generación aumentada por recuperación las alucinaciones de los grandes modelos de lenguaje?",
        "de": "Verringert Retrieval-Augmentierung die Halluzinationen großer Sprachmodelle?",
        "fr": "La génération augmentée par récupération réduit-elle les hallucinations des grands modèles de langue ?",
        "zh": "检索增强是否减少大型语言模型的幻觉？",
        "ar": "هل يقلل التوليد المعزز بالاسترجاع من هلوسة النماذج اللغوية الكبيرة؟",
        "hi": "क्या पुनर्प्राप्ति संवर्धन बड़े भाषा मॉडलों के मतिभ्रम को कम करता है?",
    },
    "speech translation": {
        "en": "Does pre-training help end-to-end speech translation for low-resource languages?",
        "es": "¿Ayuda el preentrenamiento a la traducción de voz de extremo a extremo en lenguas con pocos recursos?",
        "de": "Hilft Vortraining der Ende-zu-Ende-Sprachübersetzung für ressourcenarme Sprachen?",
        "fr": "Le pré-entraînement aide-t-il la traduction de la parole de bout en bout pour les langues peu dotées ?",
        "zh": "预训练是否有助于低资源语言的端到端语音翻译？",
        "ar": "هل يساعد التدريب المسبق في ترجمة الكلام من طرف إلى طرف للغات قليلة الموارد؟",
        "hi": "क्या पूर्व-प्रशिक्षण कम संसाधन वाली भाषाओं के लिए एंड-टू-एंड वाक् अनुवाद में मदद करता है?",
    },
}


def papers_for(question: str, tools: Tools) -> tuple[list[Paper], list[str], float]:
    """The papers kept for a question, the phrases it was read as, and the seconds that took."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        manifest = Manifest(
            run_id="r",
            version="0",
            clock="2026-11-21T00:00:00Z",
            request_sha256="",
            judge="",
            calibrator="",
            ranker="",
        )
        run = Run.create(Path(folder) / "run", manifest)
        job = Stages(Request(question=question, title="t"), tools, Config(), run, lambda _: None)
        queries = job.queries()
        found = job.search(queries)
        queries, found = job.search_meaning(queries, found)
        readings = job.readings(queries, found)
        queries, found = job.search_readings(queries, found, readings)
        topics = job.topics(readings)
        examined = job.examined(queries, found, topics)
        queries, found = job.search_similar(queries, found, examined)
        screened = job.screen(topics, queries, found, examined)
    phrases = [phrase for reading in readings for phrase in reading.phrases]
    return [p.paper for p in screened.papers], phrases, time.perf_counter() - start


def main() -> None:
    """Ask all questions, with readings and without, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="keep the indexed library here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = Home(options.home or Path(scratch)).prepare()
        choice = SourceChoice(libraries=tuple(map(str, LIBRARY)), offline=True)
        tools = make_tools(choose_sources(home, choice, Network(home)))
        plain = Tools(**{name: getattr(tools, name) for name in Tools.__slots__} | {"meaning": None})
        rows = []
        for topic, asked in QUESTIONS.items():
            wanted = {p.paper_id for p in papers_for(asked["en"], tools)[0]}
            for language, question in asked.items():
                kept, phrases, seconds = papers_for(question, tools)
                by_words, _, _ = papers_for(question, plain)
                row = {
                    "topic": topic,
                    "language": language,
                    "wanted": len(wanted),
                    "found": len(wanted & {p.paper_id for p in kept}),
                    "found_by_words": len(wanted & {p.paper_id for p in by_words}),
                    "first": kept[0].title if kept else None,
                    "read_as": phrases,
                    "seconds": round(seconds, 1),
                }
                rows.append(row)
                print(json.dumps(row, ensure_ascii=False), flush=True)
    out = Path(__file__).parent / "results" / "cross_lingual_questions.json"
    out.write_text(
        json.dumps(
            {"rows": rows, **provenance("python benchmarks/cross_lingual_questions.py")},
            indent=2,
            ensure_ascii=False,
        )
        + "\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
