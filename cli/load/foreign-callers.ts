import { connect, type ServerInfo, type Stagewire } from '@stagewire/client';
import { createKeyText } from '@stagewire/server/identity/keys/key-text';
import { secretBytes } from '@stagewire/server/runtime/random';
import type { Figures } from './figures.ts';
import { codeOf } from './code-of.ts';

export interface ForeignCallersOptions {
  readonly url: string;
  readonly info: ServerInfo;
  /** Creates a key of another owner if its caller is an admin. */
  readonly control: Stagewire;
}

/** Callers that must not see the runs of the load test: one without a token and, if there can be one, of another owner. */
export interface ForeignCallers extends AsyncDisposable {
  /** Tries to read and to cancel a run, and counts what was not rejected. */
  tryRun(runId: string, figures: Figures): Promise<void>;
  /** Events that the feed of the other owner has received, apart from its first one. */
  readonly feedEvents: number;
}

/** A caller, and the code with which the server must reject its calls. */
interface ForeignCaller {
  readonly client: Stagewire;
  readonly code: 'UNAUTHENTICATED' | 'RUN_NOT_FOUND';
}

/** Without authentication there are none: every caller is the same one. */
export async function createForeignCallers(options: ForeignCallersOptions): Promise<ForeignCallers> {
  const { url, info, control } = options;
  await using opened = new AsyncDisposableStack();
  const callers: ForeignCaller[] = [];
  let feedEvents = 0;
  if (info.auth.length > 0) {
    callers.push({ client: opened.use(connect({ url, token: undefined })), code: 'UNAUTHENTICATED' });
  }
  if (info.you?.permissions.includes('admin') === true && info.auth.includes('keys')) {
    const { id, hash, text } = createKeyText(secretBytes);
    await control.procedures.keys.create({ id, hash, name: 'stagewire load', owner: `load-${id}` });
    opened.defer(async () => void (await control.procedures.keys.revoke({ id })));
    const client = opened.use(connect({ url, token: text }));
    callers.push({ client, code: 'RUN_NOT_FOUND' });
    const stop = new AbortController();
    const feed = client.feed({ text: true, signal: stop.signal });
    const following = (async () => {
      for await (const event of feed) if ('runId' in event) feedEvents += 1;
    })();
    opened.defer(async () => {
      stop.abort();
      await following.catch(() => {});
    });
  }
  const kept = opened.move();

  async function attempt(
    { code }: ForeignCaller,
    call: () => Promise<unknown>,
    figures: Figures,
  ): Promise<void> {
    figures.count('foreign_calls');
    try {
      await call();
      figures.count('foreign_accesses');
    } catch (error) {
      const rejected = codeOf(error);
      if (rejected !== code && rejected !== 'RATE_LIMITED') figures.error(rejected, error);
    }
  }

  return {
    async tryRun(runId, figures) {
      for (const caller of callers) {
        const run = caller.client.run(runId);
        await attempt(caller, () => run.snapshot(), figures);
        await attempt(caller, () => run.cancel({ reason: 'a caller of another owner' }), figures);
      }
    },
    get feedEvents() {
      return feedEvents;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
