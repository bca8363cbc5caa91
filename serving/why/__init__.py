"""Why a number changed: a change between two periods, split by the parts of one dimension."""
