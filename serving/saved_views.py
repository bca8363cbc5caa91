"""Views that people keep by a name: a page with its filters, in the form of its URL."""

import tomllib
from pathlib import Path

import tomlkit

from serving.notes import write_whole


class ViewsError(Exception):
    """A file of views that cannot be read; its text is one sentence for the person who sees the page."""


def read_views(path: Path) -> dict[str, str]:
    """Return ``page?query`` by name, in the order of the file; raises ViewsError for a damaged one."""
    if not path.exists():
        return {}
    try:
        views = tomllib.loads(path.read_text(encoding="utf-8")).get("views", {})
        if not all(isinstance(url, str) for url in views.values()):
            raise ValueError('a view is a text like "delivery_time?period=2019-06"')
    except (ValueError, AttributeError) as error:
        raise ViewsError(f"{path} is no file of views: {error}.") from None
    return dict(views)


def write_views(path: Path, views: dict[str, str]) -> None:
    """Write the file anew with these views; a reader sees the old ones or the new ones."""
    document = tomlkit.document()
    document.add(tomlkit.comment("Views by name: a page and its filters, as its URL has them."))
    document["views"] = views
    write_whole(path, tomlkit.dumps(document))
