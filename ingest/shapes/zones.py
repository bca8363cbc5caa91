"""The clock of a place, for times that are local to it and do not say so."""

#: ISO 3166-1 alpha-2, alpha-3 and time zone of countries that keep one time (mainland, where islands differ).
_COUNTRIES = """
AE ARE Asia/Dubai · AT AUT Europe/Vienna · BE BEL Europe/Brussels · BG BGR Europe/Sofia · CH CHE Europe/Zurich
CN CHN Asia/Shanghai · CZ CZE Europe/Prague · DE DEU Europe/Berlin · DK DNK Europe/Copenhagen
EE EST Europe/Tallinn · ES ESP Europe/Madrid · FI FIN Europe/Helsinki · FR FRA Europe/Paris
GB GBR Europe/London · GR GRC Europe/Athens · HK HKG Asia/Hong_Kong · HU HUN Europe/Budapest
IE IRL Europe/Dublin · IL ISR Asia/Jerusalem · IN IND Asia/Kolkata · IT ITA Europe/Rome · JP JPN Asia/Tokyo
KR KOR Asia/Seoul · LT LTU Europe/Vilnius · LU LUX Europe/Luxembourg · LV LVA Europe/Riga
MO MAC Asia/Macau · MY MYS Asia/Kuala_Lumpur · NL NLD Europe/Amsterdam · NO NOR Europe/Oslo
NZ NZL Pacific/Auckland · PH PHL Asia/Manila · PL POL Europe/Warsaw · PT PRT Europe/Lisbon
RO ROU Europe/Bucharest · SA SAU Asia/Riyadh · SE SWE Europe/Stockholm · SG SGP Asia/Singapore
SI SVN Europe/Ljubljana · SK SVK Europe/Bratislava · TH THA Asia/Bangkok · TR TUR Europe/Istanbul
TW TWN Asia/Taipei · VN VNM Asia/Ho_Chi_Minh · ZA ZAF Africa/Johannesburg
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


def _rows() -> list[tuple[str, str, str]]:
    return [
        (two, three, zone)
        for entry in _COUNTRIES.replace("\n", "·").split("·")
        if entry.strip()
        for two, three, zone in [entry.split()]
    ]


def _map(pairs: dict[str, str]) -> str:
    return "map {" + ", ".join(f"'{key}': '{value}'" for key, value in pairs.items()) + "}"


def country_sql(country: str) -> str:
    """Return SQL of a country's alpha-2 code, sent as alpha-2 or alpha-3; what is not known stays."""
    return (
        f"coalesce({_map({three: two for two, three, _ in _rows()} | {'USA': 'US'})}[{country}], {country})"
    )


def zone_sql(country: str, state: str) -> str:
    """Return SQL of the time zone of a place, null where it is not known or the country keeps several.

    A state of the USA without a country is taken for one.
    """
    zones = {two: zone for two, _, zone in _rows()} | {three: zone for _, three, zone in _rows()}
    states = {state: line.split()[0] for line in _STATES.strip().splitlines() for state in line.split()[1:]}
    is_us = f"coalesce(nullif({country}, ''), 'US') in ('US', 'USA')"
    return f"case when {is_us} then {_map(states)}[upper({state})] else {_map(zones)}[upper({country})] end"


def local_time(time: str, zone: str) -> str:
    """Return SQL of a clock time at a zone as an instant; as it came where either is not known."""
    utc = f"timezone('UTC', timezone({zone}, try_cast({time} as timestamp)))"
    return f"coalesce(strftime({utc}, '%Y-%m-%dT%H:%M:%S.%fZ'), {time})"
