"""A photo as it is meant to be seen, whatever its file is like: upright, opaque, 8 bits of red, green and blue in sRGB."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, ImageCms, ImageOps, TiffImagePlugin

SIXTEEN_BITS = {"I;16", "I;16L", "I;16B", "I;16N"}
HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}  # brands of ISO/IEC 23008-12
SMALLEST = 8  # pixels across and down: less shows nothing
LONGEST = 10  # times the shorter side: of more, the middle square is less than a tenth
# Tags of a TIFF; the first bit of the first says that a picture is a thumbnail of another one in the file.
REDUCED, BITS, MEANING, PALETTE, KIND = 254, 258, 262, 320, 339
SIGNED = 2  # one of the kinds of numbers; PIL takes 8 bits of it for numbers without a sign
WHITE_IS_ZERO = 0  # one of the meanings of numbers; PIL knows it up to 8 bits
FEW_BITS = {"L;2": 85, "L;4": 17}  # how PIL widens the shades of a PNG to 8 bits, though not the one that is clear


def opened(photo: Path | str | np.ndarray | Image.Image) -> Image.Image:
    """A photo, whole, from a file or an array, or itself.

    Args:
        photo: a path; a PIL image; or an array (h, w), (h, w, 3) or (h, w, 4), uint8, whose fourth channel is opacity.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is none of these, or a file that no photo can be read from; the text names it and says why.
    """
    if isinstance(photo, Image.Image):
        return _whole(photo, "photo")
    if isinstance(photo, np.ndarray):
        if photo.dtype != np.uint8 or not photo.size or not (photo.ndim == 2 or photo.shape[2:] in ((3,), (4,))):
            accepted = "(h, w), (h, w, 3) or (h, w, 4), uint8"
            raise ValueError(f"photo must be an array {accepted}, got shape {photo.shape}, {photo.dtype}")
        return Image.fromarray(photo)
    if not isinstance(photo, Path | str):
        raise ValueError(f"photo must be a path, a PIL image or an array of uint8, got {type(photo).__name__}")
    if "\0" in str(photo):
        raise ValueError(f"photo must be the path of a file, got {str(photo)!r}")
    with suppress(ImportError):
        from pillow_heif import register_heif_opener

        register_heif_opener()
    path = Path(photo)
    if path.exists() and not path.is_file():
        raise ValueError(f"photo must be a file, {path} is {'a folder' if path.is_dir() else 'none'}")
    with path.open("rb") as file:
        return _whole(file, str(path))


def unpacked(content: bytes) -> Image.Image:
    """A photo, whole, from the bytes of a file.

    Raises:
        ValueError: no photo can be read from them; the text says why.
    """
    return _whole(io.BytesIO(content), "photo")


def _whole(source: Image.Image | BinaryIO, name: str) -> Image.Image:
    """The image, read to its end."""
    try:
        image = source if isinstance(source, Image.Image) else Image.open(source)
        if image is not source and _has_pages(image):
            raise ValueError("it has several pages, of which each may be meant: save one of them alone")
        packed = [str(tile[-1]) for tile in getattr(image, "tile", [])]
        image.load()
        if packed and packed[0] in FEW_BITS and isinstance(image.info.get("transparency"), int):
            image.info["transparency"] *= FEW_BITS[packed[0]]
        _widen_palette(image)
        if _tag(image, REDUCED, 0) & 1:
            raise ValueError("only a thumbnail can be read, as of a camera's raw file: develop it first")
        return image
    except Exception as error:  # decoders raise whatever they stumble over
        why = str(error)
        if isinstance(error, Image.UnidentifiedImageError) and not isinstance(source, Image.Image):
            source.seek(8)
            heic = source.read(4) in HEIC
            why = "HEIC is read if pillow-heif is installed" if heic else "it is no picture that PIL knows"
        raise ValueError(f"{name} cannot be read: {why or type(error).__name__}") from error


def upright(image: Image.Image) -> Image.Image:
    """A photo turned as its camera was held, on white where it is transparent, in sRGB: mode RGB.

    16 bits of grey are brought to 8, and colours go through the profile in the file, as browsers show them.

    Raises:
        ValueError: a mode whose numbers do not say what is white: F, and I from files of 32-bit numbers; or numbers below 0.
    """
    if image.mode in ("L", "RGB") and SIGNED in _tag(image, KIND, ()):
        raise ValueError("its numbers have a sign, and do not say what is black: save it with 8 or 16 bits without one")
    widened = image.mode == "I" and image.format in ("PNG", "PPM")  # 16 bits in a mode of 32
    bits, inverted = _tag(image, BITS, (16,))[0], _tag(image, MEANING, 1) == WHITE_IS_ZERO
    image = _turned(image)
    if widened or image.mode in SIXTEEN_BITS:
        image = _eight_bits(image, 2**bits - 1, inverted)
    elif image.mode in ("I", "F"):
        kind = "32-bit whole numbers" if image.mode == "I" else "floating-point numbers"
        raise ValueError(f"its mode is {image.mode}, {kind} that do not say what is white: save it with 8 or 16 bits")
    profile = image.info.get("icc_profile")
    if image.mode == "La":
        image = image.convert("LA")
    clear = image.mode in ("LA", "PA", "RGBA", "RGBa") or "transparency" in image.info
    seen = image.convert("RGBA") if clear else image
    opacity = seen.getchannel("A") if clear else None
    seen = seen.convert("L" if image.mode in ("1", "L", "LA") else "CMYK" if image.mode == "CMYK" else "RGB")
    if profile:
        with suppress(ImageCms.PyCMSError, OSError):  # a damaged profile, or one of other colours, is as good as none
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            # With an output mode given, a new image is returned.
            seen = ImageCms.profileToProfile(seen, source, ImageCms.createProfile("sRGB"), outputMode="RGB") or seen
    seen = seen.convert("RGB")
    if opacity is not None:
        seen.putalpha(opacity)
        seen = Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen).convert("RGB")
    seen.info.clear()  # what was said about the file does not hold for it
    return seen


def presentable(photo: Path | str | np.ndarray | Image.Image) -> Image.Image:
    """A photo to learn from or to judge: `upright`, and large enough to show something.

    Raises:
        ValueError: it cannot be read or used; the text says why.
    """
    image = upright(opened(photo))
    if min(image.size) < SMALLEST or max(image.size) > LONGEST * min(image.size):
        raise ValueError(
            f"its size is {image.width} x {image.height}; sides must be at least {SMALLEST} pixels, "
            f"the longer one at most {LONGEST} times the shorter"
        )
    return image


def _tag(image: Image.Image, tag: int, otherwise: Any) -> Any:
    """What a TIFF says of itself."""
    return image.tag_v2.get(tag, otherwise) if isinstance(image, TiffImagePlugin.TiffImageFile) else otherwise


def _has_pages(image: Image.Image) -> bool:
    """Whether a TIFF has other pages than thumbnails and smaller copies of its first one."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return False
    whole = 0
    for page in range(image.n_frames):
        image.seek(page)
        whole += not _tag(image, REDUCED, 0) & 1
    image.seek(0)
    return whole > 1


def _widen_palette(image: Image.Image) -> None:
    """The colours of a TIFF are numbers of 16 bits; where none is above 255 they were written with 8, as libtiff reads them."""
    colors = _tag(image, PALETTE, ())
    if image.mode == "P" and colors and max(colors) < 256:
        image.putpalette(np.reshape(colors, (3, -1)).T.astype(np.uint8).tobytes())


def _turned(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # PIL raises whatever it stumbles over where what the camera wrote is damaged
        return image


def _eight_bits(image: Image.Image, white: int, inverted: bool) -> Image.Image:
    values = np.asarray(image).astype(np.int64)
    clear: Any = image.info.get("transparency")
    shades = ((values * 255 + white // 2) // white).clip(0, 255).astype(np.uint8)
    grey = Image.fromarray(255 - shades if inverted else shades)
    if isinstance(clear, int):
        grey.putalpha(Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
    return grey
