import { fold, formatCursor, isEnding, noUsage } from '@stagewire/shared';
import type {
  RunCommand,
  DurableEvent,
  EventBody,
  FilesInput,
  InputFile,
  RunPrompt,
  RunState,
} from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { EventLog } from '../../server/log/event-log.ts';
import { filesOf } from '../../server/runs/decide/artifacts/files-of.ts';
import type { RunService, Heartbeat } from '../../server/runs/run-service.ts';
import { type Principal, allPermissions } from '../../server/identity/principal.ts';

/** Runs that do what a test says and nothing else, over a real log: for testing what stands in front of the engine. */
export interface ScriptedRuns extends RunService {
  /** Puts a run into the log, up to its coder's first token; resolves with its id. */
  begin(options?: { runId?: string; owner?: string; labels?: Record<string, string> }): Promise<string>;
  /** Appends to the run, all in one go. */
  append(runId: string, ...bodies: readonly EventBody[]): Promise<void>;
  /** Appends deltas of the coder, each as long as it is given. */
  say(runId: string, ...texts: readonly string[]): Promise<void>;
  /** Ends the coder's stage and the run. */
  finish(runId: string): Promise<void>;
  /** What `waiting` answers. */
  waitFor(runId: string, waiting: Heartbeat | undefined): void;
  /** What `prompt` answers for the attempt that it names. */
  answerPrompt(runId: string, prompt: RunPrompt): void;
  /** The next command or start is refused with this, once. */
  refuseNext(error: Error): void;
  /** The commands that came, as the router handed them over. */
  readonly commands: readonly RunCommand[];
}

const coder = { stage: 1, role: 'coder', attempt: 1 } as const;
const at = '2026-01-01T00:00:00.000Z';

export function createScriptedRuns(log: EventLog): ScriptedRuns {
  const seqs = new Map<string, number>();
  const said = new Map<string, number>();
  const waits = new Map<string, Heartbeat>();
  const prompts = new Map<string, RunPrompt>();
  const commands: RunCommand[] = [];
  let refusal: Error | undefined;
  let made = 0;

  function refuseIfAsked(): void {
    const error = refusal;
    refusal = undefined;
    if (error !== undefined) throw error;
  }

  async function append(runId: string, ...bodies: readonly EventBody[]): Promise<void> {
    const expectedSeq = seqs.get(runId) ?? 0;
    seqs.set(runId, expectedSeq + bodies.length);
    const events = bodies.map((body, index): DurableEvent => ({
      ...body,
      runId,
      seq: expectedSeq + index + 1,
      at,
    }));
    await log.append({ runId, epoch: 1, expectedSeq, events });
  }

  async function state(runId: string, principal: Principal): Promise<RunState> {
    return (await progress(runId, principal)).run;
  }

  /** The run, and what it was given; as it was at the end of an attempt, if one is named. */
  async function progress(runId: string, principal: Principal, at?: FilesInput['at']) {
    let run: RunState | undefined;
    const inputs: InputFile[] = [];
    let reached = at === undefined;
    for (const { event } of await log.read(runId, { after: 0, limit: 1_000_000 })) {
      run = fold(run, event);
      if (event.type === 'input.recorded') inputs.push({ path: event.path, text: event.text });
      reached ||= isEnding(event) && event.stage === at?.stage && event.attempt === at.attempt;
      if (reached && at !== undefined) break;
    }
    if (run !== undefined && !reached && at !== undefined) {
      throw wireErrors.ATTEMPT_NOT_FOUND.notEnded({ runId, stage: at.stage, attempt: at.attempt });
    }
    if (run !== undefined && run.owner === principal.owner) return { run, inputs };
    throw wireErrors.RUN_NOT_FOUND(runId);
  }

  async function queue(
    runId: string,
    principal: Principal,
    {
      task = 'task',
      labels = {},
    }: { task?: string | undefined; labels?: Record<string, string> | undefined },
  ): Promise<void> {
    await append(runId, {
      type: 'run.queued',
      task,
      owner: principal.owner,
      actor: principal.actor,
      pipeline: { roles: ['coder'], maxRefinements: 0 },
      instructions: {},
      models: { default: 'rehearsal' },
      limits: { maxAttemptsPerStage: 8, maxDurationMs: 60_000 },
      labels,
      digest: 'digest',
    });
  }

  function nextId(): string {
    made += 1;
    return `run_scripted${String(made).padStart(4, '0')}`;
  }

  return {
    append,
    state,
    async files({ runId, path, at }, principal) {
      const files = filesOf(await progress(runId, principal, at));
      return files.filter((file) => path === undefined || file.path === path);
    },
    prompt({ runId, stage, attempt }) {
      const prompt = prompts.get(`${runId} ${stage}.${attempt}`);
      if (prompt !== undefined) return Promise.resolve(prompt);
      throw wireErrors.ATTEMPT_NOT_FOUND.missing({ runId, stage, attempt });
    },
    delete: (runId) => Promise.reject(wireErrors.RUN_NOT_FOUND(runId)),
    commands,
    async start(input, principal) {
      refuseIfAsked();
      const runId = input.runId ?? nextId();
      await queue(runId, principal, { task: input.task, labels: input.labels });
      return { runId, cursor: formatCursor(runId, { epoch: 1, seq: 1 }) };
    },
    command(command) {
      return new Promise((resolve) => {
        refuseIfAsked();
        commands.push(command);
        const cursor = formatCursor(command.runId, { epoch: 1, seq: seqs.get(command.runId) ?? 1 });
        resolve({ commandId: command.commandId, cursor, target: coder });
      });
    },
    heartbeat: (runId) => waits.get(runId),
    async begin({ runId = nextId(), owner = 'local', labels = {} } = {}) {
      await queue(
        runId,
        { actor: { id: owner, kind: 'anonymous' }, owner, permissions: allPermissions },
        { labels },
      );
      await append(
        runId,
        { type: 'run.started' },
        { type: 'run.planned', roles: ['coder'], cause: 'start' },
        {
          type: 'stage.started',
          ...coder,
          model: 'rehearsal',
          format: 'code',
          cause: 'plan',
          commandIds: [],
          keptChars: 0,
        },
      );
      return runId;
    },
    async say(runId, ...texts) {
      let offset = said.get(runId) ?? 0;
      const bodies = texts.map((text): EventBody => {
        const body = { type: 'stage.delta', ...coder, offset, text } as const;
        offset += text.length;
        return body;
      });
      said.set(runId, offset);
      await append(runId, ...bodies);
    },
    async finish(runId) {
      const chars = said.get(runId) ?? 0;
      await append(
        runId,
        {
          type: 'stage.completed',
          ...coder,
          chars,
          finishReason: 'stop',
          usage: noUsage,
          ttftMs: 1,
          durationMs: 2,
        },
        { type: 'run.completed', verdict: 'none', usage: noUsage, durationMs: 3 },
      );
    },
    waitFor(runId, waiting) {
      if (waiting === undefined) waits.delete(runId);
      else waits.set(runId, waiting);
    },
    answerPrompt(runId, prompt) {
      prompts.set(`${runId} ${prompt.stage}.${prompt.attempt}`, prompt);
    },
    refuseNext(error) {
      refusal = error;
    },
  };
}
