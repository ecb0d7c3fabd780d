"""Writes what of the client is written from the domain. It needs the house and ruff; the client needs neither."""

from interfaces.client.generator.written import CLIENT, written

for name, text in written().items():
    (CLIENT / name).write_text(text, "utf-8")
