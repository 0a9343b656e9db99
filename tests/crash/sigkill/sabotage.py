"""Damage that a sound server never does, done behind the model's back between the restart and the check: the run has to end with 1.
Proves that the harness would see it."""
import wire
from province import PASSWORD


def act(site, kind):
    """On the first account that has messages; with none there it waits for a later round."""
    for account in site.accounts:
        boxes = [n for n, b in account.boxes.items() if b.rows]
        if boxes:
            imap = wire.Imap(site.province.imap, account.address, PASSWORD)
            KINDS[kind](imap, boxes[0].encode(), min(account.boxes[boxes[0]].rows))
            imap.close()
            return


def lose(imap, box, uid):
    imap.do(b'SELECT "%s"' % box)
    imap.do(b"UID STORE %d +FLAGS (\\Deleted)" % uid)
    imap.do(b"UID EXPUNGE %d" % uid)


def flag(imap, box, uid):
    imap.do(b'SELECT "%s"' % box)
    imap.do(b"UID STORE %d +FLAGS (Pha-hoai)" % uid)


def half_move(imap, box, uid):
    imap.do(b'SELECT "%s"' % box)
    imap.do(b"UID COPY %d %s" % (uid, b"INBOX" if box != b"INBOX" else b"Chung"))


def mailbox(imap, box, uid):
    imap.do(b'CREATE "h0-pha-hoai"')


def stranger(imap, box, uid):
    data = b"X-Token: tka9n9h0\r\n\r\nkhong ai gui\r\n"
    imap.do(b"APPEND Chung {%d+}\r\n%s" % (len(data), data))


REPORTED = {"lose": "is lost", "flag": "Pha-hoai", "half-move": "should not be there", "mailbox": "mailbox h0-pha-hoai should not be there",
            "stranger": "tka9n9h0 should not be there"}
KINDS = {"lose": lose, "flag": flag, "half-move": half_move, "mailbox": mailbox, "stranger": stranger}
