# A Conan 2 recipe. Not tested: nobody here has run it against a Conan server.
import os
import re

from conan import ConanFile
from conan.tools.cmake import CMake, CMakeToolchain
from conan.tools.files import copy, load


class Jamnet(ConanFile):
    name = "jamnet"
    license = "MIT"
    description = "Header-only C++20 SDK to play together in time"
    package_type = "header-library"
    settings = "os", "compiler", "build_type", "arch"
    options = {part: [True, False] for part in ("net", "secure", "midi_io", "audio_io")}
    default_options = {"net": True, "secure": True, "midi_io": False, "audio_io": False}

    @property
    def _root(self):
        return os.path.join(self.recipe_folder, os.pardir)

    def set_version(self):
        config = load(self, os.path.join(self._root, "include/jamnet/core/config.hpp"))
        self.version = ".".join(re.findall(r"#define JAMNET_VERSION_[A-Z]+ (\d+)", config))

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "LICENSE", "cmake/*", "include/*"):
            copy(self, pattern, self._root, self.export_sources_folder)

    def requirements(self):
        if self.options.net:
            self.requires("asio/1.28.2", transitive_headers=True)
        if self.options.secure:
            self.requires("libsodium/1.0.19", transitive_headers=True, transitive_libs=True)
        if self.options.midi_io:
            self.requires("rtmidi/5.0.0", transitive_headers=True, transitive_libs=True)
        if self.options.audio_io:
            self.requires("rtaudio/5.2.0", transitive_headers=True, transitive_libs=True)
            self.requires("libsndfile/1.2.2", transitive_headers=True, transitive_libs=True)

    def generate(self):
        toolchain = CMakeToolchain(self)
        for part in ("net", "secure", "midi_io", "audio_io"):
            toolchain.cache_variables[f"JAMNET_{part.upper()}"] = bool(self.options.get_safe(part))
        if self.options.net:
            asio = self.dependencies["asio"].cpp_info.aggregated_components()
            toolchain.cache_variables["JAMNET_ASIO_INCLUDE_DIR"] = asio.includedirs[0]
        for part, package, name in (("secure", "libsodium", "SODIUM"),
                                    ("midi_io", "rtmidi", "RTMIDI"),
                                    ("audio_io", "rtaudio", "RTAUDIO"),
                                    ("audio_io", "libsndfile", "SNDFILE")):
            if not self.options.get_safe(part):
                continue
            info = self.dependencies[package].cpp_info.aggregated_components()
            toolchain.cache_variables[f"JAMNET_{name}_INCLUDE_DIR"] = info.includedirs[0]
            toolchain.cache_variables[f"JAMNET_{name}_LIBRARY"] = os.path.join(
                info.libdirs[0], info.libs[0])
        toolchain.generate()

    def package(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.install()

    def package_id(self):
        self.info.clear()

    def package_info(self):
        self.cpp_info.set_property("cmake_find_mode", "none")  # our own jamnetConfig.cmake
        self.cpp_info.builddirs = ["share/cmake/jamnet"]
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
