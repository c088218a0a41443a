"""Closed periods, and all before them, take no bookings: what belongs there is booked in the open one, under its own date of fact."""

from datetime import datetime

from chalicelib.adapters.dynamo import Transaction
from chalicelib.core.periods import period_of
from chalicelib.reconciliation.rules import PeriodClosed
from chalicelib.reconciliation.store import ReconciliationStore


class Periods:
    """The books' `PeriodGate`."""

    def __init__(self, store: ReconciliationStore) -> None:
        """`store` knows which periods are closed."""
        self._store = store

    def booking_time(self, occurred_at: datetime, now: datetime) -> datetime:
        """The time of the fact while its period is open, else now; what is dated ahead is booked now."""
        booked_at = min(occurred_at, now)
        through = self._store.closed_through()
        return now if through is not None and period_of(booked_at.date()) <= through else booked_at

    def guard(self, writes: Transaction, booked_at: datetime) -> None:
        """Let the write that books happen only if the period has not been closed in between; it may be tried again then."""
        period = period_of(booked_at.date())
        self._store.demand_open(
            writes, period, PeriodClosed(f"{period} was closed a moment ago. Try again: it will be booked in the open period.")
        )
