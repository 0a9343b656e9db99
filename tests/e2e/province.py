"""A live congthud for end-to-end tests: its own directory, ports and people, made by `congthu init` as an administrator would.

Every test file makes its own Province in setUpModule and ends it in tearDownModule. Ending it is a test of its own: the
server must stop with exit code 0, its log must hold no sanitizer report, and `congthu store check` must find nothing.

CONGTHU_BIN names the folder of congthud, congthu, congthu-inspect and make_signed (ctest sets it).
"""
import atexit
import fcntl
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

BIN = pathlib.Path(os.environ.get("CONGTHU_BIN", "build/asan/bin")).resolve()
DOMAIN = "songla.gov.vn"
AN, BINH, CHI = (f"{name}@{DOMAIN}" for name in ("nguyen.van.an", "le.thi.binh", "tran.van.chi"))
CLERK = f"vanthu.svd@{DOMAIN}"  # a functional mailbox
PASSWORD = "Mat-khau thu 1"
PORTS = ("smtp", "submission", "submissions", "imap", "imaps", "http")
SLOW = 4 if os.environ.get("CONGTHU_SLOW") else 1  # a loaded machine, sanitizers
START_SECONDS, STOP_SECONDS = 60 * SLOW, 60 * SLOW
BAD_LOG = re.compile(r"AddressSanitizer|LeakSanitizer|UndefinedBehaviorSanitizer|runtime error:|event=unhandled|terminate called")


class ServerError(AssertionError):
    """The server did something that no test case expects; the end of its log is part of the text."""


def take_ports():
    """Free ports below the kernel's ephemeral range, locked against other test processes for as long as this one lives."""
    folder = pathlib.Path(tempfile.gettempdir()) / f"congthu-e2e-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    size = len(PORTS)
    for block in range(500):
        base = 20000 + (block + os.getpid() * 7) % 500 * size
        lock = open(folder / str(base), "w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            continue
        if all(port_is_free(base + i) for i in range(size)):
            return lock, dict(zip(PORTS, range(base, base + size)))
        lock.close()
    raise RuntimeError("no free block of ports")


def port_is_free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


def eventually(question, what, seconds=30):
    """Asks until the answer is true, and gives it; fails with `what` after a while."""
    end = time.monotonic() + seconds * SLOW
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds * SLOW} s")
        time.sleep(0.1)


