#!/usr/bin/env python3
"""Writes the image of a release: an archive in the OCI image layout, for podman, docker, skopeo, umoci and others.

    packaging/image.py --version 1.2.3 --time SECONDS --commit HASH TREES FILE

TREES is the folder that packaging/tree.py and packaging/notices.py have written. The image has two layers: apus-image,
and apus under /usr. It has no shell and no package manager. Its entry point is `apus`, its user is 65532, and its
working folder is /work, where a folder with models and images is expected. The same input gives the same bytes.
"""

import argparse, datetime, gzip, hashlib, io, json, os, sys, tarfile

USER = 65532
FILES = {
    'etc/passwd': f'root:x:0:0:root:/root:/sbin/nologin\napus:x:{USER}:{USER}:apus:/home/apus:/sbin/nologin\n',
    'etc/group': f'root:x:0:\napus:x:{USER}:\n',
    # Names of computers: from the file, then from the DNS server.
    'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
}
# Folders with mode and owner: a program may write into those of the user.
FOLDERS = {'tmp': (0o1777, 0), 'home/apus': (0o777, USER), 'work': (0o777, USER)}


def fail(message):
    sys.exit(f'image.py: error: {message}')


class Layer:
    """The tar archive of a layer, with sorted names and without anything that varies between runs."""

    def __init__(self, seconds):
        self.seconds, self.entries = seconds, {}

    def entry(self, name, kind, mode, owner=0):
        info = tarfile.TarInfo(name)
        info.type, info.mode, info.mtime, info.uid, info.gid = kind, mode, self.seconds, owner, owner
        self.entries.setdefault(name, (info, None))
        parent = os.path.dirname(name)
        if parent and parent not in self.entries:
            self.entry(parent, tarfile.DIRTYPE, 0o755)
        return info

    def folder(self, name, mode=0o755, owner=0):
        self.entry(name, tarfile.DIRTYPE, mode, owner)

    def link(self, name, target):
        self.entry(name, tarfile.SYMTYPE, 0o777).linkname = target

    def file(self, name, data=None, path=None):
        executable = path is not None and os.access(path, os.X_OK)
        info = self.entry(name, tarfile.REGTYPE, 0o755 if executable else 0o644)
        if path is None:
            info.size = len(data)
            self.entries[name] = info, lambda: io.BytesIO(data)
        else:
            info.size = os.path.getsize(path)
            self.entries[name] = info, lambda: open(path, 'rb')

    def tree(self, folder, prefix=''):
        for place, folders, names in os.walk(folder):
            for name in folders + names:
                path = os.path.join(place, name)
                target = os.path.join(prefix, os.path.relpath(path, folder))
                if os.path.islink(path):
                    self.link(target, os.readlink(path))
                elif os.path.isfile(path):
                    self.file(target, path=path)

    def packed(self):
        """The packed archive, and the checksum of the archive itself."""
        plain, out = hashlib.sha256(), io.BytesIO()
        with gzip.GzipFile(fileobj=out, mode='wb', compresslevel=9, mtime=0, filename='') as packed:

            class Both:
                def write(self, data):
                    plain.update(data)
                    return packed.write(data)

            with tarfile.open(fileobj=Both(), mode='w|', format=tarfile.PAX_FORMAT) as archive:
                for name in sorted(self.entries):
                    info, opened = self.entries[name]
                    if opened is None:
                        archive.addfile(info)
                    else:
                        with opened() as data:
                            archive.addfile(info, data)
        return out.getvalue(), plain.hexdigest()


class Layout:
    """The files of the image layout."""

    def __init__(self):
        self.files = {}

    def blob(self, data, kind):
        digest = hashlib.sha256(data).hexdigest()
        self.files[f'blobs/sha256/{digest}'] = data
        return {'mediaType': kind, 'digest': f'sha256:{digest}', 'size': len(data)}

    def write(self, path, seconds):
        with tarfile.open(path, 'w', format=tarfile.USTAR_FORMAT) as archive:
            folders = {os.path.dirname(name) for name in self.files} | {'blobs'}
            for name in sorted(folders - {''}) + sorted(self.files):
                info = tarfile.TarInfo(name)
                info.mtime = seconds
                if name in self.files:
                    info.size, info.mode = len(self.files[name]), 0o644
                    archive.addfile(info, io.BytesIO(self.files[name]))
                else:
                    info.type, info.mode = tarfile.DIRTYPE, 0o755
                    archive.addfile(info)


def encoded(value):
    return json.dumps(value, separators=(',', ':'), sort_keys=True).encode()


def layers(options):
    base = Layer(options.time)
    base.tree(os.path.join(options.trees, 'apus-image'))
    for name, (mode, owner) in FOLDERS.items():
        base.folder(name, mode, owner)
    for name, text in FILES.items():
        base.file(name, data=text.encode())
    yield base, "Debian's C library, libcurl and certificates"
    apus = Layer(options.time)
    apus.tree(os.path.join(options.trees, 'apus'), 'usr')
    yield apus, 'apus'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--version', required=True, help='version of Apus')
    parser.add_argument('--time', required=True, type=int, help='time of the commit, in seconds since 1970')
    parser.add_argument('--commit', required=True, help='hash of the commit')
    parser.add_argument('trees', help='folder that packaging/tree.py has written')
    parser.add_argument('file', help='the image to write')
    options = parser.parse_args()
    created = datetime.datetime.fromtimestamp(options.time, datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')
    labels = {
        'org.opencontainers.image.title': 'apus', 'org.opencontainers.image.version': options.version,
        'org.opencontainers.image.revision': options.commit, 'org.opencontainers.image.created': created,
        'org.opencontainers.image.licenses': 'Apache-2.0',
        'org.opencontainers.image.description': 'Image classification on the command line'}

    layout, blobs, sums, history = Layout(), [], [], []
    for layer, about in layers(options):
        data, plain = layer.packed()
        blobs.append(layout.blob(data, 'application/vnd.oci.image.layer.v1.tar+gzip'))
        sums.append(f'sha256:{plain}')
        history.append({'created': created, 'created_by': 'packaging/image.py', 'comment': about})
    config = layout.blob(encoded({
        'created': created, 'architecture': 'amd64', 'os': 'linux', 'config': {
            'User': f'{USER}:{USER}', 'WorkingDir': '/work', 'Entrypoint': ['apus'], 'Cmd': ['--help'],
            'Env': ['PATH=/usr/bin', 'HOME=/home/apus', 'LANG=C.UTF-8'], 'Labels': labels},
        'rootfs': {'type': 'layers', 'diff_ids': sums}, 'history': history}),
        'application/vnd.oci.image.config.v1+json')
    manifest = layout.blob(encoded({
        'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.manifest.v1+json', 'config': config,
        'layers': blobs, 'annotations': labels}), 'application/vnd.oci.image.manifest.v1+json')
    manifest['platform'] = {'architecture': 'amd64', 'os': 'linux'}
    manifest['annotations'] = {'org.opencontainers.image.ref.name': options.version}
    layout.files['index.json'] = encoded({
        'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.index.v1+json', 'manifests': [manifest]})
    layout.files['oci-layout'] = encoded({'imageLayoutVersion': '1.0.0'})
    try:
        layout.write(options.file, options.time)
    except OSError as error:
        fail(error)


if __name__ == '__main__':
    main()
