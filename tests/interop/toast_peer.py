"""A small member of a TOAST session, of the standard library alone, on UDP and TCP.

It was written from include/jamnet/toast/README.md, not from the library: where the page is not
enough, this is where it shows. It opens links and accepts them, measures the master's clock and
tells the time in turn, founds a session if it is asked to, exchanges events, and meets whom it is
told of. It leaves out what the page lets a small peer leave out: it stands for no election,
measures no witnesses and announces itself to nobody.

    peer = Peer("py", "room")
    peer.connect(("127.0.0.1", 47800), "udp")
    peer.run(lambda: peer.synchronised, 5)
    peer.play({"type": "noteOn", "channel": 1, "note": 60, "velocity": 100}, peer.now() + 10**7)
"""
import hashlib
import json
import random
import select
import socket
import struct
import time

import toast

MS = 1_000_000
CAPABILITIES = ["midi"]


class Link:
    """Our end of the link to one other."""

    def __init__(self, owner, where, attempt, peer=0, expected=0):
        self.where, self.attempt, self.peer, self.expected = where, attempt, peer, expected
        self.stream = where[0] == "tcp"
        self.state = "opening"
        self.sequence = 0
        self.first = len(owner.log)
        self.sender = toast.Sender(self.first, self.stream)
        self.receiver = None
        self.born = self.heard = owner.clock()
        self.hello_at, self.heartbeat_at, self.ack_at = self.born, 0, None
        self.challenged = False  # since the last regular HELO
        self.welcome_due = self.claim_due = self.ask = False
        self.answers = []
        self.version = self.cookie = None
        self.can = []

    def accepted(self, attempt, seq_next, can, peer, version):
        self.state, self.attempt, self.peer, self.version = "open", attempt, peer, version
        self.can = [word for word in can if word in CAPABILITIES]
        self.receiver = toast.Receiver(seq_next)
        self.hello_at = None


class Measurement:
    """The session's time by the answers of one master: that with the shortest way counts."""
    KEPT = 2_000 * MS
    DRIFT = 400e-6  # by which two clocks may drift apart

    def __init__(self):
        self.samples = []  # (how uncertain, when, offset)

    def answered(self, t1, t2, t3, t4, bound):
        way = (t4 - t1) - (t3 - t2)
        offset = ((t2 - t1) + (t3 - t4)) // 2
        self.samples = [s for s in self.samples if t4 - s[1] < self.KEPT]
        self.samples.append((max(way, 0) / 2 + bound, t4, offset))

    def best(self, now):
        """(offset, bound) now."""
        uncertain = [(s[0] + (now - s[1]) * self.DRIFT, s[2]) for s in self.samples]
        bound, offset = min(uncertain)
        return offset, round(bound)


