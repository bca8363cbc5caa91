"""The registry of providers: one module each, one line here."""

from ingest.provider import Provider
from ingest.providers.kuaidi100 import KUAIDI100
from ingest.providers.olist import OLIST
from ingest.providers.waymart import WAYMART

PROVIDERS: dict[str, Provider] = {p.provider_id: p for p in (WAYMART, OLIST, KUAIDI100)}
