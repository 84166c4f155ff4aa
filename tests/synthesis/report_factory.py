"""Reports for tests of rendering and of reading back: one rich example, and a strategy of valid ones.

The papers are invented and so are their words; DOIs carry the prefix 10.5555, which resolves to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from synthesis.records import (
    Answer,
    AnswerGroup,
    AnswerPart,
    Aspect,
    Calibration,
    Cause,
    Changes,
    Coverage,
    DimensionScore,
    Finding,
    Flow,
    Hypothesis,
    Label,
    Load,
    Measurement,
    Methodology,
    Paper,
    Provenance,
    Quote,
    Reference,
    ReliabilityBin,
    Report,
    ReportedClaim,
    ReportedEvidence,
    ReportedResult,
    ResultComparison,
    Review,
    ReviewerReport,
    Revision,
    SearchLogEntry,
    SearchQuery,
    Section,
    Stance,
    Statement,
    VerdictChange,
    VerdictState,
    text_sha256,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import SearchStrategy

DIMENSIONS = (
    "evidence strength",
    "citation grounding",
    "numerical consistency",
    "benchmark validity",
    "novelty",
    "uncertainty disclosure",
    "reproducibility",
    "safety/impact",
)

QUESTION = (
    "What is the impact of scaling the number of languages in the training batch on the zero-shot retrieval "
    "performance of low-resource languages under hybrid batch training?"
)


# --------------------------------------------------------------------------- papers of the example


def _paper(
    paper_id: str,
    title: str,
    authors: Sequence[str],
    year: int | None,
    *sections: tuple[str, str],
    **facts: object,
) -> Paper:
    return Paper(
        paper_id=paper_id,
        title=title,
        authors=tuple(authors),
        year=year,
        source="demo",
        sections=tuple(Section(title=name, text=text) for name, text in sections),
        **facts,
    )


PAPERS: tuple[Paper, ...] = (
    _paper(
        "arxiv:2401.00011",
        "Mixing Monolingual and Cross-lingual Batches for Zero-shot Retrieval",
        ("Ana Beltrán", "Kofi Mensah", "Łucja Żak"),
        2024,
        (
            "Abstract",
            (
                "We train one dual encoder on batches of two kinds. Mixing both kinds raises mean average precision "
                "by 2.3 points over cross-lingual batches alone on eleven languages. The gap between languages also "
                "shrinks: language bias falls from 41.2 to 28.6 ranks. No target-language pairs are seen in training."
            ),
        ),
        (
            "4 Results",
            (
                "Table 2 lists every pair of languages. Doubling the languages in a batch from 6 to 12 improves "
                "Swahili, Thai and Tamil by 3.1 points on average. Beyond 12 languages we see no further gain. "
                "The effect is the same for both initial encoders."
            ),
        ),
        arxiv_id="2401.00011",
        arxiv_version=2,
        url="https://arxiv.org/abs/2401.00011v2",
    ),
    _paper(
        "doi:10.5555/anthology.2023.17",
        "How Many Languages Fit in a Batch? A Controlled Study",
        ("Mei Tanaka", "Jonas O’Brien"),
        2023,
        (
            "Abstract",
            (
                "We vary the number of languages in a batch from one to twenty-four. Retrieval in low-resource "
                "languages improves steadily up to twelve languages and stays flat afterwards. High-resource "
                "languages lose 0.4 points at most."
            ),
        ),
        venue="Proceedings of an Example Workshop, pp. 17–29",
        doi="10.5555/anthology.2023.17",
        url="https://doi.org/10.5555/anthology.2023.17",
    ),
    _paper(
        "doi:10.5555/curse.2022.4",
        "Capacity & Interference: When More Languages Hurt <Dense> Retrieval",
        ("R. {Braces} Müller", "Sunita Rao"),
        2022,
        (
            "5 Discussion",
            (
                "With a fixed encoder, adding languages beyond six lowers recall for Swahili and Yoruba by 1.8 "
                "points. We read this as interference between scripts. Larger encoders were not tested."
            ),
        ),
        venue="Journal of Example Studies",
        doi="10.5555/curse.2022.4",
        url="https://doi.org/10.5555/curse.2022.4",
    ),
    _paper(
        "doi:10.5555/zh.2021.8",
        "低资源语言的跨语言检索：混合批次训练研究",
        ("王小明", "李华"),
        2021,
        (
            "摘要",
            (
                "本文研究混合批次训练。实验表明，批次中的语言数量从四种增加到十二种时，低资源语言的平均精度提高了2.7个百分点。"
                "超过十二种语言后，提升不再显著。"
            ),
        ),
        venue="示例信息学报",
        doi="10.5555/zh.2021.8",
        url="https://doi.org/10.5555/zh.2021.8",
    ),
    _paper(
        "doi:10.5555/ar.2022.3",
        "أثر عدد اللغات في دفعة التدريب على استرجاع المعلومات",
        ("سلمى حداد", "عمر يوسف"),
        2022,
        (
            "الملخص",
            (
                "ندرس تدريب المشفر على عدة لغات معا. لا تتحسن نتائج اللغات قليلة الموارد عند استعمال أكثر من ست لغات في الدفعة الواحدة. "
                "وقد قيس ذلك على 1190 سؤالا."
            ),
        ),
        venue="مجلة أمثلة اللسانيات الحاسوبية",
        doi="10.5555/ar.2022.3",
        url="https://doi.org/10.5555/ar.2022.3",
    ),
    _paper(
        "doi:10.5555/hi.2023.5",
        "कम संसाधन वाली भाषाओं के लिए बहुभाषी खोज का मूल्यांकन",
        ("अनिता शर्मा", "विक्रम सिंह"),
        2023,
        (
            "सारांश",
            (
                "हमने ग्यारह भाषाओं पर खोज का मूल्यांकन किया। मिश्रित बैचों से हिन्दी में औसत परिशुद्धता 2.9 अंक बढ़ी। "
                "शेष भाषाओं में वृद्धि कम रही।"
            ),
        ),
        doi="10.5555/hi.2023.5",
        url="https://doi.org/10.5555/hi.2023.5",
    ),
    _paper(
        "doi:10.5555/th.2024.1",
        "การค้นคืนข้ามภาษาสำหรับภาษาที่มีทรัพยากรน้อย",
        ("สมชาย ใจดี",),
        2024,
        (
            "บทคัดย่อ",
            (
                "เราฝึกตัวเข้ารหัสด้วยชุดข้อมูลแบบผสม การเพิ่มจำนวนภาษาในแต่ละชุดจากหกเป็นสิบสองภาษาทำให้ผลการค้นคืนภาษาไทยดีขึ้น 3.4 จุด "
                "ผลในภาษาอังกฤษไม่เปลี่ยนแปลง"
            ),
        ),
        doi="10.5555/th.2024.1",
        url="https://doi.org/10.5555/th.2024.1",
    ),
    _paper(
        "title:0f0f0f0f0f0f0f0f",
        "Notes on 100 % Synthetic Batches: a_b, #1 \\ $2 ~ ^3",
        ("Anonymous",),
        None,
        ("Notes", "Synthetic batches were tried once. Nothing was gained, nor lost, within 0.1 points."),
        retracted=True,
    ),
)

_NUMBER = {paper.paper_id: number for number, paper in enumerate(PAPERS, start=1)}


def _quote(paper: Paper, words: str) -> Quote:
    section, start = next((i, s.text.index(words)) for i, s in enumerate(paper.sections) if words in s.text)
    return Quote.of(paper, section, start, start + len(words))


def _evidence(
    paper: Paper,
    words: str,
    stance: Stance,
    confidence: float,
    *notes: str,
    page: int | None = None,
    group: int = 0,
) -> ReportedEvidence:
    quote = _quote(paper, words)
    section = paper.sections[quote.section]
    return ReportedEvidence(
        reference=_NUMBER[paper.paper_id],
        quote=quote,
        before=section.text[: quote.start],
        after=section.text[quote.end :],
        section=section.title,
        page=page,
        stance=stance,
        confidence=confidence,
        notes=notes,
        group=group,
    )


# --------------------------------------------------------------------------- claims of the example

_S, _R, _N = Stance.SUPPORTS, Stance.REFUTES, Stance.NEITHER
_P1, _P2, _P3, _ZH, _AR, _HI, _TH, _SYN = PAPERS
_GAIN = "Mixing both kinds raises mean average precision by 2.3 points over cross-lingual batches alone on eleven languages."
_DOUBLE = "Doubling the languages in a batch from 6 to 12 improves Swahili, Thai and Tamil by 3.1 points on average."
_STEADY = (
    "Retrieval in low-resource languages improves steadily up to twelve languages and stays flat afterwards."
)
_HURT = (
    "With a fixed encoder, adding languages beyond six lowers recall for Swahili and Yoruba by 1.8 points."
)
_ZH_GAIN = "实验表明，批次中的语言数量从四种增加到十二种时，低资源语言的平均精度提高了2.7个百分点。"
_AR_NONE = "لا تتحسن نتائج اللغات قليلة الموارد عند استعمال أكثر من ست لغات في الدفعة الواحدة."
_HI_GAIN = "मिश्रित बैचों से हिन्दी में औसत परिशुद्धता 2.9 अंक बढ़ी।"
_TH_GAIN = "การเพิ่มจำนวนภาษาในแต่ละชุดจากหกเป็นสิบสองภาษาทำให้ผลการค้นคืนภาษาไทยดีขึ้น 3.4 จุด"
_BIAS = "The gap between languages also shrinks: language bias falls from 41.2 to 28.6 ranks."
_NONE_SEEN = "No target-language pairs are seen in training."
_SAME = "The effect is the same for both initial encoders."


def _claim(
    number: int,
    own: tuple[Paper, str] | None,
    label: Label,
    confidence: float,
    evidence: tuple[ReportedEvidence, ...],
    **more: object,
) -> ReportedClaim:
    values: dict[str, object] = {
        "number": number,
        "text": own[1] if own else "",
        "kind": "finding",
        "label": label,
        "leaning": None,
        "verified": label is Label.SUPPORTED,
        "grounded": own is not None,
        "confidence": confidence,
        "reason": "",
        "origin": _evidence(*own, _S, 1.0) if own else None,
        "evidence": evidence,
    }
    return ReportedClaim.model_validate(values | more)


def _example_claims() -> tuple[ReportedClaim, ...]:
    return (
        _claim(
            1,
            (_P1, _DOUBLE),
            Label.CONFLICTING,
            0.74,
            (
                _evidence(_P2, _STEADY, _S, 0.88, page=3, group=1),
                _evidence(_TH, _TH_GAIN, _S, 0.71, "claim: 3.1 points, evidence: 3.4 จุด", group=2),
                _evidence(_P3, _HURT, _R, 0.83, "claim: 3.1 points, evidence: 1.8 points", page=9, group=1),
                _evidence(_HI, _HI_GAIN, _N, 0.12, "claim: 3.1 points, evidence: 2.9 अंक", group=3),
            ),
            kind="number",
            n_papers=6,
            n_groups=3,
            caps=("claim: 3.1 points, evidence: 2.9 अंक",),
            verified=False,
            reason="2 other papers support it, 1 other paper contradicts it",
        ),
        _claim(
            2,
            (_P1, _GAIN),
            Label.SUPPORTED,
            0.91,
            (
                _evidence(_HI, _HI_GAIN, _S, 0.79, "claim: 2.3 points, evidence: 2.9 अंक"),
                _evidence(_ZH, _ZH_GAIN, _S, 0.64),
                _evidence(_SYN, "Synthetic batches were tried once.", _N, 0.97),
            ),
            kind="comparison",
            reason="2 other papers support it, none contradicts it",
        ),
        _claim(
            3,
            (_P1, _BIAS),
            Label.NOT_ENOUGH_INFO,
            0.58,
            (),
            verified=False,
            reason="no passage of another paper speaks of it",
        ),
        _claim(
            4,
            (_ZH, _ZH_GAIN),
            Label.SUPPORTED,
            0.87,
            (_evidence(_P2, _STEADY, _S, 0.86, page=3, group=1), _evidence(_P3, _HURT, _S, 0.6)),
            kind="number",
            n_papers=2,
            n_groups=1,
            reason="1 other paper supports it, none contradicts it",
        ),
        _claim(
            5,
            (_AR, _AR_NONE),
            Label.REFUTED,
            0.82,
            (
                _evidence(_P1, _DOUBLE, _R, 0.84),
                _evidence(_ZH, _ZH_GAIN, _R, 0.69),
                _evidence(_P3, _HURT, _S, 0.52, page=9),
            ),
            verified=False,
            reason="2 other papers contradict it, 1 other paper supports it weakly",
        ),
        _claim(
            6,
            (_HI, _HI_GAIN),
            Label.NOT_ENOUGH_INFO,
            0.61,
            (_evidence(_P1, _GAIN, _S, 0.55),),
            kind="number",
            leaning=Label.SUPPORTED,
            verified=False,
            reason="leans to SUPPORTED, below the threshold 0.70 for a risk of 10 %",
        ),
        _claim(
            7,
            (_TH, _TH_GAIN),
            Label.SUPPORTED,
            0.78,
            (_evidence(_P1, _DOUBLE, _S, 0.81),),
            kind="number",
            reason="1 other paper supports it, none contradicts it",
        ),
        _claim(
            8,
            (_P1, _NONE_SEEN),
            Label.NOT_ENOUGH_INFO,
            0.66,
            (_evidence(_P3, "Larger encoders were not tested.", _N, 0.93),),
            kind="method",
            standalone="Mixing Monolingual and Cross-lingual Batches for Zero-shot Retrieval sees no target-language pairs.",
            verified=False,
            reason="the passages found speak of something else",
        ),
        _claim(
            9,
            None,
            Label.SUPPORTED,
            0.72,
            (_evidence(_P1, _SAME, _S, 0.75),),
            text="The gain | does *not* depend on the `initial` encoder <b>at all</b>.",
            kind="statement",
            stated="✓ 0.41",
            reason="1 other paper supports it, none contradicts it",
        ),
    )


# --------------------------------------------------------------------------- results of the example


def _result(
    paper: Paper | None,
    words: str,
    text: str,
    relation: str,
    system: str | None = None,
    claim: int | None = None,
) -> ReportedResult:
    return ReportedResult.model_validate(
        {
            "reference": _NUMBER[paper.paper_id] if paper else None,
            "claim": claim,
            "system": system,
            "value": float(text.split(maxsplit=1)[0]),
            "text": text,
            "quote": _quote(paper, words) if paper else None,
            "relation": relation,
        }
    )


def _example_comparisons() -> tuple[ResultComparison, ...]:
    """Numbers of five papers, one of them for the claim's own system and different."""
    return (
        ResultComparison(
            metric="mAP",
            dataset="XQuAD-R",
            task="dense retrieval",
            unit="other",
            rows=(
                _result(_P1, _DOUBLE, "3.1", "same", "HybridNet", 1),
                _result(_P3, _HURT, "1.8 %", "different", "Hybrid-Net"),
                _result(_ZH, _ZH_GAIN, "2.7", "close"),
                _result(_AR, _AR_NONE, "1190", "different", "استرجاع"),
                _result(_HI, _HI_GAIN, "2.9", "close", "a_b | *c*"),
            ),
            note="4 other papers: 2 close, 2 different. Papers contradict each other on HybridNet.",
        ),
        ResultComparison(
            metric="nDCG@10",
            dataset="MIRACL",
            task=None,
            unit="fraction",
            rows=(
                _result(None, "", "0.42", "same", None, 9),
                _result(_P2, _STEADY, "0.42", "same"),
            ),
            note="1 other paper: 1 same.",
        ),
    )


