import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startApp, type App } from '../../server/app.ts';
import { readConfig } from '../../server/process/config.ts';
import type { ReadinessChecks } from '../../server/process/readiness.ts';
import { openPatientNode } from '../support/patient-node.ts';
import { describePostgres } from '../support/postgres-database.ts';
import { startPostgresWireProxy } from '../support/postgres-wire-proxy.ts';
import { scrape, type ScrapedMetrics } from '../support/scraped-metrics.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

const settled = { timeoutMs: 20_000, intervalMs: 50 };

/** What nodes on PostgreSQL report of themselves. */
describePostgres((database) => {
  const enginePort = () => Number(new URL(database.url).port);

  async function startNode(nodeName: string, schema: string, port: number): Promise<App & AsyncDisposable> {
    const url = new URL(database.url);
    url.port = String(port);
    const dataDir = await mkdtemp(join(tmpdir(), 'stagewire-node-'));
    const app = await startApp({
      config: readConfig({
        STAGEWIRE_PORT: '0',
        STAGEWIRE_DATA_DIR: dataDir,
        STAGEWIRE_DATABASE_URL: url.href,
        STAGEWIRE_DATABASE_SCHEMA: schema,
        STAGEWIRE_NODE_NAME: nodeName,
        STAGEWIRE_LEASE_MS: '3000',
        STAGEWIRE_LOG_PATIENCE_MS: '20000',
        STAGEWIRE_HEARTBEAT_MS: '500',
        STAGEWIRE_MODEL: 'rehearsal/ttft=0,tps=20,chars=100000,reasoning=0',
        STAGEWIRE_DRAIN_MS: '1000',
      }),
    });
    return {
      ...app,
      async [Symbol.asyncDispose]() {
        await app.close();
        await rm(dataDir, { recursive: true, force: true });
      },
    };
  }

  async function readiness(app: App): Promise<{ status: number; checks: ReadinessChecks }> {
    const response = await fetch(`${app.url}/readyz?verbose`);
    const { checks } = (await response.json()) as { checks: ReadinessChecks };
    return { status: response.status, checks };
  }

  const call = (app: App, path: string, input: object) =>
    fetch(`${app.url}/trpc/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(input),
    });

  test(
    'a node that is cut off from its database is not ready, and the other one shows what it has taken over',
    { timeout: 60_000 },
    async () => {
      const schema = database.nextSchema();
      await using proxy = await startTcpProxy({ targetPort: enginePort() });
      await using cutOff = await startNode('cut-off', schema, proxy.port);
      await using other = await startNode('other', schema, enginePort());
      expect(await readiness(cutOff)).toMatchObject({
        status: 200,
        checks: {
          serving: { ok: true },
          lease: { ok: true, limitMs: 1500, leaseMs: 3000 },
          notifications: { ok: true },
          clock: { ok: true, limitMs: 30_000 },
        },
      });
      const runId = 'run_00000000000000001';
      expect((await call(cutOff, 'runs.start', { runId, task: 'Build it' })).status).toBe(200);
      const steer = {
        runId,
        commandId: '2a2a2a2a-2a2a-4a2a-8a2a-2a2a2a2a2a2a',
        text: 'Shorter',
        expect: 'any',
      };
      expect((await call(other, 'runs.steer', steer)).status).toBe(200);

      proxy.blackHole();
      await until(async () => (await readiness(cutOff)).status === 503, 'the node not to be ready', settled);
      const { checks } = await readiness(cutOff);
      expect(checks.lease?.ok).toBe(false);
      expect(checks.lease?.sinceRenewalMs).toBeGreaterThan(1500);
      // It serves all the same.
      expect((await fetch(`${cutOff.url}/healthz`)).status).toBe(200);
      expect((await readiness(other)).status).toBe(200);
      let seen: ScrapedMetrics | undefined;
      await until(
        async () => {
          seen = await scrape(`${other.url}/metrics`);
          return seen.value('stagewire_runs_recovered_total', { reason: 'takeover' }) === 1;
        },
        'the run to be taken over',
        settled,
      );
      expect(seen?.value('stagewire_relayed_command_duration_seconds', { outcome: 'receipt' })).toBe(1);
      expect(seen?.value('stagewire_node_lease_age_seconds')).toBeLessThan(1.5);
      expect(seen?.value('stagewire_node_lease_duration_seconds')).toBe(3);
      expect(seen?.value('stagewire_node_lag_positions')).toBe(0);
      expect(seen?.value('stagewire_notification_queue_usage_ratio')).toBeLessThan(0.1);
      expect(seen?.value('stagewire_log_flush_duration_seconds')).toBeGreaterThan(0);
      const cutOffMetrics = await scrape(`${cutOff.url}/metrics`);
      expect(cutOffMetrics.value('stagewire_node_lease_age_seconds')).toBeGreaterThan(1.5);

      proxy.heal();
      await until(
        async () => (await readiness(cutOff)).status === 200,
        'the node to be ready again',
        settled,
      );
      await until(
        async () => (await scrape(`${cutOff.url}/metrics`)).value('stagewire_node_reconnects_total') > 0,
        'the reconnect to be counted',
        settled,
      );
      // It missed what the other one has appended, and read it.
      expect((await scrape(`${cutOff.url}/metrics`)).value('stagewire_node_repairs_total')).toBeGreaterThan(
        0,
      );
      await cutOff.drain();
      await expect(fetch(`${cutOff.url}/readyz`)).rejects.toThrow('fetch failed');
    },
  );

  test('a renewal knows whether the notifications of the database arrive', async () => {
    await using proxy = await startPostgresWireProxy({ targetPort: enginePort() });
    await using node = await openPatientNode({
      url: database.url,
      port: proxy.port,
      schema: database.nextSchema(),
    });
    const { ownership } = node.cluster;
    expect(await ownership.renew()).toMatchObject({ lost: [], hasEcho: true });
    // `A` is the notification; a session whose LISTEN was lost gets none either.
    proxy.onMessage = ({ from, type }) => (from === 'server' && type === 'A' ? 'drop' : 'pass');
    expect(await ownership.renew()).toMatchObject({ hasEcho: false });
    proxy.onMessage = () => 'pass';
    expect(await ownership.renew()).toMatchObject({ hasEcho: true });
  });
});
