"""How much is measured: the full setting unless a quick try is asked for."""

from dataclasses import dataclass

DEFAULT_SEED = 20_110_103


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Counts of lines and of repetitions; `seed` is that of all synthetic data."""

    seed: int = DEFAULT_SEED
    lines_of_units: int = 10_000
    files_of_posting: int = 4
    lines_of_posting: int = 5_000
    """Of each file."""
    sales_of_textbook: int = 1_000
    lines_of_earnings: int = 1_000_000
    lines_of_reconciliation: int = 1_000_000
    repetitions: int = 5
    repetitions_of_earnings: int = 3
    """Nothing is compared with it, and it takes half a minute each time."""
    contracts_of_settlement: int = 200
    buckets_of_settlement: int = 5_000
    hosts_of_matching: int = 1_000_000
    briefs_of_matching: int = 205
    slots_of_assignment: int = 5_000
    slots_of_season: int = 3_000
    seconds_of_season: int = 30


def quick(seed: int = DEFAULT_SEED) -> Sizes:
    """For a quick try: its figures say that everything runs, not how fast."""
    return Sizes(
        seed=seed,
        lines_of_units=1_000,
        files_of_posting=2,
        lines_of_posting=500,
        sales_of_textbook=100,
        lines_of_earnings=20_000,
        lines_of_reconciliation=20_000,
        repetitions=2,
        repetitions_of_earnings=2,
        contracts_of_settlement=20,
        buckets_of_settlement=100,
        hosts_of_matching=20_000,
        briefs_of_matching=25,
        slots_of_assignment=500,
        slots_of_season=300,
        seconds_of_season=3,
    )
