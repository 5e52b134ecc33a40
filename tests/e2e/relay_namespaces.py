"""relay_namespaces.py RELAY JAM: peers whose networks do not reach each other play through a relay.

The networks are two wires, each from a network namespace of this machine to the one of the relay,
which forwards no packets. Skipped (77) where there can be no namespaces.
"""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

import namespaces

relay, jam = sys.argv[1:3]
failures = []
folder = pathlib.Path(tempfile.mkdtemp(prefix="relay-test-"))
notes = 20


def check(what, condition, shown=""):
    print("ok    " if condition else "FAILED", what, "" if condition else shown)
    if not condition:
        failures.append(what)


class Homes(namespaces.Network):
    """A relay's namespace, and homes with a wire to it each and none to each other."""

    def connect(self):
        self.call(self.hosts[0], "link set lo up")
        for number, home in enumerate(self.hosts[1:], 1):
            place = f"netns /proc/{os.getpid()}/fd/{home}"
            self.call(self.hosts[0], f"link add home{number} type veth peer name wire {place}")
            self.call(self.hosts[0], f"address add 10.{number}.0.254/24 dev home{number}")
            self.call(self.hosts[0], f"link set home{number} up")
            self.call(home, f"address add 10.{number}.0.1/24 dev wire")
            for link in ("lo", "wire"):
                self.call(home, f"link set {link} up")

    def ask(self, text):
        """What the figures' port answers to that."""
        ask = ("import socket, sys; s = socket.create_connection(('127.0.0.1', 47990), 5); "
               f"s.sendall({text!r}.encode()); print(s.makefile().read())")
        return self.start(0, sys.executable, "-c", ask,
                          stdout=subprocess.PIPE).communicate(timeout=20)[0]

    def metrics(self):
        return dict(re.findall(r"^(\w+) (\d+)$", self.ask("GET /metrics HTTP/1.0\r\n\r\n"),
                               re.MULTILINE))


def piece():
    """A MIDI file of some notes, 50 ms each, after a second."""
    track = bytes([0, 0xff, 0x51, 3, 0x07, 0xa1, 0x20]) # 500 ms a quarter of 100 ticks
    for number in range(notes):
        track += bytes([0x81, 0x48]) if number == 0 else bytes([0])
        track += bytes([0x90, 40 + number, 100, 10, 0x80, 40 + number, 0])
    track += bytes([0, 0xff, 0x2f, 0])
    head = b"MThd" + (6).to_bytes(4, "big") + bytes([0, 0, 0, 1, 0, 100])
    path = folder / "piece.mid"
    path.write_bytes(head + b"MTrk" + len(track).to_bytes(4, "big") + track)
    return path


def heard(text):
    return [int(n) for n in re.findall(r'"noteOn".*?"note":(\d+)', text)]


def wait_for(log, words, limit=20):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if words in log.read_text():
            return True
        time.sleep(0.05)
    return False


def play(what, network, *options):
    song, logs = str(piece()), []
    def begin(home, role, *more):
        log = folder / f"{what}-{role}.txt".replace(" ", "-")
        logs.append(log)
        return network.start(home, jam, role, "--room", what, "--name", role, "--relay",
                             f"10.{home}.0.254:47800", *more,
                             stdout=open(log, "w"), stderr=subprocess.STDOUT)
    peers = [begin(1, "host"), begin(2, "join", "--file", song, *options)]
    expected = list(range(40, 40 + notes))
    end = time.monotonic() + 30
    while time.monotonic() < end and len(heard(logs[0].read_text())) < notes:
        time.sleep(0.1)
    figures = network.metrics()
    for process in peers:
        process.send_signal(signal.SIGINT)
    for process, log in zip(peers, logs):
        process.wait(timeout=20)
        check(f"{what}: {log.stem} ends in order", process.returncode == 0, log.read_text())
    end = time.monotonic() + 5
    while time.monotonic() < end and network.metrics().get("jamnet_relay_peers") != "0":
        time.sleep(0.1)
    check(f"{what}: who left is forgotten", network.metrics().get("jamnet_relay_peers") == "0")
    check(f"{what}: the guest's notes arrive", heard(logs[0].read_text()) == expected,
          logs[0].read_text() + logs[1].read_text())
    check(f"{what}: the relay knows both", figures.get("jamnet_relay_peers") == "2", figures)
    check(f"{what}: the notes went through it",
          int(figures.get("jamnet_relay_datagrams_out_total", 0)) > notes, figures)


def says(what, code, words, *options):
    ended = subprocess.run([relay, *options], capture_output=True, text=True, timeout=20)
    check(what, ended.returncode == code and words in ended.stdout + ended.stderr, ended)


says("help says what it does", 0, "lets peers meet", "--help")
says("an unknown option is named", 2, "unknown option '--prot'", "--prot", "1")
says("a value out of range is named", 2, "--port expects 1 to 65535, not '0'", "--port", "0")
try:
    network = Homes(3)
except namespaces.Unavailable as why:
    print("skipped:", why)
    sys.exit(77)
log = folder / "relay.txt"
server = network.start(0, relay, "--metrics", "47990", stdout=open(log, "w"),
                       stderr=subprocess.STDOUT)
check("the relay says where it is", wait_for(log, "relay at port 47800"), log.read_text())
for request, status in (("GET /metrics HTTP/1.0\n\n", "200"), ("GET /else HTTP/1.0\r\n\r\n", "404"),
                        ("POST /metrics HTTP/1.0\r\n\r\n", "405"), ("x" * 4000, "431")):
    answer = network.ask(request)
    check(f"figures: {status} for {request[:13]!r}", answer.startswith(f"HTTP/1.0 {status}"), answer)
play("datagrams", network)
play("a stream", network, "--tcp")
server.send_signal(signal.SIGINT)
check("the relay ends in order", server.wait(timeout=10) == 0, log.read_text())
check("the relay told who came", "2 peers in 1 rooms" in log.read_text(), log.read_text())
print(f"{len(failures)} failed" if failures else "all passed")
sys.exit(1 if failures else 0)
