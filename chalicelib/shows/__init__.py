"""Shows: pages that are published, line-ups, going live, what was delivered."""
