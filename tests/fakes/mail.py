"""A mailer that keeps what it was given, and fails as SES does when it is told to."""

from dataclasses import dataclass, field

from chalicelib.adapters.mail import Mail


@dataclass
class FakeMailer:
    """`Mailer` in memory. `failures` are raised one after the other before anything is sent; `lost` after it was."""

    sent: list[Mail] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    lost: list[Exception] = field(default_factory=list)

    def send(self, mail: Mail) -> str:
        """Keep it."""
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(mail)
        if self.lost:
            raise self.lost.pop(0)
        return f"ses-{len(self.sent)}"

    def subjects(self, to: str) -> list[str]:
        """What somebody got, in order."""
        return [mail.subject for mail in self.sent if mail.to == to]
