"""Lists of the admin as those see them who decide by them: nothing is cut off, on a desk and on a telephone."""

import pytest

from tests.admin.conftest import decided, people, proposed, sealed, superuser, venue
from tests.admin.test_pages import OURS, address, everything
from tests.browser.test_admin import page
from tests.people import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
__all__ = ["decided", "everything", "page", "people", "proposed", "sealed", "superuser", "venue"]
DESK, TELEPHONE = 1400, 390
# How wide what scrolls by itself is, how wide what is in it, and how wide the page.
WIDTHS = """() => {
  const [around, list] = ['.results', '#result_list'].map((each) => document.querySelector(each));
  return [around.clientWidth, list.scrollWidth, document.documentElement.scrollWidth];
}"""


def test_lists_fit_a_desk_and_stay_within_a_telephone(page, live_server, everything, superuser):
    cookies = signed_in(superuser).cookies.items()
    page.context.add_cookies([{"name": name, "value": each.value, "url": live_server.url} for name, each in cookies])
    cut_off = []
    for model in OURS:
        page.set_viewport_size({"width": DESK, "height": 900})
        page.goto(live_server.url + address(model, "changelist"))
        room, needed, _ = page.evaluate(WIDTHS)
        page.set_viewport_size({"width": TELEPHONE, "height": 800})
        page_width = page.evaluate(WIDTHS)[2]
        if needed > room or page_width > TELEPHONE:
            cut_off.append((model._meta.label, room, needed, page_width))
    assert cut_off == []
