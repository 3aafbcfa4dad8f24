"""Writes the Swift programs of the DocC articles as the sources of one target, so that a build checks that they compile.

    scripts/checks/articles.py FOLDER

A program is the code between one `import` of an article and the next, as one function. Blocks that only declare types or
functions belong to all programs of their article. scripts/checks/consumer builds the result.
"""

import re
import sys
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "Sources"
DECLARATION = re.compile(r"(?:///|//|@\w+|(?:final )?class |struct |enum |func |import |\}|\s|$)")


def programs(article: str):
    """Pairs of imports and statements."""
    blocks = re.findall(r"^```swift\n(.*?)^```", article, re.MULTILINE | re.DOTALL)
    declared, found = [], []
    for block in blocks:
        imports = set(re.findall(r"^import .*", block, re.MULTILINE))
        body = re.sub(r"^import .*\n", "", block, flags=re.MULTILINE)
        if imports or not found:
            found.append((set(), []))
        found[-1][0].update(imports)
        (declared if all(map(DECLARATION.match, body.splitlines())) else found[-1][1]).append(body)
    return [(imports, declared + statements) for imports, statements in found]


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True)
    for path in sorted(SOURCES.glob("*/*.docc/*.md")):
        # The consumer does not ask for the packages of the server. Examples/Server has that program.
        if path.stem == "ApusServer":
            continue
        for number, (imports, body) in enumerate(programs(path.read_text())):
            name = f"{path.stem}{number + 1}"
            lines = sorted(imports) + [f"func program{name}() async throws {{", *body, "}"]
            (folder / f"{name}.swift").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
