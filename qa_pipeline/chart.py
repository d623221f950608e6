"""The reliability diagram as SVG: a bar for each bin's accuracy, a dot for its mean confidence; the diagonal is perfect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qa_pipeline.metrics import Bin

SIDE, MARGIN = 300, 40


def reliability_svg(table: Sequence[Bin]) -> str:
    """The whole file as text. Hovering over a bar shows its counts."""
    size = SIDE + 2 * MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" font-family="sans-serif" font-size="11">\n'
        f'<rect width="{size}" height="{size}" fill="white"/>\n' + "\n".join(_shapes(table)) + "\n</svg>\n"
    )


def _shapes(table: Sequence[Bin]) -> Iterator[str]:
    most = max((b.count for b in table), default=0)
    for b in table:
        if b.count:
            told = f"{b.low:.1f}–{b.high:.1f}: {b.count} answers, confidence {b.confidence:.2f}, {b.accuracy:.2f} right"
            width, height = (b.high - b.low) * SIDE - 2, b.accuracy * SIDE
            yield (
                f'<rect x="{_x(b.low) + 1:.1f}" y="{_y(b.accuracy):.1f}" width="{width:.1f}" height="{height:.1f}" '
                f'fill="steelblue" fill-opacity="{0.25 + 0.65 * b.count / most:.2f}"><title>{told}</title></rect>'
            )
            yield f'<circle cx="{_x(b.confidence):.1f}" cy="{_y(b.confidence):.1f}" r="3" fill="darkorange"/>'
    yield f'<path d="M{_x(0)} {_y(1)} V{_y(0)} H{_x(1)}" fill="none" stroke="black"/>'
    yield f'<path d="M{_x(0)} {_y(0)} L{_x(1)} {_y(1)}" stroke="gray" stroke-dasharray="4"/>'
    for i in range(0, 11, 2):
        yield f'<text x="{_x(i / 10)}" y="{_y(0) + 14}" text-anchor="middle">{i / 10}</text>'
        yield f'<text x="{_x(0) - 6}" y="{_y(i / 10) + 4}" text-anchor="end">{i / 10}</text>'
    yield f'<text x="{_x(0.5)}" y="{_y(0) + 30}" text-anchor="middle">confidence</text>'
    yield f'<text x="{_x(0)}" y="{_y(1) - 10}">share exactly right</text>'


def _x(value: float) -> float:
    return MARGIN + value * SIDE


def _y(value: float) -> float:
    return MARGIN + (1 - value) * SIDE
