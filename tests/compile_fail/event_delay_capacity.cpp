// A delay of events has room for one at least.
#include <jamnet/latency/event_delay.hpp>

using namespace jamnet;

#if MISUSE
event_delay<int, 0> delay;
#else
event_delay<int, 1> delay;
#endif
