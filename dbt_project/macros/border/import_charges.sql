{#-
    What is taken of parcels on entry, as CTEs; the last one, `charges`, has a row per parcel and kind (duty, tax, fee).
    The one place where a rule is chosen and applied: models call it, and so does the command that tells of one parcel.
    Arguments are names of relations.

    `entries`: entry_id, destination_country_code, origin_country_code, channel, scheme, tariff_heading (where all goods
    go under one), currency, goods_amount, freight_amount, heading_count, item_count, entry_date; all but entry_id may be
    null. `rules`, `rates`, `areas`: as `stg_import_rules`, `stg_exchange_rates` and `stg_trade_areas`.

    Of the rules in force on the day of entry the most special counts: that of a country before that of its area, of goods
    before of an origin, of an origin before of a channel, of a channel before of a scheme; of equals a user's, then the
    latest. Where the most special one may or may not hold, because the parcel does not say its origin, channel or goods,
    nothing is known. An exemption holds up to and with its amount. Goods from the same country or customs area are no
    import: of them only a rule that names their origin holds.
-#}
{% macro import_charges(entries, rules, rates, areas) -%}
places as (
    select distinct
        entry_id,
        destination_country_code as place,
        0 as breadth
    from {{ entries }}

    union all

    select
        entries.entry_id,
        areas.area as place,
        1 as breadth
    from {{ entries }} as entries
    inner join {{ areas }} as areas
        on
            entries.destination_country_code = areas.country_code
            and (areas.valid_from is null or entries.entry_date >= areas.valid_from)
            and (areas.valid_to is null or entries.entry_date <= areas.valid_to)
),

within_area as (
    select distinct entries.entry_id
    from {{ entries }} as entries
    inner join {{ areas }} as there
        on
            entries.destination_country_code = there.country_code
            and (there.valid_from is null or entries.entry_date >= there.valid_from)
            and (there.valid_to is null or entries.entry_date <= there.valid_to)
    inner join {{ areas }} as here
        on
            entries.origin_country_code = here.country_code
            and there.area = here.area
            and (here.valid_from is null or entries.entry_date >= here.valid_from)
            and (here.valid_to is null or entries.entry_date <= here.valid_to)
),

reached as (
    select
        entries.entry_id,
        entries.currency as entry_currency,
        entries.goods_amount,
        entries.freight_amount,
        entries.heading_count,
        entries.item_count,
        entries.entry_date,
        rules.*,
        case
            when rules.tariff_heading is not null and entries.tariff_heading is null then 'tariff_heading'
            when rules.origin is not null and entries.origin_country_code is null then 'origin'
            when rules.channel is not null and entries.channel is null then 'channel'
        end as not_told,
        row_number() over (
            partition by entries.entry_id, rules.kind
            order by
                places.breadth,
                length(coalesce(rules.tariff_heading, '')) desc,
                case when rules.origin is null then 1 else 0 end,
                case when rules.channel is null then 1 else 0 end,
                case when rules.scheme is null then 1 else 0 end,
                rules.precedence,
                rules.valid_from desc,
                rules.rule_id
        ) as rule_rank
    from {{ entries }} as entries
    inner join places
        on entries.entry_id = places.entry_id
    left join within_area
        on entries.entry_id = within_area.entry_id
    inner join {{ rules }} as rules
        on
            places.place = rules.destination
            and entries.entry_date >= rules.valid_from
            and (rules.valid_to is null or entries.entry_date <= rules.valid_to)
            and rules.status = 'in_force'
            and (rules.origin is null or coalesce(entries.origin_country_code, rules.origin) = rules.origin)
            and (rules.channel is null or coalesce(entries.channel, rules.channel) = rules.channel)
            and (rules.scheme is null or entries.scheme = rules.scheme)
            and (
                rules.tariff_heading is null
                or entries.tariff_heading is null
                or substr(entries.tariff_heading, 1, length(rules.tariff_heading)) = rules.tariff_heading
            )
            and (
                rules.origin is not null
                or (
                    within_area.entry_id is null
                    and coalesce(entries.origin_country_code <> entries.destination_country_code, true)
                )
            )
),

-- The rate that was published for the day, either way round; the latest, of equals a user's, then the one that is told as
-- it is needed.
published as (
    select
        reached.entry_id,
        reached.rule_id,
        rates.rate,
        rates.from_currency = reached.currency as is_inverse,
        row_number() over (
            partition by reached.entry_id, reached.rule_id
            order by
                rates.valid_from desc,
                rates.precedence,
                case when rates.from_currency = reached.currency then 1 else 0 end
        ) as rate_rank
    from reached
    inner join {{ rates }} as rates
        on
            reached.entry_currency <> reached.currency
            and (
                (rates.from_currency = reached.entry_currency and rates.to_currency = reached.currency)
                or (rates.to_currency = reached.entry_currency and rates.from_currency = reached.currency)
            )
            and reached.entry_date >= rates.valid_from
            and (rates.valid_to is null or reached.entry_date <= rates.valid_to)
),

exchanged as (
    select * from published
    where rate_rank = 1
),

-- What the rule looks at, in its own currency.
based as (
    select
        reached.*,
        exchanged.rate as exchange_rate,
        exchanged.is_inverse as is_exchange_rate_inverse,
        cast(
            {{ amount_in_currency_of_rule('reached.goods_amount') }}
            + case
                when reached.basis = 'goods_and_freight' then {{ amount_in_currency_of_rule('reached.freight_amount') }} else 0
            end
        as decimal(24, 8)) as compared_amount,
        case
            when reached.fee_per in ('parcel', 'consignment') then 1
            when reached.fee_per = 'item' then reached.item_count
            when reached.fee_per = 'tariff subheading and parcel' then reached.heading_count
        end as fee_count,
        -- Of a rule whose day of change is not known, the first and the last month or year may not be its own.
        reached.date_precision = 'day'
        or date_trunc(reached.date_precision, reached.entry_date) <> date_trunc(reached.date_precision, reached.valid_from)
            as is_begun_for_sure,
        reached.date_precision = 'day'
        or reached.valid_to is null
        or date_trunc(reached.date_precision, reached.entry_date) <> date_trunc(reached.date_precision, reached.valid_to)
            as is_lasting_for_sure
    from reached
    left join exchanged
        on
            reached.entry_id = exchanged.entry_id
            and reached.rule_id = exchanged.rule_id
),

applied as (
    select
        *,
        is_begun_for_sure and is_lasting_for_sure as is_date_certain,
        case when exempt_up_to > 0 then compared_amount <= exempt_up_to else false end as is_exempt,
        case when applies_up_to is null then false else compared_amount > applies_up_to end as is_beyond,
        cast(round(compared_amount * rate_percent * cast(0.01 as decimal(3, 2)), 2) as decimal(18, 2)) as share_amount,
        cast(fixed_fee * fee_count as decimal(18, 2)) as fixed_amount,
        cast(coalesce(fixed_fee_high, fixed_fee) * fee_count as decimal(18, 2)) as fixed_amount_high,
        case
            when collected_at_sale_up_to is null then 0
            when not_told is not null or compared_amount is null then null
            when compared_amount <= collected_at_sale_up_to then 1
            -- Of items it is known only together what they are worth.
            when basis = 'item' and item_count is null then null
            when basis = 'item' and compared_amount <= collected_at_sale_up_to * item_count then null
            else 0
        end as at_sale
    from based
),

-- In the month of a change an exemption counts where those that may hold in its place exempt the parcel, too.
agreed as (
    select
        *,
        is_date_certain
        or (
            min(case when is_exempt then 1 else 0 end) over (partition by entry_id, kind) = 1
            and (is_lasting_for_sure or count(*) over (partition by entry_id, kind) > 1)
        ) as is_judged,
        case
            when max(at_sale) over (partition by entry_id, kind) = 1 then true
            when count(at_sale) over (partition by entry_id, kind) = count(*) over (partition by entry_id, kind) then false
        end as is_collected_at_sale
    from applied
),

bounded as (
    select
        *,
        case
            when not_told is not null or is_exempt is null or is_beyond is null then null
            when is_exempt and is_judged then 0
            when not is_date_certain then null
            -- A fee that is taken up to an amount is not taken beyond it; a duty gives way to one that is not listed.
            when is_beyond then case when kind = 'fee' then 0 end
            when is_either and (share_amount is null or fixed_amount is null) then null
            when is_either then case when share_amount <= fixed_amount then share_amount else fixed_amount end
            when rate_percent is null then fixed_amount
            when fixed_fee is null then share_amount
            else share_amount + fixed_amount
        end as least_amount,
        case
            when not_told is not null or is_exempt is null or is_beyond is null then null
            when is_exempt and is_judged then 0
            when not is_date_certain then null
            when is_beyond then case when kind = 'fee' then 0 end
            when is_either and (share_amount is null or fixed_amount is null) then null
            when is_either
                then case when share_amount >= fixed_amount_high then share_amount else fixed_amount_high end
            when rate_percent is null then fixed_amount_high
            when fixed_fee is null then share_amount
            else share_amount + fixed_amount_high
        end as most_amount
    from agreed
    where rule_rank = 1
),

kinds as (
    select 'duty' as kind union all select 'tax' as kind union all select 'fee' as kind
),

charges as (
    select
        entries.entry_id,
        kinds.kind,
        bounded.rule_id,
        bounded.basis,
        bounded.currency,
        bounded.fee_per,
        case
            when entries.destination_country_code is null then 'destination'
            when entries.entry_date is null then 'entry_date'
            when bounded.rule_id is null then 'rule'
            when bounded.not_told is not null then bounded.not_told
            when bounded.least_amount = bounded.most_amount then null
            when bounded.is_exempt is null or bounded.is_beyond is null or bounded.compared_amount is null
                then case
                    when entries.goods_amount is null then 'value'
                    when entries.currency is null then 'currency'
                    when bounded.compared_amount is null and bounded.basis = 'goods_and_freight' and entries.freight_amount is null
                        then 'freight'
                    when bounded.compared_amount is null then 'exchange_rate'
                end
            when not bounded.is_date_certain then 'day_of_change'
            when bounded.is_beyond then 'rate'
            when bounded.rate_percent is null and (bounded.fixed_fee is null or bounded.is_either) then 'rate'
            when bounded.fixed_fee is not null and bounded.fee_count is null
                then case when bounded.fee_per = 'item' then 'items' else 'tariff_headings' end
            else 'choice'
        end as missing,
        bounded.compared_amount,
        bounded.exempt_up_to,
        bounded.applies_up_to,
        bounded.rate_percent,
        bounded.fixed_fee,
        bounded.fixed_fee_high,
        bounded.fee_count,
        bounded.exchange_rate,
        cast(
            case when bounded.least_amount = bounded.most_amount then bounded.least_amount end as decimal(18, 2)
        ) as charge_amount,
        cast(bounded.least_amount as decimal(18, 2)) as least_amount,
        cast(bounded.most_amount as decimal(18, 2)) as most_amount,
        case when bounded.not_told is null and bounded.is_judged then bounded.is_exempt end as is_exempt,
        case when kinds.kind = 'tax' then bounded.is_collected_at_sale end as is_collected_at_sale,
        bounded.is_exchange_rate_inverse,
        bounded.is_date_certain
    from {{ entries }} as entries
    cross join kinds
    left join bounded
        on
            entries.entry_id = bounded.entry_id
            and kinds.kind = bounded.kind
)
{%- endmacro %}

{#- An amount of the parcel in the currency of the rule that reached it; null where no rate was published. -#}
{% macro amount_in_currency_of_rule(amount) -%}
    case
        when reached.entry_currency = reached.currency then cast({{ amount }} as decimal(24, 8))
        when exchanged.is_inverse then cast({{ amount }} / exchanged.rate as decimal(24, 8))
        when not exchanged.is_inverse then cast({{ amount }} * exchanged.rate as decimal(24, 8))
    end
{%- endmacro %}

{#-
    What a parcel costs once it is there, as CTEs to follow those of `import_charges`; the last one, `landed_costs`, has a
    row per parcel, in the parcel's currency: goods + freight + duty + tax + fees. Null while one of these is not known,
    and `missing` names them (kind: what is missing of it). A fee is only taken where a rule says so: without one, none.
-#}
{% macro landed_costs(entries) -%}
charged as (
    select
        charges.*,
        entries.currency as entry_currency,
        case
            when charges.currency = entries.currency or charges.charge_amount = 0 then charges.charge_amount
            when charges.is_exchange_rate_inverse
                then cast(round(charges.charge_amount * charges.exchange_rate, 2) as decimal(18, 2))
            when not charges.is_exchange_rate_inverse
                then cast(round(charges.charge_amount / charges.exchange_rate, 2) as decimal(18, 2))
        end as amount
    from charges
    inner join {{ entries }} as entries
        on charges.entry_id = entries.entry_id
),

lacking as (
    select
        entry_id,
        kind,
        amount,
        coalesce(
            missing,
            case
                when amount is not null then null
                when entry_currency is null then 'currency'
                else 'exchange_rate'
            end
        ) as missing
    from charged
),

summed as (
    select
        entry_id,
        max(case when kind = 'duty' then amount end) as duty_amount,
        max(case when kind = 'tax' then amount end) as tax_amount,
        max(case when kind = 'fee' then amount end) as fee_amount,
        max(case when kind = 'duty' then missing end) as missing_of_duty,
        max(case when kind = 'tax' then missing end) as missing_of_tax,
        max(case when kind = 'fee' and missing <> 'rule' then missing end) as missing_of_fee
    from lacking
    group by entry_id
),

landed_costs as (
    select
        entries.entry_id,
        entries.currency,
        nullif(
            concat_ws(
                ', ',
                case when entries.goods_amount is null then 'value' end,
                case when entries.freight_amount is null then 'freight' end,
                'duty: ' || summed.missing_of_duty,
                'tax: ' || summed.missing_of_tax,
                'fee: ' || summed.missing_of_fee
            ),
            ''
        ) as missing,
        entries.goods_amount,
        entries.freight_amount,
        summed.duty_amount,
        summed.tax_amount,
        summed.fee_amount,
        cast(
            entries.goods_amount + entries.freight_amount + summed.duty_amount + summed.tax_amount
            + case when summed.missing_of_fee is null then coalesce(summed.fee_amount, 0) end
        as decimal(18, 2)) as landed_cost_amount
    from {{ entries }} as entries
    inner join summed
        on entries.entry_id = summed.entry_id
)
{%- endmacro %}

{#- What is taken of a parcel and what is missing of it, as one text to compare. -#}
{% macro charged_text() -%}
    concat_ws(
        '|',
        coalesce(cast(duty_amount as varchar(40)), '?'),
        coalesce(cast(tax_amount as varchar(40)), '?'),
        coalesce(cast(fee_amount as varchar(40)), '?'),
        coalesce(missing, 'none')
    )
{%- endmacro %}
