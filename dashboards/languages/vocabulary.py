"""Our own words, which are codes in the data and English in ``serving.names``: marked for the catalogues.

A code becomes words by one rule (``new_tier_1`` is "New tier 1"), so that only other languages need a list.
"""

from dashboards.languages.messages import N_

#: Cities, how something was sold, a parcel's way and what goes wrong on it.
OF_THE_MARKET = (
    *(N_("Not known"), N_("Unknown"), N_("Other"), N_("None"), N_("All")),
    *(N_("Tier 1"), N_("New tier 1"), N_("Tier 2"), N_("Tier 3"), N_("Tier 4"), N_("Tier 5")),
    *(N_("Unranked"), N_("Not in list"), N_("Abroad"), N_("Tier 1 2"), N_("Lower tier")),
    *(N_("Group buy"), N_("Direct"), N_("Flash sale"), N_("Dropship")),
    *(N_("Sale"), N_("Return"), N_("Replacement"), N_("Holiday")),
    *(N_("Standard"), N_("Express"), N_("Economy"), N_("Cross border")),
    *(N_("Courier"), N_("Cainiao"), N_("Merchant"), N_("Consumer"), N_("Customs"), N_("Weather")),
    *(N_("Not shipped"), N_("Before pickup"), N_("At pickup point"), N_("Returning")),
    *(N_("Under 4 days"), N_("Under 7 days"), N_("Under 14 days"), N_("Under 30 days"), N_("Over 30 days")),
    *(N_("Placed"), N_("Paid"), N_("Shipped"), N_("Received"), N_("Cancelled")),
    *(N_("Created"), N_("Consigned"), N_("Picked up"), N_("Arrived"), N_("Departed"), N_("In transit")),
    *(N_("Out for delivery"), N_("Delivery attempt failed"), N_("Pickup failed"), N_("Available for pickup")),
    *(N_("Delivered"), N_("Forwarded"), N_("Returned"), N_("Lost"), N_("Expired"), N_("Info")),
    *(N_("Handling"), N_("Origin"), N_("Linehaul"), N_("Destination"), N_("Last mile"), N_("Pickup wait")),
    *(N_("End to end"),),
    *(N_("Estimate"), N_("Lane quantiles"), N_("Platform"), N_("Lane"), N_("Region pair"), N_("Market")),
    *(N_("Revision"), N_("Learnt")),
    *(N_("Duty"), N_("Tax"), N_("Fee"), N_("Post"), N_("East"), N_("Central"), N_("West")),
    # Why a courier is recommended, and how far a saving can be said.
    *(N_("Stays"), N_("Cheapest in time"), N_("Surest"), N_("No promise"), N_("Claimed"), N_("Scenario")),
    *(N_("Bound"), N_("Cannot say")),
    # Why a parcel stands among the billing differences.
    *(N_("Overcharged"), N_("Undercharged"), N_("No card"), N_("No band"), N_("Overlapping bands")),
    *(N_("No weight"),),
    # What import rules say.
    *(N_("Any"), N_("In force"), N_("Announced"), N_("Day"), N_("Month"), N_("Year")),
    *(N_("Parcel"), N_("Consignment"), N_("Item"), N_("Tariff subheading and parcel")),
    # What the charges of an import need to be known.
    *(N_("Freight"), N_("Entry date"), N_("Rule"), N_("Rate"), N_("Exchange rate"), N_("Currency")),
    *(
        N_("Day of change"),
        N_("Items"),
        N_("Tariff headings"),
        N_("Tariff heading"),
        N_("Choice"),
        N_("Channel"),
    ),
    *(N_("Champions"), N_("Loyal"), N_("Potential loyalists"), N_("New consumers"), N_("Promising")),
    *(N_("Need attention"), N_("About to sleep"), N_("At risk"), N_("Cannot lose"), N_("Hibernating")),
    *(N_("Lapsed"),),
    *(N_("New to category"), N_("Left category"), N_("Switched"), N_("Stayed"), N_("Unknown account")),
    *(N_("Category"), N_("Product"), N_("Order"), N_("30 days")),
    *(N_("Up to 60h"), N_("Up to 96h"), N_("Over 96h"), N_("On time"), N_("Late")),
    *(N_("Dropshipper"), N_("Group leader")),
    *(N_("Not subsidised"), N_("Subsidised"), N_("Speed"), N_("Punctuality"), N_("Subsidy")),
    *(N_("Exception"), N_("Bad address"), N_("Bad phone"), N_("Closed"), N_("Courier refused")),
    *(N_("Damaged"), N_("Delayed"), N_("Destroyed"), N_("Disposed"), N_("Documents"), N_("Failed")),
    *(N_("Held"), N_("Missorted"), N_("Moved"), N_("Out of area"), N_("Payment"), N_("Processing")),
    *(N_("Refused"), N_("Security"), N_("Stolen"), N_("Undeliverable"), N_("Unreachable"), N_("Unspecified")),
)

#: Categories of the simulated market; those of a provider are written as it writes them.
CATEGORIES = (
    *(N_("Women clothing"), N_("Men clothing"), N_("Underwear"), N_("Shoes bags"), N_("Mother baby")),
    *(N_("Beauty"), N_("Food"), N_("Fresh produce"), N_("Home"), N_("Kitchen"), N_("Appliances")),
    *(N_("Phones digital"), N_("Sports"), N_("Toys"), N_("Pets"), N_("Health")),
)

