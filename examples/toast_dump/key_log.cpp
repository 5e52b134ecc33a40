#include "key_log.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#ifdef TOAST_DUMP_OPENS_SEALS
#include <jamnet/secure/seal.hpp>
#endif

namespace toast_dump {

namespace {

bool read_key(const std::string& text, std::array<std::uint8_t, 32>& key) {
  if (text.size() != 2 * key.size()) return false;
  const auto digit = [](char c) {
    return static_cast<int>(std::string_view{"0123456789abcdef"}.find(c)); // -1 for none
  };
  for (std::size_t i = 0; i < key.size(); ++i) {
    const int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    key[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

} // namespace

bool key_log::open(const std::string& path) {
  path_ = path;
  if (!std::ifstream{path_}) return false;
  read_more();
  return true;
}

// What has been added since, but no line that is not whole.
bool key_log::read_more() {
  std::ifstream file{path_, std::ios::binary};
  file.seekg(static_cast<std::streamoff>(read_));
  const auto before = keys_.size();
  for (std::string line; keys_.size() < most && std::getline(file, line) && !file.eof();) {
    read_ += line.size() + 1;
    std::istringstream words{line};
    std::string what, sender, receiver, digits;
    std::array<std::uint8_t, 32> key{};
    if (words >> what >> sender >> receiver >> digits && what == "SEAL" && read_key(digits, key))
      keys_.push_back(key);
  }
  return keys_.size() > before;
}

#ifdef TOAST_DUMP_OPENS_SEALS
bool key_log::can_open() { return true; }

std::optional<jamnet::bytes_view> key_log::unseal(jamnet::bytes_view datagram, std::size_t front,
                                                  const jamnet::toast::frame& seal) {
  using namespace jamnet;
  const auto header = toast::decode_seal_header(seal.payload);
  if (path_.empty() || !header) return {};
  frames_.resize(secure::sealed_size(seal.payload));
  std::size_t tried = 0;
  do {
    for (; tried < keys_.size(); ++tried) {
      const secure::secret<32> key{keys_[tried]};
      if (!secure::try_open(key, *header, datagram, front, frames_.data())) continue;
      std::rotate(keys_.begin(), keys_.begin() + static_cast<std::ptrdiff_t>(tried),
                  keys_.begin() + static_cast<std::ptrdiff_t>(tried) + 1); // the next is first
      return frames_;
    }
  } while (read_more());
  return {};
}
#else
bool key_log::can_open() { return false; }

std::optional<jamnet::bytes_view> key_log::unseal(jamnet::bytes_view, std::size_t,
                                                  const jamnet::toast::frame&) {
  return {};
}
#endif

} // namespace toast_dump
