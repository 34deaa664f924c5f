"""Banners of libraries for images, fonts and drawing."""

from __future__ import annotations

from cf_sbom.banners import NUMBER, Library, apart, beside, named, text

_OPENJPEG = b"Codec provided to the opj_setup_decoder function is not a decompressor handler"
# OpenCV says of each library that it decodes images with whether it built that itself.
LIBRARIES = (
    # Users carry the bare version of png.h; `Application built with libpng-` is a text of the library itself.
    Library(
        "libpng",
        "libpng:libpng",
        (
            text(
                b"libpng version ",
                rb"(?<![!-~])libpng version <number>(?: - [A-Z][a-z]{2,8} \d{1,2}, \d{4})?\n",
            ),
            text(b"  PNG:  ", rb"  PNG: {1,40}build \(ver <number>\)", 0.8),
        ),
    ),
    Library(
        "libjpeg-turbo",
        "libjpeg-turbo:libjpeg-turbo",
        (
            text(b"libjpeg-turbo version ", rb"libjpeg-turbo version <number> \(build \d{8}\)\0"),
            text(
                b"build-libjpeg-turbo (ver ",
                rb"build-libjpeg-turbo \(ver (?P<version>\d\.\d\.\d{1,2})-\d\d\)",
                0.8,
            ),
        ),
    ),
    # That of the IJG; libjpeg-turbo names in the same form the level that it emulates, with other holders of rights.
    Library(
        "libjpeg",
        "ijg:libjpeg",
        (
            text(
                b", Thomas G. Lane, Guido Vollbeding\0",
                rb"(?<![\w.])(?P<version>(?:9|1\d)[a-z]?)  \d{1,2}-[A-Z][a-z]{2}-\d{4}\0",
                0.9,
            ),
        ),
    ),
    Library(
        "libtiff",
        "libtiff:libtiff",
        (
            text(b"LIBTIFF, Version ", rb"LIBTIFF, Version <number>\nCopyright "),
            text(b"  TIFF:  ", rb"  TIFF: {1,40}build \(ver \d\d - <number>\)", 0.8),
        ),
    ),
    Library(
        "openjpeg",
        "uclouvain:openjpeg",
        (beside(_OPENJPEG, rb"2\.\d\.\d{1,2}", 96), apart(_OPENJPEG, rb"2\.[2-9]\.\d{1,2}")),
    ),
    Library(
        "libheif",
        "struktur:libheif",
        (
            beside(b"heix\0hevc\0hevx\0heim\0", rb"1\.\d{1,2}\.\d{1,2}", 48),
            apart(b"Region item does not exist\0", rb"1\.[12]\d\.\d"),
        ),
    ),
    Library("libde265", "struktur:libde265", (beside(b"CTB outside of image area\0", rb"1\.0\.\d{1,2}", 128),)),
    Library(
        "libavif",
        "",
        (
            apart(
                b"See MIAF (ISO/IEC 23000-22:2019), Section 7.3.11.4.2\0",
                rb"(?:0\.\d{1,2}|1\.[0-4])\.\d{1,2}",
            ),
        ),
    ),
    Library(
        "libaom",
        "",
        (
            text(
                b"AOMedia Project AV1 ",
                rb"AOMedia Project AV1 (?:Decoder|Encoder|Decoder Inspector) v?<number>\0",
            ),
        ),
    ),
    Library(
        "libraw", "libraw:libraw", (text(b"-Release\0", rb"(?<![\w.])(?P<version>0\.\d\d\.\d{1,2})-Release\0", 0.8),)
    ),
    Library(
        "imagemagick",
        "",
        (text(b"ImageMagick ", rb"(?<![ -~])ImageMagick (?P<version>[67]\.\d{1,2}\.\d{1,2}-\d{1,3}) Q\d"),),
    ),
    Library("libgd", "libgd:libgd", (beside(b"Could not create WBMP\n\0", rb"2\.\d\.\d{1,2}"),)),
    Library("jbigkit", "", (text(b"JBIG-KIT ", rb"JBIG-KIT <number> (?:\(T\.85 version\) )?-- \(c\) "),)),
    Library(
        "harfbuzz",
        "harfbuzz_project:harfbuzz",
        (
            beside(b"uniscribe-bug-compatible\0", rb"\d{1,2}\.\d{1,2}\.\d"),
            apart(b"buffer verify error: text was: %s.", rb"1\d\.\d{1,2}\.\d"),
        ),
    ),
    Library("fribidi", "gnu:fribidi", (text(b"(GNU FriBidi) ", rb"\(GNU FriBidi\) <number>\n"),)),
    # The first is a property that users may set, the other what it looks for in fonts.
    Library(
        "freetype",
        "",
        (named(b"no-stem-darkening\0", needs=b"%!PS-Adobe-3.0 Resource-CIDFont\0"),),
    ),
    Library("libwebp", "", (named(b"null VP8Io passed to VP8GetHeaders()\0"),)),
    Library("lcms2", "", (named(b"plugin needs Little CMS %d, current version is %d\0"),)),
    Library("cairo", "", (beside(b"src/cairo.c\0", rb"1\.\d{1,2}\.\d{1,2}"),)),
    Library("pango", "gnome:pango", (beside(b"PANGO_SYSCONFDIR\0", rb"1\.\d{1,2}\.\d{1,2}"),)),
    Library("gdk-pixbuf", "gnome:gdk-pixbuf", (beside(b"GDK_IS_PIXBUF (dest_pixbuf)\0", rb"2\.\d{1,2}\.\d{1,2}", 32),)),
    Library("qt", "qt:qt", (text(b"_endian-", rb"(?<![ -~])Qt <number> \([\w-]{1,40}_endian-\w{3,8} "),)),
    Library("libass", "", (text(b"tarball: ", rb"(?<![ -~])tarball: <number>\0", 0.9, needs=b"libass API version: "),)),
    # Each library of VTK carries it, also where only a part of VTK is used.
    Library("vtk", "", (text(b"vtk version ", rb"(?<![ -~])vtk version <number>\0", needs=b"13vtkObjectBase\0"),)),
    Library(
        "opencv",
        "opencv:opencv",
        (text(b"General configuration for OpenCV ", rb"General configuration for OpenCV <number> ====="),),
    ),
    Library("tesseract", "", (text(b"content='tesseract ", rb"content='tesseract <number>' />"),)),
    Library("libvips", "libvips:libvips", (beside(b"libvips %s\n\0", rb"8\.\d{1,2}\.\d{1,2}"),)),
    Library(
        "mupdf",
        "artifex:mupdf",
        (beside(b"cannot create context: incompatible header (%s) and library (%s) version", NUMBER),),
    ),
)
