"""tcp_udp_measure.py FOLDER [--json] [--smoke | --full]: what loss adds to an event's way.

Two hosts (network namespaces) are joined by a wire of 10 ms that loses 5 % of the IP packets of
both ways, whatever they carry: TUN devices and a program between them (tun_link). On each host a
peer plays 200 events a second, over UDP or over the kernel's TCP; one clock underlies all, so the
truth is known. Four such pairs at once, each on a wire of its own: UDP and TCP, with loss and
without. `added` is a quantile of send() to callback with loss, less the same without: p99 less
p99 is what the issue asks for; p99.9 is compared with the loss-free p99, which others' work on
the machine moves less. With --full also 10 and 20 %, and ten times as long.

FOLDER is where tun_link and stamping_peer are. Where the system lets nobody make namespaces or TUN
devices, it says so and gives no rows.
"""
import fcntl
import json
import os
import pathlib
import struct
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests" / "e2e"))
import namespaces  # noqa: E402

folder = pathlib.Path(sys.argv[1])
full, smoke = "--full" in sys.argv, "--smoke" in sys.argv
length = 300 if full else 2.1 if smoke else 45  # s, of which 5 are silent
SEED, DELAY_MS = 20261121, 10
SET_INTERFACE, TUN, NO_PACKET_INFO = 0x400454CA, 0x0001, 0x1000


class Wire(namespaces.Network):
    """Two hosts, and a TUN device on each that somebody else has to serve."""

    def __init__(self):
        self.devices = []
        super().__init__(2)

    def connect(self):
        for number, host in enumerate(self.hosts, 1):
            try:
                namespaces.checked(namespaces.libc.setns(host, namespaces.NEW_NETWORK))
                device = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
                fcntl.ioctl(device, SET_INTERFACE, struct.pack("16sH22x", b"jam",
                                                               TUN | NO_PACKET_INFO))
            except OSError as error:
                raise namespaces.Unavailable(f"no TUN devices ({error.strerror})") from None
            self.devices.append(device)
            self.call(host, f"address add 10.74.78.{number} peer 10.74.78.{3 - number} dev jam")
            self.call(host, "link set lo up")
            self.call(host, "link set jam up")
            try:  # Linux's own default, whatever this machine has
                with open("/proc/sys/net/ipv4/tcp_congestion_control", "w") as file:
                    file.write("cubic")
            except OSError:
                pass


class Pair:
    def __init__(self, carrier, loss, seed):
        self.wire = Wire()
        devices = self.wire.devices
        self.link = namespaces.start(
            [folder / "tun_link", *map(str, (*devices, DELAY_MS, loss, seed))],
            pass_fds=devices, stdout=subprocess.PIPE)
        self.peers = [self.wire.start(host, folder / "stamping_peer", carrier, str(length), *where,
                                      stdout=subprocess.PIPE)
                      for host, where in ((0, []), (1, ["10.74.78.1"]))]

    def delays(self):
        """Of all events in ms, sorted; how many were lost and late; and the packets."""
        sent, heard = [], []
        for peer in self.peers:
            lines = [line.split() for line in peer.communicate()[0].splitlines()]
            sent.append({event: int(at) for what, event, at, _ in lines if what == "sent"})
            heard.append({event: (int(at), late == "1") for what, event, at, late in lines
                          if what == "heard"})
        self.link.terminate()
        carried, lost = map(int, self.link.communicate()[0].split())
        delays, missing, late = [], 0, 0
        for way in (0, 1):
            for event, at in sent[way].items():
                if event in heard[1 - way]:
                    delays.append((heard[1 - way][event][0] - at) * 1e-6)
                    late += heard[1 - way][event][1]
                else:
                    missing += 1
        if not delays:
            raise SystemExit("tcp_udp_measure: the peers did not meet")
        return sorted(delays), missing, late, carried, lost


def quantile(values, q):
    return values[min(int(q * len(values)), len(values) - 1)]


def measure(losses):
    pairs = {(carrier, loss): Pair(carrier, loss, SEED + number)
             for number, (carrier, loss) in enumerate(
                 (c, l) for c in ("udp", "tcp") for l in (0, *losses))}
    found = {key: pair.delays() for key, pair in pairs.items()}
    rows = []
    for (carrier, loss), (delays, missing, late, carried, lost) in found.items():
        name = f"toast/loss_{loss}/{carrier}"
        rows += [(f"{name}/p50_ms", quantile(delays, 0.5), "ms"),
                 (f"{name}/p99_ms", quantile(delays, 0.99), "ms"),
                 (f"{name}/p999_ms", quantile(delays, 0.999), "ms"),
                 (f"{name}/max_ms", delays[-1], "ms"),
                 (f"{name}/lost", missing, "events"),
                 (f"{name}/late_percent", 100 * late / len(delays), "%"),
                 (f"{name}/packets", carried, "packets"),
                 (f"{name}/packets_lost_percent", 100 * lost / max(carried, 1), "%")]
        if loss:
            without = quantile(found[carrier, 0][0], 0.99)
            rows += [(f"{name}/added_p99_ms", quantile(delays, 0.99) - without, "ms"),
                     (f"{name}/added_p999_ms", quantile(delays, 0.999) - without, "ms")]
    for loss in losses:
        of = {name: value for name, value, _ in rows}
        rows.append((f"toast/loss_{loss}/tcp_to_udp_p999",
                     of[f"toast/loss_{loss}/tcp/added_p999_ms"] /
                     of[f"toast/loss_{loss}/udp/added_p999_ms"], "x"))
    return rows


try:
    rows = measure((5, 10, 20) if full else (5,))
except namespaces.Unavailable as why:
    print(f"skipped: {why}", file=sys.stderr)
    rows = []
if "--json" in sys.argv:
    print(json.dumps([dict(zip(("name", "value", "unit"), row)) for row in rows], indent=1))
else:
    for name, value, unit in rows:
        print(f"{name:<44} {value:>10.2f} {unit}")
