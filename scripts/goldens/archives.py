#!/usr/bin/env python3
"""Writes the golden files of archives, packed and listed by Python's zipfile and tarfile, zlib and zstd.

    Tests/Goldens/archives/*.zip, *.tar, *.tar.gz, *.tar.zst   small archives of every kind
    Tests/Goldens/archives/listing.json    the files of each: name (UTF-8), size and CRC-32, as zipfile and tarfile read
                                           them; `leftOut` is the number of links and devices

Written with Python 3.11, zlib 1.2.13 and the program zstd 1.5.4.
"""

import gzip
import io
import json
import struct
import subprocess
import tarfile
import zipfile
import zlib

from goldens import GOLDENS

FOLDER = GOLDENS / "archives"

FILES = {
    "photos/ants/1.jpg": b"The first ant.",
    "photos/ants/2.jpg": bytes(range(256)) * 12,
    "photos/bees/1.jpg": b"A bee. " * 200,
    "photos/bees/empty": b"",
    "photos/README.txt": b"Ants and bees.",
}
UNICODE = {"фото/жук.jpg": b"A beetle.", "photos/é.jpg": b"An accent."}


def member(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, (2020, 1, 2, 3, 4, 6))


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_STORED, target=None, **options) -> bytes:
    target = io.BytesIO() if target is None else target
    with zipfile.ZipFile(target, "w", method, **options) as archive:
        for name, content in files.items():
            archive.writestr(member(name), content, compress_type=method)
    return target.getvalue()


class Pipe(io.BytesIO):
    """A target that cannot be rewound, so that sizes follow the data."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_):
        raise io.UnsupportedOperation("a pipe")

    def tell(self):
        raise io.UnsupportedOperation("a pipe")


def forced_zip64() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in FILES.items():
            with archive.open(member(name), "w", force_zip64=True) as file:
                file.write(content)
    return target.getvalue()


def zip64_directory() -> bytes:
    """zipfile writes the record of ZIP64 if a number needs it; here no number does."""
    plain = zipped(FILES)
    end = plain.rindex(b"PK\5\6")
    count, size, start = struct.unpack("<HII", plain[end + 10 : end + 20])
    record = b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, size, start)
    locator = b"PK\6\7" + struct.pack("<IQI", 0, end, 1)
    tail = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return plain[:end] + record + locator + tail


def code_page() -> bytes:
    """Names in the code page 437, and a name with Info-ZIP's extra field."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(member("photos/_a.jpg"), b"An accent.")
        info = member("photos/_b.jpg")
        name = "photos/ж.jpg".encode()
        info.extra = struct.pack("<HHBI", 0x7075, 5 + len(name), 1, zlib.crc32(b"photos/\x82b.jpg")) + name
        archive.writestr(info, b"A beetle.")
    return target.getvalue().replace(b"photos/_", b"photos/\x82")


def tarred(files: dict[str, bytes], kind: int = tarfile.USTAR_FORMAT, extra=()) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=kind) as archive:
        for name in sorted({name.rsplit("/", 1)[0] for name in files}):
            folder = tarfile.TarInfo(name)
            folder.type = tarfile.DIRTYPE
            archive.addfile(folder)
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in extra:
            archive.addfile(info)
    return target.getvalue()


def special(name: str, kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "photos/ants/1.jpg"
    return info


def oldest() -> bytes:
    """Headers without a signature, as before 1988."""
    result = b""
    for name, content in FILES.items():
        header = bytearray(512)
        header[0 : len(name)] = name.encode()
        for place, text in ((100, b"0000644\0"), (108, b"0000000\0"), (116, b"0000000\0"), (136, b"00000000000\0")):
            header[place : place + len(text)] = text
        header[124:136] = b"%011o\0" % len(content)
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header)
        result += bytes(header) + content + bytes(-len(content) % 512)
    return result + bytes(1024)


def zstd(data: bytes, *options: str) -> bytes:
    return subprocess.run(["zstd", "-q", "-c", *options], input=data, capture_output=True, check=True).stdout


def listed(data: bytes) -> dict[str, bytes]:
    """The files as zipfile and tarfile read them."""
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}
    if data[:4] == b"\x28\xb5\x2f\xfd":
        data = subprocess.run(["zstd", "-q", "-d", "-c"], input=data, capture_output=True, check=True).stdout
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return {info.name.removeprefix("./"): archive.extractfile(info).read() for info in archive if info.isreg()}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    plain = tarred(FILES)
    half = len(plain) // 2
    links = [special("photos/" + name, kind) for name, kind in (
        ("link.jpg", tarfile.SYMTYPE), ("hard.jpg", tarfile.LNKTYPE), ("fifo", tarfile.FIFOTYPE),
        ("device", tarfile.CHRTYPE))]
    long = {"photos/" + "folder/" * 30 + "name" * 20 + ".jpg": b"A long name.", **FILES}
    archives = {
        "stored.zip": zipped(FILES),
        "deflated.zip": zipped(FILES, zipfile.ZIP_DEFLATED),
        "descriptors.zip": zipped(FILES, zipfile.ZIP_DEFLATED, target=Pipe()),
        "zip64.zip": forced_zip64(),
        "zip64-directory.zip": zip64_directory(),
        "folders.zip": zipped({"photos/": b"", "photos/empty/": b"", "./photos//ants/1.jpg": b"An ant."}),
        "utf8.zip": zipped(UNICODE),
        "cp437.zip": code_page(),
        "ustar.tar": plain,
        "gnu.tar": tarred(long, tarfile.GNU_FORMAT),
        "pax.tar": tarred({**long, **UNICODE}, tarfile.PAX_FORMAT),
        "oldest.tar": oldest(),
        "dots.tar": tarred({"./" + name: content for name, content in FILES.items()}),
        "links.tar": tarred(FILES, extra=links),
        "plain.tar.gz": gzip.compress(plain, mtime=0),
        "members.tar.gz": gzip.compress(plain[:half], mtime=0) + gzip.compress(plain[half:], mtime=0) + bytes(512),
        "plain.tar.zst": zstd(plain, "-19"),
        "frames.tar.zst": zstd(plain[:half]) + zstd(plain[half:], "--no-check"),
    }
    listing = []
    for name, data in archives.items():
        (FOLDER / name).write_bytes(data)
        files = listed(data)
        if name == "folders.zip":
            files = {"photos/ants/1.jpg": b"An ant."}
        if name == "cp437.zip":
            # zipfile does not know the extra field.
            files = {("photos/ж.jpg" if "b.jpg" in key else key): content for key, content in files.items()}
        listing.append({
            "archive": name, "leftOut": len(links) if name == "links.tar" else 0,
            "files": [{"name": key, "size": len(content), "crc32": zlib.crc32(content)}
                      for key, content in sorted(files.items(), key=lambda item: item[0].encode())],
        })
    (FOLDER / "listing.json").write_text(json.dumps(listing, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
