#include <jamnet/session/detail/agenda.hpp>

#include <array>
#include <map>

#include <doctest/doctest.h>
#include <jamnet/core/random.hpp>
#include <jamnet/testing/rt_guard.hpp>

using namespace jamnet;
using namespace jamnet::testing;

namespace {

struct item {
  std::uint32_t name = 0;
  host_time due = host_time::max();
};
using agenda = jamnet::detail::agenda<item>;

constexpr auto when = [](const item& i) { return i.due; };
constexpr auto nobody = [](const item&) { return false; };
constexpr auto named(std::uint32_t name) {
  return [=](const item& i) { return i.name == name; };
}
host_time at(std::uint64_t t) { return host_time{nanoseconds{static_cast<std::int64_t>(t)}}; }

} // namespace

TEST_CASE("whatever is done to whom, the next is that of a full scan, and all "
          "who are due are found") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    random_source random{seed};
    const auto any_time = [&] { return random.next() % 8 ? at(random.next() % 100) : at(0); };
    agenda all;
    std::map<std::uint32_t, host_time> model;
    std::uint32_t names = 0;
    for (int step = 0; step < 500; ++step) {
      const auto name = static_cast<std::uint32_t>(random.next() % (names + 1));
      const auto now = at(random.next() % 100);
      switch (random.next() % 8) {
      case 0:
        all.add(names % 3, {names, model[names] = any_time()}).name = names;
        ++names;
        break;
      case 1:
        all.erase_if(named(name));
        model.erase(name);
        break;
      case 2:
        if (item* const i = all.touch_if(named(name))) i->due = model[name] = any_time();
        break;
      case 3:
        if (item* const i = all.touch_if(name % 3, named(name)))
          i->due = model[name] = host_time::min();
        break;
      case 4: all.touch_all([&](item& i) { i.due = model[i.name] = std::min(i.due, now); }); break;
      case 5: {
        std::size_t due = 0;
        all.touch_due(now, [&](item& i) { due += i.due <= now; });
        for (const auto& [n, t] : model) due -= t <= now;
        CHECK(due == 0);
        break;
      }
      case 6: {
        const bool served = all.serve(now, named(name), [&](item& i) {
          if (i.due > now && i.name != name) return false;
          i.due = model[i.name] = any_time();
          return true;
        });
        bool any = false;
        for (const auto& [n, t] : model) any = any || n == name || t <= now || served;
        CHECK(served == any);
        break;
      }
      default: all.settle(when);
      }
      host_time next = host_time::max();
      for (const auto& [n, t] : model) next = std::min(next, t);
      CHECK(all.earliest(when) == next);
      CHECK(all.size() == model.size());
      for (const auto& e : all) CHECK(model.at(e->name) == e->due);
    }
  }
}

TEST_CASE("who always has something to do is served in turn with the others") {
  agenda all;
  for (std::uint32_t name = 0; name < 5; ++name) all.add(name, {name, at(0)});
  std::array<int, 5> served{};
  for (int i = 0; i < 100; ++i) {
    all.settle(when);
    CHECK(all.serve(at(1), nobody, [&](item& x) { return ++served[x.name] > 0; }));
  }
  for (const int n : served) CHECK(n == 20);
}

TEST_CASE("who is not due is served when wanted, and is not asked otherwise") {
  agenda all;
  all.add(1, {1, at(10)});
  all.add(2, {2, at(20)});
  all.settle(when);
  const auto take = [](item&) { return true; };
  CHECK_FALSE(all.serve(at(9), nobody, take));
  std::uint32_t taken = 0;
  CHECK(all.serve(at(9), named(2), [&](item& i) { return (taken = i.name) > 0; }));
  CHECK(taken == 2);
}

TEST_CASE("who is due at once, and is not touched, is asked once") {
  agenda all;
  for (std::uint32_t name = 0; name < 100; ++name) all.add(name, {name, host_time::min()});
  int asked = 0;
  const auto count = [&](const item& i) { return ++asked, i.due; };
  for (int served = 1; served <= 100; ++served) {
    all.settle(count);
    CHECK(all.earliest(when) == host_time::min());
    CHECK(all.serve(at(1), nobody, [](item&) { return true; }));
  }
  CHECK(asked == 100 + 99); // all, and who was served before
}

TEST_CASE("nothing but adding allocates") {
  agenda all;
  for (std::uint32_t name = 0; name < 100; ++name) all.add(name, {name, at(name)});
  const rt_guard guard;
  for (std::uint32_t round = 0; round < 100; ++round) {
    if (item* const i = all.touch_if(round, named(round))) i->due = at(round + 50);
    all.settle(when);
    all.touch_due(at(round), [](item& i) { i.due += nanoseconds{10}; });
    (void)all.serve(at(round), nobody, [](item&) { return true; });
  }
  CHECK(all.earliest(when) < host_time::max());
}
