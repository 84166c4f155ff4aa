"""LaTeX → text: what a reader of the printed paper would see."""

from __future__ import annotations

from pathlib import Path

import pytest
from eprint_factory import latex, tar
from hypothesis import given, settings
from hypothesis import strategies as st

from synthesis.reading.problems import UnreadableFileError
from synthesis.reading.tex.reader import read_latex

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "fulltext" / "s2orc"


def text_of(body, preamble=""):
    """The text of the first section of a document."""
    return read_latex(latex(f"\\section{{S}} {body}", preamble), "x").sections[0].text


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        (r"Caf\'e na\"{\i}ve \v{S}koda \c{c}a {\o}re \AA ngstr\"om stra\ss e M{\"u}ller se\~nor", "Café naïve Škoda ça øre Ångström straße Müller señor"),
        (r"``quoted'' `once' don't --- pp. 3--5", "“quoted” ‘once’ don’t — pp. 3–5"),
        (r"90.4\% of \$5 \& \#1 \_ \{x\}", "90.4% of $5 & #1 _ {x}"),
        (r"R@10, $\alpha=0.5$, $3.4\times$, $p<0.05$, $10^{-3}$", "R@10, α = 0.5, 3.4×, p < 0.05, 10^−3"),
        (r"44$^{th}$ of 5$^\circ$C, Lo$^{\dagger}$ and $x_i^2$", "44th of 5°C, Lo† and x_i^2"),
        (r"$\mathcal{O}(n \log n)$, $\frac{a}{b+c}$, $\hat{y} \in \mathbb{R}^d$, $k = 10{,}000$", "O(n log n), a/(b + c), ŷ ∈ ℝ^d, k = 10,000"),
        (r"$F1_{\textrm{A,L}}$ and $\{a \text{ is one}\}$", "F1_A,L and {a is one}"),
        (r"\textbf{bold} {\em it}al \textsc{Small} \textcolor[HTML]{FF0000}{red} \underline{u} \mbox{a b}", "bold ital Small red u a b"),
        (r"a\,b~c\ d\quad e\\[2mm] f\hspace*{1em}g\vspace{2pt} h \hskip 3pt plus 1pt minus 2pt i", "a b c d e fg h i"),
        (r"\url{http://a.b/c%20d_e} and \href{http://x/y%z}{here} and \verb|a_b%c| end", "http://a.b/c%20d_e and here and a_b%c end"),
        ("one % a comment\n\n two %\n  three", "one\n\ntwo three"),
        ("half % a comment \\section{no}\n a line 50\\% of it", "half a line 50% of it"),
        (r"kept \iffalse hidden \iftrue too \fi \else shown \fi on \begin{comment} gone \end{comment} end", "kept shown on end"),
        (r"\enquote{said} \SI{3.4}{\percent} \num{1e-3} \ding{51} \dots\ x", "“said” 3.4 % 1e-3 ✓ … x"),
        (r"$\sqrt{n}$ $\neq$ $a\not=b$ $\left(x\right.$", "√n ≠ a ≠ b (x"),
        (r"\(a\) is \[ b = c. \] Then $$d$$ goes on", "a is [equation]. Then [equation] goes on"),
        (r"we get \begin{align} a &= b \\ c &= d, \end{align} where", "we get [equation], where"),
    ],
)  # fmt: skip
def test_text_is_what_a_reader_sees(written, printed):
    """Accents, signs, formulas, fonts, links, comments and conditionals come out as printed."""
    assert text_of(written) == printed


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        (r"\textminus0.5, \unit[5]{kg}, \unitfrac[5]{m}{s}, \numprint[kg]{5}", "−0.5, 5 kg, 5 m/s, 5 kg"),
        (r"5\tnote{1} of 5\textsuperscript{1}", "5^1 of 5^1"),
        (r"a \replaced{12}{13} \replaced[id=x]{14}{15} \deleted{16} \sout{17} \added[id=x]{18} \added{19}", "a 12 14 18 19"),
        (r"$\sqrt[3]{8}$, $\sqrt[4]{8}$, $2\sqrt[5]{8}$, $\sqrt{2}3$", "∛8, ∜8, 2 5√8, √2 3"),
        (r"a\kern3pt35 \parindent 0pt39 \kern-.5em7 \baselineskip=12pt 38", "a35 39 7 38"),
    ],
)  # fmt: skip
def test_signs_and_units_of_numbers_are_kept(written, printed):
    """A number keeps its sign, unit, mark and root, and no length or struck-out number stands beside it."""
    assert text_of(written) == printed


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        (r"\SIrange{1}{2}{\metre}, \numrange{3}{4}, \qtyrange{10}{20}{\percent}", "1 to 2 m, 3 to 4, 10 to 20 %"),
        (r"\numlist{1;2;3}, \SIlist{1;2}{\metre}, \qtylist{1;2}{\kg}", "1, 2 and 3, 1 and 2 m, 1 and 2 kg"),
        (r"\SI{5e-3}{\milli\gram\per\litre}, \SI{5}{\kg}, \si{\kg\per\m\squared}, \SI{5}{\per\cm\squared}", "5e-3 mg/L, 5 kg, kg/m^2, 5 cm^−2"),
        (r"\SI{20}{\degreeCelsius}, \SI{10}{\micro\metre}, \ang{45}, \SI{5}{mg}, \unit{\kilo\gram}", "20 °C, 10 µm, 45°, 5 mg, kg"),
        (r"\SI{5}{\furlong}, \DeclareSIUnit\molar{M}\qty{5}{\milli\molar}, \SI{5}{mg.L^{-1}}", "5 furlong, 5 mM, 5 mg L^−1"),
    ],
)  # fmt: skip
def test_quantities_are_printed_with_their_units(written, printed):
    """Ranges, lists and units of siunitx come out in words and symbols; no unit is lost."""
    assert text_of(written) == printed


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        (r"$3\frac{1}{2}$, $\frac12 3$, $2^{10}3$, $x_1 2$, $\frac12\frac34$", "3 1/2, 1/2 3, 2^10 3, x_1 2, 1/2 3/4"),
        (r"$p<10^{-3}$5, 3\nicefrac{1}{2}, 3\sfrac{1}{2}, $3\tfrac12$, 3$\dfrac12$", "p < 10^−3 5, 3 1/2, 3 1/2, 3 1/2, 3 1/2"),
        (r"10\textsuperscript{6}5, $\frac{3^2 4}{5}$, $10^{-3}\times 5$", "10^6 5, (3^2 4)/5, 10^−3 × 5"),
    ],
)  # fmt: skip
def test_numbers_do_not_run_into_each_other(written, printed):
    """Where a fraction or script ends, a digit stands apart from the digit beside it."""
    assert text_of(written) == printed