# --------------------------------------------------------------------------- the example


def _example_methodology() -> Methodology:
    return Methodology(
        statements=(
            Statement(
                text="2 databases were searched with 4 queries on 2025-06-28; 1 of them did not answer."
            ),
            Statement(
                text="Of 41 papers identified, 9 were duplicates, 24 were excluded and 8 were included."
            ),
            Statement(text="Each claim was read against 10 passages of other papers, found by BM25."),
        ),
        queries=(
            SearchQuery(text=QUESTION, origin="question"),
            SearchQuery(text="hybrid batch training zero-shot retrieval", origin="key phrases"),
            SearchQuery(text='"low resource" languages | cross lingual', origin="variant"),
            SearchQuery(text="language bias ranks", origin="claim"),
        ),
        log=(
            SearchLogEntry(source="demo", query=QUESTION, origin="question", retrieved=24, total=40),
            SearchLogEntry(
                source="demo",
                query="hybrid batch training zero-shot retrieval",
                origin="key phrases",
                retrieved=17,
                total=40,
                note="answered from the library of 2025-06-01",
            ),
            SearchLogEntry(
                source="arxiv",
                query=QUESTION,
                origin="question",
                error="no answer within 30 s (HTTP 503)",
            ),
        ),
        flow=Flow(
            identified={"arxiv": 0, "demo": 41},
            duplicates_removed=9,
            screened=32,
            excluded={"below the relevance threshold": 19, "no text open": 4, "retracted": 1},
            included=8,
        ),
        lost=("arxiv: 3 queries were not answered (HTTP 503); its papers are missing from this report.",),
    )


