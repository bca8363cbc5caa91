"""What a paid order leaves its merchant and costs the platform, part by part."""

import polars as pl

from dashboards.charts.bars import bar_chart, few_last
from dashboards.charts.canvas import SMALL, Canvas
from dashboards.charts.over_time import line_chart
from dashboards.charts.waterfall import Bar, waterfall
from dashboards.choice.view import View
from dashboards.languages.messages import _
from dashboards.languages.writing import written
from dashboards.parts.figure import Figure

ECONOMICS = "mart_order_economics"
WHOLE = "contribution_per_order"
#: Parts of the contribution in the order of the bars, and whether they add to it or take from it.
PARTS = {
    "paid_per_order": 1,
    "subsidy_per_order": 1,
    "partner_per_order": 1,
    "refund_per_order": -1,
    "goods_per_order": -1,
    "commission_per_order": -1,
    "payment_per_order": -1,
    "freight_per_order": -1,
    "import_per_order": -1,
}


def what_an_order_leaves(view: View) -> Figure:
    """From what the consumer paid to the contribution, over the orders with all parts known."""
    frame = view.judged(ECONOMICS, [*PARTS, WHOLE, "complete_order_share"])
    if frame.is_empty() or frame[WHOLE].item() is None:
        return Figure(ECONOMICS, pl.DataFrame(), nothing=_nothing())
    canvas = Canvas(view, ECONOMICS)
    row = frame.row(0, named=True)

    def bar(name: str, sign: int = 1) -> Bar:
        return Bar(canvas.label(name), sign * row[name], written(sign * row[name], "money", view.currency))

    bars = [bar(name, sign) for name, sign in PARTS.items() if row[name]]
    chart = waterfall(bars, bar(WHOLE), _("Per order"), canvas.axis(WHOLE))
    return Figure(ECONOMICS, frame, (chart,), (_share_known(row["complete_order_share"]), _no_profit()))


def contribution_by_tier(view: View) -> Figure:
    """What an order leaves its merchant, by the tier of the consumer's city."""
    names = [WHOLE, "paid_per_order", "freight_per_order", "complete_order_share", "paid_order_count"]
    frame = view.judged(ECONOMICS, names, ["tier_fixed"]).drop_nulls(WHOLE)
    if frame.is_empty():
        return Figure(ECONOMICS, frame, nothing=_nothing())
    canvas = Canvas(view, ECONOMICS)
    ordered = few_last(
        frame.sort(pl.col("tier_fixed").cast(pl.Enum(canvas.order(frame, "tier_fixed")))), "paid_order_count"
    )
    chart = bar_chart(canvas, ordered, "tier_fixed", WHOLE, count="paid_order_count")
    return Figure(ECONOMICS, ordered, (chart,), (_no_profit(),))


def platform_cost(view: View) -> Figure:
    """What an order costs the platform, by channel, month by month."""
    names = ["platform_cost_per_order", "subsidised_order_share", "subsidised_gmv_share", "paid_order_count"]
    frame = view.judged(ECONOMICS, names, [view.every(ECONOMICS), "channel"])
    canvas = Canvas(view, ECONOMICS, "month")
    chart = line_chart(canvas, frame, "month_date", names[:1], by="channel", zero=True, height=SMALL + 40)
    note = _("Of all paid orders: subsidies, and ways back that the platform paid.")
    return Figure(ECONOMICS, frame, (chart,), (note,), grain="month")


def _share_known(share: float) -> str:
    return _(
        "Over the {share} of paid orders of which every part is known; later refunds still lower it.",
        share=written(share, "share"),
    )


def _no_profit() -> str:
    return _("A contribution, no profit: rent, wages and advertising are not in it.")


def _nothing() -> str:
    return _("Of no order of the period every part is known: cost of goods, commission, fees and freight.")
