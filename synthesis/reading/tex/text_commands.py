r"""Commands within running text: what they print, what of their arguments is dropped, links, notes, verbatim."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthesis.reading.tex.document import Paragraph
from synthesis.reading.tex.parts import GONE, plain
from synthesis.reading.tex.symbols import ding, lowered, raised
from synthesis.reading.tex.tokens import is_words, written

if TYPE_CHECKING:
    from synthesis.reading.tex.engine import Engine
    from synthesis.reading.tex.frames import Handler
    from synthesis.reading.tex.parts import Part

# How the arguments of a command that prints none of them are read (* star, o brackets, m braces); what follows is text.
_DROPPED = {
    "*": "linebreak pagebreak nolinebreak nopagebreak",
    "m": "hypersetup index glsadd nocite hyphenation graphicspath fontfamily fontseries fontshape arrayrulecolor bibinfo "
    "bibfield BibitemShut bibnote lstset tikzset pgfplotsset usetikzlibrary pagestyle thispagestyle pagenumbering "
    "bibpunct emergencystretch stepcounter refstepcounter newlength newsavebox usebox pdfinfo setstretch linespread "
    "enlargethispage keywords keyword pacs email ead ORCID orcid orcidID dedicatory subjclass classification received "
    "accepted revised preprint copyrightyear setcopyright acmDOI acmISBN acmPrice acmYear acmMonth acmVolume acmNumber "
    "acmArticle acmJournal acmSubmissionID ccsdesc icmlkeywords icmlcorrespondingauthor icmlsetsymbol icmlEqualContribution "
    "hyperlink selectlanguage overset underset stackrel textcolumn rowfont adjustbox xspaceaddexceptions newcites "
    "addbibresource bibliographystyle fnref inst footskip urlstyle tag allowdisplaybreaks sethlcolor shortauthors runauthor "
    "authorrunning titlerunning institute IEEEspecialpapernotice pgfdeclareimage shorttitle",
    "mo": "newcounter scalebox",
    "oo": "makebox framebox",
    "om": "color pagecolor textcolor colorbox cellcolor rowcolor columncolor setlist captionsetup thanks Thanks affil affiliation "
    "address institution todo missingfigure rotatebox lstinputlisting IEEEmembership lstMakeShortInline "
    " DeclareGraphicsExtensions marginpar includepdf corref tnoteref fntext cortext tnotetext",
    "*m": "vspace hspace phantom hphantom vphantom",
    "*oom": "includegraphics includesvg",
    "mm": "setlength addtolength setcounter addtocounter colorlet settowidth settoheight PassOptionsToPackage crefformat "
    "fontsize numberwithin counterwithin counterwithout lstdefinestyle markboth hypertarget addtocontents icmlaffiliation "
    "DeclareUnicodeCharacter newfontfamily",
    "mmm": "definecolor addcontentsline crefname Crefname specialrule acmConference",
    "mom": "newcolumntype",
    "moo": "raisebox",
    "*mm": "resizebox",
    "omm": "fcolorbox",
    "ooom": "parbox",
    "mmmm": "DeclareMathSymbol DeclareSymbolFont",
    "mmmmmm": "DeclareFontShape",
    "omom": "lstdefinelanguage",
    "*mommmmo": "titleformat",
    "*mmmmo": "titlespacing",
}
# Commands that print nothing and take nothing: fonts, sizes, places.
_NOTHING = (
    "em it bf sl sc tt rm sf bfseries itshape scshape slshape upshape rmfamily sffamily ttfamily mdseries normalfont "
    "emph textbf textit textsc textsl textup textmd textlf textnormal underline uline dashuline uwave uuline dotuline hl "
    "textulc mathrm mathbf mathit mathsf mathtt mathcal mathfrak mathscr boldsymbol bm pmb mathnormal boldmath unboldmath "
    "tiny scriptsize footnotesize small normalsize large Large LARGE huge Huge smaller larger centering raggedright "
    "raggedleft noindent indent maketitle tableofcontents listoffigures listoftables newpage clearpage cleardoublepage "
    "pagebreak smallskip medskip bigskip vfill hfill hrulefill dotfill null protect relax ignorespaces unskip leavevmode "
    "noexpand global long outer sloppy fussy flushbottom raggedbottom balance onecolumn twocolumn singlespacing doublespacing "
    "onehalfspacing begingroup endgroup bgroup egroup displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits "
    "nonumber notag bibitemdeclare newblock BibitemOpen bibnamefont bibfnamefont bibfield citenamefont selectfont strut "
    "mathstrut printbibliography frontmatter mainmatter backmatter uppercase lowercase MakeUppercase MakeLowercase "
    "big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr mathop mathbin mathrel mathord mathopen mathclose "
    "mathpunct overline widebar overbrace underbrace overrightarrow overleftarrow mathchoice cancel bcancel nobreak break "
    "allowbreak aclfinalcopy iclrfinalcopy IEEEpeerreviewmaketitle IEEEdisplaynontitleabstractindextext "
    " makeindex printindex appendixpage nopagenumbers bye FloatBarrier columnbreak bibpreamble nolinebreak linebreak "
    " makecell thead shortstack mbox hbox vbox fbox text textrm textsf texttt lowercase normalsize "
    "natexlab urlprefix bibsection bibfont phantomsection "
    "linenumbers nolinenumbers sc IEEEraisesectionheading IEEEtitleabstractindextext mathsmaller "
    " substack smash mathclap mathllap mathrlap rlap llap clap adjustlimits "
    " loop repeat nopagebreak samepage small textls "
    "printead acmBadgeR captionfont boxed fbox ulined ensuredisplaymath textmath mathchar hfil vfil hss"
)
_REGISTERS = (
    "parindent parskip baselineskip tabcolsep hsize vsize textwidth textheight columnwidth linewidth leftmargin rightmargin "
    "topmargin oddsidemargin evensidemargin headheight headsep footskip columnsep itemsep topsep parsep partopsep floatsep "
    "textfloatsep intextsep dbltextfloatsep abovecaptionskip belowcaptionskip abovedisplayskip belowdisplayskip "
    "abovedisplayshortskip belowdisplayshortskip arraystretch arraycolsep fboxsep fboxrule hskip vskip kern mkern mskip "
    "raise lower penalty magnification clubpenalty widowpenalty hyphenpenalty tolerance looseness emergencystretch pdfoutput interfootnotelinepenalty "
    "lineskip hoffset voffset bibsep jot labelsep labelwidth listparindent floatpagefraction topfraction paperwidth paperheight "
    "pdfpagewidth pdfpageheight skip dimen count mathsurround hangindent hangafter exhyphenpenalty binoppenalty relpenalty "
    "pretolerance cmidrulewidth heavyrulewidth lightrulewidth aboverulesep belowrulesep"
)
_LENGTH = re.compile(
    r"\s*=?\s*[-+]?(?:\d+\.?\d*|\.\d+)\s*(?:true)?\s*(?:pt|em|ex|in|cm|mm|bp|pc|sp|mu|fill?l?)?\b"
    r"(?:\s*(?:plus|minus)\s*-?[\d.]+\s*(?:pt|em|ex|in|cm|mm|bp|pc|sp|mu|fill?l?)\b)*"
)
_EQUALS = "="
_NO_SPACE_BEFORE = re.compile(r"[-.,;:!?)\]}/'’]")


def text_commands() -> dict[str, Handler]:
    """Commands of running text by name."""
    found: dict[str, Handler] = dict.fromkeys(_NOTHING.split(), _nothing)
    found |= dict.fromkeys(_REGISTERS.split(), _length)
    for signature, names in _DROPPED.items():
        found |= dict.fromkeys(names.split(), dropping(signature))
    found |= dict.fromkeys(("verb", "lstinline", "Verb"), _verb)
    found |= dict.fromkeys(("url", "path", "nolinkurl", "burl", "doi"), _address)
    return found | {
        "par": lambda engine: engine.end_of_paragraph(),
        "newline": lambda engine: engine.emit("\n"),
        "endgraf": lambda engine: engine.end_of_paragraph(),
        "and": lambda engine: engine.emit("\n"),
        "And": lambda engine: engine.emit("\n"),
        "AND": lambda engine: engine.emit("\n"),
        "footnote": _footnote,
        "footnotetext": _footnote,
        "tablefootnote": _footnote,
        "endnote": _footnote,
        "footnotemark": _mark,
        "href": _link,
        "mintinline": _minted,
        "ding": lambda engine: engine.emit(ding(written(engine.stream.argument()))),
        "textsuperscript": lambda engine: engine.capture(lambda parts: engine.emit(raised(plain(parts)))),
        "textsubscript": lambda engine: engine.capture(lambda parts: engine.emit(lowered(plain(parts)))),
        "xspace": _xspace,
        "dots": _ellipsis,
        "ldots": _ellipsis,
        "enquote": _quoted,
        "say": _quoted,
        "texorpdfstring": _first_of_two,
        "string": lambda engine: engine.emit((engine.stream.next() or "").removeprefix("\\")),
        "the": lambda engine: engine.stream.next() and None,
        "write": _write,
        "special": dropping("m"),
        "openout": _open,
        "openin": _open,
        "active #": lambda engine: engine.emit("#"),
        "SI": _quantity,
        "qty": _quantity,
        "num": dropping("o"),
        "si": dropping("o"),
        "foreignlanguage": dropping("m"),
        "xrightarrow": _long_arrow,
    }


def dropping(signature: str) -> Handler:
    """A command whose arguments are read by ``signature`` and dropped."""

    def drop(engine: Engine) -> None:
        for kind in signature:
            if kind == "*":
                engine.stream.star()
            elif kind == "o":
                engine.stream.optional()
            else:
                engine.stream.argument()

    return drop


def _nothing(_: Engine) -> None:
    """A command that readers do not see."""


def _length(engine: Engine) -> None:
    """A register's name, and the length that it is set to, if one follows."""
    token = engine.stream.next()
    if token is None:
        return
    if is_words(token) and (match := _LENGTH.match(token)):
        rest = token[match.end() :]
        engine.stream.push_words(rest)
    elif is_words(token) and token.strip() == _EQUALS:  # another register's length
        engine.stream.next()
    else:
        engine.stream.push([token])


