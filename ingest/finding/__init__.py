"""Finds a provider's files, wherever users keep them."""
