"""The reliability plot: for each kind, how often suggestions were right against how sure they were. SVG that needs nothing beside it.

It follows the reader's light or dark theme, and says everything in words too (`title` and `desc`), for those who cannot see it.
"""

from collections.abc import Iterator, Mapping

from evals.calibration import interval
from triage.reliability import Bin, Reliability

NAME = "reliability.svg"
SIZE, PAD_LEFT, PAD_TOP, PAD_BOTTOM, PAD_RIGHT, COLUMNS = 220, 60, 44, 56, 12, 3
"""In pixels: the side of a panel's square and the room around it; and how many panels stand side by side."""

TITLES = {
    "all": "All kinds",
    "tasks": "Tasks",
    "blockers": "Blockers",
    "outreach_attempts": "Outreach attempts",
    "escalation": "Escalation",
}
_STYLE = """
svg { color-scheme: light dark; font: 12px system-ui, sans-serif; }
.paper { fill: #ffffff; } text { fill: #1c2321; } .soft { fill: #55605c; font-size: 10px; } .head { font-weight: 600; }
.frame { fill: none; stroke: #8b9692; } .even { stroke: #8b9692; stroke-dasharray: 4 4; }
.bar { stroke: #1f6f5c; stroke-width: 2; } .dot { fill: #1f6f5c; }
@media (prefers-color-scheme: dark) {
.paper { fill: #161b1a; } text { fill: #e8eeeb; } .soft { fill: #a9b5b0; }
.frame, .even { stroke: #76827d; } .bar { stroke: #6fd0b5; } .dot { fill: #6fd0b5; }
}
"""


def svg(calibration: Mapping[str, Reliability]) -> str:
    """The plot as one SVG document: a panel for each entry of `calibration`, whose keys are those of `TITLES`."""
    wide, tall = PAD_LEFT + SIZE + PAD_RIGHT, PAD_TOP + SIZE + PAD_BOTTOM
    rows = -(-len(calibration) // COLUMNS)
    width, height = wide * min(COLUMNS, len(calibration)), tall * rows
    size = f'width="{width}" height="{height}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width} {height}" role="img" aria-labelledby="what told">',
        '<title id="what">Reliability of confidence: share right against confidence, in ten equal bins</title>',
        f'<desc id="told">{" ".join(in_words(kind, one) for kind, one in calibration.items())}</desc>',
        f'<style>{_STYLE}</style><rect class="paper" {size}/>',
    ]
    for place, (kind, one) in enumerate(calibration.items()):
        row, column = divmod(place, COLUMNS)
        lines += [f'<g transform="translate({column * wide + PAD_LEFT} {row * tall + PAD_TOP})">', *_panel(TITLES[kind], one), "</g>"]
    return "\n".join([*lines, "</svg>"]) + "\n"


def in_words(kind: str, one: Reliability) -> str:
    """What a panel shows: "Tasks, 412, calibration error 0.057: sure of 0.35, 0.40 right of 20; ..."."""
    if one.ece is None:
        return f"{TITLES[kind]}: no suggestion with a confidence."
    told = (f"sure of {each.confidence:.2f}, {each.share:.2f} right of {each.count}" for each in one.bins if each.share is not None)
    return f"{TITLES[kind]}, {one.n}, calibration error {one.ece:.3f}: {'; '.join(told)}."


def _panel(title: str, one: Reliability) -> Iterator[str]:
    error = "no suggestion with a confidence" if one.ece is None else f"calibration error {one.ece:.3f}, n {one.n}"
    yield f'<text class="head" y="-26">{title}</text><text class="soft" y="-10">{error}</text>'
    yield f'<rect class="frame" width="{SIZE}" height="{SIZE}"/><line class="even" x1="0" y1="{SIZE}" x2="{SIZE}" y2="0"/>'
    for share in (0, 0.5, 1):
        yield f'<text class="soft" x="-6" y="{_y(share) + 3:.0f}" text-anchor="end">{share:g}</text>'
        yield f'<text class="soft" x="{SIZE * share:.0f}" y="{SIZE + 13}" text-anchor="middle">{share:g}</text>'
    yield f'<text class="soft" transform="translate(-30 {SIZE / 2:.0f}) rotate(-90)" text-anchor="middle">share right</text>'
    yield f'<text class="soft" x="{SIZE / 2:.0f}" y="{SIZE + 26}" text-anchor="middle">confidence</text>'
    yield f'<text class="soft" x="-6" y="{SIZE + 40}" text-anchor="end">how many</text>'
    yield from (line for each in one.bins for line in _point(each))


def _point(one: Bin) -> Iterator[str]:
    low, high = interval(one)
    if one.confidence is None or one.share is None or low is None or high is None:
        return
    x = SIZE * one.confidence
    yield f'<line class="bar" x1="{x:.1f}" y1="{_y(low):.1f}" x2="{x:.1f}" y2="{_y(high):.1f}"/>'
    yield f'<circle class="dot" cx="{x:.1f}" cy="{_y(one.share):.1f}" r="4"/>'
    yield f'<text class="soft" x="{SIZE * (one.low + one.high) / 2:.1f}" y="{SIZE + 40}" text-anchor="middle">{one.count}</text>'


def _y(share: float) -> float:
    return SIZE * (1 - share)
