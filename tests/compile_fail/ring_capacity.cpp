// A ring's capacity is a power of two. (That 0 and others are refused by every queue, and without
// a compile error inside it, is asserted in tests/ring/.)
#include <jamnet/ring/event_ring.hpp>
#include <jamnet/ring/mpmc_queue.hpp>
#include <jamnet/ring/mpsc_queue.hpp>
#include <jamnet/ring/spsc_ring.hpp>

using namespace jamnet;

#if MISUSE
mpsc_queue<int, 1000> queue;
#else
mpsc_queue<int, 1024> queue;
#endif