def _example_review() -> Review:
    mandates = (
        ("Sceptic", "attacks claims and method", (5.5, 7.0, 6.0, 6.5, 5.0, 8.0, 9.0, 7.0)),
        ("Auditor", "checks the evidence base", (6.5, 8.5, 6.0, 7.0, 5.5, 8.0, 9.5, 7.5)),
        ("Integrator", "weighs the whole", (6.0, 8.0, 6.5, 7.0, 5.0, 8.5, 9.0, 7.0)),
    )
    reviewers = tuple(
        ReviewerReport(
            reviewer=name,
            mandate=mandate,
            scores=tuple(
                DimensionScore(dimension=d, score=s, facts=(f"{i + 2} of 9 claims", "8 papers"))
                for i, (d, s) in enumerate(zip(DIMENSIONS, scores, strict=True))
            ),
        )
        for name, mandate, scores in mandates
    )
    return Review(
        reviewers=reviewers,
        agreement=0.81,
        consensus=7.0,
        publishable=False,
        shortfalls=("4 claims are verified; publication needs 5.",),
    )


def _example_calibration() -> Calibration:
    points = (
        (0.21, 0.18),
        (0.35, 0.39),
        (0.48, 0.46),
        (0.57, 0.61),
        (0.66, 0.63),
        (0.75, 0.78),
        (0.84, 0.81),
        (0.94, 0.95),
    )
    return Calibration(
        model="feature-judge 1 · isotonic",
        fitted_on="two thirds of an example train split",
        measured_on="the held-out third",
        n=296,
        ece=0.034,
        brier=0.191,
        bins=tuple(ReliabilityBin(n=37, mean_confidence=c, accuracy=a) for c, a in points),
        risk=0.1,
        threshold=0.7,
    )


