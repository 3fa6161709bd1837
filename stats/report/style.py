"""The style sheet of the HTML report: screens, light and dark, and paper."""

CSS = """
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1d2327; --soft: #5b6770; --rule: #d9dfe3; --bar: #6f9db8; --whisker: #1f4e6b;
    --note: #f3f6f8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14191d; --ink: #e6eaed; --soft: #9aa7b0; --rule: #333d44; --bar: #4d7f9c; --whisker: #cfe4f0;
      --note: #1c2429;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 68rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
}
h1 { font-size: 1.75rem; font-weight: 600; line-height: 1.2; margin: 0; }
h2 { font-size: 1.25rem; font-weight: 600; line-height: 1.3; margin: 0; }
header p, .period { color: var(--soft); margin: .25rem 0 0; }
.note { background: var(--note); border-radius: .5rem; padding: 1rem 1.25rem; margin: 1.75rem 0 0; }
.note h2 { font-size: 1rem; }
.note p, .note ul { margin: .4rem 0 0; }
.note ul { padding-left: 1.2rem; }
nav { margin: 1.75rem 0 0; }
nav ol { margin: .4rem 0 0; padding-left: 1.4rem; }
a { color: inherit; text-decoration-color: var(--soft); text-underline-offset: .15em; }
section { margin-top: 3rem; padding-top: 2rem; border-top: 1px solid var(--rule); break-inside: avoid; }
.summary { margin: .75rem 0 0; font-weight: 600; }
.pair { display: grid; grid-template-columns: minmax(0, 1.45fr) minmax(0, 1fr); gap: 1.5rem 2.5rem;
  margin-top: 1.25rem; align-items: start; }
.pair.wide { grid-template-columns: minmax(0, 1fr); }
.chart { display: block; width: 100%; max-width: 44rem; height: auto; font-size: 13px; }
.chart text { fill: var(--ink); font-variant-numeric: tabular-nums; }
.chart .tick, .chart .small { fill: var(--soft); }
.chart .tick { font-size: 11px; }
.chart .grid { stroke: var(--rule); stroke-width: 1; }
.chart .bar { fill: var(--bar); }
.chart .whisker { stroke: var(--whisker); stroke-width: 1.5; fill: none; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; line-height: 1.35;
  font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding-bottom: .4rem; }
th, td { padding: .3rem .4rem; border-bottom: 1px solid var(--rule); text-align: right; vertical-align: baseline;
  white-space: nowrap; }
th:first-child { text-align: left; padding-left: 0; white-space: normal; }
th { font-weight: 400; }
thead th { color: var(--soft); vertical-align: bottom; }
.wide thead th { white-space: normal; }
td.error, td.small { color: var(--soft); }
tr.sum th, tr.sum td, td.sum { font-weight: 600; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1.25rem; margin: 1.5rem 0 0;
  color: var(--soft); font-size: .8125rem; }
dt, dd { margin: 0; }
@media (max-width: 50rem) { .pair { grid-template-columns: minmax(0, 1fr); } body { padding-top: 1.5rem; } }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .3rem; color: var(--ink); } }
@page { size: A4; margin: 16mm 15mm; }
@media print {
  :root {
    color-scheme: light;
    --paper: #ffffff; --ink: #000000; --soft: #444444; --rule: #c9ced2; --bar: #8fb3c8; --whisker: #000000;
      --note: #ffffff;
  }
  body { padding: 0; max-width: none; font-size: 10.5pt; print-color-adjust: exact;
    -webkit-print-color-adjust: exact; }
  .note { border: 1px solid var(--rule); }
  section { break-before: page; border: 0; margin: 0; padding: 0; }
  .pair { grid-template-columns: minmax(0, 1.2fr) minmax(0, 1fr); gap: 6mm; }
  .pair.wide { grid-template-columns: minmax(0, 1fr); }
  .scroll { overflow: visible; }
  table { font-size: 8pt; line-height: 1.2; }
  th, td { padding: .18rem .3rem; }
  .wide table { font-size: 7.5pt; }
  .wide th, .wide td { padding: .2rem; }
  dl { font-size: 8pt; margin-top: 4mm; }
  a { text-decoration: none; }
}
"""