class Province:
    def __init__(self, people=True, **settings):
        """`settings`: section_key="toml value", e.g. smtp_retry='["1s"]'."""
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="congthu-e2e-"))
        self.home = self.dir / "site"
        self.log = self.dir / "congthud.log"
        self.process = None
        atexit.register(self.abandon)  # tearDownModule is not called when setUpModule fails
        self.lock, self.ports = take_ports()
        arguments = [f"--{name}-port={port}" for name, port in self.ports.items()]
        self.run("init", str(self.home), "--domain", DOMAIN, "--listen", "127.0.0.1", *arguments, config=False)
        for name, value in settings.items():
            self.set(*name.split("_", 1), value)
        if people:
            self.make_people()

    @property
    def config(self):
        return self.home / "congthu.toml"

    def __getattr__(self, name):  # province.imaps: a port
        ports = self.__dict__.get("ports", {})
        if name in ports:
            return ports[name]
        raise AttributeError(name)

    def set(self, section, key, value):
        """Sets one key of congthu.toml, whether it stands there, is commented out, or is missing."""
        lines, here, done = [], None, False
        for line in self.config.read_text().split("\n"):
            head = re.match(r"\[([\w.]+)\]", line)
            here = head[1] if head else here
            if here == section and not done and re.match(rf"(# )?{key} = ", line):
                line, done = f"{key} = {value}", True
            lines.append(line)
        if not done:
            at = lines.index(f"[{section}]") if f"[{section}]" in lines else None
            lines[at + 1:at + 1] = [f"{key} = {value}"] if at is not None else []
            if at is None:
                lines += [f"[{section}]", f"{key} = {value}", ""]
        self.config.write_text("\n".join(lines))

    def make_people(self):
        self.run("agency", "add", "svd", "--name", "Sở Ví dụ tỉnh Sông La")
        self.run("agency", "add", "thidiem", "--name", "Ủy ban nhân dân xã Thí Điểm")
        for address, name, agency in ((AN, "Nguyễn Văn An", "svd"), (BINH, "Lê Thị Bình", "svd"), (CHI, "Trần Văn Chí", "thidiem")):
            self.add_account(address, name, "--agency", agency)
        self.add_account(CLERK, "Văn thư Sở Ví dụ", "--agency", "svd", "--functional")

    def add_account(self, address, name, *more):
        self.run("account", "add", address, "--name", name, *more, "--password-stdin", stdin=PASSWORD + "\n")

    def make_pki(self, name="pki", address=AN, trust=True):
        """Certificates for `address` in DIR/name; the site trusts them as its own unless told otherwise."""
        folder = self.dir / name
        make_signed("pki", folder, address)
        if trust:
            for file in ("root.pem", "sub.pem"):
                self.run("trust", "add", str(folder / file), "--class", "site")
        return folder

    # The command line.

    def run(self, *arguments, stdin=None, code=0, config=True, lang="en"):
        """Runs congthu; any exit code but `code` fails the test."""
        command = [str(BIN / "congthu")] + (["-c", str(self.config)] if config else []) + [str(a) for a in arguments]
        environment = dict(os.environ, LC_ALL="vi_VN.UTF-8" if lang == "vi" else "en_US.UTF-8")
        done = subprocess.run(command, input=stdin, capture_output=True, encoding="utf-8", timeout=120 * SLOW, env=environment)
        if code is not None and done.returncode != code:
            raise AssertionError(f"{' '.join(command)}: exit {done.returncode}, not {code}\n{done.stdout}{done.stderr}{self.tail(15)}")
        return done

    def json(self, *arguments, code=0, stdin=None):
        out = self.run(*arguments, "--format", "json", code=code, stdin=stdin).stdout
        return json.loads(out)

    # The process.

    def start(self):
        offset = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(BIN / "congthud"), "--config", str(self.config)], stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, start_new_session=True)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            with open(self.log, "rb") as log:
                log.seek(offset)
                if b"event=ready" in log.read():
                    return self
            if self.process.poll() is not None:
                raise ServerError(f"congthud ended with {self.process.returncode}\n{self.tail()}")
            time.sleep(0.05)
        raise ServerError(f"congthud is not ready\n{self.tail()}")

    def stop(self):
        """SIGTERM: the graceful stop. Its exit code must be 0."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise ServerError(f"congthud does not stop\n{self.tail()}") from None
        if code != 0:
            raise ServerError(f"congthud stopped with {code}\n{self.tail()}")

    def kill(self):
        """SIGKILL: a power failure as far as the process is concerned."""
        self.process.kill()
        self.process.wait()

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def end(self):
        """Stops, checks what has to hold after every test, and removes the directory (kept when CONGTHU_KEEP is set)."""
        try:
            if self.alive():
                self.stop()
            elif self.process is not None and self.process.returncode not in (0, -signal.SIGKILL):
                raise ServerError(f"congthud had died with {self.process.returncode}\n{self.tail()}")
            bad = [line for line in self.log_text().split("\n") if BAD_LOG.search(line)]
            if bad:
                raise ServerError("\n".join(bad) + "\n" + self.tail(80))
            check = self.json("store", "check")
            if not check["ok"]:
                raise ServerError(f"store check: {check}")
        except BaseException:
            sys.stderr.write(f"\n---- {self.log}\n{self.tail(60)}\n")
            raise
        finally:
            self.abandon()
            self.lock.close()

    def abandon(self):
        """Leaves nothing behind: no process, and no directory unless CONGTHU_KEEP is set."""
        if self.alive():
            self.kill()
        if not os.environ.get("CONGTHU_KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def tail(self, lines=40):
        return "\n".join(self.log_text().split("\n")[-lines:])

    @property
    def ca(self):
        return self.home / "tls" / "ca.pem"

    def tls(self):
        return ssl.create_default_context(cafile=str(self.ca))


def make_signed(*arguments):
    """Runs tests/support/make_signed; gives what it wrote, as bytes."""
    done = subprocess.run([str(BIN / "make_signed")] + [str(a) for a in arguments], capture_output=True, timeout=120 * SLOW)
    if done.returncode != 0:
        raise RuntimeError(f"make_signed {arguments}: {done.stderr.decode(errors='replace')}")
    return done.stdout
