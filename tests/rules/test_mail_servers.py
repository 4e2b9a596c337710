"""The address of a mail server: what it leaves out has a default, and what is none is refused."""

import pytest

from backstop.values.mail_servers import MailServer, MailServerRefused


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("smtp://mail.example", MailServer("smtp", "mail.example", 25)),
        ("smtps://mail.example/", MailServer("smtps", "mail.example", 465)),
        ("smtp+tls://a%40b:p%3A%2Fw@mail.example", MailServer("smtp+tls", "mail.example", 587, "a@b", "p:/w")),
        ("smtp://[::1]:1025", MailServer("smtp", "::1", 1025)),
    ],
)
def test_it_says_where_and_as_whom(text: str, server: MailServer) -> None:
    assert MailServer.from_text(text) == server


@pytest.mark.parametrize(
    "text",
    ["mail.example", "http://mail.example", "smtp://", "smtp://mail.example/folder", "smtp://mail.example?tls=1",
     "smtp://mail.example:99999", "smtp://mail.example:port", "smtp://[::1"],
)  # fmt: skip
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(MailServerRefused):
        MailServer.from_text(text)


@pytest.mark.parametrize(
    "text", ["smtp://me:se/cret@mail.example", "smtp://me:se\u2100cret@mail.example", "smtp://me:se?cret"]
)
def test_what_is_refused_tells_no_password_but_how_it_is_written(text: str) -> None:
    with pytest.raises(MailServerRefused, match=r"as in smtp\+tls://") as refused:
        MailServer.from_text(text)
    said = f"{refused.value!r}".replace("%2F", "")
    assert not any(part in said for part in ("cret", "'se", "me:se"))


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(MailServer.from_text("smtp://me:secret@mail.example"))