@pytest.mark.parametrize(
    ("preamble", "written", "printed"),
    [
        (r"\newcommand{\ours}{\textsc{SciFact}\xspace}", r"\ours is; \ours, (\ours) and $\ours_{x}$", "SciFact is; SciFact, (SciFact) and SciFact_x"),
        (r"\newcommand{\pair}[2][z]{<#1,#2>}", r"\pair{a} \pair[b]{c}", "<z,a> <b,c>"),
        (r"\def\at#1.#2;{(#2 at #1)}", r"\at here.thing; on", "(thing at here) on"),
        (r"\DeclareMathOperator*{\argmax}{arg\,max}", r"$\argmax_x f$", "arg max_xf"),
        (r"\newenvironment{ask}[1]{Q#1: }{ End.}", r"\begin{ask}{7}why?\end{ask}", "Q7: why? End."),
        (r"\let\oldemph\emph \renewcommand{\emph}[1]{\oldemph{#1}!}", r"\emph{so}", "so!"),
        (r"\NewDocumentCommand{\nd}{s O{d} m}{\IfBooleanTF{#1}{star}{plain}-#2-#3}", r"\nd*{x} \nd[y]{z}", "star-d-x plain-y-z"),
        (r"\newif\ifdraft\drafttrue", r"\ifdraft draft\else final\fi\draftfalse, \ifdraft draft\else final\fi", "draft, final"),
        (r"\def\be{\begin{equation}}\def\ee{\end{equation}}", r"so \be x = 1. \ee Then", "so [equation]. Then"),
        (r"\newacronym{qa}{QA}{question answering}", r"\gls{qa} and \gls{qa}", "question answering (QA) and QA"),
        (r"\makeatletter\newcommand{\my@x}{inner}\newcommand{\outer@x}{\my@x}\newcommand{\show}{\outer@x}\makeatother", r"\show", "inner"),
        ("", r"\csname textbf\endcsname{b} \expandafter\ifx\csname nosuch\endcsname\relax new\else old\fi", "b new"),
        ("", r"\ifnum 3>2 yes\else no\fi", "yes"),
        ("", r"\unknowncommand{kept} \begin{unknownenv}kept too\end{unknownenv}", "kept kept too"),
    ],
)  # fmt: skip
def test_definitions_are_expanded(preamble, written, printed):
    """Authors' own commands, environments, switches and acronyms stand for what they define."""
    assert text_of(written, preamble) == printed


