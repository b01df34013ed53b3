"""Text that is UTF-8, or mostly, or was meant to be."""

import codecs

# Bytes of a piece that are not ASCII, from which on they are not looked at one by one.
MOST_FOREIGN = 1000

_NOT_ASCII = bytes(range(0x80, 0x100))
_Strict = codecs.getincrementaldecoder("utf-8")


class Utf8(codecs.IncrementalDecoder):
    """UTF-8, in which what is none is Latin-1, as older Spanish files have it.

    Only accents can be concerned, never a digit. A piece that is full of such bytes is Latin-1 as
    a whole, because each of them costs time.
    """

    def __init__(self) -> None:
        super().__init__()
        self._utf8 = _Strict()

    def decode(self, data: bytes, /, final: bool = False) -> str:  # type: ignore[override]
        """The text of some more bytes; none of them is refused."""
        try:
            return self._utf8.decode(data, final)
        except UnicodeDecodeError:
            # What of a character the piece before ended with is still to be decoded.
            held, _ = self._utf8.getstate()
            self._utf8.reset()
        if len(data) - len(data.translate(None, _NOT_ASCII)) > MOST_FOREIGN:
            return (held + data).decode("latin-1")
        lenient = _Strict("as-latin-1")
        text = lenient.decode(held + data, final)
        self._utf8.setstate(lenient.getstate())
        return text


def _as_latin_1(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return wrong.decode("latin-1"), error.end


codecs.register_error("as-latin-1", _as_latin_1)
