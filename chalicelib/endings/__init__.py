"""How a booked show ends otherwise than as planned: called off, missed by its host, disputed and decided; and when it is settled."""
