"""Links and redirects stay on this host, whatever the path or the query holds."""

import html
import re
from urllib.parse import quote, urljoin, urlsplit

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.domain.world import World

from .memory_app import memory_app

HERE = "http://here.example"
BROWSER = {"Accept": "text/html"}
LINKS = re.compile(r'\s(?:href|action|formaction|src)="([^"]*)"')
OUTSIDE = "https://www.tradingview.com/"
NASTY = (
    "//evil.example/",
    "/\\evil.example/",
    "/%5cevil.example/",
    "///evil.example",
    "/\t/evil.example/",
    "/runs//evil.example",
    "/data/\\evil.example",
    "/?x=//evil.example",
    "/runs?q=%22%3E%3Ca%20href=//evil.example%3E",
    "//evil.example/%2f..",
    "/static//evil.example",
    "/runs/",
)


def as_browsers_do(base: str, link: str) -> str:
    """Return where a link leads: browsers take a backslash for a slash and leave out line ends and tabs."""
    text = re.sub(r"[\t\r\n]", "", html.unescape(link)).strip().replace("\\", "/")
    return urljoin(base, text)


def leaves(client: FlaskClient, path: str, method: str = "GET") -> list[str]:
    """Return the links and the redirect of a page that lead to another host."""
    answer = client.open(path, method=method, headers=BROWSER, base_url=HERE)
    links = [*LINKS.findall(answer.text if answer.mimetype == "text/html" else "")]
    links += [answer.headers["Location"]] if "Location" in answer.headers else []
    base = f"{HERE}/" + quote(path.partition("?")[0].lstrip("/"), safe="/%\\")
    return [
        link
        for link in links
        if urlsplit(as_browsers_do(base, link)).netloc != "here.example" and link != OUTSIDE
    ]


@pytest.mark.parametrize("path", NASTY)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_link_or_redirect_leads_to_a_host_that_a_path_names(
    client: FlaskClient, path: str, method: str
) -> None:
    """The language links of a page that is not there did."""
    assert leaves(client, path, method) == []


CLIENT = memory_app(World()).test_client()


@given(st.text(st.sampled_from("/\\.:@?#%&=\t\nae2fc5")).map(lambda text: f"/{text}"))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_no_link_leads_elsewhere_whatever_the_path(path: str) -> None:
    """Of any page, found or not."""
    assert leaves(CLIENT, path) == []


@pytest.mark.parametrize(
    "back", [*NASTY, "https://evil.example/runs", "/runs//evil.example", "\\\\evil.example"]
)
def test_what_is_returned_to_after_an_action_is_a_page_of_ours(
    world: World, client: FlaskClient, back: str
) -> None:
    """The list or a run's page, with known filters alone."""
    run_id = world.submit().run.run_id
    answers = [
        client.post(f"/runs/{run_id}/note", data={"tags": "", "note": "", "back": back}),
        client.post("/runs/actions", data={"action": "tag", "tag": "x", "runs": run_id, "back": back}),
    ]

    for answer in answers:
        target = as_browsers_do(f"{HERE}/runs/{run_id}/note", answer.headers.get("Location", "/"))
        assert urlsplit(target).netloc == "here.example"
        assert answer.status_code < 500


def test_the_language_link_keeps_the_query(client: FlaskClient) -> None:
    """And the page, on which it is relative."""
    page = client.get("/runs?q=a%26b&lang=ko").text

    assert 'href="?q=a%26b&amp;lang=en"' in page
