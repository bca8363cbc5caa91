"""The border's truth: what was declared and what it was worth, who was looked at, stages, what was taken."""

from datetime import timedelta

import numpy as np
import pyarrow as pa

from simulator.contract import columns as c
from simulator.contract.border import headings_of
from simulator.contract.orders import Table, currencies
from simulator.life.declarations import promised_days
from simulator.life.happenings import Happenings
from simulator.life.promises import order_promise
from simulator.life.scan_kinds import Scan
from simulator.world import exchange_rates
from simulator.world.cities import CURRENCIES, cities
from simulator.world.couriers import COURIERS
from simulator.world.days import DAY, EPOCH, NEVER
from simulator.world.hub_queues import HUB_CODES, HubQueues
from simulator.world.import_rules import CHANNELS, DUTY, FEE, KINDS, SCHEME_NAMES, TAX, import_rules
from simulator.world.market import Market
from simulator.world.tariffs import DUTIES, HEADINGS

_STAGES = {
    "export": (Scan.EXPORT_START, Scan.EXPORT_CLEARED),
    "flight": (Scan.EXPORT_CLEARED, Scan.HUB_IN),
    "hub": (Scan.HUB_IN, Scan.HUB_OUT),
    "onward": (Scan.HUB_OUT, Scan.IMPORT_START),
    "import": (Scan.IMPORT_START, Scan.IMPORT_CLEARED),
    "inland": (Scan.IMPORT_CLEARED, Scan.ARRIVED),
    "domestic": (Scan.PICKED_UP, Scan.EXPORT_START),
}


def border_crossings(market: Market, block: Happenings, waybill_number: c.Bytes) -> Table:
    """Return one row per parcel sold abroad.

    Amounts are in `currency`, but `declared_amount_as_sent`. `exemption_amount` is the highest exemption
    below the goods' value on the day they were declared. Duty, tax and fee are of the declared
    value, by the rules of the day of entry.
    """
    told, due = block.told, block.duties
    assert told is not None
    assert due is not None
    parcels, row = block.parcels, told.parcel
    there, order = parcels.destination[row], parcels.order[row]
    scans = block.way.scans[:, row]
    days, by_calendar = promised_days(
        market, block.orders.index[order], block.orders.city[order], block.orders.placed[order] // DAY
    )
    known = due.entry_day < NEVER
    first_try = np.minimum(
        scans[Scan.ATTEMPT_FAILED], np.minimum(scans[Scan.AVAILABLE], scans[Scan.DELIVERED])
    )
    promised = order_promise(market, block)[order]
    return {
        "courier_code": c.words(parcels.courier[row], COURIERS),
        "waybill_number": c.texts(waybill_number[row]),
        "origin_adcode": c.words(parcels.origin[row], cities().adcode),
        "destination_country_code": c.words(there, cities().country),
        "hub_code": c.words(told.hub, HUB_CODES),
        "entry_channel": c.words(told.channel, CHANNELS),
        "seller_scheme": c.words(told.scheme, SCHEME_NAMES, told.scheme > 0),
        "tariff_headings": c.lists(told.headings.sum(axis=1), headings_of(told)),
        "unit_count": c.counts(told.units),
        "currency": currencies(there),
        "goods_amount": c.amounts(told.value),
        "declared_amount": c.amounts(told.declared),
        "declared_currency": c.words(told.currency, CURRENCIES),
        "declared_amount_as_sent": c.amounts(told.declared_in),
        "exemption_amount": c.amounts(told.limit, told.limit > 0),
        "is_understated": c.flags(told.is_understated),
        "is_seller_watched": c.flags(told.is_watched),
        "is_inspected": c.flags(told.is_inspected, known),
        "is_inspection_seen": c.flags(
            (scans[Scan.INSPECTED] < NEVER) | (scans[Scan.IMPORT_FAILED] < NEVER), known
        ),
        "has_failed": c.flags(scans[Scan.IMPORT_FAILED] < NEVER, known),
        "entry_date": c.dates(np.where(known, due.entry_day * DAY, NEVER)),
        "duty_amount": c.amounts(due.of(DUTY), due.is_known),
        "import_tax_amount": c.amounts(due.of(TAX), due.is_known),
        "import_fee_amount": c.amounts(due.of(FEE), due.is_known),
        "is_tax_collected_at_sale": c.flags(told.scheme > 0),
        "promised_day_count": c.counts(days),
        "is_promised_in_calendar_days": c.flags(by_calendar),
        "is_promise_kept": c.flags(first_try <= promised, (first_try < NEVER) | (promised < market.end)),
        "queued_seconds": c.counts(block.way.queued[row], scans[Scan.HUB_OUT] < NEVER),
        **{f"{name}_seconds": c.durations(scans[a], scans[b]) for name, (a, b) in _STAGES.items()},
        "export_started_at": c.times(scans[Scan.EXPORT_START]),
        "export_cleared_at": c.times(scans[Scan.EXPORT_CLEARED]),
        "hub_arrived_at": c.times(scans[Scan.HUB_IN]),
        "hub_left_at": c.times(scans[Scan.HUB_OUT]),
        "import_started_at": c.times(scans[Scan.IMPORT_START]),
        "import_held_at": c.times(scans[Scan.INSPECTED]),
        "import_cleared_at": c.times(scans[Scan.IMPORT_CLEARED]),
        "import_failed_at": c.times(scans[Scan.IMPORT_FAILED]),
    }