class Peer:
    def __init__(self, name, room, found=False, loss=0.0, seed=1, offset=0, skew=0.0,
                 versions=(1, 1), words=(), extra=None, challenges=True):
        """`loss`: the part of its datagrams that it throws away instead of sending. Its clock is
        the machine's, `offset` ns beside it and wrong by `skew`. `words`: more capabilities it
        boasts of. `extra`: (type, payload) of a frame it sends with every heartbeat.
        `challenges`: whether it wants cookies from those who open links on UDP."""
        self.random = random.Random(seed)
        self.name, self.room, self.loss = name, room, loss
        self.offset, self.skew, self.origin = offset, skew, self._machine()
        self.versions, self.words, self.extra = versions, list(words), extra
        self.id = self.random.getrandbits(64) | 1
        self.challenges, self.secret = challenges, self.random.randbytes(16)
        self.session = self.master = 0
        self.epoch, self.founded_at, self.claim_at = 1, None, 0
        self.delay = 0
        self.links, self.streams, self.targets = {}, {}, {}
        self.log, self.heard, self.told = [], {}, []
        self.measured = None
        self.question_at, self.question_open, self.train = 0, None, 0
        self.unknown, self.malformed, self.dropped = 0, 0, 0
        self.left = False
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.udp.setblocking(False)
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.tcp.setblocking(False)
        self.udp_port, self.tcp_port = self.udp.getsockname()[1], self.tcp.getsockname()[1]
        if found:
            self.session, self.master = self.random.getrandbits(64) | 1, self.id
            self.founded_at = self.clock()

    # ---- time

    @staticmethod
    def _machine():
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)

    def clock_of(self, machine):
        """What this peer's clock shows when the machine's shows that."""
        return machine + self.offset + round((machine - self.origin) * self.skew)

    def clock(self):
        return self.clock_of(self._machine())

    @property
    def synchronised(self):
        return self.founded_at is not None or bool(self.measured and self.measured.samples)

    def session_time(self, clock):
        """(session time, bound) at a time of our clock."""
        if self.founded_at is not None:
            return clock - self.founded_at, 0
        offset, bound = self.measured.best(clock)
        return clock + offset, bound

    def now(self):
        return self.session_time(self.clock())[0]

    # ---- for its user

    def connect(self, where, via="udp"):
        self._open((via, *where))

    def play(self, message, at):
        line = {"type": message["type"], "timestamp": at, "seq": len(self.log)}
        line.update(message)
        self.log.append(toast.to_json(line) + b"\n")

    def open_links(self):
        return [link for link in self.links.values() if link.state == "open"]

    def leave(self):
        for link in list(self.links.values()):
            if link.state == "open":
                self._send(link, [("BYE_", toast.to_json({"reason": "left"}))], lossless=True)
        self.left = True
        for s in [s.socket for s in self.streams.values()] + [self.udp, self.tcp]:
            s.close()
        self.links, self.streams = {}, {}

    def run(self, until, seconds):
        """Plays along until that is true; False if it does not become so."""
        end = time.monotonic() + seconds
        while not until():
            if time.monotonic() > end:
                return False
            self._step()
        return True

    # ---- what comes in

    def _step(self):
        sockets = [self.udp, self.tcp] + [s.socket for s in self.streams.values()]
        ready, _, _ = select.select(sockets, [], [], 0.001)
        for s in ready:
            if s is self.udp:
                self._datagrams()
            elif s is self.tcp:
                connection, address = self.tcp.accept()
                self._stream(connection, ("tcp", *address))
            else:
                self._stream_bytes(s)
        self._do_what_is_due()

    def _datagrams(self):
        while True:
            try:
                data, address = self.udp.recvfrom(65536)
            except BlockingIOError:
                return
            now = self.clock()
            try:
                frames, used = toast.split(data)
            except toast.Malformed:
                self.malformed += 1
                continue
            self.malformed += used < len(data)
            if not frames or frames[0].type != "PEER" or len(frames[0].payload) != 24:
                self.malformed += 1
                continue
            _, sender, destination = struct.unpack(">QQQ", frames[0].payload)
            if sender == 0 or destination not in (0, self.id):
                self.malformed += 1
                continue
            for f in frames:
                self._frame(("udp", *address), f, sender, now)

    def _stream(self, connection, where):
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.streams[where] = Stream(connection)

    def _stream_bytes(self, socket_):
        where = next(w for w, s in self.streams.items() if s.socket is socket_)
        stream = self.streams[where]
        try:
            data = socket_.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        now = self.clock()
        try:
            frames, used = toast.split(stream.unread + data)
        except toast.Malformed:
            self.malformed += 1
            frames, used, data = [], 0, b""
        stream.unread = (stream.unread + data)[used:]
        for f in frames:
            self._frame(where, f, 0, now)
        if not data:
            self._lost(where, "vanished")

    def _frame(self, where, f, sender, now):
        if f.type in ("HELO", "ANNO"):
            if f.type == "HELO" and (where[0] == "tcp" or len(f.payload) >= toast.HELLO_PADDING):
                self._hello(where, json.loads(f.payload), now)
            return
        link = self.links.get(where)
        if not link or (sender and link.peer and link.peer != sender):
            return
        link.heard = now
        read = getattr(self, "_on_" + f.type.lower().rstrip("_"), None)
        if f.type in ("WELC", "ERRO", "CHAL") or (link.state == "open" and read):
            read(link, f, now)
        elif f.type != "PEER" and link.state == "open":
            self.unknown += 1

    def _hello(self, where, h, now):
        them = int(h["peer"], 16)
        if self._challenge(where, h):
            return
        common = min(self.versions[1], h["max"])
        if them == self.id:
            return self._refuse(where, "duplicate")
        if common < max(self.versions[0], h.get("min", 0)):
            return self._refuse(where, "version")
        if h.get("room", "") != self.room:
            return self._refuse(where, "session")
        known = next((l for l in self.links.values() if (l.peer or l.expected) == them),
                     self.links.get(where))
        if known and known.state == "opening":
            if self.id < them:
                return
            self._forget(known)
        elif known and known.where == where and (known.peer, known.attempt) == (them, h["attempt"]):
            known.welcome_due = True
            return
        elif known and now - known.heard < 2000 * MS:
            if known.where != where:
                self._refuse(where, "duplicate")
            return
        elif known:
            self._forget(known)
        link = Link(self, where, h["attempt"])
        link.accepted(h["attempt"], h.get("seq_next", 0), h.get("capabilities", []), them, common)
        link.welcome_due = True
        link.claim_due = self.founded_at is not None
        self.links[where] = link
        self.told.append(("joined", them))

    def _on_welc(self, link, f, now):
        w = json.loads(f.payload)
        if link.state != "opening" or w.get("attempt") != link.attempt:
            return
        if not self.versions[0] <= w.get("version", 0) <= self.versions[1]:
            return self._lost(link.where, "version")
        link.accepted(link.attempt, w.get("seq_next", 0), w.get("capabilities", []),
                      int(w["peer"], 16), w["version"])
        link.claim_due = self.founded_at is not None
        if not self.session:
            self.session = int(w.get("session", "0"), 16)
        self.told.append(("joined", link.peer))
        self._meet(w.get("peers", []))

    def _on_chal(self, link, f, now):
        c = json.loads(f.payload)
        if link.state == "opening" and c.get("attempt", link.attempt) == link.attempt:
            link.cookie = c["cookie"]
            if not link.challenged:
                link.challenged = True
                self._say_hello(link)

    def _on_erro(self, link, f, now):
        self._lost(link.where, json.loads(f.payload).get("code", "refused"))

    def _on_bye(self, link, f, now):
        self._lost(link.where, "left")

    def _on_clkq(self, link, f, now):
        link.answers.append((struct.unpack(">q", f.payload)[0], now))

    def _on_clkr(self, link, f, now):
        t1, t2, t3, bound, hops = struct.unpack(">qqqIB3x", f.payload)
        if link.peer != self.master or t1 != self.question_open or bound >= 10 ** 9:
            return
        self.question_open = None
        self.measured.answered(t1, t2, t3, now, bound)
        self.train -= 1
        link.ask = self.train > 0

    def _on_clkm(self, link, f, now):
        c = json.loads(f.payload)
        session, master = int(c["session"], 16), int(c["master"], 16)
        self._meet(c.get("peers", []) if session == self.session else [])
        if master != link.peer or self.founded_at is not None:
            return  # only a peer's claim for itself counts; and this one keeps its reign
        self.delay = c.get("delay_ns", 0)
        if (session, master) != (self.session, self.master):
            self.session, self.master, self.measured = session, master, Measurement()
            self.measuring_since, self.question_at = now, now

    def _on_midi(self, link, f, now):
        for line in f.payload.split(b"\n"):
            if line.strip():
                event = json.loads(line)
                self._deliver(link, link.receiver.offer(event["seq"], event, now))
        due = now if link.receiver.early else now + 2 * MS
        link.ack_at = min(link.ack_at or due, due)

    def _on_acks(self, link, f, now):
        a = json.loads(f.payload)
        link.sender.acknowledged(a.get("have", []), now)
        link.sender.wanted(a.get("want", []), now)

    def _on_hbea(self, link, f, now):
        self._deliver(link, link.receiver.gave_up(json.loads(f.payload).get("seq_low", 0)))

    def _deliver(self, link, events):
        self.heard.setdefault(link.peer, []).extend(events)

    def _meet(self, others):
        for p in others:
            ip, them = bytes.fromhex(p["ip"]), int(p["peer"], 16)
            known = them == self.id or any(them in (l.peer, l.expected)
                                           for l in self.links.values())
            if not known and len(ip) == 4 and p["port"]:
                via = "tcp" if p.get("tcp") else "udp"
                self._open((via, socket.inet_ntoa(ip), p["port"]), them)

    # ---- what goes out

    def _open(self, where, expected=0):
        if where in self.links:
            return
        if where[0] == "tcp":
            try:
                self._stream(socket.create_connection(where[1:], 2), where)
            except OSError:
                self.told.append(("unreachable", expected))
                return
        self.links[where] = Link(self, where, self.random.getrandbits(32) or 1, 0, expected)

    def _refuse(self, where, code):
        self.told.append(("refusing " + code, 0))
        link = Link(self, where, 0)
        self._send(link, [("ERRO", toast.to_json({"code": code, "text": ""}))])
        if where in self.streams:
            self.streams.pop(where).socket.close()

    def _forget(self, link):
        self.links.pop(link.where, None)
        if link.where in self.streams:
            self.streams.pop(link.where).socket.close()

    def _lost(self, where, why):
        link = self.links.pop(where, None)
        if link:
            self.told.append((why, link.peer))
        if where in self.streams:
            self.streams.pop(where).socket.close()

    def _cookie(self, where, them, half_minutes):
        told = repr((where, them, half_minutes)).encode()
        return hashlib.blake2b(told, key=self.secret, digest_size=8).hexdigest()

    def _challenge(self, where, h):
        """Whether this HELO shows no cookie of ours; nothing is remembered of it then."""
        them, now = int(h["peer"], 16), self.clock() // (30_000 * MS)
        if where[0] == "tcp" or not self.challenges or h.get("cookie") in (
                self._cookie(where, them, now), self._cookie(where, them, now - 1)):
            return False
        link = Link(self, where, 0, them)
        self._send(link, [("CHAL", toast.to_json({"cookie": self._cookie(where, them, now),
                                                  "attempt": h["attempt"]}))])
        self.told.append(("challenging", them))
        return True

    def _say_hello(self, link):
        link.sequence = 0
        self._send(link, [("HELO", self._hello_payload(link))])

    def _hello_payload(self, link):
        h = {"min": self.versions[0], "max": self.versions[1], "peer": toast.to_hex(self.id),
             "name": self.name, "room": self.room, "capabilities": CAPABILITIES + self.words,
             "udp": self.udp_port, "tcp": self.tcp_port, "attempt": link.attempt,
             "seq_next": link.first, "future": {"keys": [1, None, "are skipped"]}}
        if self.session:
            h["session"] = toast.to_hex(self.session)
        if link.cookie is not None:
            h["cookie"] = link.cookie
        text = toast.to_json(h)
        return text if link.stream else text.ljust(toast.HELLO_PADDING)

    def _do_what_is_due(self):
        now = self.clock()
        self._ask_for_the_time(now)
        claims = self.founded_at is not None and now >= self.claim_at
        if claims:
            self.claim_at = now + 250 * MS
        for link in list(self.links.values()):
            if link.state == "opening":
                if now - link.born > 5000 * MS:
                    self._lost(link.where, "unreachable")
                elif now >= link.hello_at:
                    link.hello_at, link.challenged = now + 250 * MS, False
                    self._say_hello(link)
            elif now - link.heard > 10_000 * MS:
                self._lost(link.where, "vanished")
            else:
                link.claim_due |= claims
                self._write(link, now)
        for where, stream in list(self.streams.items()):
            if not stream.flush():
                self._lost(where, "vanished")

    def _ask_for_the_time(self, now):
        if self.founded_at is not None or not self.master or now < self.question_at:
            return
        link = next((l for l in self.open_links() if l.peer == self.master), None)
        if link:
            self.train, link.ask = 3, True
            often = now - self.measuring_since < 2000 * MS
            self.question_at = now + (50 if often else 200) * MS

    def _write(self, link, now):
        frames = []
        if link.welcome_due:
            link.welcome_due = False
            others = [{"peer": toast.to_hex(l.peer), "port": l.where[2],
                       "ip": socket.inet_aton(l.where[1]).hex()}
                      for l in self.open_links() if not l.stream and l is not link]
            frames.append(("WELC", toast.to_json(
                {"version": link.version, "session": toast.to_hex(self.session),
                 "peer": toast.to_hex(self.id), "name": self.name, "capabilities": link.can,
                 "attempt": link.attempt, "seq_next": link.first, "peers": others[:4]})))
        if link.ask:
            link.ask = False
            self.question_open = self.clock()
            frames.append(("CLKQ", struct.pack(">q", self.question_open)))
        for t1, arrived in link.answers if self.synchronised else []:
            t2, t3 = self.session_time(arrived)[0], self.session_time(self.clock())
            frames.append(("CLKR", struct.pack(">qqqIB3x", t1, t2, t3[0], min(t3[1], 2 ** 32 - 1),
                                               self.founded_at is None)))
        link.answers = []
        if link.claim_due:
            link.claim_due = False
            frames.append(("CLKM", toast.to_json(
                {"session": toast.to_hex(self.session), "master": toast.to_hex(self.id),
                 "epoch": self.epoch, "priority": 0, "quality_ns": 0,
                 "members": len(self.open_links()) + 1, "peers": []})))
        if link.ack_at is not None and now >= link.ack_at:
            link.ack_at = None
            frames.append(("ACKS", link.receiver.report(link.peer, now)))
        if now >= link.heartbeat_at:
            link.heartbeat_at = now + 500 * MS
            bound = self.session_time(now)[1] if self.synchronised else 0
            low = min(list(link.sender.waiting) + [link.sender.next])
            frames.append(("HBEA", toast.to_json(
                {"seq_low": low, "seq_next": len(self.log), "late": 0, "bound_ns": bound,
                 "state": "synchronised" if self.synchronised else "joining"})))
            frames += [self.extra] if self.extra else []
        room = toast.DATAGRAM_LIMIT - 48 - 24 - sum(24 + len(p) for _, p in frames)
        events = link.sender.fill(self.log, now, max(room, 0))
        if events:
            frames.append(("MIDI", events))
        if frames:
            self._send(link, frames)

    def _send(self, link, frames, lossless=False):
        now = self.session_time(self.clock())[0] if self.synchronised else toast.NOT_SYNCHRONISED
        if not link.stream:
            header = struct.pack(">QQQ", self.session, self.id, link.peer)
            frames = [("PEER", header)] + frames
        data = b""
        for type_, payload in frames:
            data += toast.encode(type_, now, link.sequence, payload)
            link.sequence += 1
        if link.stream:
            if link.where in self.streams:
                self.streams[link.where].send(data)
        elif not lossless and self.random.random() < self.loss:
            self.dropped += 1
        else:
            self.udp.sendto(data, link.where[1:])


class Stream:
    """A TCP connection that takes what it cannot send at once."""

    def __init__(self, connection):
        self.socket, self.unread, self.unsent = connection, b"", b""

    def send(self, data):
        self.unsent += data
        self.flush()

    def flush(self):
        try:
            while self.unsent:
                self.unsent = self.unsent[self.socket.send(self.unsent):]
        except BlockingIOError:
            pass
        except OSError:
            return False
        return True
