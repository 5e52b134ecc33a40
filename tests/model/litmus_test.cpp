// The checker checked: the classic litmus tests, which outcome is possible and which is not.
#include "modelled_atomic.hpp"

#include <set>

#include <doctest/doctest.h>

namespace {

using std::memory_order_acq_rel;
using std::memory_order_acquire;
using std::memory_order_relaxed;
using std::memory_order_release;
using variable = std::atomic<int>;
using outcomes = std::set<std::vector<int>>;

} // namespace

TEST_CASE("message passing: who acquires the released flag has the message, otherwise not always") {
  for (const auto publish : {memory_order_release, memory_order_relaxed})
    for (const auto look : {memory_order_acquire, memory_order_relaxed}) {
      outcomes seen;
      const auto all = model::explore([&](model::execution& run) {
        variable message{0}, flag{0};
        int flagged = 0, got = 0;
        run.thread([&] {
          message.store(1, memory_order_relaxed);
          flag.store(1, publish);
        });
        run.thread([&] {
          flagged = flag.load(look);
          got = message.load(memory_order_relaxed);
        });
        run.join();
        seen.insert({flagged, got});
      });
      const bool ordered = publish == memory_order_release && look == memory_order_acquire;
      CHECK(all.complete);
      CHECK(seen.contains({1, 0}) == !ordered);
      CHECK(seen.size() == (ordered ? 3 : 4));
    }
}

TEST_CASE("store buffering: with release and acquire both may miss the other's store") {
  outcomes seen;
  model::explore([&](model::execution& run) {
    variable x{0}, y{0};
    int a = -1, b = -1;
    run.thread([&] {
      x.store(1, memory_order_release);
      a = y.load(memory_order_acquire);
    });
    run.thread([&] {
      y.store(1, memory_order_release);
      b = x.load(memory_order_acquire);
    });
    run.join();
    seen.insert({a, b});
  });
  CHECK(seen == outcomes{{0, 0}, {0, 1}, {1, 0}, {1, 1}});
}

TEST_CASE("store buffering: with exchanges of one atomic between, one of the two sees the other") {
  outcomes seen;
  model::explore([&](model::execution& run) {
    variable x{0}, y{0}, middle{0};
    int a = -1, b = -1;
    run.thread([&] {
      x.store(1, memory_order_relaxed);
      middle.exchange(1, memory_order_acq_rel);
      a = y.load(memory_order_relaxed);
    });
    run.thread([&] {
      y.store(1, memory_order_relaxed);
      middle.exchange(2, memory_order_acq_rel);
      b = x.load(memory_order_relaxed);
    });
    run.join();
    seen.insert({a, b});
  });
  CHECK(seen == outcomes{{0, 1}, {1, 0}, {1, 1}});
}

TEST_CASE("independent reads of independent writes: two readers may disagree on the order") {
  outcomes seen;
  model::explore([&](model::execution& run) {
    variable x{0}, y{0};
    std::vector<int> got(4);
    run.thread([&] { x.store(1, memory_order_release); });
    run.thread([&] { y.store(1, memory_order_release); });
    run.thread([&] {
      got[0] = x.load(memory_order_acquire);
      got[1] = y.load(memory_order_acquire);
    });
    run.thread([&] {
      got[2] = y.load(memory_order_acquire);
      got[3] = x.load(memory_order_acquire);
    });
    run.join();
    seen.insert(got);
  });
  CHECK(seen.contains({1, 0, 1, 0}));
  CHECK(seen.size() == 16);
}

TEST_CASE("write to read causality: release and acquire pass on what was acquired") {
  for (const auto look : {memory_order_acquire, memory_order_relaxed}) {
    outcomes seen;
    model::explore([&](model::execution& run) {
      variable x{0}, y{0};
      int a = 0, b = 0, c = 0;
      run.thread([&] { x.store(1, memory_order_release); });
      run.thread([&] {
        a = x.load(look);
        y.store(1, memory_order_release);
      });
      run.thread([&] {
        b = y.load(memory_order_acquire);
        c = x.load(memory_order_relaxed);
      });
      run.join();
      seen.insert({a, b, c});
    });
    // Even a relaxed load makes its store one that comes before: coherence.
    CHECK_FALSE(seen.contains({1, 1, 0}));
    CHECK(seen.contains({0, 1, 0}));
  }
}

TEST_CASE("coherence: a thread never reads an older value after a newer one") {
  outcomes seen;
  model::explore([&](model::execution& run) {
    variable x{0};
    int a = 0, b = 0;
    run.thread([&] {
      x.store(1, memory_order_relaxed);
      x.store(2, memory_order_relaxed);
    });
    run.thread([&] {
      a = x.load(memory_order_relaxed);
      b = x.load(memory_order_relaxed);
    });
    run.join();
    seen.insert({a, b});
  });
  CHECK(seen == outcomes{{0, 0}, {0, 1}, {0, 2}, {1, 1}, {1, 2}, {2, 2}});
}