def test_front_matter_sections_and_notes():
    """Title, authors, abstract, sections by their titles; footnotes follow their paragraph; thanks are left out."""
    source = latex(
        r"""\maketitle \begin{abstract}We show it.\footnote{Code: \url{http://c.d}}\end{abstract}
        \section{Intro \& more}\label{s} One thing\footnote{A note.} here.

        Next paragraph. \subsection*{Sub} Text. \paragraph{Run in} More.
        \section*{Acknowledgements} We thank all. \appendix \section{Extra} See \S\ref{s} and \ref{x}.\label{x}""",
        r"\title{A \textbf{Title}\\ of Two Lines\thanks{Money}} \author{Ada van Lovelace$^1$\thanks{x} \and Alan M. Turing \\"
        r" $^1$Stanford University \\ \texttt{\{ada,alan\}@x.org}}",
    )
    paper = read_latex(source, "x")
    assert paper.title == "A Title of Two Lines"
    assert paper.authors == ("Ada van Lovelace", "Alan M. Turing")
    assert paper.abstract == "We show it."
    assert [(section.title, section.text) for section in paper.sections] == [
        ("Abstract", "We show it.\n\nCode: http://c.d"),
        ("Intro & more", "One thing here.\n\nA note.\n\nNext paragraph."),
        ("Sub", "Text."),
        ("Run in", "More."),
        ("Extra", "See §1 and A."),
    ]


FRONT_MATTERS = {
    "IEEE": r"""\documentclass[conference]{IEEEtran}\begin{document}\title{A Title\thanks{Grant.}}
        \author{\IEEEauthorblockN{1\textsuperscript{st} Jane Doe}\IEEEauthorblockA{\textit{Uni X} \\ a@b.c} \and
        \IEEEauthorblockN{John Q. Public}\IEEEauthorblockA{Lab Y}}\maketitle\begin{abstract}We do.\end{abstract}
        \begin{IEEEkeywords}a, b\end{IEEEkeywords}\section{One}\IEEEPARstart{S}{ome} text.\end{document}""",
    "ACM": r"""\documentclass[sigconf]{acmart}\setcopyright{acmcopyright}\acmConference[C]{Conf}{June}{NY}\begin{document}
        \title[Short]{A Title}\subtitle{Sub}\author{Jane Doe}\authornote{Both.}\email{a@b.c}\affiliation{\institution{Uni X}
        \city{Y}}\author{John Q. Public}\begin{abstract}We do.\end{abstract}\begin{CCSXML}<ccs/>\end{CCSXML}\ccsdesc[500]{A~B}
        \keywords{k}\maketitle\section{One} Some text.\begin{acks}To all.\end{acks}\end{document}""",
    "ICML": r"""\documentclass{article}\icmltitlerunning{Run}\begin{document}\twocolumn[\icmltitle{A Title}\icmlsetsymbol{equal}{*}
        \begin{icmlauthorlist}\icmlauthor{Jane Doe}{equal,x}\icmlauthor{John Q. Public}{x}\end{icmlauthorlist}
        \icmlaffiliation{x}{Uni X}\icmlcorrespondingauthor{J}{a@b.c}\icmlkeywords{k}\vskip 0.3in ]\printAffiliationsAndNotice{}
        \begin{abstract}We do.\end{abstract}\section{One}Some text.\end{document}""",
    "NeurIPS": r"""\documentclass{article}\title{A Title}\author{Jane Doe\thanks{x}\\ Department of CS\\ \texttt{a@b.c} \And
        John Q. Public\\ Lab}\begin{document}\maketitle\begin{abstract}We do.\end{abstract}\section{One}Some text.\end{document}""",
    "Springer": r"""\documentclass{llncs}\begin{document}\title{A Title}\author{Jane Doe\inst{1}\orcidID{0-1} \and John Q. Public\inst{2}}
        \authorrunning{J. Doe}\institute{Uni X \and Y}\maketitle\begin{abstract}We do.\keywords{k \and l}\end{abstract}
        \section{One}Some text.\begin{credits}\subsubsection{\ackname} To all.\end{credits}\end{document}""",
    "APS": r"""\documentclass[aps]{revtex4-2}\begin{document}\title{A Title}\author{Jane Doe}\affiliation{Uni X}\author{John Q. Public}
        \email{a@b.c}\date{\today}\begin{abstract}We do.\end{abstract}\maketitle\section{One}Some text.
        \begin{acknowledgments}To all.\end{acknowledgments}\end{document}""",
}


