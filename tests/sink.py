"""A mail relay for the tests: a process of its own, with its own log of what it accepted.

How it treats a message is written in the recipient's address: refuse@ is answered 550, later@ 451, cut@ is
stored and then the line goes dead before the answer, slow@ waits ten seconds. A file `down` in its folder
answers everybody with the line it holds, else with 421. The log has one JSON object a line: message_id, to,
from, bytes.
"""

from __future__ import annotations

import asyncio
import json
import sys
from email import policy
from email.parser import BytesHeaderParser
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session


class Relay:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = (folder / "accepted.jsonl").open("a", buffering=1)
        self.taken = 0

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Commands may come at once, as with any real relay, unless a file `in_turn` lies in the folder."""
        session.host_name = hostname
        if (self.folder / "in_turn").exists():
            return responses
        return [responses[0], "250-PIPELINING", *responses[1:]]

    async def handle_MAIL(  # noqa: N802  (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        down = self.folder / "down"
        if down.exists():
            return down.read_text() or "421 4.3.2 Closed for now"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("refuse"):
            return "550 5.1.1 No such person"
        if address.startswith("later"):
            return "451 4.2.1 Try again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content or b""
        message = BytesHeaderParser(policy=policy.default).parsebytes(content)
        name = f"{self.taken:06}.eml"
        self.taken += 1
        (self.folder / name).write_bytes(content)
        said = {
            "message_id": message["Message-ID"],
            "to": envelope.rcpt_tos,
            "from": envelope.mail_from,
            "bytes": len(content),
            "file": name,
        }
        self.log.write(json.dumps(said) + "\n")
        if any(address.startswith("slow") for address in envelope.rcpt_tos):
            await asyncio.sleep(10)
        if any(address.startswith("cut") for address in envelope.rcpt_tos):
            server.transport.abort()
        return "250 2.0.0 Accepted"


async def serve(folder: Path) -> None:
    loop = asyncio.get_running_loop()
    relay = Relay(folder)
    server = await loop.create_server(
        lambda: SMTP(relay, hostname="sink.test", enable_SMTPUTF8=True), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    (folder / "port.new").write_text(str(port))
    (folder / "port.new").rename(folder / "port")
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
