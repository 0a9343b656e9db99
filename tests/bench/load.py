"""A small load driver for mail servers on loopback: SMTP, LMTP and IMAP sessions that wait for each answer, the messages they
send, and the CPU time of a server's processes. Used by compare, for our server and for others alike."""
import base64
import os
import random
import socket
import threading

TICK = os.sysconf("SC_CLK_TCK")
SYLLABLES = "công văn kế hoạch triển khai hội nghị báo cáo quyết định ủy ban nhân dân tỉnh sở phòng đề nghị gửi trước ngày thực hiện".split()


def cpu_seconds(roots):
    """User and system time of the process trees below `roots`, children that have ended included."""
    times, children = {}, {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat") as f:
                field = f.read().rpartition(")")[2].split()
        except OSError:
            continue
        times[int(name)] = sum(map(int, field[11:15])) / TICK
        children.setdefault(int(field[1]), []).append(int(name))
    total, todo = 0.0, list(roots)
    while todo:
        pid = todo.pop()
        total += times.get(pid, 0.0)
        todo += children.get(pid, [])
    return total


class Line:
    """A socket read by lines; IMAP literals are skipped, so that no text of a message is taken for an answer."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb", buffering=1 << 18)

    def line(self):
        line = self.file.readline()
        if not line:
            raise ConnectionError("the server closed the connection")
        return line

    def send(self, data):
        self.socket.sendall(data)

    def close(self):
        self.file.close()
        self.socket.close()


class Smtp(Line):
    def __init__(self, port, lmtp=False):
        super().__init__(port)
        self.expect(b"2")
        self.sized = not lmtp  # as clients do: Postfix and ours offer SIZE, Dovecot's LMTP does not
        self.command(b"LHLO load.example" if lmtp else b"EHLO load.example")

    def expect(self, first):
        line = self.line()
        while line[3:4] == b"-":
            line = self.line()
        if line[:1] != first:
            raise ConnectionError(line.decode(errors="replace").strip())

    def command(self, text, first=b"2"):
        self.send(text + b"\r\n")
        self.expect(first)

    def deliver(self, recipient, wire):
        """`wire`: dot-stuffed, with the final dot."""
        self.command(b"MAIL FROM:<load@load.example>" + (b" SIZE=%d" % len(wire) if self.sized else b""))
        self.command(b"RCPT TO:<" + recipient.encode() + b">")
        self.command(b"DATA", b"3")
        self.send(wire)
        self.expect(b"2")

    def quit(self):
        self.command(b"QUIT")
        self.close()


class Imap(Line):
    def __init__(self, port, user, password):
        super().__init__(port)
        self.number = 0
        self.line()
        self.command(f'LOGIN "{user}" "{password}"')

    def answer(self):
        """Reads to the tagged answer; large untagged ones are only skipped over."""
        tag = b"a%d " % self.number
        while True:
            line = self.line()
            if line.startswith(tag):
                if not line.startswith(tag + b"OK"):
                    raise ConnectionError(line.decode(errors="replace").strip())
                return
            while line.endswith(b"}\r\n"):
                self.file.read(int(line[line.rindex(b"{") + 1:-3]))
                line = self.line()

    def command(self, text):
        self.number += 1
        self.send(b"a%d %s\r\n" % (self.number, text.encode()))
        self.answer()

    def append(self, mailbox, message):
        self.number += 1
        self.send(b'a%d APPEND "%s" {%d}\r\n' % (self.number, mailbox.encode(), len(message)))
        if not self.line().startswith(b"+"):
            raise ConnectionError("APPEND: the literal was refused")
        self.send(message + b"\r\n")
        self.answer()

    def logout(self):
        self.command("LOGOUT")
        self.close()


def together(sessions, count, work):
    """work(session number, operation number) for every operation, spread over threads; the first error is raised."""
    errors, numbers, lock = [], iter(range(count)), threading.Lock()

    def run(session):
        try:
            while not errors:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                work(session, number)
        except Exception as error:  # noqa: BLE001 - handed to the caller
            errors.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def word(text):
    return "=?UTF-8?B?" + base64.b64encode(text.encode()).decode() + "?="


def message(number, size, kind=None):
    """A message of about `size` bytes, each different; kind 0 text, 1 alternative, 2 with an attachment (by turns otherwise)."""
    kind = number % 3 if kind is None else kind
    random_ = random.Random(number * 1_000_003 + size)

    def text(length):
        out, left = [], length
        while left > 0:
            line = " ".join(random_.choices(SYLLABLES, k=12)) + f" {random_.randrange(10**6)}."
            out.append(line)
            left -= len(line.encode()) + 2
        return "\r\n".join(out) + "\r\n"

    head = (f"Date: Sun, 22 Nov 2026 09:{number % 60:02}:00 +0700\r\nFrom: {word('Văn thư Sở Ví dụ')} <vanthu@load.example>\r\n"
            f"To: {word('Phòng Tổng hợp')} <tonghop@load.example>, kehoach@load.example\r\nCc: \"Tran Van Chi\" <chi@load.example>\r\n"
            f"Subject: {word(f'{number}/KH-VD Về việc triển khai kế hoạch')}\r\nMessage-ID: <{number}.{size}.{random_.randrange(10**12)}@load.example>\r\n"
            f"In-Reply-To: <{number - 1}.a@load.example>\r\nReferences: <{number - 2}.a@load.example> <{number - 1}.a@load.example>\r\nMIME-Version: 1.0\r\n")
    part = "Content-Type: text/{}; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    left = max(0, size - len(head.encode()) - 120)
    if kind == 0:
        return (head + part.format("plain") + text(left)).encode()
    if kind == 1:
        return (head + 'Content-Type: multipart/alternative; boundary="b1"\r\n\r\n--b1\r\n' + part.format("plain") + text(left // 2) +
                "--b1\r\n" + part.format("html") + "<p>" + text(left // 2) + "--b1--\r\n").encode()
    data = base64.encodebytes(random_.randbytes(left * 54 // 100)).decode().replace("\n", "\r\n")
    return (head + 'Content-Type: multipart/mixed; boundary="b1"\r\n\r\n--b1\r\n' + part.format("plain") + text(left // 4) +
            '--b1\r\nContent-Type: application/octet-stream; name="du-lieu.bin"\r\nContent-Transfer-Encoding: base64\r\n'
            'Content-Disposition: attachment; filename="du-lieu.bin"\r\n\r\n' + data + "--b1--\r\n").encode()


def stuffed(content):
    return (b"." if content.startswith(b".") else b"") + content.replace(b"\r\n.", b"\r\n..") + b".\r\n"
