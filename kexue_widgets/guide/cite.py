"""References to web pages in five styles.

BibTeX: an @misc with \\url in `howpublished`, which both classic BibTeX and biber print. APA: 7th edition, sections 10.15
and 10.16, and 9.38 for other letters. GB/T 7714-2025, in force since July 2026: electronic resources, title[EB/OL].
（published）[read]. address, with all marks but full stops, slashes and square brackets as wide as a Chinese character. RIS: the 2011 format, types BLOG and ELEC.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable

from .works import Work, is_date

SUFFIX = re.compile(r",? ((?:Jr|Sr)\.?|II|III|IV)$")
READ = "YYYY-MM-DD"  # stands for the day of reading, which a page knows and fills in

# Braces by name: BibTeX counts those with a backslash, too.
_TEX = {each: f"\\{each}" for each in "&%$#_"} | {
    "\\": r"{\textbackslash}",
    "{": r"{\textbraceleft}",
    "}": r"{\textbraceright}",
    "~": r"{\textasciitilde}",
    "^": r"{\textasciicircum}",
}


def escape(text: str) -> str:
    """Text for a BibTeX field: characters that mean something to TeX are written so that they are printed."""
    return "".join(_TEX.get(letter, letter) for letter in text)


def bibtex(work: Work, read: str = READ) -> str:
    """A BibTeX entry; `read` is the day of reading, "2026-01-31", left out with the address of a work that has none."""
    _check(work, read)
    if not work.key:
        raise ValueError("key must not be empty: BibTeX finds a work by it")
    # A second pair of braces keeps capitals, and a body's name in one piece.
    family, given, suffix = map(_in_one_piece, _person(work))
    author = ", ".join(filter(None, [family, suffix, given])) if given else f"{{{escape(work.family)}}}"
    note = ", ".join(filter(None, [escape(work.site), work.url and f"read on {read}"]))
    fields = {
        "author": f"{{{author}}}",
        "title": f"{{{{{escape(work.title)}}}}}",
        "year": f"{{{work.year}}}",
        "month": calendar.month_abbr[int(work.date[5:7])].lower() if len(work.date) > 4 else "",
        "howpublished": work.url and f"{{\\url{{{work.url}}}}}",
        "note": note and f"{{{note}}}",
    }
    lines = "".join(f"  {name} = {value},\n" for name, value in fields.items() if value)
    return f"@misc{{{work.key},\n{lines}}}"


def _check(work: Work, read: str) -> None:
    if not isinstance(work, Work):
        raise TypeError(f"work must be a Work, such as ARTICLES[0], got {work!r}")
    if not isinstance(read, str):
        raise TypeError(f"read must be a day as a string, such as '2026-01-31', got {read!r}")
    if read != READ and not (len(read) == 10 and is_date(read)):
        raise ValueError(f"read must be a day such as '2026-01-31', got {read!r}")


def _in_one_piece(name: str) -> str:
    """A part of a name for BibTeX, which parts names by "and" and by commas."""
    return f"{{{escape(name)}}}" if "and" in name.lower().split() or "," in name else escape(name)


def _person(work: Work) -> tuple[str, str, str]:
    """Family name, given names, and what follows both, Jr. or III, behind whichever of them it was written."""
    if not work.given:
        return work.family, "", ""
    (family, *one), (given, *other) = (SUFFIX.split(name)[:2] for name in (work.family, work.given))
    return family, given, (one + other + [""])[0]


def apa(work: Work, read: str = READ) -> str:
    """APA 7. Titles in other letters are transliterated, titles in other languages translated beside them; the day of
    reading is left out, as for all pages that are not made to change."""
    _check(work, read)
    family, given, suffix = _person(work)
    names = filter(None, [family, _initials(given, "."), suffix])
    author = ", ".join(names) if given else f"{family.removesuffix('.')}."
    title = (work.roman or work.title) + (f" [{work.translation}]" if work.translation else "")
    stop = "" if title.rstrip("”’\"'»」』")[-1:] in tuple(".?!。？！") else "."
    site = f" {work.site_roman or work.site}." if work.site else ""
    return f"{author} ({_day(work.date, 'apa')}). {title}{stop}{site} {work.url}"


def gbt(work: Work, read: str = READ) -> str:
    """GB/T 7714-2025, an electronic resource: the day of publication in round brackets, that of reading in square ones. A
    year alone is no day, and stands without brackets. What comes in Chinese as well is cited in Chinese; other authors by
    family name and initials without stops."""
    _check(work, read)
    if work.native:
        author = work.native
    elif re.match("[\u3400-\u9fff]", work.family):
        author = work.family + work.given
    else:
        family, given, suffix = _person(work)
        author = " ".join(filter(None, [family, _initials(given, ""), suffix]))
    cited = f"{author.removesuffix('.')}. {work.chinese or work.title}"
    published = f"（{work.date}）" if len(work.date) > 4 else work.date
    return f"{cited}[EB/OL]. {published}[{read}]. {work.url}." if work.url else f"{cited}[EB]. {published}."


def _initials(given: str, stop: str) -> str:
    """J.-P. A. for Jean-Pierre Albert, with hyphens as in the name (APA 9.8)."""
    names = unicodedata.normalize("NFC", given).split()
    return " ".join("-".join(f"{part[0]}{stop}" for part in name.split("-") if part) for name in names)


def plain(work: Work, read: str = READ) -> str:
    """One readable sentence; without the day of reading and the address for a work that has none."""
    _check(work, read)
    family, given, suffix = _person(work)
    author = " ".join(filter(None, [given, family, suffix])) + (f" ({work.native})" if given and work.native else "")
    parts = [
        author,
        f"“{work.title}”" + (f" ({work.translation})" if work.translation else ""),
        work.site,
        _day(work.date, "plain"),
    ]
    return f"{', '.join(filter(None, parts))}." + (f" {work.url} (read on {read})" if work.url else "")


def ris(work: Work, read: str = READ) -> str:
    """RIS, which reference managers import."""
    _check(work, read)
    # A comma would make the second half of a body's name a first name.
    author = ", ".join(filter(None, _person(work))) if work.given else work.family.replace(",", "")
    fields = {
        "TY": "BLOG" if work.given else "ELEC",
        "AU": author,
        "TI": work.title,
        "TT": work.translation,
        "T2": work.site,
        "PY": work.year,
        "DA": f"{work.date.replace('-', '/')}/" if len(work.date) > 4 else "",
        "UR": work.url,
        "Y2": f"{read.replace('-', '/')}/",
    }
    return "".join(f"{tag}  - {value}\n" for tag, value in fields.items() if value) + "ER  - "


STYLES: dict[str, Callable[[Work, str], str]] = {
    "BibTeX": bibtex,
    "APA": apa,
    "GB/T 7714": gbt,
    "plain": plain,
    "RIS": ris,
}


def cite(work: Work, style: str = "plain", read: str = READ) -> str:
    """A reference to a web page.

    Args:
        work: one of `ARTICLES` or `CHAPTERS`, `BOOK`, or a `Work` of your own.
        style: "BibTeX", "APA", "GB/T 7714", "plain" or "RIS".
        read: the day of reading, "2026-01-31".

    Raises:
        TypeError: the work is none, or the day of reading no string.
        ValueError: no such style, no such day, or a work without a key in BibTeX.
    """
    if not isinstance(style, str) or style not in STYLES:
        raise ValueError(f"style must be one of {', '.join(map(repr, STYLES))}, got {style!r}")
    return STYLES[style](work, read)


def _day(date: str, style: str) -> str:
    if len(date) == 4:
        return date
    year, month, day = map(int, date.split("-"))
    name = calendar.month_name[month]
    return f"{year}, {name} {day}" if style == "apa" else f"{day} {name} {year}"
