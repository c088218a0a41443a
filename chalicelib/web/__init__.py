"""The web kit: how routes are declared, answered and described, sessions, and the console on top of it."""
