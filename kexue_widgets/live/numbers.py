"""Numbers as a reader wants to see them, as `frontend/numbers.js` writes them."""

from __future__ import annotations

import math
import re

MINUS = "\u2212"
THIN = "\u202f"  # a space between thousands, which is not mistaken for a decimal point anywhere
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def format_number(value: float, digits: int = 4) -> str:
    """At most `digits` significant digits, without trailing zeros; powers of ten for the very large and very small."""
    size = abs(value)
    if size == 0 or not math.isfinite(value):
        return f"{size:g}" if size == 0 else f"{value:g}"
    mantissa, power = f"{value:.{digits - 1}e}".split("e")
    factor = f"{float(mantissa):.15g}".replace("-", MINUS)
    if size >= 1e6 or size < 1e-4:
        tens = f"10{str(int(power)).translate(SUPERSCRIPTS)}"
        return tens if factor == "1" else f"{factor}×{tens}"
    return spaced(f"{float(f'{mantissa}e{power}'):.15g}".replace("-", MINUS))


def spaced(digits: str) -> str:
    """From five digits before the point on, in groups of three."""
    whole, point, rest = digits.partition(".")
    return re.sub(r"\B(?=(\d{3})+$)", THIN, whole) + point + rest if re.fullmatch(r"\D?\d{5,}", whole) else digits
