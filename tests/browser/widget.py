"""The widget as a person meets it: what it shows and what one can do with it. Only this file knows its markup."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Frame, FrameLocator, Locator, Page, expect


@dataclass(frozen=True)
class Chosen:
    """A file on the person's disk."""

    name: str
    content: bytes
    media_type: str = ""


@dataclass
class Widget:
    """One widget in a page, in English unless said otherwise."""

    page: Page
    index: int = 0

    @property
    def element(self) -> Locator:
        return self.page.locator("ringfence-chat").nth(self.index)

    @property
    def inside(self) -> FrameLocator:
        """The frame's document, for locators."""
        return self.element.locator("iframe").content_frame

    @property
    def frame(self) -> Frame:
        """The frame itself, for scripts."""
        found = self.element.locator("iframe").element_handle().content_frame()
        assert found is not None
        return found

    @property
    def launcher(self) -> Locator:
        return self.element.locator("button")

    @property
    def composer(self) -> Locator:
        return self.inside.get_by_role("textbox")

    @property
    def disclosure(self) -> Locator:
        """The words in the header that say who answers."""
        return self.inside.locator(".badge")

    @property
    def answers(self) -> Locator:
        """The assistant's messages, words only."""
        return self.inside.locator(".answer .text")

    @property
    def answer(self) -> Locator:
        return self.answers.last

    @property
    def asked(self) -> Locator:
        """The person's own messages."""
        return self.inside.locator(".said .bubble")

    @property
    def tool(self) -> Locator:
        """The line of the latest tool call, with its details once opened."""
        return self.inside.locator("details.tool").last

    @property
    def card(self) -> Locator:
        return self.inside.locator("section.approval").last

    @property
    def notice(self) -> Locator:
        """One sentence above the conversation: the connection, or whose it is."""
        return self.inside.locator(".notice")

    @property
    def failure(self) -> Locator:
        """One sentence in place of the conversation, with one action."""
        return self.inside.locator(".failed")

    @property
    def chips(self) -> Locator:
        """The files that go with the next message."""
        return self.inside.locator(".tray .chip")

    @property
    def ready_chips(self) -> Locator:
        """Those of them that can be sent."""
        return self.inside.locator(".tray .chip.ready")

    @property
    def sent_files(self) -> Locator:
        """The files that went with messages; each a button that saves it."""
        return self.inside.locator(".sent button")

    @property
    def sources(self) -> Locator:
        """What answers have from files; each a button that saves the file."""
        return self.inside.locator(".cites button")

    @property
    def history(self) -> Locator:
        return self.inside.locator(".history")

    def button(self, name: str) -> Locator:
        return self.inside.get_by_role("button", name=name, exact=True)

    def open(self) -> "Widget":
        """Opens the panel by its launcher; gives itself once one can write."""
        self.launcher.click()
        return self.ready()

    def ready(self) -> "Widget":
        """Waits until it knows who asks."""
        expect(self.inside.get_by_role("log")).to_be_visible()
        expect(self.composer).to_be_editable()
        return self

    def ask(self, text: str) -> "Widget":
        """Writes and sends."""
        expect(self.button("Stop")).to_have_count(0)
        self.composer.fill(text)
        self.composer.press("Enter")
        return self

    def attach(self, *files: "Chosen") -> "Widget":
        """Chooses files in the browser's dialog."""
        chosen = [{"name": one.name, "mimeType": one.media_type, "buffer": one.content} for one in files]
        self.inside.locator("input[type=file]").set_input_files(chosen)  # pyright: ignore[reportArgumentType] - as Playwright's FilePayload
        return self

    def rest(self) -> None:
        """Waits until nothing is being answered."""
        expect(self.button("Stop")).to_have_count(0)

    def open_menu(self) -> Locator:
        """Gives its two choices: a new conversation, and the earlier ones."""
        self.inside.locator(".menu > button").click()
        choices = self.inside.locator(".menu li button")
        expect(choices).to_have_count(2)
        return choices

    def new_conversation(self) -> None:
        self.open_menu().first.click()
        expect(self.asked).to_have_count(0)

    def show_history(self) -> None:
        self.open_menu().last.click()
        expect(self.history).to_be_visible()

    def open_latest(self) -> None:
        """Opens the latest of the earlier conversations."""
        self.show_history()
        self.history.locator("li button").first.click()
        expect(self.composer).to_be_editable()

    def evaluate(self, script: str, argument: Any = None) -> Any:
        """A script's value in the frame, whose own policy does not bind the test."""
        return self.frame.evaluate(script, argument)