def _example_references() -> tuple[Reference, ...]:
    return tuple(
        Reference(
            number=_NUMBER[p.paper_id],
            paper_id=p.paper_id,
            title=p.title,
            authors=p.authors,
            year=p.year,
            venue=p.venue,
            url=p.url,
            doi=p.doi,
            arxiv_id=p.arxiv_id,
            role="examined" if p is _P1 else "evidence" if p is _SYN else "included",
            retracted=p.retracted,
            notes=("year is stated differently: 2019 (arxiv), 2020 <crossref>",) if p is _P1 else (),
        )
        for p in PAPERS
    )


def example_report() -> Report:
    """A realistic report: nine claims, all four labels, conflict, five scripts, a source that failed."""
    quoted = [(_P2, _STEADY), (_ZH, _ZH_GAIN), (_TH, _TH_GAIN)]
    against = [(_P3, _HURT), (_AR, _AR_NONE)]

    def statements(pairs: list[tuple[Paper, str]]) -> tuple[Statement, ...]:
        return tuple(
            Statement(text=words, quote=_quote(paper, words), reference=_NUMBER[paper.paper_id])
            for paper, words in pairs
        )

    return Report(
        title="Languages per batch and zero-shot retrieval in low-resource languages",
        author="Synthesis 0.1.0",
        date="2025-06-28",
        question=QUESTION,
        abstract=(
            Statement(text="8 papers were read; 9 claims were checked and 4 of them independently verified."),
            *statements([(_P1, _GAIN)]),
        ),
        introduction=(Statement(text="This report examines one paper and what 7 others say of its claims."),),
        methodology=_example_methodology(),
        results=(
            Statement(text="8 papers retrieved. 9 claims extracted; 4 independently verified."),
            Statement(text="Quality review score: 7.0/10."),
        ),
        answer=Answer(
            groups=(
                AnswerGroup(heading="More languages help", statements=statements(quoted)),
                AnswerGroup(heading="More languages do not help", statements=statements(against)),
            ),
            covered=("languages", "training batch", "zero-shot retrieval", "low-resource"),
            not_covered=("hybrid batch size", "impact on latency"),
        ),
        limitations=(
            Statement(text="The report was made by a machine and is not original research."),
            Statement(text="1 of 2 databases did not answer."),
        ),
        claims=_example_claims(),
        review=_example_review(),
        references=_example_references(),
        calibration=_example_calibration(),
        provenance=Provenance(
            run_id="20250628-101500-5f3a",
            version="0.1.0",
            clock="2025-06-28T10:15:00+00:00",
            seed=0,
            config_sha256=text_sha256("example"),
            judge="feature-judge 1 (sha256 1d2c…)",
            calibrator="isotonic 1 (sha256 9e8f…)",
            ranker="5f2a" * 16,
        ),
        comparisons=_example_comparisons(),
    )


# --------------------------------------------------------------------------- the example, interrogated


def _said(*pairs: tuple[Paper, str]) -> tuple[Statement, ...]:
    return tuple(
        Statement(text=words, quote=_quote(paper, words), reference=_NUMBER[paper.paper_id])
        for paper, words in pairs
    )


