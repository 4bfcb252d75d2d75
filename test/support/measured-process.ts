import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TransportLimits } from '../../server/transport/limits.ts';

/** What a server holds at one moment, after its garbage has been collected. */
export interface Measurement {
  /** Of JavaScript and of what stands behind its objects. */
  readonly heldBytes: number;
  /** What waits for readers; its text may be shared, and then `heldBytes` does not show it. */
  readonly unsentBytes: number;
  readonly rssBytes: number;
  /** Of the server's clock, pending. */
  readonly timers: number;
  /** Connections that it has accepted and that are not closed. */
  readonly sockets: number;
  /** On the process itself. */
  readonly listeners: number;
}

export interface MeasuredProcess extends AsyncDisposable {
  readonly port: number;
  readonly isAlive: boolean;
  measure(): Promise<Measurement>;
}

/** The whole server, its log on disk, in a process that can be asked what it holds. */
export async function startMeasuredProcess(
  options: { readonly env?: Record<string, string>; readonly transport?: Partial<TransportLimits> } = {},
): Promise<MeasuredProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), 'stagewire-measured-'));
  const env = {
    STAGEWIRE_PORT: '0',
    STAGEWIRE_DATA_DIR: dataDir,
    STAGEWIRE_MODEL: 'rehearsal/tps=0,ttft=0',
    ...options.env,
  };
  const program = fileURLToPath(new URL('measured-server.ts', import.meta.url));
  const child = fork(program, [JSON.stringify({ env, transport: options.transport ?? {} })], {
    execArgv: ['--conditions=@stagewire/source', '--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const answer = async <Answer>(): Promise<Answer> => {
    const [first] = (await Promise.race([once(child, 'message'), ended])) as [Answer | number | null];
    if (typeof first !== 'object' || first === null) throw new Error('the measured server has ended');
    return first;
  };
  const { url } = await answer<{ url: string }>();
  return {
    port: Number(new URL(url).port),
    get isAlive() {
      return child.exitCode === null && child.signalCode === null;
    },
    measure() {
      const measured = answer<Measurement>();
      child.send('measure');
      return measured;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
