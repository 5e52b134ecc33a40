// A point on this machine's clock and a point on the session's clock have no difference.
#include <jamnet/time/timeline.hpp>

using namespace jamnet;

#if MISUSE
auto difference(host_time a, session_time b) { return a - b; }
#else
auto difference(host_time a, host_time b) { return a - b; }
#endif
