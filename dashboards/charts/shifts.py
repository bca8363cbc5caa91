"""Where something is and how it shifted: slopes, rising and falling, a grid, and the map."""

from collections.abc import Sequence

import altair as alt
import polars as pl

from dashboards.charts import palette
from dashboards.charts.borders import Shared, outlines, prefectures, projected, provinces
from dashboards.charts.canvas import SMALL, AnyChart, Canvas, laid, spread
from dashboards.charts.texts import entry_of
from dashboards.choice.few import FEW
from dashboards.languages.messages import _
from dashboards.languages.writing import written, written_period

#: A period of several days stands on two lines.
_WHEN = alt.Axis(title=None, labelAngle=0, labelLimit=150, labelExpr="split(datum.label, regexp(' to |至'))")


def slope_chart(canvas: Canvas, then: pl.DataFrame, now: pl.DataFrame, by: str, name: str) -> AnyChart:
    """Draw each value of ``by`` from the compared period to this one."""
    view = canvas.view
    order = canvas.order(now, by)
    whens = [written_period(view.before), written_period(view.period)]
    rows = pl.concat(
        canvas.chart(frame, name).data.with_columns(when=pl.lit(when))
        for frame, when in zip((then, now), whens, strict=True)
    ).drop_nulls(name)  # of a period without orders no share is known
    base = alt.Chart(rows).encode(
        x=alt.X("when:N", sort=whens, axis=_WHEN),
        y=canvas.value(name, zero=False),
        color=canvas.colour(by, order, legend=False),
        tooltip=[alt.Tooltip("when:N", title=_("Period")), *canvas.tooltip([by, name])],
    )
    ends = rows.filter(pl.col("when") == whens[-1])
    placed = ends.with_columns(
        pl.Series(name, spread(ends[name].to_list(), rows[name].to_list()), dtype=pl.Float64)
    )
    label = base.mark_text(align="left", dx=10).encode(
        text=alt.Text(f"{by}_text:N"), color=alt.ColorValue(palette.text())
    )
    label.data = placed
    lines = (base.mark_line(strokeWidth=2.5), base.mark_point(filled=True, size=60, opacity=1))
    return laid(*lines, label, height=SMALL + 60)


def change_chart(canvas: Canvas, frame: pl.DataFrame, by: str, name: str, each: int = 5) -> AnyChart:
    """Draw the values of ``by`` that gained and lost the most of ``name`` (column ``change``)."""
    ranked = frame.drop_nulls("change").sort("change", descending=True)
    ends = pl.concat([ranked.head(each), ranked.tail(max(0, min(each, len(ranked) - each)))])
    unit = canvas.view.metric(canvas.table, name).unit
    rows = ends.select(
        place=pl.Series(canvas.names(by, ends[by].to_list()), dtype=pl.String),
        change="change",
        text=pl.Series(
            [written(value, unit, canvas.view.currency) for value in ends["change"]], dtype=pl.String
        ),
        meaning=pl.lit(canvas.meaning(name)),
    )
    base = alt.Chart(rows).encode(
        y=alt.Y("place:N", sort=None, axis=alt.Axis(title=None, labelLimit=130, labelOverlap=False)),
        x=alt.X("change:Q", axis=canvas.axis(name, _("Change of {metric}", metric=canvas.label(name)))),
        tooltip=[
            alt.Tooltip("place:N", title=_("Place")),
            alt.Tooltip("text:N", title=_("Change")),
            alt.Tooltip("meaning:N", title=_("Meaning")),
        ],
    )
    colour = alt.condition("datum.change < 0", alt.value(palette.attention()), alt.value(palette.accent()))
    return laid(base.mark_bar().encode(color=colour), height=24 * max(2, len(rows)) + 50)


def grid_chart(canvas: Canvas, frame: pl.DataFrame, x: str, y: str, name: str) -> AnyChart:
    """Draw a metric in cells of ``x`` by ``y``, its value written in each."""
    xs, ys = canvas.names(x, canvas.order(frame, x)), canvas.names(y, canvas.order(frame, y))
    base = canvas.chart(frame, name).encode(
        x=alt.X(f"{x}_text:N", sort=xs, axis=alt.Axis(title=None, labelAngle=0, orient="top", labelLimit=80)),
        y=alt.Y(f"{y}_text:N", sort=ys, axis=alt.Axis(title=None, labelLimit=110)),
        tooltip=canvas.tooltip(frame.columns),
    )
    ramp = ["#1d242c", "#3a8fc7"] if palette.is_dark() else ["#f2f4f7", "#7db6de"]
    cells = base.mark_rect().encode(color=alt.Color(f"{name}:Q", scale=alt.Scale(range=ramp), legend=None))
    labels = base.mark_text(fontSize=11, color=palette.text()).encode(text=alt.Text(f"{name}_text:N"))
    return laid(cells, labels, height=26 * max(2, len(ys)) + 50)


