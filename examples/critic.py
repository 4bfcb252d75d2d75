"""Steers every reviewer that notes a security problem to look for more of them, in all runs of a server.

    python3 examples/critic.py --cursor critic.cursor

It subscribes to the feed with server-sent events, and needs only Python's standard library. The cursor of the last
processed event is in a file: after a restart, also after kill -9, the program misses no event. The ids of its commands are
derived from what it reacts to, so an event that is processed twice has one effect.
"""

import argparse, json, os, random, signal, sys, time
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from watchdog import check_refusal, command_id, credentials, send_command, server_sent

SECURITY = ("security", "injection", "vulnerab", "xss", "csrf", "password", "secret", "credential")
INSTRUCTION = "You have named a security problem. Look for more of them in every file, and call each one a blocker."


def feed(base, cursor):
    """Yields (event, cursor) of all runs. After a lost connection it resumes after the last cursor."""
    failures = 0
    while True:
        problem = "Connection lost."
        try:
            headers = credentials() | ({"Last-Event-ID": cursor} if cursor else {})
            request = Request(f"{base}/trpc/runs.feed?{urlencode({'input': '{}'})}", headers=headers)
            # A feed without events has a ping every 25 seconds.
            with urlopen(request, timeout=60) as stream:
                print(f"Watching, after {cursor}." if cursor else "Watching.", file=sys.stderr, flush=True)
                for name, data, event_id in server_sent(stream):
                    failures = 0
                    if name == "serialized-error":
                        check_refusal(json.loads(data))
                    if name == "message":
                        yield json.loads(data), event_id
                        cursor = event_id
        except (OSError, HTTPException) as error:
            if isinstance(error, HTTPError) and error.code < 500:
                sys.exit(f"{base} is not a Stagewire server, or rejects this client: {error}")
            problem = f"No connection to {base}: {error}."
        failures += 1
        delay = random.uniform(0.5, 1) * min(60, 0.25 * 2 ** min(failures, 10))
        print(f"{problem} Retrying in {delay:.1f} s.", file=sys.stderr, flush=True)
        time.sleep(delay)


def load_cursor(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip() or None
    except FileNotFoundError:
        return None


def save_cursor(path, cursor):
    """Replaces the file: after a crash it has the former cursor or this one."""
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        file.write(cursor)
        file.flush()
        os.fsync(file.fileno())
    os.replace(f"{path}.new", path)


def steer(base, event):
    command = {
        "runId": event["runId"],
        # Once per stage, also after a restart of this program, and with two of them at once.
        "commandId": command_id("critic", event["runId"], event["stage"]),
        "text": INSTRUCTION,
        "scope": "stage",
        "expect": {"stage": event["stage"]},
    }
    answer = send_command(base, "steer", command)
    print(f"{event['runId']}, stage {event['stage']}: {answer}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cursor", default="critic.cursor")
    parser.add_argument("--url", default=os.environ.get("STAGEWIRE_URL", "http://127.0.0.1:4600"))
    options = parser.parse_args()
    # A service manager stops a program with SIGTERM. An event that is not processed yet is delivered again.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    for event, cursor in feed(options.url, load_cursor(options.cursor)):
        if event["type"] == "review.noted" and "inheritedFrom" not in event:
            if any(word in event["issue"]["message"].lower() for word in SECURITY):
                steer(options.url, event)
        save_cursor(options.cursor, cursor)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
