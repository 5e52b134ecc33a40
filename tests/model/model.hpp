// A small model checker for the C++ memory model, which runs the library's own headers.
//
// A scenario is a few threads that use, say, a `latest`; its std::atomic is replaced by a modelled
// one (see modelled_atomic.hpp), and explore() runs the scenario again and again until every
// outcome that the memory orders allow was seen: not only every interleaving, but also every old
// value that a load may still return on a machine weaker than the one at hand.
//
// The model, after the "views" of Kang et al. (POPL 2017). An atomic is the list of all stores to
// it, in modification order. A thread's view says for each atomic which store it already knows of:
// a load returns that one or any later one, a store goes anywhere after it. A release store takes
// the thread's view along, an acquire load that returns this store adds it to its own thread's. A
// read-modify-write takes its place directly behind what it read, and passes that store's view on.
//
// What it does not know: fences; seq_cst, which counts as acq_rel; spurious failures of
// compare_exchange_weak; and load buffering: no load returns a store that its own thread leads to.
// Plain memory has no races here (ThreadSanitizer finds those), except for what is `handed_over`.
//
// tests/mutate.py weakens every memory order of a header, one by one, and expects that a scenario
// or ThreadSanitizer notices.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <jamnet/core/random.hpp>
#include <ucontext.h>

namespace model {

using std::memory_order;

constexpr bool acquires(memory_order order) {
  return order == memory_order::acquire || order == memory_order::acq_rel ||
         order == memory_order::seq_cst || order == memory_order::consume;
}
constexpr bool releases(memory_order order) {
  return order == memory_order::release || order == memory_order::acq_rel ||
         order == memory_order::seq_cst;
}

/// The decisions of one run: which thread goes on, which store a load returns. All are enumerated
/// depth first, the last decision changing fastest; or taken at random.
class choices {
public:
  std::size_t choose(std::size_t count) {
    if (count < 2) return 0;
    if (next_ == taken_.size())
      taken_.push_back({random_ ? static_cast<std::size_t>(random_->next() % count) : 0, count});
    return taken_[next_++].option;
  }
  void again() { next_ = 0; }
  void at_random(jamnet::random_source& random) {
    random_ = &random;
    taken_.clear();
    next_ = 0;
  }
  /// Moves on to the next run; false when there is none.
  bool advance() {
    while (!taken_.empty() && taken_.back().option + 1 == taken_.back().count) taken_.pop_back();
    if (taken_.empty()) return false;
    ++taken_.back().option;
    next_ = 0;
    return true;
  }

private:
  struct choice {
    std::size_t option, count;
  };
  std::vector<choice> taken_;
  std::size_t next_ = 0;
  jamnet::random_source* random_ = nullptr;
};

/// For each location the time of the earliest store that may still be read.
class view {
public:
  double operator[](std::size_t location) const {
    return location < times_.size() ? times_[location] : 0;
  }
  void raise(std::size_t location, double time) {
    if (location >= times_.size()) times_.resize(location + 1);
    times_[location] = std::max(times_[location], time);
  }
  void join(const view& other) {
    for (std::size_t i = 0; i < other.times_.size(); ++i) raise(i, other.times_[i]);
  }

private:
  std::vector<double> times_;
};

struct store {
  double time;
  std::uint64_t value;
  view message;          // what who acquires it learns
  bool followed = false; // a read-modify-write comes directly behind it: there is no room between
};

using stack_memory = std::array<std::byte, 64 * 1024>;
inline std::vector<std::unique_ptr<stack_memory>> spare_stacks;

/// One run of a scenario. Threads are coroutines of one real thread, so all is repeatable.
class execution {
public:
  execution(choices& decisions, std::ostream* trace) : decisions_{decisions}, trace_{trace} {
    threads_.emplace_back(); // the scenario itself
    threads_[0].done = true;
  }

  /// Adds a thread; it starts in join().
  void thread(std::function<void()> body) {
    threads_.emplace_back();
    threads_.back().body = std::move(body);
  }
  /// Runs all threads until they end. Afterwards the scenario has seen all that they did.
  void join();
  /// Ends the run as failed unless `law` holds.
  void check(bool law, std::string_view breach) {
    if (!law) fail(breach);
  }
  /// Sleeps until another thread has set `awake`. When nobody can, the run has failed.
  void sleep_until(const bool& awake) {
    self().sleeps_until = &awake;
    change_thread();
    self().sleeps_until = nullptr;
  }
  /// One of 0 … count - 1: what neither the program nor the memory decides, such as how late it is.
  std::size_t choose(std::size_t count) { return decisions_.choose(count); }
  /// What other threads can notice was done: another one may go on.
  void change_thread();

