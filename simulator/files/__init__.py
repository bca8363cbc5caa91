"""Files on the disk: Parquet, lines of JSON, folders by period or by day."""