TEST_CASE("coherence: readers agree on the order of two threads' stores to one atomic") {
  outcomes seen;
  model::explore([&](model::execution& run) {
    variable x{0};
    std::vector<int> got(4);
    run.thread([&] { x.store(1, memory_order_relaxed); });
    run.thread([&] { x.store(2, memory_order_relaxed); });
    for (const std::size_t reader : {0u, 2u})
      run.thread([&, reader] {
        got[reader] = x.load(memory_order_relaxed);
        got[reader + 1] = x.load(memory_order_relaxed);
      });
    run.join();
    seen.insert(got);
  });
  CHECK(seen.contains({1, 2, 1, 2}));
  CHECK(seen.contains({2, 1, 2, 1}));
  CHECK_FALSE(seen.contains({1, 2, 2, 1}));
  CHECK_FALSE(seen.contains({2, 1, 1, 2}));
}

TEST_CASE("2+2W: two atomics may both end with the value that was stored to them first") {
  for (const auto order : {memory_order_relaxed, memory_order_release}) {
    outcomes seen;
    model::explore([&](model::execution& run) {
      variable x{0}, y{0};
      run.thread([&] {
        x.store(1, order);
        y.store(2, order);
      });
      run.thread([&] {
        y.store(1, order);
        x.store(2, order);
      });
      run.join();
      seen.insert({x.load(memory_order_relaxed), y.load(memory_order_relaxed)});
    });
    CHECK(seen == outcomes{{1, 1}, {1, 2}, {2, 1}, {2, 2}});
  }
}

TEST_CASE("release sequence: a relaxed read-modify-write passes the release on, a store does not") {
  for (const bool changed : {true, false}) {
    outcomes seen;
    model::explore([&](model::execution& run) {
      variable message{0}, flag{0};
      int flagged = 0, got = 0;
      run.thread([&] {
        message.store(1, memory_order_relaxed);
        flag.store(1, memory_order_release);
        if (!changed) flag.store(2, memory_order_relaxed);
      });
      run.thread([&] {
        int one = 1;
        if (changed) (void)flag.compare_exchange_strong(one, 2, memory_order_relaxed);
      });
      run.thread([&] {
        flagged = flag.load(memory_order_acquire);
        got = message.load(memory_order_relaxed);
      });
      run.join();
      seen.insert({flagged, got});
    });
    CHECK(seen.contains({2, 1}));
    CHECK(seen.contains({2, 0}) == !changed);
  }
}

TEST_CASE("read-modify-writes lose nothing, whatever their order; a load and a store do") {
  for (const bool whole : {true, false}) {
    outcomes seen;
    model::explore([&](model::execution& run) {
      variable count{0};
      for (int i = 0; i < 3; ++i)
        run.thread([&] {
          if (whole)
            count.fetch_add(1, memory_order_relaxed);
          else
            count.store(count.load(memory_order_relaxed) + 1, memory_order_relaxed);
        });
      run.join();
      seen.insert({count.load(memory_order_relaxed)});
    });
    CHECK(seen == (whole ? outcomes{{3}} : outcomes{{1}, {2}, {3}}));
  }
}

TEST_CASE("load buffering, which hardware may show, is not in the model") {
  outcomes seen;
  model::explore([&](model::execution& run) {
    variable x{0}, y{0};
    int a = 0, b = 0;
    run.thread([&] {
      a = x.load(memory_order_relaxed);
      y.store(1, memory_order_relaxed);
    });
    run.thread([&] {
      b = y.load(memory_order_relaxed);
      x.store(1, memory_order_relaxed);
    });
    run.join();
    seen.insert({a, b});
  });
  CHECK(seen == outcomes{{0, 0}, {0, 1}, {1, 0}});
}

TEST_CASE("what is handed over without an acquire is a race, and the trace tells how") {
  for (const auto look : {memory_order_acquire, memory_order_relaxed}) {
    const auto all = model::explore([&](model::execution& run) {
      variable flag{0};
      const model::handed_over paper;
      run.thread([&] {
        paper.touch();
        flag.store(1, memory_order_release);
      });
      run.thread([&] {
        if (flag.load(look) == 1) paper.touch();
      });
      run.join();
    });
    CHECK(all.complete == (look == memory_order_acquire));
    CHECK(all.failure.starts_with("a data race\n") == (look == memory_order_relaxed));
    if (!all.complete) CHECK(all.failure.find("thread 2 read #1 = 1\n") != std::string::npos);
  }
}

TEST_CASE("a thread that sleeps for ever is found") {
  for (const bool forgetful : {false, true}) {
    const auto all = model::explore([&](model::execution& run) {
      bool awake = false;
      run.thread([&] { awake = true; });
      run.thread([&] {
        if (forgetful) awake = false; // which is too late if the other one was faster
        run.sleep_until(awake);
      });
      run.join();
    });
    CHECK(all.complete == !forgetful);
    CHECK(all.failure.starts_with("a thread sleeps for ever") == forgetful);
  }
}

TEST_CASE("too many ways to see them all: as many at random, always the same") {
  outcomes seen, again;
  for (auto* to : {&seen, &again}) {
    const auto part = model::explore(
        [&](model::execution& run) {
          variable x{0};
          for (int thread = 1; thread < 6; ++thread)
            run.thread([&, thread] { x.exchange(thread, memory_order_relaxed); });
          run.join();
          to->insert({x.load(memory_order_relaxed)});
        },
        50);
    CHECK_FALSE(part.complete);
    CHECK(part.runs == 100);
  }
  CHECK(seen.size() == 5);
  CHECK(seen == again);
}
