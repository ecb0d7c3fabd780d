"""What nobody would see is seen: on everything that the command line prints, through one sink."""

import io
import json
import sys
import unicodedata
from contextlib import redirect_stdout

from hypothesis import given
from hypothesis import strategies as st

from interfaces.cli.output import print_json, say, shown_to_people

OURS = "\t\n\r\x1b"


def hidden(character: str) -> bool:
    """Controls, and what turns the order of letters round."""
    turns = unicodedata.bidirectional(character) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    return (unicodedata.category(character) == "Cc" and character not in OURS) or turns


def printed(text: str) -> str:
    said = io.StringIO()
    with redirect_stdout(said), shown_to_people():
        sys.stdout.write(text)
    return said.getvalue()


@given(st.text())
def test_no_character_is_printed_that_nobody_sees(text: str) -> None:
    assert not any(map(hidden, printed(text)))
    if not any(map(hidden, text)) and not set(text) & set("\u2028\u2029\ufeff"):
        assert printed(text) == text


def test_what_turns_letters_round_is_shown_by_its_number() -> None:
    said = io.StringIO()
    with redirect_stdout(said), shown_to_people():
        say("killed: ", "\u202e12\u202c")
    assert said.getvalue() == "killed: <U+202E>12<U+202C>\n"
    # Joiners are spelling, in Persian and Kurdish.
    assert printed("می\u200cخواهم") == "می\u200cخواهم"


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_json_is_the_same_json_and_hides_nothing(value: object) -> None:
    said = io.StringIO()
    with redirect_stdout(said), shown_to_people():
        print_json(value)
    assert json.loads(said.getvalue()) == value
    assert not any(map(hidden, said.getvalue()))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_json_on_a_terminal_that_lacks_letters_is_still_json(text: str) -> None:
    said = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="strict")
    with redirect_stdout(said), shown_to_people():
        print_json([text])
    said.seek(0)
    assert json.loads(said.read()) == [text]
