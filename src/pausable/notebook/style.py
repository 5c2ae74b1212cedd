"""The style of what is shown in a notebook, for light and dark alike.

A notebook may be light or dark without the browser knowing, and each frontend has names of its own
for its colours. So nothing here depends on what is behind it: text and lines take the colour of the
page's text, and a state has a background of its own, with a text that is dark on it.
"""

from __future__ import annotations

__all__ = ["STYLE"]

# The class is named twice, to count for more than what frontends say of all tables.
STYLE = """\
.pausable.pausable {
  max-width: 64em; font-size: 13px; line-height: 1.45; color: inherit;
  * { box-sizing: border-box; }
  [hidden], .pausable-kind:empty, .pausable-says:empty, .pausable-more:empty, .pausable-note:empty {
    display: none; }
  .pausable-head {
    display: flex; flex-wrap: wrap; align-items: center; gap: .35em .75em; margin: .2em 0 .5em; }
  .pausable-name { font-weight: 600; font-size: 1.1em; overflow-wrap: anywhere; }
  .pausable-kind, .pausable-more { opacity: .75; }
  .pausable-more { margin: -.3em 0 .6em; }
  .pausable-scroll { overflow-x: auto; }
  table { border-collapse: collapse; margin: 0 0 .6em; font-size: inherit; width: auto; }
  caption {
    caption-side: top; text-align: left; padding: 0 0 .15em; font-weight: 600; color: inherit; }
  thead { border-bottom: 1px solid color-mix(in srgb, currentColor 45%, transparent); }
  tbody tr, tbody tr:nth-child(odd), tbody tr:hover {
    background: none; border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); }
  th, td {
    padding: .2em .9em .2em 0; text-align: left; vertical-align: baseline; border: none;
    max-width: 28em; overflow-wrap: anywhere; white-space: normal; color: inherit; }
  th { font-weight: 500; opacity: .8; white-space: nowrap; }
  .pausable-n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
  code { font-size: .92em; background: none; color: inherit; padding: 0; }
  .pausable-state {
    display: inline-block; padding: 0 .6em; border-radius: 1em; white-space: nowrap;
    color: #1d1d1f; background: #d6d8dc; }
  .pausable-state[data-state="running"] { background: #a9dfb6; }
  .pausable-state:is([data-state="paused"], [data-state="resting"]) { background: #ffd479; }
  .pausable-state:is([data-state="pausing"], [data-state="stopping"]) { background: #ffb27a; }
  .pausable-state[data-state="faulted"] { background: #ffa8a8; }
  button {
    font: inherit; padding: .15em 1em; border-radius: .4em; cursor: pointer; min-width: 6em;
    color: inherit; background: transparent; border: 1px solid currentColor; }
  button:hover { background: color-mix(in srgb, currentColor 12%, transparent); }
  button:focus-visible { outline: 2px solid #3b82f6; outline-offset: 2px; }
  button:disabled { opacity: .5; cursor: default; }
}
"""
