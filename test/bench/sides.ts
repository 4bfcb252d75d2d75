import { openLeanSocket, type LeanSocket, type LeanTarget } from './lean-socket.ts';
import type { MeasuredProcess } from './measured-process.ts';
import { tokenChars, type TokenProvider, type TokenStream } from './token-provider.ts';

/** Called for every message with text: the token it begins with, and how many it has. */
export type OnTokens = (first: number, count: number) => void;

/** One answer on its way through a server to its followers. */
export interface Flow {
  readonly stream: TokenStream;
  readonly followers: readonly LeanSocket[];
  /** Empty for the bare pipe. */
  readonly runId: string;
  /** Stops it: the run is cancelled, the pipe aborted. Resolves when the provider's connection is closed. */
  cancel(): Promise<number>;
  /** Asks for it anew: a steer, or abort and start again. Resolves with the next request at the provider. */
  restart(): Promise<TokenStream>;
  close(): void;
}

/** A server under test, ours or the baseline, driven in the same way. */
export interface Side {
  readonly name: 'stagewire' | 'bare';
  readonly process: MeasuredProcess;
  /** Where its followers connect. */
  readonly target: LeanTarget;
  /** Starts an answer and follows it; resolves when its request is at the provider. */
  open(model: string, onTokens: readonly OnTokens[]): Promise<Flow>;
}

export function createBareSide(process: MeasuredProcess, provider: TokenProvider): Side {
  return {
    name: 'bare',
    process,
    target: process,
    async open(model, onTokens) {
      const followers = await Promise.all(
        onTokens.map((heard) =>
          openLeanSocket(process.port, `/?model=${model}`, (text) => {
            const message = JSON.parse(text) as { offset: number; text: string };
            heard(message.offset / tokenChars, message.text.length / tokenChars);
          }),
        ),
      );
      followers[0]?.send('start');
      let stream = await provider.next(model);
      const opened = stream;
      return {
        stream: opened,
        followers,
        runId: '',
        cancel() {
          followers[0]?.send('abort');
          return stream.closed;
        },
        async restart() {
          followers[0]?.send('start');
          stream = await provider.next(model);
          return stream;
        },
        close() {
          for (const socket of followers) socket.close();
        },
      };
    },
  };
}

/** @param target As its followers authenticate. @default without a token */
export function createStagewireSide(
  process: MeasuredProcess,
  provider: TokenProvider,
  target: LeanTarget = process,
): Side {
  return {
    name: 'stagewire',
    process,
    target,
    async open(model, onTokens) {
      const caller = await openCaller(target);
      const { runId } = (await caller.call('runs.start', {
        task: 'bench',
        models: { default: `compatible/${model}` },
        pipeline: { roles: ['architect'] },
      })) as { runId: string };
      let stream = await provider.next(model);
      const followers = await Promise.all(onTokens.map((heard) => followRun(target, runId, heard)));
      const command = (path: string, more: object) =>
        caller.call(path, { runId, commandId: crypto.randomUUID(), ...more });
      const opened = stream;
      return {
        stream: opened,
        followers,
        runId,
        cancel() {
          void command('runs.cancel', { target: 'run' });
          return stream.closed;
        },
        async restart() {
          void command('runs.steer', { text: 'again', expect: 'any' });
          stream = await provider.next(model);
          return stream;
        },
        close() {
          for (const socket of followers) socket.close();
          caller.socket.close();
        },
      };
    },
  };
}

/** What a follower needs to know of an event. */
export interface HeardEvent {
  readonly type: string;
  readonly seq: number;
  readonly firstSeq?: number;
  readonly offset: number;
  readonly text: string;
}

interface DataFrame {
  readonly result?: { readonly data?: { readonly data?: HeardEvent } };
  readonly error?: { readonly message: string };
}

/** Follows a run from its beginning. */
export async function followRun(
  target: number | LeanTarget,
  runId: string,
  heard: OnTokens,
  onEvent?: (event: HeardEvent) => void,
): Promise<LeanSocket> {
  const socket = await openLeanSocket(target, '/trpc', (text) => {
    const frame = JSON.parse(text) as DataFrame;
    if (frame.error !== undefined) throw new Error(frame.error.message);
    const event = frame.result?.data?.data;
    if (event !== undefined) onEvent?.(event);
    if (event?.type === 'stage.delta') heard(event.offset / tokenChars, event.text.length / tokenChars);
  });
  const params = { path: 'runs.events', input: { runId } };
  socket.send(JSON.stringify({ id: 1, method: 'subscription', params }));
  return socket;
}

interface Answer {
  readonly id: number;
  readonly result?: { readonly data: unknown };
  readonly error?: { readonly message: string };
}

/** A connection for commands, and for other calls. */
export async function openCaller(target: LeanTarget) {
  const waiting = new Map<number, (frame: Answer) => void>();
  let lastId = 0;
  const socket = await openLeanSocket(target, '/trpc', (text) => {
    const frame = JSON.parse(text) as Answer;
    waiting.get(frame.id)?.(frame);
    waiting.delete(frame.id);
  });
  return {
    socket,
    call: (path: string, input: object, method: 'mutation' | 'query' = 'mutation'): Promise<unknown> =>
      new Promise((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, ({ result, error }) => {
          if (error === undefined) resolve(result?.data);
          else reject(new Error(`${path}: ${error.message}`));
        });
        socket.send(JSON.stringify({ id: lastId, method, params: { path, input } }));
      }),
  };
}
