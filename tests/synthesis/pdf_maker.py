"""PDFs made by hand, byte by byte: what typesetters never write, and hostile files do."""

import zlib

CATALOGUE = b"<< /Type /Catalog /Pages 2 0 R >>"
ONE_PAGE = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
HELVETICA = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
SENTENCE = "A short line of words stands here."


def pdf_of(*objects, trailer=b""):
    """A PDF of the given objects, numbered from 1; object 1 is the catalogue."""
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1,
        trailer,
        start,
    )
    return bytes(out)


def stream(data, extra=b"", *, packed=False):
    """A stream object."""
    if packed:
        data, extra = zlib.compress(data), extra + b" /Filter /FlateDecode"
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), extra, data)


def page(box=b"0 0 600 800", extra=b"", resources=b""):
    """A page whose content is object 4 and whose font F1 is object 5."""
    return (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> %s >> %s >>" % (box, resources, extra)
    )


def shown(text=SENTENCE, x=50, y=700, size=10):
    """Operators that show a line of Latin text."""
    return b"BT /F1 %d Tf 1 0 0 1 %d %d Tm (%s) Tj ET\n" % (size, x, y, text.encode("latin-1"))


def one_page(content, font=HELVETICA, *more, **options):
    """A PDF of one page."""
    return pdf_of(CATALOGUE, ONE_PAGE, page(**options), stream(content), font, *more)


def mapped(lines, *, size=10, x=50, top=700, leading=14):
    """A page whose font says of each code which characters it stands for; ``lines`` are lists of those."""
    codes = {}
    content = b""
    for i, line in enumerate(lines):
        numbers = bytes(codes.setdefault(characters, 33 + len(codes)) for characters in line)
        content += b"BT /F1 %d Tf 1 0 0 1 %d %d Tm <%s> Tj ET\n" % (
            size,
            x,
            top - leading * i,
            numbers.hex().encode(),
        )
    pairs = b"".join(
        b"<%02x> <%s>\n" % (code, characters.encode("utf-16-be").hex().encode())
        for characters, code in codes.items()
    )
    table = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        b"1 begincodespacerange <00> <ff> endcodespacerange\n%d beginbfchar\n%sendbfchar\nendcmap end end"
        % (len(codes), pairs)
    )
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>"
    return one_page(content, font, stream(table))
