// shm_ring between real processes: streams in full, and one side killed in mid-stream, again and
// again. Prints what it measured; fails if an element was lost, torn or repeated, or if a death
// went unnoticed for a second.
//
//     shm_ring_processes [--count 2000000] [--rounds 40] [--seed N]
//     shm_ring_processes --count 1000000000 --rounds 1000        # in full: minutes
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <jamnet/core/random.hpp>
#include <jamnet/platform/posix_shm.hpp>
#include <jamnet/ring/shm_ring.hpp>
#include <sys/wait.h>

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

using std::chrono::nanoseconds;

constexpr std::size_t capacity = 1024;
constexpr std::size_t block_size = 128;

nanoseconds now() { return std::chrono::steady_clock::now().time_since_epoch(); }
double seconds(nanoseconds t) { return std::chrono::duration<double>(t).count(); }

void require(bool law, const char* what) {
  if (law) return;
  std::fprintf(stderr, "FAILED: %s\n", what);
  std::_Exit(1);
}

// Words that must agree: an element read before it was written, or while it is, shows.
template <std::size_t Words>
struct numbered {
  std::array<std::uint64_t, Words> words{};

  static numbered of(std::uint64_t n) {
    numbered element;
    element.words.fill(n);
    return element;
  }
  bool torn() const {
    return std::any_of(words.begin(), words.end(), [&](auto word) { return word != words[0]; });
  }
};
using element = numbered<8>;
using ring = shm_ring<element>;

constexpr auto gone = [](shm_owner owner) { return !process_is_alive(owner.pid); };

// The ring under a name, and behind it what a killed process had to say.
struct testimony {
  std::atomic<std::uint64_t> about_to{0}, done{0}, torn{0}, misplaced{0};
};
template <class T>
class shared {
public:
  static constexpr std::size_t testimony_at = shm_ring<T>::bytes_for(capacity);

  shared() : name_{"/jamnet-processes-" + std::to_string(process_id())} {
    auto memory = posix_shm::create(name_.c_str(), testimony_at + sizeof(testimony));
    require(memory.has_value(), "no shared memory");
    require(shm_ring<T>::create(memory->bytes(), capacity).has_value(), "no ring");
    memory_ = new posix_shm{*std::move(memory)};
  }
  ~shared() {
    posix_shm::remove(name_.c_str());
    delete memory_;
  }
  shared(const shared&) = delete;
  shared& operator=(const shared&) = delete;

  // A mapping of one's own, as a process that knows only the name has it; it is never unmapped.
  posix_shm& map() const {
    auto memory = posix_shm::open(name_.c_str());
    require(memory.has_value(), "cannot open the shared memory");
    return *new posix_shm{*std::move(memory)};
  }
  static shm_ring<T> ring_in(const posix_shm& memory) {
    auto found = shm_ring<T>::open(memory.bytes().first(testimony_at));
    require(found.has_value(), "cannot open the ring");
    return *found;
  }
  static testimony& testimony_in(const posix_shm& memory) {
    return *reinterpret_cast<testimony*>(memory.bytes().data() + testimony_at);
  }
  const posix_shm& memory() const { return *memory_; }

private:
  std::string name_;
  posix_shm* memory_;
};

