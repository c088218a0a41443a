"""Offers, contracts, and the evidence of their signatures."""
