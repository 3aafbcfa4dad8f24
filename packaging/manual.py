#!/usr/bin/env python3
"""Writes the manual pages of a command and its subcommands from the command's own help.

    COMMAND --experimental-dump-help | packaging/manual.py --version 1.2.3 --date 2026-01-31 FOLDER

FOLDER/apus.1 describes the command, FOLDER/apus-train.1 its subcommand `train`, and so on. The pages use the macros of
man(7). `--experimental-dump-help` is an option of every command that is built with Swift's ArgumentParser.
"""

import argparse, json, os, re, sys

# Paragraphs of a discussion that have a section of their own in a manual page.
SECTIONS = {'EXAMPLES': 'EXAMPLES', 'Exit status': 'EXIT STATUS'}


def escaped(text):
    """Returns text for roff: no character of it is read as a request or an escape."""
    text = text.replace('\\', '\\e').replace('-', '\\-').replace("'", '\\(aq').replace('`', '\\(ga')
    text = text.replace('^', '\\(ha').replace('~', '\\(ti')
    return '\n'.join('\\&' + line if line.startswith('.') else line for line in text.split('\n'))


def quoted(text):
    """Returns text as one argument of a macro."""
    return '"' + escaped(text).replace('"', '\\(dq') + '"'


def bold(text):
    return f'\\fB{escaped(text)}\\fR'


def italic(text):
    return f'\\fI{escaped(text)}\\fR'


def spelled(name):
    return {'long': '--', 'short': '-', 'longWithSingleDash': '-'}[name['kind']] + name['name']


def shown(argument):
    return argument.get('shouldDisplay', True)


def value(argument):
    return argument.get('valueName', 'value').upper()


def usage(argument):
    """The argument as the synopsis shows it."""
    if argument['kind'] == 'positional':
        text = italic(value(argument))
    else:
        text = bold(spelled(argument['preferredName']))
        if argument['kind'] == 'option':
            text += ' ' + italic(value(argument))
    if argument.get('isRepeating'):
        text += ' ...'
    return f'[{text}]' if argument.get('isOptional') else text


def entry(argument):
    """The argument with its description, as an item of a list."""
    if argument['kind'] == 'positional':
        heads = [italic(value(argument))]
    else:
        heads = [bold(spelled(name)) for name in argument['names']]
        if argument['kind'] == 'option':
            heads = [f'{head} {italic(value(argument))}' for head in heads]
    sentences = [argument.get('abstract') or '', argument.get('discussion') or '']
    if argument.get('allValues') and argument['kind'] == 'option':
        missing = [name for name in argument['allValues'] if name not in ' '.join(sentences)]
        if missing:
            sentences.append('Values: ' + ', '.join(argument['allValues']) + '.')
    if argument.get('defaultValue') and 'efault' not in ' '.join(sentences):
        sentences.append(f'Default: {argument["defaultValue"]}.')
    text = '\n'.join(sentence for sentence in sentences if sentence)
    return '.TP\n' + ', '.join(heads) + '\n' + prose(text, paragraph='.IP')


def prose(text, paragraph='.PP'):
    """Paragraphs are filled; lines that begin with spaces are shown as they are."""
    lines, verbatim, fresh = [], False, True
    for line in text.split('\n'):
        if line.startswith('  ') and line.strip():
            if not verbatim:
                lines += ['.RS 4', '.nf']
            verbatim = True
            lines.append(escaped(line[2:]))
            continue
        if verbatim:
            lines += ['.fi', '.RE']
            verbatim = False
        if not line.strip():
            if not fresh:
                lines.append(paragraph)
            fresh = True
        else:
            lines.append(escaped(line))
            fresh = False
    if verbatim:
        lines += ['.fi', '.RE']
    while lines and lines[-1] == paragraph:
        lines.pop()
    return '\n'.join(lines)


