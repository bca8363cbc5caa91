"""The clock of a place, for times that are local to it and do not say so."""

import pycountry

#: Time zone of countries (ISO 3166-1 alpha-2) that keep one time; of the mainland, where islands differ.
_COUNTRIES = """
AE Asia/Dubai · AT Europe/Vienna · BE Europe/Brussels · BG Europe/Sofia · CH Europe/Zurich
CN Asia/Shanghai · CZ Europe/Prague · DE Europe/Berlin · DK Europe/Copenhagen · EE Europe/Tallinn
ES Europe/Madrid · FI Europe/Helsinki · FR Europe/Paris · GB Europe/London · GR Europe/Athens
HK Asia/Hong_Kong · HU Europe/Budapest · IE Europe/Dublin · IL Asia/Jerusalem · IN Asia/Kolkata
IT Europe/Rome · JP Asia/Tokyo · KR Asia/Seoul · LT Europe/Vilnius · LU Europe/Luxembourg · LV Europe/Riga
MO Asia/Macau · MY Asia/Kuala_Lumpur · NL Europe/Amsterdam · NO Europe/Oslo · NZ Pacific/Auckland
PH Asia/Manila · PL Europe/Warsaw · PT Europe/Lisbon · RO Europe/Bucharest · SA Asia/Riyadh
SE Europe/Stockholm · SG Asia/Singapore · SI Europe/Ljubljana · SK Europe/Bratislava · TH Asia/Bangkok
TR Europe/Istanbul · TW Asia/Taipei · VN Asia/Ho_Chi_Minh · ZA Africa/Johannesburg
"""
#: States of the USA by the zone in which most of their people live.
_STATES = """
America/New_York CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV
America/Chicago AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI
America/Denver CO ID MT NM UT WY
America/Phoenix AZ
America/Los_Angeles CA NV OR WA
America/Anchorage AK
Pacific/Honolulu HI
"""


def _map(pairs: dict[str, str]) -> str:
    return "map {" + ", ".join(f"'{key}': '{value}'" for key, value in pairs.items()) + "}"


#: ISO 3166-1: alpha-3 → alpha-2.
_ALPHA_2 = {country.alpha_3: country.alpha_2 for country in pycountry.countries}


def country_sql(country: str) -> str:
    """Return SQL of a country's alpha-2 code, sent as alpha-2 or alpha-3; what is not known stays."""
    return f"coalesce({_map(_ALPHA_2)}[{country}], {country})"


def zone_sql(country: str, state: str) -> str:
    """Return SQL of the time zone of a place, null where it is not known or the country keeps several.

    A state of the USA without a country is taken for one.
    """
    zones = dict(entry.split() for entry in _COUNTRIES.strip().replace("\n", " · ").split(" · "))
    zones |= {three: zones[two] for three, two in _ALPHA_2.items() if two in zones}
    states = {state: line.split()[0] for line in _STATES.strip().splitlines() for state in line.split()[1:]}
    is_us = f"coalesce(nullif({country}, ''), 'US') in ('US', 'USA')"
    return f"case when {is_us} then {_map(states)}[upper({state})] else {_map(zones)}[upper({country})] end"


def local_time(time: str, zone: str) -> str:
    """Return SQL of a clock time at a zone as an instant; as it came where either is not known."""
    utc = f"timezone('UTC', timezone({zone}, try_cast({time} as timestamp)))"
    return f"coalesce(strftime({utc}, '%Y-%m-%dT%H:%M:%S.%fZ'), {time})"
