"""Writers of image files of kinds that Pillow reads but does not write: GIF, BMP, PNM and lossless JPEG."""

import struct

import numpy as np


# GIF

def lzw(pixels: bytes, bits: int) -> bytes:
    """The codes of these pixels, of which each has `bits` bits, in blocks."""
    clear, end = 1 << bits, (1 << bits) + 1
    buffer, buffered, size = 0, 0, bits + 1
    codes = bytearray()

    def put(code: int) -> None:
        nonlocal buffer, buffered
        buffer |= code << buffered
        buffered += size
        while buffered >= 8:
            codes.append(buffer & 255)
            buffer >>= 8
            buffered -= 8

    def fresh() -> dict[bytes, int]:
        return {bytes([color]): color for color in range(1 << bits)}

    put(clear)
    table, following, string = fresh(), end + 1, b""
    for pixel in pixels:
        longer = string + bytes([pixel])
        if longer in table:
            string = longer
            continue
        put(table[string])
        if following < 4096:
            table[longer] = following
            # The reader's table is one string behind.
            size += following == 1 << size
            following += 1
        else:
            put(clear)
            table, following, size = fresh(), end + 1, bits + 1
        string = bytes([pixel])
    put(table[string])
    put(end)
    if buffered:
        codes.append(buffer)
    return blocks(bytes(codes))


def blocks(data: bytes) -> bytes:
    parts = [data[start : start + 255] for start in range(0, len(data), 255)]
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


def interlaced(pixels: np.ndarray) -> np.ndarray:
    return np.concatenate([pixels[0::8], pixels[4::8], pixels[2::4], pixels[1::2]])


def palette_flags(palette: bytes) -> int:
    return 0x80 | (len(palette) // 3).bit_length() - 2 if palette else 0


def gif_frame(pixels: np.ndarray, bits: int, left: int = 0, top: int = 0, palette: bytes = b"",
              is_interlaced: bool = False, transparent: int | None = None) -> bytes:
    """An image block with its graphic control block. The palette has 2, 4, 8 … colors."""
    height, width = pixels.shape
    control = b"" if transparent is None else b"!\xF9\4" + bytes([1, 0, 0, transparent, 0])
    flags = palette_flags(palette) | (0x40 if is_interlaced else 0)
    rows = interlaced(pixels) if is_interlaced else pixels
    return (control + b"," + struct.pack("<HHHHB", left, top, width, height, flags) + palette + bytes([bits])
            + lzw(rows.astype(np.uint8).tobytes(), bits))


def gif(width: int, height: int, palette: bytes, *frames: bytes, version: bytes = b"89a", end: bytes = b";") -> bytes:
    screen = struct.pack("<HHBBB", width, height, palette_flags(palette), 0, 0)
    return b"GIF" + version + screen + palette + b"".join(frames) + end


# BMP

def bmp_rows(pixels: np.ndarray, bits: int) -> bytes:
    """Rows of packed indices or of whole bytes, each padded to four bytes, from the top."""
    if bits < 8:
        width = pixels.shape[1]
        spread = (pixels[..., None] >> np.arange(bits - 1, -1, -1)) & 1
        pixels = np.packbits(spread.reshape(pixels.shape[0], width * bits).astype(np.uint8), axis=1)
    rows = [row.tobytes() for row in pixels]
    return b"".join(row + bytes(-len(row) % 4) for row in rows)


def bmp(width: int, height: int, bits: int, data: bytes, palette: bytes = b"", size: int = 40, compression: int = 0,
        colors: int = 0, masks: tuple[int, ...] = (), gap: int = 0, offset: int | None = None) -> bytes:
    """A bitmap with a header of `size` bytes. Masks are part of the header from 52 bytes on, otherwise they follow."""
    if size == 12:
        header = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        header = struct.pack("<IiiHHIIiiII", size, width, height, 1, bits, compression, len(data), 2835, 2835, colors,
                             0)
        stored = struct.pack(f"<{len(masks)}I", *masks)
        header = (header + stored).ljust(size, b"\0") if size >= 52 else header + stored
    start = 14 + len(header) + len(palette) + gap
    first = struct.pack("<IHHI", start + len(data), 0, 0, start if offset is None else offset)
    return b"BM" + first + header + palette + bytes(gap) + data


def bgr(palette: bytes, entry: int = 4) -> bytes:
    """A palette of red, green, blue as BMP stores it."""
    colors = [palette[start : start + 3][::-1] for start in range(0, len(palette), 3)]
    return b"".join(color + bytes(entry - 3) for color in colors)


# PNM

def pnm(kind: int, width: int, height: int, data: bytes, maximum: int | None = None, comment: str = "") -> bytes:
    head = f"P{kind}\n{comment}{width} {height}\n" + ("" if maximum is None else f"{maximum}\n")
    return head.encode() + data


def plain(samples: np.ndarray) -> bytes:
    return "\n".join(" ".join(str(value) for value in row.ravel()) for row in samples).encode() + b"\n"


# Lossless JPEG

def lossless_jpeg(pixels: np.ndarray) -> bytes:
    """ITU T.81, annex H, with the predictor to the left. Pixels are [height, width, components] of 8 bits."""
    height, width, components = pixels.shape
    samples = pixels.astype(int)
    bits = []
    for y in range(height):
        for x in range(width):
            before = samples[y, x - 1] if x else samples[y - 1, x] if y else np.full(components, 128)
            for difference in (samples[y, x] - before).tolist():
                # The code of the length has four bits. Negative numbers are stored less one.
                length = abs(difference).bit_length()
                value = difference if difference > 0 else difference + (1 << length) - 1
                bits.append(f"{length:04b}" + (f"{value:0{length}b}" if length else ""))
    stream = "".join(bits)
    stream += "1" * (-len(stream) % 8)
    data = int(stream, 2).to_bytes(len(stream) // 8, "big").replace(b"\xFF", b"\xFF\0")

    def segment(marker: int, content: bytes) -> bytes:
        return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content

    identifiers = range(1, components + 1)
    frame = struct.pack(">BHHB", 8, height, width, components) + b"".join(bytes([i, 0x11, 0]) for i in identifiers)
    table = b"\0" + bytes([0, 0, 0, 9] + [0] * 12) + bytes(range(9))
    scan = bytes([components]) + b"".join(bytes([i, 0]) for i in identifiers) + bytes([1, 0, 0])
    return b"\xFF\xD8" + segment(0xC3, frame) + segment(0xC4, table) + segment(0xDA, scan) + data + b"\xFF\xD9"
