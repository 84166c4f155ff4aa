"""Commands by what they do to text: nothing, or nothing but reading arguments that are not printed."""

from __future__ import annotations

# How the arguments of a command that prints none of them are read: * star, o brackets, m braces; t says that an
# argument follows which is text, so that blanks before its brace are none.
DROPPED = {
    "*": "linebreak pagebreak nolinebreak nopagebreak",
    "m": "sout st xout extracolsep hypersetup index glsadd nocite hyphenation graphicspath fontfamily fontseries fontshape arrayrulecolor bibnote "
    "BibitemShut lstset tikzset pgfplotsset usetikzlibrary pagestyle thispagestyle pagenumbering emergencystretch "
    "stepcounter refstepcounter newlength newsavebox usebox pdfinfo setstretch linespread enlargethispage keywords keyword "
    "pacs email ead ORCID orcid orcidID dedicatory subjclass classification received accepted revised preprint "
    "copyrightyear setcopyright acmDOI acmISBN acmPrice acmYear acmMonth acmVolume acmNumber acmArticle acmJournal "
    "acmBooktitle acmSubmissionID icmlkeywords selectlanguage textcolumn rowfont xspaceaddexceptions newcites "
    "addbibresource bibliographystyle fnref inst urlstyle tag sethlcolor shortauthors runauthor shorttitle icmltitlerunning "
    "authorrunning titlerunning institute IEEEspecialpapernotice pgfdeclareimage printAffiliationsAndNotice special",
    "mt": "bibinfo bibfield hyperlink overset underset stackrel adjustbox foreignlanguage",
    "mot": "scalebox",
    "mo": "newcounter",
    "ot": "added",
    "oot": "makebox framebox",
    "om": "deleted color pagecolor cellcolor rowcolor columncolor setlist captionsetup thanks Thanks affil affiliation address "
    "institution todo missingfigure lstinputlisting IEEEmembership includepdf corref tnoteref fntext cortext tnotetext "
    "marginpar authornote authornotemark ccsdesc subtitle Description DeclareGraphicsExtensions",
    "omt": "textcolor colorbox rotatebox",
    "*m": "vspace hspace phantom hphantom vphantom",
    "*oom": "includegraphics includesvg",
    "mm": "setlength addtolength setcounter addtocounter colorlet settowidth settoheight PassOptionsToPackage crefformat "
    "fontsize numberwithin counterwithin counterwithout lstdefinestyle markboth addtocontents icmlaffiliation "
    "icmlcorrespondingauthor icmlsetsymbol DeclareUnicodeCharacter newfontfamily",
    "mmm": "definecolor addcontentsline crefname Crefname acmConference",
    "mmt": "hypertarget",
    "mom": "newcolumntype",
    "moot": "raisebox",
    "*mmt": "resizebox",
    "omm": "rule",
    "ommt": "fcolorbox",
    "ooomt": "parbox",
    "mmmm": "DeclareMathSymbol DeclareSymbolFont",
    "mmmmmm": "DeclareFontShape",
    "omom": "lstdefinelanguage",
    "*mommmmo": "titleformat",
    "*mmmmo": "titlespacing",
}

# Fonts, sizes and places; of those with an argument, that is text and goes on.
NOTHING = frozenset(
    (
        "em it bf sl sc tt rm sf bfseries itshape scshape slshape upshape rmfamily sffamily ttfamily mdseries normalfont "
        "emph textbf textit textsc textsl textup textmd textlf textls textulc text textrm textsf texttt textnormal underline "
        "uline dashuline uwave uuline dotuline ulined ul hl boldmath unboldmath mathrm mathbf mathit mathsf mathtt "
        "mathcal mathfrak mathscr boldsymbol bm pmb mathnormal mathop mathbin mathrel mathord mathopen mathclose mathpunct "
        "mathchoice mathchar mathsmaller mathstrut mathclap mathllap mathrlap displaystyle textstyle scriptstyle "
        "scriptscriptstyle limits nolimits nonumber notag overline widebar overbrace underbrace overrightarrow overleftarrow "
        "cancel bcancel substack smash boxed adjustlimits big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr "
        "tiny scriptsize footnotesize small normalsize large Large LARGE huge Huge smaller larger captionfont uppercase "
        "lowercase MakeUppercase MakeLowercase mbox hbox vbox fbox rlap llap clap makecell thead shortstack strut selectfont "
        "centering raggedright raggedleft noindent indent leavevmode null protect relax ignorespaces unskip noexpand global "
        "long outer sloppy fussy flushbottom raggedbottom balance onecolumn singlespacing doublespacing onehalfspacing "
        "begingroup endgroup bgroup egroup loop repeat samepage nobreak break allowbreak phantomsection columnbreak "
        "newpage clearpage cleardoublepage smallskip medskip bigskip vfill hfill hfil vfil hss hrulefill dotfill "
        "maketitle tableofcontents listoffigures listoftables makeindex printindex appendixpage frontmatter mainmatter "
        "backmatter FloatBarrier linenumbers nolinenumbers nopagenumbers bye today immediate printead aclfinalcopy "
        "iclrfinalcopy icmlEqualContribution IEEEpeerreviewmaketitle IEEEdisplaynontitleabstractindextext "
        "IEEEtitleabstractindextext IEEEraisesectionheading acmBadgeR newblock bibitemdeclare BibitemOpen bibnamefont "
        "bibfnamefont citenamefont natexlab urlprefix bibsection bibfont bibpreamble allowdisplaybreaks @"
    ).split()
)

# Lengths and numbers that may be set by what follows ("\\parskip=3pt", "\\hskip 3pt plus 1pt").
REGISTERS = frozenset(
    (
        "parindent parskip baselineskip tabcolsep hsize vsize textwidth textheight columnwidth linewidth leftmargin "
        "rightmargin topmargin oddsidemargin evensidemargin headheight headsep footskip columnsep itemsep topsep parsep "
        "partopsep floatsep textfloatsep intextsep dbltextfloatsep abovecaptionskip belowcaptionskip abovedisplayskip "
        "belowdisplayskip abovedisplayshortskip belowdisplayshortskip arraystretch arraycolsep fboxsep fboxrule hskip vskip "
        "kern mkern mskip raise lower magnification penalty clubpenalty widowpenalty hyphenpenalty tolerance looseness "
        "pdfoutput interfootnotelinepenalty lineskip hoffset voffset bibsep jot labelsep labelwidth listparindent "
        "floatpagefraction topfraction paperwidth paperheight pdfpagewidth pdfpageheight skip dimen count mathsurround "
        "hangindent hangafter exhyphenpenalty binoppenalty relpenalty pretolerance heavyrulewidth lightrulewidth "
        "cmidrulewidth aboverulesep belowrulesep"
    ).split()
)

# Abbreviations that many styles define; they end in one stop, whatever follows.
ABBREVIATIONS = {
    "ie": "i.e.",
    "eg": "e.g.",
    "etal": "et al.",
    "etc": "etc.",
    "cf": "cf.",
    "wrt": "w.r.t.",
    "vs": "vs.",
}