def _example_answer(plain: Answer) -> Answer:
    """The answer with the question read as a statement, two sub-questions, coverage and gaps."""
    method = Aspect(kind="method", words="hybrid batch training")
    languages = Aspect(kind="population", words="low-resource languages")
    latency = Aspect(kind="metric", words="impact on latency")
    hypothesis = Hypothesis(
        text="More languages in the training batch raise zero-shot retrieval in low-resource languages.",
        groups=(
            AnswerGroup(heading="Papers for", side="for", statements=_said((_P2, _STEADY), (_ZH, _ZH_GAIN))),
            AnswerGroup(
                heading="Papers against", side="against", statements=_said((_P3, _HURT), (_AR, _AR_NONE))
            ),
            AnswerGroup(
                heading="Papers with passages for and against", side="mixed", statements=_said((_P1, _DOUBLE))
            ),
        ),
        counts={"for": 2, "against": 2, "mixed": 1, "silent": 3},
        note="2 papers are for it, 2 against, 1 mixed; 3 are silent.",
    )
    return plain.model_copy(
        update={
            "hypothesis": hypothesis,
            "parts": (
                AnswerPart(
                    aspect=method,
                    groups=(AnswerGroup(heading="For", side="for", statements=_said((_P1, _GAIN))),),
                    note="1 paper speaks of the method.",
                ),
                AnswerPart(
                    aspect=languages,
                    groups=(
                        AnswerGroup(heading="For", side="for", statements=_said((_TH, _TH_GAIN))),
                        AnswerGroup(heading="Against", side="against", statements=_said((_P3, _HURT))),
                    ),
                    note="1 paper for, 1 against.",
                ),
            ),
            "coverage": (
                Coverage(
                    aspect=method,
                    covered="covered",
                    n_papers=3,
                    n_claims=4,
                    paper_ids=(_P1.paper_id, _ZH.paper_id),
                    references=(1, 4),
                ),
                Coverage(
                    aspect=languages,
                    covered="in part",
                    n_papers=5,
                    n_claims=6,
                    references=(2, 3, 7),
                    missing=("low-resource", "हिन्दी"),
                ),
                Coverage(aspect=latency, covered="not covered", n_papers=0, n_claims=0, missing=("latency",)),
            ),
            "gaps": ("No paper reports a batch of more than 24 languages.", "Latency was not measured."),
        }
    )


def _example_revised(plain: Review) -> Review:
    """The review with weights, a reviewer who failed, findings, and what was done about them."""
    late = Finding(
        kind="retracted", subject=_SYN.paper_id, fact="The paper was retracted on 2025-05-02.", evidence=6
    )
    wrong = Finding(kind="number", subject="C4", fact="2.7 in the claim, 2,7 in the paper.")
    alone = Finding(
        kind="off topic", subject="doi:10.5555/other.1", fact="It shares no term with the question."
    )
    sceptic, auditor, integrator = plain.reviewers
    return plain.model_copy(
        update={
            "reviewers": (
                sceptic.model_copy(update={"findings": (late,)}),
                auditor.model_copy(update={"findings": (late, wrong)}),
                integrator.model_copy(update={"findings": (alone,)}),
            ),
            "tier": "public record",
            "weights": (("Sceptic", 0.45), ("Auditor", 0.35), ("Integrator", 0.2)),
            "absent": ("Statistician",),
            "revisions": (
                Revision(
                    round=1,
                    finding=late,
                    raised_by=("Sceptic", "Auditor"),
                    action="The evidence was dropped and the verdict decided again.",
                    mended=True,
                ),
                Revision(
                    round=2,
                    finding=wrong,
                    raised_by=("Auditor",),
                    action="Left to the reader.",
                    mended=False,
                ),
            ),
        }
    )


def _state(
    label: Label, confidence: float, support: float, refute: float, leaning: Label | None = None
) -> VerdictState:
    return VerdictState(label=label, leaning=leaning, confidence=confidence, support=support, refute=refute)


def _example_changes() -> Changes:
    new = Cause(paper_id=_P3.paper_id, title=_P3.title, how="new", decisive=True)
    changed = Cause(paper_id=_AR.paper_id, title=_AR.title, how="text changed", decisive=False)
    gone = Cause(paper_id="doi:10.5555/gone.2020.1", title="A Paper <That> Went", how="gone", decisive=False)
    return Changes(
        before="20250301-090000-1a2b",
        changes=(
            VerdictChange(
                claim=_DOUBLE,
                number=1,
                before=_state(Label.SUPPORTED, 0.86, 0.91, 0.08),
                after=_state(Label.CONFLICTING, 0.74, 0.88, 0.83),
                causes=(new, changed),
            ),
            VerdictChange(
                claim=_TH_GAIN,
                number=7,
                before=None,
                after=_state(Label.SUPPORTED, 0.78, 0.81, 0.05),
                causes=(),
            ),
            VerdictChange(
                claim="Batches of 24 languages train fastest.",
                number=None,
                before=_state(Label.NOT_ENOUGH_INFO, 0.55, 0.31, 0.11, Label.SUPPORTED),
                after=None,
                causes=(gone,),
            ),
            VerdictChange(
                claim=_AR_NONE,
                number=5,
                before=_state(Label.REFUTED, 0.79, 0.5, 0.81),
                after=_state(Label.REFUTED, 0.82, 0.52, 0.84),
                causes=(changed,),
            ),
        ),
        unchanged=6,
        papers=(new, changed, gone),
    )


def _example_loads() -> tuple[Load, ...]:
    return (
        Load(
            paper_id=_P2.paper_id,
            title=_P2.title,
            reference=2,
            changes=(
                VerdictChange(
                    claim=_ZH_GAIN,
                    number=4,
                    before=_state(Label.SUPPORTED, 0.87, 0.86, 0.04),
                    after=_state(Label.NOT_ENOUGH_INFO, 0.62, 0.6, 0.04, Label.SUPPORTED),
                    causes=(),
                ),
                VerdictChange(
                    claim=_DOUBLE,
                    number=1,
                    before=_state(Label.CONFLICTING, 0.74, 0.88, 0.83),
                    after=_state(Label.REFUTED, 0.8, 0.71, 0.83),
                    causes=(),
                ),
            ),
        ),
        Load(
            paper_id="doi:10.5555/uncited.2019.2",
            title="An Uncited Preprint",
            reference=None,
            changes=(
                VerdictChange(
                    claim=_HI_GAIN,
                    number=6,
                    before=_state(Label.NOT_ENOUGH_INFO, 0.61, 0.55, 0.02, Label.SUPPORTED),
                    after=None,
                    causes=(),
                ),
            ),
        ),
    )