@pytest.mark.parametrize("style", FRONT_MATTERS)
def test_the_front_matter_of_common_styles(style):
    """Title, people, abstract and text are told apart in the forms of the common publishers and conferences."""
    paper = read_latex(FRONT_MATTERS[style].encode(), "x")
    assert (paper.title, paper.authors, paper.abstract) == (
        "A Title",
        ("Jane Doe", "John Q. Public"),
        "We do.",
    )
    assert [(one.title, one.text) for one in paper.sections] == [
        ("Abstract", "We do."),
        ("One", "Some text."),
    ]


NATBIB = r"""\begin{thebibliography}{9}
\bibitem[{Lewis et~al.(2020)Lewis, Perez}]{l} Patrick Lewis and Ethan Perez. 2020.
\newblock {R}etrieval. In \emph{NeurIPS}.
\bibitem[{Wu(2021)}]{w} Wu. 2021. Other.
\end{thebibliography}"""
PLAIN = r"\begin{thebibliography}{9}\bibitem{l} Lewis. Retrieval.\bibitem{w} Wu. Other.\end{thebibliography}"


@pytest.mark.parametrize(
    ("command", "names", "numbers"),
    [
        (r"as shown \cite{l,w}.", "as shown (Lewis et al., 2020; Wu, 2021).", "as shown [1, 2]."),
        (r"\citet{l} show", "Lewis et al. (2020) show", "[1] show"),
        (r"it is \citep[see][p.~3]{l}", "it is (see Lewis et al., 2020, p. 3)", "it is [see 1, p. 3]"),
        (r"\citeauthor{w} in \citeyear{w}", "Wu in 2021", "in"),
        (r"this~\citep{gone}, and (\cite{gone}) that \cite{l,gone}", "this, and that (Lewis et al., 2020)", "this, and that [1]"),
        (r"\parencite{w} and \textcite{w}", "(Wu, 2021) and Wu (2021)", "[2] and [2]"),
    ],
)  # fmt: skip
def test_citations_are_written_as_the_bibliography_has_them(command, names, numbers):
    """Author and year where the list has them, else its numbers; a work that is not listed leaves nothing behind."""
    assert text_of(f"{command} {NATBIB}") == names
    assert text_of(f"{command} {PLAIN}") == numbers


