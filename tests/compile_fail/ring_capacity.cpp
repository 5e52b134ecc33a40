// The capacity of every queue is a power of two.
#include <jamnet/ring/event_ring.hpp>
#include <jamnet/ring/mpmc_queue.hpp>
#include <jamnet/ring/mpsc_queue.hpp>
#include <jamnet/ring/spsc_ring.hpp>

using namespace jamnet;

template <std::size_t N>
concept spsc = requires { typename spsc_ring<int, N>; };
template <std::size_t N>
concept event = requires { typename event_ring<int, N>; };
template <std::size_t N>
concept mpsc = requires { typename mpsc_queue<int, N>; };
template <std::size_t N>
concept mpmc = requires { typename mpmc_queue<int, N>; };

template <std::size_t N>
constexpr int queues_that_take = int{spsc<N>} + event<N> + mpsc<N> + mpmc<N>;
static_assert(queues_that_take<1> == 4 && queues_that_take<1024> == 4);
static_assert(queues_that_take<0> == 0 && queues_that_take<1000> == 0);
static_assert(queues_that_take<~std::size_t{0}> == 0);

#if MISUSE
mpsc_queue<int, 1000> queue;
#else
mpsc_queue<int, 1024> queue;
#endif
