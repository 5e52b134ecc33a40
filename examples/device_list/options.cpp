#include "options.hpp"

#include "../shared/flags.hpp"

namespace device_list {

parsed_options parse(int argc, char** argv) {
  options o;
  const auto wrong = shared::read_flags({{"--json", shared::yes(o.json)},
                                         {"--watch", shared::yes(o.watch)},
                                         {"--seconds", shared::number(o.seconds, 0.1, 86'400)},
                                         {"--help", shared::yes(o.help)},
                                         {"-h", shared::yes(o.help)}},
                                        argc, argv, "device_list");
  if (!wrong.empty()) return {{}, wrong};
  if (o.seconds > 0 && !o.watch && !o.help) return {{}, "--seconds is for --watch"};
  return {o, {}};
}

} // namespace device_list
