"""The table of a shape: how numbers are written, and the whole as CSV text."""

import math
from collections.abc import Sequence

from app.domain.measured import Measured, MeasuredRow
from app.domain.shape import Shape


def in_figures(value: float | None) -> str:
    """Return a number with four significant figures and a true minus; – where there is none.

    >>> in_figures(-1023.96), in_figures(0.25)
    ('−1024', '0.2500')
    """
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    whole = abs(value) >= 1000 or (value == round(value) and abs(value) < 1e9)
    if whole:
        words = f"{value:.0f}" if abs(value) < 1e7 else f"{value:.3e}"
    else:
        words = f"{value:#.4g}".rstrip(".") if abs(value) >= 1e-3 else f"{value:.2e}"
    return words.replace("-", "−")


def as_csv(
    measured: Measured, rows: Sequence[MeasuredRow], case: str, slice_number: int | None
) -> str:
    """Return a table as CSV: a line for each quantity, a column for each image.

    Numbers are written in full, so that nothing is lost by rounding.
    """
    lines = [
        ["case", "slice", "shape", "quantity", "unit", *measured.columns],
        *(
            [
                case,
                "" if slice_number is None else str(slice_number),
                described(measured.shape),
                row.title,
                row.unit,
                *("" if value is None else repr(float(value)) for value in row.values),
            ]
            for row in rows
        ),
    ]
    return "".join(",".join(_quoted(cell) for cell in line) + "\r\n" for line in lines)


def described(shape: Shape) -> str:
    """Return a shape with its places, e.g. ``ellipse 10.5 20 .. 30 40`` in rows and columns."""
    if shape.kind == "free":
        top, left, bottom, right = shape.box
        ends = f"{top:.1f} {left:.1f} .. {bottom:.1f} {right:.1f}"
        return f"free region of {len(shape.points)} points {ends}"
    return f"{shape.kind} " + " .. ".join(f"{row:.5g} {column:.5g}" for row, column in shape.points)


def _quoted(cell: str) -> str:
    """Return a cell of RFC 4180; what a spreadsheet would take for a formula is made text."""
    risky = cell[:1] in ("=", "+", "@", "\t") or (cell[:1] == "-" and not _is_number(cell))
    cell = f"'{cell}" if risky else cell
    return f'"{cell.replace(chr(34), chr(34) * 2)}"' if set(cell) & set(',"\r\n') else cell


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
