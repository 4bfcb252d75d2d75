import type { DurableEvent, Role, RunState, StartInput } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { createMemoryLog } from '../../server/log/memory.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { startComposedServer, type ComposedServer } from './composed-server.ts';
import { principal } from './engine.ts';
import { createProviderServer, type ProviderServer, type SeenRequest } from './provider-server.ts';
import { tokensOf, type ProviderScript } from './provider-script.ts';
import { until as untilTrue } from './until.ts';

/** What a model answers: its text as lines that end with a line end each, its text as it is, or more than a text. */
export type CrewAnswer =
  readonly string[] | string | { readonly cut: string } | { readonly hold: string } | ProviderScript;

/** One input: what each role answers, and what is right, written down from the brief before it was played. */
export interface CrewCase {
  readonly title: string;
  readonly roles?: readonly Role[];
  readonly maxRefinements?: number;
  readonly attempts?: number;
  readonly files?: Readonly<Record<string, string>>;
  /** @default compatible */
  readonly provider?: 'compatible' | 'openai' | 'anthropic';
  /** By role, one an attempt; the last one again and again. Roles that are left out answer plainly. */
  readonly answers: Partial<Readonly<Record<Role, readonly CrewAnswer[]>>>;
  readonly right: RightValue;
}

export interface RightValue {
  /** All files of the result, whole; lists are lines. */
  readonly files?: Readonly<Record<string, string | readonly string[]>>;
  /** Paths of the result in alphabetical order. */
  readonly paths?: readonly string[];
  /** `reason path` of blocks that the run says it passed over; others may be there too. */
  readonly skipped?: readonly string[];
  readonly status?: RunState['status'];
  readonly verdict?: string;
  /** The run's verdict is none of approval. */
  readonly isNotApproved?: true;
  readonly stages?: readonly Role[];
  /** Calls of the model by role. */
  readonly calls?: Partial<Readonly<Record<Role, number>>>;
  /** `severity message` of the issues of the last review that has any. */
  readonly issues?: readonly string[];
  /** By `role@n`, the n-th call of the role. */
  readonly promptHas?: Readonly<Record<string, readonly string[]>>;
  readonly promptLacks?: Readonly<Record<string, readonly string[]>>;
  readonly failure?: string;
  readonly finishReason?: string;
}

const plainAnswers: Readonly<Record<Role, string>> = {
  architect: '# Design\n\nOne module.\n',
  coder: '```ts src/a.ts\nexport const a = 1;\n```\n',
  reviewer: '{"issues": [], "verdict": "approved"}',
  refiner: '```ts src/a.ts\nexport const a = 2;\n```\n',
  tester: '```ts test/a.test.ts\nok();\n```\n',
  documenter: '# Read me\n',
};

/** The real server and its real model clients, over a model server on the loopback that plays the cases. */
export interface CrewServer extends AsyncDisposable {
  readonly server: ComposedServer;
  /** Ends the server in the middle of everything, and starts another one over the same log. */
  restart(): Promise<void>;
  readonly models: ProviderServer;
  start(one: CrewCase): Promise<string>;
  end(runId: string): Promise<CrewRun>;
  until(runId: string, isSo: (state: RunState) => boolean): Promise<RunState>;
}

/** How a run has gone. */
export interface CrewRun {
  readonly state: RunState;
  readonly events: readonly DurableEvent[];
  readonly files: Readonly<Record<string, string>>;
}

export async function startCrewServer(): Promise<CrewServer> {
  const cases = new Map<string, CrewCase>();
  const asked = new Map<string, number>();
  const models = await createProviderServer({
    answer(request) {
      const [id = ''] = modelOf(request).split('~');
      const role = roleOf(request);
      const answers = cases.get(id)?.answers[role] ?? [plainAnswers[role]];
      const count = asked.get(modelOf(request)) ?? 0;
      asked.set(modelOf(request), count + 1);
      return scriptOf(answers[Math.min(count, answers.length - 1)] ?? '');
    },
  });
  const log = createMemoryLog({ clock: systemClock });
  const startServer = () =>
    startComposedServer({
      // A server closes its log; the next one goes on with this one.
      log: { ...log, close: async () => {} },
      env: {
        COMPATIBLE_BASE_URL: models.baseUrl('chat'),
        OPENAI_API_KEY: 'sk-not-a-key',
        OPENAI_BASE_URL: models.baseUrl('responses'),
        ANTHROPIC_API_KEY: 'sk-ant-not-a-key',
        ANTHROPIC_BASE_URL: models.baseUrl('messages'),
      },
      runs: { retryBaseMs: 1 },
    });
  let server = await startServer();
  const until: CrewServer['until'] = async (runId, isSo) => {
    let state = await server.supervisor.state(runId, principal);
    const isThere = async () => isSo((state = await server.supervisor.state(runId, principal)));
    await untilTrue(isThere, () => `the run to get there: ${JSON.stringify(state)}`, { timeoutMs: 20_000 });
    return state;
  };
  return {
    get server() {
      return server;
    },
    async restart() {
      await server[Symbol.asyncDispose]();
      server = await startServer();
    },
    models,
    until,
    async start(one) {
      const id = `case${cases.size}`;
      cases.set(id, one);
      const { runId } = await server.supervisor.start(startInput(one, id), principal);
      return runId;
    },
    async end(runId) {
      const state = await until(runId, ({ status }) => ['completed', 'failed', 'cancelled'].includes(status));
      const entries = await server.log.read(runId, { after: 0, limit: 1_000_000 });
      const files = await server.supervisor.files({ runId }, principal);
      return {
        state,
        events: entries.map(({ event }) => event),
        files: Object.fromEntries(files.map(({ path, text }) => [path, text])),
      };
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await models[Symbol.asyncDispose]();
      await log.close();
    },
  };
}