def interrogated_report(language: str = "en") -> Report:
    """The example with all that reviewers, updates and sub-questions add to it, in a language of the form."""
    plain = example_report()
    return plain.model_copy(
        update={
            "answer": _example_answer(plain.answer),
            "review": _example_revised(plain.review),
            "changes": _example_changes(),
            "loads": _example_loads(),
            "language": language,
        }
    )


# --------------------------------------------------------------------------- strategy

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "</style><b>bold</b>",
    "<!-- x --> &amp; &#x3c;",
    "javascript:alert(1)",
    "[click](javascript:alert(1))",
    "![img](http://example.org/a.png)",
    "<http://example.org> https://example.org www.example.org a@b.org",
    "a | b || c \\| d",
    "`code` ``` ~~~ **bold** __x__ ~~s~~ _a_b_",
    "---",
    "===",
    "# heading",
    "> quote",
    "- item",
    "+ item",
    "1. item",
    "1) item",
    "    indented",
    "[1]: http://example.org",
    "line one\nline two\r\n\r\n| --- |",
    "tail\\",
    '=HYPERLINK("http://example.org")',
    "+1-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    '-2,3;"x"',
    "\u202egnp.exe\u202c \u2066x\u2069",
    "nul\x00 and \x1b[31m and \x07",
    '$x_1$ #let #eval("1") @label ~ ^ \\input{x} {brace} } %',
    "{{ config }} {% raw %}",
    "日本語 中文检索 العربية हिन्दी ภาษาไทย ελληνικά русский 👩‍🔬",
    "e\u0301 ﬁ \u200b\u00ad\ufeff ½",
)

_RUNS = st.text(alphabet=st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40)


def texts() -> SearchStrategy[str]:
    """Text as it may come out of a paper: any Unicode, markup, attacks, control characters; not blank."""
    return st.one_of(
        st.sampled_from(HOSTILE), _RUNS, st.tuples(st.sampled_from(HOSTILE), _RUNS).map("".join)
    ).filter(lambda text: bool("".join(c for c in text if c.isprintable()).strip()))


def _quotes(paper_id: str) -> SearchStrategy[Quote]:
    return st.builds(
        lambda text, section, start: Quote(
            paper_id=paper_id,
            section=section,
            start=start,
            end=start + len(text),
            text=text,
            sha256=text_sha256(text),
        ),
        texts(),
        st.integers(0, 9),
        st.integers(0, 99),
    )


def _references() -> SearchStrategy[tuple[Reference, ...]]:
    one = st.fixed_dictionaries(
        {
            "title": texts(),
            "authors": st.lists(texts(), max_size=3).map(tuple),
            "year": st.none() | st.integers(1900, 2030),
            "venue": st.none() | texts(),
            "url": st.none()
            | st.sampled_from(
                (
                    "https://arxiv.org/abs/2408.10536v1",
                    "http://example.org/a?b=1&c=%20d#e",
                    "https://doi.org/10.5555/(sici)1<2::aid>3.0.co;2-x",
                    "javascript:alert(1)",
                    'https://example.org/"onmouseover="alert(1)',
                    "data:text/html,<script>alert(1)</script>",
                )
            ),
            "doi": st.none() | st.sampled_from(("10.5555/a_b.c", "10.5555/(sici)1<2::aid>3.0.co;2-x")),
            "arxiv_id": st.none() | st.sampled_from(("2408.10536", "hep-th/9901001")),
            "role": st.sampled_from(("examined", "included", "evidence")),
            "retracted": st.booleans(),
            "notes": st.lists(texts(), max_size=2).map(tuple),
        }
    )
    return st.lists(one, min_size=1, max_size=4).map(
        lambda rows: tuple(
            Reference(number=i, paper_id=f"title:{i:016x}", **row) for i, row in enumerate(rows, start=1)
        )
    )


@st.composite
def _reported_evidence(draw: st.DrawFn, references: tuple[Reference, ...]) -> ReportedEvidence:
    reference = draw(st.sampled_from(references))
    return ReportedEvidence(
        reference=reference.number,
        quote=draw(_quotes(reference.paper_id)),
        before=draw(st.just("") | texts()),
        after=draw(st.just("") | texts()),
        section=draw(texts()),
        page=draw(st.none() | st.integers(1, 999)),
        stance=draw(st.sampled_from(Stance)),
        confidence=draw(st.floats(0, 1)),
        notes=tuple(draw(st.lists(texts(), max_size=2))),
        group=draw(st.integers(0, 3)),
    )


@st.composite
def _claims(
    draw: st.DrawFn, references: tuple[Reference, ...], claim_texts: SearchStrategy[str], number: int
) -> ReportedClaim:
    label = draw(st.sampled_from(Label))
    return ReportedClaim(
        number=number,
        text=draw(claim_texts),
        kind=draw(st.sampled_from(("finding", "comparison", "number", "method", "statement"))),
        label=label,
        leaning=draw(st.none() | st.sampled_from(Label)) if label is Label.NOT_ENOUGH_INFO else None,
        verified=label is Label.SUPPORTED and draw(st.booleans()),
        grounded=draw(st.booleans()),
        confidence=draw(st.floats(0, 1)),
        reason=draw(texts()),
        origin=draw(st.none() | _reported_evidence(references)),
        evidence=tuple(draw(st.lists(_reported_evidence(references), max_size=3))),
        stated=draw(st.none() | st.just("✓ 0.41")),
        standalone=draw(st.none() | texts()),
        n_papers=draw(st.integers(0, 9)),
        n_groups=draw(st.integers(0, 9)),
        caps=tuple(draw(st.lists(texts(), max_size=2))),
    )


