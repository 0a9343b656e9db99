"""Mail clients for the tests: Python's own smtplib and imaplib, and Debian's swaks, curl, mbsync and fetchmail.

All speak TLS and check the server's certificate against the authority that `congthu init` made.
"""
import base64
import contextlib
import email.policy
import email.utils
import imaplib
import os
import re
import smtplib
import socket
import ssl
import subprocess
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

from province import AN, BINH, PASSWORD, SLOW, eventually

imaplib._MAXLINE = 10_000_000  # a FETCH of a large part of a mailbox is one line to imaplib
TIMEOUT = 60 * SLOW
PLAN = """ỦY BAN NHÂN DÂN TỈNH SÔNG LA
SỞ VÍ DỤ
Số: 71/KH-SVD
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
Sông La, ngày 20 tháng 11 năm 2026

KẾ HOẠCH
Trao đổi văn bản điện tử năm 2027

Căn cứ nhiệm vụ được giao, Sở Ví dụ ban hành kế hoạch như sau.

Nơi nhận:
- Như trên;
- Lưu: VT.
GIÁM ĐỐC

Nguyễn Văn An
"""


def word(text):
    """RFC 2047: header text in UTF-8."""
    return "=?UTF-8?B?" + base64.b64encode(text.encode()).decode() + "?="


def letter(sender=AN, to=BINH, subject="Thu thu", body="Kính gửi đồng chí.\r\n", **fields):
    """A plain mail as bytes, lines in CRLF. `fields`: more header fields, `_` for `-`."""
    head = {"From": sender, "To": to, "Subject": subject, "Date": email.utils.formatdate(), "Message-ID": email.utils.make_msgid(),
            "MIME-Version": "1.0", "Content-Type": "text/plain; charset=utf-8", "Content-Transfer-Encoding": "8bit"}
    head.update({name.replace("_", "-"): value for name, value in fields.items()})
    return ("".join(f"{name}: {value}\r\n" for name, value in head.items()) + "\r\n" + body).encode()


def document_mail(text, sender=AN, to=BINH, subject="Van ban", filename="van-ban.txt"):
    """A mail that carries an official document, as bytes."""
    mail = MIMEMultipart()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail.attach(MIMEText("Kính gửi.\r\n", "plain", "utf-8"))
    part = MIMEApplication(text.encode(), "octet-stream")
    part.add_header("Content-Disposition", "attachment", filename=filename)
    mail.attach(part)
    return mail.as_bytes(policy=email.policy.SMTP)


# SMTP by smtplib. Refusals come as smtplib exceptions, which carry code and text.

@contextlib.contextmanager
def submission(province, user=AN, password=PASSWORD):
    """Port 587 of the site: STARTTLS, then AUTH."""
    with smtplib.SMTP("localhost", province.submission, "client.songla.gov.vn", timeout=TIMEOUT) as smtp:
        smtp.starttls(context=province.tls())
        smtp.login(user, password)
        yield smtp


def submit(province, mail, to=(BINH,), user=AN, sender=None):
    with submission(province, user) as smtp:
        return smtp.sendmail(user if sender is None else sender, list(to), mail)


def receive(province, mail, to=(BINH,), sender="cong.dan@vidu.vn", helo="mx.vidu.vn"):
    """Port 25 of the site: mail from another server."""
    with smtplib.SMTP("localhost", province.smtp, helo, timeout=TIMEOUT) as smtp:
        smtp.starttls(context=province.tls())
        return smtp.sendmail(sender, list(to), mail)


def refusal(action, *arguments, **more):
    """Runs what must be refused; gives (code, text) of the first refusal."""
    try:
        action(*arguments, **more)
    except smtplib.SMTPRecipientsRefused as e:
        code, text = next(iter(e.recipients.values()))
    except smtplib.SMTPResponseException as e:
        code, text = e.smtp_code, e.smtp_error
    else:
        raise AssertionError("was accepted")
    return code, text.decode(errors="replace")


# IMAP by imaplib.

class Imap(imaplib.IMAP4_SSL):
    """imaplib with answers checked: an answer but OK raises imaplib.IMAP4.error with the server's text."""

    def __init__(self, province, user=BINH, mailbox="INBOX"):
        super().__init__("localhost", province.imaps, ssl_context=province.tls(), timeout=TIMEOUT)
        self.login(user, PASSWORD)
        if mailbox:
            self.ok(self.select(mailbox))

    def __exit__(self, *args):
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            self.logout()

    @staticmethod
    def ok(answer):
        kind, data = answer
        if kind != "OK":
            raise imaplib.IMAP4.error(f"{kind} {data}")
        return data

    def found(self, *keys, charset=None):
        """Sequence numbers that SEARCH gives; text goes as a literal, so that any of it can be asked."""
        data = self.ok(self.search(charset, *keys))
        return [int(n) for n in (data[0] or b"").split()]

    def text_search(self, key, text):
        self.literal = text.encode()
        return self.found(key, charset="UTF-8")

    def flags(self, number):
        data = self.ok(self.fetch(str(number), "(FLAGS)"))
        return set(re.search(rb"FLAGS \(([^)]*)\)", data[0])[1].decode().split())

    def body(self, number, section=""):
        """BODY.PEEK[section] as bytes."""
        data = self.ok(self.fetch(str(number), f"(BODY.PEEK[{section}])"))
        return next(item[1] for item in data if isinstance(item, tuple))

    def count(self):
        return int(self.ok(self.status('"INBOX"', "(MESSAGES)"))[0].split()[-1].rstrip(b")"))

    def refresh(self):
        self.ok(self.noop())
        return self

    def by_subject(self, subject):
        """The one message whose Subject holds this ASCII text; waits for it."""
        numbers = eventually(lambda: self.refresh().found("SUBJECT", f'"{subject}"'), f"a mail with Subject {subject}")
        if len(numbers) != 1:
            raise AssertionError(f"{len(numbers)} mails with Subject {subject}")
        return numbers[0]


