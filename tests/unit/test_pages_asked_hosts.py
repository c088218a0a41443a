"""A brand asks about a host by name, on the page of a brief's hosts: place or obstacles, whom it means, or the next step."""

from dataclasses import replace

from chalicelib.core.access import Role
from chalicelib.directory.rules import Profile, TenantKind
from tests.fakes.console import STARTS, Market, console, market, tenant

__all__ = ["console", "market"]


def path_of(market: Market) -> str:
    return f"/brand/briefs/{market.brief_id}/hosts"


def another(market: Market, name: str) -> Profile:
    who = tenant(market.console, TenantKind.CREATOR, Role.CREATOR, name.rsplit(maxsplit=1)[-1].lower())
    directory = market.console.services.directory
    return directory.save_profile(
        who, replace(directory.profile(market.host.tenant_id), creator_id=who.tenant_id, name=name, agency_id=None)
    )


def test_the_page_of_the_hosts_has_the_field_and_a_ranked_host_has_its_place(market: Market) -> None:
    page = market.console.get(market.payable(), market.viewer).text
    assert f'action="{path_of(market)}"' in page
    answer = market.console.get(f"{path_of(market)}?name=NÁDIA", market.viewer)
    assert answer.status == 200
    assert "Nadia Hart is number 1 of 1 by score." in answer.text
    assert "Expected sales" in answer.text
    assert "What keeps the host out" not in answer.text
    assert "Offer Nadia Hart" not in answer.text


def test_a_booker_goes_on_to_an_offer_as_long_as_the_time_has_not_passed(market: Market) -> None:
    market.payable()
    path = f"{path_of(market)}?name=nadia"
    assert "Offer Nadia Hart £300.00 a show and 12 % commission" in market.console.get(path, market.brand).text
    market.console.services.clock.set(STARTS)
    over = market.console.get(path, market.brand).text
    assert ("Offer Nadia Hart" in over, "The time of this brief has passed" in over) == (False, True)


def test_a_host_that_is_left_out_has_every_obstacle_with_what_would_have_to_change(market: Market) -> None:
    answer = market.console.get(f"{path_of(market)}?name=hart", market.brand).text
    assert "Has not connected payouts" in answer
    assert "would have to connect an account" in answer
    assert "even with everything changed that a brief can change" in answer


def test_several_hosts_are_listed_to_choose_from_and_each_has_its_answer(market: Market) -> None:
    market.payable()
    other = another(market, "Nadia Voss")
    answer = market.console.get(f"{path_of(market)}?name=nadia", market.brand).text
    assert "Whom do you mean?" in answer
    for creator_id in (market.host.tenant_id, other.creator_id):
        assert f'href="{path_of(market)}/{creator_id}"' in answer
    page = market.console.get(f"{path_of(market)}/{other.creator_id}", market.brand)
    assert (page.status, "Nadia Voss is not among the hosts" in page.text) == (200, True)


def test_nothing_written_and_nobody_found_say_what_to_do(market: Market) -> None:
    empty = market.console.get(f"{path_of(market)}?name=%20", market.brand)
    assert (empty.status, "Write at least the first letters" in empty.text, 'aria-invalid="true"' in empty.text) == (422, True, True)
    assert "aria-invalid" not in market.console.get(path_of(market), market.brand).text
    nobody = market.console.get(f"{path_of(market)}?name=Bo%3Cb%3E", market.brand)
    assert nobody.status == 200
    assert "No approved host is called “Bo&lt;b&gt;”. Check the spelling" in nobody.text
    assert 'value="Bo&lt;b&gt;"' in nobody.text


def test_hosts_whom_nobody_has_approved_and_briefs_of_others_stay_unseen(market: Market) -> None:
    directory = market.console.services.directory
    new = directory.open_tenant(market.host, TenantKind.CREATOR, "Nadia Unseen")
    who = market.console.member(new.tenant_id, Role.CREATOR, "unseen")
    directory.save_profile(who, Profile(creator_id=new.tenant_id, name="Nadia Unseen", timezone="UTC"))
    assert "Unseen" not in market.console.get(f"{path_of(market)}?name=nadia", market.brand).text
    for path in (path_of(market), f"/api/v1{path_of(market).removeprefix('/brand')}"):
        by_id = market.console.get(f"{path}/{new.tenant_id}", market.brand)
        assert (by_id.status, "Unseen" in by_id.text) == (404, False)
    assert market.console.get(f"{path_of(market)}?name=nadia", market.rival).status == 404
    assert market.console.get(f"{path_of(market)}?name=nadia", market.host).status == 403
