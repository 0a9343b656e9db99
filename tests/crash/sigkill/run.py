#!/usr/bin/env python3
"""SIGKILL at random moments under mixed load, many short rounds; after each, everything that was acknowledged must be there and
nothing unacknowledged half there (model.py says what that means). See README.md.

    run.py [--rounds N] [--seed S] [--sites N] [--load SECONDS] [--sabotage KIND]

Exit code 0: all held; 1: a promise was broken (the seed and the kept directory are printed)."""
import argparse
import itertools
import os
import pathlib
import random
import subprocess
import sys
import threading
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(1, str(HERE.parent.parent / "e2e"))

import large  # noqa: E402
import observe  # noqa: E402
import sabotage  # noqa: E402
import tokens  # noqa: E402
import wire  # noqa: E402
from hands import Hand, Sender, Submitter  # noqa: E402
from model import SHARED, Account, Deliveries, Wrong  # noqa: E402
from province import BIN, DOMAIN, PASSWORD, SLOW, Province, eventually  # noqa: E402
from sink import Sink  # noqa: E402

PEOPLE = (("nguyen.van.an", 2), ("le.thi.binh", 2), ("tran.van.chi", 1))  # and the number of sessions that work at once
SENDERS = 2


class Site:
    """One server with its people, through all its kills."""

    def __init__(self, options, number):
        self.options, self.number, self.seed = options, number, f"{options.seed}.{number}"
        self.random = random.Random(self.seed)
        self.counter = itertools.count(1)
        self.accounts = [Account(f"{name}@{DOMAIN}", hands) for name, hands in PEOPLE]
        self.mail, self.sink, self.verified = Deliveries(), Sink(), {a.address: set() for a in self.accounts}
        self.dead, self.errors, self.sessions = threading.Event(), [], []
        self.steps = self.unanswered = 0
        # Expunged messages go for good at once on every other site: the collector is killed at work too.
        self.province = Province(people=False, imap_plaintext_loopback="true", indexer_interval='"100ms"', smtp_retry='["1s"]',
                                 smtp_relay=f'"127.0.0.1:{self.sink.server.port}"', smtp_relay_tls='"off"',
                                 store_undelete_days=str(number % 2 * 30))
        for address in [a.address for a in self.accounts] + [tokens.OFFICIAL, large.CLERK]:
            self.province.add_account(address, "Người Thử Nghiệm")

    def start(self):
        self.province.start()
        for account in self.accounts:
            imap = wire.Imap(self.province.imap, account.address, PASSWORD)
            imap.do(b"CREATE " + SHARED.encode())
            account.adopt(observe.state(imap))
            imap.close()

    # One round.

    def round(self, number):
        self.dead.clear()
        self.load(number)
        self.province.process.wait()
        if self.random.random() < 0.1:
            self.kill_while_starting()
        self.province.start()
        if self.options.sabotage:
            sabotage.act(self, self.options.sabotage)
        self.check(number)

    def load(self, number):
        self.sessions = [Sender(self, f"{self.seed}.{number}.s{i}") for i in range(SENDERS)]
        self.sessions.append(Submitter(self, f"{self.seed}.{number}.q"))
        for account in self.accounts:
            for h in range(account.hands):
                imap = wire.Imap(self.province.imap, account.address, PASSWORD)
                self.sessions.append(Hand(self, account, h, imap, f"{self.seed}.{number}.{account.address}.{h}"))
        threads = [threading.Thread(target=s.run) for s in self.sessions]
        for thread in threads:
            thread.start()
        end = time.monotonic() + 0.05 + self.random.random() * self.options.load
        while time.monotonic() < end and not self.errors:
            time.sleep(min(0.05, max(0.0, end - time.monotonic())))
        self.dead.set()
        if self.random.random() < 0.1:  # the kill falls into a graceful stop
            self.province.process.terminate()
            time.sleep(self.random.random() * 0.3)
        self.province.process.kill()
        self.province.process.wait()
        self.sink.killed()  # once it is dead: what it did between a note and its death would look like a second delivery
        for thread in threads:
            thread.join(60 * SLOW)
            if thread.is_alive():
                raise AssertionError("a client hangs after the kill")
        for session in self.sessions:
            if isinstance(session, Hand):
                session.imap.close()
        self.steps += sum(s.steps for s in self.sessions)
        self.unanswered += sum(len(p) for a in self.accounts for p in a.pending.values())
        self.raise_errors()

    def raise_errors(self):
        for session, error in self.errors:
            trace = "\n".join(f"    {t[0]:.3f} " + " ".join(map(str, t[1:])) for t in session.trace[-12:])
            raise Wrong(f"{type(session).__name__}: {error!r}; its last steps:\n{trace}") from error

    def kill_while_starting(self):
        with open(self.province.log, "ab") as log:
            process = subprocess.Popen([str(BIN / "congthud"), "--config", str(self.province.config)], stdout=log, stderr=log,
                                       stdin=subprocess.DEVNULL, start_new_session=True)
        time.sleep(self.random.random() * 0.4)
        self.sink.killed()
        process.kill()
        process.wait()

    def check(self, number):
        found = wire.admin(self.province, "POST", "/store/check")
        if not found["ok"]:
            raise Wrong(f"store check: {found['findings'][:10]}")
        for account in self.accounts:
            imap = wire.Imap(self.province.imap, account.address, PASSWORD)
            seen = observe.state(imap)
            account.after_crash(seen, self.mail.sent_to(account.address))
            observe.check_bytes(imap, seen, self.verified[account.address])
            ever = sorted(set(account.ever.values()))
            observe.check_search(imap, seen, self.random.sample(ever, min(2, len(ever))))
            imap.close()
        self.mail.check(self.accounts)
        self.sink.check_twice()

    # The end.

    def finish(self):
        """The queue runs empty, every word is found once more when the index has caught up, the server stops by itself."""
        eventually(lambda: wire.admin(self.province, "GET", "/queue")["queue"] == [], "an empty queue", 60)
        with_reports = wire.Imap(self.province.imap, tokens.OFFICIAL, PASSWORD)
        self.sink.check_all({a.address: a.known for a in self.accounts}, observe.everything(with_reports))
        with_reports.close()
        for account in self.accounts:
            self.check_index(account)
        self.province.end()
        self.sink.close()

    def check_index(self, account):
        imap = wire.Imap(self.province.imap, account.address, PASSWORD)
        seen = observe.state(imap)
        words = sorted(set(account.ever.values()))
        observe.check_search(imap, seen, self.random.sample(words, min(25, len(words))))
        imap.close()
        for word in self.random.sample(words, min(10, len(words))):
            want = {(n, u) for n, b in seen.items() for u, r in b.rows.items() if r.token == word}

            def known():  # one result a message, however many copies there are
                results = wire.admin(self.province, "GET", f"/search?account={account.address}&q={word}")["results"]
                found = {(r["mailbox"], r["uid"]) for r in results}
                return found <= want and bool(found) == bool(want)
            eventually(known, f"the index to know {word} of {account.address} exactly")


