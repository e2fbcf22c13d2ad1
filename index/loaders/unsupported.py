"""What is said of a file whose format is not read: what makes one of it that is."""

from __future__ import annotations

__all__ = ["unsupported"]

_CONVERT = "save it as .{0}, or run `soffice --headless --convert-to {0} FILE` (LibreOffice)"
_REMEDIES = {
    "doc dot fodt hwp pub sxw wpd wps wri": _CONVERT.format("docx"),
    "fodp pot potm pps ppsm ppt sxi": _CONVERT.format("pptx"),
    "123 fods ots qpw sxc wb2 wk1 wks xlam": _CONVERT.format("xlsx"),
    "fodg odg otg sxd vsd vsdx": _CONVERT.format("pdf"),
    "key numbers pages": "export it in the program that made it, as an Office file or a PDF",
    "gdoc gsheet gslides": "only a link to Google: download it there as an Office file or a PDF",
    "ai eps oxps ps xps": "print it to a PDF",
    "one onepkg": "export it as a PDF",
    "avif bmp gif heic heif jp2 psd svg webp": "a picture: save it as .png, and set ocr = true",
    "7z bz2 gz iso rar tar tgz xz zip zst": "an archive: unpack it in the folder",
    "aac aiff amr avi flac m4a m4v mkv mov mp3 mp4 mpeg mpg ogg opus wav webm wma wmv": (
        "sound or film: put its transcript or subtitles beside it (.txt, .srt, .vtt)"
    ),
    "azw azw3 djvu fb2 kfx lit lrf mobi pdb prc": (
        "an e-book: run `ebook-convert FILE FILE.epub` (Calibre)"
    ),
    "accdb db dbf feather mdb parquet sqlite sqlite3": (
        "a database: export its tables as .csv files"
    ),
    "mbx ost pst": "a mailbox: export its messages as .eml files",
}
_BY_ENDING = {f".{name}": words for names, words in _REMEDIES.items() for name in names.split()}


def unsupported(suffix: str) -> str:
    """Why a file with this ending (with its dot, in lower case) is not read, and the remedy.

    >>> unsupported(".zip")
    'format .zip is not supported: an archive: unpack it in the folder'
    """
    remedy = _BY_ENDING.get(suffix, "see `footnote doctor` for those that are")
    return f"format {suffix or 'without extension'} is not supported: {remedy}"
