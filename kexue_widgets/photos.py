"""A photo as it is meant to be seen, whatever its file is like: upright, opaque, 8 bits of red, green and blue in sRGB."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms, ImageOps

SIXTEEN_BITS = {"I;16", "I;16L", "I;16B", "I;16N"}
HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}  # brands of ISO/IEC 23008-12
SMALLEST = 8  # pixels across and down: less shows nothing
LONGEST = 10  # times the shorter side: of more, the middle square is less than a tenth
REDUCED = 254  # the TIFF tag whose first bit says that a picture is a thumbnail of another one in the file


def opened(photo: Path | str | np.ndarray | Image.Image) -> Image.Image:
    """A photo, whole, from a file or an array, or itself.

    Args:
        photo: a path; a PIL image; or an array (h, w), (h, w, 3) or (h, w, 4), uint8, whose fourth channel is opacity.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is none of these, or a file that no photo can be read from; the text names it and says why.
    """
    if isinstance(photo, Image.Image):
        return photo
    if isinstance(photo, np.ndarray):
        if photo.dtype != np.uint8 or not photo.size or not (photo.ndim == 2 or photo.shape[2:] in ((3,), (4,))):
            accepted = "(h, w), (h, w, 3) or (h, w, 4), uint8"
            raise ValueError(f"photo must be an array {accepted}, got shape {photo.shape}, {photo.dtype}")
        return Image.fromarray(photo)
    if not isinstance(photo, Path | str):
        raise ValueError(f"photo must be a path, a PIL image or an array of uint8, got {type(photo).__name__}")
    with suppress(ImportError):
        from pillow_heif import register_heif_opener

        register_heif_opener()
    path = Path(photo)
    if path.is_dir():
        raise ValueError(f"photo must be a file, {path} is a folder")
    with path.open("rb") as file:
        start = file.read(12)
    try:
        with Image.open(path) as image:
            image.load()
            if image.format == "TIFF" and image.tag_v2.get(REDUCED, 0) & 1:  # type: ignore[attr-defined]
                raise ValueError("only a thumbnail can be read, as of a camera's raw file: develop it first")
            return image
    except Exception as error:  # decoders raise whatever they stumble over
        why = str(error)
        if isinstance(error, Image.UnidentifiedImageError):
            why = (
                "HEIC is read if pillow-heif is installed" if start[8:12] in HEIC else "it is no picture that PIL knows"
            )
        raise ValueError(f"{path} cannot be read: {why or type(error).__name__}") from error


def upright(image: Image.Image) -> Image.Image:
    """A photo turned as its camera was held, on white where it is transparent, in sRGB: mode RGB.

    16 bits of grey are brought to 8, and colours go through the profile in the file, as browsers show them.

    Raises:
        ValueError: a mode whose numbers do not say what is white: F, and I from files of 32-bit numbers.
    """
    widened = image.mode == "I" and image.format in ("PNG", "PPM")  # 16 bits in a mode of 32
    image = ImageOps.exif_transpose(image)
    if widened or image.mode in SIXTEEN_BITS:
        image = _eight_bits(image)
    elif image.mode in ("I", "F"):
        kind = "32-bit whole numbers" if image.mode == "I" else "floating-point numbers"
        raise ValueError(f"its mode is {image.mode}, {kind} that do not say what is white: save it with 8 or 16 bits")
    profile = image.info.get("icc_profile")
    if image.mode == "La":
        image = image.convert("LA")
    clear = image.mode in ("LA", "PA", "RGBA", "RGBa") or "transparency" in image.info
    seen = image.convert("RGBA") if clear else image
    if profile and seen.mode in ("RGB", "RGBA", "CMYK"):
        with suppress(ImageCms.PyCMSError, OSError):  # a damaged profile, or one of other colours, is as good as none
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            mode = "RGBA" if clear else "RGB"
            # With an output mode given, a new image is returned.
            seen = ImageCms.profileToProfile(seen, source, ImageCms.createProfile("sRGB"), outputMode=mode) or seen
    if clear:
        seen = Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen)
    seen = seen.convert("RGB")
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


def _eight_bits(image: Image.Image) -> Image.Image:
    values = np.asarray(image).astype(np.int64)
    clear: Any = image.info.get("transparency")
    grey = Image.fromarray(((values * 255 + 32767) // 65535).clip(0, 255).astype(np.uint8))
    if isinstance(clear, int):
        grey.putalpha(Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
    return grey
