#!/usr/bin/env python3
"""Whether the words in vulkan_transport_words.hpp are what the shader beside it compiles to.

    shader_words.py [GLSLANG]            compares; skipped (77) without that version of glslang
    shader_words.py [GLSLANG] --write    makes the header anew; run clang-format over it afterwards
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

MADE_WITH = "11:12.0.0"  # Debian 12; others order and number things otherwise
folder = pathlib.Path(__file__).resolve().parents[2] / "include/jamnet/platform/detail"
source, header = folder / "vulkan_transport.comp", folder / "vulkan_transport_words.hpp"

HEAD = """\
// SPDX-License-Identifier: MIT
//
// vulkan_transport.comp as SPIR-V. Made and compared by tests/platform/shader_words.py.
#pragma once

#include <cstdint>

namespace jamnet::inline v0::detail {

inline constexpr std::uint32_t vulkan_transport_words[] = {
"""
TAIL = """};

} // namespace jamnet::inline v0::detail
"""


def skip(why):
    print("skipped:", why)
    sys.exit(77)


arguments = [a for a in sys.argv[1:] if a != "--write"]
glslang = shutil.which(arguments[0] if arguments else "glslangValidator")
if glslang is None:
    skip("no glslangValidator here (Debian: glslang-tools)")
version = subprocess.run([glslang, "--version"], capture_output=True, text=True).stdout
if f"Glslang Version: {MADE_WITH}\n" not in version:
    skip(f"the words were made with glslang {MADE_WITH}, this is {version.splitlines()[:1]}")

with tempfile.TemporaryDirectory() as there:
    made = pathlib.Path(there) / "words.txt"
    ran = subprocess.run([glslang, "-V", "-g0", "-S", "comp", "-x", "-o", made, source],
                         capture_output=True, text=True)
    if ran.returncode != 0:
        sys.exit(ran.stdout + ran.stderr)
    words = [int(word, 16) for word in re.findall(r"0x[0-9a-f]{8}", made.read_text())]

if "--write" in sys.argv:
    header.write_text(HEAD + ", ".join(map(hex, words)) + TAIL)
    print(len(words), "words")
elif words != [int(word, 16) for word in re.findall(r"0x[0-9a-f]+", header.read_text())]:
    sys.exit(f"{header.name} is not what {source.name} compiles to: run this with --write")
else:
    print(len(words), "words as they should be")
