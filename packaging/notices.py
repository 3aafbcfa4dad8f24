#!/usr/bin/env python3
"""Writes the licenses of all that a release contains, and its bill of materials.

    packaging/notices.py --version 1.2.3 --swift 6.3 --time SECONDS --commit HASH --root FOLDER --packages FOLDER
        --wheels FOLDER [--inside PACKAGE...] TREES

TREES is the folder that packaging/tree.py has written. For each tree T this adds THIRD_PARTY.md and T.spdx.json (SPDX
2.3) in TREES/T/share/doc/T (usr/share/doc/T for the image). TREES/THIRD_PARTY.md has everything, and
TREES/T.copyright is that of a Debian package, which does not contain the system's libraries.

The licenses are those of Apus and its Swift packages (their folders are in --packages, next to workspace-state.json),
of Swift itself, of the wheels of OpenVINO and LibTorch (--wheels, a folder for each), and of Debian's packages
(/usr/share/doc/PACKAGE/copyright). --inside names Debian packages whose code is inside the programs. Fails if a license
is missing.
"""

import argparse, datetime, hashlib, json, os, re, shutil, subprocess, sys
from urllib.parse import quote

TITLES = {'openvino': 'OpenVINO', 'libtorch': 'LibTorch'}
DECLARED = {'openvino': 'Apache-2.0', 'libtorch': 'BSD-3-Clause', 'swift': 'Apache-2.0 WITH Swift-exception'}
PYPI = {'openvino': 'openvino', 'libtorch': 'torch'}
COMMON = '/usr/share/common-licenses'


def fail(message):
    sys.exit(f'notices.py: error: {message}')


def read(path):
    try:
        with open(path, encoding='utf-8', errors='replace') as file:
            return file.read()
    except OSError as error:
        fail(f'no license: {error}')


def guessed(text):
    """The license of a Swift package as an SPDX expression, or NOASSERTION."""
    if 'Apache License' in text:
        return 'Apache-2.0 WITH Swift-exception' if 'Runtime Library Exception' in text else 'Apache-2.0'
    return 'MIT' if 'Permission is hereby granted, free of charge' in text else 'NOASSERTION'


class Component:
    """Something with a version and licenses of its own."""

    def __init__(self, key, name, version, texts, declared='NOASSERTION', purl=None, about='', source=None):
        self.key, self.name, self.version, self.texts = key, name, version, texts
        self.declared, self.purl, self.about, self.source = declared, purl, about, source
        self.files = []

    @property
    def id(self):
        return 'SPDXRef-' + re.sub(r'[^A-Za-z0-9.-]', '-', self.key)


def license_files(folder):
    """The license files in a folder, as {relative path: text}."""
    found = {}
    for place, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            path = os.path.join(place, name)
            found[os.path.relpath(path, folder)] = read(path)
    return found or fail(f'{folder} has no license files')


def wheel(key, options):
    folder = os.path.join(options.wheels, key)
    version = read(os.path.join(folder, 'VERSION')).strip()
    texts = license_files(os.path.join(folder, 'licenses'))
    return Component(
        key, TITLES[key], version, texts, DECLARED[key], f'pkg:pypi/{PYPI[key]}@{quote(version)}',
        f'The libraries in `lib/apus/{key}`.')


def debian(name, version, about, source):
    text = read(f'/usr/share/doc/{name}/copyright')
    return Component(
        f'debian-{name}', name, version, {'copyright': text}, purl=f'pkg:deb/debian/{name}@{quote(version)}?arch=amd64',
        about=about, source=source)


def swift(options):
    """Swift's runtime library, and the Swift packages."""
    home = os.path.dirname(os.path.dirname(os.path.realpath(shutil.which('swift') or fail('swift is not installed'))))
    text = read(os.path.join(home, 'share/swift/LICENSE.txt'))
    yield Component(
        'swift', 'Swift', options.swift, {'LICENSE.txt': text}, DECLARED['swift'],
        about="Swift's runtime library, Foundation and Dispatch, inside the programs.")
    state = json.loads(read(os.path.join(options.packages, 'workspace-state.json')))
    for one in sorted(state['object']['dependencies'], key=lambda one: one['packageRef']['identity']):
        name, address = one['packageRef']['identity'], one['packageRef']['location']
        folder = os.path.join(options.packages, 'checkouts', one['subpath'])
        names = sorted(
            file for file in os.listdir(folder) if re.match(r'(LICENSE|LICENCE|NOTICE|COPYING)(\.\w+)?$', file))
        # Packages with code of others may have its licenses next to that code.
        for place, _, files in sorted(os.walk(os.path.join(folder, 'Sources'))):
            names += [os.path.relpath(os.path.join(place, file), folder) for file in sorted(files) if file == 'LICENSE']
        texts = {file: read(os.path.join(folder, file)) for file in names}
        if not any(not file.startswith('NOTICE') for file in texts):
            fail(f'{folder} has no license file')
        version = one['state']['checkoutState'].get('version', 'unknown')
        path = re.sub(r'^https://github\.com/|\.git$', '', address)
        yield Component(
            f'swift-package-{name}', name, version, texts, guessed(''.join(texts.values())),
            f'pkg:swift/github.com/{path}@{version}' if address.startswith('https://github.com/') else None,
            f'A Swift package, inside the programs: {address}.', address)


