"""What network_peer printed, and how far apart two of them were. The founder's time is true."""
import bisect
import collections

Look = collections.namedtuple("Look", "truth shown best soft hard")


def read(text):
    return [Look(*map(int, line.split())) for line in text.splitlines()]


def errors(founder, follower, settle_s, what="shown"):
    """(truth, error in ns) of what a follower showed, without its first `settle_s` seconds."""
    times = [look.truth for look in founder]
    found = []
    for look in follower:
        at = bisect.bisect(times, look.truth)
        if look.truth < follower[0].truth + settle_s * 1e9 or not 0 < at < len(founder):
            continue
        before, after = founder[at - 1], founder[at]
        part = (look.truth - before.truth) / (after.truth - before.truth)
        drift = (after.shown - after.truth) - (before.shown - before.truth)
        true = before.shown + (look.truth - before.truth) + part * drift
        found.append((look, getattr(look, what) - true))
    return found
