"""YAML and JSON with places: scalars by JSON's rules, and nothing that a file could do to its reader."""

import pytest

from interfaces.cli.located import Spot, Unreadable, read


def test_scalars_are_what_json_would_take_them_for() -> None:
    text = "[no, NL, on, 2018-10, 12:30:00, 007, 1_000, .5, 0x1F, ~, null, true, 12, -3, 1.5, 2e3, '12', \"null\"]"
    assert read(text).root.plain() == [
        *("no", "NL", "on", "2018-10", "12:30:00", "007", "1_000", ".5", "0x1F"),
        *(None, None, True, 12, -3, 1.5, 2000.0, "12", "null"),
    ]


def test_every_value_has_its_place() -> None:
    root = read("a: 1\nb:\n  - {c: x}\n  - {c: y, d: 2018}\n").root
    assert root.at(("b", 1, "c")).spot == Spot(4, 9)
    assert root.at(("b", 1, "d")).key == Spot(4, 12)
    assert root.at(("b", 1, "d")).written == "2018"
    assert root.at(("b", 1, "missing")).spot == Spot(4, 5)


def test_a_key_that_stands_twice_is_told_with_both_places() -> None:
    assert read("a: 1\nb: 2\na: 3\n").twice == [("a", Spot(3, 1), Spot(1, 1))]


def test_json_is_read_line_by_line_too() -> None:
    text = '{\n\t"a": "x\\/y \\ud83d\\ude00 \\\\u0041",\n\t"b": [1, null]\n}'
    root = read(text, as_json=True).root
    assert root.plain() == {"a": "x/y 😀 \\u0041", "b": [1, None]}
    assert root.at(("b", 1)).spot == Spot(3, 11)
    with pytest.raises(Unreadable, match="2:3: this is not JSON"):
        read('{"a":\n  nope}', as_json=True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1, 2", "2:1: this is not YAML"),
        ("a: 'x\nb: 1", "this is not YAML"),
        ("a: !!python/object/apply:os.system [ls]", "1:4: tags such as"),
        ("a: &a [*a]", r"1:8: \*a stands for nothing"),
        ("a: 1\n---\nb: 2", "2:1: a second document"),
        ("", "1:1: the file is empty"),
        ("? [x]\n: 1", "1:3: the key of a mapping is text"),
        ("[" * 100, "1:41: this goes deeper than 40"),
        ("a: \x07", "1:4: the character"),
    ],
)
def test_what_is_not_read_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        read(text)


def test_aliases_stand_for_what_they_name_and_multiply_nothing() -> None:
    assert read("a: &x [1]\nb: *x\n").root.plain() == {"a": [1], "b": [1]}
    bomb = "a0: &a0 [" + "x," * 10 + "]\n"
    bomb += "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 20))
    with pytest.raises(Unreadable, match="aliases multiply this file"):
        read(bomb)
