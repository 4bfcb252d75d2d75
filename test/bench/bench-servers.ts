import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeAccessKey } from '../support/make-access-key.ts';
import { startMeasured } from './measured-process.ts';
import { createBareSide, createStagewireSide, type Side } from './sides.ts';
import { createTokenProvider, type TokenProvider } from './token-provider.ts';

/** Both servers and the provider that they ask. */
export interface BenchServers extends AsyncDisposable {
  readonly provider: TokenProvider;
  readonly ours: Side;
  readonly bare: Side;
  /** The baseline first: as a pair in every round. */
  readonly sides: readonly Side[];
}

/**
 * @param env With `BENCH_AUTH` of `keys`, all that connects to our server has an access key. With `BENCH_ACCESS_LOG` the log of our
 * server is drained.
 */
export async function startBenchServers(
  serverArguments: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<BenchServers> {
  await using opened = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'stagewire-bench-'));
  opened.defer(() => rm(dataDir, { recursive: true, force: true }));
  const provider = opened.use(await createTokenProvider());
  const common = { BENCH_PROVIDER: provider.baseUrl };
  const token = env['BENCH_AUTH'] === 'keys' ? (await makeAccessKey(dataDir)).token : undefined;
  const app = opened.use(
    await startMeasured('app-process', {
      env: { ...common, BENCH_DATA: dataDir, ...env },
      nodeArguments: serverArguments,
      drainsLog: env['BENCH_ACCESS_LOG'] !== undefined,
    }),
  );
  const pipe = opened.use(await startMeasured('bare-process', { env: common }));
  const ours = createStagewireSide(app, provider, { port: app.port, token });
  const bare = createBareSide(pipe, provider);
  const kept = opened.move();
  return { provider, ours, bare, sides: [bare, ours], [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
