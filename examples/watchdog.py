"""Subscribes to a Stagewire run and cancels every stage that writes too much or repeats itself.

    python3 examples/watchdog.py run_… --max-chars 20000

It needs only Python's standard library: server-sent events to subscribe, POST to cancel. STAGEWIRE_TOKEN is its access
key, if the server requires authentication.
"""

import argparse, hashlib, json, os, random, sys, time
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen


def events(base, run_id):
    """Yields the run's events, each once: after a lost connection it resumes after the last cursor."""
    query = urlencode({"input": json.dumps({"runId": run_id, "include": {"reasoning": False}})})
    cursor, failures = None, 0
    while True:
        try:
            headers = credentials() | ({"Last-Event-ID": cursor} if cursor else {})
            request = Request(f"{base}/trpc/runs.events?{query}", headers=headers)
            # A live run sends a heartbeat every few seconds: after ten seconds of silence the connection is dead.
            with urlopen(request, timeout=10) as stream:
                for name, data, event_id in server_sent(stream):
                    if name == "return":  # the run has ended, and its events are complete
                        return
                    if name == "serialized-error":
                        check_refusal(json.loads(data))
                    if name == "message":
                        yield json.loads(data)
                        cursor, failures = event_id, 0
        except (OSError, HTTPException) as error:
            if isinstance(error, HTTPError) and error.code < 500:
                sys.exit(f"{base} is not a Stagewire server, or rejects this client: {error}")
        lost = f"Connection lost; resuming after {cursor}." if cursor else f"No answer from {base}; retrying."
        print(lost, file=sys.stderr, flush=True)
        failures += 1
        time.sleep(random.uniform(0.05, min(10, 0.25 * 2**failures)))


def credentials():
    """The header that authenticates this program; none on a server without authentication."""
    token = os.environ.get("STAGEWIRE_TOKEN")
    return {"Authorization": f"Bearer {token}"} if token else {}


def server_sent(stream):
    """Parses a stream into (name, data, id); an incomplete last event is dropped."""
    name, data, event_id = "message", "", None
    for line in stream:
        field, _, value = line.decode("utf-8", "replace").rstrip("\r\n").partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data += value
        elif field == "id":
            event_id = value
        elif field == "":
            if data or name != "message":
                yield name, data, event_id
            name, data, event_id = "message", "", None


def check_refusal(error):
    if not error["data"]["stagewire"]["retryable"]:
        sys.exit(f"The server rejects the request: {error['message']}")


def command_id(*reason):
    """A UUID derived from the reason of a command. The same reason gives the same command, which takes effect once."""
    digest = hashlib.sha256(" ".join(map(str, reason)).encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-8{digest[12:15]}-8{digest[15:18]}-{digest[18:30]}"


def send_command(base, kind, command):
    """Sends a command until it is accepted or rejected permanently. Its id makes retries safe."""
    headers = credentials() | {"content-type": "application/json"}
    request = Request(f"{base}/trpc/runs.{kind}", json.dumps(command).encode(), headers)
    for _ in range(10):
        try:
            urlopen(request, timeout=10).close()
            return "accepted"
        except HTTPError as error:
            if error.code < 500 and error.code != 429:  # most likely the stage has ended already
                return f"rejected: {json.load(error)['error']['message']}"
        except (OSError, HTTPException):
            pass  # the outcome is unknown, so the command is sent again
        time.sleep(random.uniform(0.1, 1))
    return "no answer from the server"


def cancel_stage(base, event, reason):
    """Cancels the attempt of `event`, and no other, once."""
    expect = {"stage": event["stage"], "attempt": event["attempt"]}
    identity = command_id("watchdog.py", event["runId"], event["stage"], event["attempt"])
    command = {"runId": event["runId"], "commandId": identity, "target": "stage", "expect": expect, "reason": reason}
    answer = send_command(base, "cancel", command)
    return f"cancelled: {reason}" if answer == "accepted" else f"not cancelled: {answer.removeprefix('rejected: ')}"


def complaint(text, max_chars, times=4, length=80):
    """Returns what is wrong with a text. It is UTF-16, as the protocol counts chars: two bytes for each."""
    if len(text) > 2 * max_chars:
        return f"more than {max_chars} characters"
    tail = text[-2 * length :]
    if len(text) > 2 * length * times and text.count(tail) >= times:
        return f"its last {length} characters for the {times}th time"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run_id")
    parser.add_argument("--max-chars", type=int, default=20_000)
    parser.add_argument("--url", default=os.environ.get("STAGEWIRE_URL", "http://127.0.0.1:4600"))
    options = parser.parse_args()
    text, complained = b"", False
    for event in events(options.url, options.run_id):
        if event["type"] == "stage.started":
            text, complained = text[: 2 * event["keptChars"]], False
            print(f"stage {event['stage']}, {event['role']}, attempt {event['attempt']}", flush=True)
        elif event["type"] == "stage.delta":
            text = text[: 2 * event["offset"]] + event["text"].encode("utf-16-le", "surrogatepass")
            reason = None if complained else complaint(text, options.max_chars)
            if reason:
                complained = True
                print(f"  {cancel_stage(options.url, event, reason)}", flush=True)
        elif event["type"] in ("run.completed", "run.failed", "run.cancelled"):
            print(f"{event['runId']}: {event['type']}, seq {event['seq']}", flush=True)


if __name__ == "__main__":
    main()