  [[nodiscard]] bool failed() const { return !failure_.empty(); }
  [[nodiscard]] const std::string& failure() const { return failure_; }

  // What an atomic does. `initial` is its value before the first access.
  std::uint64_t load(const void* atomic, std::uint64_t initial, memory_order order);
  void put(const void* atomic, std::uint64_t initial, std::uint64_t value, memory_order order);
  /// `change` gives the new value, or none (a compare_exchange that fails).
  template <class Change>
  std::uint64_t read_modify_write(const void* atomic, std::uint64_t initial, memory_order order,
                                  memory_order on_failure, Change change);
  /// Whoever calls this must have learnt of the call before.
  void hand_over(const void* resource);

private:
  struct thread_state {
    std::function<void()> body;
    view seen;
    const bool* sleeps_until = nullptr;
    bool done = false;
    std::unique_ptr<stack_memory> stack;
    ucontext_t context{};
  };
  struct location {
    const void* address;
    std::vector<store> stores; // in modification order
  };

  static void enter();
  void prepare(thread_state& thread);
  thread_state& self() { return threads_[running_]; }
  bool choose_thread();
  void fail(std::string_view why);
  std::size_t find(const void* address, std::uint64_t initial);
  void learn(std::size_t place, const store& from, memory_order order) {
    self().seen.raise(place, from.time);
    if (acquires(order)) self().seen.join(from.message);
  }
  std::size_t insert(std::size_t place, std::size_t behind, std::uint64_t value, view message,
                     memory_order order);
  void log(std::string_view what, std::size_t place, std::uint64_t value, memory_order order);

  choices& decisions_;
  std::ostream* trace_;
  std::vector<thread_state> threads_;
  std::vector<location> locations_;
  std::size_t running_ = 0, steps_ = 0;
  std::string failure_;
  ucontext_t scheduler_{};
};

inline execution* current = nullptr; // what the atomics belong to

/// Something that only its owner may touch, and that passes from thread to thread by what is
/// tested: touching it without knowing of the touch before is a data race.
class handed_over {
public:
  void touch() const { current->hand_over(this); }
};

struct verdict {
  std::string failure; // and how it came to it; empty when all runs went well
  bool complete;       // every run was seen; otherwise a part of them and as many at random
  std::uint64_t runs;
};

/// Runs `scenario(execution&)` in every way there is, or, when those are more than `limit`, in the
/// first `limit` ways and `limit` random ones. Stops at the first failure.
template <class Scenario>
verdict explore(Scenario scenario, std::uint64_t limit = 200'000, std::uint64_t seed = 1) {
  choices decisions;
  const auto run = [&](std::ostream* trace) {
    execution one{decisions, trace};
    current = &one;
    scenario(one);
    current = nullptr;
    return one.failure();
  };
  const auto story = [&](std::string failure) {
    std::ostringstream trace;
    decisions.again();
    run(&trace);
    return std::move(failure) + "\n" + trace.str();
  };
  std::uint64_t runs = 0;
  while (runs < limit) {
    ++runs;
    if (auto failure = run(nullptr); !failure.empty()) return {story(failure), false, runs};
    if (!decisions.advance()) return {{}, true, runs};
  }
  jamnet::random_source random{seed};
  for (; runs < 2 * limit; ++runs) {
    decisions.at_random(random);
    if (auto failure = run(nullptr); !failure.empty())
      return {story("seed " + std::to_string(seed) + ": " + failure), false, runs};
  }
  return {{}, false, runs};
}

// The next thread may only be chosen where the last one did something that others notice: a load
// can always be put off until its thread's next store, for what it could return it still can.
inline bool execution::choose_thread() {
  std::vector<std::size_t> ready;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    const auto& thread = threads_[(running_ + i) % threads_.size()]; // who runs comes first
    if (!thread.done && (thread.sleeps_until == nullptr || *thread.sleeps_until))
      ready.push_back((running_ + i) % threads_.size());
  }
  if (ready.empty()) return false;
  running_ = ready[decisions_.choose(ready.size())];
  return true;
}

inline void execution::change_thread() {
  const auto before = running_;
  if (before == 0) return;
  if (!choose_thread() || running_ != before) ::swapcontext(&threads_[before].context, &scheduler_);
}

inline void execution::enter() {
  auto& thread = current->self();
  thread.body();
  thread.done = true;
}

