"""The languages of the pages: which one a reader sees, its sentences, and how it writes numbers and days."""
