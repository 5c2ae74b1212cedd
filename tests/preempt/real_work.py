"""Real code over real input: jobs whose results can be compared."""

from __future__ import annotations

import csv
import difflib
import html.parser
import importlib.util
import io
import json
import json.encoder
import textwrap
import xml.etree.ElementTree as ET
import zipfile
from hashlib import sha256
from pathlib import Path

__all__ = ["JOBS"]

STDLIB = Path(textwrap.__file__).parent
SOURCES = [
    (STDLIB / f"{name}.py").read_text(encoding="utf-8")
    for name in (
        "textwrap",
        "shlex",
        "bisect",
        "heapq",
        "queue",
        "string" if (STDLIB / "string.py").exists() else "copy",
    )
]


def digest(text: str) -> str:
    """Make a large result small."""
    return sha256(text.encode()).hexdigest()


def rows(source: str) -> list[list[str]]:
    """Make a table of a text."""
    return [[f"{n}", line.strip(), line[:4] + '"'] for n, line in enumerate(source.splitlines())]


def json_in_python(source: str) -> str:
    """Encode by the encoder and decode by the scanner that are written in Python."""
    data = {"rows": rows(source), "nested": [[[n / 7]] for n in range(50)], "é\n": None}
    encoder = json.JSONEncoder(indent=1, sort_keys=True, ensure_ascii=False)
    encode = json.encoder._make_iterencode(
        {},
        encoder.default,
        json.encoder.py_encode_basestring,
        " ",
        repr,
        ": ",
        ", ",
        _sort_keys=True,
        _skipkeys=False,
        _one_shot=False,
    )
    text = "".join(encode(data, 0))
    decoder = json.JSONDecoder(parse_float=str)
    decoder.parse_string = json.decoder.py_scanstring
    decoder.scan_once = json.scanner.py_make_scanner(decoder)
    assert decoder.decode(text)["rows"] == data["rows"]
    return digest(text + encoder.encode(data))


def zip_files(source: str) -> str:
    """Write an archive to memory and read it again."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, part in enumerate(textwrap.wrap(source, 500)):
            archive.writestr(zipfile.ZipInfo(f"{number}.txt"), part)
    with zipfile.ZipFile(stream) as archive:
        assert archive.testzip() is None
        parts = [archive.read(name).decode() for name in archive.namelist()]
    return digest("".join(parts))


def csv_files(source: str) -> str:
    """Write a table and read it again, by names."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, ["n", "line", "start"])
    writer.writeheader()
    writer.writerows(dict(zip(writer.fieldnames, row, strict=True)) for row in rows(source))
    stream.seek(0)
    found = [[each["n"], each["line"], each["start"]] for each in csv.DictReader(stream)]
    assert found == rows(source)
    return digest(stream.getvalue() + csv.Sniffer().sniff(stream.getvalue()[:500]).delimiter)


def differences(source: str) -> str:
    """Compare a text with a changed one, in each of the formats."""
    one = source.splitlines(keepends=True)[:120]
    other = [line.replace("e", "ea") for line in one if "return" not in line]
    unified = "".join(difflib.unified_diff(one, other))
    return digest(unified + "".join(difflib.ndiff(one[:40], other[:40])))


class Outline(html.parser.HTMLParser):
    """Collects what it sees."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.seen.append(f"<{tag} {attrs}")

    def handle_endtag(self, tag) -> None:
        self.seen.append(f"</{tag}")

    def handle_data(self, data) -> None:
        self.seen.append(data)


def parse_html(source: str) -> str:
    """Parse a page that is made of a text, badly nested at places."""
    body = "".join(
        f"<p class='n{n}' title=\"&lt;{n}\">{html.escape(line)}<br><b>x</p>"
        for n, line in enumerate(source.splitlines())
    )
    outline = Outline()
    for start in range(0, len(body), 777):
        outline.feed(body[start : start + 777])
    outline.close()
    return digest("\n".join(outline.seen))


def xml_trees(source: str) -> str:
    """Build a tree, write it, read it, search it and change it."""
    root = ET.Element("file")
    for n, line in enumerate(source.splitlines()):
        ET.SubElement(root, "line", n=str(n), even=str(n % 2)).text = line.replace("\f", "")
    tree = ET.ElementTree(ET.fromstring(ET.tostring(root)))
    for each in tree.getroot().findall("./line[@even='1']"):
        each.tag = "odd"
    ET.indent(tree)
    stream = io.StringIO()
    tree.write(stream, encoding="unicode")
    return digest(stream.getvalue() + ET.canonicalize(stream.getvalue()))


def render_markdown(source: str) -> str:
    """Render a text by a package from PyPI."""
    import markdown  # noqa: PLC0415 - not everybody has it

    text = "\n\n".join(
        f"# Part {n}\n\n* {part}\n* `x`" for n, part in enumerate(textwrap.wrap(source, 400))
    )
    return digest(markdown.markdown(text, extensions=["extra", "toc"]))


TEMPLATE = """
{%- macro row(n, line) %}<tr class="{{ loop_class(n) }}"><td>{{ line|e|truncate(40) }}</td></tr>{% endmacro %}
{% for line in lines if line.strip() %}{{ row(loop.index, line) }}
{%- else %}nothing{% endfor %}
"""


def render_template(source: str) -> str:
    """Compile a template and render it, by a package from PyPI."""
    import jinja2  # noqa: PLC0415 - as above

    environment = jinja2.Environment(autoescape=True, cache_size=0)
    template = environment.from_string(TEMPLATE)
    return digest(
        template.render(lines=source.splitlines(), loop_class=lambda n: "odd" if n % 2 else "even")
    )


JOBS = {
    job.__name__: job
    for job in (
        json_in_python,
        zip_files,
        csv_files,
        differences,
        parse_html,
        xml_trees,
        *([render_markdown] if importlib.util.find_spec("markdown") else []),
        *([render_template] if importlib.util.find_spec("jinja2") else []),
    )
}
