"""What was put into the market on purpose."""

import numpy as np
import pyarrow as pa

from simulator.contract import columns as c
from simulator.contract.orders import Table
from simulator.world.categories import CATEGORIES
from simulator.world.couriers import COURIERS
from simulator.world.draws import I64
from simulator.world.injections import Injection
from simulator.world.provinces import provinces


def injections(every: tuple[Injection, ...], touched: I64) -> Table:
    """Return one row per injection: what, when, where, how much, which mature parcels and GMV it touched."""

    def province(place: int) -> str | None:
        return f"{provinces().code[place]}0000" if place >= 0 else None

    return {
        "kind": pa.array([each.kind for each in every]),
        "injection": pa.array([each.words for each in every]),
        "courier_codes": pa.array(
            [[COURIERS[k] for k in each.couriers] for each in every], pa.list_(pa.string())
        ),
        "origin_province_adcode": pa.array([province(each.origin) for each in every], pa.string()),
        "destination_province_adcode": pa.array([province(each.destination) for each in every], pa.string()),
        "merchant_code": pa.array(
            [f"M{each.merchant:012d}" if each.merchant >= 0 else None for each in every], pa.string()
        ),
        "category_code": pa.array(
            [CATEGORIES[each.category] if each.category >= 0 else None for each in every], pa.string()
        ),
        "size": pa.array([each.size for each in every]),
        "touched_parcel_count": c.counts(touched[:, 0]),
        "touched_gmv_paid": c.amounts(touched[:, 1]),
        "began_at": c.times(np.array([each.first for each in every], np.int64)),
        "ended_at": c.times(np.array([each.end for each in every], np.int64)),
    }
