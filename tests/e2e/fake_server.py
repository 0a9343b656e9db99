"""An SMTP server that answers by script: the world outside in the tests of the outbound queue."""
import socket
import threading


class FakeServer:
    """Accepts what `script` does not refuse. `script(verb, argument, n)` gives a reply line, "drop" (hangs up) or None
    (the usual answer); n counts the connections from 0. Received mails stand in `mails` as (sender, recipients, bytes)."""

    def __init__(self, script=lambda verb, argument, n: None):
        self.script, self.mails, self.connections = script, [], 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.talk, args=(connection, self.connections - 1), daemon=True).start()

    def talk(self, connection, n):
        try:
            with connection, connection.makefile("rwb") as stream:  # closing flushes: it may fail as well
                self.session(stream, n)
        except OSError:
            pass

    def session(self, stream, n):
        sender, recipients = None, []

        def say(line):
            stream.write(line.encode() + b"\r\n")
            stream.flush()

        say("220 fake.vidu.vn ESMTP")
        while line := stream.readline().decode(errors="replace").strip():
            verb, _, argument = line.partition(" ")
            verb = verb.upper()
            answer = self.script(verb, argument, n)
            if answer == "drop":
                return
            if answer:
                say(answer)
            elif verb == "EHLO":
                say("250-fake.vidu.vn")
                say("250-8BITMIME")
                say("250 SMTPUTF8")
            elif verb == "MAIL":
                sender, recipients = argument[5:].split()[0].strip("<>"), []
                say("250 ok")
            elif verb == "RCPT":
                recipients.append(argument[3:].split()[0].strip("<>"))
                say("250 ok")
            elif verb == "DATA":
                say("354 go on")
                data = self.data(stream)
                answer = self.script(".", "", n)
                if answer == "drop":
                    return
                if not answer:
                    self.mails.append((sender, recipients, data))
                say(answer or "250 taken")
            elif verb == "QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")

    @staticmethod
    def data(stream):
        out = b""
        while (line := stream.readline()) != b".\r\n":
            if not line.endswith(b"\n"):
                raise ConnectionError("cut off in the content")
            assert line.endswith(b"\r\n") and line.count(b"\r") == 1, line  # what we send is clean
            out += line[1:] if line.startswith(b".") else line
        return out
