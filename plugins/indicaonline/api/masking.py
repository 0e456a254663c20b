"""Masking of the API key in responses, in any spelling."""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from html import escape
from html.entities import html5
from typing import Final, NamedTuple
from urllib.parse import quote

MASK: Final = "***"

# RFC 4648: the standard alphabet (section 4), and the one for URLs (section 5).
_BASE64_URL: Final = {"+": "-", "/": "_"}
_BASE64_CHAR: Final = rb"[A-Za-z0-9+/_-]"
_PADDING: Final = rb"(?:=|%3[dD]|\\{1,7}u003[dD]){0,2}"


class Masker:
    """Replaces one secret by ``***``: unescaped, escaped, or in base64.

    Any character may be escaped for JSON (``\\/``, ``\\u002f``), a URL (``%2F``) or HTML (``&#47;``, ``&sol;``), in
    upper or lower case, and twice, as in JSON that quotes JSON.
    """

    def __init__(self, secret: str) -> None:
        # Base64 encodes groups of 3 bytes. So its spelling depends on the number of bytes before the secret modulo 3,
        # such as those of "user:" in basic authentication.
        cores = [_in_base64(secret, shift) for shift in range(3)]
        self._literals = [secret.encode(), *dict.fromkeys(form for core in cores for form in core.literals)]
        self._wide_literals = [width.join(_bytes_of(secret)) for width in (b"\0", b"\0\0\0")]  # UTF-16, UTF-32
        in_base64 = [char for core in cores for char in core.literals[0].decode() if char in _BASE64_URL]
        self._escapes = re.compile(_escaped(*dict.fromkeys([*secret, *in_base64])))
        spelled = _spelled(secret)
        self._escaped = re.compile(b"|".join([spelled, *(core.pattern for core in cores)]))
        in_unicode = rb"\x00{0,3}".join(map(re.escape, _bytes_of(secret)))
        # The wide patterns only replace: to find, the shorter ones suffice.
        self._pattern = re.compile(b"|".join([in_unicode, spelled, *(core.wide_pattern for core in cores)]))

    # A masker is an argument in tracebacks.
    def __repr__(self) -> str:
        return f"Masker('{MASK}')"

    def body(self, body: bytes) -> bytes:
        """Return the body without the secret; the same object if it has none."""
        return self._pattern.sub(MASK.encode(), body) if self._may_have(body) else body

    def _may_have(self, body: bytes) -> bool:
        """Return True if the slow pattern has to be applied."""
        # Searches for constant bytes run at the speed of memory, and most bodies end here.
        if any(literal in body for literal in self._literals):
            return True
        if b"\0" in body and any(literal in body for literal in self._wide_literals):
            return True
        # Every escape begins with one of these.
        if b"\\" not in body and b"%" not in body and b"&" not in body:
            return False
        return self._escapes.search(body) is not None and self._escaped.search(body) is not None

    def text(self, text: str) -> str:
        """Return the text without the secret."""
        # surrogatepass, because text from JSON may have halves of surrogate pairs.
        body = text.encode("utf-8", "surrogatepass")
        masked = self.body(body)
        return text if masked is body else masked.decode("utf-8", "surrogatepass")


# Compiling the patterns takes milliseconds, and every response is masked. A process has few secrets.
@lru_cache(maxsize=16)
def masker(secret: str) -> Masker:
    """Return the masker of a secret."""
    return Masker(secret)


def common_spellings(secret: str) -> list[str]:
    """Return likely spellings of a secret in logs, for maskers of constant texts."""
    quoted = quote(secret, safe="")
    lower = re.sub("%..", lambda match: match[0].lower(), quoted)
    in_json = secret.replace("\\", "\\\\").replace('"', '\\"')
    encoded = base64.b64encode(secret.encode()).decode()
    spellings = [quoted, lower, quote(secret), in_json, in_json.replace("/", "\\/"), escape(secret), encoded]
    return [text for text in dict.fromkeys(spellings) if text != secret]


def _bytes_of(secret: str) -> list[bytes]:
    return [char.encode() for char in secret]


def _spelled(secret: str) -> bytes:
    """Return a pattern of a secret of which any character may be escaped."""
    return b"".join(_spelled_part(part) for part in re.findall(r"\\+|.", secret))


def _spelled_part(part: str) -> bytes:
    """Return a pattern of one character, or of a run of backslashes."""
    # JSON doubles each backslash, once per level, so their number is open. Possessive (++), to avoid backtracking.
    code = _either_case(f"{ord(part[0]):02x}")
    pattern = rb"(?:%s|u00%s|%s)" % (re.escape(part[0].encode()), code, _escaped(part[0]))
    return pattern + b"++" if part[0] == "\\" else pattern


def _escaped(*chars: str) -> bytes:
    """Return a pattern of one of these ASCII characters, escaped."""
    # Every repetition has a bound, so that no body is slow to scan (catastrophic backtracking).
    codes = b"|".join(_either_case(f"{ord(char):02x}") for char in chars)
    numbers = [rb"#0{0,6}%d|#[xX]0{0,6}%s" % (ord(char), _either_case(f"{ord(char):02x}")) for char in chars]
    names = [re.escape(name[:-1].encode()) for name, text in html5.items() if text in chars and name.endswith(";")]
    entity = rb"(?:amp;){0,3}(?:%s);?" % b"|".join([*numbers, *names])
    in_json = [rb"u00(?:%s)" % codes, rb"u0026%s" % entity]
    in_json += [re.escape(char.encode()) for char in chars if not char.isalnum() and char != "\\"]
    return rb"\\\\{0,6}(?:%s)|%%(?:25){0,3}(?:%s|26%s)|&%s" % (b"|".join(in_json), codes, entity, entity)


def _either_case(digits: str) -> bytes:
    """Return a pattern of hexadecimal digits in upper and lower case."""
    return "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in digits).encode()


class _Core(NamedTuple):
    """The characters of base64 that encode only bits of the secret, in both alphabets; a pattern of them; and a pattern
    that includes the neighbouring characters, which encode some bits of it.
    """

    literals: tuple[bytes, bytes]
    pattern: bytes
    wide_pattern: bytes


def _in_base64(secret: str, shift: int) -> _Core:
    """Return the base64 of a secret after ``shift`` other bytes."""
    encoded = base64.b64encode(b"\0" * shift + secret.encode()).decode()
    # A character holds 6 bits. From the first one that begins in the secret to the last one that ends in it.
    core = encoded[-(-shift * 8 // 6) : (shift + len(secret)) * 8 // 6]
    in_url = core.translate(str.maketrans("+/", "-_"))
    pattern = b"".join(
        rb"(?:%s|%s)" % (_spelled(char), _BASE64_URL[char].encode()) if char in _BASE64_URL else char.encode()
        for char in core
    )
    left = _BASE64_CHAR + b"?" if shift else b""
    right = (_BASE64_CHAR + b"?" if (shift + len(secret)) % 3 else b"") + _PADDING
    return _Core((core.encode(), in_url.encode()), pattern, left + pattern + right)
