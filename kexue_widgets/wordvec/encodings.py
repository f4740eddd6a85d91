"""Text files in whatever encoding readers have them: read right, or refused with the file and the byte."""

from __future__ import annotations

import codecs
import re
import reprlib
import unicodedata
import warnings
from functools import cache
from pathlib import Path

MARKED = (  # UTF-32's mark begins with UTF-16's
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
CHINESE = {"gb18030": "GB18030", "gbk": "GB18030", "gb2312": "GB18030", "big5": "Big5"}
COMMON = "\n ,.，。、的一"  # what any text has, and hardly any with its bytes exchanged
LONGEST_PATH = 4000  # bytes
COHERENCE = 0.2  # of a guess: what is no Chinese, or another encoding's, has less
CONTROL = re.compile(r"[\x00-\x08\x0e-\x19\x1b\x7f-\x84\x86-\x9f]")
# Soft hyphen, Arabic's lengthened line (tatweel), word joiner, byte order mark: in no word
INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u0640\u2060\ufeff"))

# Letters in the shapes that a page has them in: ﬀ to ﬆ, which a font draws as one, those of Arabic by their neighbours, and
# Latin ones as wide as Chinese characters.
SHAPES = {
    each: letters
    for first, last in ((0xFB00, 0xFB06), (0xFB50, 0xFDFB), (0xFE70, 0xFEFC), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))
    for each in range(first, last + 1)
    if (letters := unicodedata.normalize("NFKC", chr(each))).isalpha()
}

# What files begin with that hold a text, but are none.
PACKED = {
    b"%PDF-": "PDF",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"(\xb5/\xfd": "zstd",
    b"PK\x03\x04": "zip",
}
FORMATS = {
    "{\\rtf": "RTF",
    "<!doctype html": "HTML",
    "<html": "HTML",
    "<?xml": "XML",
    "<mediawiki": "XML",
}

HANZI = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
KANA_HANGUL = re.compile("[\u3041-\u30ff\u31f0-\u31ff\uac00-\ud7a3]")
# Letters and signs of Chinese, Japanese, Thai, Lao, Tibetan, Burmese and Khmer, whose words no spaces part
UNPARTED = re.compile(
    "[\u3005\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\u3041-\u30ff\u0e01-\u0e4e\u0e81-\u0ece\u0f40-\u0fbc\u1000-\u103f"
    "\u1780-\u17d3]+"
)
# What is no ASCII in texts of Western Europe, where it may stand: small letters beside letters, capitals not after small ones,
# an apostrophe behind a letter, quotation marks and dashes at the edge of a word.
PLACED = re.compile(
    r"[ß-öø-ÿœ](?=[a-zß-öø-ÿœ’'])|(?<=[A-Za-zÀ-Öß-öø-ÿœ’'])[ß-öø-ÿœ]|à|(?<![a-zß-öø-ÿœ])[À-ÖØ-ÞŒ]|(?<=[^\W\d_])’"
    r"|(?<!\w)[‘“«–—]|[’”»…–—](?!\w)|(?<=\d)–|[¿¡](?=\w)|[£€§°\xa0]"
)
WELL_PLACED, ACCENTS = 0.9, 0.2  # shares of these, and of the text
SHARE, LONGEST_ON_AVERAGE = 0.1, 6  # of letters that are such, and in a run of them: what has fewer is read


def decode_file(path: str | Path, *, chinese: bool = False, encoding: str | None = None) -> str:
    """The text in a file.

    With a byte order mark it is UTF-8, UTF-16 or UTF-32, without one UTF-8, or UTF-16 if its zero bytes say so. A Chinese
    text that is none of these is read as GB18030 (of which GB2312 and GBK are parts) or Big5 where there is no doubt which,
    with a warning. Nothing else is guessed: of encodings with one byte to a letter any text could be any.

    Args:
        path: the file.
        chinese: whether it is a Chinese text.
        encoding: the name that Python has for its encoding, if it is known.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is in another encoding, no text, or one that cannot be cut into words as it is; the text names the file
            and the byte.
    """
    if (
        not isinstance(path, str | Path)
        or "\0" in str(path)
        or len(str(path).encode("utf-8", "replace")) > LONGEST_PATH
    ):
        raise ValueError(f"path must be the path of a file, got {reprlib.repr(path)}")
    if Path(path).is_dir():
        raise ValueError(f"path must be the path of a file, {path} is a folder")
    content = Path(path).read_bytes()
    for mark, name in PACKED.items():
        if content.startswith(mark):
            raise ValueError(f"{path} is no text but packed ({name}): unpack it, or save its text alone")
    if encoding is not None:
        try:
            text = content.decode(encoding).removeprefix("\ufeff")
        except (LookupError, TypeError):
            raise ValueError(f"encoding must be one of Python's text encodings, got {encoding!r}") from None
        except UnicodeError as error:
            raise ValueError(f"{path} is not in {encoding}: {_where(content, error)}") from None
    else:
        text = _told(path, content, chinese)
    if found := CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise ValueError(
            f"{path} is no text, or in another encoding: the control character U+{ord(found[0]):04X} is in line {line}; "
            "encoding= names the right one"
        )
    if spoiled := text.count("\ufffd"):
        warnings.warn(f"{path} has {spoiled} characters that were lost before (U+FFFD)", stacklevel=3)
    _check_words(path, text, chinese)
    return text


