"""Decode UTF-8 with a fallback to Latin-1."""

import codecs

# Most bytes outside ASCII in a chunk whose invalid bytes are decoded one by one.
MAX_NON_ASCII = 1000

_NON_ASCII = bytes(range(0x80, 0x100))
_utf8_decoder = codecs.getincrementaldecoder("utf-8")


class Utf8Decoder(codecs.IncrementalDecoder):
    """Decode UTF-8; bytes that are not valid UTF-8 are Latin-1, as in older Spanish files.

    Only letters with accents can differ, never a digit. A chunk with many invalid bytes is decoded
    as Latin-1 as a whole, because handling each of them is slow.
    """

    def __init__(self) -> None:
        super().__init__()
        self._utf8 = _utf8_decoder()

    def decode(self, data: bytes, /, final: bool = False) -> str:  # type: ignore[override]
        """Decode the next bytes; no byte is an error."""
        try:
            return self._utf8.decode(data, final)
        except UnicodeDecodeError:
            # An incomplete character at the end of the previous chunk.
            pending, _ = self._utf8.getstate()
            self._utf8.reset()
        if len(data) - len(data.translate(None, _NON_ASCII)) > MAX_NON_ASCII:
            return (pending + data).decode("latin-1")
        lenient = _utf8_decoder("as-latin-1")
        text = lenient.decode(pending + data, final)
        self._utf8.setstate(lenient.getstate())
        return text


def _as_latin_1(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("as-latin-1", _as_latin_1)
