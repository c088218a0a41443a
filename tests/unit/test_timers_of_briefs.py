"""What waits around a brief ends with it by itself, with warnings before: see test_timers.py."""

import msgspec
import pytest

from chalicelib.adapters.dynamo import Transaction
from chalicelib.matching.approaches import ApplicationState, InvitationState, NotNow
from chalicelib.matching.store import BriefClosed
from tests.fakes.console import BEGIN, STARTS, console, market
from tests.unit.timers_kit import AGENCY, BRAND, DAY, HOST, HOUR, MINUTE, Play, kinds, play

__all__ = ["console", "market", "play"]

BEFORE = (3 * DAY, DAY)


def of_host(kind: str) -> list[tuple[str, str]]:
    return [(HOST, kind), (AGENCY, kind)]


def test_an_invitation_that_nobody_answers_lapses_when_the_first_show_starts(play: Play) -> None:
    use, brief_id, host_id = play.console.services.deals.approaches, play.market.brief_id, play.market.host.tenant_id
    use.invite(play.market.brand, brief_id, host_id, "Come!")
    play.console.work()
    assert play.news() == of_host("invited")
    for before in BEFORE:
        assert play.at(STARTS - before - MINUTE) == []
        assert play.at(STARTS - before) == of_host("invitation_awaited")
    assert play.at(STARTS - MINUTE) == []
    (invitation,) = use.invitations(play.market.brand, brief_id)
    assert invitation.state is InvitationState.PENDING
    assert play.at(STARTS) == of_host("invitation_lapsed")
    (invitation,) = use.invitations(play.market.brand, brief_id)
    assert invitation.state is InvitationState.LAPSED
    seen = use.seen(play.market.host, host_id, brief_id).invitation
    assert seen is not None
    assert (seen.state, use.inbox(play.market.host)[0].invitation) == (InvitationState.LAPSED, seen)
    with pytest.raises(BriefClosed):
        use.answer(play.market.host, host_id, brief_id, InvitationState.INTERESTED)
    with pytest.raises(BriefClosed):
        use.withdraw_invitation(play.market.brand, brief_id, host_id)
    assert play.at(STARTS + DAY) == []


def test_what_becomes_of_an_invitation_is_told_to_the_other_side_and_nobody_is_reminded_any_more(play: Play) -> None:
    use, brief_id, host_id = play.console.services.deals.approaches, play.market.brief_id, play.market.host.tenant_id

    def told() -> list[tuple[str, str]]:
        play.console.work()
        return play.news()

    use.invite(play.market.brand, brief_id, host_id, "Come!")
    play.quiet()
    use.answer(play.market.agency, host_id, brief_id, InvitationState.INTERESTED)
    assert told() == [(BRAND, "invitation_interested")]
    use.answer(play.market.host, host_id, brief_id, InvitationState.DECLINED, "Away.")
    assert told() == [(BRAND, "invitation_declined")]
    use.invite(play.market.brand, brief_id, host_id, "And now?")
    assert told() == of_host("invited")
    use.withdraw_invitation(play.market.brand, brief_id, host_id)
    assert told() == of_host("invitation_withdrawn")
    play.market.payable()
    use.apply(play.market.agency, host_id, brief_id, "She sells kettles.")
    assert told() == [(BRAND, "application_sent")]
    use.withdraw_application(play.market.host, host_id, brief_id)
    assert told() == [(BRAND, "application_withdrawn")]
    assert play.at(STARTS - DAY) == []
    assert play.at(STARTS) == []


def test_what_hosts_wait_for_is_told_to_the_brand_in_one_mail_and_lapses_when_the_first_show_starts(play: Play) -> None:
    use, brief_id, host_id = play.console.services.deals.approaches, play.market.brief_id, play.market.host.tenant_id
    play.market.payable()
    use.apply(play.market.host, host_id, brief_id, "I sell kettles.")
    use.ask(play.market.host, host_id, brief_id, "In a studio?")
    play.console.work()
    assert play.news() == [(BRAND, "application_sent"), (BRAND, "question_asked")]
    for before in BEFORE:
        assert play.at(STARTS - before - MINUTE) == []
        assert play.at(STARTS - before) == [(BRAND, "brief_awaits")]
    assert "1 application and 1 question." in play.console.mailer.sent[-1].text
    assert play.at(STARTS - MINUTE) == []
    assert use.application(play.market.brand, brief_id, host_id).state is ApplicationState.SENT
    assert play.at(STARTS) == sorted([(BRAND, "brief_passed"), *of_host("application_lapsed")])
    assert use.application(play.market.brand, brief_id, host_id).state is ApplicationState.LAPSED
    with pytest.raises(BriefClosed):
        use.decline_application(play.market.brand, brief_id, host_id, "Late.")
    with pytest.raises(NotNow):
        use.take_up(Transaction(), use.application(play.market.brand, brief_id, host_id), "ofr_1")
    assert play.at(STARTS + DAY) == []


def test_answers_to_applications_and_questions_are_told_to_the_host_without_the_brands_name(play: Play) -> None:
    use, brief_id, host_id = play.console.services.deals.approaches, play.market.brief_id, play.market.host.tenant_id
    play.market.payable()
    use.apply(play.market.host, host_id, brief_id, "I sell kettles.")
    asked = use.ask(play.market.host, host_id, brief_id, "In a studio?")
    play.quiet()
    use.decline_application(play.market.brand, brief_id, host_id, "We have somebody.")
    use.answer_question(play.market.brand, brief_id, asked.question_id, "At yours.")
    play.console.work()
    assert play.news() == sorted([*of_host("application_declined"), *of_host("question_answered")])
    mails = [msgspec.json.encode([mail.subject, mail.text, mail.html]) for mail in play.console.mailer.sent[-4:]]
    assert [mail for mail in mails if b"Kettles" in mail or b"January" in mail] == []
    assert play.at(STARTS) == []


def test_a_brief_that_is_closed_ends_what_waits_for_it_at_once(play: Play) -> None:
    use, brief_id, host_id = play.console.services.deals.approaches, play.market.brief_id, play.market.host.tenant_id
    play.market.payable()
    use.invite(play.market.brand, brief_id, host_id, "Come!")
    use.apply(play.market.host, host_id, brief_id, "I sell kettles.")
    play.quiet()
    play.at(BEGIN + HOUR)
    use.close(play.market.brand, brief_id)
    play.console.work()
    assert play.news() == sorted([*of_host("invitation_lapsed"), *of_host("application_lapsed")])
    assert play.at(STARTS - DAY) == []
    assert kinds(play.at(STARTS), "brief_passed", "invitation_lapsed", "application_lapsed") == []
