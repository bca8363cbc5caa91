"""What really happened, from the generator's own bookkeeping."""
