"""EPCIS 2.0 in JSON-LD: what a supply chain saw of parcels (ref.gs1.org/standards/epcis).

A document, a query's answer or a single event. An event names objects; those that are logistic units (SSCC)
are the waybills, or all of them where none is. The code is the disposition where that ends a parcel's way
(returned, damaged, destroyed, stolen), else the business step, each without its vocabulary's prefix. Who
receives is not always who ordered: ``receiving`` is ``receiving_at_destination`` only where the event's place
is the ``destination`` that it names itself (CBV source/destination type ``location``). Times
carry their zone. An event sent again with an ``errorDeclaration`` withdraws the event of the same
``eventID``; what is right then comes as a new event. EPCIS names no courier: the document's ``sender``
stands for it. A place is what the document's master data says of the event's read point, else of its business
location (CBV attributes ``countryCode``, ``state``, ``city``).
"""

from ingest.shapes.history import History
from ingest.shapes.scans import parcels_of, scans_of, scans_provider
from ingest.shapes.times import has_zone

_HISTORY = History(
    provider_id="epcis",
    number="epcList",
    envelopes={
        "epcisBody": "eventList",
        "epcisBody.queryResults.resultsBody": "eventList",
        "": "array",
    },
    parcel=(),
    outer=("sender", "epcisHeader"),
    scan={
        **dict.fromkeys(
            ("type", "eventID", "eventTime", "eventTimeZoneOffset", "recordTime", "bizStep", "disposition"),
            "VARCHAR",
        ),
        "parentID": "VARCHAR",
        "epcList": ["VARCHAR"],
        "childEPCs": ["VARCHAR"],
        "errorDeclaration": {"declarationTime": "VARCHAR"},
        "readPoint": {"id": "VARCHAR"},
        "bizLocation": {"id": "VARCHAR"},
        "destinationList": [{"type": "VARCHAR", "destination": "VARCHAR"}],
    },
    marks=(("eventTime",), ("type",)),
)
_IS_PARCEL = r"regexp_matches(epc, '^urn:epc:id:sscc:|/00/\d{18}$')"
_OBJECTS = (
    "list_filter(list_concat([scan.parentID], coalesce(scan.epcList, []), coalesce(scan.childEPCs, [])), "
    "lambda epc: epc is not null)"
)
_ELEMENTS = (
    '[{"vocabularyElementList":[{"id":"VARCHAR","attributes":[{"id":"VARCHAR","attribute":"VARCHAR"}]}]}]'
)
#: The locations of the document's master data, once for each document.
_LOCATIONS = f"""
    select *, flatten(list_transform(
        json_transform(outer_epcisHeader[-1], '{{"epcisMasterData":{{"vocabularyList":{_ELEMENTS}}}}}')
        .epcisMasterData.vocabularyList,
        lambda one: one.vocabularyElementList
    )) as locations
    from ({parcels_of(_HISTORY)})
"""
_ROWS = f"""
    select *, unnest(
        case
            when len(parcels) > 0 then parcels
            when len(objects) > 0 then objects
            else [null]
        end
    ) as epc
    from (
        select *, list_filter(objects, lambda epc: {_IS_PARCEL}) as parcels
        from (
            select
                *,
                {_OBJECTS} as objects,
                coalesce(
                    list_filter(locations, lambda one: one.id = scan.readPoint.id)[1].attributes,
                    list_filter(locations, lambda one: one.id = scan.bizLocation.id)[1].attributes
                ) as attributes
            from ({scans_of(_HISTORY, _LOCATIONS)})
        )
    )
"""


def _word(term: str) -> str:
    """Return SQL of a term of the core business vocabulary without its prefix (URN, URI or none)."""
    return rf"regexp_extract({term}, '([A-Za-z_]+)$', 1)"


def _told(attribute: str) -> str:
    """Return SQL of what the master data says of the event's place."""
    named = f"{_word('one.id')} = '{attribute}'"
    return f"nullif(trim(list_filter(attributes, lambda one: {named})[1].attribute), '')"


#: Places that the event names as its objects' destination, and not as their owner or holder there.
_DESTINATIONS = (
    f"list_transform(list_filter(scan.destinationList, lambda one: {_word('one.type')} = 'location'), "
    "lambda one: one.destination)"
)
_IS_THERE = f"coalesce(list_has_any({_DESTINATIONS}, [scan.bizLocation.id, scan.readPoint.id]), false)"
_STEP = (
    f"case when {_word('scan.bizStep')} = 'receiving' and {_IS_THERE} then 'receiving_at_destination' "
    f"else {_word('scan.bizStep')} end"
)

EPCIS = scans_provider(
    _HISTORY,
    provider_name="EPCIS 2.0",
    time_zone=None,
    confirmed_by="provider's document",
    rows=_ROWS,
    columns={
        "courier_code": "coalesce(outer_sender[-1], 'epcis')",
        "waybill_number": "epc",
        "event_code": (
            f"case when {_word('scan.disposition')} in ('returned', 'damaged', 'destroyed', 'stolen') "
            f"then {_word('scan.disposition')} else {_STEP} end"
        ),
        "event_number": "scan.eventID",
        "country_code": f"upper({_told('countryCode')})",
        "province_name": _told("state"),
        "city_name": _told("city"),
        "is_zone_explicit": "true",
        "occurred_at": (
            f"case when {has_zone('scan.eventTime')} then scan.eventTime "
            "else scan.eventTime || scan.eventTimeZoneOffset end"
        ),
        "received_at": "scan.recordTime",
        "retracted_at": "scan.errorDeclaration.declarationTime",
    },
)