def hub_days(queues: HubQueues) -> Table:
    """Return one row per hub and day: parcels expected, what it can handle, how long parcels wait."""
    days, hubs = queues.wait.shape
    day = np.repeat(np.arange(days, dtype=np.int64) + queues.first, hubs)
    return {
        "hub_code": c.words(np.tile(np.arange(hubs), days), HUB_CODES),
        "date": c.dates(day * DAY),
        "expected_parcel_count": pa.array(queues.expected.ravel()),
        "capacity": pa.array(queues.capacity.ravel()),
        "queued_seconds": c.counts(queues.wait.ravel()),
    }


def rates_of_exchange(market: Market) -> Table:
    """Return one row per currency and month: US dollars for a unit, on its first day."""
    months = np.unique(
        (market.story.first + np.arange(len(market.starts) + 120))
        .astype("datetime64[D]")
        .astype("datetime64[M]")
    )
    day = np.repeat(months.astype("datetime64[D]").astype(np.int64), len(CURRENCIES))
    currency = np.tile(np.arange(len(CURRENCIES)), len(months))
    return {
        "currency": c.words(currency, CURRENCIES),
        "valid_from_date": c.dates(day * DAY),
        "usd_per_unit": pa.array(exchange_rates.dollars(currency, day * DAY) / 1_000_000.0),
    }


def rules() -> Table:
    """Return the rules by which this market's customs went; a rate that is null is the heading's own."""
    every = import_rules()

    def day(number: int) -> str:
        return str(EPOCH + timedelta(days=number))

    return {
        "country_code": pa.array([rule.country for rule in every]),
        "entry_channel": pa.array([rule.channel for rule in every]),
        "kind": pa.array([KINDS[rule.kind] for rule in every]),
        "exempt_up_to_amount": pa.array([rule.exempt_up_to / 100 for rule in every]),
        "at_most_amount": pa.array([rule.at_most / 100 if rule.at_most < 10**12 else None for rule in every]),
        "currency": pa.array([rule.currency for rule in every]),
        "rate_percent": pa.array([rule.permille / 10 if rule.permille >= 0 else None for rule in every]),
        "fee_amount": pa.array([rule.fee / 100 for rule in every]),
        "fee_per": pa.array([rule.fee_per or None for rule in every]),
        "valid_from_date": pa.array([day(rule.first) for rule in every]),
        "valid_to_date": pa.array([day(rule.last) for rule in every]),
        "source": pa.array([rule.source for rule in every]),
    }


def tariffs() -> Table:
    """Return one row per tariff heading: the duty that the market takes of it."""
    return {"tariff_heading": pa.array(HEADINGS), "duty_percent": pa.array((DUTIES / 10.0).tolist())}
