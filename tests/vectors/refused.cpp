// SPDX-License-Identifier: MIT
//
// Lines that must be refused, with one fault each. What code and which byte is said here by hand,
// from the rules: the value at fault, the second of two equal keys, the closing brace when a key is
// missing, the byte that breaks the grammar or the UTF-8. `@` marks that byte. The transport
// commands of transport.jsonl, few enough to be written out, are at the end.
#include <initializer_list>

#include "rows.hpp"
#include "vector_file.hpp"

namespace vectors {
namespace {

using list = std::initializer_list<const char*>;

// A line around some JSON, as members of a message that needs no others or as a value of one.
std::string start(const std::string& rest) {
  return R"({"type":"start","timestamp":0)" + rest + "}";
}
std::string unknown(const std::string& value) { return start(",\"x\":" + value); }

bool is_utf8(const std::string& text) {
  try {
    return nlohmann::json(text).dump().size() > 0;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

// A line that must be refused, in hexadecimal when it is not UTF-8 or has a NUL. `@` in it, which
// is taken out, marks the byte at fault. `limits`, when not empty, are a JSON object.
std::string refused_vector(std::string marked, const std::string& code, const std::string& limits) {
  const std::size_t offset = marked.find('@');
  marked.erase(offset, 1);
  std::string text;
  if (is_utf8(marked) && marked.find('\0') == marked.npos) {
    text = "\"refused\":" + ascii(marked);
  } else {
    text = "\"refused_hex\":\"";
    for (const char c : marked) {
      const auto byte = static_cast<unsigned char>(c);
      text += "0123456789abcdef"[byte >> 4];
      text += "0123456789abcdef"[byte & 15];
    }
    text += '"';
  }
  return "{" + text + ",\"code\":\"" + code + "\",\"offset\":" + std::to_string(offset) +
         (limits.empty() ? "" : ",\"limits\":" + limits) + "}\n";
}

class refusals {
public:
  void add(const std::string& code, const std::string& marked, const std::string& limits = {}) {
    text_ += refused_vector(marked, code, limits);
  }
  // Each of these in place of `#` in the line.
  void each(const std::string& code, const std::string& line, list values) {
    for (const std::string value : values) {
      std::string whole = line;
      add(code, whole.replace(line.find('#'), 1, value));
    }
  }
  const std::string& text() const { return text_; }

  void add_syntax();
  void add_numbers();
  void add_strings();
  void add_structure();
  void add_common();
  void add_types();
  void add_rows();
  void add_variants();
  void add_raw_bytes();
  void add_words();
  void add_limits();

private:
  void add_field(std::vector<member> members, std::size_t at, const field& f);
  void add_elements(const std::vector<member>& members, std::size_t at, const field& f);
  // The line with another value for one member.
  void with(const std::string& code, std::vector<member> members, std::size_t at,
            const std::string& value) {
    members[at].value = value;
    add(code, object(members));
  }
  const char* wrong(list values) { return values.begin()[turn_++ % values.size()]; }

  std::string text_;
  std::size_t turn_ = 0;
};

// JSON that is none.

void refusals::add_syntax() {
  const std::string line = start(R"(,"x":[1.5e-3,true,null,"a\u00e9\n"])");
  for (std::size_t size = 0; size < line.size(); ++size)
    add("json_truncated", line.substr(0, size) + "@");
  each("json_truncated", "#", {" @", " \t\r\n@", "{@", "{ @", "{\"@", "{\"a\\@"});

  each("json_syntax", unknown("#"),
       {"@",
        "@,",
        "[1 @true]",
        "[1,@,2]",
        "[@,1]",
        "[1,@]",
        "[1@:2]",
        "[\"\"@:1]",
        "[3@[4]]",
        "[1@}",
        "[@*]",
        "[1@;2]",
        "{@:1}",
        "{@1:1}",
        "{@null:0}",
        "{@a:0}",
        "{@'a':0}",
        "{\"a\" @0}",
        "{\"a\":@}",
        "{\"a\":@:0}",
        "{\"a\"@,0}",
        "{\"a\":0,@}",
        "{\"a\":0,@,\"b\":0}",
        "{\"a\":0 @1}",
        "{\"a\":0@]",
        "true@1"});
  each("json_syntax", unknown("#"),
       {"@True", "@TRUE",       "@undefined", "@'a'",    "@a",      "n@il",         "nul@",
        "t@",    "fals@",       "null@l",     "true@e",  "@/**/0",  "0@/* */",      "0@//",
        "@#0",   "\"a\"@\"b\"", "0 @1",       "[0]@[0]", "@\\\"\"", "@\xef\xbc\x91"});
  each("json_syntax", start("#"),
       {",@", ",@,", "@:", "@;", "@]", " @\"x\":0", ",@x:0", ",@'x':0", ",\"x\"@", ",\"x\"@=0",
        ",\"x\":0,@", ",@/**/\"x\":0", ",@//\"x\":0", ",@0:0", ",@[]:0", ",@null"});
}

void refusals::add_numbers() {
  each("json_syntax", unknown("#"),
       {"@+1",   "0@1",   "-0@1",  "0@0",    "@.5",       "-@.5",       "5.@",
        "5.@e1", "-5.@",  "0.@",   "1.0@.",  "0.1@.2",    "1e@",        "1E@",
        "1e+@",  "1e-@",  "1.0e@", "0e+@-1", "1e@E2",     "1e1@.5",     "0@x10",
        "0@X1f", "0@b1",  "0@o7",  "1@_000", "1 @000",    "1@'000",     "1@f",
        "1@L",   "1@n",   "1@a",   "-@",     "-@-1",      "-@ 1",       "-@x",
        "@NaN",  "-@NaN", "n@an",  "@Inf",   "@Infinity", "-@Infinity", "@+Infinity"});
  each("json_syntax", R"({"type":"start","timestamp":#})",
       {"@+1", "0@1", "-0@1", "@.5", "5.@", "0@x10", "1e@", "-@", "1@L", "@NaN", "-@Infinity"});
  each("value_range", R"({"type":"start","timestamp":@#})",
       {"9223372036854775808", "-9223372036854775809", "9223372036854775807.5", "1e19", "1e400",
        "-1e400", "0.5", "1e-1", "60.5", "-0.1", "1e-400", "18446744073709551616",
        "100000000000000000000000000000000", "1e99999999999999999999", "5e-99999999999999999999"});
}

void refusals::add_strings() {
  each("json_syntax", unknown("\"#\""),
       {"\\@a", "\\@x41", "\\@'",     "\\@0",     "\\@U0041", "\\@ ",     "\\@\xc3\xa9",
        "\\u@", "\\u0@",  "\\u00@g0", "\\u@+041", "\\u004@",  "\\u@{41}", "@\n",
        "@\t",  "@\r",    "@\x01",    "@\x1f",    "@\b",      "\\@\n"});
  add("json_syntax", unknown(std::string{"\"@\0\"", 4}));
  add("json_syntax", unknown(std::string{"@\0", 2}));
  add("json_syntax", start(std::string{"@\0", 2}));
  add("json_syntax", start("") + std::string{"@\0", 2});
  add("json_syntax", std::string{"@\0", 2} + start(""));
  // Halves of a pair of escapes; bytes that are no character.
  each("json_utf8", unknown("\"#\""),
       {"@\\ud800", "@\\udc00", "@\\uDFFF", "a@\\ud834", "@\\ud834\\ud834", "@\\ud834\\n",
        "@\\ud834x", "@\\udd1e\\ud834", "\\ud834\\udd1e@\\udd1e", "@\\ud834\\u0041",
        "@\\uD800\\uE000"});
  for (const std::string what : {"\"x\":\"#\"", "\"#\":0", "\"x\":[{\"y\":\"#\"}]"})
    each("json_utf8", start("," + what),
         {"@\xff",
          "@\xfe",
          "@\x80",
          "@\xbf",
          "@\xc0\x80",
          "@\xc0\xaf",
          "@\xc1\xbf",
          "@\xe0\x80\x80",
          "@\xe0\x9f\xbf",
          "@\xf0\x80\x80\xaf",
          "@\xf0\x8f\xbf\xbf",
          "@\xed\xa0\x80",
          "@\xed\xbf\xbf",
          "@\xed\xa0\xb4\xed\xb4\x9e",
          "@\xf4\x90\x80\x80",
          "@\xf5\x80\x80\x80",
          "@\xf8\x88\x80\x80\x80",
          "@\xc3",
          "@\xe2\x82",
          "@\xf0\x9d\x84",
          "\xc3\xa9@\xa9",
          "@\xc3\x28",
          "@\xe2\x28\xa1"});
  add("json_utf8", "{\"type\":\"@\xff\",\"timestamp\":0}");
  add("json_utf8", "{\"@\xc0\xf4ype\":\"start\",\"timestamp\":0}");
  add("json_utf8", R"({"type":"@\ud800","timestamp":0})");
  add("json_utf8", R"({"type":"endpointName","timestamp":0,"text":"@\udd1e"})");
  add("json_utf8", "{\"type\":\"endpointName\",\"timestamp\":0,\"text\":\"a@\xed\xb4\x9e\"}");
}

void refusals::add_structure() {
  each("json_syntax", start("") + "#",
       {"@x", "@{}", " @{}", "@}", "@]", "@,", "\n@\"\"", "@#", "@//", "@/**/", "@0", " @null",
        "@\xef\xbb\xbf", "@\xc2\xa0", "@\f", "@\v", "@\x7f", "@\xe2\x80\xa8"});
  each("json_syntax", "#" + start(""),
       {"@\xef\xbb\xbf", "@\xc2\xa0", "@\f", "@\v", "@,", "@;", "@)]}'", "@\xff", "@/**/", "@#"});
  each("json_syntax", "#",
       {"@]", "@}", "@*", "@<.>", "@'a'", "@PLAY", "@:", "{@{}}", "{@[]}", "{@,}"});
  each("json_type", "#",
       {"@[]", "@\"start\"", "@null", "@true", " @5", "@-1.5", "@[{\"type\":\"start\"}]"});

  const std::string open(31, '['), close(32, ']');
  add("json_depth", unknown(open + "@[" + close));
  add("json_depth", unknown(open + "@{}" + close));
  add("json_depth",
      R"({"type":"systemExclusive","timestamp":0,"data":)" + open + "@[" + close + "}");
  std::string objects;
  for (int i = 0; i < 31; ++i) objects += "{\"\":";
  add("json_depth", unknown(objects + "@{}" + std::string(31, '}')));
  add("json_depth", unknown(open + "@" + std::string(1000, '[')));

  each("key_duplicate", start("#"),
       {",@\"type\":\"start\"", ",@\"timestamp\":0", ",\"seq\":1,@\"seq\":1",
        ",\"group\":0,@\"group\":1", ",\"protocol\":\"midi1\",@\"protocol\":\"midi1\"",
        ",@\"\\u0074ype\":\"start\"", ",@\"t\\u0079pe\":0", ",@\"timestam\\u0070\":null",
        ",\"velocity\":1,@\"velocity\":1", ",\"note\":[],\"x\":0,@\"note\":{}",
        ",\"rawBytes\":[250],@\"rawBytes\":[250]", ",\"\\u0073eq\":1,@\"seq\":1"});
}

// JSON that is no message.

void refusals::add_common() {
  for (const std::string rest :
       {R"("type":"noteOn","channel":1,"note":60,"velocity":1)", R"("type":"continue")",
        R"("type":"noop")", R"("type":"systemExclusive","data":[])", R"("type":"startOfClip")",
        R"("type":"setTempo","tenNanosPerQuarterNote":50000000)", R"("type":"ump","words":[0])"}) {
    add("key_missing", "{" + rest + "@}");
    each("json_type", "{" + rest + ",\"timestamp\":@#}", {"\"0\"", "null", "true", "[0]", "{}"});
    each("value_range", "{" + rest + ",\"timestamp\":@#}",
         {"0.5", "9223372036854775808", "-9.3e18"});
    const std::string timed = "{" + rest + ",\"timestamp\":0,";
    each("json_type", timed + "\"seq\":@#}", {"\"1\"", "null", "false"});
    each("value_range", timed + "\"seq\":@#}",
         {"-1", "9007199254740992", "1e16", "0.5", "18446744073709551615", "1e400"});
    each("json_type", timed + "\"protocol\":@#}", {"1", "null", "[\"midi1\"]"});
    each("value_range", timed + "\"protocol\":@#}",
         {"\"midi3\"", "\"MIDI1\"", "\"\"", "\"midi1 \"", "\"midi1\\u0000\"", "\"midi\""});
    each("json_type", timed + "\"rawBytes\":@#}", {"\"90\"", "null", "{}", "144"});
    each("json_type", timed + "\"rawBytes\":[@#]}", {"\"90\"", "null", "[144]"});
    each("value_range", timed + "\"rawBytes\":[@#]}", {"-1", "256", "0.5", "1e400"});
  }
  for (const std::string rest : {R"("type":"noteOff","channel":1,"note":60,"velocity":1)",
                                 R"("type":"systemReset")", R"("type":"systemExclusive","data":[])",
                                 R"("type":"setKeySignature","sharpsOrFlats":0,"tonic":1)"}) {
    const std::string timed = "{\"timestamp\":0," + rest + ",\"group\":@#}";
    each("json_type", timed, {"\"0\"", "null", "true", "[]"});
    each("value_range", timed, {"-1", "16", "0.5", "1e2"});
  }
}

void refusals::add_types() {
  each("type_unknown", R"({"type":@"#","timestamp":0})",
       {"noteon", "NoteOn", "NOTEON", "", " noteOn", "noteOn ", "noteOn\\u0000", "note", "noteOnn",
        "midi", "sysex", "UMP", "\\u006eote", "smfHeader", "meta", "type", "null", "\xc3\xa9"});
  add("type_unknown", R"({"type":@")" + std::string(600, 'x') + R"(","timestamp":0})");
  each("json_type", R"({"type":@#,"timestamp":0})",
       {"5", "null", "true", "[]", "[\"start\"]", "{}"});
  each("key_missing", "#",
       {"{@}", "{\"timestamp\":0@}", "{\"Type\":\"start\",\"timestamp\":0 @} ",
        "{\"x\":{\"type\":\"start\"},\"timestamp\":0@}", "{\"type\":\"start\"@}"});
}

void refusals::add_rows() {
  random_source random{7};
  maker make{random};
  const byte_string payload{'a', 'b', 'c'};
  for (const row& r : rows()) {
    const auto centre = [](const field& f) { return f.flag ? choice::absent : choice::centre; };
    const auto members = make.make(r, 0, {}, 0, centre, &payload).members;
    if (r.variant == "midi2_only") {
      auto other = members;
      other.insert(other.begin() + 2, {"protocol", "@\"midi1\""});
      add("value_range", object(other));
    }
    for (const field& f : r.fields) {
      auto all = members;
      std::size_t at = 0;
      while (at < all.size() && all[at].key != f.name) ++at;
      if (at == all.size()) all.push_back({f.name, ""});
      add_field(all, at, f);
    }
  }
}

void refusals::add_field(std::vector<member> members, std::size_t at, const field& f) {
  if (!f.optional()) {
    auto others = members;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(at));
    std::string text = object(others);
    add("key_missing", text.insert(text.size() - 1, "@"));
  }
  const bool bank_of_text = f.name == "bank" && f.min == 1; // 0 to 255 are accepted
  const std::int64_t min = bank_of_text ? 0 : f.min, max = bank_of_text ? 255 : f.max;
  switch (f.what) {
  case kind::number:
  case kind::split:
    with("value_range", members, at, "@" + std::to_string(min - 1));
    with("value_range", members, at, "@" + std::to_string(max + 1));
    with("value_range", members, at,
         wrong({"@1.5", "@1e400", "@9223372036854775808", "@-1e99", "@0.1e0", "@4294967296.0"}));
    with("json_type", members, at, wrong({"@\"1\"", "@null", "@true", "@[1]", "@{}", "@\"\""}));
    break;
  case kind::boolean:
    with("json_type", members, at, wrong({"@0", "@1", "@\"true\"", "@null", "@[]"}));
    with("json_type", members, at, wrong({"@-0.0", "@{}", "@\"\""}));
    break;
  case kind::form:
    with("value_range", members, at, wrong({"@\"whole\"", "@\"complete\"", "@\"\""}));
    with("value_range", members, at, wrong({"@\"Start\"", "@\"continued\"", "@\"end \""}));
    with("json_type", members, at, wrong({"@1", "@null", "@true"}));
    break;
  case kind::part:
    with("value_range", members, at, "@\"tail\"");
    with("value_range", members, at, "@\"Header\"");
    with("json_type", members, at, "@0");
    break;
  case kind::text:
    with("json_type", members, at, wrong({"@5", "@null", "@[\"a\"]"}));
    with("json_type", members, at, wrong({"@true", "@{}", "@[]"}));
    break;
  default: add_elements(members, at, f);
  }
}

void refusals::add_elements(const std::vector<member>& members, std::size_t at, const field& f) {
  const bool pairs = f.what == kind::pairs;
  const auto array_of = [&](std::size_t count, const std::string& first) {
    std::string text = "[";
    for (std::size_t i = 0; i < count; ++i)
      text += (i == 0 ? first : std::string{pairs ? ",[1,2]" : ",1"});
    return text + "]";
  };
  const std::size_t count = f.what == kind::data ? 2 : f.count;
  const auto element = [&](const std::string& code, const std::string& value) {
    with(code, members, at, array_of(count, pairs ? "[1," + value + "]" : value));
  };
  element("value_range", "@-1");
  element("value_range", "@" + std::to_string(f.max + 1));
  element("value_range", wrong({"@0.5", "@1e400"}));
  element("json_type", wrong({"@\"1\"", "@null", "@true", "@[1]"}));
  with("json_type", members, at, wrong({"@\"00\"", "@null", "@{}", "@0"}));
  if (f.what == kind::data) return;
  with("value_range", members, at, "@" + array_of(count - 1, pairs ? "[1,2]" : "1"));
  with("value_range", members, at, "@" + array_of(count + 1, pairs ? "[1,2]" : "1"));
  with("value_range", members, at, "@[]");
  if (!pairs) return;
  with("value_range", members, at, array_of(count, "@[1]"));
  with("value_range", members, at, array_of(count, "@[1,2,3]"));
  with("value_range", members, at, array_of(count, "@[]"));
  with("json_type", members, at, array_of(count, "@1"));
}

// What only the other protocol or SysEx type has is refused, not dropped.
void refusals::add_variants() {
  for (const std::string type : {"noteOn", "noteOff"})
    for (const std::string protocol : {"", R"("protocol":"midi1",)"})
      for (const std::string key : {"attributeType", "attributeValue"})
        add("value_range", "{\"timestamp\":0," + protocol + "\"type\":\"" + type +
                               R"(","channel":1,"note":2,"velocity":3,")" + key + "\":@0}");
  add("value_range", R"({"type":"programChange","timestamp":0,"channel":1,"program":2,"bank":@0})");
  add("value_range", R"({"type":"systemExclusive","timestamp":0,"data":[],"streamId":@0})");
  add("value_range",
      R"({"type":"systemExclusive","sysexType":"sysex7","streamId":@1,"timestamp":0,"data":[]})");
  const std::string sysex = R"({"type":"systemExclusive","timestamp":0,"data":[],"sysexType":@#})";
  each("value_range", sysex, {"\"sysex9\"", "\"\"", "\"SysEx7\"", "\"sysex\""});
  each("json_type", sysex, {"7", "null", "[\"sysex7\"]"});
}

void refusals::add_raw_bytes() {
  const std::string note = R"({"type":"noteOn","timestamp":0,"channel":1,"note":60,"velocity":100)";
  each("raw_bytes_mismatch", note + ",\"rawBytes\":@#}",
       {"[]", "[144]", "[144,60]", "[144,60,101]", "[145,60,100]", "[144,60,100,0]", "[60,100]",
        "[144,60,100,144,60,100]", "[32,144,60]", "[32,144,60,101]", "[33,144,60,100]",
        "[32,144,60,100,0]", "[100,60,144,32]"});
  each(
      "raw_bytes_mismatch",
      R"({"type":"noteOn","protocol":"midi2","timestamp":0,"channel":1,"note":60,"velocity":100,"rawBytes":@#})",
      {"[]", "[144,60,0]", "[64,144,60,0,0,100,0]", "[64,144,60,0,0,100,0,1]"});
  each("raw_bytes_mismatch", R"({"type":"noop","timestamp":0,"rawBytes":@#})",
       {"[]", "[0]", "[0,0,0,1]"});
  each("raw_bytes_mismatch", start(",\"rawBytes\":@#"), {"[]", "[251]", "[250,0]", "[16,250,0]"});
  each("raw_bytes_mismatch",
       R"({"type":"systemExclusive","timestamp":0,"data":[1,2,3,4,5,6,7],"rawBytes":@#})",
       {"[]", "[1,2,3,4,5,6,7]", "[240,1,2,3,4,5,6,7]", "[240,1,2,3,4,5,6,8,247]",
        "[240,1,2,3,4,5,6,7,247,0]", "[240,1,2,3,4,5,6,247]", "[48,22,1,2,3,4,5,6]",
        "[48,22,1,2,3,4,5,6,48,49,7,0,0,0,0,1]"});
  each("raw_bytes_mismatch",
       R"({"type":"systemExclusive","timestamp":0,"packet":"start","data":[1],"rawBytes":@#})",
       {"[240,1,247]", "[1]", "[1,247]", "[48,1,1,0,0,0,0,0]"});
  each("raw_bytes_mismatch", R"({"type":"ump","timestamp":0,"words":[546323556],"rawBytes":@#})",
       {"[144,60,101]", "[32,144,60,101]", "[]"});
  each("raw_bytes_mismatch", R"({"type":"endpointName","timestamp":0,"text":"abc","rawBytes":@#})",
       {"[97,98,99]", "[240,3,97,98,99,0,0,0,0,0,0,0,0,0,0]"});
}

void refusals::add_words() {
  const std::string ump = R"({"type":"ump","timestamp":0,"words":#})";
  add("key_missing", R"({"type":"ump","timestamp":0@})");
  each("json_type", ump,
       {"@7", "@null", "@\"0\"", "@{}", "[@\"0\"]", "[@null]", "[@[0]]", "[@true]"});
  each("value_range", ump,
       {"@[]", "[@-1]", "[@4294967296]", "[@0.5]", "[1073741824,@4294967296]", "[@1e400]"});
  for (std::uint32_t type = 0; type < 16; ++type) {
    const std::size_t right = words_of(type);
    for (std::size_t size = 1; size <= 5; ++size) {
      words packet(size);
      packet[0] = type << 28;
      if (size != right)
        add("value_range", R"({"type":"ump","timestamp":0,"words":@)" + array(packet) + "}");
    }
  }
  each("value_range", R"({"type":"ump","timestamp":0,"words":[546323556],"group":@#})",
       {"1", "15", "-1", "16"});
  each("value_range", R"({"type":"ump","timestamp":0,"words":[596655204],"group":@#})", {"0", "2"});
}

void refusals::add_limits() {
  const std::string sysex = R"({"type":"systemExclusive","timestamp":0,"data":#})";
  std::string long_line = start("");
  add("line_too_long", long_line.insert(20, "@"), R"({"line":20})");
  for (const auto* data : {"@[1,2,3,4]", "@[1,2,3,4,5,6,7,8,9]"}) {
    std::string line = sysex;
    add("data_too_long", line.replace(line.find('#'), 1, data), R"({"data":3})");
  }
}

// Transport commands, for their own decoder.

std::string transport_line(const std::string& command, const std::string& rest) {
  return R"({"type":"transport","command":")" + command + R"(","timestamp":7)" +
         (rest.empty() || rest == "@" ? "" : ",") + rest + "}";
}

struct spelled {
  std::string canonical;
  std::vector<std::string> accepted;
};

std::vector<spelled> transport_commands() {
  const auto line = transport_line;
  const std::string play = R"("position":0,"bpm":120)";
  return {
      {line("PLAY", play),
       {line("PLAY", R"("bpm":1.2e2,"position":0.0)"), line("PLAY", play + R"(,"boundary":"now")"),
        line("PLAY", play + R"(,"loop":"not of this command","x":[{"bpm":[]}])"),
        R"( { "bpm" : 120.0 , "t\u0079pe" : "trans\u0070ort" ,"timestamp":7e0, "command":"\u0050LAY","position":0.0e1 } )"}},
      {line("PLAY", R"("position":16.5,"bpm":92.5,"timeSignature":[3,4],"boundary":"bar","seq":4,)"
                    R"("epoch":2,"by":"0123456789abcdef")"),
       {line("PLAY", R"("by":"0123456789abcdef","epoch":2.0,"seq":4,"boundary":"bar",)"
                     R"("timeSignature":[ 3.0, 4e0 ],"bpm":925e-1,"position":1.65e1)")}},
      {line("RECORD", R"("position":-4,"bpm":1)"), {line("RECORD", R"("bpm":1,"position":-4)")}},
      {line("RECORD", R"("position":0.1,"bpm":999,"timeSignature":[255,64],"boundary":"beat")"),
       {}},
      {line("STOP", R"("position":32)"), {line("STOP", R"("position":32.0,"timeSignature":"?")")}},
      {line("STOP", R"("position":0.3333333333333333,"bpm":120.00000000000001)"), {}},
      {line(
           "PAUSE",
           R"("position":1.25,"seq":9007199254740991,"epoch":9007199254740991,"by":"ffffffffffffffff")"),
       {}},
      {line("PAUSE", R"("position":1.25,"here":true)"),
       {line("PAUSE", R"("here":true,"position":1.25)")}},
      {line("RECORD", R"("position":1,"bpm":60,"boundary":"bar","here":true,"seq":3)"),
       {line("RECORD", R"("seq":3,"here":true,"position":1,"bpm":60,"boundary":"bar")")}},
      {line("STOP", R"("position":4)"), {line("STOP", R"("position":4,"here":false)")}},
      {line("SEEK", R"("position":4)"), {line("SEEK", R"("position":4,"here":"there")")}},
      {line("SEEK", R"("position":-0.5,"boundary":"beat")"),
       {line("SEEK", R"("boundary":"beat","position":-5e-1)")}},
      {line("SEEK", R"("position":4,"bpm":60)"), {}},
      {line("TEMPO", R"("bpm":96.5)"),
       {line("TEMPO", R"("\u0062pm":0.965E+2)"), line("TEMPO", R"("bpm":96.50)")}},
      {line("TEMPO", R"("position":8,"bpm":998.999,"seq":0,"epoch":0,"by":"0000000000000001")"),
       {}},
      {line("TIME_SIGNATURE", R"("timeSignature":[1,1])"), {}},
      {line("TIME_SIGNATURE", R"("position":4,"timeSignature":[7,8])"), {}},
      {line("LOOP", R"("loop":null)"), {line("LOOP", R"("loop": null)")}},
      {line("LOOP", R"("loop":[0,7.25])"), {line("LOOP", R"("loop":[ 0e1 , 72.5e-1 ])")}},
      {line("LOOP", R"("position":1,"bpm":100,"loop":[-1,0.5])"), {}},
      {R"({"type":"transport","command":"STOP","timestamp":-9223372036854775808,"position":0})",
       {}},
      {R"({"type":"transport","command":"STOP","timestamp":9007199254740993,"position":0})",
       {R"({"type":"transport","command":"STOP","timestamp":9007199254740993.0,"position":0})"}},
  };
}

void add_transport_refusals(refusals& out) {
  const auto line = transport_line;
  for (const auto& [command, rest] :
       std::initializer_list<std::pair<std::string, std::string>>{{"PLAY", R"("bpm":120@)"},
                                                                  {"PLAY", R"("position":0@)"},
                                                                  {"RECORD", R"("bpm":120@)"},
                                                                  {"RECORD", R"("position":0@)"},
                                                                  {"STOP", R"("bpm":120@)"},
                                                                  {"PAUSE", "@"},
                                                                  {"SEEK", "@"},
                                                                  {"TEMPO", R"("position":1@)"},
                                                                  {"TIME_SIGNATURE", R"("bpm":1@)"},
                                                                  {"LOOP", R"("position":1@)"}})
    out.add("key_missing", line(command, rest));
  for (const auto* text : {R"({"type":"transport","timestamp":0,"position":0@})",
                           R"({"type":"transport","command":"STOP","position":0@})",
                           R"({"command":"STOP","timestamp":0,"position":0@})", "{@}"})
    out.add("key_missing", text);
  out.each("type_unknown", R"({"type":@#,"command":"STOP","timestamp":0,"position":0})",
           {"\"noteOn\"", "\"Transport\"", "\"\""});
  out.each("value_range", R"({"type":"transport","command":@#,"timestamp":0,"position":0,"bpm":1})",
           {"\"play\"", "\"CONTINUE\"", "\"\"", "\"PLAY \""});
  out.each("json_type", R"({"type":"transport","command":@#,"timestamp":0,"position":0,"bpm":1})",
           {"1", "null"});
  out.each("value_range", line("TEMPO", "\"bpm\":@#"), {"0.999", "999.1", "0", "-120", "1e999"});
  out.each("json_type", line("TEMPO", "\"bpm\":@#"), {"null", "\"120\"", "true", "[120]"});
  out.each("value_range", line("STOP", "\"position\":@#"), {"1e400", "-1e400"});
  out.each("json_type", line("STOP", "\"position\":@#"), {"null", "\"0\"", "[]"});
  out.each("value_range", line("STOP", "\"position\":0,\"bpm\":@#"), {"1000", "0"});
  out.each("json_type", line("STOP", "\"position\":0,\"here\":@#"), {"1", "null", "\"true\""});
  out.each("value_range", line("TIME_SIGNATURE", "\"timeSignature\":#"),
           {"[@0,4]", "[@256,4]", "@[4,3]", "[4,@128]", "[4,@0]", "@[4]", "@[]", "[@4.5,4]"});
  out.each("json_type", line("TIME_SIGNATURE", "\"timeSignature\":#"),
           {"@\"4/4\"", "@null", "[4,@true]", "[@\"4\",4]"});
  out.each("value_range", line("LOOP", "\"loop\":#"),
           {"@[4,4]", "@[8,4]", "@[4]", "@[]", "@[1,2,3]", "[0,@1e999]"});
  out.each("json_type", line("LOOP", "\"loop\":#"),
           {"@false", "@0", "@{}", "[0,@\"4\"]", "[@null,4]"});
  const auto tempo = [&](const std::string& rest) { return line("TEMPO", "\"bpm\":120," + rest); };
  out.each("value_range", tempo("\"boundary\":@#"), {"\"phrase\"", "\"\"", "\"Bar\""});
  out.each("json_type", tempo("\"boundary\":@#"), {"1", "null"});
  for (const std::string key : {"seq", "epoch"}) {
    out.each("value_range", tempo("\"" + key + "\":@#"), {"-1", "9007199254740992", "0.5"});
    out.each("json_type", tempo("\"" + key + "\":@#"), {"\"1\"", "null"});
  }
  out.each("value_range", tempo("\"by\":@#"),
           {"\"xyz\"", "\"0000000000000000\"", "\"0123456789ABCDEF\"", "\"123\"", "\"\"",
            "\"00123456789abcdef\""});
  out.each("json_type", tempo("\"by\":@#"), {"7", "null"});
  out.each(
      "key_duplicate", tempo("#"),
      {"@\"bpm\":120", "@\"b\\u0070m\":120", "\"seq\":1,@\"seq\":1", "@\"command\":\"TEMPO\""});
  out.each("json_syntax", line("TEMPO", "#"),
           {"\"bpm\":0@1", "\"bpm\":@.5", "\"bpm\":120,@", "\"bpm\":@NaN"});
  out.each("json_syntax", "#",
           {"@SEEK", "@play", "@PLAY STOP", "\"PLAY\" @x", "@PLAYS", "@'PLAY'"});
  out.each("value_range", "@#", {"\"SEEK\"", "\"play\"", "\"\"", "\" PLAY\""});
  out.each("json_truncated", "#", {"@", "\"PLAY@", "{@"});
  out.each("json_type", "#", {"@[\"PLAY\"]", "@1", "@null"});
}

} // namespace

std::string refused() {
  refusals all;
  all.add_syntax();
  all.add_numbers();
  all.add_strings();
  all.add_structure();
  all.add_common();
  all.add_types();
  all.add_rows();
  all.add_variants();
  all.add_raw_bytes();
  all.add_words();
  all.add_limits();
  return all.text();
}

std::string transport() {
  std::string text;
  for (const auto& [canonical, accepted] : transport_commands()) {
    std::string list;
    for (const auto& a : accepted) list.append(list.empty() ? "" : ",").append(ascii(a));
    text += "{\"canonical\":" + ascii(canonical) + ",\"accepted\":[" + list + "]}\n";
  }
  for (const std::string word : {"PLAY", "STOP", "PAUSE", "RECORD"}) {
    std::string list;
    for (const auto& a : {word, " " + word + " \r\n", quoted(word), " \"" + word + "\"\t",
                          "\"\\u00" +
                              std::string{word[0] == 'P'   ? "50"
                                          : word[0] == 'S' ? "53"
                                                           : "52"} +
                              word.substr(1) + "\""})
      list.append(list.empty() ? "" : ",").append(ascii(a));
    text += "{\"command\":" + ascii(word) + ",\"bare\":[" + list + "]}\n";
  }
  refusals all;
  add_transport_refusals(all);
  return text + all.text();
}

} // namespace vectors