function startInput(one: CrewCase, id: string): StartInput {
  const { roles = ['coder'], maxRefinements = 1, attempts, provider = 'compatible' } = one;
  const models = Object.fromEntries(
    Object.keys(plainAnswers).map((role) => [role, `${provider}/${id}~${role}`]),
  );
  return {
    task: 'A small queue.',
    models: { default: `${provider}/${id}~coder`, ...models },
    pipeline: { roles: [...roles], maxRefinements },
    ...(attempts === undefined ? {} : { limits: { maxAttemptsPerStage: attempts } }),
    ...(one.files === undefined
      ? {}
      : { files: Object.entries(one.files).map(([path, text]) => ({ path, text })) }),
  };
}

function scriptOf(answer: CrewAnswer): ProviderScript {
  if (typeof answer === 'string') return { tokens: tokensOf(answer) };
  if (isLines(answer)) return { tokens: tokensOf(textOf(answer)) };
  if ('cut' in answer) return { tokens: tokensOf(answer.cut), finish: 'length' };
  if (!('hold' in answer)) return answer;
  const tokens = tokensOf(answer.hold);
  return { tokens, fault: { kind: 'stall', afterDeltas: tokens.length } };
}

function isLines(answer: CrewAnswer | string): answer is readonly string[] {
  return Array.isArray(answer);
}

/** Lines, each with its line end; a text as it is. */
function textOf(text: string | readonly string[]): string {
  return typeof text === 'string' ? text : text.map((line) => `${line}\n`).join('');
}

/** Plays every case, each as a test of its own. */
export function testCases(crew: () => CrewServer, cases: readonly CrewCase[]): void {
  test.each(cases)('$title', async (one) => {
    const from = crew().models.requests.length;
    const run = await crew().end(await crew().start(one));
    const requests = crew().models.requests.slice(from);
    expect(foundOf(one.right, run, requests)).toEqual(rightOf(one.right));
    expectPrompts(one.right, requests);
  });
}

/** What `right` speaks about, as it is in the run. */
function foundOf(right: RightValue, run: CrewRun, requests: readonly SeenRequest[]): object {
  const { state, events, files } = run;
  const skips = events.flatMap((event) =>
    event.type === 'artifact.skipped' ? [[event.reason, event.path].filter(Boolean).join(' ')] : [],
  );
  const reviews = events.flatMap((event) => (event.type === 'review.recorded' ? [event] : []));
  const ended = events.findLast((event) => event.type === 'stage.completed');
  const found: Readonly<Record<keyof RightValue, unknown>> = {
    files,
    paths: Object.keys(files).sort(),
    skipped: (right.skipped ?? []).filter((it) => skips.includes(it)),
    status: state.status,
    verdict: state.verdict,
    isNotApproved: state.verdict !== 'approved',
    stages: state.stages.map(({ role }) => role),
    calls: Object.fromEntries(
      Object.keys(right.calls ?? {}).map((role) => [
        role,
        requests.filter((it) => roleOf(it) === role).length,
      ]),
    ),
    issues: reviews
      .findLast(({ issues }) => issues.length > 0)
      ?.issues.map(({ severity, message }) => `${severity} ${message}`),
    promptHas: right.promptHas,
    promptLacks: right.promptLacks,
    failure: state.failure?.code,
    finishReason: ended?.finishReason,
  };
  return Object.fromEntries(Object.entries(found).filter(([key]) => key in right));
}

function rightOf(right: RightValue): object {
  const files = Object.entries(right.files ?? {}).map(([path, text]) => [path, textOf(text)] as const);
  const paths = right.paths?.toSorted();
  return { ...right, ...(right.files && { files: Object.fromEntries(files) }), ...(paths && { paths }) };
}

function expectPrompts(right: RightValue, requests: readonly SeenRequest[]): void {
  const promptOf = (who: string) => {
    const [role, count = '1'] = who.split('@');
    const request = requests.filter((it) => roleOf(it) === role)[Number(count) - 1];
    if (request === undefined) throw new Error(`${who} was not asked`);
    const { messages, input, system, instructions } = request.body;
    return textsIn([system, instructions, messages ?? input]).join('\n');
  };
  for (const [who, texts] of Object.entries(right.promptHas ?? {}))
    for (const text of texts) expect(promptOf(who)).toContain(text);
  for (const [who, texts] of Object.entries(right.promptLacks ?? {}))
    for (const text of texts) expect(promptOf(who)).not.toContain(text);
}

/** All texts in a part of a request, in order. */
function textsIn(part: unknown): string[] {
  if (typeof part === 'string') return [part];
  if (typeof part !== 'object' || part === null) return [];
  return Object.values(part).flatMap(textsIn);
}

function modelOf(request: SeenRequest): string {
  return String(request.body['model']);
}

function roleOf(request: SeenRequest): Role {
  return modelOf(request).split('~')[1] as Role;
}