@pytest.mark.parametrize(
    "files",
    [
        {"main.bbl": NATBIB},
        {"other.bbl": r"\entry{l}{inproceedings}{}\name{author}{3}{}{{{family={Lewis}}}{{family={Perez}}}{{family={Li}}}}\field{year}{2020}\field{title}{Retrieval}"},
        {"refs.bib": '@inproceedings{l, author={Lewis, Patrick and Ethan P{\\\'e}rez and others}, title="{R}etrieval", year=2020}'},
    ],
    ids=["BibTeX", "biber", "bib"],
)  # fmt: skip
def test_works_come_from_whatever_list_the_archive_holds(files):
    """A .bbl of BibTeX or of biber, or the .bib alone, names the work that is cited."""
    main = latex(r"\section{S} It works \citep{l}. \bibliography{refs}")
    paper = read_latex(tar({"main.tex": main} | {name: text.encode() for name, text in files.items()}), "x")
    assert paper.sections[0].text == "It works (Lewis et al., 2020)."
    assert len(paper.references) == (2 if "main.bbl" in files else 1)
    assert "Retrieval" in paper.references[0]


def test_a_style_file_may_choose_what_cite_prints():
    """A numeric option, and a style that makes one citation command another, are followed."""
    main = latex(rf"\section{{S}} So \cite{{l}}. {NATBIB}", r"\usepackage[numbers,sort]{natbib}")
    assert read_latex(main, "x").sections[0].text == "So [1]."
    style = b"\\renewcommand\\cite{\\citet} \\newcommand{\\eg}{e.g.\\ } \\renewcommand{\\section}{\\@startsection}"
    main = latex(rf"\section{{S}} \cite{{l}} say, \eg this. {NATBIB}")
    assert (
        read_latex(tar({"main.tex": main, "a.sty": style}), "x").sections[0].text
        == "Lewis et al. (2020) say, e.g. this."
    )


def test_references_are_numbers_where_labels_can_be_counted():
    """Sections, figures, parts of them, tables, equations and theorems are counted as printed; unknown labels vanish."""
    body = r"""\label{s} \begin{equation}\label{e} x \end{equation} \begin{figure}\caption{Pic}\label{f}\end{figure}
    \begin{table}\begin{subtable}{1cm}\begin{tabular}{ll} a & b \\ 1 & 2 \end{tabular}\caption{P}\label{p}\end{subtable}
    \caption{T}\label{t}\end{table} \begin{thm}[Nice]\label{h} All.\end{thm} \subsection{Sub}\label{u}
    \S\ref{s}, \eqref{e}, \autoref{f}, \cref{t,f}, Table~\ref{p}, Thm.~\ref{h}, \ref{u}, none (\S\ref{zz}) at all."""
    paper = read_latex(latex(rf"\section{{S}} {body}", r"\newtheorem{thm}{Theorem}[section]"), "x")
    assert (
        paper.sections[-1].text == "§1, (1), Figure 1, Table 1 and 1, Table 1a, Thm. 1.1, 1.1, none at all."
    )


def test_lists_floats_and_theorems_tear_no_sentence():
    """An item is a paragraph, a float stands after the paragraph in which it came, code is left out."""
    body = r"""We do \begin{figure}[t]\includegraphics[width=1cm]{x.png}\caption{A \emph{pic}.}\end{figure}
    three things: \begin{enumerate}[noitemsep]\item one, \item two\end{enumerate} \begin{description}\item[Term] is it.\end{description}
    \begin{lemma} All is well. \end{lemma} \begin{proof} Easy. \end{proof} \begin{lstlisting} \section{code} \end{lstlisting} End."""
    assert text_of(body, r"\newtheorem{lemma}{Lemma}").split("\n\n") == [
        "We do three things:", "Figure 1: A pic.", "one,", "two", "Term is it.", "Lemma 1. All is well.", "Proof. Easy.", "End.",
    ]  # fmt: skip


