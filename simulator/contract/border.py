"""What a registration says of a parcel that crosses a border, where the market has that part."""

import numpy as np
import pyarrow as pa

from simulator.contract import columns as c
from simulator.life.declarations import Declarations, promised_days
from simulator.life.happenings import Happenings
from simulator.life.scan_kinds import Scan
from simulator.world.cities import CURRENCIES
from simulator.world.days import DAY
from simulator.world.draws import I64, Flags
from simulator.world.hub_queues import HUB_CODES
from simulator.world.import_rules import CHANNELS, SCHEME_NAMES
from simulator.world.market import Market
from simulator.world.tariffs import HEADINGS

DAY_KINDS = ("business", "calendar")
#: The contract's columns of what was taken, in the order of `import_rules.KINDS`.
TAKEN = ("duty_amount", "import_tax_amount", "import_fee_amount")


def cleared_at(block: Happenings) -> I64:
    """Return when each parcel entered, NEVER where none is declared or it has not."""
    entered: I64 = block.way.scans[Scan.IMPORT_CLEARED]
    return entered


def headings_of(told: Declarations) -> pa.Array:
    """Return the tariff headings of all declarations, one after the other."""
    return c.words(np.nonzero(told.headings)[1], HEADINGS).cast(pa.string())


def declared_columns(market: Market, block: Happenings) -> dict[str, pa.Array]:
    """Return the contract's columns of all parcels; those that are not declared have none."""
    told, due = block.told, block.duties
    if told is None or due is None:
        return {}
    count = len(block.parcels.key)
    row = np.zeros(count, np.int64)
    row[told.parcel] = np.arange(len(told.parcel))
    has = np.zeros(count, bool)
    has[told.parcel] = True

    def of(values: I64, is_valid: Flags = has) -> tuple[I64, Flags]:
        every = np.zeros(count, np.int64)
        every[told.parcel] = values
        return every, is_valid

    taken = has.copy()
    taken[told.parcel] = due.is_known
    lengths = np.zeros(count, np.int64)
    lengths[told.parcel] = told.headings.sum(axis=1)
    scheme, _ = of(told.scheme)
    order = block.parcels.order[told.parcel]
    days, by_calendar = promised_days(
        market, block.orders.index[order], block.orders.city[order], block.orders.placed[order] // DAY
    )
    kind, _ = of(by_calendar.astype(np.int64))
    return {
        "declared_amount": c.amounts(*of(told.declared_in)),
        "declared_currency": c.words(of(told.currency)[0], CURRENCIES, has),
        "tariff_headings": c.lists(lengths, headings_of(told), has),
        "entry_channel_code": c.words(of(told.channel)[0], CHANNELS, has),
        "seller_scheme_code": c.words(scheme, SCHEME_NAMES, scheme > 0),
        "hub_code": c.words(of(told.hub)[0], HUB_CODES, has),
        **{name: c.amounts(*of(due.of(kind), taken)) for kind, name in enumerate(TAKEN)},
        "promised_day_count": c.counts(*of(days)),
        "promised_day_kind_code": c.words(kind, DAY_KINDS, has),
    }
