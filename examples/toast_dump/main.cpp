// toast_dump: the frames that went over a network, a line each. See toast_dump --help.
#include <array>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iostream>

#include "capture.hpp"
#include "dump.hpp"
#include "options.hpp"

using namespace jamnet::toast;

namespace {

// The packets that are of TOAST, as a capture of the same link type.
class capture_file {
public:
  bool open(const std::string& path) {
    file_.open(path, std::ios::binary);
    return static_cast<bool>(file_);
  }
  void write(std::int64_t time_ns, link_type link, jamnet::bytes_view packet) {
    if (!file_.is_open()) return;
    begin(link);
    std::array<std::uint8_t, pcap_record::header_size> header{};
    write_pcap_record_header(format_, time_ns, packet.size(), header);
    put(header);
    put(packet);
  }
  /// False when not all could be written.
  bool close() {
    if (!file_.is_open()) return true;
    begin(link_type::raw_ip); // a capture of nothing is one too
    file_.close();
    return static_cast<bool>(file_);
  }

private:
  void begin(link_type link) {
    if (begun_) return;
    std::array<std::uint8_t, pcap_format::size> header{};
    write_pcap_header(format_ = {.link = link}, header);
    put(header);
    begun_ = true;
  }
  void put(jamnet::bytes_view bytes) {
    file_.write(reinterpret_cast<const char*>(bytes.data()),
                static_cast<std::streamsize>(bytes.size()));
  }

  std::ofstream file_;
  pcap_format format_;
  bool begun_ = false;
};

} // namespace

int main(int argc, char** argv) {
  const auto parsed = toast_dump::parse(argc, argv);
  if (!parsed.value) {
    std::cerr << "toast_dump: " << parsed.error << std::endl;
    return 2;
  }
  const auto& o = *parsed.value;
  if (o.help) {
    std::cout << toast_dump::usage;
    return 0;
  }
  std::ios::sync_with_stdio(false);
  capture_file out;
  if (!o.out.empty() && !out.open(o.out)) {
    std::cerr << "toast_dump: " << o.out << ": " << std::strerror(errno) << std::endl;
    return 2;
  }
  toast_dump::dump dump{o, std::cout};
  if (!o.key_log.empty() && !toast_dump::key_log::can_open()) {
    std::cerr << "toast_dump: --key-log: built without libsodium, so seals stay closed\n";
    return 2;
  }
  if (!o.key_log.empty() && !dump.use_keys(o.key_log)) {
    std::cerr << "toast_dump: " << o.key_log << ": " << std::strerror(errno) << std::endl;
    return 2;
  }
  const auto take = [&](std::int64_t time_ns, link_type link, jamnet::bytes_view packet) {
    if (dump.take(time_ns, link, packet)) out.write(time_ns, link, packet);
    if (o.live) std::cout.flush();
  };
  int status = o.live ? toast_dump::listen(o, take) : toast_dump::read_capture(o, take);
  if (status != 2) dump.finish(std::cerr);
  if (!out.close()) {
    std::cerr << "toast_dump: " << o.out << ": could not be written\n";
    status = 2;
  }
  return status;
}
