"""Names of shared libraries: which are the system's, and which conda packages may hold one, by its name alone.

Knows names. The tables are facts of glibc, macOS and Windows and of how conda-forge and Anaconda call what holds a
library; what they answer is a guess that something else must confirm: that the package is required, or was there when
the library was linked.
"""

from __future__ import annotations

import re
from functools import lru_cache

_GLIBC = re.compile(
    r"ld-linux[\w-]*\.so\.\d|ld64\.so\.[12]|ld\.so\.1|linux-(?:vdso|gate)\.so\.1"
    r"|lib(?:c|m|mvec)\.so\.6(?:\.1)?|lib(?:dl|util|nss_[a-z_]+|resolv)\.so\.\d"
    r"|lib(?:rt|nsl|anl|crypt|thread_db|BrokenLocale)\.so\.1|libpthread\.so\.[02]|libc_malloc_debug\.so\.0"
)
# Those of a graphics card's driver, which no package may hold.
_DRIVERS = re.compile(r"lib(?:cuda|nvidia-[\w-]+|nvcuvid)\.so\.1", re.ASCII)
_MACOS = ("/usr/lib/", "/System/Library/", "/System/iOSSupport/", "/Library/Apple/")
_WINDOWS_NAMES = """
advapi32 authz avicap32 avifil32 avrt bcrypt bcryptprimitives cabinet cfgmgr32 comctl32 comdlg32 coremessaging
credui crypt32 cryptsp cryptui d2d1 d3d9 d3d10 d3d10_1 d3d11 d3d12 d3dcompiler_47 dbgeng dbghelp dciman32 ddraw
dhcpcsvc dinput8 dnsapi dsound dwmapi dwrite dxgi dxva2 esent evr fltlib gdi32 gdiplus glu32 hid httpapi imagehlp
imm32 iphlpapi kernel32 kernelbase ksuser loadperf mf mfcore mfplat mfreadwrite mpr msacm32 mscoree mscms msdmo msi
msimg32 mswsock msvcrt msvfw32 ncrypt netapi32 normaliz ntdll ntdsapi ole32 oleacc oleaut32 opengl32 pdh powrprof
propsys psapi rasapi32 rpcrt4 rstrtmgr sechost secur32 sensapi setupapi shcore shell32 shlwapi sspicli strmiids tdh
traffic urlmon user32 userenv usp10 uxtheme version virtdisk wevtapi windowscodecs winhttp wininet winmm winspool
winscard wintrust winusb wldap32 wlanapi ws2_32 wsock32 wtsapi32 xinput1_4 xinput9_1_0 xmllite nvcuda nvml
"""
_WINDOWS = frozenset(_WINDOWS_NAMES.split())
_WINDOWS_SETS = ("api-ms-win-", "ext-ms-")
_C_RUNTIME = re.compile(r"api-ms-win-crt-.*|ucrtbase")

