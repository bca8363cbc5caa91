"""Entry of the pages: ``streamlit run dashboards/app.py``."""

from pathlib import Path

import streamlit as st

from dashboards.cache import open_published
from dashboards.choice.kept import show_notes, show_views
from dashboards.choice.sidebar import keep_filters, show_chips, show_sidebar
from dashboards.choice.view import current_view
from dashboards.parts.footer import show_footer
from serving.dictionary import UnknownNameError

HERE = Path(__file__).parent
DATA_HEALTH = "app_pages/data_health.py"
OWN_FILE = "app_pages/own_file.py"

st.set_page_config(page_title="waymart", page_icon=HERE / "icon.svg", layout="wide")
st.html(HERE / "look.css")

#: What the sidebar lists, under headings.
PAGES = {
    "Market": [
        st.Page("app_pages/overview.py", title="Overview", icon=":material/monitoring:", default=True),
        st.Page("app_pages/gmv_by_tier.py", title="GMV by tier", icon=":material/stacked_bar_chart:"),
    ],
    "Delivery": [
        st.Page("app_pages/delivery_time.py", title="Delivery time", icon=":material/schedule:"),
        st.Page("app_pages/lanes.py", title="Lanes", icon=":material/route:"),
        st.Page("app_pages/courier_share.py", title="Courier share", icon=":material/pie_chart:"),
    ],
    "Work list": [
        st.Page("app_pages/stalled.py", title="Stalled parcels", icon=":material/hourglass_top:"),
    ],
    "Take home and trust": [
        st.Page("app_pages/my_shop.py", title="My shop", icon=":material/storefront:"),
        st.Page(OWN_FILE, title="Your own file", icon=":material/upload_file:"),
        st.Page(DATA_HEALTH, title="Data health", icon=":material/health_metrics:"),
    ],
}
# The lists of st.navigation hold headings between their items, which no list may (axe: list).
page = st.navigation([page for pages in PAGES.values() for page in pages], position="hidden")
with st.sidebar:
    for heading, pages in PAGES.items():
        st.caption(heading)
        for one in pages:
            st.page_link(one)
    st.divider()

if page.url_path == "own_file":  # it asks no build, and comes before the first
    st.title(page.title)
    page.run()
    st.stop()

if open_published() is None:
    st.title("waymart")
    st.info(
        "No data is published yet. Run `make demo` for a simulated market, or load your own files with "
        "`waymart ingest PROVIDER PATH…` and then `waymart run`."
    )
    st.stop()

keep_filters(page.url_path)
view = current_view()
show_sidebar(view)
show_views(view, page.url_path, {one.url_path: one for group in PAGES.values() for one in group})
show_notes(view)
with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
    st.title(page.title, width="content")
    if view.serving.build["is_simulated"]:
        st.badge("Simulated market", icon=":material/science:", color="orange")
show_chips(view)
try:
    page.run()
except UnknownNameError:
    st.info(
        "An older waymart published this build, without what this page shows: `waymart run` makes it anew."
    )
show_footer(view, DATA_HEALTH)
