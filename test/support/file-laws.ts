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

/** One repair and three continuations a stage; another attempt follows a failure exactly if it says so. */
function checkCauses(events: readonly DurableEvent[]): void {
  const seen = new Map<string, number>();
  events.forEach((event, index) => {
    const where = `seq ${event.seq} (${event.type})`;
    if (event.type === 'stage.failed' && event.retryInMs === undefined) {
      const rest = events.slice(index + 1).map(({ type }) => type);
      const ends = rest.every((type) => type === 'command.dropped' || type === 'run.failed');
      assert.ok(ends, `${where}: nothing but the end follows a failure without retryInMs`);
    }
    if (event.type !== 'stage.started') return;
    const key = `${event.stage} ${event.cause}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
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
  for (const event of events) {
    if (event.type === 'stage.started' && event.format === 'json' && state !== undefined)
      given = texts(state);
    state = fold(state, event);
    if (event.type !== 'run.completed' || event.verdict !== 'approved') continue;
    const now = texts(state);
    for (const [path, text] of given) {
      assert.equal(
        now.get(path),
        text,
        `seq ${event.seq}: ${path} is as the review that approves was given it`,
      );
    }
  }
}

function texts(state: RunState): ReadonlyMap<string, string> {
  const textOf = (file: FileState) => fileText(state, file) ?? '';
  return new Map(state.files.map((file) => [file.path, textOf(file)]));
}