# The start of a library's name without its version, and the packages that may hold it, the likeliest first. A name that
# ends in * stands for all that begin so.
_KNOWN: dict[str, str] = {
    "api-ms-win-crt-*": "ucrt",
    "ucrtbase": "ucrt",
    "vcruntime140*": "vc14_runtime vs2015_runtime vc",
    "msvcp140*": "vc14_runtime vs2015_runtime vc",
    "concrt140": "vc14_runtime vs2015_runtime vc",
    "vccorlib140": "vc14_runtime vs2015_runtime vc",
    "vcomp140": "vcomp14 vc14_runtime vs2015_runtime vc",
    "msvcr90": "vs2008_runtime vc",
    "msvcp90": "vs2008_runtime vc",
    "msvcr100": "vs2010_runtime vc",
    "msvcp100": "vs2010_runtime vc",
    "libgcc_s*": "libgcc libgcc-ng m2w64-gcc-libs-core",
    "libstdc++*": "libstdcxx libstdcxx-ng m2w64-gcc-libs",
    "libgomp": "_openmp_mutex libgomp llvm-openmp libgcc libgcc-ng m2w64-gcc-libs",
    "libatomic": "libatomic libgcc libgcc-ng",
    "libitm": "libgcc libgcc-ng",
    "libssp": "libgcc libgcc-ng",
    "libgfortran": "libgfortran5 libgfortran libgfortran-ng libgfortran4 m2w64-gcc-libgfortran",
    "libquadmath": "libquadmath libgfortran5 libgcc libgfortran libgfortran-ng m2w64-gcc-libs",
    "libasan": "libsanitizer",
    "libtsan": "libsanitizer",
    "libubsan": "libsanitizer",
    "liblsan": "libsanitizer",
    "libwinpthread": "libwinpthread m2w64-libwinpthread-git",
    "libc++": "libcxx",
    "libc++abi": "libcxxabi libcxx",
    "libunwind": "libunwind llvm-libunwind",
    "libomp": "llvm-openmp",
    "libiomp5*": "intel-openmp llvm-openmp",
    "libLLVM*": "llvm libllvm",
    "libclang": "libclang libclang13",
    "libclang-cpp": "libclang-cpp",
    "libtbb*": "tbb",
    "libmkl_*": "mkl",
    "mkl_*": "mkl",
    "libpython*": "python",
    "python2*": "python",
    "python3*": "python",
    "libR": "r-base",
    "libRblas": "r-base",
    "libRlapack": "r-base",
    "R": "r-base",
    "Rblas": "r-base",
    "Rlapack": "r-base",
    "libperl": "perl",
    "perl5*": "perl",
    "libtcl*": "tk",
    "libtk*": "tk",
    "tcl8*": "tk",
    "tk8*": "tk",
    "libjvm": "openjdk",
    "libjli": "openjdk",
    "libz": "libzlib zlib",
    "zlib*": "libzlib zlib",
    "libminizip*": "minizip",
    "libbz2": "bzip2",
    "liblzma": "liblzma xz",
    "libzstd": "zstd",
    "liblz4": "lz4-c",
    "libsnappy": "snappy",
    "libbrotlicommon": "libbrotlicommon brotli",
    "libbrotlidec": "libbrotlidec brotli",
    "libbrotlienc": "libbrotlienc brotli",
    "libblosc": "blosc c-blosc",
    "libblosc2": "c-blosc2",
    "libaec": "libaec",
    "libsz": "libaec",
    "libarchive": "libarchive",
    "libssl*": "openssl",
    "libcrypto*": "openssl",
    "libeay32": "openssl",
    "ssleay32": "openssl",
    "libcurl": "libcurl curl",
    "libcares": "c-ares",
    "cares": "c-ares",
    "libev": "libev",
    "libevent*": "libevent",
    "libgssapi_krb5": "krb5",
    "libkrb5*": "krb5",
    "libk5crypto": "krb5",
    "libcom_err": "krb5",
    "libzmq*": "zeromq",
    "libsodium": "libsodium",
    "libsqlite3": "libsqlite sqlite",
    "sqlite3": "libsqlite sqlite",
    "libpq": "libpq postgresql",
    "libmysqlclient": "mysql-libs mysql",
    "libodbc*": "unixodbc",
    "libxml2": "libxml2 libxml2-16",
    "libexslt": "libxslt",
    "libexpat": "libexpat expat",
    "libyaml-0": "yaml",
    "libjson-c": "json-c",
    "libffi*": "libffi",
    "libicu*": "icu",
    "icu*": "icu",
    "libintl": "libintl gettext libgettextlib",
    "libasprintf": "libasprintf gettext",
    "libcharset": "libiconv",
    "libtinfo*": "ncurses",
    "libncurses*": "ncurses",
    "libpanel": "ncurses",
    "libpanelw": "ncurses",
    "libform": "ncurses",
    "libformw": "ncurses",
    "libmenu": "ncurses",
    "libmenuw": "ncurses",
    "libhistory": "readline",
    "libreadline": "readline",
    "libpcre": "pcre",
    "libpcre2*": "pcre2",
    "pcre2*": "pcre2",
    "libonig": "oniguruma",
    "libglib-2.0": "libglib glib",
    "libgobject-2.0": "libglib glib",
    "libgio-2.0": "libglib glib",
    "libgmodule-2.0": "libglib glib",
    "libgthread-2.0": "libglib glib",
    "libdbus-1": "dbus",
    "libsystemd": "libsystemd0",
    "libudev": "libudev1",
    "libmagic": "libmagic file",
    "libpng*": "libpng",
    "libjpeg*": "libjpeg-turbo jpeg",
    "libturbojpeg": "libjpeg-turbo",
    "libtiff*": "libtiff",
    "libwebp*": "libwebp-base libwebp",
    "libsharpyuv": "libwebp-base libwebp",
    "libgif": "giflib",
    "libopenjp2": "openjpeg",
    "liblcms2": "lcms2",
    "libfreetype": "libfreetype6 libfreetype freetype",
    "freetype": "libfreetype6 libfreetype freetype",
    "libfontconfig": "fontconfig",
    "libharfbuzz*": "harfbuzz",
    "libgraphite2": "graphite2",
    "libpixman-1": "pixman",
    "libcairo*": "cairo",
    "libpango*": "pango",
    "libX11-xcb": "xorg-libx11",
    "libxcb*": "libxcb xorg-libxcb",
    "libGL": "libgl libglvnd",
    "libEGL": "libegl libglvnd",
    "libGLX": "libglx libglvnd",
    "libOpenGL": "libopengl libglvnd",
    "libGLdispatch": "libglvnd",
    "libQt5*": "qt-main qt qt-base",
    "Qt5*": "qt-main qt",
    "libQt6*": "qt6-main",
    "Qt6*": "qt6-main",
    "libavcodec": "ffmpeg",
    "libavdevice": "ffmpeg",
    "libavfilter": "ffmpeg",
    "libavformat": "ffmpeg",
    "libavutil": "ffmpeg",
    "libswresample": "ffmpeg",
    "libswscale": "ffmpeg",
    "libpostproc": "ffmpeg",
    "libFLAC*": "libflac",
    "libImath*": "imath",
    "libOpenEXR*": "openexr",
    "libIlm*": "openexr ilmbase",
    "libgmp*": "gmp",
    "libmpfr": "mpfr",
    "libmpc": "mpc",
    "libfftw3*": "fftw",
    "libgsl*": "gsl",
    "libopenblas*": "libopenblas openblas",
    "libhdf5*": "hdf5",
    "hdf5*": "hdf5",
    "libgeos*": "geos",
    "libproj": "proj",
    "libgdal": "libgdal-core libgdal",
    "libboost_*": "libboost boost-cpp libboost-python boost",
    "boost_*": "libboost boost-cpp libboost-python boost",
    "libprotobuf*": "libprotobuf",
    "libabsl_*": "libabseil abseil-cpp",
    "libgrpc*": "libgrpc grpc-cpp",
    "libgpr": "libgrpc grpc-cpp",
    "libre2": "libre2-11 re2",
    "libparquet": "libparquet libarrow arrow-cpp",
    "libarrow*": "libarrow arrow-cpp",
    "libtorch*": "libtorch pytorch",
    "libc10*": "libtorch pytorch",
    "libmpi*": "openmpi mpich",
    "libcudart": "cuda-cudart cudatoolkit",
}
_EXACT = {name.lower(): packages.split() for name, packages in _KNOWN.items() if not name.endswith("*")}
_STARTS = sorted(
    ((name[:-1].lower(), packages.split()) for name, packages in _KNOWN.items() if name.endswith("*")),
    key=lambda entry: -len(entry[0]),
)

