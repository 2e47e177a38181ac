"""html_page: tables as HTML, whatever stands in their cells."""

import re

from wfimosaic.report.html_page import Section, Table, write_page


def test_what_is_special_in_html_is_escaped(tmp_path):
    section = Section("a<b", "c&d", Table(["<i>"], [["e<f>"]]))
    write_page(tmp_path / "page.html", "g<h>", [section])
    page = (tmp_path / "page.html").read_text()
    for written in ("<h2>a&lt;b</h2>", "<p>c&amp;d</p>", "<th>&lt;i&gt;</th>", "<td>e&lt;f&gt;</td>"):
        assert written in page
    assert page.count("g&lt;h&gt;") == 2 and "g<h>" not in page


def test_columns_of_numbers_are_set_to_the_right_and_rows_marked(tmp_path):
    rows = [["a", 1, 0.12345, True], ["b", None, 123456.7, False]]
    write_page(tmp_path / "page.html", "Title", [Section("One", table=Table(["name", "n", "x", "is"], rows, {1}))])
    page = (tmp_path / "page.html").read_text()
    assert '<tr><th>name</th><th class="number">n</th><th class="number">x</th><th>is</th></tr>' in page
    assert '<tr><td>a</td><td class="number">1</td><td class="number">0.123</td><td>True</td></tr>' in page
    marked = re.findall('<tr class="marked">(.*)</tr>', page)
    assert marked == ['<td>b</td><td class="number">-</td><td class="number">123457</td><td>False</td>']


def test_a_table_without_rows_has_its_header(tmp_path):
    write_page(tmp_path / "page.html", "Title", [Section("One", table=Table(["name"], []))])
    assert "<th>name</th>" in (tmp_path / "page.html").read_text()
