"""Parse what Hardcase wrote with hostile names in it, with the real parsers of each format; print one line for each problem.

    python3 check.py FOLDER    FOLDER/expected.json says which names went into which files
"""

import ast
import csv
import html.parser
import json
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

FOLDER = Path(sys.argv[1])
ACTS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)
problems = []


def problem(path, text):
    problems.append(f"{path.name}: {text}")


def xml_text(name):
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", name)


def junit(path, name):
    root = ET.parse(path).getroot()
    cases = list(root.iter("testcase"))
    if len(cases) != 4 or any(case.get("name") != xml_text(name) for case in cases):
        problem(path, f"names are {[case.get('name') for case in cases]}")
    if len(list(root.iter("failure"))) != 1 or len(list(root.iter("skipped"))) != 1:
        problem(path, "other verdicts")


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.text, self.ids, self.links = set(), set(), [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {key for key, _ in attrs}
        for key, value in attrs:
            if key == "id":
                self.ids.append(value)
            if key == "href":
                self.links.append(value)

    def handle_data(self, data):
        self.text.append(data)


TAGS = set(
    "html head meta title style body header h1 h2 h3 p b code span section table thead tbody tr th td a small article dl dt dd "
    "div figure figcaption svg image rect text polygon label input br script".split()
)
ATTRIBUTES = set(
    "lang charset name content class id href viewbox role aria-label width height type min max step value hidden data-value".split()
)


def page(path, name):
    source = path.read_text("utf-8")
    found = Page()
    found.feed(source)
    if found.tags - TAGS or found.attributes - ATTRIBUTES:
        problem(path, f"markup {found.tags - TAGS} {found.attributes - ATTRIBUTES}")
    if ACTS.search(source):
        problem(path, "controls")
    anchors = [link for link in found.links if link.startswith("#")]
    media = [link for link in found.links if not link.startswith("#")]
    if any(link[1:] not in found.ids for link in anchors) or len(anchors) != 3 or len(media) != 3:
        problem(path, "links lead nowhere")


def json_report(path, name):
    cases = json.loads(path.read_text("utf-8"))["suites"][0]["cases"]
    if [case["id"] for case in cases] != [name] * 4 or cases[0]["tags"] != [name]:
        problem(path, "another name")


def markdown(path, name):
    text = path.read_text("utf-8")
    bare = re.sub(r"\\[\\`*_{}\[\]()#+.!|<>~$&:-]", "", text).replace("<!-- -->", "·")
    rows = [line for line in bare.split("\n") if line.startswith("|")]
    if len(rows) != 5 or any(row.count("|") != 6 for row in rows):
        problem(path, f"rows {rows}")
    for row in rows[2:]:
        if re.search(r"[<>\[\]`~$&]", row) or re.search(r"(?<![\w`])@\w|https?://|\bwww\.", row):
            problem(path, f"markup in {row!r}")
    if ACTS.search(text):
        problem(path, "controls")


def tap(path, name):
    lines = path.read_text("utf-8").split("\n")
    if lines[0] != "TAP version 14" or lines[1] != "1..4" or lines.pop() != "":
        problem(path, "no plan")
    points, inside = 0, False
    for line in lines[2:]:
        if inside:
            inside = line != "  ..."
            value = line.strip().partition(": ")[2]
            if inside and not isinstance(json.loads(value), str):
                problem(path, f"detail {line!r}")
        elif line == "  ---":
            inside = True
        elif re.fullmatch(r"(not )?ok \d+ - ([^\\#]|\\[\\#])*( # (SKIP|TODO) ([^\\#]|\\[\\#])*)?", line):
            points += 1
        else:
            problem(path, f"line {line!r}")
    if points != 4 or ACTS.search("\n".join(lines)):
        problem(path, f"{points} points")


def github(path, name):
    text = path.read_text("utf-8")
    lines = text.split("\n")
    if len(lines) != 2 or ACTS.search(text):
        problem(path, f"{len(lines)} lines")
    for line in lines:
        if not re.fullmatch(r"::(error|warning) file=[^:,]*,title=[^:,]*::[^\r\n]*", line):
            problem(path, f"command {line!r}")


def sarif(path, name):
    text = path.read_text("utf-8")
    run = json.loads(text)["runs"][0]
    if [result["properties"]["case"] for result in run["results"]] != [name] * 2:
        problem(path, "another name")
    for result in run["results"]:
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        if not re.fullmatch(r"(file://)?([A-Za-z0-9._~/-]|%[0-9A-F]{2})*", uri):
            problem(path, f"address {uri!r}")
        if re.search(r"(?<!\\)(\\\\)*\[", result["message"]["text"]):
            problem(path, "a link in a message")
    if ACTS.search(text):
        problem(path, "controls")


def openmetrics(path, name):
    text = path.read_text("utf-8")
    lines = text.split("\n")
    if lines[-2:] != ["# EOF", ""] or ACTS.search(text):
        problem(path, "no end, or controls")
    value = r'"([^"\\]|\\[\\"n])*"'
    for line in lines[:-2]:
        sample = rf"[a-z0-9_]+(\{{[a-z0-9_]+={value}(,[a-z0-9_]+={value})*\}})? [0-9.]+"
        if not line.startswith("# ") and not re.fullmatch(sample, line):
            problem(path, f"line {line!r}")


def table(path, name):
    rows = list(csv.reader(path.open(encoding="utf-8", newline="")))
    if len(rows) != 2 or len(rows[1]) != 2 or rows[1][1] != "7":
        problem(path, f"rows {rows}")
    if path.suffixes[0] == ".guarded" and rows[1][0].lstrip(" ")[:1] in set("=+-@\t\r\n\uff1d"):
        problem(path, f"formula {rows[1][0]!r}")
    if path.suffixes[0] == ".plain" and rows[1][0] != name:
        problem(path, f"another name {rows[1][0]!r}")


def shape(tree):
    return re.sub(r"Constant\(value=('([^'\\]|\\.)*'|\"([^\"\\]|\\.)*\")", "Constant(value=''", ast.dump(tree))


def pytest(path, name):
    plain = ast.parse((FOLDER / "plain.py").read_text("utf-8"))
    source = path.read_text("utf-8")
    if shape(ast.parse(source)) != shape(plain):
        problem(path, "other code than with a plain name")
    if ACTS.search(source):
        problem(path, "controls")


def robot(path, name):
    try:
        from robot.api import get_model
        from robot.utils import unescape
    except ImportError:
        return
    model = get_model(str(path))
    tests = [test for section in model.sections for test in section.body if type(test).__name__ == "TestCase"]
    if [unescape(test.name) for test in tests] != [name]:
        problem(path, f"tests {[test.name for test in tests]}")
    for test in tests:
        calls = [(node.keyword, node.args) for node in test.body if type(node).__name__ == "KeywordCall"]
        if len(calls) != 1 or calls[0][0] != "Case Should Hold" or [unescape(a) for a in calls[0][1]] != [name]:
            problem(path, f"calls {calls}")


def exported(path, name):
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.suffix == ".xml":
            ET.parse(file)
        elif file.suffix in (".json", ".geojson"):
            json.loads(file.read_text("utf-8"))
        elif file.suffix == ".csv":
            rows = list(csv.reader(file.open(encoding="utf-8", newline="")))
            if len({len(row) for row in rows}) != 1:
                problem(file, "rows of other lengths")


CHECKS = {
    "junit": junit, "html": page, "json": json_report, "markdown": markdown, "tap": tap, "github": github,
    "sarif": sarif, "openmetrics": openmetrics, "table": table, "pytest": pytest, "robot": robot, "exported": exported,
}
expected = json.loads((FOLDER / "expected.json").read_text("utf-8"))
for kind, file, name in expected:
    try:
        CHECKS[kind](FOLDER / file, name)
    except Exception as err:
        problem(FOLDER / file, f"{kind} of {name!r}: {type(err).__name__}: {err}")
print("\n".join(problems))
