#!/usr/bin/env python3
"""Lays out the folders that the archives, packages and the image of a release are made from.

    packaging/tree.py --apus FILE --library FILE --openvino FOLDER --libtorch FOLDER --stubs FOLDER OUT

OUT/apus and OUT/apus-train are folders for one prefix, such as /usr, and contain:

    apus        bin/apus               the command
                lib/apus/*.so*         the system's libraries that it needs or opens, except those of glibc
                lib/apus/openvino      OpenVINO
                share/apus/fonts       fonts, for systems that have none, and their settings
    apus-train  lib/apus/libtorch      libApusTorch.so, which `apus` opens when it needs LibTorch, and LibTorch

OUT/apus-image contains what an image needs in addition: glibc, libcurl and certificates, under usr/ and etc/.

OUT/manifest.json lists every file with its origin, for packaging/notices.py and packaging/debian. OUT/glibc contains
the version of glibc that the files need at least.

The libraries of the system are Debian's; they are found as the loader finds them, with all that they need in turn.
Fails if afterwards a file needs a library that is in neither folder.
"""

import argparse, json, os, re, shutil, subprocess, sys

# The libraries of glibc. Those of the system are used: they belong to its loader.
GLIBC = re.compile(
    r'^(linux-vdso|ld-linux-x86-64|ld-linux-aarch64|lib(c|m|dl|rt|pthread|resolv|util|anl|mvec|nsl|nss_\w+))\.so\.\d+$')

# Libraries of the system that Apus opens when it needs them, and that the archives contain: with all that they need.
OPENED = ['libtiff.so.6', 'libheif.so.1', 'libzstd.so.1', 'libpangocairo-1.0.so.0']

# Libraries that Apus also opens when it needs them, but that the system must have: TLS and its certificates must be
# the system's, which gets security updates, and a driver fits the kernel.
SYSTEM = ['libcurl.so.4', 'libcuda.so.1']

# Other names of libraries above, for other systems.
OTHER_NAMES = ['libtiff.so.5']

# What is needed of OpenVINO to run ONNX and cached networks on a CPU.
OPENVINO = re.compile(
    r'^lib(openvino_c|openvino|openvino_intel_cpu_plugin|openvino_onnx_frontend|openvino_ir_frontend|tbb)\.so(\.\d+)*$')

# All of LibTorch that scripts/bootstrap unpacks.
LIBTORCH = re.compile(r'^lib.*\.so(\.\d+)*$')

# Fonts for charts, on systems without any.
FONTS = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf', 'DejaVuSansMono.ttf']

# The folders of libraries in lib/apus.
FOLDERS = ['', 'openvino', 'libtorch']

# Built from packaging/stubs: they replace libraries under the GPL of which Apus uses nothing.
STUBS = {'libx265.so.199', 'libjbig.so.0'}


def fail(message):
    sys.exit(f'tree.py: error: {message}')


def run(*command, **options):
    try:
        return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, **options).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        fail(error)


def is_elf(path):
    if os.path.islink(path) or not os.path.isfile(path):
        return False
    with open(path, 'rb') as file:
        return file.read(4) == b'\x7fELF'


def linked(path, *folders):
    """The libraries that the loader maps for a file: {name: path}, without glibc's. It searches `folders` first."""
    environment, found = {**os.environ, 'LD_LIBRARY_PATH': ':'.join(folders)}, {}
    for line in run('ldd', path, env=environment).splitlines():
        match = re.match(r'\s*(\S+) => (.+?)(?: \(0x[0-9a-f]+\))?$', line)
        if match and not GLIBC.match(match[1]):
            if match[2] == 'not found':
                fail(f'{path} needs {match[1]}, which is not installed')
            found[match[1]] = match[2]
    return found


def direct(path):
    """The names of the libraries that a file itself needs, without those of glibc."""
    names = re.findall(r'\(NEEDED\).*\[(.+)\]', run('readelf', '--dynamic', '--wide', path))
    return [name for name in names if not GLIBC.match(name)]


def system_library(name):
    """The path of a library of the system."""
    for line in run('/sbin/ldconfig', '-p').splitlines():
        match = re.match(r'\s*(\S+) \(.*x86-64.*\) => (.+)$', line)
        if match and match[1] == name:
            return match[2]
    fail(f'{name} is not installed, but belongs into the archives: install its Debian package')