def divided(discussion):
    """The discussion without the paragraphs that have a section of their own, and those by section."""
    remaining, special = [], {}
    for paragraph in re.split(r'\n{2,}', discussion):
        first = paragraph.split('\n')[0]
        heading = next((heading for heading in SECTIONS if first == heading or first.startswith(heading + ':')), None)
        if heading is None:
            remaining.append(paragraph)
        else:
            text = paragraph[len(heading):].lstrip(':').lstrip(' ').lstrip('\n')
            special[SECTIONS[heading]] = text[:1].upper() + text[1:] if text[:1].isalpha() else text
    return '\n\n'.join(remaining), special


def visible_subcommands(command):
    return [one for one in command.get('subcommands', []) if shown(one) and one['commandName'] != 'help']


def page(command, names, version, date):
    """The manual page of a command, `names` being its name and those of the commands above it."""
    title = '-'.join(names)
    visible = [argument for argument in command.get('arguments', []) if shown(argument)]
    subcommands = visible_subcommands(command)
    discussion, special = divided(command.get('discussion') or '')
    abstract = (command.get('abstract') or 'command of Apus').rstrip('.')
    out = [
        f'.TH {quoted(title.upper())} 1 {quoted(date)} {quoted(f"{names[0]} {version}")} "User Commands"',
        '.nh', '.ad l', '.SH NAME', f'{escaped(title)} \\- {escaped(abstract[:1].lower() + abstract[1:])}',
        '.SH SYNOPSIS', f'.TP {len(" ".join(names)) + 1}n', bold(' '.join(names))]
    synopsis = [italic('SUBCOMMAND') + ' ...'] if subcommands else []
    synopsis = [usage(one) for one in visible if one['kind'] != 'positional' or not subcommands] + synopsis
    out.append('\n'.join(synopsis))
    if discussion:
        out += ['.SH DESCRIPTION', prose(discussion)]
    if subcommands:
        out.append('.SH SUBCOMMANDS')
        for one in subcommands:
            out += ['.TP', bold(one['commandName']), escaped(one.get('abstract') or '')]
            out.append(f'See {bold("-".join(names + [one["commandName"]]))}(1).')
    positional = [one for one in visible if one['kind'] == 'positional' and not subcommands]
    if positional:
        out += ['.SH ARGUMENTS'] + [entry(one) for one in positional]
    sections = []
    for one in visible:
        if one['kind'] != 'positional' and one.get('sectionTitle') not in sections:
            sections.append(one.get('sectionTitle'))
    if sections:
        out.append('.SH OPTIONS')
    for section in sorted(sections, key=lambda section: section is not None):
        if section is not None:
            out.append(f'.SS {quoted(section[:1].upper() + section[1:])}')
        out += [
            entry(one) for one in visible if one['kind'] != 'positional' and one.get('sectionTitle') == section]
    for section in ('EXAMPLES', 'EXIT STATUS'):
        if section in special:
            out += [f'.SH {section}', prose(special[section])]
    related = ['-'.join(names[:-1])] if len(names) > 1 else []
    related += ['-'.join(names + [one['commandName']]) for one in subcommands]
    if related:
        out += ['.SH SEE ALSO', ',\n'.join(f'{bold(name)}(1)' for name in related)]
    return '\n'.join(out) + '\n'


def write(command, above, options):
    names = above + [command['commandName']]
    path = os.path.join(options.folder, '-'.join(names) + '.1')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(page(command, names, options.version, options.date))
    for one in visible_subcommands(command):
        write(one, names, options)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--version', required=True, help='version of the command')
    parser.add_argument('--date', required=True, help='date of the pages')
    parser.add_argument('folder', help='folder of the pages')
    options = parser.parse_args()
    try:
        command = json.load(sys.stdin)['command']
    except (ValueError, KeyError) as error:
        sys.exit(f'manual.py: error: standard input is not the output of --experimental-dump-help: {error}')
    os.makedirs(options.folder, exist_ok=True)
    write(command, [], options)


if __name__ == '__main__':
    main()
