#!/usr/bin/env python3
"""Checks that README.md and README.zh-CN.md have the same contents, each in its language.

    scripts/checks/readme.py

Section by section, both must have headings of the same level, the same code blocks except for comments, the same links,
images and inline code, the same number of list items, and tables with the same rows, columns and numbers. Linked files
must exist, and each page must link the other one in its first lines.

Prints the place of each difference. The exit status is 0 if there are none, otherwise 1.
"""

import collections, pathlib, re, sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMES = ['README.md', 'README.zh-CN.md']
SHELL = {'', 'sh', 'console'}  # Languages of code blocks with comments, which are translated.

COMMENT = re.compile(r'(?:^|\s+)# .*$')
LINK = re.compile(r'(!?)\[[^\]]*\]\(([^)\s]+)\)')
CODE = re.compile(r'`([^`\n]+)`')
NUMBER = re.compile(r'\d+(?:[.,]\d+)*(?:e-?\d+)?')


class Section:
    """A heading and what follows it. Everything has the number of its line."""

    def __init__(self, line, level):
        self.line, self.level = line, level
        self.blocks = []  # (line, language, lines)
        self.tables = []  # (line, rows)
        self.items = []
        self.links, self.images, self.code = [], [], []  # (line, text)


def sections(text):
    found = [Section(1, 0)]
    block = None
    lines = text.split('\n')
    for number, line in enumerate(lines, 1):
        section = found[-1]
        if block is not None:
            if line.startswith('```'):
                block = None
            else:
                block.append(line)
            continue
        if line.startswith('```'):
            block = []
            section.blocks.append((number, line[3:].strip(), block))
            continue
        if line.startswith('    ') and line.strip():
            last = section.blocks[-1] if section.blocks else None
            if last and last[0] + len(last[2]) == number:
                last[2].append(line)
            else:
                section.blocks.append((number, '', [line]))
            continue
        if heading := re.match(r'#+ ', line):
            section = Section(number, len(heading.group()) - 1)
            found.append(section)
        if line.startswith('|'):
            row = [cell.strip() for cell in line.strip('|').split('|')]
            if number > 1 and lines[number - 2].startswith('|'):
                section.tables[-1][1].append(row)
            else:
                section.tables.append((number, [row]))
        if line.startswith('- '):
            section.items.append(number)
        for mark, target in LINK.findall(line):
            (section.images if mark else section.links).append((number, target))
        section.code += [(number, code) for code in CODE.findall(line)]
    return found


def missing(ours, theirs, exactly):
    """The entries of `ours` that `theirs` lacks; with `exactly`, each must be there as often."""
    left = collections.Counter(text for _, text in theirs)
    for line, text in ours:
        if not left[text]:
            yield line, text
        elif exactly:
            left[text] -= 1


def compare_blocks(first, second):
    for (line, language, ours), (other, other_language, theirs) in zip(first.blocks, second.blocks):
        if language != other_language:
            yield line, other, f'the code blocks are {language or "plain"} and {other_language or "plain"}'
        start = 1 if language else 0
        for index, (one, two) in enumerate(zip(ours, theirs), start):
            if language in SHELL:
                if bool(COMMENT.search(one)) != bool(COMMENT.search(two)):
                    yield line + index, other + index, 'one line has a comment, the other one has none'
                one, two = COMMENT.sub('', one), COMMENT.sub('', two)
            if one != two:
                yield line + index, other + index, f'the code differs: {one.strip()!r} and {two.strip()!r}'
        if len(ours) != len(theirs):
            yield line, other, f'the code blocks have {len(ours)} and {len(theirs)} lines'


def compare_tables(first, second):
    for (line, ours), (other, theirs) in zip(first.tables, second.tables):
        if len(ours) != len(theirs):
            yield line, other, f'the tables have {len(ours)} and {len(theirs)} rows'
            continue
        for index, (one, two) in enumerate(zip(ours, theirs)):
            if len(one) != len(two):
                yield line + index, other + index, f'the rows have {len(one)} and {len(two)} columns'
            for cell, translated in zip(one, two):
                if sorted(NUMBER.findall(cell)) != sorted(NUMBER.findall(translated)):
                    yield line + index, other + index, f'the numbers differ: {cell!r} and {translated!r}'


def compare(first, second):
    """The differences of two sections: lines of both, and what differs."""
    for name, ours, theirs in (
            ('code blocks', first.blocks, second.blocks), ('tables', first.tables, second.tables),
            ('list items', first.items, second.items)):
        if len(ours) != len(theirs):
            yield first.line, second.line, f'the sections have {len(ours)} and {len(theirs)} {name}'
    yield from compare_blocks(first, second)
    yield from compare_tables(first, second)
    for name, exactly in (('links', True), ('images', True), ('code', False)):
        ours, theirs = getattr(first, name), getattr(second, name)
        for line, text in missing(ours, theirs, exactly):
            yield line, second.line, f'only the first has {text!r} ({name})'
        for line, text in missing(theirs, ours, exactly):
            yield first.line, line, f'only the second has {text!r} ({name})'


def main():
    faults = []
    pages = [sections((ROOT / name).read_text(encoding='utf-8')) for name in NAMES]
    for name, other, page in zip(NAMES, reversed(NAMES), pages):
        if not any(target == other and line <= 5 for section in page for line, target in section.links):
            faults.append(f'{name}:1: no link to {other} in the first five lines')
        for section in page:
            section.links = [(line, target) for line, target in section.links if target != other]
            for line, target in section.links + section.images:
                path = target.split('#')[0]
                if '://' not in target and path and not (ROOT / path).exists():
                    faults.append(f'{name}:{line}: {path} does not exist')
    for first, second in zip(*pages):
        if first.level != second.level:
            faults.append(
                f'{NAMES[0]}:{first.line}, {NAMES[1]}:{second.line}: the headings have the levels {first.level} and '
                f'{second.level}')
            break
        for line, other, difference in compare(first, second):
            faults.append(f'{NAMES[0]}:{line}, {NAMES[1]}:{other}: {difference}')
    if len(pages[0]) != len(pages[1]):
        faults.append(f'{NAMES[0]} has {len(pages[0]) - 1} headings, and {NAMES[1]} has {len(pages[1]) - 1}')
    print('\n'.join(faults), end='\n' if faults else '')
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
