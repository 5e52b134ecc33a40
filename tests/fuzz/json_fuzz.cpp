// Whatever is read, failures lie inside the text; what is accepted can be taken apart value by
// value and written again, and that text reads as the same once more.
#include <jamnet/json/reader.hpp>
#include <jamnet/json/writer.hpp>

#include <cstdlib>
#include <string>
#include <vector>

#include <jamnet/core/bytes.hpp>

using namespace jamnet;

namespace {

void require(bool law) {
  if (!law) std::abort();
}

bool copy(json::reader& in, json::writer& out) {
  switch (in.peek()) {
  case json::kind::object:
    out.begin_object();
    if (!in.try_object([&](std::string_view key, json::reader& value) {
          // One as long as this may come as it was written, and then does not copy to itself.
          if (key.size() > json::reader::max_escaped_key)
            return value.fail(errc::value_range, value.key_offset());
          out.key(key);
          return copy(value, out);
        }))
      return false;
    out.end_object();
    return true;
  case json::kind::array:
    out.begin_array();
    if (!in.try_array([&](json::reader& value) { return copy(value, out); })) return false;
    out.end_array();
    return true;
  case json::kind::string: {
    std::vector<char> scratch(4096);
    std::string_view text;
    if (!in.try_string(scratch, text)) return false;
    out.value(text);
    return true;
  }
  case json::kind::number: {
    double number = 0;
    if (!in.try_double(number)) return false;
    out.value(number);
    return true;
  }
  case json::kind::boolean: {
    bool flag = false;
    if (!in.try_bool(flag)) return false;
    out.value(flag);
    return true;
  }
  case json::kind::null: out.null(); return in.try_null();
  case json::kind::none: return in.skip();
  }
  return false;
}

// The document written again; empty when it is refused.
std::string copied(std::string_view text) {
  std::vector<char> buffer(64 + 32 * text.size());
  json::reader in{text};
  json::writer out{buffer};
  if (!copy(in, out) || !in.finish()) {
    require(!in.ok() && in.error().detail <= text.size());
    return {};
  }
  require(out.ok());
  return std::string{out.text()};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text({data, size});
  json::reader skipping{text};
  const bool accepted = skipping.skip() && skipping.finish();
  require(accepted || skipping.error().detail <= size);

  // Reading may refuse more than skipping, a number too great for a double, but never less.
  const std::string once = copied(text);
  require(accepted || once.empty());
  require(copied(once) == once);
  return 0;
}
