"""Pure assignment by auction (Bertsekas 1988): slots bid for hosts, epsilon shrinks, and the prices that remain prove how close it is.

All bidders of a round bid at once, in arrays of whole numbers (Jacobi). Values are scaled so that epsilon stays whole. The bound
is that of the dual: what every slot would gain at these prices, plus the prices of all hosts; it holds for any prices.
"""

from dataclasses import dataclass

import numpy as np

from chalicelib.planning.arrays import Whole

SCALE = 64
"""Units that a value's unit is cut into."""
OPEN = -1
FAR = 2**61


@dataclass(frozen=True, slots=True)
class Assigned:
    """`match_of[s]` is the chosen entry of slot s, or -1: it stays open. Prices are in value's units, rounded up."""

    match_of: Whole
    value: int
    bound: int
    price: Whole


def assign(slot: Whole, host: Whole, value: Whole, *, slots: int, hosts: int, accuracy: int = 20_000) -> Assigned:
    """Each slot at most one host and each host at most one slot, total value highest, up to a share of about 1 in `accuracy`.

    Entries (slot, host, value) are ordered by slot; values are positive. A slot may stay open when hosts cost more than they bring.
    """
    scaled = value * SCALE
    mean = int(np.maximum.reduceat(scaled, np.unique(slot, return_index=True)[1]).sum()) // slots if len(slot) else 0
    auction = _Auction(slot, host, scaled, slots, hosts)
    auction.run(max(mean // accuracy, 1))
    price = -(-auction.price // SCALE)
    chosen = auction.match_of[auction.match_of != OPEN]
    return Assigned(auction.match_of, int(value[chosen].sum()), _bound(slot, host, value, price), price)


def _bound(slot: Whole, host: Whole, value: Whole, price: Whole) -> int:
    """By weak duality, in whole numbers: no assignment is worth more."""
    if not len(slot):
        return 0
    gains = np.maximum.reduceat(value - price[host], np.unique(slot, return_index=True)[1])
    return int(np.maximum(gains, 0).sum()) + int(price.sum())


class _Auction:
    """Prices and owners. Each slot also has a way out that is worth nothing: to stay open."""

    def __init__(self, slot: Whole, host: Whole, scaled: Whole, slots: int, hosts: int) -> None:
        self._host, self._scaled = host, scaled
        self._first = np.searchsorted(slot, np.arange(slots + 1))
        self._slots, self._hosts = slots, hosts
        self.price = np.zeros(hosts, np.int64)
        self.match_of: Whole = np.full(slots, OPEN, np.int64)

    def run(self, epsilon: int) -> None:
        """Until nobody bids any more. Prices begin at nothing, and who was taken once stays taken: no unsold host has a price."""
        owner: Whole = np.full(self._hosts, OPEN, np.int64)
        bidding: Whole = np.arange(self._slots)
        while len(bidding):
            entry, best, bid = self._bids(bidding, epsilon)
            stays = best > 0
            bidding = self._award(owner, bidding[stays], entry[stays], bid[stays])

    def _bids(self, bidding: Whole, epsilon: int) -> tuple[Whole, Whole, Whole]:
        """For each bidder its best entry, the gain there, and the price that it would pay."""
        lengths = self._first[bidding + 1] - self._first[bidding]
        ends = np.cumsum(lengths)
        at = np.repeat(self._first[bidding] - ends + lengths, lengths) + np.arange(int(lengths.sum()))
        gain = self._scaled[at] - self.price[self._host[at]]
        has = lengths > 0
        starts = (ends - lengths)[has]
        best, second, entry = np.full(len(bidding), -FAR), np.zeros(len(bidding), np.int64), np.zeros(len(bidding), np.int64)
        if len(starts):
            best[has] = np.maximum.reduceat(gain, starts)
            top = np.flatnonzero(gain == np.repeat(best, lengths))
            place = np.searchsorted(top, starts)
            entry[has] = at[top[place]]
            gain[top[place]] = -FAR
            second[has] = np.maximum(np.maximum.reduceat(gain, starts), 0)
        bid = self.price[self._host[entry]] + best - second + epsilon if len(self._host) else best
        return entry, best, bid

    def _award(self, owner: Whole, bidding: Whole, entry: Whole, bid: Whole) -> Whole:
        """Every host goes to its highest bid; who lost, and who was outbid, bids again."""
        if not len(bidding):
            return bidding
        hosts = self._host[entry]
        order = np.lexsort((bid, hosts))
        wins = order[np.append(hosts[order][1:] != hosts[order][:-1], [True])]
        won = hosts[wins]
        displaced = owner[won]
        displaced = displaced[displaced != OPEN]
        self.match_of[displaced] = OPEN
        owner[won], self.price[won] = bidding[wins], bid[wins]
        self.match_of[bidding[wins]] = entry[wins]
        lost = np.ones(len(bidding), np.bool_)
        lost[wins] = False
        return np.concatenate([bidding[lost], displaced])
