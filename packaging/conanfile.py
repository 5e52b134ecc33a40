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
    options = {"net": [True, False], "secure": [True, False], "midi_io": [True, False]}
    default_options = {"net": True, "secure": True, "midi_io": False}

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

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["JAMNET_NET"] = bool(self.options.net)
        toolchain.cache_variables["JAMNET_SECURE"] = bool(self.options.secure)
        toolchain.cache_variables["JAMNET_MIDI_IO"] = bool(self.options.midi_io)
        if self.options.net:
            asio = self.dependencies["asio"].cpp_info.aggregated_components()
            toolchain.cache_variables["JAMNET_ASIO_INCLUDE_DIR"] = asio.includedirs[0]
        if self.options.secure:
            sodium = self.dependencies["libsodium"].cpp_info.aggregated_components()
            toolchain.cache_variables["JAMNET_SODIUM_INCLUDE_DIR"] = sodium.includedirs[0]
            toolchain.cache_variables["JAMNET_SODIUM_LIBRARY"] = os.path.join(
                sodium.libdirs[0], sodium.libs[0])
        if self.options.midi_io:
            rtmidi = self.dependencies["rtmidi"].cpp_info.aggregated_components()
            toolchain.cache_variables["JAMNET_RTMIDI_INCLUDE_DIR"] = rtmidi.includedirs[0]
            toolchain.cache_variables["JAMNET_RTMIDI_LIBRARY"] = os.path.join(
                rtmidi.libdirs[0], rtmidi.libs[0])
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
