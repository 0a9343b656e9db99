"""Messages that can be made again from their name: a token is one word, unique in a site's life, and decides every byte of its
message, so that "byte-equal" needs no copy kept. A token's last digit names the hand (see model.py) that may touch the message."""
import base64
import hashlib
import random

FIELD = "X-Token"
OFFICIAL, OUTSIDER = "van.thu@songla.gov.vn", "cong.dan@vidu.vn"


def by_smtp(token):
    """Such messages bear the server's trace fields before their own bytes."""
    return token[2] in "mq"


def make(site, number, hand):
    """`site` begins with the way in: a APPEND, m port 25, q submission."""
    return f"tk{site}n{number}h{hand}"


def owner(token, hands):
    return int(token.rpartition("h")[2]) % hands


def message(token):
    """Mostly small; one in six carries an attachment, which many messages share (stored once), some of several chunks."""
    rng = random.Random(token)
    lines = [f"From: {OFFICIAL if token.startswith('tkq') else OUTSIDER}", "To: nhan@songla.gov.vn", "Date: Thu, 19 Nov 2026 08:00:00 +0700",
             f"Subject: thu {token}", f"Message-ID: <{token}@vidu.vn>", f"{FIELD}: {token}", "MIME-Version: 1.0"]
    text = [f"Kinh gui: {token}"] + ["x" * rng.randint(0, 70) for _ in range(rng.randint(0, 30))]
    if rng.random() < 1 / 6:
        lines += ['Content-Type: multipart/mixed; boundary="ranh-gioi"', ""]
        lines += ["--ranh-gioi", "Content-Type: text/plain", ""] + text
        lines += ["--ranh-gioi", "Content-Type: application/octet-stream", "Content-Transfer-Encoding: base64", ""]
        lines += attachment(rng.choice((9_000, 70_000, 200_000)), rng.randint(0, 3)) + ["--ranh-gioi--"]
    else:
        lines += ["Content-Type: text/plain", ""] + text
    return ("\r\n".join(lines) + "\r\n").encode()


def attachment(size, which):
    block = hashlib.sha256(b"%d" % which).digest()
    text = base64.b64encode(block * (size // len(block))).decode()
    return [text[i:i + 76] for i in range(0, len(text), 76)]
