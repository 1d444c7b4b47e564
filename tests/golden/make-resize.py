#!/usr/bin/env python3
"""Writes the files of tests/golden/resize and tests/golden/decode.

Needs Pillow before 13.0 (made with Debian 12's 9.4). 13.0 runs the vertical pass first where height
shrinks more than twice as much as width, and rounds to other pixels there; networks in use were
trained with the older order, and that is the one that is kept.

resize/FILTER-WxH-WxH.rgb: Pillow's resize of the noise that noise() makes (the test makes it too).
decode/NAME and NAME.rgb: small pictures of every kind that is read and what Pillow makes of them:
EXIF orientation applied, transparency on white, RGB.
resize-file/NAME-FILTER-HxW.rgb: such a picture after Pillow's resize.
"""
import pathlib
import struct
import zlib

from PIL import Image, ImageOps

HERE = pathlib.Path(__file__).parent
SIZES = [
    ((16, 9), (7, 5)), ((16, 9), (7, 9)), ((16, 9), (16, 5)), ((7, 5), (16, 9)), ((33, 47), (50, 61)),
    ((1, 13), (5, 29)), ((13, 1), (4, 1)), ((1, 7), (1, 3)), ((64, 128), (16, 24)), ((40, 30), (40, 30)),
    ((300, 2), (3, 1)), ((5, 3), (1, 1)),
]


def noise(n, seed=1):
    """n bytes of a linear congruential generator: full range, so that clipping is exercised."""
    out = bytearray()
    for _ in range(n):
        seed = (seed * 1664525 + 1013904223) & 0xFFFFFFFF
        out.append(seed >> 24)
    return bytes(out)


def picture(width, height, mode="RGB", seed=1):
    """A smooth picture, friendlier to JPEG than noise."""
    bands = len(Image.new(mode, (1, 1)).getbands())
    small = Image.frombytes(mode, (4, 5), noise(20 * bands, seed))
    return small.resize((width, height), Image.Resampling.BICUBIC)


def make_resize():
    for (w, h), (new_w, new_h) in SIZES:
        image = Image.frombytes("RGB", (w, h), noise(w * h * 3))
        for name in ("bilinear", "bicubic"):
            result = image.resize((new_w, new_h), getattr(Image.Resampling, name.upper()))
            path = HERE / "resize" / f"{name}-{w}x{h}-{new_w}x{new_h}.rgb"
            path.write_bytes(result.tobytes())


def on_white(image):
    image = ImageOps.exif_transpose(image)
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGB", image.size, (255, 255, 255))
        white.paste(image.convert("RGB"), mask=image.getchannel("A"))
        return white
    return image.convert("RGB")


def expect(name, rgb):
    (HERE / "decode" / f"{name}.rgb").write_bytes(rgb)


def save(name, image, **options):
    path = HERE / "decode" / name
    image.save(path, **options)
    with Image.open(path) as back:
        expect(name, on_white(back).tobytes())


def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png(name, width, height, bits, colour, rows, idat=None, extra=b"", interlaced=0):
    """A PNG that Pillow cannot write itself."""
    data = b"".join(b"\0" + row for row in rows)
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlaced)
    idat = zlib.compress(data, 9) if idat is None else idat
    (HERE / "decode" / name).write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra
                                         + chunk(b"IDAT", idat) + chunk(b"IEND", b""))


def adam7(image):
    """The rows of the seven passes."""
    for x0, y0, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
                           (0, 1, 1, 2)):
        for y in range(y0, image.height, dy):
            if x0 < image.width:
                yield b"".join(bytes(image.getpixel((x, y))) for x in range(x0, image.width, dx))