def test_files_are_read_in_from_the_archive():
    """input, include, subfile and import find files by name, with or without suffix, in any case, beside each other."""
    main = rb"""\documentclass{article}\begin{document}\input{intro}\include{parts/Two}\subfile{sub.tex}
    \import{deep/}{three} \input sections/plain_name.tex \input{missing}\end{document}"""
    files = {
        "main.tex": main,
        "INTRO.tex": rb"\section{I} one\endinput not this",
        "parts/two.tex": rb"two",
        "sub.tex": rb"\documentclass[main]{subfiles}\begin{document}sub\end{document} not this",
        "deep/three.tex": rb"three",
        "sections/plain_name.tex": rb"plain",
        "old/unused.tex": rb"unused",
    }
    paper = read_latex(tar(files), "x")
    assert paper.sections[0].text == "one\n\ntwo sub three plain"
    assert "1 files that it reads in are not in the archive" in paper.flags


SUPPLEMENT = latex(r"\section{S} supplement " + "long " * 300)


@pytest.mark.parametrize(
    "extra",
    [
        {"00README.XXX": b"paper.tex toplevelfile\nsupp.tex ignore\n", "supp.tex": SUPPLEMENT},
        {
            "00README.json": b'{"sources": [{"filename": "paper.tex", "usage": "toplevel"}]}',
            "supp.tex": SUPPLEMENT,
        },
        {"fig.tex": SUPPLEMENT.replace(b"{article}", b"[tikz]{standalone}")},
        {"copy.tex": SUPPLEMENT.replace(b"\\documentclass", b"% \\documentclass")},
        {"supp.tex": latex(r"\section{S} short")},
        {"chapter.tex": latex(r"\section{S} a chapter \input{long}"), "long.tex": b"long " * 900},
    ],
    ids=["old hint", "new hint", "standalone", "commented", "longest", "read in by another"],
)
def test_the_paper_is_chosen_among_several_documents(extra):
    """Case 30: of two files with a class, arXiv's hint decides, then the class, then what it reads in and its length."""
    main = latex(r"\section{S} the paper " + "words " * 100 + r"\input{chapter}")
    files = {"paper.tex": main, **extra}
    assert read_latex(tar(files), "x").sections[0].text.startswith("the paper")
    assert read_latex(tar(dict(reversed(files.items()))), "x").sections[0].text.startswith("the paper")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (latex("\\section{S} Müller", "\\usepackage[latin1]{inputenc}").decode().encode("latin-1"), "Müller"),
        (latex("\\section{S} Ł", "\\usepackage[latin2]{inputenc}").decode().encode("iso8859-2"), "Ł"),
        (latex("\\section{S} naïve").decode().encode("cp1252"), "naïve"),
        (latex("\\section{S} naïve").decode().encode("utf-16"), "naïve"),
        (b"\xef\xbb\xbf" + latex("\\section{S} naïve"), "naïve"),
        (
            latex("\\section{S} näïvë öäü éè" + " ç" * 20).replace(b"\xc3\xab", b"\xc3"),
            "näïv\ufffd öäü éè" + " ç" * 20,
        ),
        (latex("\\section{S} a\r\n\r\nb").replace(b"\n", b"\r\n"), "a\n\nb"),
    ],
    ids=["latin1", "latin2", "cp1252", "utf-16", "utf-8 mark", "damaged utf-8", "line ends"],
)
def test_any_encoding_is_read(data, expected):
    """Case 30: Latin-1, declared or not, UTF-16, and UTF-8 with a broken byte give the letters that were meant."""
    assert read_latex(data, "x").sections[0].text == expected


def test_plain_tex_is_read_with_a_flag():
    """A document without class and body is text from its first line, and the quality says so."""
    paper = read_latex(b"\\magnification=1200 \\def\\x{ex} Some plain \\x ample text.\n\n More. \\bye", "x")
    assert paper.sections[0].text == "Some plain example text.\n\nMore."
    assert "plain TeX, not LaTeX" in paper.flags
    assert "no sections found" in paper.flags


def test_a_document_without_text_is_told():
    """A document that holds no running text is unreadable, not a paper without sections."""
    with pytest.raises(UnreadableFileError) as caught:
        read_latex(latex(r"\includepdf[pages=-]{paper.pdf}"), "x")
    assert caught.value.reason == "no text"


