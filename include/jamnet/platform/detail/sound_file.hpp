// SPDX-License-Identifier: MIT
//
// A sound file that is read, and one that is written, block by block, through libsndfile. Frames
// are interleaved there; here they are where a block has them, whatever its layout.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <jamnet/core/result.hpp>
#include <sndfile.h>

namespace jamnet::inline v0::detail {

/// Open or not, and what its frames pass through.
class sound_file {
public:
  [[nodiscard]] bool is_open() const noexcept { return file_ != nullptr; }

  /// Blocks have at most so many frames. [allocates]
  void prepare(std::size_t frames) { samples_.resize(channels() * frames); }

protected:
  /// Fails with system (detail: errno), or with audio_file (detail: libsndfile's number).
  std::optional<failure> open(const std::string& name, int mode) {
    file_.reset(::sf_open(name.c_str(), mode, &about_));
    if (file_) return {};
    const int why = ::sf_error(nullptr), system = errno;
    if (why == SF_ERR_SYSTEM) return failure{errc::system, static_cast<std::uint32_t>(system)};
    return failure{errc::audio_file, static_cast<std::uint32_t>(why)};
  }
  [[nodiscard]] std::size_t channels() const noexcept {
    return static_cast<std::size_t>(about_.channels);
  }

  struct close_file {
    void operator()(::SNDFILE* file) const noexcept { ::sf_close(file); }
  };
  std::unique_ptr<::SNDFILE, close_file> file_;
  ::SF_INFO about_{};
  std::vector<float> samples_; // interleaved
};

class sound_file_reader : public sound_file {
public:
  std::optional<failure> open(const std::string& name) { return sound_file::open(name, SFM_READ); }

  // All are 0 until it is open.

  [[nodiscard]] std::uint32_t rate() const noexcept {
    return static_cast<std::uint32_t>(about_.samplerate);
  }
  [[nodiscard]] std::uint32_t inputs() const noexcept {
    return static_cast<std::uint32_t>(about_.channels);
  }
  [[nodiscard]] std::uint64_t frames() const noexcept {
    return static_cast<std::uint64_t>(about_.frames);
  }

  /// The next frames, silence where the file has no more. [blocks]
  template <class Block>
  void read(const Block& to, std::size_t frames) {
    const auto got =
        ::sf_readf_float(file_.get(), samples_.data(), static_cast<sf_count_t>(frames));
    const auto read = channels() * static_cast<std::size_t>(std::max<sf_count_t>(got, 0));
    std::fill(samples_.begin() + static_cast<std::ptrdiff_t>(read), samples_.end(), 0.F);
    for (std::size_t f = 0; f < frames; ++f)
      for (std::size_t c = 0; c < channels(); ++c) to.sample(c, f) = samples_[f * channels() + c];
  }
};

/// RF64, because a day of music is more than a WAV file can say; as long as it is not, WAV.
class sound_file_writer : public sound_file {
public:
  /// Begins it anew.
  std::optional<failure> open(const std::string& name, double rate, std::uint32_t outputs) {
    about_.samplerate = static_cast<int>(rate);
    about_.channels = static_cast<int>(outputs);
    about_.format = SF_FORMAT_RF64 | SF_FORMAT_FLOAT;
    const auto why = sound_file::open(name, SFM_WRITE);
    if (!why) ::sf_command(file_.get(), SFC_RF64_AUTO_DOWNGRADE, nullptr, SF_TRUE);
    return why;
  }

  /// Whether there was room for them. [blocks]
  template <class Block>
  [[nodiscard]] bool write(const Block& from, std::size_t frames) {
    for (std::size_t f = 0; f < frames; ++f)
      for (std::size_t c = 0; c < channels(); ++c) samples_[f * channels() + c] = from.sample(c, f);
    const auto count = static_cast<sf_count_t>(frames);
    return ::sf_writef_float(file_.get(), samples_.data(), count) == count;
  }
  /// Has the file say how long it is by now. [blocks]
  void update_header() { ::sf_command(file_.get(), SFC_UPDATE_HEADER_NOW, nullptr, 0); }
};

} // namespace jamnet::inline v0::detail
