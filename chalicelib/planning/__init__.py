"""Plans: many slots of many briefs given to hosts so that all together are worth most, with a bound that says how close that is."""
