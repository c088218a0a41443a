"""A person at a browser: signs in on the hosted page, looks and clicks; whatever the browser complains of is kept for the test."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request

CHROMIUM: Final = Path("/usr/bin/chromium")
ARGUMENTS: Final = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
MISSING: Final = f"The browser tests need Chromium at {CHROMIUM}. Install it with: sudo apt-get install chromium"
TIMEOUT_MILLISECONDS: Final = 20_000
DESKTOP: Final = (1280, 900)
PHONE: Final = (390, 844)
WIDER_BY: Final = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"

OVERLAPPING: Final = """selector => {
  const boxes = [...document.querySelectorAll(selector)]
    .map(element => ({ element, box: element.getBoundingClientRect(), clip: element.closest("nav")?.getBoundingClientRect() }))
    .filter(({ element, box }) => box.width > 0 && !element.matches(".skip"))
    .map(({ element, box, clip }) => ({ element, top: box.top, bottom: box.bottom,
      left: Math.max(box.left, clip?.left ?? box.left), right: Math.min(box.right, clip?.right ?? box.right) }));
  return boxes.flatMap((one, index) => boxes.slice(index + 1)
    .filter(other => one.left < other.right - 1 && other.left < one.right - 1 && one.top < other.bottom - 1 && other.top < one.bottom - 1)
    .map(other => one.element.innerText.trim() + " covers " + other.element.innerText.trim()));
}"""


def launch(playwright: Playwright) -> Browser:
    """Debian's Chromium. Its absence is a failure that says what to do, never a skipped test."""
    assert CHROMIUM.exists(), MISSING
    return playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))


@dataclass
class Visitor:
    """One browser profile with one page open."""

    site_url: str
    context: BrowserContext
    page: Page = field(init=False)
    complaints: list[str] = field(default_factory=list)
    """Console errors (violations of the content security policy are among them), broken scripts, failed requests."""

    def __post_init__(self) -> None:
        """Listens from the first page on."""
        self.context.set_default_timeout(TIMEOUT_MILLISECONDS)
        self.page = self.context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("requestfailed", self._failed)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and self.page.url.startswith(self.site_url):
            self.complaints.append(f"{message.type} on {self.page.url}: {message.text}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # what a page still loads when it is left
            self.complaints.append(f"{request.method} {request.url}: {request.failure}")

    def open(self, path: str) -> Page:
        """Go to a path of the site."""
        self.page.goto(self.site_url + path)
        return self.page

    @property
    def path(self) -> str:
        """Where the visitor is on the site, without query; the whole address elsewhere."""
        return self.page.url.removeprefix(self.site_url).partition("?")[0]

    def sign_in(self, email: str, password: str, start: str = "/") -> Page:
        """By the hosted page of the user pool, and back to the site."""
        page = self.open(start)
        if self.path == "/":
            page.get_by_role("link", name="Sign in").click()
        page.get_by_label("Username").fill(email)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{self.site_url}/**")
        return page

    def heading(self) -> str:
        """The page's one main heading."""
        return self.page.get_by_role("heading", level=1).inner_text()

    def press(self, button: str) -> None:
        """Press a button of a form and wait for the page that answers."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=button).click()

    def overflow(self) -> int:
        """Pixels by which the page is wider than the window."""
        pixels: int = self.page.evaluate(WIDER_BY)
        return pixels

    def overlapping(self, selector: str) -> list[str]:
        """Pairs of visible elements that cover each other, in words; a header's entries may not."""
        pairs: list[str] = self.page.evaluate(OVERLAPPING, selector)
        return pairs

    def violations(self) -> list[str]:
        """What axe-core finds on the page, a line for each rule with its first element."""
        found: list[dict[str, Any]] = Axe().run(self.page).response["violations"]
        return [f"{self.path}: {each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]

    def excuse(self, status: str) -> None:
        """Browsers tell of every refused request; here a refusal with this status is what was wanted."""
        assert all(status in complaint for complaint in self.complaints), self.complaints
        self.complaints.clear()

    def photograph(self, directory: Path | None, name: str) -> None:
        """The whole page as a picture, for whoever wants to look."""
        if directory is not None:
            self.page.screenshot(path=directory / f"{name}.png", full_page=True)
