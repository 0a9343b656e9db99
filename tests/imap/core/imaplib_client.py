"""A second opinion on the live server: Python's imaplib over STARTTLS and implicit TLS. Arguments: port, TLS port, CA file."""
import base64
import hashlib
import hmac
import imaplib
import ssl
import sys
import threading

PORT, TLS_PORT, CA = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
USER, PASSWORD = "an@songla.gov.vn", "mat khau 1"
CONTEXT = ssl.create_default_context(cafile=CA)
MAIL = "From: Người Ví dụ <an@songla.gov.vn>\r\nSubject: thử\r\n\r\nchào\r\n".encode()


def check(condition, what):
    if not condition:
        sys.exit(f"imaplib: {what}")


def scram(password):
    state = {}

    def answer(challenge):
        if "bare" not in state:
            state["bare"] = f"n={USER},r=abcdefgh"
            return ("n,," + state["bare"]).encode()
        text = challenge.decode()
        if text.startswith("v="):
            check(base64.b64decode(text[2:]) == state["server"], "the server's SCRAM signature")
            return b""
        fields = dict(f.split("=", 1) for f in text.split(","))
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(fields["s"]), int(fields["i"]))
        key = hmac.digest(salted, b"Client Key", "sha256")
        without = f"c=biws,r={fields['r']}"
        message = f"{state['bare']},{text},{without}".encode()
        signature = hmac.digest(hashlib.sha256(key).digest(), message, "sha256")
        state["server"] = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), message, "sha256")
        proof = bytes(a ^ b for a, b in zip(key, signature))
        return f"{without},p={base64.b64encode(proof).decode()}".encode()

    return answer


def tls():
    return imaplib.IMAP4_SSL("localhost", TLS_PORT, ssl_context=CONTEXT)


def starttls_and_append():
    c = imaplib.IMAP4("localhost", PORT)
    c.starttls(CONTEXT)
    check("LOGINDISABLED" not in c.capabilities, "LOGINDISABLED after STARTTLS")
    c.login(USER, PASSWORD)
    check(c.create('"Cong van"')[0] == "OK", "CREATE")
    check(c.append('"Cong van"', "(\\Seen $Label)", None, MAIL)[0] == "OK", "APPEND")
    check(c.select('"Cong van"')[1] == [b"1"], "SELECT")
    check(c.status('"Cong van"', "(MESSAGES UIDNEXT)")[1][0].endswith(b"(MESSAGES 1 UIDNEXT 2)"), "STATUS")
    kind, data = c.fetch("1", "(BODY.PEEK[] FLAGS)")
    check(kind == "OK" and data[0][1] == MAIL, f"BODY[] is what was appended: {data}")
    check(any(b'"Cong van"' in line for line in c.list()[1]), "LIST")
    c.unselect()
    check(c.delete('"Cong van"')[0] == "OK", "DELETE")
    c.logout()


def scram_and_wrong_password():
    c = tls()
    try:
        c.authenticate("SCRAM-SHA-256", scram("wrong"))
        check(False, "a wrong password was taken")
    except imaplib.IMAP4.error as e:
        check("AUTHENTICATIONFAILED" in str(e), str(e))
    c.authenticate("SCRAM-SHA-256", scram(PASSWORD))
    check(c.select("INBOX")[0] == "OK", "SELECT after SCRAM")
    c.logout()
    c = tls()
    c.authenticate("PLAIN", lambda _: f"\0{USER}\0{PASSWORD}".encode())
    c.logout()


def idle_is_woken():
    waiting, other = tls(), tls()
    for c in (waiting, other):
        c.login(USER, PASSWORD)
    waiting.select("INBOX")
    waiting.send(b"i1 IDLE\r\n")
    check(waiting.readline().startswith(b"+ "), "IDLE continuation")
    timer = threading.Timer(10, waiting.sock.close)
    timer.start()
    check(other.append("INBOX", None, None, MAIL)[0] == "OK", "APPEND")
    check(waiting.readline() == b"* 1 EXISTS\r\n", "EXISTS in IDLE")
    waiting.send(b"DONE\r\n")
    check(waiting.readline().startswith(b"i1 OK"), "the end of IDLE")
    timer.cancel()
    for c in (waiting, other):
        c.logout()


starttls_and_append()
scram_and_wrong_password()
idle_is_woken()
print("imaplib: ok")
