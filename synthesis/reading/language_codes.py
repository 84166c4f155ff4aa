"""Codes of languages: ISO 639-1 (two letters) beside ISO 639-2 and 639-3 (three), with both forms of 639-2."""

from __future__ import annotations

# Two letters, then every three-letter code of the language: the terminological first, then the bibliographic.
_CODES = """af:afr am:amh ar:ara,arb az:aze be:bel bg:bul bn:ben bs:bos ca:cat cs:ces,cze cy:cym,wel da:dan de:deu,ger
el:ell,gre en:eng eo:epo es:spa et:est eu:eus,baq fa:fas,per,pes fi:fin fo:fao fr:fra,fre ga:gle gd:gla gl:glg gu:guj
ha:hau he:heb hi:hin hr:hrv hu:hun hy:hye,arm id:ind is:isl,ice it:ita ja:jpn ka:kat,geo kk:kaz km:khm kn:kan ko:kor
ku:kur la:lat lo:lao lt:lit lv:lav mk:mkd,mac ml:mal mn:mon mr:mar ms:msa,may mt:mlt my:mya,bur nb:nob ne:nep
nl:nld,dut nn:nno no:nor or:ori pa:pan pl:pol ps:pus pt:por ro:ron,rum ru:rus si:sin sk:slk,slo sl:slv so:som
sq:sqi,alb sr:srp sv:swe sw:swa,swh ta:tam te:tel th:tha tl:tgl tr:tur uk:ukr ur:urd uz:uzb vi:vie xh:xho yi:yid
yo:yor zh:zho,chi,cmn zu:zul"""
_LONG = {two: tuple(three.split(",")) for two, _, three in (one.partition(":") for one in _CODES.split())}
_SHORT = {three: two for two, codes in _LONG.items() for three in codes}


def two_letter_code(code: str | None) -> str | None:
    """The ISO 639-1 code of a language named by any of its codes, with or without a region; ``None`` if unknown.

    >>> two_letter_code("ger"), two_letter_code("pt-BR"), two_letter_code("English")
    ('de', 'pt', None)
    """
    primary = (code or "").strip().lower().replace("_", "-").partition("-")[0]
    return primary if primary in _LONG else _SHORT.get(primary)


def three_letter_codes(code: str) -> tuple[str, ...]:
    """The three-letter codes of a language named by its ISO 639-1 code; empty if unknown.

    >>> three_letter_codes("de")
    ('deu', 'ger')
    """
    return _LONG.get(code.strip().lower(), ())
