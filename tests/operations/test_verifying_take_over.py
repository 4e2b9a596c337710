"""An outsider holds what insurers took over against the contract and the steps before it, by the signed chain alone."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from accounts.models import Cover
from accounts.rules.sharing.contracts import terms_in_words
from auctions.models import Book
from auctions.offline.inputs import InputRefused
from auctions.offline.verify import Differs, verify
from auctions.queries import get_chain
from auctions.rules.chain.links import AssignLink, TakingTerms
from auctions.rules.chain.whole import chain_differences
from auctions.rules.chain.writing import link_document
from tests import builders as build
from tests import covers, invariants, market, taking_over
from tests.golden.chains.written import signed_anew
from tests.rules.sealed import KEY
from tests.taking_over import a_playbook, insuring, liquidated, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    return taking_over.a_market(travel)


@pytest.fixture
def insurer(venue):
    return insuring(venue)


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        ({"by_cover": False}, "it has commitments first as True, and by the playbook it is False"),
        ({"offers": ()}, "it has the insurers who take over as 0, and by the rules it is 1"),
        ({"contract": None}, "it has the contract of who takes over as False, and by the rules it is True"),
    ],
)
def test_a_venue_that_assigns_without_an_insurer_is_found(venue, insurer, lie, said) -> None:
    lot = liquidated(venue)
    take(insurer, lot)
    market.sweep()
    lot.book.refresh_from_db()
    found = found_of(lot.book, lambda link: replace(link, **lie))
    assert any(said in each for each in found), found


def found_of(book, lie) -> list[str]:
    """What is found of its chain with this lie in each assignment, though the venue signs all of it anew."""
    chain = invariants.chain_holds(book)
    links = tuple(lie(link) if isinstance(link, AssignLink) else link for link in chain.links)
    return list(chain_differences(signed_anew(replace(chain, links=links)), {KEY.public_key}))


def paid(edge: str):
    """A lie that pays an insurer so much, as if nothing else were due to it."""

    def lie(link: AssignLink) -> AssignLink:
        if not link.by_cover:
            return link
        offers = tuple(replace(each, min_edge_bps=Decimal(edge)) for each in link.offers)
        given = [replace(each, edge_bps=Decimal(edge)) for award in link.awards for each in award.given]
        awards = tuple(replace(each, edge_bps=Decimal(edge), given=tuple(given)) for each in link.awards)
        return replace(link, offers=offers, awards=awards)

    return lie


def test_a_venue_that_pays_an_insurer_more_than_its_contract_is_found(venue, insurer) -> None:
    lot = liquidated(venue)
    take(insurer, lot, 10)
    (link,) = (each for each in invariants.chain_holds(lot.book).links if isinstance(each, AssignLink))
    cover = Cover.objects.get()
    assert link.contract == TakingTerms(bytes.fromhex(cover.content_hash), Decimal(50), 10)
    assert "an insurer gets 51 bps, and by the steps before it 50" in found_of(lot.book, paid("51"))[0]
    assert "an insurer gets 49 bps, and by the steps before it 50" in found_of(lot.book, paid("49"))[0]


def test_a_venue_that_pays_an_insurer_more_than_commitments_is_found(venue) -> None:
    insurer = insuring(venue)
    a_playbook(venue, assign="FIRST")
    build.a_commitment(build.a_provider(venue, "Carl"), min_edge_bps="30", cap_per_assignment="20000")
    lot = liquidated(venue)
    take(insurer, lot, 10)
    assert "an insurer gets 31 bps, and by the steps before it 30" in found_of(lot.book, paid("31"))[0]


def test_whoever_has_the_contract_holds_the_chain_against_it(venue, insurer, tmp_path) -> None:
    take(insurer, liquidated(venue))
    market.sweep()
    cover, (chain, contract) = Cover.objects.get(), (tmp_path / name for name in ("chain", "contract"))
    chain.write_text(json.dumps(get_chain(Book.objects.get())))

    def verified(text: str = cover.text, **said) -> str:
        document = {"text": text, "terms": {**terms_in_words(cover.contract), **said}}
        contract.write_text(json.dumps(document))
        return verify(str(chain), [], [], None, [str(contract)])

    assert "closed to the last cent" in verified()
    with pytest.raises(InputRefused, match="nobody took over by"):
        verified("Another text.")
    with pytest.raises(InputRefused, match="nobody took over by"):
        verified(take_edge_bps="51")
    with pytest.raises(InputRefused, match="take_seconds: is missing"):
        verified(take_seconds=None)


def test_terms_that_are_not_those_of_the_hash_are_found(venue, insurer, tmp_path) -> None:
    take(insurer, liquidated(venue))
    market.sweep()
    cover, (forged, contract) = Cover.objects.get(), (tmp_path / name for name in ("chain", "contract"))
    chain = invariants.chain_holds(Book.objects.get())
    terms = TakingTerms(bytes.fromhex(cover.content_hash), Decimal(50), 11)
    links = tuple(replace(link, contract=terms) if isinstance(link, AssignLink) else link for link in chain.links)
    signed = signed_anew(replace(chain, links=links))
    forged.write_text(json.dumps({"links": [link_document(link) for link in signed.links], "sealed": []}))
    contract.write_text(json.dumps({"text": cover.text, "terms": terms_in_words(cover.contract)}))
    with pytest.raises(Differs, match="by its contract it is"):
        verify(str(forged), [], [KEY.public_key.hex()], None, [str(contract)])


def test_of_two_contracts_the_link_names_the_one_that_binds(venue, insurer) -> None:
    dearer = covers.activate(
        covers.signed(venue, {insurer: 10_000}, attachment="6000", take_edge_bps=Decimal(60), take_seconds=5)
    )
    lot = liquidated(venue)
    (award,) = take(insurer, lot, 10)
    (link,) = (each for each in invariants.chain_holds(lot.book).links if isinstance(each, AssignLink))
    assert (award.edge_bps, link.contract.content_hash.hex()) == (60, dearer.content_hash)
