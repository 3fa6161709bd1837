"""The page for boards: well-formed, alone, and deaf to what records say."""

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from schemas.task import Axis
from stats.report.as_html import as_html
from stats.report.chart import bar_chart
from stats.report.words import Row
from stats.table import Figure, table
from tests.stats.report.samples import programme

DAY = date(2026, 11, 23)
VOID = {"meta", "link", "img", "br", "hr", "input"}


class Page(HTMLParser):
    """Every element with its attributes; a tag that is not closed where it should be is an error."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def page(n: int = 100, name: str = "Buddies") -> str:
    return as_html([table(one) for one in programme(n)], name, DAY)


@pytest.mark.parametrize("n", [20, 100, 1000])
def test_each_table_has_its_chart_and_a_real_table(n: int) -> None:
    found = Page(page(n))
    assert len(found.all("section")) == len(found.all("svg")) == len(found.all("table")) == 3
    assert [one["lang"] for one in found.all("html")] == ["en"]
    assert all(one.get("scope") in {"row", "col"} for one in found.all("th"))
    names = [one["id"] for _, one in found.found if "id" in one]
    assert len(names) == len(set(names))
    for svg in found.all("svg"):
        assert svg["role"] == "img"
        assert set((svg["aria-labelledby"] or "").split()) <= set(names)
    assert {one["href"] for one in found.all("a")} == {f"#table-{place}" for place in (1, 2, 3)}


def test_it_loads_and_runs_nothing() -> None:
    text = page()
    found = Page(text)
    assert {tag for tag, _ in found.found}.isdisjoint({"script", "link", "img", "iframe", "object", "form", "base"})
    for _, attributes in found.found:
        assert not any(name.startswith("on") or name in {"src", "style"} for name in attributes)
    assert "http://" not in text
    assert "https://" not in text
    assert "url(" not in text
    assert "@import" not in text
    policies = [one["content"] for one in found.all("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"]


@pytest.mark.parametrize(
    "evil", ["<script>alert(1)</script>", '"><img src=x onerror=y>', "</title><svg onload=z>", "&lt;b"]
)
def test_what_records_say_is_text(evil: str) -> None:
    # The codec refuses such codes; the page does not count on it.
    one = programme(20)[1]
    kinds, modality = one.task.axes
    for axes in ((Axis(evil, kinds.codes), modality), (Axis("contact_kind", (evil, *kinds.codes[1:])), modality)):
        shown = table(replace(one, task=replace(one.task, axes=axes)))
        found = Page(as_html([shown], evil, DAY))
        plain = Page(as_html([table(one)], "Buddies", DAY))
        assert [tag for tag, _ in found.found] == [tag for tag, _ in plain.found]
        assert any(evil in words for words in found.words)


def test_small_counts_are_nowhere() -> None:
    one = programme(100)[0]
    few = replace(one, cells=(*one.cells[:-2], -7, 3))
    text = as_html([table(few)], "Buddies", DAY)
    assert ">-7<" not in text
    assert ">3<" not in text
    assert len(re.findall(r'<td class="small">&lt;5</td>', text)) == sum(cell < 5 for cell in few.cells)


def test_it_prints_one_table_a_page_in_both_schemes() -> None:
    text = page()
    assert "prefers-color-scheme: dark" in text
    assert re.search(r"@media print.*section \{ break-before: page", text, re.DOTALL)


def test_nothing_released() -> None:
    text = as_html([], "Buddies", DAY)
    assert "Nothing has been released." in text
    assert Page(text).all("table") == []


def rows(*figures: tuple[int, int]) -> list[Row]:
    return [Row(f"<{place}>", Figure(count, error, 1.0), part=False) for place, (count, error) in enumerate(figures)]


@pytest.mark.parametrize("most", [0, 1, 5, 37, 999, 123_456, 2**40])
def test_a_chart_is_well_formed_and_inside_its_frame(most: int) -> None:
    svg = bar_chart(rows((most, 6), (-most, 6), (3, 6)), name="n", title="<t>", about="a & b")
    root = ET.fromstring(svg)
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    for bar in root.iter("rect"):
        assert 0 <= float(bar.attrib["x"]) <= float(bar.attrib["x"]) + float(bar.attrib["width"]) <= width
        assert 0 <= float(bar.attrib["y"]) <= height
    for path in root.iter("path"):
        start, end = re.match(r"M([\d.]+) [\d.]+H([\d.]+)", path.attrib["d"]).groups()  # type: ignore[union-attr]
        assert 240 <= float(start) <= float(end) <= width
    assert len(list(root.iter("line"))) <= 8
    assert len(list(root.iter("rect"))) == (most >= 5)
    texts = [element.text for element in root.iter("text")]
    assert texts.count("<5") == 3 - (most >= 5)


def test_a_chart_of_nothing_is_none() -> None:
    with pytest.raises(ValueError):
        bar_chart([], name="n", title="t", about="a")
