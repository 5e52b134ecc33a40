"""interop_test.py INTEROP_PEER: peers of the library and one of another hand play together.

The other is toast_peer.py, written from the protocol page. Over UDP, also where it throws away a
tenth of its datagrams, and over TCP, whoever founds the session and whoever opens the link: they
agree on the time, each within the bounds it tells, and each hears every event of the others once
and in order. Versions are negotiated or refused, and what a newer version says is passed over.
"""
import itertools
import json
import pathlib
import statistics
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import toast_peer  # noqa: E402

program = sys.argv[1]
EVENTS = 600
SEED = 20261121
CLOCK = {"offset": 3_600_000_000_000, "skew": 80e-6}  # the Python peer's own is this wrong
failures = []


def check(what, condition, shown=""):
    if not condition:
        print("FAILED", what, str(shown)[:2000], flush=True)
        failures.append(what)


class Library:
    """A process of interop_peer, and what it said."""

    def __init__(self, role, via, **options):
        arguments = [str(a) for key, value in options.items() for a in ("--" + key, value)]
        self.process = subprocess.Popen([program, role, via, *arguments], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.sent, self.heard, self.clocks, self.peers, self.counted = [], {}, [], [], None
        self.is_ready = threading.Event()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        if not self.is_ready.wait(10):
            sys.exit("interop_peer does not get ready")

    def _read(self):
        for line in self.process.stdout:
            what, rest = line.rstrip("\n").split(" ", 1)
            if what == "ready":
                port, whom = rest.split()
                self.where, self.id = ("127.0.0.1", int(port)), int(whom, 16)
                self.is_ready.set()
            elif what == "sent":
                self.sent.append(json.loads(rest))
            elif what == "heard":
                whom, event = rest.split(" ", 1)
                self.heard.setdefault(int(whom, 16), []).append(json.loads(event))
            elif what == "clock":
                self.clocks.append(tuple(map(int, rest.split())))
            elif what == "peer":
                self.peers.append(rest)
            elif what == "counted":
                self.counted = tuple(map(int, rest.split()))

    def leave(self):
        self.process.stdin.close()
        self.reader.join()
        check("the library's peer ends well", self.process.wait() == 0, self.process.returncode)


class Clocks:
    """How far a peer's session time and the library's are apart, looked at all the time."""

    def __init__(self, peer, library):
        self.peer, self.library, self.errors, self.breaches = peer, library, [], []

    def look(self):
        if not self.library.clocks:
            return
        look = self.library.clocks[-1]
        self.library.clocks.clear()
        machine, theirs, their_bound = look
        if self.peer.synchronised:
            ours, our_bound = self.peer.session_time(self.peer.clock_of(machine))
            self.errors.append(abs(ours - theirs))
            if abs(ours - theirs) > our_bound + their_bound:
                self.breaches.append((ours - theirs, our_bound, their_bound))

    def judge(self, what):
        check(f"{what}: the clocks were compared", len(self.errors) > 20, len(self.errors))
        check(f"{what}: the times agree within the bounds that are told", not self.breaches,
              self.breaches)
        late = sorted(self.errors[len(self.errors) // 2:]) or [10 ** 9]
        check(f"{what}: in the end within a millisecond", statistics.median(late) < 10 ** 6, late)
        print(f"{what}: apart p50 {statistics.median(late) / 1000:.0f} us, most "
              f"{late[-1] / 1000:.0f} us", flush=True)


def events(count):
    for n in range(count):
        note = n // 3 % 128
        yield ({"type": "noteOn", "channel": 2, "note": note, "velocity": 1 + n % 127},
               {"type": "pitchBend", "channel": 2, "value": n % 16384},
               {"type": "noteOff", "channel": 2, "note": note, "velocity": 0})[n % 3]


def play(peer, libraries, what):
    """All play at once, until all have heard all."""
    mine = events(EVENTS)
    clocks = [Clocks(peer, library) for library in libraries]

    def step():
        for c in clocks:
            c.look()
        if peer.synchronised and len(peer.open_links()) == len(libraries):
            for message in itertools.islice(mine, 3):
                peer.play(message, peer.now() + 30_000_000)
        return (len(peer.log) == EVENTS
                and all(len(l.heard.get(peer.id, [])) >= EVENTS for l in libraries)
                and all(len(peer.heard.get(l.id, [])) >= EVENTS for l in libraries))

    check(f"{what}: each hears all of the others", peer.run(step, 20),
          [(len(l.sent), len(l.heard.get(peer.id, [])), len(peer.heard.get(l.id, [])))
           for l in libraries])
    peer.run(lambda: False, 0.3)  # what comes twice would come now
    lines = [json.loads(line) for line in peer.log]
    for library in libraries:
        check(f"{what}: the library hears ours, each once and in order",
              library.heard.get(peer.id) == lines, library.heard.get(peer.id, [])[:5])
        check(f"{what}: we hear the library's, each once and in order",
              peer.heard.get(library.id) == library.sent, peer.heard.get(library.id, [])[:5])
    check(f"{what}: nothing was unknown or malformed", not peer.unknown and not peer.malformed,
          (peer.unknown, peer.malformed))
    for c in clocks:
        c.judge(what)


def with_founder(via, loss):
    what = f"{via}, the library founds, loss {loss:.0%}"
    library = Library("found", via, events=EVENTS)
    peer = toast_peer.Peer("py", "interop", loss=loss, seed=SEED, **CLOCK)
    peer.connect(library.where, via)
    play(peer, [library], what)
    asked = [link.cookie is not None for link in peer.open_links()]
    check(f"{what}: a cookie was asked for on UDP", asked == [via == "udp"], asked)
    check(f"{what}: loss was made", loss == 0 or peer.dropped > 20, peer.dropped)
    library.leave()
    check(f"{what}: it says goodbye", peer.run(lambda: ("left", library.id) in peer.told, 2),
          peer.told)
    peer.leave()


def with_follower(via, loss):
    what = f"{via}, the Python peer founds, loss {loss:.0%}"
    peer = toast_peer.Peer("py", "interop", found=True, loss=loss, seed=SEED + 1, **CLOCK)
    port = peer.udp_port if via == "udp" else peer.tcp_port
    library = Library("join", via, connect=f"127.0.0.1:{port}", events=EVENTS)
    play(peer, [library], what)
    check(f"{what}: a cookie was given back on UDP",
          (("challenging", library.id) in peer.told) == (via == "udp"), peer.told)
    peer.leave()
    library.leave()
    check(f"{what}: our goodbye is heard", any("left" in line for line in library.peers),
          library.peers)


def three():
    """The Python peer knows the founder alone, and is told of the other."""
    founder = Library("found", "udp", events=EVENTS, links=2)
    other = Library("join", "udp", events=EVENTS, links=2,
                    connect="127.0.0.1:%d" % founder.where[1])
    peer = toast_peer.Peer("py", "interop", loss=0.1, seed=SEED + 2, **CLOCK)
    peer.connect(founder.where, "udp")
    play(peer, [founder, other], "three of them")
    peer.leave()
    other.leave()
    founder.leave()


def versions():
    for via in ("udp", "tcp"):
        library = Library("found", via)
        newest = toast_peer.Peer("2", "interop", versions=(2, 2), seed=SEED + 3)
        newest.connect(library.where, via)
        check(f"{via}: version 2 alone is refused as such",
              newest.run(lambda: ("version", 0) in newest.told, 5), newest.told)
        newest.leave()
        newer = toast_peer.Peer("1-2", "interop", versions=(1, 2), words=["telepathy"],
                                extra=("FUTU", b"of version 2"), seed=SEED + 4)
        newer.connect(library.where, via)
        check(f"{via}: versions 1 to 2 are welcome", newer.run(lambda: newer.synchronised, 5))
        check(f"{via}: at version 1", [l.version for l in newer.open_links()] == [1])
        check(f"{via}: with what both can", [l.can for l in newer.open_links()] == [["midi"]])
        newer.run(lambda: False, 1.2)
        library.leave()
        check(f"{via}: what it does not know is counted, and no more",
              library.counted and library.counted[0] >= 2 and library.counted[1] == 0,
              library.counted)
        newer.leave()

    peer = toast_peer.Peer("1", "interop", found=True, seed=SEED + 5)
    library = Library("join", "udp", connect=f"127.0.0.1:{peer.udp_port}", min=2, max=2)
    check("the library's version 2 is refused by us",
          peer.run(lambda: any("version" in line for line in library.peers), 5), library.peers)
    peer.leave()
    library.leave()


print("seed", SEED)
with_founder("udp", 0.1)
with_founder("tcp", 0)
with_follower("udp", 0.1)
with_follower("tcp", 0)
three()
versions()
print("interop:", "FAILED" if failures else "they play together")
sys.exit(bool(failures))