def run_site(options, number):
    site = Site(options, number)
    started = time.monotonic()
    at = 0
    try:
        site.start()
        for at in range(1, options.rounds + 1):
            site.round(at)
            if sys.stderr.isatty() or at % 100 == 0:
                rate = (time.monotonic() - started) / at
                print(f"site {number}: round {at} of {options.rounds}, {rate:.1f} s each, {rate * (options.rounds - at):.0f} s left", file=sys.stderr)
        large.run(site, options.copies)
        site.finish()
    except BaseException as error:  # noqa: BLE001 - printed with what repeats it
        site.dead.set()
        if not options.sabotage:
            os.environ["CONGTHU_KEEP"] = "1"
        print(f"---- site {number}, round {at}, --seed {options.seed}: {type(error).__name__}\n{error}\n---- {site.province.dir}", file=sys.stderr)
        if not isinstance(error, Wrong):
            traceback.print_exc()
        site.province.abandon()
        return 1
    took = time.monotonic() - started
    print(f"site {number}: {options.rounds} rounds in {took:.0f} s, {site.steps} steps, {site.unanswered} operations unanswered at a kill, "
          f"{sum(len(t) for t in site.sink.taken.values())} sent out, {sum(len(a.known) for a in site.accounts)} deliveries seen: all held")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=100, help="in all, spread over the sites")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--sites", type=int, default=2, help="servers at the same time")
    parser.add_argument("--load", type=float, default=1.15, help="most seconds of load before a kill")
    parser.add_argument("--copies", type=int, default=5, help="large COPYs killed within, on each site")
    parser.add_argument("--sabotage", choices=sorted(sabotage.KINDS), help="damage the store after a kill; the run has to fail")
    parser.add_argument("--site", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1 << 32)
    if options.site is not None:
        return run_site(options, options.site)
    print(f"--seed {options.seed}", flush=True)
    share = [options.rounds // options.sites + (i < options.rounds % options.sites) for i in range(options.sites)]
    common = [sys.executable, __file__, "--seed", str(options.seed), "--load", str(options.load), "--copies", str(options.copies)]
    common += ["--sabotage", options.sabotage] if options.sabotage else []
    sites = [subprocess.Popen(common + ["--site", str(i), "--rounds", str(n)]) for i, n in enumerate(share) if n]
    return max(s.wait() for s in sites)


if __name__ == "__main__":
    sys.exit(main())
