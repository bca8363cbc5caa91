from serving.published import Published
from serving.tiers import fixed_list_year


def test_the_year_of_the_fixed_list_is_that_of_the_tiers_shown(serving: Published) -> None:
    agreeing = serving.frame(
        "select list_year, count(*) filter (where tier_fixed <> tier) as other "
        "from (select distinct adcode, tier_fixed from mart_city_tier_gmv where adcode is not null) "
        "join dim_city_tiers using (adcode) group by all having other = 0"
    )
    assert agreeing["list_year"].to_list() == [fixed_list_year(serving)]
