import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type Stagewire } from '../../client/index.ts';
import { startApp } from '../../server/app.ts';
import { readConfig } from '../../server/process/config.ts';

export const fast = 'rehearsal/tps=0,ttft=1,reasoning=40,chars=300,seed=1';
/** Writes for about a minute: nobody waits for its end. */
export const slow = 'rehearsal/tps=25,ttft=1,reasoning=0,chars=6000,seed=1';

/** A data directory of its own, in which nothing runs yet. */
export async function emptyFolder() {
  const path = await mkdtemp(join(tmpdir(), 'stagewire-cli-'));
  return {
    path,
    env: { STAGEWIRE_DATA_DIR: path, STAGEWIRE_MODEL: fast },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** A real server in a folder of its own, in this process; the commands find it by their environment. */
export async function runningServer() {
  const folder = await emptyFolder();
  const app = await startApp({ config: readConfig({ ...folder.env, STAGEWIRE_PORT: '0' }) });
  const client: Stagewire = connect({ url: app.url });
  return {
    ...folder,
    app,
    client,
    async [Symbol.asyncDispose]() {
      await client.close();
      await app.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Resolves when the run writes in the stage. */
async function writingIn(client: Stagewire, runId: string, stage: number): Promise<void> {
  for await (const event of client.run(runId).events()) {
    if (event.type === 'stage.delta' && event.stage === stage) return;
  }
}

export async function startSlow(client: Stagewire) {
  const run = await client.start({ task: 'a slow clock', models: { default: slow } });
  await writingIn(client, run.id, 1);
  return run;
}