@st.composite
def _statements(draw: st.DrawFn, references: tuple[Reference, ...]) -> tuple[Statement, ...]:
    plain = st.builds(Statement, text=texts())

    def quoted(reference: Reference) -> SearchStrategy[Statement]:
        return _quotes(reference.paper_id).map(
            lambda quote: Statement(text=quote.text, quote=quote, reference=reference.number)
        )

    return tuple(draw(st.lists(plain | st.sampled_from(references).flatmap(quoted), min_size=1, max_size=2)))


def _flows() -> SearchStrategy[Flow]:
    def add_up(excluded: dict[str, int], duplicates: int, included: int, sources: list[str]) -> Flow:
        screened = sum(excluded.values()) + included
        identified = dict.fromkeys(sources, 0) | {sources[0]: screened + duplicates}
        return Flow(
            identified=identified,
            duplicates_removed=duplicates,
            screened=screened,
            excluded=excluded,
            included=included,
        )

    counts = st.integers(0, 60_000)
    return st.builds(
        add_up,
        st.dictionaries(texts(), counts, max_size=3),
        counts,
        counts,
        st.lists(texts(), min_size=1, max_size=3, unique=True),
    )


@st.composite
def _methodologies(draw: st.DrawFn, references: tuple[Reference, ...]) -> Methodology:
    return Methodology(
        statements=draw(_statements(references)),
        queries=tuple(
            draw(st.lists(st.builds(SearchQuery, text=texts(), origin=st.just("variant")), max_size=2))
        ),
        log=tuple(
            draw(
                st.lists(
                    st.builds(
                        SearchLogEntry,
                        source=texts(),
                        query=texts(),
                        origin=st.just("variant"),
                        retrieved=st.integers(0, 99),
                        total=st.none() | st.integers(0, 99_999),
                        error=st.none() | texts(),
                        note=st.none() | texts(),
                    ),
                    max_size=2,
                )
            )
        ),
        flow=draw(_flows()),
        lost=tuple(draw(st.lists(texts(), max_size=1))),
    )


def _findings(references: tuple[Reference, ...]) -> SearchStrategy[tuple[Finding, ...]]:
    finding = st.builds(
        Finding,
        kind=st.sampled_from(("verdict", "quote", "retracted", "missing limitation")),
        subject=texts() | st.sampled_from([reference.paper_id for reference in references]),
        fact=texts(),
        evidence=st.none() | st.integers(0, 99),
    )
    return st.lists(finding, max_size=1).map(tuple)


def _revisions(references: tuple[Reference, ...]) -> SearchStrategy[tuple[Revision, ...]]:
    found = _findings(references).flatmap(
        lambda findings: st.tuples(
            *(
                st.builds(
                    Revision,
                    round=st.integers(1, 3),
                    finding=st.just(finding),
                    raised_by=st.tuples(texts()),
                    action=texts(),
                    mended=st.booleans(),
                )
                for finding in findings
            )
        )
    )
    return st.just(()) | found


@st.composite
def _reviews(draw: st.DrawFn, references: tuple[Reference, ...], *, interrogated: bool) -> Review:
    names = draw(st.lists(texts(), min_size=1, max_size=2, unique=True))
    dimensions = draw(st.lists(texts(), min_size=1, max_size=2, unique=True))
    scores = st.floats(0, 10)
    return Review(
        reviewers=tuple(
            ReviewerReport(
                reviewer=name,
                mandate=draw(texts()),
                scores=tuple(
                    DimensionScore(
                        dimension=dimension,
                        score=draw(scores),
                        facts=tuple(draw(st.lists(texts(), max_size=1))),
                    )
                    for dimension in dimensions
                ),
                findings=draw(_findings(references)) if interrogated else (),
            )
            for name in names
        ),
        weights=tuple((name, 1 / len(names)) for name in names) if interrogated else (),
        absent=tuple(draw(st.lists(texts(), max_size=1))) if interrogated else (),
        revisions=draw(_revisions(references)) if interrogated else (),
        agreement=draw(st.none() | st.floats(-1, 1)),
        consensus=draw(scores),
        publishable=draw(st.booleans()),
        shortfalls=tuple(draw(st.lists(texts(), max_size=1))),
    )


def _calibrations() -> SearchStrategy[Calibration]:
    share = st.floats(0, 1)
    return st.builds(
        Calibration,
        model=texts(),
        fitted_on=texts(),
        measured_on=texts(),
        n=st.integers(0, 9999),
        ece=share,
        brier=share,
        bins=st.lists(
            st.builds(ReliabilityBin, n=st.integers(0, 99), mean_confidence=share, accuracy=share), max_size=3
        ).map(tuple),
        risk=st.floats(0.01, 0.5),
        threshold=st.none() | share,
    )


@st.composite
def _measurements(draw: st.DrawFn) -> Measurement:
    columns = tuple(draw(st.lists(texts() | st.just("Claim"), min_size=1, max_size=3)))
    row = st.tuples(*(st.just("–") | texts() for _ in columns))
    return Measurement(
        title=draw(texts() | st.sampled_from(("Extracted Claims", "References"))),
        note=draw(texts()),
        columns=columns,
        rows=tuple(draw(st.lists(row, max_size=2))),
    )