def debian_origin(path):
    """The Debian package of a file, for the manifest."""
    places = {path, os.path.realpath(path)}
    # Packages name their files with or without the link /lib -> /usr/lib.
    places |= {place[4:] if place.startswith('/usr/') else '/usr' + place for place in places}
    for place in sorted(places):
        found = subprocess.run(
            ['dpkg-query', '--search', place], text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if found.returncode == 0:
            name = found.stdout.split(': ')[0].split(', ')[0]
            version, source = run('dpkg-query', '--show', '--showformat', '${Version} ${source:Package}', name).split()
            return {'component': 'debian', 'package': name.split(':')[0], 'version': version, 'source': source}
    fail(f'{path} is in no Debian package: its license is unknown')


class Tree:
    """The folder of one archive."""

    def __init__(self, out, name, below=None):
        self.name, self.folder, self.below = name, os.path.join(out, name), below
        self.files = {}  # By path in the folder: the origin of the file.

    def __contains__(self, path):
        return path in self.files or (self.below is not None and path in self.below)

    def add(self, source, path, origin):
        target = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copyfile(source, target)
        os.chmod(target, 0o755 if path.startswith('bin/') else 0o644)
        self.files[path] = origin

    def link(self, target, path, origin):
        place = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.symlink(target, place)
        self.files[path] = {**origin, 'link': target}

    def add_system(self, name, source, options):
        """Adds a library of the system under its name, and has it find its own ones in the same folder."""
        path = f'lib/apus/{name}'
        if path in self:
            return
        if name in STUBS:
            self.add(os.path.join(options.stubs, name), path, {'component': 'apus'})
            return
        self.add(source, path, {'component': 'swift'} if '/swift/linux/' in source else debian_origin(source))
        run('patchelf', '--set-rpath', '$ORIGIN', os.path.join(self.folder, path))

    def add_linked(self, path, options):
        """Adds the system's libraries that a file needs, directly or indirectly; the bundles have their own folders."""
        bundles = tuple(os.path.realpath(folder) + '/' for folder in (options.openvino, options.libtorch))
        places = linked(path, options.openvino, options.libtorch)
        done, queue = set(), direct(path)
        while queue:
            name = queue.pop()
            if name in done or os.path.realpath(places[name]).startswith(bundles):
                continue
            done.add(name)
            self.add_system(name, places[name], options)
            if name not in STUBS:
                queue += direct(places[name])

    def add_fonts(self):
        for name in FONTS:
            path = f'/usr/share/fonts/truetype/dejavu/{name}'
            self.add(path, f'share/apus/fonts/{name}', debian_origin(path))
        settings = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'fonts.conf')
        self.add(settings, 'share/apus/fonts/fonts.conf', {'component': 'apus'})

    def add_bundle(self, folder, pattern, name, options):
        """Adds the libraries of a folder whose names match, with links to those of the system that they need."""
        files, needed = [file for file in sorted(os.listdir(folder)) if pattern.match(file)], set()
        for file in files:
            source, path, origin = os.path.join(folder, file), f'lib/apus/{name}/{file}', {'component': name}
            if os.path.islink(source):
                self.link(os.readlink(source), path, origin)
            else:
                self.add(source, path, origin)
                self.add_linked(source, options)
                needed.update(direct(source))
        if not files:
            fail(f'{folder} has no libraries: run scripts/bootstrap')
        for library in sorted(needed):
            path = f'lib/apus/{name}/{library}'
            if path not in self and f'lib/apus/{library}' in self:
                self.link(f'../{library}', path, {'component': 'link'})

    def add_built(self, source, path, folders, options):
        """Adds a program or a library of Apus, which searches for libraries in `folders`, from its own folder."""
        self.add(source, path, {'component': 'apus'})
        self.add_linked(source, options)
        target = os.path.join(self.folder, path)
        # In this order: strip spoils what patchelf has moved.
        run('strip', '--strip-unneeded' if '.so' in path else '--strip-all', target)
        run('patchelf', '--set-rpath', ':'.join(f'$ORIGIN/{one}'.rstrip('/') for one in folders), target)

    def check_opened(self, source):
        """Fails if a program opens a library that is in none of the lists above."""
        with open(source, 'rb') as file:
            names = {name.decode() for name in re.findall(rb'\0(lib[\w+-]+\.so\.\d+)(?=\0)', b'\0' + file.read())}
        known = {*OPENED, *SYSTEM, *OTHER_NAMES}
        unknown = [name for name in sorted(names - known) if not GLIBC.match(name) and f'lib/apus/{name}' not in self]
        for folder in FOLDERS:
            unknown = [name for name in unknown if f'lib/apus/{folder}/{name}' not in self]
        needed = set(direct(source))
        unknown = [name for name in unknown if name not in needed]
        if unknown:
            fail(f'{source} opens {", ".join(unknown)} at run time: add each to a list in packaging/tree.py')


