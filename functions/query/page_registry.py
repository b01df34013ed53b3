"""The page's generated module: what its scripts take from the registries."""

import json

from aquasense.flags import quality_tests_for_page

PATH = "/page/registry.js"


def script() -> bytes:
    """Return the module's source."""
    exports = {"FLAGS": quality_tests_for_page()}
    lines = (
        f"export const {name} = {json.dumps(value, ensure_ascii=False)};\n"
        for name, value in exports.items()
    )
    return "".join(lines).encode()