def test_quality_falls_with_what_is_not_known():
    """A whole paper has quality 1 and no flags; unknown commands and open braces lower it, each with its flag."""
    body = (
        r"\begin{abstract}We show it.\end{abstract}\section{S} "
        + "Words that make sentences of a paper. " * 200
    )
    sound = read_latex(latex(body), "x")
    assert (sound.quality, sound.flags) == (1.0, ())
    worse = read_latex(latex(body + r"{ \foo \bar $x " * 20), "x")
    assert worse.quality < 0.7
    assert any("not known" in flag for flag in worse.flags)
    assert any("do not close" in flag for flag in worse.flags)


_SAMPLES = r"""$ $$ \( \) \[ \] \frac{a}{b} \sqrt x_{i,j} ^{a+b} \log \sum_{i=1}^{n} \hat{y} \mathbb{E}_{x\sim p} \text{if} \left( \right.
\footnote{n} \section{t} \title{t} \begin{equation} \end{equation} \begin{pmatrix} \end{pmatrix} \caption{c} \begin{table} \end{table}
\multicolumn{2}{c}{m} \multirow{2}{*}{r} \item \begin{itemize} \end{itemize} \label{a} \nameref{a} \verb|v| \url{u} \def\x#1{#1} \x \iffalse \fi
\begin{thebibliography}{9} \bibitem[{N(2020)}]{a} \end{thebibliography} \ensuremath{a<b} \mbox{$a$} \begin{abstract} \end{abstract} \author{A} """
_PIECES = st.one_of(
    st.text(st.sampled_from("ab1 {}$\\&%#^_~[]()\n`'-=+,.@\0\x01\x0e"), max_size=12),
    st.sampled_from(
        [
            *_SAMPLES.split(),
            "\\begin{tabular}{ll}",
            "\\end{tabular}",
            "\\\\",
            "&",
            "\n\n",
            "\\ref{a}",
            "\\cite{a}",
        ]
    ),
)


@settings(deadline=None, max_examples=150)
@given(st.lists(_PIECES, max_size=25).map("".join))
def test_any_few_signs_give_text_or_a_reason(body):
    """Whatever follows each other, reading ends with text that holds no control character, or with a typed reason."""
    try:
        paper = read_latex(latex("\\section{S} words " + body), "x")
    except UnreadableFileError as error:
        assert error.reason  # noqa: PT017  the reason is the property
    else:
        shown = "".join(
            (paper.title or "", *paper.references, *(f"{one.title}{one.text}" for one in paper.sections))
        )
        assert not [character for character in shown if ord(character) < 32 and character != "\n"]


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=12), min_size=1, max_size=30)
)
def test_plain_words_are_kept(words):
    """Words without any mark come out as they went in, with single blanks."""
    assert text_of("\n".join(words)).split() == " ".join(words).split()


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data/fulltext beside the checkout")
@pytest.mark.parametrize(
    ("name", "title", "authors", "n_references", "sentence"),
    [
        (
            "1911.02782",
            "S2ORC: The Semantic Scholar Open Research Corpus",
            ("Kyle Lo", "Lucy Lu Wang", "Mark Neumann", "Rodney Kinney", "Daniel S. Weld"),
            55,
            "We identify 8.1M of the 28.9M PDFs as open access (§2.4), and we provide full text",
        ),
        (
            "2004.14974",
            "Fact or Fiction: Verifying Scientific Claims",
            ("David Wadden", "Shanchuan Lin", "Kyle Lo", "Lucy Lu Wang", "Madeleine van Zuylen", "Arman Cohan", "Hannaneh Hajishirzi"),
            36,
            "The best threshold was t = 0.025 when training on Fever, and t = 0.75 when training on UKP Snopes.",
        ),
    ],
)  # fmt: skip
def test_the_sample_sources(name, title, authors, n_references, sentence):
    """Two sources from arXiv: title, authors and works cited right, nothing flagged, macros and numbers resolved."""
    paper = read_latex((DATA / f"{name}.gz").read_bytes(), name)
    assert (paper.title, paper.authors) == (title, authors)
    assert len(paper.references) == n_references
    assert (paper.quality, paper.flags) == (1.0, ())
    assert sentence in "\n".join(section.text for section in paper.sections)