def components(tree, files, options):
    """The components of a tree by their keys; the first one is Apus."""
    apus = Component(
        tree, tree, options.version, {'LICENSE': read(os.path.join(options.root, 'LICENSE'))}, 'Apache-2.0',
        about='This program.')
    found, copies = {'apus': apus}, {}
    if tree != 'apus-image':
        found.update({one.key: one for one in swift(options)})
        for name in options.inside:
            version = debian_version(name)
            found[f'debian-{name}'] = debian(name, version, 'Code of this library is inside the programs.', None)
    for path, origin in files.items():
        key = origin['component']
        if key == 'debian':
            key = f'debian-{origin["package"]}'
            copies.setdefault(key, []).append(os.path.basename(path))
            if key not in found:
                found[key] = debian(origin['package'], origin['version'], '', origin['source'])
        elif key in TITLES and key not in found:
            found[key] = wheel(key, options)
        if key != 'link':
            found[key].files.append(path)
    for key, names in copies.items():
        files = ', '.join(f'`{name}`' for name in sorted(names))
        found[key].about = f'{found[key].about} Files: {files}.'.strip()
    return found


def debian_version(name):
    found = subprocess.run(
        ['dpkg-query', '--show', '--showformat', '${Version}', name], text=True, stdout=subprocess.PIPE)
    return found.stdout if found.returncode == 0 else fail(f'the Debian package {name} is not installed')


def document(title, parts):
    """THIRD_PARTY.md: every component with its license texts. A text that many have is there once."""
    known, common = {}, set()
    lines = [
        f'# Licenses of {title}', '',
        'This file lists everything that is included, with the license texts of each part. The libraries of Debian\'s',
        'packages are unmodified, except for the path on which they search for other libraries. Their sources are in',
        'Debian\'s archive, under the names and versions below.', '', '| part | version | license |', '|---|---|---|']
    for one in parts:
        lines.append(f'| {one.name} | {one.version} | {license_name(one)} |')
    for one in parts:
        lines += ['', f'## {one.name} {one.version}', '']
        if one.about:
            lines += [one.about, '']
        if one.source and one.key.startswith('debian-'):
            lines += [f'Debian source package: {one.source} {one.version}.', '']
        for name, text in one.texts.items():
            text = '\n'.join(line.rstrip() for line in text.strip('\n').split('\n'))
            common.update(re.findall(COMMON + r'/([A-Za-z0-9-]+(?:\.\d+)?)', text))
            if text in known:
                lines += [f'`{name}`: the same text as {known[text]}.', '']
                continue
            known[text] = f'`{name}` of {one.name}'
            fence = '`' * max(3, 1 + max(map(len, re.findall('`+', text)), default=0))
            lines += [f'`{name}`:', '', fence, text, fence, '']
    for name in sorted(common):
        path = os.path.join(COMMON, name)
        if not os.path.exists(path):
            path = os.path.join(COMMON, re.sub(r'\.0$', '', name))
        if os.path.exists(path):
            text = read(path).strip('\n')
            lines += ['', f'## {COMMON}/{name}', '', 'The texts above refer to this one.', '', '```', text, '```']
    return re.sub(r'\n{3,}(?=##|`)', '\n\n', '\n'.join(lines)) + '\n'


def license_name(one):
    return 'see below' if one.declared == 'NOASSERTION' else one.declared


def file_hashes(path):
    sums = [hashlib.sha1(), hashlib.sha256()]
    with open(path, 'rb') as file:
        while chunk := file.read(1 << 20):
            for one in sums:
                one.update(chunk)
    return [one.hexdigest() for one in sums]


