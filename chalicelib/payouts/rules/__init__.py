"""The rules of paying out, pure: where earned money stands, what a payee owes, what a settlement may do, what a brand is asked for."""
