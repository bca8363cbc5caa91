"""Charts over the rows of one table, their colours and texts."""
