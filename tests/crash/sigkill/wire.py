"""The three ways into the server that the harness uses: IMAP and SMTP without TLS on loopback, and the admin socket. Commands may be
sent without waiting (the point of a crash test is what is unanswered), so sending and reading are apart."""
import base64
import functools
import hashlib
import hmac
import http.client
import json
import os
import re
import socket

from province import SLOW

TIMEOUT = 60 * SLOW
LITERAL = re.compile(rb"\{(\d+)\}\r\n$")


class Gone(ConnectionError):
    """The server ended the connection, or is ending."""


class Refused(AssertionError):
    """An answer but OK to what should have been done."""


@functools.lru_cache
def salted(password, salt, iterations):
    return hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), iterations)


def mac(key, data):
    return hmac.digest(key, data, "sha256")


class Line:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")

    def line(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise Gone("the server closed the connection")
        return line

    def send(self, data):
        self.socket.sendall(data)

    def close(self):
        self.file.close()
        self.socket.close()


class Imap(Line):
    def __init__(self, port, user, password):
        super().__init__(port)
        self.sent, self.read = 0, 0
        self.line()
        self.log_in(user, password)

    def log_in(self, user, password):
        """SCRAM (RFC 5802): its one costly step is remembered, so that a restart needs no password hash on either side."""
        bare = f"n={user},r={base64.b64encode(os.urandom(12)).decode()}"
        self.post(b"AUTHENTICATE SCRAM-SHA-256 " + base64.b64encode(b"n,," + bare.encode()))
        first = base64.b64decode(self.line()[2:]).decode()
        nonce, salt, iterations = (f[2:] for f in first.split(","))
        key = salted(password, salt, int(iterations))
        final = f"c=biws,r={nonce}"
        stored = hashlib.sha256(client := mac(key, b"Client Key")).digest()
        signature = mac(stored, f"{bare},{first},{final}".encode())
        proof = base64.b64encode(bytes(a ^ b for a, b in zip(client, signature))).decode()
        self.send(base64.b64encode(f"{final},p={proof}".encode()) + b"\r\n")
        challenge = self.line()
        if not challenge.startswith(b"+ "):
            raise Refused(f"login of {user}: {challenge!r}")
        self.send(b"\r\n")
        self.answer()

    def post(self, *commands):
        """All in one write, nothing read."""
        out = b""
        for command in commands:
            self.sent += 1
            out += b"a%d %s\r\n" % (self.sent, command)
        self.send(out)

    def answer(self):
        """The next command's answer: its untagged responses as (text without literals, literals), the tagged line last."""
        self.read += 1
        tag, out = b"a%d " % self.read, []
        while True:
            text, literals = self.line(), []
            if text.startswith(b"* BYE"):
                raise Gone(text.decode(errors="replace").strip())
            while more := LITERAL.search(text):
                literals.append(self.exactly(int(more[1])))
                text = text[:more.start()] + b"{}" + self.line()
            if text.startswith(tag):
                if not text.startswith(tag + b"OK"):
                    raise Refused(text.decode(errors="replace").strip())
                return out + [(text, [])]
            out.append((text, literals))

    def exactly(self, count):
        data = self.file.read(count)
        if len(data) < count:
            raise Gone("the server closed the connection")
        return data

    def do(self, command):
        self.post(command)
        return self.answer()


class Smtp(Line):
    def __init__(self, port):
        super().__init__(port)
        self.reply()
        self.send(b"EHLO mx.vidu.vn\r\n")
        self.reply()

    def reply(self, *expected):
        line = self.line()
        while line[3:4] == b"-":
            line = self.line()
        if line.startswith(b"421"):
            raise Gone(line.decode(errors="replace").strip())
        if expected and int(line[:3]) not in expected:
            raise Refused(line.decode(errors="replace").strip())

    def deliver(self, sender, recipients, message):
        """RFC 2920: one group, then the content; returns with the last reply."""
        group = [b"MAIL FROM:<%s>" % sender.encode()] + [b"RCPT TO:<%s>" % r.encode() for r in recipients] + [b"DATA"]
        self.send(b"\r\n".join(group) + b"\r\n")
        for _ in group[:-1]:
            self.reply(250)
        self.reply(354)
        self.send(re.sub(rb"(?m)^\.", b"..", message) + b".\r\n")
        self.reply(250)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=TIMEOUT)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(TIMEOUT)
        self.sock.connect(str(self.path))


def admin(province, method, target):
    """One question to the admin socket; its last JSON line."""
    connection = UnixConnection(province.home / "admin.sock")
    try:
        connection.request(method, target)
        reply = connection.getresponse()
        text = reply.read().decode()
        if reply.status != 200:
            raise Refused(f"{method} {target}: {reply.status} {text}")
        return json.loads(text.strip().split("\n")[-1])
    finally:
        connection.close()


# What IMAP tells, as values.

def fetched(answer):
    """uid -> (flags without derived keywords, modseq, first literal or None), of FETCH responses that name a UID."""
    out = {}
    for text, literals in answer:
        uid, flags, modseq = (re.search(p, text) for p in (rb"UID (\d+)", rb"FLAGS \(([^)]*)\)", rb"MODSEQ \((\d+)\)"))
        if b" FETCH (" not in text or not uid:
            continue
        names = frozenset(f for f in (flags[1] if flags else b"").decode().split() if f != "\\Recent" and not f.startswith(("$Doc", "$Sig")))
        literal = literals[0] if literals else out.get(int(uid[1]), (0, 0, None))[2]  # a change by others may be told after it
        out[int(uid[1])] = (names, int(modseq[1]) if modseq else 0, literal)
    return out


def code(answer, name):
    """The arguments of a response code anywhere in the answer."""
    for text, _ in answer:
        found = re.search(rb"\[" + name + rb" ([^\]]*)\]", text)
        if found:
            return found[1].decode()
    raise Refused(f"no {name.decode()} in {answer}")


def uid_list(text):
    out = []
    for part in text.split(","):
        first, _, last = part.partition(":")
        out += range(int(first), int(last or first) + 1)
    return out


def uid_set(uids):
    return ",".join(map(str, uids)).encode()
