"""Charts: Vega-Lite descriptions, drawn as SVG on the server. Colours are the tokens' own, so a chart follows the page's light and dark.

A chart repeats what its table says. Where it cannot be drawn the table stands alone.
"""

import json
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

Spec = dict[str, object]

_VEGA_LITE = "5.21"
_ROOT = re.compile(r"<svg [^>]*?viewBox=\"([\d. -]+)\">")
_ARIA = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')
_CONFIG: Spec = {
    "font": "sans-serif",
    "background": None,
    "view": {"stroke": None},
    "axis": {"labelColor": "var(--ink)", "labelFontSize": 12, "domain": False, "ticks": False, "grid": False, "title": None},
    "text": {"color": "var(--ink)", "fontSize": 12},
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One square of a heat map."""

    row: str
    column: str
    count: int


def _room(labels: Sequence[str]) -> int:
    """Pixels for the longest label: the page's own font may be wider than the one Vega measures with."""
    return 10 + round(7.2 * max((len(label) for label in labels), default=0))


def bars(values: Sequence[tuple[str, float, str]], colour: str = "accent") -> Spec:
    """One bar a line, in the order given: its label, its length, and the words at its end. `colour` names a token."""
    shared: Spec = {
        "y": {
            "field": "label",
            "type": "nominal",
            "sort": None,
            "axis": {"labelLimit": 0, "minExtent": _room([label for label, _, _ in values])},
        },
        "x": {"field": "value", "type": "quantitative", "axis": None, "scale": {"domainMin": 0}},
    }
    return {
        "width": 170,
        "height": {"step": 24},
        "data": {"values": [{"label": label, "value": value, "words": words} for label, value, words in values]},
        "encoding": shared,
        "layer": [
            {"mark": {"type": "bar", "color": f"var(--{colour})", "height": 15}},
            {"mark": {"type": "text", "align": "left", "dx": 5}, "encoding": {"text": {"field": "words"}}},
        ],
    }


def paired(values: Sequence[tuple[str, int, int]], colour: str = "accent") -> Spec:
    """One bar a line with its number, and a thin one below for how it was before: its label, now, before."""
    y: Spec = {
        "field": "label",
        "type": "nominal",
        "sort": None,
        "axis": {"labelLimit": 0, "minExtent": _room([label for label, _, _ in values])},
    }
    most = max((max(now, before) for _, now, before in values), default=1)
    length: Spec = {"type": "quantitative", "axis": None, "scale": {"domain": [0, max(most, 1)]}}
    return {
        "width": 150,
        "height": {"step": 32},
        "data": {"values": [{"label": label, "now": now, "before": before} for label, now, before in values]},
        "encoding": {"y": y},
        "layer": [
            {
                "mark": {"type": "bar", "color": f"var(--{colour})", "height": 11, "yOffset": -4},
                "encoding": {"x": {"field": "now", **length}},
            },
            {"mark": {"type": "bar", "color": "var(--ink-2)", "height": 4, "yOffset": 6}, "encoding": {"x": {"field": "before", **length}}},
            {
                "mark": {"type": "text", "align": "left", "dx": 5, "dy": -4},
                "encoding": {"x": {"field": "now", **length}, "text": {"field": "now"}},
            },
        ],
    }


def heat(cells: Sequence[Cell], rows: Sequence[str], columns: Sequence[str], *, row_title: str, column_title: str, colour: str) -> Spec:
    """A square for each pair, the darker the more, with its count in it; pairs that never occurred are left empty."""
    titled = {"labelFontSize": 11, "titleColor": "var(--ink-2)", "titleFontWeight": "normal", "titleFontSize": 11}
    x_axis = {
        "orient": "top",
        "labelAngle": -50,
        "labelAlign": "left",
        "title": column_title,
        "labelLimit": 0,
        "minExtent": round(0.8 * _room(columns)),
        **titled,
    }
    x: Spec = {"field": "column", "type": "nominal", "sort": list(columns), "scale": {"domain": list(columns)}, "axis": x_axis}
    y_axis = {
        "labelLimit": 0,
        "minExtent": _room(rows),
        "title": row_title,
        "titleAngle": 0,
        "titleAlign": "left",
        "titleAnchor": "start",
        "titleX": -_room(rows),
        "titleY": -10,
        **titled,
    }
    y: Spec = {"field": "row", "type": "nominal", "sort": list(rows), "scale": {"domain": list(rows)}, "axis": y_axis}
    shade: Spec = {"field": "count", "type": "quantitative", "scale": {"range": [0.1, 0.6], "zero": True}, "legend": None}
    return {
        "width": {"step": 28},
        "height": {"step": 26},
        "data": {"values": [{"row": cell.row, "column": cell.column, "count": cell.count} for cell in cells if cell.count]},
        "encoding": {"x": x, "y": y},
        "layer": [
            {"mark": {"type": "rect", "color": f"var(--{colour})", "cornerRadius": 3}, "encoding": {"fillOpacity": shade}},
            {"mark": {"type": "text"}, "encoding": {"text": {"field": "count"}}},
        ],
    }


def draw(spec: Spec, words: str) -> Markup | None:
    """The chart with `words` for those who do not see it; None, and a line in the log, where it cannot be drawn."""
    try:
        box, inner = _svg(json.dumps(spec))
    except Exception:  # whatever it is, the numbers stand in the table all the same
        logging.getLogger(__name__).exception("a chart could not be drawn")
        return None
    # Markup: what Vega wrote, with every text in it escaped by Vega; `words` are escaped here.
    opening = Markup('<svg class="chart" role="img" xmlns="http://www.w3.org/2000/svg" viewBox="{}" width="{}" aria-label="{}">')
    return opening.format(box, box.split()[2], words) + Markup(inner)  # noqa: S704 — as said above


@lru_cache(maxsize=256)
def _svg(spec: str) -> tuple[str, str]:
    """View box and content. The same numbers give the same chart, which is drawn once. Raises what Vega raises, or ValueError."""
    import vl_convert  # 70 MB of memory that only reports need

    svg = vl_convert.vegalite_to_svg(json.loads(spec), vl_version=_VEGA_LITE, config=_CONFIG, allowed_base_urls=[])
    root = _ROOT.match(svg)
    if root is None:
        raise ValueError("no SVG came back")
    return root[1], _ARIA.sub("", svg[root.end() :])
