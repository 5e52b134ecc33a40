#include "privacy.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#ifdef JAM_CAN_SEAL
#include <jamnet/secure/sealed.hpp>
#endif

namespace jam {

privacy::~privacy() {
  if (keys_ != nullptr) std::fclose(keys_);
}

#ifdef JAM_CAN_SEAL
std::string privacy::apply(const options& o, jamnet::toast::layer_list& layers) {
  using namespace jamnet;
  if (o.passphrase.empty()) return {};
  secure::sealed_options how;
  if (!o.key_log.empty()) {
    const int file = ::open(o.key_log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (file < 0) return o.key_log + ": " + std::strerror(errno);
    keys_ = ::fdopen(file, "a");
    how.keys.self = keys_;
    how.keys.tell = [](void* to, peer_id sender, peer_id receiver, const secure::secret<32>& key) {
      auto* const out = static_cast<std::FILE*>(to);
      std::fprintf(out, "SEAL %.16s %.16s ", to_hex(sender).data(), to_hex(receiver).data());
      for (const auto byte : key.view()) std::fprintf(out, "%02x", byte);
      std::fputc('\n', out);
      std::fflush(out);
    };
  }
  layers.push_back(secure::sealed(o.passphrase, how));
  return {};
}
#else
std::string privacy::apply(const options& o, jamnet::toast::layer_list&) {
  return o.passphrase.empty() ? "" : "--passphrase: built without libsodium: rooms stay open";
}
#endif

} // namespace jam
