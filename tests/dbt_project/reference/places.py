"""Where a place of the feed is: province, city and tier of the list that is newest and complete."""

import polars as pl
import pycountry
from reference.feeds import seed

#: Province-level cities; Hong Kong, Macao and Taiwan are outside the mainland.
_MUNICIPALITIES = ["11", "12", "31", "50"]
_OUTSIDE = ["71", "81", "82"]
#: English names that the simulated market sends of divisions that ISO 3166-2 names in their own language.
_ENGLISH = [
    ("BE", "Brussels Capital", "BE-BRU"),
    ("BE", "Flanders", "BE-VLG"),
    ("ES", "Catalonia", "ES-CT"),
    ("ES", "Madrid", "ES-MD"),
    ("IT", "Lombardy", "IT-25"),
    ("NL", "North Holland", "NL-NH"),
    ("NL", "South Holland", "NL-ZH"),
    ("TR", "Istanbul", "TR-34"),
]


def with_place(rows: pl.DataFrame, prefix: str) -> pl.DataFrame:
    """Add `<prefix>adcode`, `<prefix>province_id` and `<prefix>country` from the code or the names sent."""
    code = pl.col(f"{prefix}city_code")
    head = code.str.slice(0, 2)
    city = (
        pl.when(head.is_in(_MUNICIPALITIES))
        .then(head + "0000")
        .when(code.str.slice(2, 2) == "90")
        .then(code)
        .otherwise(code.str.slice(0, 4) + "00")
    )
    country = pl.col(f"{prefix}country_code").fill_null("CN")
    outside = seed("provinces").filter(pl.col("country_code") != "CN")
    named = pl.concat(
        [
            *(
                outside.select(pl.col("country_code"), pl.col(column).alias("name"), pl.col("province_id"))
                for column in ("province_name", "province_id")
            ),
            pl.DataFrame(
                _ENGLISH
                + [(d.country_code, d.name, d.code) for d in pycountry.subdivisions if d.parent_code is None],
                schema=["country_code", "name", "province_id"],
                orient="row",
            ),
        ]
    ).unique(["country_code", "name"], keep="first", maintain_order=True)
    return (
        rows.with_columns(country.alias(f"{prefix}country"))
        .join(
            named.rename({"province_id": "_abroad"}),
            left_on=[f"{prefix}country", f"{prefix}province_name"],
            right_on=["country_code", "name"],
            how="left",
        )
        .with_columns(
            pl.when(country == "CN").then(city).alias(f"{prefix}adcode"),
            pl.when((country == "CN") & code.is_not_null())
            .then(head + "0000")
            .otherwise(pl.col("_abroad"))
            .alias(f"{prefix}province_id"),
        )
        .drop("_abroad")
    )


def tier(country: str, adcode: str) -> pl.Expr:
    """The tier of the fixed list, with the values beside the tiers."""
    complete = seed("city_tier_lists").filter(pl.col("is_complete_list") == "true")
    year = complete["list_year"].max()
    listed = seed("city_tiers").filter(pl.col("list_year") == year)
    return (
        pl.when((pl.col(country) != "CN") | pl.col(adcode).str.slice(0, 2).is_in(_OUTSIDE))
        .then(pl.lit("abroad"))
        .when(pl.col(adcode).is_null())
        .then(pl.lit("unknown"))
        .otherwise(
            pl.col(adcode).replace_strict(
                listed["adcode"], listed["tier"], default="unranked", return_dtype=pl.String
            )
        )
        .alias("tier_fixed")
    )
