"""Photos as readers have them: how cameras and programs store them, and what must not be spoiled in silence."""

import io
import struct
import sys
import zlib

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms, ImageOps

from kexue_widgets.efficientnet import square
from kexue_widgets.photos import opened, presentable, upright

COLOUR = (200, 60, 30)
GREY = round(0.299 * 200 + 0.587 * 60 + 0.114 * 30)  # Rec. 601
SIXTEEN = {mode for mode in Image.MODES if mode.startswith("I;16")}
SEEN = dict.fromkeys(Image.MODES, COLOUR) | dict.fromkeys(("L", "LA", "La"), (GREY,) * 3)


def plain(mode: str) -> Image.Image:
    """Sixteen pixels a side of one colour, in a mode."""
    image = Image.new("RGB", (16, 16), COLOUR)
    if mode in ("La", "RGBa"):
        return image.convert(f"{mode[:-1]}A").convert(mode)
    if mode in ("P", "PA"):
        palette = image.quantize(2)
        return palette if mode == "P" else palette.convert("PA")
    return image.convert(mode)


@pytest.mark.parametrize("mode", sorted(set(SEEN) - SIXTEEN - {"1", "I", "F"}))
def test_every_mode_of_eight_bits_shows_its_colour(mode):
    pixel = np.array(upright(plain(mode)).getpixel((8, 8)))
    assert abs(pixel - SEEN[mode]).max() <= 3  # what HSV, YCbCr and Lab of eight bits lose


@pytest.mark.parametrize("mode", sorted(SIXTEEN))
def test_sixteen_bits_of_grey_keep_their_shades(mode):
    ramp = np.linspace(0, 65535, 256).round().astype(">u2" if mode == "I;16B" else "<u2").reshape(16, 16)
    image = Image.frombytes(mode, (16, 16), ramp.tobytes())
    seen = np.asarray(upright(image))
    np.testing.assert_array_equal(seen[..., 0].ravel(), np.arange(256))
    np.testing.assert_array_equal(seen[..., 0], seen[..., 2])


@pytest.mark.parametrize("ending", ["png", "tif", "pgm"])
def test_files_of_sixteen_bits_keep_their_shades(tmp_path, ending):
    path = tmp_path / f"grey.{ending}"
    ramp = np.linspace(0, 65535, 256).round().astype(np.uint16).reshape(16, 16)
    if ending == "pgm":  # netpbm's own words for it
        path.write_bytes(b"P5 16 16 65535\n" + ramp.astype(">u2").tobytes())
    else:
        Image.fromarray(ramp).save(path)
    np.testing.assert_array_equal(np.asarray(presentable(path))[..., 0].ravel(), np.arange(256))


def test_black_and_white_is_black_and_white():
    image = Image.new("1", (16, 16))
    image.putpixel((3, 2), 1)
    seen = np.asarray(upright(image))
    assert seen[2, 3].tolist() == [255] * 3
    assert seen.sum() == 255 * 3


@pytest.mark.parametrize(("mode", "words"), [("F", "floating-point numbers"), ("I", "32-bit whole numbers")])
def test_numbers_without_a_white_are_refused_by_name(tmp_path, mode, words):
    path = tmp_path / "measured.tif"
    Image.fromarray(np.ones((16, 16), np.float32 if mode == "F" else np.int32), mode).save(path)
    with pytest.raises(ValueError, match=f"its mode is {mode}, {words} that do not say what is white"):
        presentable(path)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif"])
def test_photos_stand_as_the_camera_was_held(tmp_path, orientation, ending):
    scene = np.zeros((20, 30, 3), np.uint8)
    scene[:10, :15] = (250, 0, 0)
    scene[10:, :15] = (0, 0, 250)
    # The eight orientations of the EXIF standard: what was done to the scene before it was stored.
    stored = {
        1: scene, 2: scene[:, ::-1], 3: scene[::-1, ::-1], 4: scene[::-1], 5: scene.transpose(1, 0, 2),
        6: np.rot90(scene, 1), 7: scene[::-1, ::-1].transpose(1, 0, 2), 8: np.rot90(scene, -1),
    }[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"photo.{ending}"
    Image.fromarray(np.ascontiguousarray(stored)).save(path, exif=exif, **({"quality": 100} if ending == "jpg" else {}))
    seen = np.asarray(presentable(path)).astype(int)
    assert seen.shape == scene.shape
    for row, column in ((3, 3), (16, 3), (3, 26), (16, 26)):
        assert abs(seen[row, column] - scene[row, column].astype(int)).max() < 30
    np.testing.assert_array_equal(square(path, 20, 1.0), square(presentable(path), 20, 1.0))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "RGB"])
