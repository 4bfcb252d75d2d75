import type { ServerInfo, StartReceipt } from '@stagewire/shared';
import type { RandomSource } from '@stagewire/server/runtime/random';
import type { Clock } from '@stagewire/server/runtime/clock';
import { openWire, type BareWire, type Entry, type BareSubscription, type Frame } from './bare-wire.ts';
import { socketUrl } from '../terminal/socket-url.ts';
import { CheckFailed, CheckSkipped } from './expectation.ts';
import type { PlainHttp } from './plain-http.ts';

/** The context that all checks of a verification share. */
export interface VerifyContext {
  /** Of the first node. */
  readonly url: string;
  /** Of all nodes. */
  readonly urls: readonly string[];
  /** One for each node. */
  readonly https: readonly PlainHttp[];
  readonly token: string | undefined;
  readonly info: ServerInfo;
  readonly http: PlainHttp;
  readonly clock: Clock;
  readonly nowMs: () => number;
  readonly random: RandomSource;
  readonly patienceMs: number;
  /** The ids of all runs that this verification starts begin with this, except those that the server generates. */
  readonly runIdPrefix: string;
  /** The runs that the server has started. */
  readonly started: Set<string>;
  /** Recorded runs that several checks use; made on first use. */
  readonly recordings: Map<string, Promise<readonly Entry[]>>;
}

/** The tools of one check. What it opens is closed when it ends, and its runs are cancelled. */
export interface CheckTools extends AsyncDisposable {
  readonly context: VerifyContext;
  readonly info: ServerInfo;
  /** With several nodes that of the second one, so that what it reads was written at another. */
  readonly http: PlainHttp;
  newRunId(): string;
  /** Calls it when the check ends, before the connections are closed; the last one first. */
  defer(work: () => Promise<void>): void;
  newCommandId(): string;
  /** At each node in turn, unless the check is of one node. @param query e.g. `?connectionParams=1` */
  wire(query?: string): Promise<BareWire>;
  /** One connection to each node, at least two. @throws CheckSkipped if there is one node only */
  wires(): Promise<readonly [BareWire, BareWire, ...BareWire[]]>;
  /** Starts a run on a rehearsal model. */
  start(wire: BareWire, input?: RunInput): Promise<StartReceipt>;
  /** Starts a run and subscribes to it from the beginning. */
  begin(
    wire: BareWire,
    input?: RunInput,
  ): Promise<{ readonly runId: string; readonly events: BareSubscription }>;
  /** All events of a run. */
  record(input?: RunInput): Promise<readonly Entry[]>;
  /** Sends a command, with a new id unless the input has one. */
  command(
    wire: BareWire,
    path: 'runs.steer' | 'runs.redirect' | 'runs.cancel',
    input: object,
  ): Promise<Frame>;
  /** A recorded run that is made once for all checks. */
  recorded(name: string, make: (kit: CheckTools) => Promise<readonly Entry[]>): Promise<readonly Entry[]>;
}

/** The settings of a run; every field has a default. */
export interface RunInput {
  readonly task?: string;
  /** With it, `task` and `shape` have no default: they are those of the source. */
  readonly from?: { readonly runId: string; readonly stage?: number; readonly attempt?: number };
  readonly runId?: string;
  readonly owner?: string;
  /** The shape of the rehearsal, e.g. `tps=0,fault=stall@50`. */
  readonly shape?: string;
  readonly roles?: readonly string[];
  readonly maxRefinements?: number;
  readonly files?: readonly { readonly path: string; readonly text: string }[];
  readonly instructions?: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, object>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, number | string>>;
  readonly traceparent?: string;
}

/** Fast, short, and deterministic. */
const usualShape = 'ttft=0,tps=0,chars=300,reasoning=80,seed=7';

export function createVerifyKit(
  given: VerifyContext,
  { oneNode = false }: { readonly oneNode?: boolean } = {},
): CheckTools {
  // Also for kits that a check creates with it.
  const context = oneNode ? { ...given, urls: [given.url], https: [given.http] } : given;
  const { info, urls, random, clock, nowMs, patienceMs } = context;
  const http = context.https[1] ?? context.http;
  const wires: BareWire[] = [];
  const runIds: string[] = [];
  const deferred: (() => Promise<void>)[] = [];

  async function open(url: string, query = ''): Promise<BareWire> {
    const onStarted = (runId: string) => void context.started.add(runId);
    const address = socketUrl(url) + query;
    const wire = await openWire({
      url: address,
      token: context.token,
      clock,
      nowMs,
      patienceMs,
      onStarted,
    });
    wires.push(wire);
    return wire;
  }

  const kit: CheckTools = {
    context,
    info,
    http,
    newRunId: () => `${context.runIdPrefix}${random.uuid()}`,
    newCommandId: () => random.uuid(),
    defer: (work) => void deferred.push(work),
    wire: (query = '') => open(urls[wires.length % urls.length] ?? context.url, query),
    async wires() {
      const [one, other, ...more] = urls;
      if (one === undefined || other === undefined)
        throw new CheckSkipped('it needs several nodes: give the URL of each with --url');
      return [await open(one), await open(other), ...(await Promise.all(more.map((url) => open(url))))];
    },
    async start(wire, input = {}) {
      const frame = await wire.ask('mutation', 'runs.start', startInput({ runId: kit.newRunId(), ...input }));
      const receipt = dataOf(frame) as StartReceipt;
      runIds.push(receipt.runId);
      return receipt;
    },
    async begin(wire, input) {
      const { runId } = await kit.start(wire, input);
      return { runId, events: wire.subscribe('runs.events', { runId }) };
    },
    async record(input) {
      const { events } = await kit.begin(await kit.wire(), input);
      return await events.ended();
    },
    command: (wire, path, input) =>
      wire.ask('mutation', path, {
        commandId: kit.newCommandId(),
        ...(path === 'runs.steer' && { text: 'Rephrase it.' }),
        ...input,
      }),
    recorded(name, make) {
      const known = context.recordings.get(name);
      if (known !== undefined) return known;
      const made = make(kit);
      context.recordings.set(name, made);
      return made;
    },
    async [Symbol.asyncDispose]() {
      for (const runId of runIds) {
        // A run that has ended rejects the cancel, which is fine.
        await http
          .post('runs.cancel', { runId, commandId: kit.newCommandId(), target: 'run', reason: 'verified' })
          .catch(() => undefined);
      }
      // The check has its result already.
      for (const work of deferred.toReversed()) await work().catch(() => undefined);
      for (const wire of wires) wire.cut();
    },
  };
  return kit;
}

/** The input of `runs.start`. */
export function startInput(input: RunInput = {}): Record<string, unknown> {
  const { from, roles, maxRefinements, ...rest } = input;
  const preset = from === undefined ? { task: 'A queue in TypeScript', shape: usualShape } : {};
  const { shape, ...own } = { ...preset, ...rest };
  const pipeline = { ...(roles && { roles }), ...(maxRefinements !== undefined && { maxRefinements }) };
  return {
    ...own,
    ...(from !== undefined && { from }),
    ...(shape !== undefined && { models: { default: `rehearsal/${shape}` } }),
    ...(Object.keys(pipeline).length > 0 && { pipeline }),
  };
}

/** The result of a call. @throws CheckFailed if it was rejected */
export function dataOf(frame: Frame): unknown {
  if (frame.error !== undefined) {
    throw new CheckFailed(
      'an answer',
      `the error ${frame.error.data.stagewire.code}: ${frame.error.message}`,
    );
  }
  return frame.result?.data;
}
