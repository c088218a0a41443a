"""Mail goes out once to each person whom it is for, and nobody's address is kept or logged with it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes, policy
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from chalicelib.adapters.dynamo import Item, OutboxItem
from chalicelib.adapters.mail import Mail, MailBusy, MailRefused, MailUnknown, SesMailer, sender_address
from chalicelib.core.access import Role
from chalicelib.directory.rules import BadProfile, person_id
from chalicelib.directory.store import DirectoryStore
from chalicelib.notices.rules import OPERATORS_TOLD, SEND, About, Happening, Kind, Notice, Seen, brand_people
from chalicelib.notices.sending import MAX_ATTEMPTS, NotSentYet, Sending
from chalicelib.notices.service import MAX_SUBJECTS_PER_RUN, Notices
from chalicelib.notices.store import DueItem, NoticeItem, NoticeStore, Outcome
from tests.conftest import StandingClock
from tests.fakes.console import Console, Market, console, market

__all__ = ["console", "market"]

UNUSED: Any = None
OPTIONAL = Kind(name="news", subject="News of {brand}", lines=("There is news.",), link_label="Read it")
REQUIRED = replace(OPTIONAL, name="deadline", required=True)
OWNER, VIEWER = "kettles@example.com", "viewer@example.com"


@pytest.fixture
def tell(market: Market) -> Callable[..., str]:
    """Makes a notice for the brand's people; its id."""
    market.console.work()
    market.console.mailer.sent.clear()
    brand = market.brand.tenant_id

    def made(kind: Kind = OPTIONAL, **more: Any) -> str:
        notice = Notice(
            notice_id=f"ntc_{kind.name}",
            subject="deal#ctr_1",
            kind=kind,
            told=(brand_people(brand),),
            about=About(path="/brand", names={"brand": brand}),
            made_at=market.console.services.clock.now(),
        )
        NoticeItem(f"notice#{notice.notice_id}", "notice", notice=replace(notice, **more)).save()
        return notice.notice_id

    return made


def outcome(notice_id: str, email: str = OWNER) -> Outcome:
    delivery = NoticeStore().delivery(notice_id, person_id(email))
    assert delivery is not None
    return delivery.outcome


def sending(market: Market) -> Sending:
    return market.console.services.notices.sending


def test_members_whose_role_fits_get_it_once_however_often_the_message_comes(market: Market, tell: Callable[..., str]) -> None:
    notice_id = tell()
    for _ in range(3):
        sending(market).send(notice_id)
    assert [mail.to for mail in market.console.mailer.sent] == [OWNER]
    assert market.console.mailer.subjects(VIEWER) == []
    assert outcome(notice_id) is Outcome.SENT


def test_a_lost_answer_is_never_followed_by_a_second_mail(market: Market, tell: Callable[..., str]) -> None:
    notice_id = tell(REQUIRED)
    market.console.mailer.lost.append(MailUnknown("ReadTimeoutError"))
    for _ in range(3):
        sending(market).send(notice_id)
    assert len(market.console.mailer.sent) == 1
    assert outcome(notice_id) is Outcome.UNKNOWN


def test_a_worker_that_died_while_sending_leaves_it_unsent_rather_than_sent_twice(market: Market, tell: Callable[..., str]) -> None:
    notice_id = tell(REQUIRED)
    market.console.mailer.lost.append(KeyboardInterrupt())  # type: ignore[arg-type]  # the process ends
    with pytest.raises(KeyboardInterrupt):
        sending(market).send(notice_id)
    sending(market).send(notice_id)
    assert len(market.console.mailer.sent) == 1
    assert outcome(notice_id) is Outcome.SENDING


def test_what_ses_does_not_take_now_comes_again_so_often_and_no_more(market: Market, tell: Callable[..., str]) -> None:
    notice_id, mailer = tell(), market.console.mailer
    mailer.failures += [MailBusy("Throttling"), MailBusy("Throttling")]
    for _ in range(2):
        with pytest.raises(NotSentYet):
            sending(market).send(notice_id)
    sending(market).send(notice_id)
    assert (len(mailer.sent), outcome(notice_id)) == (1, Outcome.SENT)

    given_up = tell(REQUIRED)
    mailer.failures += [MailBusy("Throttling")] * (MAX_ATTEMPTS + 3)
    for _ in range(MAX_ATTEMPTS - 1):
        with pytest.raises(NotSentYet):
            sending(market).send(given_up)
    for _ in range(3):
        sending(market).send(given_up)
    assert (len(mailer.sent), outcome(given_up), len(mailer.failures)) == (1, Outcome.FAILED, 3)


