import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { isRoot, unprivilegedId } from '../../cli/cluster/postgres-binaries.ts';
import { openDatabase } from '../../server/log/postgres/database.ts';
import { DatabaseUnusable } from '../../server/log/postgres/database-unusable.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { freePort } from '../support/free-port.ts';
import { openPatientNode } from '../support/patient-node.ts';
import { describePostgres } from '../support/postgres-database.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';
import { createSeededChance } from '../support/seeded-random-ids.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { isNotInstalled } from '../support/missing-program.ts';

/** The user of the engine. */
const owner = isRoot() ? { uid: unprivilegedId, gid: unprivilegedId } : {};

/** Failures of the network and the engine that report no error, or one that lasts. */
describePostgres(
  (database) => {
    const enginePort = () => database.engine?.port ?? 0;

    test('a link that loses the answers in silence is given up before the patience ends, and the append is there once', async () => {
      const schema = database.nextSchema();
      await using proxy = await startTcpProxy({ targetPort: enginePort() });
      await using it = await openPatientNode({
        url: database.url,
        port: proxy.port,
        schema,
        patienceMs: 3000,
      });
      const run = createRunScript(runIdOf(1));
      await it.log.append(run.begin());
      proxy.loseAnswers();
      const startedMs = performance.now();
      // Committed, but the node does not learn of it.
      await it.log.append(run.deltas('once'));
      const tookMs = performance.now() - startedMs;
      expect(tookMs).toBeGreaterThan(1000);
      // It once took 12 s, the limit of the connection on which the append was looked up.
      expect(tookMs, 'timing: until the call is answered').toBeLessThan(8000);
      await it.log.append(run.deltas('more'));
      const entries = await it.log.read(run.runId, { after: 0, limit: 99 });
      expect(entries.map(({ event }) => event.seq)).toEqual([1, 2, 3, 4, 5, 6]);
    }, 40_000);

    test.skipIf(isNotInstalled('prlimit'))(
      'an engine without space for more rejects appends as not written, and accepts them when there is some',
      async () => {
        const schema = database.nextSchema();
        await using it = await openPatientNode({
          url: database.url,
          port: enginePort(),
          schema,
          patienceMs: 300,
        });
        const run = createRunScript(runIdOf(1));
        await it.log.append(run.begin());
        // More than the limit of a file, and no text that can be compressed.
        limitFiles('17000000');
        const random = createSeededChance(3);
        const text = () =>
          Array.from({ length: 4000 }, () => random.next().toString(36).slice(2))
            .join('')
            .slice(0, 40_000);
        let failure: unknown;
        let last = run.deltas(text());
        for (let round = 0; round < 600 && failure === undefined; round += 1) {
          failure = await it.log.append(last).then(
            () => undefined,
            (error: unknown) => error,
          );
          if (failure === undefined) last = run.deltas(text());
        }
        expect(failure).toMatchObject({ name: 'LogUnavailable', outcome: 'not-written' });
        const head = await it.log.head(run.runId);
        expect(head).toMatchObject({ position: { seq: last.expectedSeq } });
        limitFiles('unlimited');
        await it.log.append(last);
        await it.log.append(run.complete());
        expect(await it.log.head(run.runId)).toMatchObject({ status: 'ended' });
      },
      60_000,
    );

    /** A full disk, without a disk: files do not grow beyond this. */
    function limitFiles(bytes: string): void {
      for (const pid of database.engine?.pids() ?? []) {
        const limit = `--fsize=${bytes}:unlimited`;
        const done = spawnSync('prlimit', ['--pid', String(pid), limit], { ...owner, encoding: 'utf8' });
        if (done.status !== 0) throw new Error(`prlimit failed: ${done.stderr}`);
      }
    }

    // Without the program an imitation is tested: `postgres-starts.test.ts`.
    describe.skipIf(isNotInstalled('pgbouncer'))('behind pgbouncer', () => {
      test.each([
        ['transaction', /connection pooler that loses notifications/],
        ['session', /^none$/],
      ])(
        'in %s mode',
        async (mode, expected) => {
          await using pooler = await startPgbouncer(mode);
          const problem = await openDatabase({
            clock: systemClock,
            random: () => 0.5,
            nodeId: 'n',
            url: pooler.url,
            schema: database.nextSchema(),
          }).then(
            async (opened) => {
              await opened.close();
              return 'none';
            },
            (error: unknown) => (error instanceof DatabaseUnusable ? error.message : String(error)),
          );
          expect(problem).toMatch(expected);
        },
        40_000,
      );
    });

    async function startPgbouncer(mode: string) {
      const folder = mkdtempSync(join(tmpdir(), 'stagewire-pgbouncer-'));
      const port = await freePort();
      const users = join(folder, 'users.txt');
      const config = join(folder, 'pgbouncer.ini');
      writeFileSync(users, '"stagewire" ""\n');
      writeFileSync(
        config,
        `[databases]
postgres = host=127.0.0.1 port=${enginePort()} dbname=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
auth_file = ${users}
pool_mode = ${mode}
ignore_startup_parameters = extra_float_digits
`.replace('postgres = ', 'postgres = user=stagewire '),
      );
      const owner = isRoot() ? { uid: unprivilegedId, gid: unprivilegedId } : {};
      if (isRoot())
        for (const path of [folder, users, config]) chownSync(path, unprivilegedId, unprivilegedId);
      const child = spawn('pgbouncer', [config], {
        ...owner,
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (part: string) => (output += part));
      const url = `postgres://stagewire@127.0.0.1:${port}/postgres`;
      await until(
        async () => {
          const client = new pg.Client(url);
          client.on('error', () => undefined);
          const isThere = await client.connect().then(
            () => true,
            () => false,
          );
          await client.end().catch(() => undefined);
          return isThere;
        },
        () => `pgbouncer to accept connections: ${output}`,
        { timeoutMs: 10_000 },
      );
      return {
        url,
        async [Symbol.asyncDispose]() {
          child.kill('SIGKILL');
          await once(child, 'exit');
          rmSync(folder, { recursive: true, force: true });
        },
      };
    }
  },
  { ownEngine: true },
);
