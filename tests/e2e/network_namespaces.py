"""network_namespaces.py PEER: peers on machines of their own find each other and agree on the time.

The machines are network namespaces of this one, three on a switch; beside it, where the kernel can
lose packets on purpose, the same with 1 % lost. Skipped (77) where there can be no namespaces.
"""
import os
import subprocess
import sys

import namespaces
import network_looks

seconds, settled_after, limit_us = 9, 4, 100
failures = []


def check(what, condition, shown=""):
    print("ok    " if condition else "FAILED", what, shown)
    if not condition:
        failures.append(what)


class Session:
    def __init__(self, what, network):
        self.what = what
        def begin(host, role, length, skew):
            return network.start(host, sys.argv[1], role, f"test {os.getpid()}", str(length),
                                 "--skew", str(skew), stdout=subprocess.PIPE)
        self.founder = begin(0, "found", seconds + 1, 0)
        self.followers = [begin(1, "join", seconds, 80), begin(2, "join", seconds, -80)]

    def judge(self):
        looks = []
        for process in (self.founder, *self.followers):
            out, _ = process.communicate(timeout=60)
            check(f"{self.what}: a peer ends in order", process.returncode == 0)
            looks.append(network_looks.read(out))
        founder, *followers = looks
        for number, follower in enumerate(followers, 1):
            self.judge_follower(f"{self.what}: follower {number}", founder, follower)

    @staticmethod
    def judge_follower(who, founder, looks):
        check(f"{who} finds the session within 4 s", looks
              and looks[0].truth - founder[0].truth < 4e9, f"{len(looks)} looks")
        found = network_looks.errors(founder, looks, settled_after)
        if not found:
            return check(f"{who} keeps the time", False, f"{len(looks)} looks")
        errors = sorted(abs(e) * 1e-3 for _, e in found)
        p99 = errors[int(0.99 * len(errors))]
        check(f"{who} knows the time to {limit_us} us", p99 <= limit_us, f"{p99:.2f} us")
        check(f"{who}: its hard bound holds", all(abs(e) <= look.hard for look, e in found))
        check(f"{who}: the session's time never runs back",
              all(a.shown < b.shown for a, b in zip(looks, looks[1:])))


try:
    sessions = [Session("as it is", namespaces.Network(3))]
    lossy = namespaces.Network(3)
except namespaces.Unavailable as why:
    print("skipped:", why)
    sys.exit(77)
if lossy.lose(1):
    sessions.append(Session("1 % loss", lossy))
else:
    print("no loss: the kernel has no netem")
for session in sessions:
    session.judge()
print(f"{len(failures)} failed" if failures else "all passed")
sys.exit(1 if failures else 0)
