"""How it is written in the formats of trackers and platforms."""
