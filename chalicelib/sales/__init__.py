"""Sales: files in, lines stored once, attributed to shows, cancellations linked, and the facts that earnings are made of."""
