"""Runs a program in a pseudo-terminal. Standard input is what is typed; lines on descriptor 3, "columns rows", are sizes."""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios


def resize(terminal, columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def main():
    columns, rows = int(sys.argv[1]), int(sys.argv[2])
    child, terminal = pty.fork()
    if child == 0:
        os.close(3)
        resize(0, columns, rows)
        os.execvp(sys.argv[3], sys.argv[3:])
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGKILL))
    sources = [terminal, 0, 3]
    while True:
        ready, _, _ = select.select(sources, [], [])
        for source in ready:
            try:
                data = os.read(source, 65536)
            except OSError:  # Linux reports the end of a pseudo-terminal as an error.
                data = b""
            if not data:
                sources.remove(source)
                if source == 0:
                    os.kill(child, signal.SIGKILL)
            elif source == terminal:
                os.write(1, data)
            elif source == 0:
                os.write(terminal, data)
            else:
                resize(terminal, *map(int, data.split()[-2:]))
        if terminal not in sources:
            break
    _, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status) % 256)


main()
