"""Watches a Stagewire run and cancels every stage that writes too much or repeats itself.

    python3 examples/watchdog.py run_… --max-chars 20000

Python's standard library is all it needs: server-sent events to follow, POST to cancel.
"""

import argparse, json, os, random, sys, time, uuid
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen


def events(base, run_id):
    """The run's events, each once: after a lost connection they go on behind the last cursor."""
    query = urlencode({"input": json.dumps({"runId": run_id, "include": {"reasoning": False}})})
    cursor, failures = None, 0
    while True:
        try:
            request = Request(f"{base}/trpc/runs.events?{query}", headers={"Last-Event-ID": cursor} if cursor else {})
            # A live run is never silent for longer than its heartbeat: ten quiet seconds are a dead connection.
            with urlopen(request, timeout=10) as stream:
                for name, data, event_id in server_sent(stream):
                    if name == "return":  # the run has ended, and this was all
                        return
                    if name == "serialized-error":
                        check_refusal(json.loads(data))
                    if name == "message":
                        yield json.loads(data)
                        cursor, failures = event_id, 0
        except (OSError, HTTPException) as error:
            if isinstance(error, HTTPError) and error.code < 500:
                sys.exit(f"{base} is no Stagewire server, or does not let us in: {error}")
        lost = f"The connection was lost; going on behind {cursor}." if cursor else f"No answer from {base}; asking again."
        print(lost, file=sys.stderr, flush=True)
        failures += 1
        time.sleep(random.uniform(0.05, min(10, 0.25 * 2**failures)))


def server_sent(stream):
    """What a stream says, as (name, data, id); an event that was cut off is left out."""
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
        sys.exit(f"The server refuses: {error['message']}")


def cancel_stage(base, event, reason):
    """Cancels the attempt that `event` is of, and no other. The command's id makes it safe to send it again."""
    expect = {"stage": event["stage"], "attempt": event["attempt"]}
    command = {"runId": event["runId"], "commandId": str(uuid.uuid4()), "target": "stage", "expect": expect, "reason": reason}
    request = Request(f"{base}/trpc/runs.cancel", json.dumps(command).encode(), {"content-type": "application/json"})
    for _ in range(10):
        try:
            urlopen(request, timeout=10).close()
            return f"cancelled: {reason}"
        except HTTPError as error:
            if error.code < 500:  # most likely it has ended by itself
                return f"not cancelled: {json.load(error)['error']['message']}"
        except (OSError, HTTPException):
            pass  # whether it arrived is not known, so it is sent again
        time.sleep(random.uniform(0.1, 1))
    return "not cancelled: the server does not answer"


def complaint(text, max_chars, times=4, length=80):
    """What is wrong with a text, which is kept in UTF-16: two bytes for each of the protocol's characters."""
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
