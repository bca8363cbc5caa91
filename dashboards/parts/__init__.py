"""What pages are put together from: finding, tiles, figures, footer."""
