import assert from 'node:assert/strict';
import {
  fold,
  isEnding,
  type DurableEvent,
  type EventOf,
  type FileState,
  type RunState,
} from '@stagewire/shared';
import { fileText } from '@stagewire/shared/text/file-text';

type Artifact = EventOf<'artifact.recorded' | 'artifact.removed' | 'artifact.skipped'>;

/**
 * What PROTOCOL.md promises of files, of attempts that follow from them, and of the verdict: checked over a whole log.
 *
 * @throws AssertionError that names the law and the seq at which it is broken.
 */
export function checkFiles(events: readonly DurableEvent[]): void {
  checkArtifacts(events);
  checkCauses(events);
  checkVerdict(events);
}

/** Files are recorded directly before an ending after which the text stands, and only there. */
function checkArtifacts(events: readonly DurableEvent[]): void {
  let artifacts: Artifact[] = [];
  let state: RunState | undefined;
  events.forEach((event, index) => {
    const where = `seq ${event.seq} (${event.type})`;
    if (isArtifact(event)) {
      const stage = state?.stages.at(-1);
      const attempt = stage?.attempts.at(-1)?.attempt;
      assert.equal(event.stage, stage?.stage, `${where}: it is of the open stage`);
      const isOlder =
        event.type === 'artifact.recorded' && event.elided === true && event.attempt < (attempt ?? 0);
      assert.ok(event.attempt === attempt || isOlder, `${where}: it is of the open attempt`);
      artifacts.push(event);
    } else if (artifacts.length > 0 && event.type !== 'review.recorded') {
      assert.ok(isEnding(event) && mayRecord(event, events[index + 1]), `${where}: files come before it`);
      artifacts = [];
    }
    state = fold(state, event);
  });
}

function isArtifact(event: DurableEvent): event is Artifact {
  return event.type.startsWith('artifact.');
}

function mayRecord(ending: DurableEvent, next: DurableEvent | undefined): boolean {
  switch (ending.type) {
    case 'stage.completed':
    case 'stage.cancelled':
      return true;
    case 'stage.interrupted':
      if (ending.cause === 'crash') return next?.type === 'command.applied';
      return ending.cause === 'redirect';
    case 'stage.failed': {
      const { code, reason } = ending.failure;
      const isRepaired =
        ending.retryInMs === 0 && ['no_file', 'file_open', 'file_elided'].includes(reason ?? '');
      return code === 'LIMIT_REACHED' || isRepaired;
    }
    default:
      return false;
  }
}

/** The failures of one stage by code or reason: the limits of A21, and the one that ends the run. */
const mostFailures: Readonly<Record<string, number>> = {
  OUTPUT_INVALID: 3,
  CONTEXT_TOO_LONG: 1,
  output_limit: 2,
};

/** One repair and three continuations a stage; another attempt follows a failure exactly if it says so. */
function checkCauses(events: readonly DurableEvent[]): void {
  const seen = new Map<string, number>();
  const [queued] = events;
  const maxAttempts = queued?.type === 'run.queued' ? queued.limits.maxAttemptsPerStage : 0;
  const count = (key: string) => {
    seen.set(key, (seen.get(key) ?? 0) + 1);
    return seen.get(key) ?? 0;
  };
  events.forEach((event, index) => {
    const where = `seq ${event.seq} (${event.type})`;
    if (event.type === 'stage.failed' && event.retryInMs === undefined) {
      const rest = events.slice(index + 1).map(({ type }) => type);
      const ends = rest.every((type) => type === 'command.dropped' || type === 'run.failed');
      assert.ok(ends, `${where}: nothing but the end follows a failure without retryInMs`);
    }
    if (event.type === 'stage.failed') {
      for (const kind of [event.failure.code, event.failure.reason ?? '']) {
        const most = mostFailures[kind] ?? Infinity;
        assert.ok(count(`${event.stage} ${kind}`) <= most, `${where}: ${kind} at most ${most} times a stage`);
      }
    }
    if (event.type !== 'stage.started') return;
    if (event.cause !== 'resume' && event.cause !== 'continue') {
      const counted = count(`${event.stage}`);
      assert.ok(counted <= maxAttempts, `${where}: at most ${maxAttempts} attempts that count`);
    }
    const key = `${event.stage} ${event.cause}`;
    count(key);
    const most = { repair: 1, continue: 3 }[event.cause as string] ?? Infinity;
    assert.ok((seen.get(key) ?? 0) <= most, `${where}: ${event.cause} at most ${most} times a stage`);
    const before = events[index - 1];
    const isCut = before?.type === 'stage.interrupted' && before.cause === 'length';
    assert.equal(
      event.cause === 'continue',
      isCut,
      `${where}: continue follows a text cut by length, at once`,
    );
  });
}

/** An approval at the end is about the files that there are at the end. */
function checkVerdict(events: readonly DurableEvent[]): void {
  let state: RunState | undefined;
  let given: ReadonlyMap<string, string> = new Map();
  let approved: ReadonlyMap<string, string> | undefined;
  for (const event of events) {
    if (event.type === 'stage.started' && event.attempt === 1) {
      if (event.role === 'coder' || event.role === 'refiner') approved = undefined;
      if (event.format === 'json' && state !== undefined) given = texts(state);
    }
    if (event.type === 'review.recorded') approved = event.verdict === 'approved' ? given : undefined;
    state = fold(state, event);
    if (event.type !== 'run.completed' || event.verdict !== 'approved') continue;
    assert.ok(
      approved !== undefined,
      `seq ${event.seq}: the latest review approves, and no code came after it`,
    );
    const now = texts(state);
    for (const [path, text] of approved) {
      assert.equal(
        now.get(path),
        text,
        `seq ${event.seq}: ${path} is as the review that approves was given it`,
      );
    }
  }
}

function texts(state: RunState): ReadonlyMap<string, string> {
  // Context files have one text for ever; what takes the place of one is of a stage.
  const textOf = (file: FileState) => fileText(state, file) ?? '';
  return new Map(state.files.map((file) => [file.path, textOf(file)]));
}
