"""The API key is masked in every spelling: as it is, escaped for JSON, URLs or HTML, and in base64."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicaonline.api.config import ApiConfig
from indicaonline.api.masking import Masker, common_spellings

CHARS = "abcXYZ0129/+=&<>\"'%-_."
AROUND = st.lists(st.sampled_from("zw/%&\\"), max_size=5).map("".join)
KEYS = st.lists(st.sampled_from(CHARS), min_size=5, max_size=40).map("".join)

Spell = Callable[[str], str]

SPELLINGS: dict[str, Spell] = {
    "plain": str,
    "json": lambda char: json.dumps(char)[1:-1],
    "slash": lambda char: "\\/" if char == "/" else json.dumps(char)[1:-1],
    "unicode": lambda char: f"\\u{ord(char):04x}",
    "UNICODE": lambda char: f"\\u{ord(char):04X}",
    "url": lambda char: quote(char, safe=""),
    "percent": lambda char: f"%{ord(char):02X}",
    "lower percent": lambda char: f"%{ord(char):02x}",
    "twice percent": lambda char: f"%25{ord(char):02X}",
    "html": html.escape,
    "decimal": lambda char: f"&#{ord(char)};",
    "hexadecimal": lambda char: f"&#x{ord(char):x};",
    "HEXADECIMAL": lambda char: f"&#X{ord(char):04X};",
    "html in json": lambda char: html.escape(char).replace("&", "\\u0026"),
    "json in json": lambda char: json.dumps(json.dumps(char)[1:-1])[1:-1],
}


def readable(text: str) -> set[str]:
    """A text, and what it is once its escapes are undone, again and again."""
    found = {text}
    for _ in range(3):
        found |= {unquote(each) for each in found} | {html.unescape(each) for each in found}
        found |= {re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), each) for each in found}
        found |= {re.sub(r'\\([/"\\])', r"\1", each) for each in found}
    return found


@given(KEYS, st.lists(st.sampled_from(sorted(SPELLINGS)), min_size=1, max_size=40), AROUND)
def test_no_mixture_of_spellings_is_readable(key: str, chosen: list[str], around: str) -> None:
    spelled = "".join(SPELLINGS[chosen[index % len(chosen)]](char) for index, char in enumerate(key))
    masked = Masker(key).text(f'{{"error": "{around}{spelled}|{around}"}}')
    assert "***" in masked
    assert not any(key in text for text in readable(masked))
    assert masked.startswith('{"error": "')
    assert masked.endswith(f'|{around}"}}')


@pytest.mark.parametrize("spelling", sorted(SPELLINGS))
def test_a_key_with_backslashes_is_masked(spelling: str) -> None:
    key = "ab\\\\\\cd\\/ef\\"
    masked = Masker(key).text(f"<{''.join(map(SPELLINGS[spelling], key))}>")
    assert masked == "<***>"


@given(KEYS, st.binary(max_size=8), st.binary(max_size=8), st.sampled_from(["plain", "url", "slash", "unicode"]))
def test_base64_of_it_is_masked_wherever_it_begins(key: str, before: bytes, after: bytes, spelling: str) -> None:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        encoded = encode(before + key.encode() + after).decode()
        spelled = "".join(SPELLINGS[spelling](char) if not char.isalnum() else char for char in encoded)
        masked = Masker(key).text(f"token: {spelled}.")
        assert masked.startswith("token: ")
        assert "***" in masked
        # What is left holds none of the key's bytes: at most what came before and after it.
        left, _, right = masked.removeprefix("token: ").removesuffix(".").partition("***")
        assert spelled.startswith(left)
        assert len(_unspelled(left)) <= len(before) * 8 // 6
        assert len(_unspelled(right).rstrip("=")) <= -(-len(after) * 8 // 6)


def _unspelled(text: str) -> str:
    return max(readable(text), key=lambda each: -len(each))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-16-le", "utf-32"])
def test_a_body_in_another_encoding_is_masked(encoding: str) -> None:
    key = "sk/live+0123="
    body = f'{{"echo": "{key}"}}'.encode(encoding)
    masked = Masker(key).body(body)
    assert b"***" in masked
    assert key not in masked.replace(b"\0", b"").decode("latin-1")


@given(st.binary(max_size=200))
def test_a_body_without_the_key_stays_what_it_is(body: bytes) -> None:
    assert Masker("sk/live+0123=9").body(body) is body


def test_long_runs_of_escapes_do_not_slow_it_down() -> None:
    """Every repetition in the patterns has a bound: this would take hours otherwise."""
    masker = Masker("\\\\\\\\\\\\\\\\/%%%%%%%%&&&&&&")
    for run in ("\\", "%25", "&amp;", "&amp;amp;#000", "\\u0026amp;"):
        assert masker.text(run * 20_000 + "!").endswith("!")


def test_a_config_masks_text_and_bodies() -> None:
    config = ApiConfig(key="sk/live+0123=9")
    assert config.mask("no sk\\/live%2b0123=9 here") == "no *** here"
    assert config.mask_body(b'{"a": "sk\\u002Flive&#43;0123=9"}') == b'{"a": "***"}'


def test_the_common_spellings_are_whole_texts_for_airflows_own_masker() -> None:
    spellings = common_spellings('k/+"<')
    assert {"k%2F%2B%22%3C", "k%2f%2b%22%3c", 'k\\/+\\"<', "k/+&quot;&lt;", "ay8rIjw="} <= set(spellings)
    assert common_spellings("abcde") == ["YWJjZGU="]
