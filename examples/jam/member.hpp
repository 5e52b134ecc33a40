// One peer of a jam on this machine, as a process of its own: it is told on its standard input
// what to do, and tells on its standard output what it knows, line by line.
//
//   in                          out
//   connect HOST:PORT           ready PORT ID
//   play SESSION_NS             state SYNCHRONISED LINKS IN OUT LATE LOST
//   finish                      timeline HOST_NS_AT_SESSION_0        (the master alone)
//                               clock TRUE_NS SESSION_NS BOUND_NS
//                               sound FIRST_SAMPLE_HOST_NS           (after play)
//                               sent SEQ TRUE_NS SESSION_NS STARTS   (after finish, as all below)
//                               heard SENDER SEQ TRUE_NS LATE
//                               link NAME CARRIER ADDRESS FIGURES       (net_report.hpp)
//                               stuck NOTES
//                               done
#pragma once

#include "options.hpp"

namespace jam {

/// Returns the process's exit code.
int run_member(const options& o);

} // namespace jam
