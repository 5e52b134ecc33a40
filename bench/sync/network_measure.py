"""network_measure.py PEER [--json] [--smoke | --full]: how far apart are clocks on a real network?

Hosts are network namespaces of this machine: real sockets, stacks and processes, while one clock
underlies all, so that the truth is known. At the same time, each on a wire of its own:

  jamnet        two peers as they are, the follower's clock 50 ppm fast
  jamnet_read   the same without the kernel's receive stamps
  ptp4l         linuxptp with software stamps and its defaults: one measurement a second
  ptp4l_equal   eight a second, about as many packets as ours

and before that, without namespaces, `loopback16`: sixteen peers. With --full `veth_switch` is the
same as the first with four hosts on a bridge, and all takes five times as long.

What ptp4l says of its offset is its error, since both of its clocks are the same: it runs free and
leaves the machine's clock alone. `ptp4l_servo` is what its servo (PI, with its constants for
software stamps) would make of the same measurements. Settling is left out for all. Where the
system lets nobody make namespaces, or has no ptp4l, that part is skipped.
"""
import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests" / "e2e"))
import namespaces  # noqa: E402
import network_looks  # noqa: E402

peer = sys.argv[1]
full, smoke = "--full" in sys.argv, "--smoke" in sys.argv
length, settling = (140, 20) if full else (6, 1) if smoke else (27, 8)  # s
ptp4l = shutil.which("ptp4l", path=os.environ.get("PATH", "") + ":/usr/sbin")
folder = tempfile.TemporaryDirectory()
rooms = itertools.count()
rows = []


def say(text):
    print(text, file=sys.stderr)


def report(name, errors_ns, packets=None):
    sizes = sorted(abs(e) * 1e-3 for e in errors_ns)
    if not sizes:
        say(f"{name}: no measurement")
        return
    def quantile(q):
        return sizes[min(int(q * len(sizes)), len(sizes) - 1)]
    figures = {"rms": (sum(e * e for e in sizes) / len(sizes)) ** 0.5, "p50": quantile(0.5),
               "p99": quantile(0.99), "max": sizes[-1]}
    rows.extend({"name": f"sync/{name}/{key}_us", "value": value, "unit": "us"}
                for key, value in figures.items())
    rows.append({"name": f"sync/{name}/looks", "value": len(sizes), "unit": ""})
    if packets is not None:
        rows.append({"name": f"sync/{name}/packets", "value": packets, "unit": "/s"})


class Jam:
    """A founder and followers, in a network or, without one, wherever this process is."""

    def __init__(self, size, *options, network=None):
        self.network = network
        room = f"measure {os.getpid()} {next(rooms)}"
        def begin(number, role, seconds):
            # The clocks of followers differ: by +50, -50, +25, -25, ... ppm.
            skew = (-1) ** (number - 1) * 50 / ((number + 1) // 2) if number else 0
            return namespaces.start(
                [peer, role, room, str(seconds), "--skew", str(skew), *options],
                network.hosts[number] if network else None, stdout=subprocess.PIPE)
        self.founder = begin(0, "found", length + 1)  # it outlasts all
        self.followers = [begin(i, "join", length) for i in range(1, size)]

    def errors(self):
        printed = [f.communicate()[0] for f in (self.founder, *self.followers)]
        founder, *followers = map(network_looks.read, printed)
        return [error for follower in followers
                for _, error in network_looks.errors(founder, follower, settling)]


class Ptp:
    def __init__(self, size, log_interval, network):
        self.network = network
        self.ended = [self.begin(i, log_interval) for i in range(size)]

    def begin(self, number, log_interval):
        settings = {
            "free_running": 1, "time_stamping": "software", "logSyncInterval": log_interval,
            "logMinDelayReqInterval": log_interval,
            "freq_est_interval": 0,  # to say its offset every second
            "summary_interval": -7,  # alone, not a mean of some
            "logAnnounceInterval": -1,  # to begin soon
            "uds_address": tempfile.mktemp(dir=folder.name)}
        return self.network.start(number, ptp4l, "-i", "jam", "-m", "-q",
                                  *(["-s"] if number else []),
                                  *(f"--{name}={value}" for name, value in settings.items()),
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def errors(self):
        found = []
        for process in self.ended:
            process.terminate()
            said = [(float(at), int(offset)) for at, offset in
                    re.findall(r"\[([\d.]+)\].* offset +(-?\d+)", process.communicate()[0])]
            found += [offset for at, offset in said if at >= said[0][0] + settling]
        return found


def servo(offsets):
    """Errors of a clock that linuxptp's PI servo leads by such measurements, one a second."""
    proportional, integral = 0.1, 0.001
    error = drift = 0
    for offset in offsets:
        yield error
        drift += integral * (error + offset)
        error -= proportional * (error + offset) + drift


def measure_network(name, size):
    contestants = {"jamnet": lambda n: Jam(size, network=n),
                   "jamnet_read": lambda n: Jam(size, "--read-stamps", network=n)}
    if ptp4l:
        contestants["ptp4l"] = lambda n: Ptp(size, 0, n)
        contestants["ptp4l_equal"] = lambda n: Ptp(size, -3, n)
    else:
        say("no ptp4l (linuxptp), so only ours")
    running = {who: begin(namespaces.Network(size)) for who, begin in contestants.items()}
    time.sleep(length / 2)
    before = {who: c.network.packets(1) for who, c in running.items()}
    since = time.monotonic()
    time.sleep(max(length / 2 - 2, 1))
    packets = {who: (c.network.packets(1) - before[who]) / (time.monotonic() - since)
               for who, c in running.items()}
    for who, contestant in running.items():
        errors = contestant.errors()
        report(f"{name}/{who}", errors, packets[who])
        if who == "ptp4l":
            report(f"{name}/ptp4l_servo", list(servo(errors)))


report("loopback16/jamnet", Jam(16).errors())  # first: in namespaces one stays
try:
    measure_network("veth", 2)
    if full:
        measure_network("veth_switch", 4)
except namespaces.Unavailable as why:
    say(f"skipped: {why}")

if "--json" in sys.argv:
    print(json.dumps(rows, indent=1))
else:
    table = {}
    for row in rows:
        name, key = row["name"].rsplit("/", 1)
        table.setdefault(name, {})[key] = row["value"]
    print(f"{'':<28}{'rms':>9}{'p50':>9}{'p99':>9}{'max':>9} us{'looks':>9}{'packets/s':>12}")
    for name, of in table.items():
        print(f"{name:<28}" + "".join(f"{of[key + '_us']:>9.3f}" for key in
                                      ("rms", "p50", "p99", "max")), end="   ")
        print(f"{of['looks']:>9}{of.get('packets', 0):>12.1f}")
