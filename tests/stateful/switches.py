"""Taking back all at once, and the dead man's switch, beside what the model says may be taken back."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from auctions.lifecycle import AuctionState
from auctions.models import Auction, CancelSwitch
from auctions.operations.provider.cancel_bids import cancel_bids
from auctions.operations.provider.set_cancel_switch import set_cancel_switch
from tests.builders import perform
from tests.stateful.asking import people


class Switches:
    """What may be done with them, beside a market's own rules. `switches` are when they are due, by their provider."""

    @rule(who=people)
    def cancel_all(self, who):
        mine = [one for one in self.live_of(who) if self.keeps_from_cancelling(one, who) is None]
        done = perform(cancel_bids, provider_id=self.people[who].id)
        real = {bid.id for bid in done.bids if not bid.auction.step.lot.book.is_drill}
        assert real == {one.bid_id for one in mine}
        for one in mine:
            one.state = "CANCELLED"

    @rule(who=people, seconds=st.sampled_from([0, 10, 20, 61]))
    def set_the_switch(self, who, seconds):
        """One that is due trips before."""
        gone = [one for one in self.live_of(who) if self.is_silent_in(one, Auction.objects.get(id=one.auction_id))]
        switch = perform(set_cancel_switch, provider_id=self.people[who].id, seconds=seconds)
        for one in gone:
            one.state = "CANCELLED"
        self.switches.pop(who, None)
        if seconds:
            self.switches[who] = switch.cancels_at

    def live_of(self, who):
        return [one for one in self.offers if one.provider == who and one.state == "LIVE"]

    def is_silent_in(self, one, auction):
        """Whether its provider's switch is due, and takes this live bid back: where it could have been taken back when
        it was due, or as it was placed later."""
        due = self.switches.get(one.provider)
        if due is None or due > self.now:
            return False
        halted = auction.state == AuctionState.HALTED
        is_open = auction.state == AuctionState.OPEN and max(due, one.placed_at) < auction.closes_at
        is_firm = one.round < auction.round and not (halted or auction.reconfirm_since is not None)
        return (halted or is_open) and not is_firm

    def forget_what_tripped(self):
        """Once: they have to be set anew."""
        set_still = CancelSwitch.objects.filter(cancels_at__isnull=False, provider__venue=self.venue)
        still = set(set_still.values_list("provider__name", flat=True))
        for who in self.switches.keys() - still:
            assert self.switches.pop(who) <= self.now