def test_colours_under_transparency_do_not_show(tmp_path, mode):
    path = tmp_path / "cut-out.png"
    if mode in ("RGBA", "LA"):
        Image.new(mode, (16, 16), (10, 20, 30, 0) if mode == "RGBA" else (10, 0)).save(path)
    else:
        colour = (10, 20, 30) if mode == "RGB" else 10
        image = Image.new(mode, (16, 16), colour)
        if mode == "P":
            image.putpalette(list(range(256)) * 3)
        image.save(path, transparency=colour)
    assert np.asarray(presentable(path)).min() == 255


def test_a_clear_shade_of_sixteen_bits_does_not_show():
    image = Image.fromarray(np.full((16, 16), 10, np.uint16))
    image.info["transparency"] = 10
    assert np.asarray(upright(image)).min() == 255


def test_a_profile_that_cannot_be_used_changes_no_colour():
    profile = ImageCms.createProfile("LAB")
    image = Image.new("RGB", (16, 16), COLOUR)
    image.info["icc_profile"] = b"damaged"
    assert upright(image).getpixel((0, 0)) == COLOUR
    packed = io.BytesIO()
    image.save(packed, "png", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    assert np.abs(np.array(upright(Image.open(packed)).getpixel((0, 0))) - COLOUR).max() <= 1
    image.info["icc_profile"] = ImageCms.ImageCmsProfile(profile).tobytes()  # of other colours than the photo's
    assert upright(image).getpixel((0, 0)) == COLOUR


def test_what_was_made_upright_stays_so():
    image = plain("RGBA")
    image.getexif()[0x0112] = 6
    once = upright(image)
    assert once.info == {}
    assert ImageOps.exif_transpose(once).tobytes() == upright(once).tobytes() == once.tobytes()


@pytest.mark.parametrize(
    ("size", "accepted"), [((1, 1), False), ((4000, 3), False), ((7, 30), False), ((81, 8), False), ((80, 8), True)]
)
def test_slivers_are_refused_with_their_size(size, accepted):
    image = Image.new("RGB", size)
    if accepted:
        assert presentable(image).size == size
    else:
        with pytest.raises(ValueError, match=f"its size is {size[0]} x {size[1]}; sides must be at least 8 pixels"):
            presentable(image)


@pytest.mark.parametrize(
    ("photo", "words"),
    [
        (np.zeros((4, 4)), r"shape \(4, 4\), float64"),
        (np.zeros((4, 4, 2), np.uint8), r"shape \(4, 4, 2\)"),
        (np.zeros((0, 4, 3), np.uint8), r"shape \(0, 4, 3\)"),
        (np.zeros((2, 4, 4, 3), np.uint8), r"shape \(2, 4, 4, 3\)"),
        (None, "got NoneType"),
        ("a\0b", r"got 'a\\x00b'"),
        (3, "got int"),
    ],
)
def test_what_is_no_photo_is_named(photo, words):
    with pytest.raises(ValueError, match=f"photo must be .*{words}"):
        opened(photo)


def written(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def test_a_picture_packed_to_fill_the_memory_is_refused(tmp_path, monkeypatch):
    Image.new("1", (400, 400)).save(tmp_path / "bomb.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 400 * 400 // 2 - 1)
    with pytest.raises(ValueError, match=r"bomb\.png cannot be read: Image size .* could be decompression bomb"):
        opened(tmp_path / "bomb.png")


def test_files_without_a_picture_say_why(tmp_path):
    packed = io.BytesIO()
    Image.new("RGB", (64, 64), COLOUR).save(packed, "avif")
    broken = bytearray(packed.getvalue())
    broken[-20:] = bytes(20)
    with pytest.raises(ValueError, match=r"leaf\.avif cannot be read"):
        opened(written(tmp_path, "leaf.avif", bytes(broken[:-5])))
    with pytest.raises(ValueError, match=r"notes\.txt cannot be read: it is no picture"):
        opened(written(tmp_path, "notes.txt", b"cats"))
    with pytest.raises(ValueError, match="is a folder"):
        opened(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"none\.jpg"):
        opened(tmp_path / "none.jpg")
    raw = tmp_path / "raw.dng"
    Image.new("RGB", (16, 16)).save(raw, "TIFF", tiffinfo={254: 1})
    with pytest.raises(ValueError, match="only a thumbnail can be read"):
        opened(raw)


def phone(path, orientation):
    """A photo of a phone, red on the left and blue on the right as its sensor lay."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    pixels = np.zeros((32, 64, 3), np.uint8)
    pixels[:, :32], pixels[:, 32:] = COLOUR, COLOUR[::-1]
    Image.fromarray(pixels).save(path, exif=exif.tobytes(), quality=95)
    return path


@pytest.mark.parametrize("orientation", range(1, 9))
def test_heic_is_turned_as_the_camera_was_held(tmp_path, orientation):
    pytest.importorskip("pillow_heif").register_heif_opener()
    seen, same = (presentable(phone(tmp_path / name, orientation)) for name in ("phone.heic", "phone.png"))
    assert seen.size == same.size == ((64, 32) if orientation < 5 else (32, 64))
    assert abs(np.asarray(seen).astype(int) - np.asarray(same)).max() <= 8
    with Image.open(tmp_path / "phone.heic") as file:
        assert file.format == "HEIF"


def test_heic_is_refused_by_name_where_its_reader_is_not_installed(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    monkeypatch.setattr(Image, "ID", [name for name in Image.ID if name != "HEIF"])
    with pytest.raises(ValueError, match=r"phone\.heic cannot be read: HEIC is read if pillow-heif is installed"):
        opened(written(tmp_path, "phone.heic", b"\0\0\0\x18ftypheic" + bytes(40)))


@pytest.mark.parametrize("reduced", [True, False])
def test_a_tiff_of_several_pages_is_refused_unless_the_others_are_thumbnails(tmp_path, reduced):
    page = Image.new("RGB", (12, 12), "blue")
    page.encoderinfo = {"tiffinfo": {254: 1}} if reduced else {}
    Image.new("RGB", (12, 12), "red").save(tmp_path / "scan.tif", save_all=True, append_images=[page])
    if reduced:
        assert presentable(tmp_path / "scan.tif").getpixel((0, 0)) == (255, 0, 0)
    else:
        with pytest.raises(ValueError, match=r"scan\.tif cannot be read: it has several pages"):
            opened(tmp_path / "scan.tif")
    with Image.open(tmp_path / "scan.tif") as scan:
        scan.seek(1)  # who opens it chooses
        assert reduced or opened(scan).getpixel((0, 0)) == (0, 0, 255)


def test_a_file_needs_no_ending(tmp_path):
    Image.new("RGB", (16, 16), COLOUR).save(tmp_path / "photo", "png")
    assert presentable(tmp_path / "photo").getpixel((0, 0)) == COLOUR


def grey_profile(gamma):
    """An ICC profile of grey with a curve x^gamma (ICC.1:2010, 7.2, 8.5 and 10.6)."""
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", 5) + b"grey\0" + bytes(78),
        b"wtpt": b"XYZ " + bytes(4) + struct.pack(">3i", 0xF6D6, 0x10000, 0xD32D),
        b"kTRC": b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2),
    }
    place, table, content = 128 + 4 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for name, tag in tags.items():
        table += name + struct.pack(">II", place + len(content), len(tag))
        content += tag + bytes(-len(tag) % 4)
    size = place + len(content)
    white = struct.pack(">3i", 0xF6D6, 0x10000, 0xD32D)
    kind = struct.pack(">I", 0x02400000) + b"mntrGRAYXYZ " + bytes(12) + b"acsp" + bytes(28) + white
    return (struct.pack(">I", size) + bytes(4) + kind).ljust(128, b"\0") + table + content


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_a_profile_of_grey_is_followed(mode):
    shade, gamma = 128, 1.0
    image = Image.new(mode, (16, 16), (shade, 255) if mode == "LA" else shade)
    image.info["icc_profile"] = grey_profile(gamma)
    light = (shade / 255) ** gamma
    srgb = 255 * (1.055 * light ** (1 / 2.4) - 0.055)  # IEC 61966-2-1
    assert np.abs(np.array(upright(image).getpixel((8, 8))) - srgb).max() <= 1


def test_a_profile_is_followed_in_a_palette_as_without_one():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"bXYZ", 1).replace(b"bXYZ", b"rXYZ", 2).replace(b"rXYZ", b"bXYZ", 1)
    image = Image.new("RGB", (16, 16), COLOUR)
    palette = image.quantize(2)
    for each in (image, palette):
        each.info["icc_profile"] = swapped
    assert upright(image).getpixel((0, 0)) != COLOUR
    assert upright(palette).getpixel((0, 0)) == upright(image).getpixel((0, 0))
    clear = palette.copy()
    clear.info["transparency"] = bytes([255] * 256)
    assert upright(clear).getpixel((0, 0)) == upright(image).getpixel((0, 0))


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_the_clear_shade_of_few_bits_does_not_show(tmp_path, bits):
    shades = np.arange(64).reshape(8, 8) % 2**bits
    rows = [b"\0" + np.packbits((row[:, None] >> np.arange(bits)[::-1]) & 1).tobytes() for row in shades]

    def chunk(kind, content):  # PNG (ISO/IEC 15948), 5.3 and 11.3
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    for clear in range(2**bits):
        content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, bits, 0, 0, 0, 0))
        content += chunk(b"tRNS", struct.pack(">H", clear)) + chunk(b"IDAT", zlib.compress(b"".join(rows)))
        path = written(tmp_path, f"{clear}.png", content + chunk(b"IEND", b""))
        expected = np.where(shades == clear, 255, shades * 255 // (2**bits - 1))
        for each in (path, Image.open(path)):
            np.testing.assert_array_equal(np.asarray(presentable(each))[..., 0], expected)


def tiff(bits, meaning, content):
    """Grey, 16 pixels a side (TIFF 6.0)."""
    tags = {256: 16, 257: 16, 258: bits, 259: 1, 262: meaning, 273: 122, 277: 1, 278: 16, 279: len(content)}
    entries = b"".join(struct.pack("<HHII", tag, 4 if tag in (273, 279) else 3, 1, each) for tag, each in tags.items())
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4) + content


@pytest.mark.parametrize(  # PIL has no 12 bits of which 0 is white
    ("bits", "white_is_zero"), [(8, False), (8, True), (12, False), (16, False), (16, True)]
)
def test_shades_of_a_tiff_are_what_it_says_they_are(tmp_path, bits, white_is_zero):
    ramp = np.linspace(0, 2**bits - 1, 256).round().astype(int)
    if bits == 12:
        pairs = ramp.reshape(-1, 2)
        content = np.stack([pairs[:, 0] >> 4, (pairs[:, 0] & 15) << 4 | pairs[:, 1] >> 8, pairs[:, 1] & 255], 1)
        content = content.astype(np.uint8).tobytes()
    else:
        content = ramp.astype("<u2" if bits == 16 else np.uint8).tobytes()
    seen = np.asarray(presentable(written(tmp_path, "grey.tif", tiff(bits, int(not white_is_zero), content))))
    np.testing.assert_array_equal(seen[..., 0].ravel(), np.arange(256)[:: -1 if white_is_zero else 1])


def test_shades_with_a_sign_are_refused(tmp_path):
    plain = tiff(8, 1, bytes(range(256)))
    signed = plain[:8] + struct.pack("<H", 10) + plain[10:118] + struct.pack("<HHII", 339, 3, 1, 2) + plain[118:]
    signed = signed.replace(struct.pack("<HHII", 273, 4, 1, 122), struct.pack("<HHII", 273, 4, 1, 134))
    assert presentable(written(tmp_path, "plain.tif", plain)).size == (16, 16)
    with pytest.raises(ValueError, match="its numbers have a sign, and do not say what is black"):
        presentable(written(tmp_path, "signed.tif", signed))


def test_an_image_that_cannot_be_read_to_its_end_is_refused_as_its_file_is(tmp_path):
    packed = io.BytesIO()
    Image.effect_noise((64, 64), 90).save(packed, "png")
    content = packed.getvalue()[:2000]
    path = written(tmp_path, "half.png", content)
    for photo in (path, Image.open(path), Image.open(io.BytesIO(content))):
        with pytest.raises(ValueError, match="cannot be read: image file is truncated"):
            presentable(photo)


def test_what_a_camera_wrote_may_be_damaged():
    image = plain("RGB")
    image.info["exif"] = b"Exif\0\0no EXIF at all"
    assert upright(image).getpixel((0, 0)) == COLOUR


def test_a_palette_of_a_tiff_that_was_written_with_8_bits_is_read_so():
    """As libtiff's checkcmap: where no colour is above 255, none was meant to be out of 65,535."""
    packed = io.BytesIO()
    plain("P").save(packed, "tiff")
    colors = Image.open(packed).tag_v2[320]
    wide, narrow = (struct.pack(f"<{len(colors)}H", *(each // by for each in colors)) for by in (1, 256))
    for content in (packed.getvalue(), packed.getvalue().replace(wide, narrow)):
        assert upright(opened(Image.open(io.BytesIO(content)))).getpixel((0, 0)) == COLOUR
