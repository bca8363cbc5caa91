"""The registry of providers: one module each, one line here."""

from ingest.errors import IntakeError
from ingest.provider import Provider
from ingest.providers.aftership import AFTERSHIP
from ingest.providers.cainiao import CAINIAO
from ingest.providers.cainiao_msom2018 import CAINIAO_MSOM2018
from ingest.providers.easypost import EASYPOST
from ingest.providers.epcis import EPCIS
from ingest.providers.jd import JD
from ingest.providers.jd_msom2020 import JD_MSOM2020
from ingest.providers.jdl import JDL
from ingest.providers.jt import JT
from ingest.providers.kdniao import KDNIAO
from ingest.providers.kuaidi100 import KUAIDI100
from ingest.providers.lade import LADE
from ingest.providers.olist import OLIST
from ingest.providers.pinduoduo import PINDUODUO
from ingest.providers.seventeen_track import SEVENTEEN_TRACK
from ingest.providers.sf import SF
from ingest.providers.shippo import SHIPPO
from ingest.providers.shopify import SHOPIFY
from ingest.providers.sto import STO
from ingest.providers.taobao import TAOBAO
from ingest.providers.waymart import WAYMART
from ingest.providers.yto import YTO
from ingest.providers.yunda import YUNDA
from ingest.providers.zto import ZTO

PROVIDERS: dict[str, Provider] = {
    p.provider_id: p
    for p in (
        AFTERSHIP,
        CAINIAO,
        CAINIAO_MSOM2018,
        EASYPOST,
        EPCIS,
        JD,
        JD_MSOM2020,
        JDL,
        JT,
        KDNIAO,
        KUAIDI100,
        LADE,
        OLIST,
        PINDUODUO,
        SEVENTEEN_TRACK,
        SF,
        SHIPPO,
        SHOPIFY,
        STO,
        TAOBAO,
        WAYMART,
        YTO,
        YUNDA,
        ZTO,
    )
}


def provider_of(sender: str | Provider) -> Provider:
    """Return the provider of that id, or the one given; raises IntakeError where there is none."""
    if isinstance(sender, Provider):
        return sender
    if sender not in PROVIDERS:
        raise IntakeError(f"There is no provider {sender}: known are {', '.join(sorted(PROVIDERS))}.")
    return PROVIDERS[sender]
