"""Entry of the pages: ``streamlit run dashboards/app.py``."""

from pathlib import Path

import streamlit as st

from dashboards.cache import open_published
from dashboards.choice.kept import show_notes, show_views
from dashboards.choice.menu import is_listed
from dashboards.choice.sidebar import keep_filters, show_chips, show_sidebar
from dashboards.choice.view import current_view
from dashboards.languages.language import keep_language, show_languages
from dashboards.languages.messages import _
from dashboards.parts.footer import show_footer
from dashboards.reader import current_grant, show_reader, show_refusal
from dashboards.turn import turn
from serving.access import RefusedError
from serving.dictionary import UnknownNameError

HERE = Path(__file__).parent
DATA_HEALTH = "app_pages/data_health.py"
OWN_FILE = "app_pages/own_file.py"
MY_SHOP = "app_pages/my_shop.py"
FOLLOW = "app_pages/follow_a_parcel.py"
#: Pages of one shop or parcel, or of everything loaded, which no filter narrows.
UNFILTERED = {"follow_a_parcel", "my_shop", "data_health"}

st.set_page_config(page_title="waymart", page_icon=HERE / "icon.svg", layout="wide")
st.html(HERE / "look.css")
keep_language()

try:
    grant = current_grant()
except RefusedError as error:
    show_refusal(error)
    st.stop()

#: What the sidebar lists, under headings; the first page is where a reader arrives.
MARKET_PAGES = {
    _("Market"): [
        st.Page("app_pages/overview.py", title=_("Overview"), icon=":material/monitoring:", default=True),
        st.Page("app_pages/gmv_by_tier.py", title=_("GMV by tier"), icon=":material/stacked_bar_chart:"),
        st.Page("app_pages/consumers.py", title=_("Consumers"), icon=":material/group:"),
    ],
    _("Delivery"): [
        st.Page("app_pages/delivery_time.py", title=_("Delivery time"), icon=":material/schedule:"),
        st.Page("app_pages/lanes.py", title=_("Lanes"), icon=":material/route:"),
        st.Page("app_pages/courier_share.py", title=_("Courier share"), icon=":material/pie_chart:"),
        st.Page(
            "app_pages/delivery_estimate.py", title=_("Delivery estimate"), icon=":material/event_available:"
        ),
        st.Page("app_pages/cost_and_choice.py", title=_("Cost and choice"), icon=":material/payments:"),
        st.Page("app_pages/across_the_border.py", title=_("Across the border"), icon=":material/public:"),
    ],
    _("Work list"): [
        st.Page("app_pages/stalled.py", title=_("Stalled parcels"), icon=":material/hourglass_top:"),
        st.Page(FOLLOW, title=_("Follow a parcel"), icon=":material/package_2:"),
    ],
    _("Take home and trust"): [
        st.Page(MY_SHOP, title=_("My shop"), icon=":material/storefront:"),
        st.Page(OWN_FILE, title=_("Your own file"), icon=":material/upload_file:"),
        st.Page(DATA_HEALTH, title=_("Data health"), icon=":material/health_metrics:"),
    ],
}
SHOP_PAGES = {
    _("My shop"): [
        st.Page(MY_SHOP, title=_("My shop"), icon=":material/storefront:", default=True),
        st.Page(FOLLOW, title=_("Follow a parcel"), icon=":material/package_2:"),
    ]
}
PAGES = MARKET_PAGES if grant.sees_market else SHOP_PAGES
published = open_published()
# The lists of st.navigation hold headings between their items, which no list may (axe: list).
page = st.navigation([page for pages in PAGES.values() for page in pages], position="hidden")
with st.sidebar:
    for heading, pages in PAGES.items():
        listed = [one for one in pages if published is None or is_listed(published, one.url_path)]
        if listed:
            st.caption(heading)
        for one in listed:
            st.page_link(one)
    show_languages()
    show_reader(grant)
    st.divider()

if page.url_path == "own_file":  # it asks no build, and comes before the first
    st.title(page.title)
    page.run()
    st.stop()

if published is None:
    st.title("waymart")
    st.info(
        _(
            "No data is published yet. Run `make demo` for a simulated market, or load your own files with "
            "`waymart ingest PROVIDER PATH…` and then `waymart run`."
        )
    )
    st.stop()

if grant.sees_market:
    keep_filters(page.url_path)
view = current_view()
is_filtered = grant.sees_market and page.url_path not in UNFILTERED
try:
    if grant.sees_market:  # a merchant's rows are narrowed by its shop alone
        if is_filtered:
            show_sidebar(view)
        show_views(view, page.url_path, {one.url_path: one for group in PAGES.values() for one in group})
        show_notes(view)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.title(page.title, width="content")
        if view.serving.build["is_simulated"]:
            st.badge(_("Simulated market"), icon=":material/science:", color="orange")
    if is_filtered:
        show_chips(view)
    with turn:
        page.run()
    show_footer(view, DATA_HEALTH if grant.sees_market else None)
except UnknownNameError:
    st.info(
        _("An older waymart published this build, without what this page shows: `waymart run` makes it anew.")
    )
