"""What needs someone: which parts of the market changed more than their own history lets expect."""
