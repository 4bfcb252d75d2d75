import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { openDatabase } from '../../server/log/postgres/database.ts';
import { DatabaseUnusable } from '../../server/log/postgres/database-unusable.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { freePort } from '../support/free-port.ts';
import { describePostgres } from '../support/postgres-database.ts';
import { startPostgresWireProxy } from '../support/postgres-wire-proxy.ts';
import { codeBlocksIn } from '../support/code-blocks.ts';
import { spawnServer, startServerProcess } from '../support/server-process.ts';
import { textOf } from '../support/source-tree.ts';
import { once } from 'node:events';

const eventually = { timeout: 10_000, interval: 50 };

/** A node does not start on a database that would lose events, or that it cannot use, and says so in one sentence. */
describePostgres(
  (database) => {
    const admin = async (...statements: readonly string[]) => {
      const client = new pg.Client(database.url);
      await client.connect();
      for (const statement of statements) await client.query(statement);
      await client.end();
    };

    /** A URL of the engine with another database, user or port. */
    function urlOf({ name, user, port }: { name?: string; user?: string; port?: number }): string {
      const url = new URL(database.url);
      if (name !== undefined) url.pathname = `/${name}`;
      if (user !== undefined) url.username = user;
      if (port !== undefined) url.port = String(port);
      return url.href;
    }

    async function problemAt(url: string, schema = database.nextSchema()): Promise<string> {
      const opened = openDatabase({
        clock: systemClock,
        random: () => 0.5,
        nodeId: 'n',
        url,
        schema,
        startWaitMs: 300,
      });
      try {
        await (await opened).close();
      } catch (error) {
        if (error instanceof DatabaseUnusable) return error.message;
        throw error;
      }
      return 'none';
    }

    test('a node starts with the variable that OPERATIONS.md names, and `npm run cluster` is the command', async () => {
      const [node, cluster] = codeBlocksIn(textOf('docs/OPERATIONS.md'))
        .filter(({ heading }) => heading === 'Several nodes')
        .map(({ code }) => code.trim());
      const [, variable = '', example = ''] = /^(\w+)=(\S+) npm start$/.exec(node ?? '') ?? [];
      expect(URL.parse(example)?.protocol).toBe('postgres:');
      await using started = await startServerProcess({
        env: { [variable]: database.url, STAGEWIRE_DATABASE_SCHEMA: database.nextSchema() },
      });
      expect((await fetch(`${started.url}/readyz`)).status).toBe(200);
      // The log is in the database.
      expect(existsSync(join(started.dataDir, 'log.db'))).toBe(false);
      const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
      const [, name = ''] = /^npm run (\w+)$/.exec(cluster ?? '') ?? [];
      expect(scripts[name]).toMatch(/stagewire\.ts cluster$/);
    });

    test('it starts on a database that is in order', async () => {
      expect(await problemAt(database.url)).toBe('none');
    });

    test.each([
      [
        'synchronous_commit = off',
        /synchronous_commit = off, which loses events .*; set synchronous_commit = on\.$/,
      ],
      [
        'default_transaction_read_only = on',
        /is read-only \(default_transaction_read_only\); make it writable\.$/,
      ],
    ])('with %s', async (setting, message) => {
      const name = `with_${setting.replaceAll(/\W/g, '')}`;
      await admin(`CREATE DATABASE ${name}`, `ALTER DATABASE ${name} SET ${setting}`);
      expect(await problemAt(urlOf({ name }))).toMatch(message);
    });

    test('with fsync off', async () => {
      await admin('ALTER SYSTEM SET fsync = off', 'SELECT pg_reload_conf()');
      await expect
        .poll(() => problemAt(database.url), eventually)
        .toMatch(/fsync = off, which loses events .*; set fsync = on\.$/);
      await admin('ALTER SYSTEM RESET fsync', 'SELECT pg_reload_conf()');
      await expect.poll(() => problemAt(database.url), eventually).toBe('none');
    });

    test('with an encoding other than UTF8', async () => {
      await admin(
        `CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE_PROVIDER libc LOCALE 'C'`,
      );
      expect(await problemAt(urlOf({ name: 'ascii' }))).toMatch(
        /encoding SQL_ASCII; create one with UTF8\.$/,
      );
    });

    test('on a standby', async () => {
      const { engine } = database;
      if (engine === undefined) throw new Error('it has an engine of its own');
      const signal = join(engine.dataDir, 'standby.signal');
      await engine.stop('SIGINT');
      writeFileSync(signal, '');
      await engine.start();
      const problem = await problemAt(database.url);
      await engine.stop('SIGINT');
      rmSync(signal);
      await engine.start();
      expect(problem).toMatch(/names a standby, which cannot be written; set it to the primary server\.$/);
    });

    test('without the database, the role, or the engine', async () => {
      expect(await problemAt(urlOf({ name: 'missing' }))).toMatch(
        /rejects this server: .*"missing" does not exist/,
      );
      expect(await problemAt(urlOf({ user: 'missing' }))).toMatch(
        /rejects this server: .*"missing" does not exist/,
      );
      expect(await problemAt(urlOf({ port: await freePort() }))).toMatch(
        /does not accept connections: .*ECONNREFUSED.*\. Start it, or correct the URL\.$/,
      );
    });

    test('through a pooler that loses notifications', async () => {
      await using pooler = await startPostgresWireProxy({ targetPort: database.engine?.port ?? 0 });
      pooler.onMessage = ({ from, type }) => (from === 'server' && type === 'A' ? 'drop' : 'pass');
      expect(await problemAt(urlOf({ port: pooler.port }))).toMatch(
        /connection pooler that loses notifications/,
      );
    });

    test('on a schema that a later version has changed', async () => {
      const schema = database.nextSchema();
      expect(await problemAt(database.url, schema)).toBe('none');
      await admin(`UPDATE ${schema}.meta SET version = 99`);
      expect(await problemAt(database.url, schema)).toBe('none');
      await admin(`UPDATE ${schema}.meta SET oldest_reader = 98`);
      expect(await problemAt(database.url, schema)).toMatch(
        /requires version 98 or later, and this program knows version \d+\. Install a later version/,
      );
    });

    test('several nodes may create the schema at the same time', async () => {
      const schema = database.nextSchema();
      const problems = await Promise.all(Array.from({ length: 5 }, () => problemAt(database.url, schema)));
      expect(problems).toEqual(Array(5).fill('none'));
    });

    test('a role without the right to create schemas may use one that is there', async () => {
      const schema = database.nextSchema();
      await admin('CREATE ROLE plain LOGIN', `CREATE SCHEMA ${schema} AUTHORIZATION plain`);
      expect(await problemAt(urlOf({ user: 'plain' }), schema)).toBe('none');
      expect(await problemAt(urlOf({ user: 'plain' }))).toMatch(/rejects this server: permission denied/);
    });

    test('the server prints the sentence, and no password', async () => {
      const url = new URL(urlOf({ name: 'missing' }));
      url.password = 'geheimes-wort';
      const { child, output } = spawnServer({ STAGEWIRE_PORT: '0', STAGEWIRE_DATABASE_URL: url.href });
      const [code] = (await once(child, 'exit')) as [number];
      expect(code).toBe(1);
      expect(output()).toMatch(/^The database of STAGEWIRE_DATABASE_URL rejects this server: [^\n]+\.\n$/m);
      expect(output()).not.toContain('geheimes-wort');
    });
  },
  { ownEngine: true },
);
