"""A file that cannot be taken stops no other, and many that lack the same are told of once."""

from small_line import SmallLine

_HEAD = "platform_id,order_number,status_code,currency,goods_amount,placed_at"


def test_what_is_wrong_with_many_files_is_said_once_and_the_others_are_loaded(line: SmallLine) -> None:
    feed = line.folder / "feed"
    for day in ("01", "02", "03"):
        (feed / day).mkdir(parents=True)
        row = f"jd,{day},paid,CNY,1.00,2019-06-{day}T00:00:00Z"
        head = f"{_HEAD},colour" if day != "02" else _HEAD
        (feed / day / "orders.csv").write_text(f"{head}\n{row}{',red' if day != '02' else ''}\n")
    told = line.waymart("ingest", "waymart", str(feed))
    assert told.returncode == 1
    assert told.stderr.count("colour") == 1
    assert "01/orders.csv has columns" in told.stderr
    assert "The same of 1 more: 03/orders.csv." in told.stderr
    assert line.rows("select file_name, loaded_count from raw.loads") == [("02/orders.csv", 1)]