// Runs `work` in a process of its own, which ends with 0 if it returns.
template <class Work>
::pid_t in_process(Work work) {
  const auto child = ::fork();
  require(child >= 0, "fork");
  if (child == 0) {
    work();
    std::_Exit(0);
  }
  return child;
}
int wait_for(::pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

// --- streams in full ---

template <class T>
void produce(typename shm_ring<T>::producer in, std::uint64_t count, bool bulk) {
  std::array<T, block_size> block;
  for (std::uint64_t sent = 0; sent < count;) {
    const auto want = bulk ? std::min<std::uint64_t>(block_size, count - sent) : 1;
    for (std::size_t i = 0; i < want; ++i) block[i] = T::of(sent + i);
    std::size_t pushed = 0;
    if (bulk)
      pushed = in.push(std::span{block}.first(want));
    else
      pushed = in.try_push(block[0]) ? 1 : 0;
    sent += pushed;
    if (pushed == 0) std::this_thread::yield();
  }
}

template <class T>
void stream(const char* what, std::uint64_t count, bool bulk) {
  const shared<T> segment;
  const auto start = now();
  const auto child = in_process([&] {
    const auto r = shared<T>::ring_in(segment.map());
    produce<T>(*r.attach_producer(process_id(), now()), count, bulk);
  });
  auto out = *shared<T>::ring_in(segment.memory()).attach_consumer(process_id(), now());
  std::uint64_t expected = 0, torn = 0, misplaced = 0;
  std::array<T, block_size> block;
  while (expected < count) {
    std::size_t got = 0;
    if (bulk)
      got = out.pop(block);
    else
      got = out.try_pop(block[0]) ? 1 : 0;
    for (std::size_t i = 0; i < got; ++i) {
      torn += block[i].torn();
      misplaced += block[i].words[0] != expected++;
    }
    if (got == 0) std::this_thread::yield();
  }
  const auto took = now() - start;
  require(wait_for(child) == 0, "the producer failed");
  require(!out.try_pop(block[0]), "more came out than went in");
  std::printf("%-34s %11llu elements: %llu lost or doubled, %llu torn; %.2f ns each, %.1f s\n",
              what, static_cast<unsigned long long>(count),
              static_cast<unsigned long long>(misplaced), static_cast<unsigned long long>(torn),
              seconds(took) * 1e9 / double(count), seconds(took));
  std::fflush(stdout);
  require(torn == 0 && misplaced == 0, what);
}

// --- one side killed ---

// What all rounds of one kind came to.
struct tally {
  std::uint64_t elements = 0, in_hand = 0;
  double noticed = 0, blocked = 0; // the longest, in seconds
};

// What a round is about: death in mid-stream; at any moment from the fork on, so also while the
// process attaches; or one that is to be noticed by silence alone.
struct round_kind {
  explicit round_kind(std::uint64_t round) : early{round % 4 == 0}, by_silence{round % 20 == 19} {}

  bool early, by_silence;
};

// Kills `child` after a while. Until the survivor has noticed by what it sees of the `other()`, it
// does `its_work()`, none of which may take long.
template <class Work, class Other>
void kill_in_mid_stream(::pid_t child, round_kind kind, random_source& random, tally& all,
                        Work its_work, Other other) {
  const auto pid = static_cast<std::uint32_t>(child);
  const auto is_noticed = [&] {
    const auto owner = other();
    return kind.by_silence && owner.pid == pid ? silent_for{}(owner) : !process_is_alive(pid);
  };
  while (!kind.early && other().pid != pid) its_work();
  const auto kill_at = now() + std::chrono::microseconds{random.next() % 4000};
  while (now() < kill_at) its_work();
  ::kill(child, SIGKILL);
  const auto killed = now();
  int status = 0;
  bool reaped = false;
  while (!is_noticed()) {
    const auto before = now();
    its_work();
    all.blocked = std::max(all.blocked, seconds(now() - before));
    require(now() - killed < 1s, "a death was not noticed within 1 s");
    reaped = reaped || ::waitpid(child, &status, WNOHANG) == child;
  }
  all.noticed = std::max(all.noticed, seconds(now() - killed));
  if (!reaped) status = wait_for(child);
  require(WIFSIGNALED(status), "the process to be killed failed");
}

void kill_producers(std::uint64_t rounds, random_source& random) {
  const shared<element> segment;
  auto& said = shared<element>::testimony_in(segment.memory());
  auto out = *shared<element>::ring_in(segment.memory()).attach_consumer(process_id(), now());
  tally all, silent;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    said.about_to = said.done = 0;
    const bool bulk = random.next() % 2 == 0;
    const std::uint64_t base = round << 40; // so that no round's numbers are another's
    const auto child = in_process([&] {
      const auto& memory = segment.map();
      auto& say = shared<element>::testimony_in(memory);
      auto in = shared<element>::ring_in(memory).attach_producer(process_id(), now(), gone);
      require(in.has_value(), "the next producer cannot attach");
      std::array<element, block_size> block;
      for (std::uint64_t sent = 0;;) {
        const std::size_t size = bulk ? block_size : 1;
        for (std::size_t i = 0; i < size; ++i) block[i] = element::of(base + sent + i);
        say.about_to = sent + size;
        const auto pushed = in->push(std::span{block}.first(size));
        sent += pushed;
        say.done = sent;
        require(in->beat(now()), "a living producer was replaced");
        if (pushed == 0) std::this_thread::yield();
      }
    });
    std::uint64_t next = 0;
    std::array<element, block_size> block;
    const auto consume = [&] {
      const auto got = out.pop(std::span{block}.first(bulk ? block_size : 1));
      for (std::size_t i = 0; i < got; ++i) {
        require(!block[i].torn(), "torn");
        require(block[i].words[0] == base + next++, "lost, doubled or misplaced");
      }
      require(out.beat(now()), "the living consumer was replaced");
      return got;
    };
    const round_kind kind{round};
    kill_in_mid_stream(child, kind, random, kind.by_silence ? silent : all, consume,
                       [&] { return out.other(now()); });
    while (consume() != 0) {
    }
    require(next >= said.done && next <= said.about_to, "what was pushed did not arrive");
    all.elements += next;
    all.in_hand += said.about_to - next;
  }
  std::printf("%llu producers killed: %llu elements arrived, none torn, lost or doubled; death seen"
              " within %.1f ms (by silence: %.1f ms), longest call %.2f ms\n",
              static_cast<unsigned long long>(rounds),
              static_cast<unsigned long long>(all.elements), all.noticed * 1e3,
              silent.noticed * 1e3, std::max(all.blocked, silent.blocked) * 1e3);
}

