"""Tables as one HTML page that needs nothing else: no script, no network, no font of its own.

It is read by boards, printed and mailed on: everything that came from a record is escaped, and a policy in the page
forbids a browser to load anything, should that ever fail.
"""

from collections.abc import Sequence
from datetime import date
from html import escape

from stats.report.chart import bar_chart
from stats.report.style import CSS
from stats.report.words import LANGUAGE, Row, axis_name, code_name, facts, period, places, rows, summary, title
from stats.table import Figure, Table

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

_SUM = ' class="sum"'

_NOTE = """
<div class="note">
<h2>How to read these numbers</h2>
<p>Each count has a little random noise in it. It is there so that nobody, not even who knows all the others, can be
sure of a single person or conversation from a table.</p>
<ul>
<li>The thin line on each bar, and the number after ±, show how far the noise may reach: in 19 of 20 cases what was
reported lies within it.</li>
<li>“&lt;5” means few, or none. It does not mean that there was something.</li>
<li>Two counts whose ranges overlap are not known to differ. That holds for two reasons in one month, and for one
reason in two months.</li>
<li>Sums are made from the counts as they were released, before small ones are shown as “&lt;5”; their range is wider,
because the noise of each count is in them.</li>
<li>A contact is not a person: one person may have had several, and a group reaches many. What nobody logged is not
here.</li>
<li>Do not rank people, units or teams by these tables. They were made to see where support is needed.</li>
</ul>
</div>
"""


def as_html(tables: Sequence[Table], programme: str, made: date) -> str:
    """The page. `programme`: the name people know it by; `made`: the day it is made on."""
    heading = f"Statistics of {escape(programme)}"
    contents = "\n".join(
        f'<li><a href="#table-{place}">{escape(title(shown))}, {escape(period(shown))}</a></li>'
        for place, shown in enumerate(tables, 1)
    )
    body = "\n".join(_section(f"table-{place}", shown) for place, shown in enumerate(tables, 1))
    nothing = "" if tables else "<p>Nothing has been released.</p>"
    return f"""<!doctype html>
<html lang="{LANGUAGE}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{heading}</title>
<style>{CSS}</style>
</head>
<body>
<header>
<h1>{heading}</h1>
<p>Made on {made.isoformat()}</p>
</header>
<main>
{_NOTE}{nothing}
<nav aria-label="Tables"><ol>
{contents}
</ol></nav>
{body}
</main>
</body>
</html>
"""


def _section(name: str, shown: Table) -> str:
    crossed = len(shown.task.axes) == 2
    found = rows(shown)
    coded = [row for row in found if not row.part][: -2 if shown.task.once else -1]
    about = "; ".join(f"{row.label}: {row.figure}" for row in coded)
    chart = bar_chart(
        coded, name=name, title=f"{title(shown)}, {period(shown)}", about=f"Bars with error bars. {about}."
    )
    said = "".join(f'<p class="summary">{escape(line)}</p>\n' for line in summary(shown))
    listed = "\n".join(f"<dt>{escape(term)}</dt><dd>{escape(value)}</dd>" for term, value in facts(shown))
    return f"""<section id="{name}" aria-labelledby="{name}-heading">
<h2 id="{name}-heading">{escape(title(shown))}</h2>
<p class="period">{escape(period(shown))}</p>
{said}<div class="pair{" wide" if crossed else ""}">
{chart}
<div class="scroll">
{_crossed(shown) if crossed else _plain(shown, found)}
</div>
</div>
<dl>
{listed}
</dl>
</section>"""


def _plain(shown: Table, found: Sequence[Row]) -> str:
    last = len(found) - (2 if shown.task.once else 1)
    lines = "\n".join(
        f'<tr{_SUM if place == last else ""}><th scope="row">{escape(row.label)}</th>'
        f"{_count(row.figure)}{_error(row.figure)}</tr>"
        for place, row in enumerate(found)
    )
    return f"""<table>
<thead><tr><th scope="col">{escape(axis_name(shown, 0))}</th>
<th scope="col">Count</th><th scope="col">±</th></tr></thead>
<tbody>
{lines}
</tbody>
</table>"""


def _crossed(shown: Table) -> str:
    first, second = (axis.codes for axis in shown.task.axes)
    order = places(shown, 1)
    columns = "".join(f'<th scope="col">{escape(code_name(shown, 1, second[inner]))}</th>' for inner in order)
    lines = []
    for place in places(shown, 0):
        counts = "".join(_count(shown.figure(place * len(second) + inner)) for inner in order)
        whole = shown.along(0, place)
        head = f'<th scope="row">{escape(code_name(shown, 0, first[place]))}</th>'
        lines.append(f"<tr>{head}{counts}{_count(whole, 'sum')}{_error(whole)}</tr>")
    sums = [shown.along(1, inner) for inner in order]
    whole = shown.total()
    counts = "".join(_count(one) for one in sums)
    lines.append(f'<tr class="sum"><th scope="row">All</th>{counts}{_count(whole, "sum")}{_error(whole)}</tr>')
    body = "\n".join(lines)
    return f"""<table>
<caption>Each count ± {shown.figure(0).error}; sums of a column ± {sums[0].error}.</caption>
<thead><tr><th scope="col">{escape(axis_name(shown, 0))}</th>{columns}
<th scope="col">All</th><th scope="col">±</th></tr></thead>
<tbody>
{body}
</tbody>
</table>"""


def _count(figure: Figure, kind: str = "") -> str:
    text = str(figure).split(" ")[0]
    kinds = " ".join(word for word in (kind, "small" if text.startswith("<") else "") if word)
    marked = f' class="{kinds}"' if kinds else ""
    return f"<td{marked}>{escape(text)}</td>"


def _error(figure: Figure) -> str:
    return f'<td class="error">± {figure.error}</td>'
