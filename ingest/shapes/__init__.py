"""What providers' JSON has in common: orders and scans in envelopes, times, places."""
