"""Bars on a logarithmic scale, as an SVG."""

from __future__ import annotations

from dataclasses import dataclass
from math import log10
from pathlib import Path
from xml.sax.saxutils import escape

WIDTH, LABELS, ROW, TOP = 760, 300, 30, 40
ROOM_FOR_FIGURES = 80


@dataclass(frozen=True)
class Bar:
    title: str
    value: float


def write_plot(file: Path, title: str, bars: list[Bar]) -> None:
    smallest = 10 ** int(log10(min(bar.value for bar in bars)) // 1)
    span = log10(max(bar.value for bar in bars) / smallest)
    scale = (WIDTH - LABELS - ROOM_FOR_FIGURES) / span
    height = TOP + ROW * len(bars) + 10
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="10" y="22" font-weight="bold">{escape(title)} (logarithmic)</text>',
    ]
    for number, bar in enumerate(bars):
        y = TOP + ROW * number
        length = max(log10(bar.value / smallest) * scale, 1)
        colour = "#2f6f4f" if bar.title.startswith("dsql-migrate") else "#9aa5b1"
        lines += [
            f'<text x="{LABELS - 8}" y="{y + 17}" text-anchor="end">{escape(bar.title)}</text>',
            f'<rect x="{LABELS}" y="{y + 4}" width="{length:.1f}" height="{ROW - 10}" fill="{colour}"/>',
            f'<text x="{LABELS + length + 6:.1f}" y="{y + 17}">{bar.value:.1f}</text>',
        ]
    file.write_text("\n".join([*lines, "</svg>"]) + "\n")