def _write(engine: Engine) -> None:
    """A file or program that TeX would write to: its number, and what it would get, are passed over."""
    _length(engine)
    engine.stream.argument()


def _open(engine: Engine) -> None:
    r"""``\\openout3=name``: its number and the file's name are passed over."""
    _length(engine)
    token = engine.stream.next_visible() or ""
    engine.stream.push_words(token.partition(" ")[2]) if is_words(token) else engine.stream.push(
        [token] * bool(token)
    )


def _footnote(engine: Engine) -> None:
    """A note stands after its paragraph, so that it tears no sentence."""
    engine.stream.optional()
    in_document = engine.is_open("document")

    def done(parts: list[Part]) -> None:
        if in_document:
            engine.document.after_paragraph(Paragraph(parts))

    engine.emit(GONE)
    engine.capture(done, math=False)


def _mark(engine: Engine) -> None:
    engine.stream.optional()
    engine.emit(GONE)


def _address(engine: Engine) -> None:
    engine.emit(engine.stream.verbatim_argument().replace("\\", "").strip())


def _link(engine: Engine) -> None:
    engine.stream.verbatim_argument()


def _verb(engine: Engine) -> None:
    engine.emit(engine.stream.verbatim_until_repeated())


def _minted(engine: Engine) -> None:
    engine.stream.optional()
    engine.stream.argument()
    _verb(engine)


