import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMeasured, type MeasuredProcess } from '../measured-process.ts';
import { createStagewireSide, type Side } from '../sides.ts';
import { createTokenProvider, type TokenProvider } from '../token-provider.ts';

/** A data directory, and the provider of the servers that are started with it. */
export interface GrowthServer extends AsyncDisposable {
  readonly dataDir: string;
  readonly provider: TokenProvider;
  /** One at a time: after the one before was stopped. */
  start(): Promise<{ readonly process: MeasuredProcess; readonly side: Side }>;
}

export async function openGrowthServer(nodeArguments: readonly string[]): Promise<GrowthServer> {
  await using opened = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'stagewire-growth-'));
  opened.defer(() => rm(dataDir, { recursive: true, force: true }));
  const provider = opened.use(await createTokenProvider());
  const env = {
    BENCH_PROVIDER: provider.baseUrl,
    BENCH_DATA: dataDir,
    // Both cost by the time that a measurement takes, which other load makes longer.
    BENCH_HEARTBEAT: '60000',
    BENCH_LOOP_DELAY: 'off',
  };
  const kept = opened.move();
  return {
    dataDir,
    provider,
    async start() {
      const process = kept.use(await startMeasured('app-process', { env, nodeArguments }));
      return { process, side: createStagewireSide(process, provider) };
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
