-- The roll-ups over city tiers; not_in_list, abroad and unknown are in neither.
create macro is_tier_1_2(tier) as tier in ('tier_1', 'new_tier_1', 'tier_2');

create macro is_lower_tier(tier) as tier in ('tier_3', 'tier_4', 'tier_5', 'unranked');

-- Whether the list of that country and year says of every city whether it is of these tiers, so that a roll-up of them
-- is whole: it is complete, or names cities of them all.
create macro covers_tiers(of_country, of_list_year, tiers) as coalesce(list_has_all(
    (
        select list(distinct city.tier)
        from dim_city_tiers as city where city.country_code = of_country and city.list_year = of_list_year
    ),
    tiers
), false) or coalesce((
    select bool_or(city.is_complete_list)
    from dim_city_tiers as city where city.country_code = of_country and city.list_year = of_list_year
), false);

create macro covers_tier_1_2(of_country, list_year) as covers_tiers(of_country, list_year, ['tier_1', 'new_tier_1', 'tier_2']);

create macro covers_lower_tier(of_country, list_year) as covers_tiers(of_country, list_year, ['tier_3', 'tier_4', 'tier_5']);
