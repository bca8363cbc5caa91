"""By which clocks the states of Brazil live (IANA's time zones), for the customers of real orders."""

import polars as pl

#: The others go by São Paulo's. In summer the north and north-east do not put their clocks forward.
_ZONES = {
    "America/Rio_Branco": ["AC"],
    "America/Manaus": ["AM"],
    "America/Porto_Velho": ["RO"],
    "America/Boa_Vista": ["RR"],
    "America/Cuiaba": ["MT"],
    "America/Campo_Grande": ["MS"],
    "America/Belem": ["AP", "PA"],
    "America/Araguaina": ["TO"],
    "America/Fortaleza": ["CE", "MA", "PB", "PI", "RN"],
    "America/Recife": ["PE"],
    "America/Maceio": ["AL", "SE"],
    "America/Bahia": ["BA"],
}


def date_in_state(at: str, state: str) -> pl.Expr:
    """The calendar date of an instant by the clocks of a state (`SP`)."""
    elsewhere = (
        pl.when(pl.col(state).is_in(states)).then(pl.col(at).dt.convert_time_zone(zone).dt.date())
        for zone, states in _ZONES.items()
    )
    return pl.coalesce(*elsewhere, pl.col(at).dt.convert_time_zone("America/Sao_Paulo").dt.date())