inline void execution::prepare(thread_state& thread) {
  thread.seen = threads_[0].seen;
  if (spare_stacks.empty()) spare_stacks.push_back(std::make_unique_for_overwrite<stack_memory>());
  thread.stack = std::move(spare_stacks.back());
  spare_stacks.pop_back();
  ::getcontext(&thread.context);
  thread.context.uc_stack.ss_sp = thread.stack->data();
  thread.context.uc_stack.ss_size = thread.stack->size();
  thread.context.uc_link = &scheduler_;
  ::makecontext(&thread.context, &execution::enter, 0);
}

inline void execution::join() {
  for (std::size_t i = 1; i < threads_.size(); ++i) prepare(threads_[i]);
  // A thread comes back here when it ends or fails, or when another one was chosen.
  bool more = choose_thread();
  while (more) {
    ::swapcontext(&scheduler_, &self().context);
    if (failed()) break;
    more = self().done || self().sleeps_until ? choose_thread() : true;
  }
  running_ = 0;
  for (auto& thread : threads_) {
    if (!thread.done && !failed()) fail("a thread sleeps for ever");
    if (thread.done && thread.stack) spare_stacks.push_back(std::move(thread.stack));
    threads_[0].seen.join(thread.seen);
  }
}

inline void execution::fail(std::string_view why) {
  if (failed()) return;
  failure_ = why;
  if (running_ != 0) ::setcontext(&scheduler_); // the thread is left as it is
}

inline std::size_t execution::find(const void* address, std::uint64_t initial) {
  if (++steps_ > 10'000) fail("a run without end");
  std::size_t place = 0;
  while (place < locations_.size() && locations_[place].address != address) ++place;
  if (place == locations_.size()) locations_.push_back({address, {{0, initial, {}}}});
  return place;
}

inline std::uint64_t execution::load(const void* atomic, std::uint64_t initial,
                                     memory_order order) {
  const auto no_change = [](std::uint64_t) { return std::optional<std::uint64_t>{}; };
  return read_modify_write(atomic, initial, order, order, no_change);
}

template <class Change>
std::uint64_t execution::read_modify_write(const void* atomic, std::uint64_t initial,
                                           memory_order order, memory_order on_failure,
                                           Change change) {
  const auto place = find(atomic, initial);
  const auto& stores = locations_[place].stores;
  std::vector<std::size_t> readable; // newest first
  for (std::size_t i = stores.size(); i-- > 0 && stores[i].time >= self().seen[place];)
    if (!stores[i].followed || !change(stores[i].value)) readable.push_back(i);
  const auto chosen = readable[decisions_.choose(readable.size())];
  const store from = stores[chosen];
  const std::optional<std::uint64_t> value = change(from.value);
  learn(place, from, value ? order : on_failure);
  log("read", place, from.value, value ? order : on_failure);
  if (value) {
    locations_[place].stores[chosen].followed = true;
    insert(place, chosen, *value, from.message, order);
    change_thread();
  }
  return from.value;
}

inline void execution::put(const void* atomic, std::uint64_t initial, std::uint64_t value,
                           memory_order order) {
  const auto place = find(atomic, initial);
  const auto& stores = locations_[place].stores;
  std::vector<std::size_t> behind; // the end first
  for (std::size_t i = stores.size(); i-- > 0 && stores[i].time >= self().seen[place];)
    if (!stores[i].followed) behind.push_back(i);
  insert(place, behind[decisions_.choose(behind.size())], value, {}, order);
  change_thread();
}

inline std::size_t execution::insert(std::size_t place, std::size_t behind, std::uint64_t value,
                                     view message, memory_order order) {
  auto& stores = locations_[place].stores;
  const auto at = behind + 1;
  const double before = stores[behind].time;
  const double time = at == stores.size() ? before + 1 : (before + stores[at].time) / 2;
  self().seen.raise(place, time);
  message.raise(place, time);
  if (releases(order)) message.join(self().seen);
  stores.insert(stores.begin() + static_cast<std::ptrdiff_t>(at), {time, value, message});
  log("wrote", place, value, order);
  return at;
}

inline void execution::hand_over(const void* resource) {
  const auto place = find(resource, 0);
  auto& stores = locations_[place].stores;
  log("touched", place, stores.size(), memory_order::relaxed);
  check(self().seen[place] == stores.back().time, "a data race");
  insert(place, stores.size() - 1, stores.size(), {}, memory_order::relaxed);
}

inline void execution::log(std::string_view what, std::size_t place, std::uint64_t value,
                           memory_order order) {
  if (trace_ == nullptr) return;
  *trace_ << "thread " << running_ << " " << what << " #" << place << " = " << value;
  if (acquires(order)) *trace_ << " acquire";
  if (releases(order)) *trace_ << " release";
  *trace_ << '\n';
}

} // namespace model