void kill_consumers(std::uint64_t rounds, random_source& random) {
  const shared<element> segment;
  auto& said = shared<element>::testimony_in(segment.memory());
  auto in = *shared<element>::ring_in(segment.memory()).attach_producer(process_id(), now());
  tally all, silent;
  std::uint64_t sent = 0;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    const bool bulk = random.next() % 2 == 0;
    const std::size_t size = bulk ? block_size : 1;
    const auto child = in_process([&] {
      const auto& memory = segment.map();
      auto& say = shared<element>::testimony_in(memory);
      auto out = shared<element>::ring_in(memory).attach_consumer(process_id(), now(), gone);
      require(out.has_value(), "the next consumer cannot attach");
      std::array<element, block_size> block;
      for (bool first = true;;) {
        const auto got = out->pop(std::span{block}.first(size));
        std::uint64_t next = say.done;
        if (got > 0 && std::exchange(first, false)) {
          const auto in_hand = block[0].words[0] - next; // popped by the one before, and unsaid
          if (in_hand > block_size) ++say.misplaced;
          say.about_to += in_hand;
          next += in_hand;
        }
        for (std::size_t i = 0; i < got; ++i) {
          if (block[i].torn()) ++say.torn;
          if (block[i].words[0] != next++) ++say.misplaced;
        }
        say.done = next;
        require(out->beat(now()), "a living consumer was replaced");
        if (got == 0) std::this_thread::yield();
      }
    });
    std::array<element, block_size> block;
    const auto produce_some = [&] {
      for (std::size_t i = 0; i < size; ++i) block[i] = element::of(sent + i);
      sent += in.push(std::span{block}.first(size));
      require(in.beat(now()), "the living producer was replaced");
    };
    const round_kind kind{round};
    kill_in_mid_stream(child, kind, random, kind.by_silence ? silent : all, produce_some,
                       [&] { return in.other(now()); });
    require(said.torn == 0, "torn");
    require(said.misplaced == 0, "lost, doubled or misplaced");
  }
  std::printf("%llu consumers killed: %llu elements pushed, none torn, lost or doubled (%llu were "
              "in their hands); death seen within %.1f ms (by silence: %.1f ms), longest call "
              "%.2f ms\n",
              static_cast<unsigned long long>(rounds), static_cast<unsigned long long>(sent),
              static_cast<unsigned long long>(said.about_to.load()), all.noticed * 1e3,
              silent.noticed * 1e3, std::max(all.blocked, silent.blocked) * 1e3);
}

// One that is only stopped for too long is replaced, too, and is told so when it goes on.
void stop_producer() {
  const shared<element> segment;
  const auto r = shared<element>::ring_in(segment.memory());
  const auto child = in_process([&] {
    auto in = *shared<element>::ring_in(segment.map()).attach_producer(process_id(), now());
    require(in.try_push(element::of(1)), "push");
    ::raise(SIGSTOP);
    require(!in.try_push(element::of(2)) && !in.beat(now()), "goes on though it was replaced");
  });
  int status = 0;
  require(::waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status), "not stopped");
  require(r.attach_producer(process_id(), now()).error() ==
              failure{errc::shm_taken, static_cast<std::uint32_t>(child)},
          "replaced too soon");
  while (!silent_for{}(r.producer_owner(now()))) std::this_thread::yield();
  require(!r.attach_producer(process_id(), now(), gone), "one that is alive was taken for gone");
  auto in = r.attach_producer(process_id(), now());
  require(in && in->try_push(element::of(3)), "the silent one cannot be replaced");
  ::kill(child, SIGCONT);
  require(wait_for(child) == 0, "the one that was stopped failed");
  auto out = *r.attach_consumer(process_id(), now());
  element got[3];
  require(out.pop(got) == 2 && got[0].words[7] == 1 && got[1].words[7] == 3, "wrong elements");
  std::printf("a stopped producer was replaced, and told so when it went on\n");
}

} // namespace

int main(int argc, char** argv) {
  std::uint64_t count = 2'000'000, rounds = 40;
  std::uint64_t seed = static_cast<std::uint64_t>(now().count());
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    auto& value = option == "--count" ? count : option == "--rounds" ? rounds : seed;
    value = std::strtoull(argv[i + 1], nullptr, 0);
  }
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout); // or every child has a copy
  random_source random{seed};
  stream<numbered<1>>("8 bytes, blocks of 128", count, true);
  stream<numbered<8>>("64 bytes, blocks of 128", count, true);
  stream<numbered<1>>("8 bytes, one by one", count, false);
  stream<numbered<8>>("64 bytes, one by one", count, false);
  kill_producers(rounds, random);
  kill_consumers(rounds, random);
  stop_producer();
}
