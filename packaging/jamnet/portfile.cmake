# Installs from the sources it lies in. Not tested.
cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH packaging)
cmake_path(GET packaging PARENT_PATH SOURCE_PATH)
vcpkg_check_features(OUT_FEATURE_OPTIONS options FEATURES net JAMNET_NET
  secure JAMNET_SECURE midi-io JAMNET_MIDI_IO)
# There is no feature audio-io: vcpkg has RtAudio 6, and we take 5.
vcpkg_cmake_configure(SOURCE_PATH "${SOURCE_PATH}" OPTIONS ${options} -DJAMNET_AUDIO_IO=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH share/cmake/jamnet)
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug" "${CURRENT_PACKAGES_DIR}/lib")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
