"""HTTP answers, whole, in pieces and broken."""

import pytest

from adapters.http_reply import MOST_HEAD, Malformed, Reply

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: a\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\nhel\r\n002;x=y\r\nlo\r\n0\r\nA: trailer\r\n\r\n"
)
INFORMED = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + PLAIN


@pytest.mark.parametrize("content", [PLAIN, CHUNKED, INFORMED], ids=["plain", "chunked", "1xx"])
@pytest.mark.parametrize("at_a_time", [1, 2, 7, 10_000])
def test_an_answer_is_complete_with_its_last_byte_and_not_before(content, at_a_time):
    answer = Reply()
    pieces = [content[start : start + at_a_time] for start in range(0, len(content), at_a_time)]
    assert [answer.feed(piece) for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    assert (answer.status, bytes(answer.body), answer.keep_alive) == (200, b"hello", True)


def test_without_length_the_end_of_the_connection_is_the_end_of_the_body():
    answer = Reply()
    assert not answer.feed(b"HTTP/1.1 200 OK\r\n\r\nhel")
    assert not answer.feed(b"lo")
    assert answer.end()
    assert (bytes(answer.body), answer.keep_alive) == (b"hello", False)


def test_a_connection_that_ends_early_completes_nothing():
    for cut in range(len(PLAIN)):
        answer = Reply()
        assert not answer.feed(PLAIN[:cut])
        assert not answer.end()


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_cannot_have_a_body_is_complete_with_its_head(status):
    assert Reply().feed(b"HTTP/1.1 %d x\r\n\r\n" % status)


@pytest.mark.parametrize(
    ("head", "kept"),
    [
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n", False),
        (b"HTTP/1.1 200 OK\r\nConnection: Close\r\n", False),
        (b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n", True),
        (b"HTTP/1.0 200 OK\r\n", False),
    ],
)
def test_whether_the_connection_can_be_used_again(head, kept):
    answer = Reply()
    assert answer.feed(head + b"Content-Length: 0\r\n\r\n")
    assert answer.keep_alive is kept


@pytest.mark.parametrize(
    "content",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n folded: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n",
        PLAIN + b"more",
        CHUNKED + b"more",
        CHUNKED.replace(b"3\r\nhel", b"2\r\nhel"),
        CHUNKED.replace(b"3\r\nhel", b"fffffff\r\nhel"),
        CHUNKED.replace(b"3\r\nhel", b"x\r\nhel"),
        b"HTTP/1.1 200 OK\r\nA: " + MOST_HEAD * b"x",
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused(content):
    with pytest.raises(Malformed):
        Reply().feed(content)
