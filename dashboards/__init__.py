"""The pages, over what ``serving`` answers."""
