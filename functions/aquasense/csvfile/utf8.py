"""Decode UTF-8 with a fallback to Latin-1."""

import codecs

# Number of bytes outside ASCII in a chunk above which the chunk is decoded as Latin-1 as a whole.
MOST_FOREIGN = 1000

_NOT_ASCII = bytes(range(0x80, 0x100))
_Strict = codecs.getincrementaldecoder("utf-8")


class Utf8(codecs.IncrementalDecoder):
    """Decode UTF-8; bytes that are not valid UTF-8 are Latin-1, as in older Spanish files.

    Only letters with accents can differ, never a digit. A chunk with many invalid bytes is decoded
    as Latin-1 as a whole, because handling each of them is slow.
    """

    def __init__(self) -> None:
        super().__init__()
        self._utf8 = _Strict()

    def decode(self, data: bytes, /, final: bool = False) -> str:  # type: ignore[override]
        """Decode the next bytes; none of them is an error."""
        try:
            return self._utf8.decode(data, final)
        except UnicodeDecodeError:
            # The bytes of an incomplete character at the end of the previous chunk.
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
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("as-latin-1", _as_latin_1)
