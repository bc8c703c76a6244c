"""Plots as SVG: lines over a scale, and bars. Plain text out, nothing but the standard library."""

from __future__ import annotations

import math
from html import escape

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 120, 36, 44
COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b")
TICKS = 5


def _svg(title: str, content: list[str]) -> str:
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="20" font-size="14" font-weight="bold">{escape(title)}</text>', *content, "</svg>", ""])


def _nice(most: float) -> float:
    """The least of 1, 2, 2.5 or 5 times a power of ten from which TICKS steps reach most."""
    step = most / TICKS or 1.0
    power = 10 ** math.floor(math.log10(step))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= step)


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def lines(title: str, x_name: str, y_name: str, series: dict[str, list[tuple[float, float]]],
          log_x: bool = False) -> str:
    """A line for each series of points (x, y); y begins at 0. log_x: x is above 0, and on a scale of
    powers of ten."""
    points = [point for found in series.values() for point in found] or [(1.0, 1.0)]
    scale = math.log10 if log_x else float
    low = math.floor(scale(min(x for x, _ in points))) if log_x else 0.0
    high = max(math.ceil(scale(max(x for x, _ in points))) if log_x else max(x for x, _ in points), low + 1e-9)
    step = _nice(max(y for _, y in points))
    most = step * TICKS
    wide, tall = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def at(x: float, y: float) -> tuple[float, float]:
        return LEFT + wide * (scale(x) - low) / (high - low), HEIGHT - BOTTOM - tall * y / most

    out = []
    for tick in range(TICKS + 1):
        y = HEIGHT - BOTTOM - tall * tick / TICKS
        out.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{LEFT + wide}" y2="{y:.1f}" stroke="#dddddd"/>')
        out.append(_text(LEFT - 6, y + 4, _shown(step * tick), "end"))
    ticks = ([10.0 ** power for power in range(int(low), int(high) + 1)] if log_x else
             [_nice(high) * tick for tick in range(TICKS + 1) if _nice(high) * tick <= high])
    out += [_text(LEFT + wide * (scale(x) - low) / (high - low) if log_x or x else LEFT, HEIGHT - BOTTOM + 18,
                  _shown(x)) for x in ticks]
    out.append(_text(LEFT + wide / 2, HEIGHT - 8, x_name))
    out.append(_text(LEFT - 6, TOP - 4, y_name, "end"))
    for number, (name, found) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in found))
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out.append(f'<rect x="{LEFT + wide + 12}" y="{TOP + 18 * number}" width="10" height="10" fill="{colour}"/>')
        out.append(_text(LEFT + wide + 28, TOP + 18 * number + 9, name, "start"))
    return _svg(title, out)


def bars(title: str, unit: str, values: dict[str, float]) -> str:
    """A bar for each value, its length in proportion."""
    most = max(values.values(), default=1.0) or 1.0
    tall = (HEIGHT - TOP - 20) / max(len(values), 1)
    wide, out = WIDTH - LEFT - RIGHT, []
    for number, (name, value) in enumerate(values.items()):
        y = TOP + tall * number
        out.append(f'<rect x="{LEFT}" y="{y + 0.15 * tall:.1f}" width="{max(wide * value / most, 1):.1f}" '
                   f'height="{0.7 * tall:.1f}" fill="{COLOURS[0] if number == 0 else "#aaaaaa"}"/>')
        out.append(_text(LEFT - 6, y + 0.5 * tall + 4, name, "end"))
        out.append(_text(LEFT + wide * value / most + 6, y + 0.5 * tall + 4, f"{value:.3g} {unit}", "start"))
    return _svg(title, out)