def test_a_refused_address_fails_alone_and_the_others_get_theirs(market: Market, tell: Callable[..., str]) -> None:
    market.console.member(market.brand.tenant_id, Role.BRAND_BOOKER, "booker")
    notice_id = tell()
    market.console.mailer.failures.append(MailRefused("MessageRejected"))
    sending(market).send(notice_id)
    assert len(market.console.mailer.sent) == 1
    assert {outcome(notice_id), outcome(notice_id, "booker@example.com")} == {Outcome.SENT, Outcome.FAILED}


def test_who_wants_less_mail_gets_what_is_required_and_nothing_else(market: Market, tell: Callable[..., str]) -> None:
    market.console.services.notices.prefer(market.brand, timezone="America/New_York", optional_mail=False)
    news, deadline = tell(OPTIONAL), tell(REQUIRED)
    sending(market).send(news)
    sending(market).send(deadline)
    assert [(mail.notice_id, mail.unsubscribe_at) for mail in market.console.mailer.sent] == [(deadline, None)]
    assert outcome(news) is Outcome.UNWANTED
    assert "whatever your settings" in market.console.mailer.sent[0].text


def test_somebody_in_two_of_the_tenants_gets_one_mail_and_who_left_gets_none(market: Market, tell: Callable[..., str]) -> None:
    DirectoryStore().add_member(OWNER, market.agency.tenant_id, Role.AGENCY_MANAGER)
    agency = replace(brand_people(market.agency.tenant_id), roles=frozenset({Role.AGENCY_MANAGER}))
    notice_id = tell(told=(brand_people(market.brand.tenant_id), agency))
    DirectoryStore().add_member(OWNER, market.brand.tenant_id, Role.BRAND_VIEWER)
    sending(market).send(notice_id)
    assert sorted(mail.to for mail in market.console.mailer.sent) == [OWNER, "stars@example.com"]


def test_a_reminder_that_comes_too_late_is_not_sent(market: Market, tell: Callable[..., str]) -> None:
    notice_id = tell(useless_from=market.console.services.clock.now())
    sending(market).send(notice_id)
    assert market.console.mailer.sent == []


def test_times_are_told_in_the_persons_own_zone_the_hosts_or_the_deals(market: Market) -> None:
    market.console.services.notices.prefer(market.brand, timezone="Asia/Tokyo", optional_mail=True)
    market.signed()
    texts = {mail.to: mail.text for mail in market.console.mailer.sent if mail.subject.startswith("Booked")}
    assert "Tue 11 Jan 2011, 04:00 Asia/Tokyo (Mon 10 Jan 2011, 19:00 UTC)" in texts[OWNER]
    assert "Mon 10 Jan 2011, 19:00 Europe/London" in texts["nadia@example.com"]
    with pytest.raises(BadProfile):
        market.console.services.notices.prefer(market.brand, timezone="Mars/Olympus", optional_mail=True)


def test_neither_the_notices_table_nor_the_log_nor_a_printed_mail_has_an_address_or_a_hosts_name(
    market: Market, our_log: pytest.LogCaptureFixture
) -> None:
    market.console.mailer.failures.append(MailRefused("MessageRejected"))
    market.signed()
    said = our_log.text + repr(market.console.mailer.sent)
    kept = json.dumps([str(item.attribute_values) for kind in Item.kinds if kind.TABLE == "notices" for item in kind.scan()], default=str)
    assert len(our_log.records) > 5
    for secret in ("@example.com", "Nadia Hart"):
        assert secret not in said
        assert secret not in kept


def test_the_schedule_reads_what_is_due_by_its_time_and_a_bounded_number_of_it(tables: None, clock: StandingClock) -> None:  # noqa: ARG001
    seen = Seen(happenings=(Happening(kind=OPTIONAL, key="1", at=None, told=(OPERATORS_TOLD,), about=About(path="/")),))
    notices = Notices(store=NoticeStore(), looks={"deal": lambda _, __: seen}, ends={}, clock=clock, sends=True, sending=UNUSED)
    for number in range(MAX_SUBJECTS_PER_RUN + 5):
        DueItem("due", f"2011-01-03T11:00:00.000Z#deal#ctr_{number:03}").save()
    DueItem("due", "2011-01-03T13:00:00.000Z#deal#ctr_later").save()
    assert notices.follow_up() == MAX_SUBJECTS_PER_RUN
    assert {item.topic for item in OutboxItem.scan()} == {"notices.look"}
    assert not any("later" in item.key for item in OutboxItem.scan())


