"""How one feature's words become another's. Nothing is decided here."""
