// A map from host to session time does not take a session time; its inverse does.
#include <jamnet/time/clock_map.hpp>

using namespace jamnet;

using to_session = clock_map<host_timeline, session_timeline>;

#if MISUSE
host_time when(const to_session& map, session_time t) { return map(t); }
#else
host_time when(const to_session& map, session_time t) { return map.inverse()(t); }
#endif
