"""A real SMTP server (aiosmtpd) for tests: keeps what it takes in a Maildir and says, decoded, what that was.

usage: smtp_peer.py PORT MAILDIR RECEIVED.jsonl [--tls starttls|implicit --cert FILE --key FILE] [--login USER PASSWORD]
Prints the port once it listens. Addresses that begin with "nobody" get 550, "later" 450, "big" 552 after DATA.
"""
import argparse
import asyncio
import email
import email.policy
import json
import mailbox
import os
import ssl

from aiosmtpd.smtp import SMTP, AuthResult


class Keeper:
    def __init__(self, maildir, received):
        self.box = mailbox.Maildir(maildir, create=True)
        self.received = received

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 5.1.1 no such user here"
        if address.startswith("later"):
            return "450 4.2.0 greylisted, come again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if any(a.startswith("big") for a in envelope.rcpt_tos):
            return "552 5.2.2 mailbox full"
        key = self.box.add(envelope.content)
        # Read back from the Maildir and decoded by Python's own library: nothing of ours judges our encoding.
        message = email.message_from_bytes(self.box.get_bytes(key), policy=email.policy.default)
        row = {"id": message["Message-ID"], "key": message["X-Xunjian-Key"], "from": envelope.mail_from,
               "sender": message["From"], "to": envelope.rcpt_tos, "subject": message["Subject"],
               "date": message["Date"].datetime.isoformat(), "text": message.get_content().replace("\r\n", "\n"),
               "tls": session.ssl is not None,
               "login": bool(session.authenticated), "defects": [str(d) for d in message.defects]}
        with open(self.received, "a", encoding="utf-8") as out:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            out.flush()
            os.fsync(out.fileno())
        return "250 OK: kept"


async def main():
    p = argparse.ArgumentParser()
    p.add_argument("port", type=int)
    p.add_argument("maildir")
    p.add_argument("received")
    p.add_argument("--tls", choices=["starttls", "implicit"])
    p.add_argument("--cert")
    p.add_argument("--key")
    p.add_argument("--login", nargs=2)
    a = p.parse_args()
    context = None
    if a.tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(a.cert, a.key)
    keeper = Keeper(a.maildir, a.received)

    def authenticate(server, session, envelope, mechanism, data):
        good = [data.login.decode(), data.password.decode()] == a.login
        return AuthResult(success=good, handled=good)

    def connection():
        options = {"hostname": "localhost", "enable_SMTPUTF8": False}
        if a.tls == "starttls":
            options |= {"tls_context": context, "require_starttls": True}
        if a.login:
            options |= {"authenticator": authenticate, "auth_required": True, "auth_require_tls": a.tls == "starttls"}
        return SMTP(keeper, **options)

    server = await asyncio.get_running_loop().create_server(
        connection, "127.0.0.1", a.port, ssl=context if a.tls == "implicit" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
