"""Three-way matching of feeds, books and Stripe; closing periods; the books as files."""
