#include <jamnet/platform/metal_timebase.hpp>

#include <doctest/doctest.h>

#if __has_include(<dlfcn.h>) && !defined(__APPLE__)

#include "sanitised.hpp"

using namespace jamnet;
using namespace std::chrono_literals;

namespace {

// A device as a class of GNU's Objective-C runtime, made while the program runs, so that messages
// go the way they go there: a selector, a lookup in the class, a method.
struct gnu_runtime {
  using method = void (*)();

  void* library = ::dlopen("libobjc.so.4", RTLD_NOW);
  void* (*register_name)(const char*) = nullptr;
  method (*lookup)(void*, void*) = nullptr;
  void* (*allocate_class)(void*, const char*, std::size_t) = nullptr;
  void (*register_class)(void*) = nullptr;
  signed char (*add_method)(void*, void*, method, const char*) = nullptr;
  void* (*create_instance)(void*, std::size_t) = nullptr;
  void* (*dispose)(void*) = nullptr;

  void* device_class = nullptr;
  void* old_class = nullptr; // one that knows no time stamps
  int alive = 0;
  std::uint64_t gpu = 0;

  gnu_runtime();
  template <class Function>
  void find(const char* name, Function& function) {
    function = reinterpret_cast<Function>(::dlsym(library, name));
  }
  void* make(const char* name, bool has_timestamps);
};

gnu_runtime& objc() {
  static gnu_runtime runtime;
  return runtime;
}

// What Apple's runtime does in objc_msgSend; two arguments are the most that is sent.
void* objc_send(void* receiver, void* selector, void* first, void* second) {
  using function = void* (*)(void*, void*, void*, void*);
  return reinterpret_cast<function>(objc().lookup(receiver, selector))(receiver, selector, first,
                                                                       second);
}
void* objc_selector(const char* name) { return objc().register_name(name); }
template <bool Old>
void* objc_device() {
  ++objc().alive;
  return objc().create_instance(Old ? objc().old_class : objc().device_class, 0);
}

void method_sample(void*, void*, std::uint64_t* cpu, std::uint64_t* gpu) {
  *cpu = static_cast<std::uint64_t>(steady_source{}.now().time_since_epoch().count());
  *gpu = objc().gpu == 0 ? 0 : objc().gpu += 100;
}
void method_release(void* self, void*) {
  --objc().alive;
  objc().dispose(self);
}
signed char method_responds_yes(void*, void*, void* asked) {
  return asked == objc_selector("sampleTimestamps:gpuTimestamp:");
}
signed char method_responds_no(void*, void*, void*) { return 0; }

gnu_runtime::gnu_runtime() {
  if (library == nullptr) return;
  find("sel_registerName", register_name);
  find("objc_msg_lookup", lookup);
  find("objc_allocateClassPair", allocate_class);
  find("objc_registerClassPair", register_class);
  find("class_addMethod", add_method);
  find("class_createInstance", create_instance);
  find("object_dispose", dispose);
  device_class = make("JamNetDevice", true);
  old_class = make("JamNetOldDevice", false);
}

void* gnu_runtime::make(const char* name, bool has_timestamps) {
  void* const made = allocate_class(nullptr, name, 0);
  const auto add = [&](const char* message, auto* function, const char* types) {
    add_method(made, register_name(message), reinterpret_cast<method>(function), types);
  };
  add("release", method_release, "v@:");
  add("respondsToSelector:", has_timestamps ? method_responds_yes : method_responds_no, "c@::");
  if (has_timestamps) add("sampleTimestamps:gpuTimestamp:", method_sample, "v@:^Q^Q");
  register_class(made);
  return made;
}

template <bool Old = false>
metal_runtime runtime_of_test() {
  return {reinterpret_cast<void (*)()>(objc_send), objc_selector, objc_device<Old>};
}

} // namespace

TEST_CASE("where there is no Metal there is no device") {
  CHECK(metal_timebase::open().error().code == errc::device_absent);
  CHECK(metal_timebase::open(1, {}).error().code == errc::device_absent);
}

TEST_CASE("an Objective-C object tells its time, and is released once") {
  if (sanitised) return;
  if (objc().library == nullptr) {
    MESSAGE("not run: no libobjc4");
    return;
  }
  objc().gpu = 5000;
  {
    auto gpu = metal_timebase::open(1, runtime_of_test());
    REQUIRE(gpu);
    CHECK(gpu->format() == tick_format{1, 64});
    const auto before = steady_source{}.now();
    const auto first = gpu->read(), second = gpu->read();
    REQUIRE(first);
    REQUIRE(second);
    CHECK(second->ticks == first->ticks + 100);
    CHECK(first->host - first->uncertainty >= before);
    CHECK(second->host > first->host);
    auto moved = std::move(*gpu);
    CHECK(objc().alive == 1);
    objc().gpu = 0;
    CHECK(moved.read().error().code == errc::device_lost);
  }
  CHECK(objc().alive == 0);
}

TEST_CASE("devices that know no time stamps, or have none, are named, and released") {
  if (sanitised || objc().library == nullptr) return;
  objc().gpu = 5000;
  CHECK(metal_timebase::open(1, runtime_of_test<true>()).error().code == errc::device_clockless);
  CHECK(metal_timebase::open(0, runtime_of_test()).error().code == errc::device_clockless);
  objc().gpu = 0;
  CHECK(metal_timebase::open(1, runtime_of_test()).error().code == errc::device_clockless);
  CHECK(objc().alive == 0);
}

#endif
