from datetime import date, timedelta

from serving.events import events
from serving.period import Period
from serving.published import Published


def test_an_event_of_several_days_stands_once_at_its_first_day(serving: Published) -> None:
    found = events(serving, Period(date(2018, 1, 1), date(2019, 12, 31)))
    spring = found.filter(found["name"] == "Spring Festival")
    assert spring["day"].to_list() == [date(2018, 2, 15), date(2019, 2, 4)]
    for _, days in found.group_by("name"):
        assert all(gap > timedelta(days=20) for gap in days["day"].sort().diff().drop_nulls())
