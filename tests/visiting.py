"""Visitors of the page of an organization's log, for tests: a link, a click, a cookie."""

import asyncio
import re
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlencode

from tests.house import Answer, Client, House

CLICK = {"Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document", "Sec_Fetch_User": "?1"}
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Visitor:
    """A browser with the cookie of one visit."""

    client: Client
    cookie: str

    async def get(self, path: str = "/audit", **headers: str) -> Answer:
        return await self.client("GET", path, Cookie=self.cookie, **headers)

    async def text(self, path: str = "/audit") -> str:
        answer = await self.get(path)
        assert answer.status == 200, answer.body
        return unescape(answer.body.decode())

    async def form(self) -> str:
        """What the forms of this visit's pages carry."""
        found = re.search(r'name="form" value="([^"]+)"', await self.text())
        assert found is not None
        return found[1]

    async def send(self, path: str, *, form: str | None = None, **headers: str) -> Answer:
        """Sends a form as the page does."""
        fields = {"form": await self.form() if form is None else form, "lang": "en"}
        return await post(self.client, path, fields, Cookie=self.cookie, **headers)

    async def verify(self, **more: str) -> str:
        """The page of a verification; `more` is what its own form sends to go on."""
        fields = {"form": await self.form(), "lang": "en", **more}
        answer = await post(self.client, "/audit/verify", fields, Cookie=self.cookie)
        assert answer.status == 200, answer.body
        return unescape(answer.body.decode())

    async def shut_out(self) -> Answer:
        """The refusal that takes the place of the page within the five seconds that the promise gives."""
        async with asyncio.timeout(30):
            answer = await self.get()
            while answer.status == 200:
                await asyncio.sleep(0.05)
                answer = await self.get()
        return answer


async def post(client: Client, path: str, fields: dict[str, str], **headers: str) -> Answer:
    """A form; a redirect is not followed."""
    names = {name.replace("_", "-"): value for name, value in headers.items()} | {"Content-Type": FORM}
    async with client.http.post(
        client.base_url + path, data=urlencode(fields), headers=names, allow_redirects=False
    ) as response:
        return Answer(response.status, await response.read(), dict(response.headers))


async def link(maker: Client, **body: str) -> str:
    """The path and ticket of a new link."""
    answer = await maker("POST", "/api/v1/audit-log/links", body)
    assert answer.status == 201, answer.body
    return "/audit?ticket=" + answer.body["url"].partition("?ticket=")[2]


async def click(client: Client, path: str, **headers: str) -> Answer:
    """Follows a link as a person in a browser does."""
    return await client("GET", path, **{**CLICK, **headers})


async def visit(home: House, maker: Client, **body: str) -> Visitor:
    """A visit that has just begun."""
    answer = await click(home.client, await link(maker, **body))
    assert answer.status == 200, answer.body
    return Visitor(home.client, answer.headers["Set-Cookie"].partition(";")[0])