# What a compiler or its run_exports add whether or not the code needs it, and what is used otherwise than by linking.
_NEVER_UNUSED = re.compile(
    r"(?:lib(?:gcc|stdcxx|gfortran)(?:-ng|\d)?|libcxx(?:abi)?|_openmp_mutex|_libgcc_mutex|libgomp|llvm-openmp|libquadmath"
    r"|intel-openmp|vc|vc14_runtime|vs20\d\d_runtime|vcomp14|ucrt|m2w64-.*|msys2-.*|compiler-rt.*|sysroot_.*"
    r"|python|pypy.*|python_abi|r-base|perl|ruby|nodejs|openjdk|lua.*|julia|php|tk|mono|dotnet.*"
    r"|tzdata|ca-certificates|certifi|openmpi|mpich|mpi|cuda-version|cudatoolkit|__.*)"
)
_ENDS = re.compile(r"\.so(?:\.(?P<so>[0-9][\w.]*))?|(?:\.(?P<dylib>[0-9][\w.]*?))?\.dylib|\.dll|\.drv", re.IGNORECASE)
_VERSION = re.compile(r"[-_.]?v?[0-9][0-9._]*(?:[-_](?:x64|x86|64|32))?")


def base_name(name: str) -> str:
    """The file's name of a library that is asked for by a path."""
    return re.split(r"[/\\]", name)[-1]


