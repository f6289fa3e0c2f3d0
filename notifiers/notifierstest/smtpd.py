"""A mail server for tests: aiosmtpd on a free port of 127.0.0.1, which keeps
what it gets in a Maildir. It prints its port.

usage: smtpd.py MAILDIR [--cert FILE --key FILE] [--tls] [--user NAME] [--slow SECONDS]

With a certificate it offers STARTTLS and insists on it; with --tls it speaks TLS
from the first octet. With --user it wants that user to log in, whose password is
in SMTPD_PASSWORD. It knows every mailbox but those of nobody@ANY.
"""

import argparse
import asyncio
import os
import ssl

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import SMTP, AuthResult

flags = argparse.ArgumentParser()
flags.add_argument("maildir")
flags.add_argument("--cert")
flags.add_argument("--key")
flags.add_argument("--tls", action="store_true")
flags.add_argument("--user")
flags.add_argument("--slow", type=float, default=0)
args = flags.parse_args()


class Post(Mailbox):
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(args.slow)  # as a server that looks for viruses
        return await super().handle_DATA(server, session, envelope)


def check(server, session, envelope, mechanism, data):
    user, password = args.user.encode(), os.environ["SMTPD_PASSWORD"].encode()
    good = data.login == user and data.password == password
    return AuthResult(success=good, handled=False)  # the server says which it is


context = None
if args.cert:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(args.cert, args.key)


def connection():
    starttls = context if not args.tls else None
    return SMTP(
        Post(args.maildir),
        tls_context=starttls,
        require_starttls=starttls is not None,
        authenticator=check if args.user else None,
        auth_required=bool(args.user),
        auth_require_tls=starttls is not None,
        enable_SMTPUTF8=True,
    )


async def main():
    server = await asyncio.get_running_loop().create_server(
        connection, "127.0.0.1", 0, ssl=context if args.tls else None
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