def heat_chart(
    canvas: Canvas,
    frame: pl.DataFrame,
    x: str,
    y: str,
    name: str,
    count: str,
    *,
    is_by_value: bool = False,
    titles: tuple[str, str] | None = None,
) -> AnyChart:
    """Draw a metric as the colour of cells of ``x`` by ``y``; under 30 of ``count`` a cell is grey.

    The cells stand in the order of their names, or of the values themselves, as months and hours do;
    ``titles`` say what these are.
    """
    chart = canvas.chart(frame, name)
    if is_by_value:
        xs, ys = (
            chart.data.sort(axis)[f"{axis}_text"].unique(maintain_order=True).to_list() for axis in (x, y)
        )
    else:
        xs, ys = canvas.names(x, canvas.order(frame, x)), canvas.names(y, canvas.order(frame, y))
    x_title, y_title = titles or (None, None)
    # A lane of few parcels does not stretch the scale.
    many = [float(value) for value in frame.filter(pl.col(count) >= FEW)[name].drop_nulls()] or [0.0, 1.0]
    colour = alt.Color(
        f"{name}:Q",
        scale=alt.Scale(range=palette.ramp(), domain=[min(many), max(many)], interpolate="rgb"),
        legend=alt.Legend(
            title=canvas.label(name),
            orient="top",
            gradientLength=240,
            format="%" if entry_of(canvas.view, canvas.table, name).unit == "share" else "~s",
        ),
    )
    angle = 0 if is_by_value else -60
    cells = chart.mark_rect().encode(
        x=alt.X(
            f"{x}_text:N",
            sort=xs,
            axis=alt.Axis(title=x_title, labelAngle=angle, labelOverlap=is_by_value, orient="top"),
        ),
        y=alt.Y(f"{y}_text:N", sort=ys, axis=alt.Axis(title=y_title, labelLimit=110, labelOverlap=False)),
        color=alt.condition(f"datum.{count} < {FEW}", alt.value(palette.faint()), colour),
        tooltip=canvas.tooltip(frame.columns),
    )
    # Above the cells stand the legend and names that lie aslant.
    return laid(cells, height=17 * max(4, len(ys)) + 215)


def city_map(
    canvas: Canvas, frame: pl.DataFrame, places: pl.DataFrame, name: str, tier: str, order: Sequence[str]
) -> AnyChart:
    """Draw cities of the country of the tiers at their place, sized by a metric, coloured by tier.

    ``places`` has adcode, longitude and latitude.
    """
    rows = canvas.chart(frame, name).data.join(places, on="adcode").sort(name, descending=True)
    dots = (
        alt.Chart(rows)
        .mark_circle(opacity=0.8, stroke=palette.background(), strokeWidth=0.5)
        .encode(
            longitude=alt.Longitude("longitude:Q"),
            latitude=alt.Latitude("latitude:Q"),
            size=alt.Size(f"{name}:Q", scale=alt.Scale(range=[8, 500]), legend=None),
            color=canvas.colour(tier, order, legend=True),
            tooltip=canvas.tooltip(frame.columns),
        )
    )
    code = canvas.view.list_country
    points = list(rows.select("longitude", "latitude").drop_nulls().iter_rows())
    return projected(
        laid(outlines(code, points), dots, height=SMALL + 20, legend_of=len(order)), code, points
    )


def province_map(canvas: Canvas, frame: pl.DataFrame, by: str, name: str, count: str) -> AnyChart:
    """Draw China's provinces (``by``) in the shade of a share; under 30 of ``count`` a province is grey."""
    rows = canvas.chart(frame, name).data
    most = max(frame.filter(pl.col(count) >= FEW)[name].drop_nulls(), default=0.0)
    fields = [column for column in rows.columns if column != by]
    looked_up = alt.LookupData(Shared(values=rows.to_dicts()), key=by, fields=fields)
    shade = alt.Color(
        f"{name}:Q",
        scale=alt.Scale(range=palette.ramp(), domain=[0.0, most or 1.0], interpolate="rgb"),
        legend=alt.Legend(title=canvas.label(name), orient="top", gradientLength=240, format="%"),
    )
    areas = (
        alt.Chart(provinces())
        .transform_lookup("id", from_=looked_up)
        .mark_geoshape(stroke=palette.grey(), strokeWidth=0.5, aria=False)
        .encode(
            color=alt.condition(f"datum.{count} >= {FEW}", shade, alt.value(palette.ground())),
            tooltip=canvas.tooltip(frame.columns),
        )
    )
    # Where nothing goes, there is still ground.
    return projected(laid(outlines("CN", ()), areas, height=SMALL + 60))


def area_map(canvas: Canvas, frame: pl.DataFrame, name: str, of_provinces: tuple[str, ...]) -> AnyChart:
    """Draw prefectures (adcode) in the shade of a metric; where there is none, the ground's.

    A prefecture is a link that chooses its province. The shade goes with the root of the value: a few large
    cities would leave all others white.
    """
    rows = canvas.chart(frame, name).data
    rows = rows.with_columns(
        link=pl.Series([canvas.view.address("province", f"{adcode[:2]}0000") for adcode in rows["adcode"]])
    )
    fields = [column for column in rows.columns if column != "adcode"]
    looked_up = alt.LookupData(Shared(values=rows.to_dicts()), key="adcode", fields=fields)
    shade = alt.Color(
        f"{name}:Q",
        scale=alt.Scale(type="sqrt", range=palette.ramp(), interpolate="rgb"),
        legend=alt.Legend(title=canvas.label(name), orient="top", gradientLength=240),
    )
    areas = (
        alt.Chart(prefectures(of_provinces))
        .transform_lookup("id", from_=looked_up)
        .mark_geoshape(stroke=palette.faint(), strokeWidth=0.4, aria=False)
        .encode(
            color=alt.condition(f"isValid(datum['{name}'])", shade, alt.value(palette.ground())),
            tooltip=canvas.tooltip(frame.columns),
            href=alt.Href("link:N"),
        )
    )
    return projected(laid(areas, height=SMALL + 60))