def packed(values, bits):
    """Samples of less than a byte, the first in the high bits; a row's rest is 0."""
    out = bytearray((len(values) * bits + 7) // 8)
    for i, value in enumerate(values):
        out[i * bits // 8] |= value << (8 - bits - i * bits % 8)
    return bytes(out)


def make_more_png():
    rgb = picture(12, 7)
    png("interlaced.png", 12, 7, 8, 2, adam7(rgb), interlaced=1)
    expect("interlaced.png", rgb.tobytes())
    for bits in (2, 4):
        top = (1 << bits) - 1
        values = [v & top for v in noise(12 * 7)]
        png(f"grey{bits}.png", 12, 7, bits, 0, [packed(values[i:i + 12], bits) for i in range(0, 84, 12)])
        expect(f"grey{bits}.png", bytes(v * 255 // top for v in values for _ in range(3)))
    row = noise(12 * 4 * 2 * 7, seed=3)
    png("rgba16.png", 12, 7, 16, 6, [row[i:i + 96] for i in range(0, 672, 96)])
    image = Image.frombytes("RGBA", (12, 7), row[::2])
    expect("rgba16.png", on_white(image).tobytes())
    # what a picture says about its colours is not applied: people's pixels are read as they stand
    rows = [rgb.tobytes()[i:i + 36] for i in range(0, 252, 36)]
    profile = b"profile\0\0" + zlib.compress(noise(200))
    png("gamma.png", 12, 7, 8, 2, rows, extra=chunk(b"gAMA", struct.pack(">I", 100000)) + chunk(b"iCCP", profile))
    expect("gamma.png", rgb.tobytes())


def make_cmyk():
    """As Photoshop writes it: inverted, marked by Adobe's segment, whose last byte says whether the first three
    are turned into YCC."""
    save("cmyk.jpg", picture(19, 29, "CMYK"), quality=90)
    path = HERE / "decode" / "cmyk.jpg"
    data = bytearray(path.read_bytes())
    at = data.index(b"Adobe")
    assert data[at + 11] in (0, 2)
    data[at + 11] = 2 - data[at + 11]
    other = HERE / "decode" / "ycck.jpg"
    other.write_bytes(data)
    with Image.open(other) as back:
        expect("ycck.jpg", on_white(back).tobytes())


def make_decode():
    save("photo.jpg", picture(19, 29), quality=90, subsampling=2)
    save("progressive.jpg", picture(19, 29), quality=80, progressive=True)
    save("grey.jpg", picture(19, 29, "L"), quality=90)
    save("plain.png", picture(12, 7))
    save("alpha.png", picture(12, 7, "RGBA"))
    save("grey.png", picture(12, 7, "L"))
    save("greyalpha.png", picture(12, 7, "LA"))
    save("bilevel.png", picture(12, 7, "L").convert("1"))
    save("palette.png", picture(12, 7).quantize(13))
    save("transparent.png", picture(12, 7).quantize(13), transparency=3)
    save("plain.bmp", picture(12, 7))
    save("plain.webp", picture(12, 7), lossless=True)
    frames = [picture(12, 7, seed=s).quantize(16) for s in (1, 2)]
    save("moving.gif", frames[0], save_all=True, append_images=frames[1:])
    frames = [picture(12, 7, "RGBA", seed=s) for s in (1, 2)]
    save("moving.webp", frames[0], save_all=True, append_images=frames[1:], lossless=True)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        save(f"orientation-{orientation}.jpg", picture(19, 29), quality=90, exif=exif)

    row = noise(12 * 3 * 2 * 7)
    rows = [row[i * 72:(i + 1) * 72] for i in range(7)]
    png("rgb16.png", 12, 7, 16, 2, rows)
    expect("rgb16.png", b"".join(r[::2] for r in rows))
    rows = [row[i * 24:(i + 1) * 24] for i in range(7)]
    png("grey16.png", 12, 7, 16, 0, rows)  # Pillow clips these at 255: the high byte is what is meant
    expect("grey16.png", b"".join(bytes(v for v in r[::2] for _ in range(3)) for r in rows))
    png("huge.png", 20000, 20000, 8, 2, [], zlib.compress(bytes(20000 * 3 + 1), 9))  # a header, one row


def make_resize_file():
    for name in ("plain.png", "alpha.png", "orientation-6.jpg"):
        for kind, (h, w) in (("bilinear", (24, 16)), ("bicubic", (5, 10))):
            with Image.open(HERE / "decode" / name) as image:
                result = on_white(image).resize((w, h), getattr(Image.Resampling, kind.upper()))
            path = HERE / "resize-file" / f"{name}-{kind}-{h}x{w}.rgb"
            path.write_bytes(result.tobytes())


make_resize()
make_decode()
make_more_png()
make_cmyk()
make_resize_file()