#: What is loaded, what is unmapped, why rows are put aside, and what became of a build.
OF_THE_DATA = (
    *(N_("Orders"), N_("Order lines"), N_("Payments"), N_("Refunds"), N_("Consumers"), N_("Merchants")),
    *(N_("Products"), N_("Pickup points"), N_("Returns"), N_("Claims"), N_("Waybills"), N_("Waybill events")),
    N_("Rate cards"),
    *(N_("Channel"), N_("Event"), N_("Event text"), N_("Group status"), N_("Order status"), N_("Place")),
    *(N_("Purpose"), N_("Service"), N_("Waybill system")),
    *(N_("Malformed record"), N_("Wrong encoding"), N_("Record too long"), N_("Missing value")),
    *(N_("Rounded number"), N_("Not a timestamp"), N_("Not a date"), N_("Before 2000"), N_("In the future")),
    *(N_("Not an amount"), N_("Not a count"), N_("Too large"), N_("Negative"), N_("Not a currency")),
    *(N_("Set aside by hand"), N_("Other currency"), N_("Not a boolean"), N_("Ends before it begins")),
    *(N_("Order missing"), N_("Lines missing"), N_("Below nothing"), N_("Order set aside")),
    *(N_("Retracted"), N_("Retraction")),
    *(N_("Building"), N_("Built"), N_("Audited"), N_("Failed audit"), N_("Published"), N_("Interrupted")),
)

#: What the audit expects of a build.
EXPECTATIONS = (
    N_("As of is not in the future"),
    N_("Counts are not negative"),
    N_("Durations are not negative"),
    N_("Every row is accounted for"),
    N_("Few rows are quarantined"),
    N_("Gmv is not negative"),
    N_("Hardly a cell is lost"),
    N_("Hardly a waybill is lost"),
    N_("Median end to end is a parcels time"),
    N_("Median end to end of a day is a parcels time"),
    N_("Median handling is a merchants time"),
    N_("Median order to delivery is a parcels time"),
    N_("Most orders have a city"),
    N_("Most scans are understood"),
    N_("Net gmv is rarely negative"),
    N_("No cell lies after the newest load"),
    N_("No more orders are paid than placed"),
    N_("No more parcels are delivered than picked up"),
    N_("No more parcels are handed over than picked up"),
    N_("No order is lost"),
    N_("No order line is lost"),
    N_("No scan is lost"),
    N_("Orders change within reason in a year"),
    N_("Paid gmv of a day hardly falls"),
    N_("Parcels change within reason in a year"),
    N_("Shares lie between none and all"),
    N_("Shares of gmv lie between none and all every day"),
    N_("Shares of parcels delivered lie between none and all every day"),
    N_("Shares of parcels paid lie between none and all every day"),
    N_("Shares of parcels picked up lie between none and all every day"),
    N_("Within 72 hours are all within 48"),
)

#: Why it expects that (warehouse/bounds.toml), without the day.
REASONS_TO_EXPECT = (
    N_("GMV paid counts before refunds, so later updates of a day's orders rarely lower it"),
    N_("Pinduoduo, the fastest to grow, made 2.1 times the GMV of 2018 in 2019"),
    N_("a cell's delivered waybills are among its waybills"),
    N_("a cell's finished waybills are among its waybills"),
    N_("a corrected courier code joins two waybills into one; nothing else makes them fewer"),
    N_("a negative interval voids its duration in the facts, so no sum of them is negative"),
    N_("a part is no more than its whole"),
    N_("a place that does not resolve is in no tier, so every share by tier leaves it out"),
    N_("a provider's clock may be ahead by minutes, not by hours"),
    N_("a refund may hold postage, which is no part of GMV, so a small cell may fall below nothing"),
    N_(
        "a scan once loaded stays, and this table counts each, or is set aside when its provider "
        "retracts it; only an erasure takes rows away"
    ),
    N_("an order line once loaded stays, or is set aside; only an erasure takes rows away"),
    N_(
        "an order once loaded stays, or is set aside; only an erasure takes rows away, and that is "
        "accepted by hand"
    ),
    N_("as above; the real Olist part has a median of 10.2 days from placed to delivered"),
    N_("both count the orders of the same order date"),
    N_(
        "cells merge when codes are mapped anew, but a tenth of a table is worth a look; findings come and go"
    ),
    N_("goods are worth nothing at least; discounts end at the price"),
    N_("half of all merchants' parcels neither leave when they are paid nor after 60 days"),
    N_("half of all parcels neither arrive when they leave nor take 60 days"),
    N_("more than one row in a hundred points to a changed format"),
    N_("no time lies more than a day after its loading; a platform's zone may be a day ahead of UTC"),
    N_("of a day with 30 parcels; stoppages of weeks happen (Spring Festival, floods), of months not"),
    N_("parcels follow orders; pick-ups shift by a few days around a holiday"),
    N_("rows read = loaded + duplicate + quarantined, for every load"),
    N_("things are counted from nothing up"),
    N_("unknown codes and texts are counted, not guessed; one in twenty is a seed that needs rows"),
    N_("what arrives within a day arrives within two and three"),
)

#: How it writes what it expected and saw (warehouse/bounds.py, judge.py).
FOUND = (
    N_("nothing to judge"),
    N_("at least {low}"),
    N_("at most {high}"),
    N_("at least {low} and at most {high}"),
    N_("at least {low} times the previous build"),
    N_("at least {low} and at most {high} times the same event of the year before"),
    N_("{low} to {high}"),
    N_("{value} on {day} ({broken} of {count} days)"),
)
