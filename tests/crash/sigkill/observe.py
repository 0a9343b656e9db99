"""Reads from the server, by IMAP, what the model compares: every mailbox with its numbers, every message with flags, modseq and token;
the bytes of what has not been read before; and what SEARCH finds."""
import re

import tokens
import wire
from hands import FETCH, quoted, token_of
from model import Row, Seen, Wrong

BODIES = 40  # to one command


def listed(imap):
    names = []
    for text, literals in imap.do(b'LIST "" "*"'):
        if text.startswith(b"* LIST"):
            names.append(re.search(rb'"((?:[^"\\]|\\.)*)"\r\n$|(\S+)\r\n$', text).group(1, 2))
    return [(a or b).decode() for a, b in names]


def state(imap):
    """name -> Seen, all asked in one write."""
    names = listed(imap)
    imap.post(*[c for n in names for c in (b"EXAMINE %s (CONDSTORE)" % quoted(n), FETCH % b"1:*")])
    out = {}
    for name in names:
        opened = imap.answer()
        numbers = [int(wire.code(opened, c)) for c in (b"UIDVALIDITY", b"UIDNEXT", b"HIGHESTMODSEQ")]
        rows = {u: Row(token_of(h), f, m, True) for u, (f, m, h) in wire.fetched(imap.answer()).items()}
        exists = int(next(t for t, _ in opened if t.endswith(b" EXISTS\r\n")).split()[1])
        if exists != len(rows):
            raise Wrong(f"{name}: {exists} EXISTS, {len(rows)} messages")
        out[name] = Seen(*numbers, rows)
    return out


def check_bytes(imap, seen, verified):
    """`verified`: (validity, uid) that were compared before; grows."""
    for name, box in seen.items():
        new = [u for u in sorted(box.rows) if (box.validity, u) not in verified]
        if new:
            imap.do(b"EXAMINE " + quoted(name))
        for i in range(0, len(new), BODIES):
            part = new[i:i + BODIES]
            got = wire.fetched(imap.do(b"UID FETCH %s (FLAGS BODY.PEEK[])" % wire.uid_set(part)))
            for uid in part:
                token, data = box.rows[uid].token, got[uid][2]
                check_message(f"{name}/{uid}", token, data)
                verified.add((box.validity, uid))


def check_message(where, token, data):
    want = tokens.message(token)
    before = data[:-len(want)]
    if not data.endswith(want) or tokens.by_smtp(token) != (b"Received:" in before) or not tokens.by_smtp(token) and before:
        raise Wrong(f"{where}: the bytes of {token} are not those that were sent ({len(data)} bytes, {len(want)} sent)")


def check_search(imap, seen, words):
    """A unique word finds exactly its messages, in every mailbox."""
    for name, box in seen.items():
        imap.post(b"EXAMINE " + quoted(name), *[b"UID SEARCH TEXT " + w.encode() for w in words])
        imap.answer()
        for word in words:
            answer = imap.answer()
            found = sorted(int(n) for t, _ in answer if t.startswith(b"* SEARCH") for n in t.split()[2:])
            want = sorted(u for u, r in box.rows.items() if r.token == word)
            if found != want:
                raise Wrong(f"{name}: SEARCH TEXT {word} found {found}, not {want}")


def everything(imap, name="INBOX"):
    """All bytes of a mailbox, for looking something up in them."""
    imap.do(b"EXAMINE " + quoted(name))
    return b"\n".join(literals[0] for text, literals in imap.do(b"UID FETCH 1:* (BODY.PEEK[])") if literals)
