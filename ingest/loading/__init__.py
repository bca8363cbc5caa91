"""Puts judged rows into the raw tables, every one accounted for."""
