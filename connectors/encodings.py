"""Which bytes a file is made of, found out before a row of it is read.

UTF-8 where it decodes strictly, UTF-16 and UTF-32 by their mark or their zeros, else Windows-1252, which is what spreadsheets in the
Americas and Western Europe save; that guess is always told, with the first line it concerns. What is no text is refused.
"""

import codecs
import io
import re
from dataclasses import dataclass
from typing import BinaryIO, NoReturn

from charset_normalizer import from_bytes

from connectors.refusals import FileRefused, shown

LIMIT_MB = 200
"""A file this large is a million notes; more is a slip, or an export to be split."""

HEAD = 64 * 1024
_AS_CSV = "save it as “CSV UTF-8” (or as JSON Lines) and import that"

# The first bytes of files that people rename to .csv, and what to do instead.
SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", f"an Excel workbook or a zip archive: open it in the spreadsheet, {_AS_CSV}"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0", f"an old Excel or Word file: open it, {_AS_CSV}"),
    (b"%PDF", "a PDF: ask for the list it was printed from, as CSV"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"II*\0", "an image"),
    (b"MM\0*", "an image"),
    (b"\x1f\x8b", "a gzip archive: unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it first"),
    (b"SQLite format 3\0", f"a database: export the table, {_AS_CSV}"),
    (b"{\\rtf", f"a word-processor file: open it, {_AS_CSV}"),
)
MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# No Western word has four accented letters in a row; Cyrillic, Greek and Japanese bytes have little else.
_FOREIGN = re.compile(rb"[\xc0-\xff\x80-\x84\x8a-\x90\x98-\x9f]{4,}")


@dataclass(frozen=True, slots=True)
class Encoding:
    """The codec of a file, and what the person should know about the choice."""

    codec: str
    warning: str | None = None


def find_encoding(file: BinaryIO, named: str | None = None) -> Encoding:
    """The encoding of a file, which is read through once and left at its start. `named` is a codec that somebody vouches for.

    Raises FileRefused where the file is empty, too large, no text, cut off inside a character, or in an encoding nobody can tell.
    """
    size = file.seek(0, 2)
    file.seek(0)
    if size == 0:
        raise FileRefused("The file is empty. Export it again.")
    if size > LIMIT_MB * 1_000_000:
        raise FileRefused(f"The file has {size / 1_000_000:,.0f} MB, and {LIMIT_MB} MB are taken at once. Split it and import the parts.")
    head = file.read(HEAD)
    _refuse_what_is_no_text(head)
    codec = _named(named) if named else next((codec for mark, codec in MARKS if head.startswith(mark)), None) or _by_zeros(head)
    if codec is None:
        return _utf8_or_windows(file)
    _decode_through(file, codec)
    return Encoding(codec)


def _refuse_what_is_no_text(head: bytes) -> None:
    for signature, what in SIGNATURES:
        if head.startswith(signature):
            raise FileRefused(f"The file is no text but {what}.")
    start = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<table")):
        raise FileRefused(f"The file is a web page or XML under another name: open it in the spreadsheet, {_AS_CSV}.")
    if not head.startswith(tuple(mark for mark, _ in MARKS)) and not _by_zeros(head):
        odd = sum(head.count(bytes([code])) for code in range(32) if code not in b"\t\n\r\f\v\x1b")
        if odd * 10 > len(head):
            raise FileRefused(f"The file is no text. If it holds a table, {_AS_CSV}.")


def _named(name: str) -> str:
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=name)  # takes text encodings only, not hex or zip
    except (LookupError, ValueError):
        raise FileRefused(f"{shown(name)} is not an encoding we know; write one like utf-8, cp1252 or shift_jis.") from None
    return "utf-8-sig" if codecs.lookup(name).name == "utf-8" else name


def _by_zeros(head: bytes) -> str | None:
    """UTF-16 without its mark: text of Western letters has a zero in every second place, and in those places only."""
    pairs = len(head) // 2
    if pairs == 0:
        return None
    even, odd = head[0 : pairs * 2 : 2].count(0), head[1 : pairs * 2 : 2].count(0)
    if odd * 10 > pairs * 4 and even * 10 < pairs:
        return "utf-16-le"
    return "utf-16-be" if even * 10 > pairs * 4 and odd * 10 < pairs else None


def _decode_through(file: BinaryIO, codec: str) -> None:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        while block := file.read(1 << 20):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        if "truncated" in error.reason or "unexpected end" in error.reason:
            raise FileRefused("The file ends in the middle of a character: it was cut off. Copy or export it again.") from None
        raise FileRefused(f"The file is not the {codec} text it says it is. Export it again as UTF-8.") from None
    file.seek(0)


def _utf8_or_windows(file: BinaryIO) -> Encoding:
    file.seek(0)
    first_odd: tuple[int, bytes] | None = None
    other_utf8, cut, sample, at = False, False, bytearray(), 0
    for piece in file:
        start, at = at, at + len(piece)
        if piece.isascii():
            continue
        try:
            piece.decode("utf-8")
            other_utf8 = True
        except UnicodeDecodeError as error:
            cut = first_odd is None and "unexpected end" in error.reason and error.end == len(piece)
            first_odd = first_odd or (start + error.start, piece)
            if len(sample) < HEAD:
                sample += piece[:HEAD]
    if first_odd is None:
        file.seek(0)
        return Encoding("utf-8")
    number, word = _place(file, first_odd[0])
    if other_utf8 and cut:
        raise FileRefused(f"The file ends in the middle of a character (line {number}): it was cut off. Copy or export it again.")
    if other_utf8:
        raise FileRefused(f"Line {number} is not UTF-8, though other lines are: two encodings are mixed. Save the whole file as UTF-8.")
    return _windows(file, bytes(sample), number, word)


def _windows(file: BinaryIO, sample: bytes, number: int, word: bytes) -> Encoding:
    try:
        _decode_through(file, "cp1252")
    except FileRefused:
        _refuse_unknown(sample, number)
    if _FOREIGN.search(sample):
        _refuse_unknown(sample, number)
    read = shown(word.decode("cp1252", "replace"))
    return Encoding(
        "cp1252",
        f"The file is not UTF-8 and was read as Windows-1252. Line {number} is the first it concerns: {read}. "
        "If that looks wrong, save the file as UTF-8 and import it again before anybody works with it.",
    )


def _refuse_unknown(sample: bytes, number: int) -> NoReturn:
    best = from_bytes(sample).best()
    guess = f" It may be {best.encoding}." if best else ""
    raise FileRefused(
        f"The file is neither UTF-8 nor Windows-1252 (first at line {number}).{guess} Save it as UTF-8, or name its encoding (--encoding)."
    )


def _place(file: BinaryIO, offset: int) -> tuple[int, bytes]:
    """The line of the byte at `offset`, counted from 1, and the word around it."""
    file.seek(0)
    before = file.read(offset)
    after = file.read(20)
    number = len((before + b"x").splitlines())
    head = re.split(rb"[\s,;\"|]", before[-20:])[-1]
    return number, head + re.split(rb"[\s,;\"|]", after)[0]


def ends_with_line_end(file: BinaryIO) -> bool:
    """Whether the last character of a file ends a line, in any encoding we read."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 4))
    return file.read().rstrip(b"\0").endswith((b"\n", b"\r"))
