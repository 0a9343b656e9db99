"""A COPY too large for one commit, killed within: all copies are there or none (RFC 9051 6.4.7), all if it was answered."""
import time

import tokens
import wire
from model import Wrong
from province import PASSWORD

LEAST = 10_000  # messages: several slices
CLERK = "luu.tru@songla.gov.vn"


def fill(site):
    imap = wire.Imap(site.province.imap, CLERK, PASSWORD)
    data = tokens.message(tokens.make("a0", 0, 0))
    for _ in range(40):
        imap.post(b"APPEND INBOX {%d+}\r\n%s" % (len(data), data))
    for _ in range(40):
        imap.answer()
    imap.do(b"SELECT INBOX")
    count = 40
    while count < LEAST:
        imap.do(b"COPY 1:%d INBOX" % count)
        imap.do(b"NOOP")
        count *= 2
    imap.close()
    return count


def messages(imap, name):
    return int(next(t for t, _ in imap.do(b"STATUS %s (MESSAGES)" % name) if t.startswith(b"* STATUS")).split(b"MESSAGES ")[1].split(b")")[0])


def run(site, times):
    count = fill(site)
    took = 0.5
    for n in range(times):
        target = b"Ban-sao-%d" % n
        imap = wire.Imap(site.province.imap, CLERK, PASSWORD)
        imap.do(b"CREATE " + target)
        imap.do(b"SELECT INBOX")
        start, answered = time.monotonic(), False
        imap.post(b"COPY 1:* " + target)
        if n == 0:
            imap.answer()
            took, answered = time.monotonic() - start, True
        else:
            time.sleep(site.random.random() * took)
        site.province.kill()
        if n:
            try:
                imap.answer()
                answered = True
            except OSError:
                pass
        imap.close()
        site.province.start()
        imap = wire.Imap(site.province.imap, CLERK, PASSWORD)
        there = messages(imap, target)
        if there not in (0, count) or answered and there != count:
            raise Wrong(f"COPY of {count} messages, {'answered' if answered else 'killed within'}, left {there} copies")
        if messages(imap, b"INBOX") != count:
            raise Wrong(f"COPY of {count} messages took some away from its source")
        imap.do(b"DELETE " + target)
        imap.close()
    found = wire.admin(site.province, "POST", "/store/check")
    if not found["ok"]:
        raise Wrong(f"store check after large copies: {found['findings'][:10]}")
    undone = site.province.log_text().count("event=store_copy_undone")
    print(f"site {site.number}: {times} COPYs of {count} messages, one took {took:.2f} s, {undone} slices taken back")
