"""Who buys like those who bought something: a ranked list of accounts, as pseudonyms."""