def is_system(name: str, format_: str) -> bool:
    """Whether the operating system has this library, as a binary of ELF, Mach-O or PE asks for it."""
    if format_ == "Mach-O":
        return name.startswith(_MACOS) and "/.." not in name
    base = base_name(name)
    if format_ == "PE":
        stem = re.sub(r"\.(?:dll|drv|exe|ocx|sys)$", "", base.lower())
        return stem in _WINDOWS or stem.startswith(_WINDOWS_SETS) or stem == "ucrtbase"
    return bool(_GLIBC.fullmatch(base) or _DRIVERS.fullmatch(base))


def may_be_packaged(name: str, format_: str) -> bool:
    """Whether a package may hold a library that is the system's, too, and then goes first: Microsoft's C runtime."""
    return format_ == "PE" and _C_RUNTIME.fullmatch(re.sub(r"\.dll$", "", base_name(name).lower())) is not None


def is_never_unused(package: str) -> bool:
    """Whether a package may well be required although no binary links to it."""
    return _NEVER_UNUSED.fullmatch(package) is not None


def usual_package(name: str) -> str:
    """The conda package that usually holds a well-known library, or ""."""
    return next(iter(_known(stem_and_version(name)[0])), "")


@lru_cache(maxsize=4096)
def packages_by_name(name: str) -> tuple[str, ...]:
    """The conda packages that may hold a library, by its name, the likeliest first."""
    stem, version = stem_and_version(name)
    major = version.partition(".")[0]
    plain = stem.replace("+", "x")
    found = list(_known(stem))
    for one in (plain, plain + major, f"{plain}-{major}", _VERSION.sub("", plain)):
        bare = one.removeprefix("lib")
        found += (one, f"lib{bare}", bare, f"{bare}-libs", f"{bare}-cpp", f"{bare}-c", f"xorg-{one}")
    return tuple(dict.fromkeys(package for package in found if package.removeprefix("lib").strip("-_.")))


def _known(stem: str) -> list[str]:
    return _EXACT.get(stem) or next((packages for start, packages in _STARTS if stem.startswith(start)), [])


def stem_and_version(name: str) -> tuple[str, str]:
    """A library's name in lower case without ending and version, and that: of `libz.so.1.3` libz and 1.3."""
    base = base_name(name)
    found = next((match for match in _ENDS.finditer(base) if match.end() == len(base)), None)
    if found is None:
        return base.lower(), ""
    return base[: found.start()].lower(), (found["so"] or found["dylib"] or "").strip(".")
