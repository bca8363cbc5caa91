"""Import rules of the countries that parcels go to, on a day."""

from datetime import date

import polars as pl

from serving.published import Published

RULES = "dim_import_rules"


def rules_on(published: Published, day: date) -> pl.DataFrame:
    """Return the rules of a day of entry and those announced, of countries that parcels go to."""
    return published.frame(
        f"""
        select
            destination_country_code, charge_kind, threshold, charge_rate, fixed_charge, charged_per,
            rule_limit, rule_origin, rule_channel, rule_scheme, rule_heading,
            rule_status, rule_from_date, rule_to_date, date_precision, rule_confidence, rule_source
        from {RULES}
        where (rule_status = 'announced' or rule_from_date <= $1) and coalesce(rule_to_date >= $1, true)
            and destination_country_code in (select destination_country_code from mart_corridors)
        order by destination_country_code, charge_kind, rule_status desc, rule_from_date, rule_id
        """,
        [day],
    )
