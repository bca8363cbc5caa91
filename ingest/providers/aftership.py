"""AfterShip: trackings as its webhook sends them or its API returns them, the whole history each time.

``checkpoint_time`` is the carrier's local time and mostly carries no zone: it is read in the zone of the
checkpoint's country (of the state in the USA) where that keeps one time, else as UTC, which can be hours
off; either way the time is marked as ruled. ``hash`` (since version 2026-07) identifies a checkpoint.
"""

from ingest.shapes.history import History
from ingest.shapes.scans import scans_of, scans_provider
from ingest.shapes.times import has_zone
from ingest.shapes.zones import country_sql, local_time, zone_sql

_FIELDS = (
    "slug",
    "checkpoint_time",
    "created_at",
    "message",
    "tag",
    "subtag",
    "hash",
    "city",
    "state",
    "country_iso3",
    "country_region",
)
_HISTORY = History(
    provider_id="aftership",
    number="tracking_number",
    envelopes=dict.fromkeys(("msg", "data.tracking", "data.trackings[]", "data", ""), "checkpoints"),
    parcel=("slug", "tracking_number", "last_mile.slug", "last_mile.tracking_number"),
    scan=dict.fromkeys(_FIELDS, "VARCHAR"),
    marks=(("checkpoint_time",), ("tag", "subtag", "message")),
)
_COUNTRY = "coalesce(scan.country_iso3, scan.country_region)"

AFTERSHIP = scans_provider(
    _HISTORY,
    provider_name="AfterShip",
    time_zone="UTC",
    confirmed_by="provider's document",
    rows=f"select *, {zone_sql(_COUNTRY, 'scan.state')} as zone from ({scans_of(_HISTORY)})",
    columns={
        "courier_code": "coalesce(slug, scan.slug)",
        "waybill_number": "tracking_number",
        "event_code": "coalesce(nullif(scan.subtag, ''), scan.tag)",
        "event_text": "scan.message",
        "event_number": "scan.hash",
        "next_waybill_number": '"last_mile.tracking_number"',
        "next_courier_code": '"last_mile.slug"',
        "country_code": country_sql(_COUNTRY),
        "province_name": "scan.state",
        "city_name": "scan.city",
        "is_zone_explicit": has_zone("scan.checkpoint_time"),
        "occurred_at": (
            f"case when {has_zone('scan.checkpoint_time')} then scan.checkpoint_time "
            f"else {local_time('scan.checkpoint_time', 'zone')} end"
        ),
        "received_at": "scan.created_at",
    },
)
