-- Hours between the end of a cell's last day, in the platform's zone (the provider's where the cell has no
-- platform), and the as-of time of its provider: every waybill of the cell is at least that old.
create macro cell_age_hours(of_provider, of_platform, last_date) as (
    select
        date_diff('second', timezone(
            coalesce(
                (select platform.time_zone from dim_platforms as platform where platform.platform_id = of_platform),
                provider.time_zone
            ),
            cast(last_date + 1 as timestamp)
        ), provider.as_of_at) / 3600
    from dim_providers as provider
    where provider.provider_id = of_provider
);

-- Whether every waybill that a cell counts on this date basis was picked up at least so many hours before the
-- as-of time. A cell of a paid date cannot tell: its waybills are picked up later.
create macro is_picked_up_before(hours, date_basis, of_provider, of_platform, last_date) as
    date_basis <> 'paid' and cell_age_hours(of_provider, of_platform, last_date) >= hours;

-- The least age, on each duration's own clock, of the cell's waybills that have not ended it; null where none
-- can be left: on delivered dates all have ended, and a picked-up parcel has been handled.
create macro end_to_end_age_hours(date_basis, open_count, of_provider, of_platform, last_date) as
    case date_basis
        when 'picked_up' then cell_age_hours(of_provider, of_platform, last_date)
        when 'paid' then case when open_count > 0 then 0 end
    end;

create macro order_to_delivery_age_hours(date_basis, of_provider, of_platform, last_date) as
    case when date_basis <> 'delivered' then cell_age_hours(of_provider, of_platform, last_date) end;

create macro handling_age_hours(date_basis, of_provider, of_platform, last_date) as
    case when date_basis = 'paid' then cell_age_hours(of_provider, of_platform, last_date) end;