class SlowTls:
    """A TLS client that decides which octets of a record go out when; gives and takes lines."""

    def __init__(self, port, context):
        self.raw = socket.create_connection(("localhost", port), timeout=TIMEOUT)
        self.inward, self.outward = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.inward, self.outward, server_hostname="localhost")
        self.text = b""
        self._until(self.tls.do_handshake)

    def _until(self, action, *arguments):
        while True:
            try:
                return action(*arguments)
            except ssl.SSLWantReadError:
                self.raw.sendall(self.outward.read())
                more = self.raw.recv(65536)
                if not more:
                    raise EOFError("the server hung up") from None
                self.inward.write(more)

    def record(self, text):
        """The octets of the TLS record that holds this text; send() is left to the caller."""
        self.tls.write(text)
        return self.outward.read()

    def send(self, octets):
        self.raw.sendall(octets)

    def line(self):
        while b"\n" not in self.text:
            self.text += self._until(self.tls.read, 65536)
        line, _, self.text = self.text.partition(b"\n")
        return line + b"\n"

    def command(self, text):
        """Sends a tagged command; gives the lines up to its answer."""
        self.send(self.record(b"x " + text + b"\r\n"))
        lines = [self.line()]
        while not lines[-1].startswith(b"x "):
            lines.append(self.line())
        return lines


def quoted(name):
    """A mailbox name in modified UTF-7 (RFC 3501 5.1.3), quoted."""
    out, run = "", ""

    def flush():
        return "&" + base64.b64encode(run.encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-" if run else ""

    for c in name:
        if " " <= c <= "~":
            out, run = out + flush() + ("&-" if c == "&" else c), ""
        else:
            run += c
    return '"' + out + flush() + '"'


# Debian's clients. Each gives a CompletedProcess; output is text.

def command(*arguments, stdin=None, env=None):
    return subprocess.run([str(a) for a in arguments], input=stdin, capture_output=True, encoding="utf-8", errors="replace",
                          timeout=TIMEOUT * 2,
                          env=dict(os.environ, **(env or {})))


def swaks(province, port, *more, to=BINH, mail=None):
    arguments = ["swaks", "--server", "localhost", "--port", port, "--helo", "client.songla.gov.vn", "--to", to, "--tls-verify",
                 "--tls-ca-path", province.ca]
    if mail is not None:
        arguments += ["--data", "-"]
    return command(*arguments, *more, stdin=mail)


def curl(province, url, *more, user=BINH, stdin=None):
    config = province.dir / "curl.conf"
    config.write_text(f'user = "{user}:{PASSWORD}"\n')
    return command("curl", "-sS", "--max-time", TIMEOUT, "--config", config, "--cacert", province.ca, "--url", url, *more, stdin=stdin)


def mbsync(province, store, user=BINH, patterns="*"):
    """Syncs every mailbox of `user` with the Maildirs under `store`, both ways."""
    store.mkdir(exist_ok=True)
    config = province.dir / "mbsyncrc"
    config.write_text(f"""IMAPAccount site
Host localhost
Port {province.imaps}
User {user}
Pass "{PASSWORD}"
SSLType IMAPS
SystemCertificates no
CertificateFile {province.ca}
AuthMechs LOGIN

IMAPStore far
Account site

MaildirStore near
Path {store}/
Inbox {store}/INBOX
Subfolders Verbatim

Channel all
Far :far:
Near :near:
Patterns {patterns}
Create Both
Expunge Both
SyncState *
""")
    return command("mbsync", "-c", config, "-a", env={"HOME": str(province.dir)})


def fetchmail(province, into, user=BINH):
    config = province.dir / "fetchmailrc"
    config.touch(0o600)
    config.write_text(f"""poll localhost protocol imap port {province.imaps} timeout {TIMEOUT}
  username "{user}" password "{PASSWORD}" ssl sslproto "TLS1.2+" sslcertck sslcertfile "{province.ca}"
  fetchall keep mda "cat >>{into}; printf '\\\\n=====\\\\n' >>{into}"
""")
    config.chmod(0o600)
    return command("fetchmail", "-f", config, "-v", "--nosyslog", env={"HOME": str(province.dir), "FETCHMAILHOME": str(province.dir)})
