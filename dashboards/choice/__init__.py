"""What a reader chose, and what it means for the numbers asked for."""
