"""Machines that share nothing but wires: network namespaces, joined by veth.

They have no names and belong to this process alone, so that they vanish with it however it ends,
and so do the programs that it started in them. Whoever is not root makes them in a user namespace.
"""
import ctypes
import json
import os
import shutil
import signal
import subprocess

libc = ctypes.CDLL(None, use_errno=True)
NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000
DIE_WITH_PARENT = 1


class Unavailable(Exception):
    """Why there can be no network here, in plain words."""


def checked(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def new_namespace():
    """Enters a new network namespace and returns a descriptor that keeps it."""
    try:
        checked(libc.unshare(NEW_NETWORK))
    except OSError:
        uid, gid = os.getuid(), os.getgid()
        checked(libc.unshare(NEW_USER | NEW_NETWORK))
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"),
                           ("gid_map", f"0 {gid} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    return os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def start(command, namespace=None, **options):
    """A program that ends when this process does, in a namespace if there is one."""
    def prepare():
        checked(libc.prctl(DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0))
        if namespace is not None:
            checked(libc.setns(namespace, NEW_NETWORK))
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, text=True, preexec_fn=prepare,
                            **options)


class Network:
    """Two hosts on one wire, or more on a switch; raises Unavailable where that is not allowed."""

    def __init__(self, size):
        self.ip = shutil.which("ip", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        if not self.ip:
            raise Unavailable("no ip (iproute2)")
        try:
            self.hosts = [new_namespace() for _ in range(size)]
            self.switch = new_namespace() if size > 2 else None
        except OSError as error:
            raise Unavailable(f"no network namespaces ({error.strerror})") from None
        try:
            self.connect()
        except subprocess.CalledProcessError as error:
            raise Unavailable(f"{' '.join(error.cmd)}: {error.stderr.strip()}") from None

    def connect(self):
        def place(host):
            return f"netns /proc/{os.getpid()}/fd/{host}"

        if self.switch is None:
            one, two = self.hosts
            self.call(one, f"link add jam type veth peer name jam {place(two)}")
        else:
            self.call(self.switch, "link add switch type bridge mcast_snooping 0")
            self.call(self.switch, "link set switch up")
            for number, host in enumerate(self.hosts, 1):
                self.call(self.switch,
                          f"link add port{number} type veth peer name jam {place(host)}")
                self.call(self.switch, f"link set port{number} master switch up")
        for number, host in enumerate(self.hosts, 1):
            self.call(host, f"address add 10.74.77.{number}/24 dev jam")
            for link in ("lo", "jam"):
                self.call(host, f"link set {link} up")
            self.call(host, "route add 224.0.0.0/4 dev jam")

    def start(self, host, *command, **options):
        return start(command, self.hosts[host], **options)

    def call(self, namespace, arguments, program=None):
        command = [program or self.ip, *arguments.split()]
        process = start(command, namespace, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, err = process.communicate(timeout=20)
        if process.returncode != 0:
            raise subprocess.CalledProcessError(process.returncode, command, out, err)
        return out

    def lose(self, percent):
        """Each host loses so many of the packets it sends; False where the kernel cannot."""
        tc = shutil.which("tc", path=os.path.dirname(self.ip))
        try:
            for host in self.hosts:
                self.call(host, f"qdisc add dev jam root netem loss {percent}%", tc)
        except (subprocess.CalledProcessError, FileNotFoundError, TypeError):
            return False
        return True

    def packets(self, host):
        """How many the host has sent and received."""
        (link,) = json.loads(self.call(self.hosts[host], "-json -stats link show dev jam"))
        return link["stats64"]["rx"]["packets"] + link["stats64"]["tx"]["packets"]
