"""Mail through SES. What is said of a failure is what matters to who sends: refused, not sent yet, or nobody knows.

SES has no idempotency key, so nothing is ever tried again here: the client's own retries are off, and the caller decides.
"""

from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import Any, Protocol

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
)

SENDER_NAME = "Primetime"
LOCAL_PART = "notices"
"""Who sends where the deployment has verified a whole domain."""
CONNECT_TIMEOUT_SECONDS = 3
ANSWER_TIMEOUT_SECONDS = 20
ONE_CALL = Config(retries={"total_max_attempts": 1}, connect_timeout=CONNECT_TIMEOUT_SECONDS, read_timeout=ANSWER_TIMEOUT_SECONDS)
NOT_NOW = frozenset({"Throttling", "ThrottlingException", "TooManyRequestsException", "ServiceUnavailable", "LimitExceededException"})
"""SES's codes that mean: not sent, and it may be in a while. Source: SES API reference, common errors, as of 2026-11."""
SERVER_ERROR = 500


class MailRefused(Exception):  # named by what happened, as all of ours
    """It was not sent and will not be. The text is SES's code, never its sentence: that has addresses in it."""


class MailBusy(Exception):
    """It was not sent, and may be in a while."""


class MailUnknown(Exception):
    """The answer was lost: it was sent, or it was not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail to one person. Whoever prints it sees no address."""

    to: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    notice_id: str
    written_at: datetime
    calendar: bytes | None = field(default=None, repr=False)
    unsubscribe_at: str | None = None
    """The page where it can be switched off; None for what cannot."""


class Mailer(Protocol):
    """Where mail is left."""

    def send(self, mail: Mail) -> str:
        """Send it once; SES's id of it. Raises `MailRefused`, `MailBusy`, `MailUnknown`."""
        ...


class SesMailer:
    """`Mailer` on SES. Its client must not retry by itself: see `ONE_CALL`."""

    def __init__(self, client: Any, sender: str) -> None:  # noqa: ANN401  # boto3 has no types
        """`sender` is the verified address, or the verified domain."""
        self._client = client
        self._sender = sender_address(sender)

    def send(self, mail: Mail) -> str:
        """See `Mailer.send`."""
        raw = mime(mail, self._sender).as_bytes()
        try:
            answer = self._client.send_raw_email(Source=self._sender, Destinations=[mail.to], RawMessage={"Data": raw})
        except ClientError as error:
            raise _meaning(error) from None
        except (EndpointConnectionError, ConnectTimeoutError, NoCredentialsError) as error:
            raise MailBusy(type(error).__name__) from None
        except BotoCoreError as error:
            raise MailUnknown(type(error).__name__) from None
        return str(answer["MessageId"])


def sender_address(verified: str) -> str:
    """The address that mail comes from."""
    return verified if "@" in verified else f"{LOCAL_PART}@{verified}"


def mime(mail: Mail, sender: str) -> EmailMessage:
    """Text, the same as HTML, and the calendar file. Nothing in it is fetched from elsewhere."""
    message = EmailMessage()
    message["From"] = formataddr((SENDER_NAME, sender))
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.written_at)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Primetime-Notice"] = mail.notice_id
    if mail.unsubscribe_at is not None:
        message["List-Unsubscribe"] = f"<{mail.unsubscribe_at}>"
    message.set_content(mail.text, cte="base64")
    message.add_alternative(mail.html, subtype="html", cte="base64")
    if mail.calendar is not None:
        message.add_attachment(
            mail.calendar, maintype="text", subtype="calendar", filename="shows.ics", params={"method": "PUBLISH", "charset": "utf-8"}
        )
    return message


def _meaning(error: ClientError) -> Exception:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in NOT_NOW:
        return MailBusy(code)
    if status >= SERVER_ERROR:
        return MailUnknown(code)
    return MailRefused(code)
