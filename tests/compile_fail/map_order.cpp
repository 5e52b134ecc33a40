// Maps compose only where one ends on the timeline on which the next begins.
#include <jamnet/time/clock_map.hpp>

using namespace jamnet;

struct gpu_timeline;
using gpu_to_host = clock_map<gpu_timeline, host_timeline>;
using host_to_session = clock_map<host_timeline, session_timeline>;

#if MISUSE
auto both(const gpu_to_host& a, const host_to_session& b) { return b.then(a); }
#else
auto both(const gpu_to_host& a, const host_to_session& b) { return a.then(b); }
#endif
