"""Banners of libraries for sound and moving pictures."""

from __future__ import annotations

from cf_sbom.banners import Library, beside, text

LIBRARIES = (
    # Each library of FFmpeg carries it.
    Library(
        "ffmpeg",
        "ffmpeg:ffmpeg",
        (text(b"FFmpeg version ", rb"FFmpeg version n?<number>(?:-[\w+~.-]{1,40})?\0"),),
    ),
    Library(
        "x265",
        "",
        (text(b"][64 bit]", rb"(?<![\w.])(?P<version>\d\.\d{1,2})\+\d{1,4}-[0-9a-f]{7,10}\0", 0.8),),
    ),
    Library(
        "libvpx",
        "webmproject:libvpx",
        (text(b"WebM Project VP", rb"WebM Project VP[89] (?:Decoder|Encoder) v<number>\0"),),
    ),
    Library("dav1d", "videolan:dav1d", (beside(b"Error parsing sequence header\n\0", rb"[01]\.\d{1,2}\.\d{1,2}", 96),)),
    Library("svt-av1", "", (text(b"SVT [build]", rb"(?<![ -~])v<number>\0", 0.7, kind="beside"),)),
    Library("flac", "flac_project:flac", (text(b"reference libFLAC ", rb"reference libFLAC <number> \d{8}\0"),)),
    Library("libvorbis", "", (text(b"Xiph.Org libVorbis 1.", rb"Xiph\.Org libVorbis <number>\0"),)),
    Library("opus", "", (text(b"libopus ", rb"(?<![ -~])libopus <number>\0"),)),
    Library("speex", "", (beside(b"Unknown wb_mode_query request: \0", rb"1\.\d{1,2}\.\d{1,2}"),)),
    Library("lame", "", (beside(b"http://lame.sf.net\0", rb"3\.\d{2,3}(?:\.\d)?", 80, confidence=0.8),)),
    Library(
        "libsndfile", "libsndfile_project:libsndfile", (text(b"libsndfile-", rb"(?<![ -~])libsndfile-<number>\0"),)
    ),
    Library("libsamplerate", "", (text(b"libsamplerate-", rb"libsamplerate-<number> \(c\) "),)),
    Library("soxr", "", (text(b"libsoxr-", rb"(?<![ -~])libsoxr-<number>\0"),)),
    Library("portaudio", "", (text(b"PortAudio V", rb"PortAudio V<number>-(?:devel|stable), revision "),)),
    Library("libbluray", "", (text(b"libbluray version ", rb"libbluray version <number>\n"),)),
    Library(
        "sdl2",
        "libsdl:simple_directmedia_layer",
        (text(b"SDL-release-", rb"SDL-release-<number>-\d{1,4}-g[0-9a-f]{7,12}"),),
    ),
    Library("glfw", "", (text(b" X11 GLX ", rb"(?<![\w.])<number> X11 GLX "),)),
)
