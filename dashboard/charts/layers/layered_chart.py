"""A chart made of layers, with the height and margins that are ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

MARGIN_LEFT, MARGIN_TOP, MARGIN_BOTTOM = 2, 6, 2  # pixels


class LayeredChart(alt.LayerChart):
    """Layers drawn one over another.

    A test holds each chart to Vega-Lite's schema; to do so at every drawing would take a tenth of a page's time.
    """

    def to_dict(self, validate: bool = False, **options: Any) -> dict[str, Any]:
        return super().to_dict(validate=validate, **options)


def layered(layers: Sequence[alt.Chart], height: float, *, right: float | None = None) -> LayeredChart:
    """The layers as one chart so many pixels high; `right` is the margin at its right, None for Vega's own margins."""
    padding = {"left": MARGIN_LEFT, "top": MARGIN_TOP, "bottom": MARGIN_BOTTOM, "right": right}
    return LayeredChart(
        layer=list(layers),
        height=height,
        padding=alt.Undefined if right is None else padding,
        config=alt.Config(view=alt.ViewConfig(strokeWidth=0)),
    )


def with_layers(
    chart: alt.LayerChart, *, below: Sequence[alt.Chart] = (), above: Sequence[alt.Chart] = ()
) -> alt.LayerChart:
    """The chart with more layers; what answers a pointer is kept beside the layers, not in them."""
    if not (below or above):
        return chart
    return LayeredChart(
        layer=[*below, *chart.layer, *above],
        height=chart.height,
        padding=chart.padding,
        config=chart.config,
        params=chart.params,
    )