class Image(Tree):
    """What the image contains in addition to the first archive, which it has under /usr."""

    folders = 'usr/lib/x86_64-linux-gnu'

    def add_system(self, name, source):
        path = f'{self.folders}/{name}'
        if path in self:
            return
        if f'lib/apus/{name}' in self.below and name not in STUBS:
            self.link(f'../apus/{name}', path, {'component': 'link'})
        else:
            self.add(source, path, debian_origin(source))

    def fill(self):
        """Adds glibc, libcurl with what it needs, and certificates."""
        for name in ('libc', 'libm', 'libdl', 'librt', 'libpthread', 'libresolv', 'libnss_files', 'libnss_dns'):
            path = next(path for path in self.versions(name))
            self.add(path, f'{self.folders}/{os.path.basename(path)}', debian_origin(path))
        loader = '/lib64/ld-linux-x86-64.so.2'
        self.add(loader, 'usr/lib64/ld-linux-x86-64.so.2', debian_origin(os.path.realpath(loader)))
        os.chmod(os.path.join(self.folder, 'usr/lib64/ld-linux-x86-64.so.2'), 0o755)
        for name in ('lib', 'lib64'):
            self.link(f'usr/{name}', name, {'component': 'link'})
        source = system_library('libcurl.so.4')
        for name, place in sorted({'libcurl.so.4': source, **linked(source)}.items()):
            self.add_system(name, place)
        # Put together from the package ca-certificates when that is installed.
        certificates = debian_origin('/usr/share/doc/ca-certificates/copyright')
        self.add('/etc/ssl/certs/ca-certificates.crt', 'etc/ssl/certs/ca-certificates.crt', certificates)

    @staticmethod
    def versions(name):
        """The files of a library of glibc, such as libm.so.6."""
        folder = '/lib/x86_64-linux-gnu'
        found = [file for file in sorted(os.listdir(folder)) if re.fullmatch(name + r'\.so\.\d', file)]
        return [os.path.join(folder, file) for file in found] or fail(f'{folder} has no {name}.so')


def check_closed(trees):
    """Fails if a file needs a library that the loader would not find within the folders."""
    merged = {}
    for tree in trees:
        merged.update({path: tree for path in tree.files})
        for path in tree.files:
            file = os.path.join(tree.folder, path)
            if not is_elf(file):
                continue
            paths = re.findall(r'\((?:RUNPATH|RPATH)\).*\[(.+)\]', run('readelf', '--dynamic', '--wide', file))
            folders = [one.replace('$ORIGIN', os.path.dirname(path)) for one in ':'.join(paths).split(':') if one]
            folders = [os.path.normpath(one) for one in folders]
            if any(not one.startswith('lib/apus') for one in folders):
                fail(f'{path} has the run path {":".join(paths)}, which leads out of lib/apus')
            for name in direct(file):
                if not any(f'{folder}/{name}' in merged for folder in folders):
                    fail(f'{path} needs {name}, which is in none of {", ".join(folders) or "its folders"}')


def glibc_floor(trees):
    """The newest version of a glibc symbol that a file of the folders needs."""
    versions = set()
    for tree in trees:
        for path in tree.files:
            file = os.path.join(tree.folder, path)
            if is_elf(file):
                found = re.findall(r'GLIBC_(\d+(?:\.\d+)+)', run('objdump', '--dynamic-syms', file))
                versions.update(tuple(map(int, version.split('.'))) for version in found)
    return '.'.join(map(str, max(versions)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, text in (
            ('apus', 'the command'), ('library', 'libApusTorch.so'), ('openvino', "folder of OpenVINO's libraries"),
            ('libtorch', "folder of LibTorch's libraries"),
            ('stubs', 'folder of the libraries built from packaging/stubs')):
        parser.add_argument(f'--{name}', required=True, metavar='PATH', help=text)
    parser.add_argument('out', help='folder to write, which must not exist')
    options = parser.parse_args()
    os.makedirs(options.out)

    apus = Tree(options.out, 'apus')
    apus.add_built(options.apus, 'bin/apus', [f'../lib/apus/{folder}' for folder in FOLDERS], options)
    apus.add_bundle(options.openvino, OPENVINO, 'openvino', options)
    for name in OPENED:
        source = system_library(name)
        apus.add_system(name, source, options)
        apus.add_linked(source, options)
    apus.add_fonts()
    train = Tree(options.out, 'apus-train', below=apus)
    train.add_built(options.library, 'lib/apus/libtorch/libApusTorch.so', ['', '..'], options)
    train.add_bundle(options.libtorch, LIBTORCH, 'libtorch', options)
    image = Image(options.out, 'apus-image', below=apus)
    image.fill()
    apus.check_opened(options.apus)
    train.check_opened(options.library)
    check_closed([apus, train])

    with open(os.path.join(options.out, 'glibc'), 'w', encoding='utf-8') as file:
        file.write(glibc_floor([apus, train]) + '\n')
    with open(os.path.join(options.out, 'manifest.json'), 'w', encoding='utf-8') as file:
        json.dump({tree.name: dict(sorted(tree.files.items())) for tree in (apus, train, image)}, file, indent=1)


if __name__ == '__main__':
    main()
