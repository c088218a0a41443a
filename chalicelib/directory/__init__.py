"""Brands, creators, agencies, their members and products."""