def test_two_looks_at_once_make_a_notice_once(tables: None, clock: StandingClock) -> None:  # noqa: ARG001
    seen = Seen(happenings=(Happening(kind=OPTIONAL, key="1", at=None, told=(OPERATORS_TOLD,), about=About(path="/")),))
    others: list[Notices] = []

    def look(_: str, __: datetime) -> Seen:
        if others:
            others.pop().look("deal#ctr_1")
        return seen

    notices = Notices(store=NoticeStore(), looks={"deal": look}, ends={}, clock=clock, sends=True, sending=UNUSED)
    others.append(Notices(store=NoticeStore(), looks={"deal": lambda _, __: seen}, ends={}, clock=clock, sends=True, sending=UNUSED))
    notices.look("deal#ctr_1")
    assert [item.topic for item in OutboxItem.scan(OutboxItem.topic == SEND)] == [SEND]


def test_the_account_page_says_and_keeps_what_a_person_wants(market: Market) -> None:
    page = market.console.get("/account", market.viewer)
    assert page.status == 200
    assert "Only what is required" in page.text
    assert market.console.post("/account", market.viewer, mail="required", timezone="Europe/Paris").status == 303
    wishes = market.console.services.notices.preferences(market.viewer)
    assert (wishes.optional_mail, wishes.timezone) == (False, "Europe/Paris")
    assert market.console.services.notices.preferences(market.brand).optional_mail is True
    assert market.console.post("/account", market.viewer, mail="required", timezone="Nowhere").status == 422


MAIL = Mail(
    to="somebody@example.com",
    subject="Booked: Café",
    text="Hello",
    html="<p>Hello</p>",
    notice_id="ntc_1",
    written_at=datetime.fromisoformat("2011-01-03T12:00:00+00:00"),
    unsubscribe_at="https://primetime.example/account",
    calendar=b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
)


class Ses:
    """A client that answers or fails."""

    def __init__(self, failure: Exception | None = None) -> None:
        """Nothing asked yet."""
        self.failure = failure
        self.asked: list[dict[str, Any]] = []

    def send_raw_email(self, **asked: Any) -> dict[str, str]:
        """As boto3's."""
        self.asked.append(asked)
        if self.failure is not None:
            raise self.failure
        return {"MessageId": "ses-1"}


def refusal(code: str, status: int) -> ClientError:
    error = {"Error": {"Code": code, "Message": "somebody@example.com is not verified"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(error, "SendRawEmail")


def test_a_mail_is_text_and_html_with_a_calendar_file_and_nothing_from_elsewhere() -> None:
    client = Ses()
    assert SesMailer(client, "primetime.example").send(MAIL) == "ses-1"
    (asked,) = client.asked
    assert (asked["Source"], asked["Destinations"]) == ("notices@primetime.example", ["somebody@example.com"])
    message = message_from_bytes(asked["RawMessage"]["Data"], policy=policy.default)
    assert (message["Subject"], message["List-Unsubscribe"]) == ("Booked: Café", "<https://primetime.example/account>")
    assert [part.get_content_type() for part in message.walk() if not part.is_multipart()] == ["text/plain", "text/html", "text/calendar"]
    assert asked["RawMessage"]["Data"].isascii()
    assert sender_address("post@primetime.example") == "post@primetime.example"


@pytest.mark.parametrize(
    ("failure", "meaning"),
    [
        (refusal("MessageRejected", 400), MailRefused),
        (refusal("MailFromDomainNotVerified", 400), MailRefused),
        (refusal("Throttling", 400), MailBusy),
        (refusal("InternalFailure", 500), MailUnknown),
        (ReadTimeoutError(endpoint_url="https://ses"), MailUnknown),
        (ConnectTimeoutError(endpoint_url="https://ses"), MailBusy),
        (EndpointConnectionError(endpoint_url="https://ses"), MailBusy),
    ],
)
def test_a_failure_means_refused_or_not_now_or_nobody_knows_and_names_no_address(failure: Exception, meaning: type[Exception]) -> None:
    with pytest.raises(meaning) as raised:
        SesMailer(Ses(failure), "primetime.example").send(MAIL)
    assert "@" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_stage_without_a_sender_keeps_notices_and_sends_none(console: Console) -> None:
    found, sending_now = console.services, console.services.notices.sending
    found.__dict__["notices"] = Notices(
        store=NoticeStore(),
        looks={"deal": lambda _, __: Seen(happenings=(Happening(kind=OPTIONAL, key="1", at=None, told=(), about=About(path="/")),))},
        ends={},
        clock=found.clock,
        sends=False,
        sending=sending_now,
    )
    console.work()
    found.notices.look("deal#ctr_1")
    assert [item.sk for item in NoticeItem.scan(NoticeItem.pk.startswith("notice#"))] == ["notice"]
    assert list(OutboxItem.scan()) == []
