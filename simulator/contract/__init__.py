"""How it is written in waymart's own contract."""