def bill(tree, parts, folder, options):
    """The bill of materials of a tree, in SPDX 2.3."""
    packages, files, sums, relations = [], [], [], []
    apus = parts[0]
    for one in parts:
        package = {
            'SPDXID': one.id, 'name': one.name, 'versionInfo': one.version, 'downloadLocation': 'NOASSERTION',
            'filesAnalyzed': one is apus, 'licenseConcluded': 'NOASSERTION', 'licenseDeclared': one.declared,
            'copyrightText': 'NOASSERTION'}
        if one.declared == 'NOASSERTION':
            package['licenseComments'] = f'The license texts are in THIRD_PARTY.md, under {one.name}.'
        if one.purl:
            package['externalRefs'] = [{
                'referenceCategory': 'PACKAGE-MANAGER', 'referenceType': 'purl', 'referenceLocator': one.purl}]
        if one is apus:
            package['sourceInfo'] = f'Built from commit {options.commit}.'
            relations.append(('SPDXRef-DOCUMENT', 'DESCRIBES', one.id))
        else:
            relations.append((apus.id, 'CONTAINS', one.id))
        packages.append(package)
        for path in one.files:
            place = os.path.join(folder, path)
            if os.path.islink(place):
                continue
            first, second = file_hashes(place)
            sums.append(first)
            identifier = f'SPDXRef-File-{hashlib.sha256(path.encode()).hexdigest()[:16]}'
            files.append({
                'SPDXID': identifier, 'fileName': f'./{path}', 'licenseConcluded': 'NOASSERTION',
                'copyrightText': 'NOASSERTION', 'checksums': [
                    {'algorithm': 'SHA1', 'checksumValue': first}, {'algorithm': 'SHA256', 'checksumValue': second}]})
            relations.append((apus.id, 'CONTAINS', identifier))
            if one is not apus:
                relations.append((identifier, 'GENERATED_FROM', one.id))
    code = hashlib.sha1(''.join(sorted(sums)).encode()).hexdigest()
    packages[0]['packageVerificationCode'] = {'packageVerificationCodeValue': code}
    created = datetime.datetime.fromtimestamp(options.time, datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')
    text = json.dumps({
        'spdxVersion': 'SPDX-2.3', 'dataLicense': 'CC0-1.0', 'SPDXID': 'SPDXRef-DOCUMENT',
        'name': f'{tree}-{options.version}-linux-x86_64',
        'documentNamespace': f'https://spdx.org/spdxdocs/{tree}-{options.version}-{options.commit}',
        'creationInfo': {'created': created, 'creators': [f'Tool: apus-packaging-{options.version}']},
        'packages': packages, 'files': files, 'relationships': [
            {'spdxElementId': source, 'relationshipType': kind, 'relatedSpdxElement': target}
            for source, kind, target in relations]}, indent=1)
    return text + '\n'


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--version', required=True, help='version of Apus')
    parser.add_argument('--swift', required=True, help='version of Swift')
    parser.add_argument('--time', required=True, type=int, help='time of the commit, in seconds since 1970')
    parser.add_argument('--commit', required=True, help='hash of the commit')
    parser.add_argument('--root', required=True, help='folder of the sources')
    parser.add_argument('--packages', required=True, help="SwiftPM's folder with checkouts/ and workspace-state.json")
    parser.add_argument('--wheels', required=True, help='folder with openvino/ and libtorch/: VERSION and licenses/')
    parser.add_argument('--inside', action='append', default=[], help='Debian package of code inside the programs')
    parser.add_argument('trees', help='folder that packaging/tree.py has written')
    options = parser.parse_args()
    manifest = json.loads(read(os.path.join(options.trees, 'manifest.json')))
    everything = {}
    for tree, files in manifest.items():
        folder = os.path.join(options.trees, tree)
        doc = os.path.join(folder, 'usr' if tree == 'apus-image' else '', 'share/doc', tree)
        found = components(tree, files, options)
        parts = list(found.values())
        write(os.path.join(doc, 'THIRD_PARTY.md'), document(f'{tree} {options.version}', parts))
        write(os.path.join(doc, f'{tree}.spdx.json'), bill(tree, parts, folder, options))
        system = {f'debian-{name}' for name in options.inside}
        own = [one for key, one in found.items() if not key.startswith('debian-') or key in system]
        write(os.path.join(options.trees, f'{tree}.copyright'), document(f'{tree} {options.version}', own))
        everything.update({key: one for key, one in found.items() if key not in everything})
    text = document(f'Apus {options.version}', list(everything.values()))
    write(os.path.join(options.trees, 'THIRD_PARTY.md'), text)


if __name__ == '__main__':
    main()