def _xspace(engine: Engine) -> None:
    following = engine.stream.peek()
    if (
        engine.math
        or following is None
        or following in ("}", "~", " ", "\\ ", "\\/", "\\par", "\\xspace", "\\footnote")
    ):
        return
    if not (is_words(following) and _NO_SPACE_BEFORE.match(following)):
        engine.emit(" ")


def _ellipsis(engine: Engine) -> None:
    """In text it keeps its distance from a word, whose blank the command's name has swallowed."""
    following = None if engine.math else engine.stream.peek()
    engine.emit("… " if following is not None and following[0].isalnum() else "…")


def _quoted(engine: Engine) -> None:
    engine.stream.star()

    def done(parts: list[Part]) -> None:
        engine.emit("“", *parts, "”")

    engine.capture(done)


def _first_of_two(engine: Engine) -> None:
    r"""``\texorpdfstring{print}{bookmark}``."""
    first = engine.stream.argument()
    engine.stream.argument()
    engine.stream.push(["{", *first, "}"])


def _long_arrow(engine: Engine) -> None:
    engine.stream.optional()
    engine.stream.argument()
    engine.emit("→")


def _quantity(engine: Engine) -> None:
    r"""``\SI{3.4}{\percent}``."""
    engine.stream.optional()

    def unit(number: list[Part]) -> None:
        engine.capture(lambda parts: engine.emit(*number, " ", *parts), math=False)

    engine.capture(unit, math=False)
