// What the command line asks for, checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace toast_dump {

struct options {
  bool help = false, live = false, json = false, all = false;
  std::string file;       ///< "-": the standard input
  std::string key_log;    ///< of what is sealed
  std::string out;        ///< what was seen, as a capture
  std::string interface;  ///< empty: all
  std::uint16_t port = 0; ///< 0: any
  double seconds = 0;     ///< 0: until it is interrupted
};

inline constexpr const char* usage =
    R"(toast_dump: the frames of TOAST that went over a network, a line each

  toast_dump [options] FILE.pcap   that a capture holds; - reads it from the standard input,
                                   as in: tcpdump -U -w - | toast_dump -
  toast_dump [options] --live      that this machine sees, until Ctrl-C. To see more than
                                   announcements takes the right to capture (root, CAP_NET_RAW)
    --interface IF   of this network alone
    --seconds S      for so long
    --port N         only what goes from or to this port
    --json           NDJSON, an object a frame
    --key-log FILE   open what is sealed with the keys that a member of the room wrote down
                     there, lines of SEAL SENDER RECEIVER KEY; frames then stand as SEAL/TYPE
    --all            PEER frames too, which else are told as who sends to whom
    -w OUT.pcap      write the packets that are of TOAST, for Wireshark (see toast.lua) or later

A line: time, carrier, from > to, type, sequence, the sender's session time, sender > receiver,
and what the frame says. What is sealed (a private room) and cannot be opened is shown as such.
Counters follow at the end, on the standard error. Exit status: 0; 1 when the capture is damaged or
cut off, behind what could be read; 2 when there is nothing to read or the command line makes no
sense.
)";

struct parsed_options {
  std::optional<options> value;
  std::string error;
};
[[nodiscard]] parsed_options parse(int argc, char** argv);

} // namespace toast_dump
