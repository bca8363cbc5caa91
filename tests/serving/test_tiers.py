from serving.published import Published
from serving.tiers import fixed_list_year, is_by_population, tier_lists


def test_the_year_of_the_fixed_list_is_that_of_the_tiers_shown(serving: Published) -> None:
    agreeing = serving.frame(
        "select list_year, count(*) filter (where tier_fixed <> tier) as other "
        "from (select distinct adcode, tier_fixed from mart_city_tier_gmv where adcode is not null "
        "and tier_fixed <> 'abroad') "
        "join dim_city_tiers using (adcode) group by all having other = 0"
    )
    assert agreeing["list_year"].to_list() == [fixed_list_year(serving, "CN")]


def test_a_country_without_a_published_list_has_one_by_population(serving: Published) -> None:
    assert not is_by_population(serving, "CN")
    assert len(tier_lists(serving, "CN")) == 8
    assert is_by_population(serving, "BR")
    assert tier_lists(serving, "BR")["is_complete"].to_list() == [True]
    assert fixed_list_year(serving, "ZZ") is None
