// Runs a libFuzzer target without libFuzzer: every corpus file, then seeded mutations of them.
//
//     NAME_fuzz [--runs N] [--seconds S] [--seed X] FILE-OR-FOLDER...
//
// The same seed tries the same inputs. An input that kills the program is left in
// NAME_fuzz-failed, to be passed alone the next time.
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <jamnet/core/chrono.hpp>
#include <jamnet/core/random.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*)());

namespace {

using input = std::vector<std::uint8_t>;

input current;           // what is being tried, for save_current
std::string failed_path; // where it is left

void save_current() {
  if (std::FILE* file = std::fopen(failed_path.c_str(), "wb")) {
    std::fwrite(current.data(), 1, current.size(), file);
    std::fclose(file);
    std::fprintf(stderr, "input of %zu bytes left in %s\n", current.size(), failed_path.c_str());
  }
}

void save_and_die(int signal) {
  save_current();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void run(input bytes) {
  current = std::move(bytes);
  current.shrink_to_fit(); // so that a sanitizer sees one byte too far
  LLVMFuzzerTestOneInput(current.data(), current.size());
}

class mutator {
public:
  mutator(std::vector<input> corpus, std::uint64_t seed)
      : corpus_{std::move(corpus)},
        random_{seed} {}

  input next() {
    input bytes = any_of_corpus();
    for (auto steps = 1 + below(4); steps > 0; --steps) change(bytes);
    return bytes;
  }

private:
  static constexpr std::size_t size_max = 8192;

  std::size_t below(std::size_t n) { return n == 0 ? 0 : random_.next() % n; }
  auto anywhere(input& bytes) {
    return bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size() + 1));
  }
  template <class Iterator>
  static Iterator at_most(std::ptrdiff_t count, Iterator first, Iterator last) {
    return first + std::min(count, last - first);
  }
  const input& any_of_corpus() { return corpus_[below(corpus_.size())]; }
  std::uint8_t byte() {
    constexpr std::string_view telling{"\x00\x01\x20\x7f\x80\xc0\xe0\xf0\xff\"\\{}[],:0-.eu", 22};
    return static_cast<std::uint8_t>(below(2) == 0 ? telling[below(telling.size())]
                                                   : static_cast<char>(below(256)));
  }
  void change(input& bytes) {
    auto from = anywhere(bytes), to = anywhere(bytes);
    if (to < from) std::swap(from, to);
    switch (below(7)) {
    case 0: // flip a bit
      if (from != bytes.end()) *from ^= static_cast<std::uint8_t>(1u << below(8));
      break;
    case 1: // replace a byte
      if (from != bytes.end()) *from = byte();
      break;
    case 2: bytes.insert(from, 1 + below(8), byte()); break;
    case 3: bytes.erase(from, at_most(1 + static_cast<std::ptrdiff_t>(below(16)), from, to)); break;
    case 4: bytes.erase(from, bytes.end()); break; // cut off
    case 5: {                                      // repeat a piece of itself
      const input piece{from, at_most(64, from, to)};
      bytes.insert(anywhere(bytes), piece.begin(), piece.end());
      break;
    }
    default: { // put in a piece of another
      input other = any_of_corpus();
      const auto at = anywhere(other);
      bytes.insert(from, at, at_most(64, at, other.end()));
    }
    }
    if (bytes.size() > size_max) bytes.resize(size_max);
  }

  std::vector<input> corpus_;
  jamnet::random_source random_;
};

input read(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  if (!fs::is_directory(path)) return {path};
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator{path}) files.push_back(entry.path());
  std::sort(files.begin(), files.end()); // the order of a folder is not reproducible
  return files;
}

} // namespace

int main(int argc, char** argv) {
  std::uint64_t runs = 0, seconds = 3600, seed = 1;
  std::vector<input> corpus{input{}};
  failed_path = std::filesystem::path{argv[0]}.filename().string() + "-failed";
  for (const int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGILL}) std::signal(signal, save_and_die);
  if (__sanitizer_set_death_callback) __sanitizer_set_death_callback(save_current);

  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    const auto number = [&] { return i + 1 < argc ? std::strtoull(argv[++i], nullptr, 0) : 0; };
    if (option == "--runs") {
      runs = number();
    } else if (option == "--seconds") {
      seconds = number();
    } else if (option == "--seed") {
      seed = number();
    } else {
      if (!std::filesystem::exists(option)) continue; // a target need not have a corpus
      for (const auto& file : files_in(option)) corpus.push_back(read(file));
    }
  }
  std::printf("%zu inputs, then %llu mutations of seed %llu\n", corpus.size(),
              static_cast<unsigned long long>(runs), static_cast<unsigned long long>(seed));
  std::fflush(stdout);

  for (const auto& bytes : corpus) run(bytes);
  mutator mutations{corpus, seed};
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{seconds};
  std::uint64_t done = 0;
  while (done < runs && (done % 64 != 0 || std::chrono::steady_clock::now() < end)) {
    run(mutations.next());
    ++done;
  }
  std::printf("%llu mutations passed\n", static_cast<unsigned long long>(done));
}