def _check_words(path: str | Path, text: str, chinese: bool) -> None:
    """A ValueError for what would be cut into words that are none: tags, or whole sentences."""
    beginning = text[:100].lstrip().lower()
    for mark, name in FORMATS.items():
        if beginning.startswith(mark):
            raise ValueError(f"{path} is {name}, whose signs would be counted as words: save its text alone")
    hanzi = len(HANZI.findall(text))
    if chinese:
        other = len(KANA_HANGUL.findall(text))
        if other > hanzi or not (hanzi or not word_pattern().search(text)):
            has = "is Japanese or Korean" if other > hanzi else "has no Chinese characters"
            raise ValueError(f"{path} {has}: chinese=True is for Chinese texts")
        return
    runs = UNPARTED.findall(text)
    unparted = sum(map(len, runs))
    if unparted > LONGEST_ON_AVERAGE * len(runs) and unparted > SHARE * sum(map(len, re.findall(r"[^\W\d_]+", text))):
        if hanzi > unparted / 2:
            raise ValueError(f"{path} is Chinese, which has no spaces between words: chinese=True cuts it")
        raise ValueError(
            f"{path} has no spaces between words, as in Japanese or Thai: put them in, by a program for its language"
        )


def composed(text: str) -> str:
    """Letters and their accents in one, ligatures and other shapes of letters as letters, soft hyphens and other invisible characters taken out."""
    return unicodedata.normalize("NFC", text.translate(INVISIBLE | SHAPES))


@cache
def word_pattern() -> re.Pattern[str]:
    """A letter and what follows of letters and of marks: vowel signs, as in Hindi, points, accents without a letter."""
    marks = "".join(each for each in map(chr, range(0x300, 0x20000)) if unicodedata.category(each)[0] == "M")
    # The joiners (U+200C and U+200D) stand within words of Persian and of Indian languages.
    return re.compile(rf"[^\W\d_]+(?:[{marks}\u200c\u200d]+[^\W\d_]*)*")


def _told(path: str | Path, content: bytes, chinese: bool) -> str:
    """The text, by what the bytes tell of its encoding."""
    for mark, name in MARKED:
        if content.startswith(mark):
            try:
                return content[len(mark) :].decode(name)
            except UnicodeError as error:
                raise ValueError(
                    f"{path} begins as {name.upper()} does but is not: {_where(content, error, len(mark))}"
                ) from None
    if b"\0" in content:
        readings = {name: _decoded(content, name) for name in ("utf-16-le", "utf-16-be")}
        commons = {name: sum(map(text.count, COMMON)) for name, text in readings.items() if text is not None}
        likely = max(commons, key=commons.__getitem__, default="")
        if not likely or list(commons.values()).count(commons[likely]) > 1:
            raise ValueError(
                f"{path} has zero bytes, the first at {content.index(0)}, but is not UTF-16: encoding= names it"
            )
        return readings[likely] or ""
    try:
        return content.decode("utf-8")
    except UnicodeError as error:
        guess, text = _guess(content)
        if chinese and guess in CHINESE:
            warnings.warn(f"{path} is not UTF-8: it is read as {CHINESE[guess]}", stacklevel=4)
            return text
        guesses = dict.fromkeys(filter(None, [_western(content), guess]))
        likely = f"; it may be {' or '.join(guesses)}" if guesses else ""
        raise ValueError(
            f"{path} is not UTF-8: {_where(content, error)}{likely}. Its encoding has to be named, such as "
            "encoding='gb18030' (Chinese) or 'cp1252' (Western Europe)"
        ) from None


def _decoded(content: bytes, name: str) -> str | None:
    try:
        return content.decode(name)
    except UnicodeError:
        return None


def _western(content: bytes) -> str:
    """Windows' or Macintosh's encoding for Western Europe, if letters and marks stand in it as they do in words."""
    best, most = "", WELL_PLACED
    for name in ("cp1252", "mac_roman"):
        text = _decoded(content, name) or ""
        others = len(re.findall(r"[^\x00-\x7f]", text))
        if 0 < others < ACCENTS * len(text) and len(PLACED.findall(text)) > most * others:
            best, most = name, len(PLACED.findall(text)) / others
    return best


def _guess(content: bytes) -> tuple[str, str]:
    """The likeliest encoding by charset-normalizer where it is plain, and the text in it if it is Chinese."""
    from charset_normalizer import from_bytes

    best = from_bytes(content).best()
    if best is None or best.coherence < COHERENCE:
        return "", ""
    if best.encoding not in CHINESE:
        return best.encoding, ""
    try:
        return best.encoding, content.decode("gb18030" if CHINESE[best.encoding] == "GB18030" else "big5")
    except UnicodeError:
        return best.encoding + " in part", ""


def _where(content: bytes, error: UnicodeError, before: int = 0) -> str:
    if not isinstance(error, UnicodeDecodeError):
        return str(error)
    place = before + error.start
    line = content.count(b"\n", 0, place) + 1
    return f"byte 0x{content[place]:02x} at {place}, line {line}" if place < len(content) else f"it ends at {place}"
