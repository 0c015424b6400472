"""The page that figures are drawn on: what fits, what can be read."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from detachment.figures._theme import (
    balance,
    contrast,
    diverging,
    drawable,
    plain,
    style,
    width_of,
    wrap,
)

WORDS = st.text(st.sampled_from("abcdefgh ijklm WWW...,ß"), max_size=80)


@given(WORDS, st.floats(20, 200))
def test_lines_are_not_wider_than_asked_and_nothing_is_lost(text: str, width: float) -> None:
    for lines in (wrap(text, width), balance(text, width)):
        # Kerning may move a letter by a fraction of a point.
        assert all(width_of(line) <= width + 0.5 for line in lines if len(line) > 2)
        joined = "".join(lines).replace("-", "").replace(" ", "")
        assert joined == plain(text).replace(" ", "")


@given(WORDS)
def test_balancing_takes_no_more_lines(text: str) -> None:
    assert len(balance(text, 60)) == len(wrap(text, 60))


@given(st.text())
def test_text_on_paper_is_one_line_without_invisible_letters(text: str) -> None:
    shown = plain(text)
    assert shown == plain(shown)
    assert all(letter.isprintable() for letter in shown)


def test_letters_that_the_font_has() -> None:
    assert drawable("Ich fühle − α ≤ Ω, ось")
    assert not drawable("日本語")


def test_neighbouring_shades_differ_in_grey() -> None:
    for count in range(2, 8):
        with style():
            shades = diverging(count)
        assert len(shades) == count
        grey = [0.299 * r + 0.587 * g + 0.114 * b for r, g, b in shades]
        half = count // 2
        low, high = grey[:half], grey[count - half :]
        least = 0.28 / max(half - 1, 1)
        assert all(b - a > least for a, b in pairwise(low))
        assert all(a - b > least for a, b in pairwise(high))
        if count % 2:
            assert grey[half] > max(low + high) + 0.1


def test_letters_on_a_colour_can_be_read() -> None:
    """WCAG 2.2, 1.4.3: the contrast of small text is at least 4.5 to 1."""

    def luminance(color: tuple[float, ...]) -> float:
        parts = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    with style():
        from detachment.figures._tiles import shade

        fills = [*diverging(5), *diverging(7), *(shade(k / 20) for k in range(-20, 21))]
    for fill in fills:
        letter = (0.0, 0.0, 0.0) if contrast(fill) == "#000000" else (0.996, 0.996, 0.996)
        light, dark = sorted((luminance(fill), luminance(letter)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5
