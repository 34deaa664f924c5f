"""The table of projects whose shared libraries are often bundled. What a row says is told in the package's own module.

Several rows may have a stem: that whose mark is exported is meant. Where a number in a file's name is that of an
interface (libtool's current, revision and age), a row has no rule for it.
"""

from __future__ import annotations

from collections.abc import Callable

from cf_sbom import bundled
from cf_sbom.bundled import Project, Told, brotli, bytewise, decimal, plain, same, thousands


def _row(
    name: str,
    stems: str,
    marks: str = "",
    *told: Told,
    number: Callable[[str], str] | None = None,
    resource: bool = False,
    fork: str = "",
    called: str = "",
) -> Project:
    """called: names in one text, separated by commas."""
    return Project(
        name=name,
        stems=tuple(stems.split()),
        marks=tuple(marks.split()),
        told=told,
        number=number,
        resource=resource,
        fork=fork,
        called=tuple(plain(word) for word in called.split(",") if word),
    )


PROJECTS: tuple[Project, ...] = (
    # compression
    _row("zlib", "z zlib zlib1 zlibwapi", "", Told("zlibVersion"), number=same, fork="zlib-ng", called="zlib1g"),
    _row("zlib-ng", "z zlib1 z-ng", "zng_deflate_init", Told("zlibng_version")),
    _row("bzip2", "bz2", "", Told("BZ2_bzlibVersion"), called="bzip2-libs,libbz2,libbz2-1.0"),
    _row(
        "xz",
        "lzma",
        "",
        Told("lzma_version_string"),
        Told("lzma_version_number", bundled.xz),
        number=same,
        called="xz-libs,liblzma,liblzma5,xz utils",
    ),
    _row(
        "zstd",
        "zstd",
        "",
        Told("ZSTD_versionString"),
        Told("ZSTD_versionNumber", decimal),
        number=same,
        called="libzstd,libzstd1,zstandard",
    ),
    _row(
        "lz4",
        "lz4",
        "",
        Told("LZ4_versionString"),
        Told("LZ4_versionNumber", decimal),
        number=same,
        called="lz4-libs,liblz4,liblz4-1",
    ),
    _row(
        "brotli",
        "brotlicommon brotlidec brotlienc",
        "BrotliGetDictionary BrotliGetTransforms",
        Told("BrotliDecoderVersion", brotli),
        Told("BrotliEncoderVersion", brotli),
        called="libbrotli,brotli-libs,libbrotli1",
    ),
    _row("snappy", "snappy", "snappy_max_compressed_length", called="libsnappy1v5"),
    _row("libdeflate", "deflate", "libdeflate_alloc_compressor", called="libdeflate0"),
    _row("c-blosc2", "blosc2", "blosc2_create_cctx", Told("blosc2_get_version_string")),
    _row("c-blosc", "blosc", "blosc_compress_ctx", Told("blosc_get_version_string"), called="blosc"),
    _row(
        "libarchive",
        "archive",
        "",
        Told("archive_version_number", thousands),
        Told("archive_version_string"),
        called="libarchive13",
    ),
    _row("libaec", "aec sz", "aec_decode_init SZ_BufftoBuffCompress"),
    _row("minizip", "minizip", "unzOpen64", called="minizip-ng"),
    # images and fonts
    _row(
        "libpng",
        "png png12 png14 png15 png16 png17",
        "png_create_read_struct",
        Told("png_access_version_number", decimal),
        number=bundled.libpng,
        called="libpng12,libpng15,libpng16-16,libpng16",
    ),
    _row(
        "libjpeg-turbo",
        "jpeg jpeg62 jpeg8 turbojpeg",
        "jpeg_skip_scanlines jpeg_read_icc_profile tjInitDecompress",
        called="turbojpeg,libturbojpeg0,libjpeg62-turbo,libjpeg-turbo8,libjpeg / libjpeg-turbo",
    ),
    _row("libjpeg", "jpeg jpeg8 jpeg9", "jpeg_core_output_dimensions", called="jpeg"),
    _row("libtiff", "tiff tiffxx", "TIFFOpen TIFFStreamOpen", Told("TIFFGetVersion"), called="tiff,libtiff5,libtiff6"),
    _row(
        "libwebp",
        "webp webpdecoder webpdemux webpmux sharpyuv",
        "SharpYuvConvert",
        Told("WebPGetEncoderVersion", bytewise),
        Told("WebPGetDecoderVersion", bytewise),
        Told("WebPGetDemuxVersion", bytewise),
        Told("WebPGetMuxVersion", bytewise),
        called="libwebp6,libwebp7,libwebpdemux2,libwebpmux3,libsharpyuv0,libsharpyuv,libwebpdemux,libwebpmux",
    ),
    _row("openjpeg", "openjp2", "", Told("opj_version"), number=same, called="openjpeg2,libopenjp2-7,libopenjp2"),
    _row("libavif", "avif", "avifDecoderCreate", Told("avifVersion"), called="libavif15,libavif16"),
    _row("libaom", "aom", "aom_codec_av1_dx", Told("aom_codec_version", bytewise), called="aom,libaom3"),
    _row("dav1d", "dav1d", "dav1d_open", Told("dav1d_version"), called="libdav1d,libdav1d6,libdav1d7"),
    _row("svt-av1", "svtav1enc svtav1dec", "svt_av1_enc_init", Told("svt_av1_get_version"), called="libsvtav1"),
    _row("libheif", "heif", "", Told("heif_get_version"), called="libheif1"),
    _row("libde265", "de265", "", Told("de265_get_version"), called="libde265-0"),
    _row(
        "libjxl",
        "jxl jxl_threads jxl_cms",
        "JxlThreadParallelRunner JxlGetDefaultCms",
        Told("JxlDecoderVersion", thousands),
        called="libjpeg-xl",
    ),
    _row("giflib", "gif", "DGifOpen", called="libgif7,giflib"),
    _row("jbigkit", "jbig jbig85", "jbg_dec_init jbg85_dec_init", called="jbigkit-libs,libjbig0"),
    _row("libraw", "raw raw_r", "", Told("libraw_version"), called="libraw20,libraw23"),
    _row(
        "lcms2", "lcms2", "", Told("cmsGetEncodedCMMversion", bundled.lcms), called="little cms 2,littlecms2,liblcms2-2"
    ),
    _row("libimagequant", "imagequant", "", Told("liq_version", decimal), called="libimagequant0"),
    _row("freetype", "freetype", "FT_Init_FreeType", called="freetype2,libfreetype6"),
    _row(
        "harfbuzz",
        "harfbuzz harfbuzz-subset harfbuzz-icu",
        "hb_subset_input_create_or_fail hb_icu_get_unicode_funcs",
        Told("hb_version_string"),
        number=bundled.harfbuzz,
        called="libharfbuzz0b",
    ),
    _row("fribidi", "fribidi", "fribidi_log2vis", called="libfribidi0"),
    _row("raqm", "raqm", "raqm_create", Told("raqm_version_string"), called="libraqm,libraqm0"),
    _row("graphite2", "graphite2", "gr_make_face", called="libgraphite2-3"),
    _row("fontconfig", "fontconfig", "FcInitLoadConfig", Told("FcGetVersion", decimal), called="libfontconfig1"),
    _row(
        "cairo",
        "cairo cairo-gobject",
        "cairo_gobject_surface_get_type",
        Told("cairo_version_string"),
        called="libcairo2",
    ),
    _row("pixman", "pixman-1 pixman", "", Told("pixman_version_string"), called="libpixman-1-0"),
    _row(
        "pango",
        "pango-1.0 pangocairo-1.0 pangoft2-1.0",
        "pango_cairo_font_map_new pango_ft2_font_map_new",
        Told("pango_version_string"),
    ),
    # X11
    _row(
        "libxcb",
        "xcb xcb-shm xcb-render xcb-shape xcb-xfixes xcb-randr xcb-sync xcb-xkb xcb-xinerama",
        "xcb_connect xcb_shm_attach xcb_render_composite xcb_shape_mask xcb_xfixes_create_region "
        "xcb_randr_get_screen_info xcb_sync_create_fence xcb_xkb_use_extension xcb_xinerama_is_active",
        called="libxcb1",
    ),
    _row("libxau", "xau", "XauReadAuth", called="libXau,libxau6"),
    _row("libxdmcp", "xdmcp", "XdmcpFill", called="libXdmcp,libxdmcp6"),
    _row("libx11", "x11 x11-xcb", "XOpenDisplay XGetXCBConnection", called="libX11-6,libx11-xcb1"),
    _row("libxext", "xext", "XShmCreateImage", called="libxext6"),
    _row("libdrm", "drm", "drmGetVersion", number=bundled.libdrm, called="libdrm2"),
    # cryptography and network
    _row(
        "openssl",
        "crypto ssl",
        "OPENSSL_init_ssl SSL_library_init OPENSSL_init_crypto SSLeay_version",
        number=bundled.openssl,
        called="openssl-libs,openssl11-libs,libssl3,libssl1.1,libssl3t64,libcrypto3,libcrypto1.1",
    ),
    _row("libsodium", "sodium", "", Told("sodium_version_string"), called="libsodium23"),
    _row("gnutls", "gnutls", "gnutls_init", called="libgnutls30"),
    _row("nettle", "nettle hogweed", "nettle_aes256_encrypt nettle_rsa_encrypt", called="libnettle8,libhogweed6"),
    _row("libgcrypt", "gcrypt", "gcry_control", called="libgcrypt20"),
    _row("libgpg-error", "gpg-error", "gpg_strerror", called="libgpg-error0"),
    _row("libssh2", "ssh2", "libssh2_session_init_ex", called="libssh2-1"),
    _row("libssh", "ssh", "ssh_new", called="libssh4"),
    _row("curl", "curl curl-gnutls", "curl_easy_init", called="libcurl,libcurl4,libcurl-minimal"),
    _row("nghttp2", "nghttp2", "nghttp2_session_client_new", called="libnghttp2,libnghttp2-14"),
    _row("c-ares", "cares", "ares_init_options", called="libcares2"),
    _row("libpsl", "psl", "psl_is_public_suffix", Told("psl_get_version"), called="libpsl5"),
    _row("libidn2", "idn2", "idn2_lookup_u8", called="libidn2-0"),
    _row("libunistring", "unistring", "u8_normalize", called="libunistring2,libunistring5"),
    _row(
        "krb5",
        "krb5 k5crypto krb5support gssapi_krb5 com_err",
        "krb5_init_context krb5_c_encrypt krb5int_mutex_alloc gss_krb5_copy_ccache error_table_name_r",
        called="krb5-libs,libkrb5-3,libgssapi-krb5-2,libk5crypto3,libkrb5support0",
    ),
    _row(
        "e2fsprogs",
        "com_err ss e2p ext2fs",
        "init_error_table ss_create_invocation e2p_is_null_uuid ext2fs_open",
        called="libcom_err,libcom-err2,e2fsprogs-libs",
    ),
    _row(
        "keyutils",
        "keyutils",
        "keyctl_join_session_keyring",
        Told("keyutils_version_string", data=True),
        called="keyutils-libs,libkeyutils1",
    ),
    _row(
        "openldap",
        "ldap ldap_r lber ldap-2.4 ldap_r-2.4 lber-2.4 ldap-2.5 lber-2.5",
        "ldap_initialize ber_alloc_t",
        called="openldap-libs,libldap-2.4-2,libldap-2.5-0,libldap2",
    ),
    _row("cyrus-sasl", "sasl2", "sasl_client_new", called="cyrus-sasl-lib,libsasl2-2,libsasl,libsasl2"),
    _row("libxcrypt", "crypt", "crypt_gensalt", called="libcrypt1,libxcrypt-compat"),
    _row("libevent", "event event_core event-2.1", "", Told("event_get_version"), called="libevent-2.1-7"),
    _row("libuv", "uv", "", Told("uv_version_string"), called="libuv1"),
    _row("zeromq", "zmq", "zmq_ctx_new", called="libzmq5,libzmq"),
    _row("libusb", "usb-1.0", "libusb_init", called="libusbx,libusb1,libusb-1.0-0"),
    # databases and documents
    _row("postgresql", "pq", "", Told("PQlibVersion", bundled.postgresql), called="libpq,libpq5,postgresql-libs"),
    _row(
        "sqlite",
        "sqlite3",
        "",
        Told("sqlite3_libversion_number", thousands),
        Told("sqlite3_libversion"),
        called="sqlite-libs,libsqlite3-0,sqlite3",
    ),
    _row("unixodbc", "odbc odbcinst odbccr", "SQLAllocHandle SQLGetPrivateProfileString", called="unixODBC,libodbc2"),
    _row("expat", "expat", "", Told("XML_ExpatVersion"), called="libexpat,libexpat1"),
    _row("libxml2", "xml2", "xmlParseMemory xmlReadMemory", called="libxml2-2"),
    _row("libxslt", "xslt exslt", "xsltParseStylesheetDoc exsltRegisterAll", called="libxslt1.1"),
    _row("libyaml", "yaml yaml-0", "yaml_parser_initialize", Told("yaml_get_version_string"), called="libyaml-0-2"),
    _row("json-c", "json-c", "", Told("json_c_version"), called="libjson-c5,libjson-c"),
    _row("utf8proc", "utf8proc", "", Told("utf8proc_version"), called="libutf8proc2"),
    _row(
        "pcre2",
        "pcre2 pcre2-8 pcre2-16 pcre2-32 pcre2-posix",
        "pcre2_compile_8 pcre2_compile_16 pcre2_compile_32 pcre2_regcomp",
        called="libpcre2-8-0",
    ),
    _row("pcre", "pcre pcreposix", "pcre_compile pcreposix_regcomp", called="libpcre3"),
    _row("oniguruma", "onig", "", Told("onig_version"), called="libonig5"),
    _row("icu", "icuuc icui18n icudata icuio icuin icudt", "", number=bundled.icu, called="libicu,icu-libs,libicu72"),
    _row("hdf5", "hdf5 hdf5_hl hdf5_cpp hdf5_hl_cpp", "H5open H5LTmake_dataset", called="libhdf5-103"),
    _row("netcdf-c", "netcdf", "nc_inq_libvers", called="netcdf,libnetcdf19"),
    _row("geos", "geos_c geos", "_ZN4geos4geom11geosversionEv", Told("GEOSversion"), called="libgeos"),
    _row("proj", "proj", "proj_context_create", called="libproj25"),
    # numbers
    _row(
        "openblas",
        "openblas openblasp openblas64_ openblas64_p openblas64p scipy_openblas scipy_openblas64_",
        "openblas_get_config openblas_get_config64_ scipy_openblas_get_config scipy_openblas_get_config64_",
        number=same,
        called="libopenblas,openblas-threads,openblas-openmp,openblas-serial,libopenblas0-pthread",
    ),
    _row(
        "fftw",
        "fftw3 fftw3f fftw3l fftw3_threads fftw3f_threads",
        "fftw_init_threads fftwf_init_threads",
        Told("fftw_version", data=True),
        Told("fftwf_version", data=True),
        Told("fftwl_version", data=True),
        called="fftw-libs-double,libfftw3-double3",
    ),
    _row("gmp", "gmp", "__gmpz_init", called="libgmp10"),
    _row("mpfr", "mpfr", "", Told("mpfr_get_version"), called="libmpfr6"),
    _row("mpc", "mpc", "mpc_init2", Told("mpc_get_version"), called="libmpc3,libmpc"),
    _row("gsl", "gsl gslcblas", "gsl_vector_alloc"),
    _row("onetbb", "tbb tbbmalloc", "scalable_malloc", Told("TBB_runtime_version"), called="tbb,libtbb12"),
    # runtimes
    _row("libgfortran", "gfortran", "_gfortran_st_write", called="libgfortran5,libgfortran3,libgfortran4"),
    _row("libquadmath", "quadmath", "quadmath_snprintf", called="libquadmath0"),
    _row("libgomp", "gomp", "GOMP_parallel", called="libgomp1"),
    _row("libstdc++", "stdc++", "_ZNSt9exceptionD1Ev", called="libstdc++6"),
    _row("libgcc", "gcc_s gcc_s_seh", "_Unwind_Resume", called="libgcc1,libgcc-s1"),
    _row("llvm-openmp", "omp", "__kmpc_fork_call", called="libomp,libomp5"),
    _row("libffi", "ffi", "ffi_prep_cif", called="libffi6,libffi7,libffi8"),
    _row(
        "ncurses",
        "ncurses ncursesw tinfo tinfow",
        "tigetstr initscr",
        Told("curses_version"),
        called="ncurses-libs,libncurses6,libtinfo6",
    ),
    _row("readline", "readline history", "rl_initialize using_history", called="libreadline8"),
    _row(
        "glib",
        "glib-2.0 glib gobject-2.0 gio-2.0 gmodule-2.0 gthread-2.0",
        "g_list_append g_object_new g_file_new_for_path g_module_open g_thread_init",
        called="glib2,libglib2.0-0",
    ),
    _row("libiconv", "iconv", "libiconv_open"),
    _row("gettext", "intl", "libintl_gettext", called="libintl,libintl8"),
    _row("elfutils", "elf dw", "elf_begin dwarf_begin_elf", called="elfutils-libelf,libelf1"),
    _row(
        "util-linux",
        "uuid mount blkid",
        "uuid_generate_time_safe mnt_new_context blkid_get_cache",
        called="libuuid,libuuid1,libmount,libblkid",
    ),
    _row("libselinux", "selinux", "is_selinux_enabled", called="libselinux1"),
    _row("libcap", "cap", "cap_get_proc", called="libcap2"),
    _row("numactl", "numa", "numa_available", called="numactl-libs,libnuma1"),
    _row(
        "microsoft-vc-runtime",
        "msvcp140 msvcp140_1 msvcp140_2 vcruntime140 vcruntime140_1 concrt140 vcomp140 vcomp",
        "",
        resource=True,
    ),
    _row("qt", "qt5* qt6*", "Qt_5 Qt_6", Told("qVersion"), number=same),
    _row("boost", "boost_*", number=same),
    _row("abseil-cpp", "absl_*"),
    # media
    _row(
        "ffmpeg",
        "avcodec avdevice avfilter avformat avutil swresample swscale postproc",
        "avcodec_version avdevice_version avfilter_version avformat_version swresample_version swscale_version "
        "postproc_version",
        Told("av_version_info"),
    ),
    _row("libvpx", "vpx", "vpx_codec_decode", called="libvpx7,libvpx9"),
    _row("x264", "x264", "x264_param_default", called="libx264"),
    _row("x265", "x265", "x265_param_default", called="libx265"),
    _row("openh264", "openh264", "WelsCreateSVCEncoder", called="libopenh264"),
    _row("opus", "opus", "opus_decode", Told("opus_get_version_string"), called="libopus0"),
    _row("libogg", "ogg", "ogg_sync_init", called="libogg0"),
    _row(
        "libvorbis",
        "vorbis vorbisenc vorbisfile",
        "vorbis_encode_init ov_open",
        Told("vorbis_version_string"),
        called="libvorbis0a",
    ),
    _row("flac", "flac flac++", "FLAC__stream_decoder_new", called="flac-libs,libflac12"),
    _row("lame", "mp3lame", "lame_init", Told("get_lame_version"), called="libmp3lame0,lame-libs"),
    _row("libsndfile", "sndfile", "sf_open", called="libsndfile1"),
    _row("mpg123", "mpg123 out123", "mpg123_init out123_new", called="libmpg123-0"),
    _row("libsamplerate", "samplerate", "src_new", called="libsamplerate0"),
    _row("portaudio", "portaudio", "Pa_Initialize", called="libportaudio2"),
    _row("sdl2", "sdl2 sdl2-2.0", "SDL_GetVersion", called="libsdl2-2.0-0"),
)

_STARTS: list[tuple[str, Project]] = []
_BY_STEM: dict[str, list[Project]] = {}
_BY_NAME: dict[str, Project] = {}
for _project in PROJECTS:
    for _stem in _project.stems:
        if _stem.endswith("*"):
            _STARTS.append((_stem[:-1], _project))
        else:
            _BY_STEM.setdefault(_stem, []).append(_project)
    for _name in (plain(_project.name), *_project.called):
        _BY_NAME.setdefault(_name, _project)
for _stem, _projects in _BY_STEM.items():
    for _name in (_stem, f"lib{_stem}"):
        _BY_NAME.setdefault(plain(_name), _projects[0])


def projects_of(stem: str) -> tuple[Project, ...]:
    """The projects that have a file of this stem."""
    return (*_BY_STEM.get(stem, ()), *(project for start, project in _STARTS if stem.startswith(start)))


def project_called(name: str) -> Project | None:
    """The project that a distribution or an SBOM calls so."""
    return _BY_NAME.get(plain(name))
