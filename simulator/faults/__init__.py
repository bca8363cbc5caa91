"""What goes wrong in the feeds, and the list of every row that was touched."""
