"""What is taken when a parcel enters: duty, tax and fees, by the rules of that day (part abroad)."""

from dataclasses import dataclass

import numpy as np

from simulator.life.declarations import Declarations
from simulator.life.journeys import Journeys
from simulator.life.parcels import Parcels
from simulator.life.scan_kinds import Scan
from simulator.world.cities import CURRENCIES, cities
from simulator.world.days import DAY, NEVER
from simulator.world.draws import I64, Flags
from simulator.world.import_rules import KINDS, TAX, import_rules
from simulator.world.market import Market
from simulator.world.tariffs import DUTIES

#: What the carrier takes for clearing a parcel on which something is due, unless it was collected at sale:
#: by post, by express; tens of it in kroner. Assumptions.
CLEARING_FEE, IN_KRONER = (500, 1_200), 10


@dataclass(frozen=True)
class Duties:
    """Per declaration, hundredths of the shop's currency; what is due once the parcel has entered."""

    entry_day: I64  # of the destination, days since 1970-01-01; NEVER where it has not come to customs
    is_known: Flags  # has entered
    amounts: I64  # duty, tax, fee × declaration

    def of(self, kind: int) -> I64:
        """Return the amounts of one kind."""
        amounts: I64 = self.amounts[kind]
        return amounts


def duties(market: Market, parcels: Parcels, way: Journeys, told: Declarations) -> Duties:
    """Return what is taken of each declared parcel: of the declared value, whatever it was worth."""
    there, places = parcels.destination[told.parcel], cities()
    started = way.scans[Scan.IMPORT_START, told.parcel]
    day = np.where(started < NEVER, (started + places.clock[there]) // DAY, NEVER)
    amounts = np.zeros((len(KINDS), len(there)), np.int64)
    # Where goods go under several headings, the dearest one's duty is taken. Assumption.
    of_heading = (told.headings * DUTIES).max(axis=1, initial=0)
    count = {"": 0, "parcel": 1, "heading": told.headings.sum(axis=1), "unit": told.units}
    for rule in import_rules():
        due = rule.covers(there, told.channel, day)
        due &= (told.declared > rule.exempt_up_to) & (told.declared <= rule.at_most)
        permille = of_heading if rule.permille < 0 else rule.permille
        amount = told.declared * permille // 1000 + rule.fee * count[rule.fee_per]
        amounts[rule.kind] += np.where(due, amount, 0)
    at_sale = told.scheme > 0
    is_due = amounts[: TAX + 1].sum(axis=0) - np.where(at_sale, amounts[TAX], 0) > 0
    fee = np.array(CLEARING_FEE)[told.channel]
    fee = np.where(places.currency[there] == CURRENCIES.index("NOK"), fee * IN_KRONER, fee)
    amounts[KINDS.index("fee")] += np.where(is_due, fee, 0)
    return Duties(day, way.scans[Scan.IMPORT_CLEARED, told.parcel] < NEVER, amounts)