@st.composite
def _results(draw: st.DrawFn, references: tuple[Reference, ...], systems: tuple[str, ...]) -> ReportedResult:
    reference = draw(st.none() | st.sampled_from(references))
    return ReportedResult(
        reference=reference.number if reference else None,
        claim=draw(st.none() | st.integers(1, 4)),
        system=draw(st.none() | st.sampled_from(systems)),
        value=draw(st.floats(-1e6, 1e6)),
        text=draw(texts() | st.just("Claim")),
        quote=draw(_quotes(reference.paper_id)) if reference else None,
        relation=draw(st.sampled_from(("same", "close", "different"))),
    )


@st.composite
def _comparisons(draw: st.DrawFn, references: tuple[Reference, ...]) -> ResultComparison:
    systems = tuple(draw(st.lists(texts(), min_size=1, max_size=2)))  # few, so that rows share one
    return ResultComparison(
        metric=draw(texts()),
        dataset=draw(texts() | st.just("Extracted Claims")),
        task=draw(st.none() | texts()),
        unit="fraction",
        rows=tuple(draw(st.lists(_results(references, systems), max_size=3))),
        note=draw(texts()),
    )


@st.composite
def _answers(draw: st.DrawFn, references: tuple[Reference, ...], *, interrogated: bool) -> Answer:
    group = st.builds(
        AnswerGroup,
        heading=texts(),
        statements=_statements(references),
        side=st.none() | st.sampled_from(("for", "against", "mixed", "silent")),
    )
    groups = st.lists(group, max_size=1).map(tuple)
    terms = st.lists(texts(), max_size=2).map(tuple)
    plain = Answer(groups=draw(groups), covered=draw(terms), not_covered=draw(terms))
    if not interrogated:
        return plain
    aspect = st.builds(
        Aspect, kind=st.sampled_from(("method", "population", "comparison", "metric", "topic")), words=texts()
    )
    coverage = st.builds(
        Coverage,
        aspect=aspect,
        covered=st.sampled_from(("covered", "in part", "not covered")),
        n_papers=st.integers(0, 9999),
        n_claims=st.integers(0, 99),
        references=st.lists(st.sampled_from([r.number for r in references]), max_size=2).map(tuple),
        missing=terms,
    )
    hypothesis = st.builds(
        Hypothesis,
        text=texts(),
        groups=groups,
        counts=st.dictionaries(st.sampled_from(("for", "against", "mixed", "silent")), st.integers(0, 99)),
        note=texts(),
    )
    part = st.builds(AnswerPart, aspect=aspect, groups=groups, note=texts())
    return plain.model_copy(
        update={
            "hypothesis": draw(st.none() | hypothesis),
            "parts": tuple(draw(st.lists(part, max_size=1))),
            "coverage": tuple(draw(st.lists(coverage, max_size=2))),
            "gaps": draw(terms),
        }
    )


def _verdict_changes() -> SearchStrategy[VerdictChange]:
    share = st.floats(0, 1)
    state = st.builds(
        VerdictState,
        label=st.sampled_from(Label),
        leaning=st.none() | st.sampled_from(Label),
        confidence=share,
        support=share,
        refute=share,
    )
    return st.builds(
        VerdictChange,
        claim=texts(),
        number=st.none() | st.integers(1, 4),
        before=st.none() | state,
        after=st.none() | state,
        causes=st.lists(_causes(), max_size=2).map(tuple),
    )


def _causes() -> SearchStrategy[Cause]:
    return st.builds(
        Cause,
        paper_id=texts() | st.just(f"title:{1:016x}"),
        title=texts(),
        how=st.sampled_from(("new", "gone", "retracted", "text changed", "dropped", "left out")),
        decisive=st.booleans(),
    )


def _changes() -> SearchStrategy[Changes]:
    return st.builds(
        Changes,
        before=texts(),
        changes=st.lists(_verdict_changes(), max_size=2).map(tuple),
        unchanged=st.integers(0, 99),
        papers=st.lists(_causes(), max_size=1).map(tuple),
    )


def _loads(references: tuple[Reference, ...]) -> SearchStrategy[Load]:
    return st.builds(
        Load,
        paper_id=texts(),
        title=texts(),
        reference=st.none() | st.sampled_from([reference.number for reference in references]),
        changes=st.lists(_verdict_changes(), max_size=2).map(tuple),
    )


@st.composite
def reports(draw: st.DrawFn, claim_texts: SearchStrategy[str] | None = None) -> Report:
    """A valid report whose every text may be hostile; ``claim_texts`` narrows the claims' own words."""
    references = draw(_references())
    interrogated = draw(st.booleans())  # with all that reviewers, updates and sub-questions add
    return Report(
        kind=draw(st.sampled_from(("report", "verification"))),
        title=draw(texts()),
        author=draw(texts()),
        date="2025-06-28",
        question=draw(texts()),
        abstract=draw(_statements(references)),
        introduction=draw(_statements(references)),
        methodology=draw(_methodologies(references)),
        results=draw(_statements(references)),
        answer=draw(_answers(references, interrogated=interrogated)),
        limitations=draw(_statements(references)),
        claims=tuple(
            draw(_claims(references, texts() if claim_texts is None else claim_texts, number))
            for number in range(1, draw(st.integers(0, 3)) + 1)
        ),
        review=draw(_reviews(references, interrogated=interrogated)),
        references=references,
        calibration=draw(_calibrations()),
        provenance=Provenance(
            run_id=draw(texts()),
            version="0.1.0",
            clock="2025-06-28T10:15:00+00:00",
            seed=0,
            config_sha256=text_sha256("example"),
            judge=draw(texts()),
            calibrator=draw(texts()),
            ranker=draw(texts()),
        ),
        measurements=tuple(draw(st.lists(_measurements(), max_size=2))),
        comparisons=tuple(draw(st.lists(_comparisons(references), max_size=2))),
        changes=draw(_changes()) if interrogated else None,
        loads=tuple(draw(st.lists(_loads(references), max_size=1))) if interrogated else (),
    )
