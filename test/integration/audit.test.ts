import { randomUUID } from 'node:crypto';
import type { AuditEntry, AuditPage } from '@stagewire/shared/audit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect as connectSocket } from '../support/bare-socket.ts';
import { createBrowserPeer } from '../support/browser-peer.ts';
import { command } from '../support/command-line.ts';
import { startKeyedApp, type KeyedApp } from '../support/keyed-app.ts';
import { shareRun } from '../support/share-run.ts';
import { until } from '../support/until.ts';

let app: KeyedApp;
let root: { readonly id: string; readonly token: string };
let ada: typeof root;
let runId: string;
const since = new Date(Date.now() - 60_000).toISOString();

beforeAll(async () => {
  app = await startKeyedApp();
  root = await app.key({ name: 'root', permissions: ['admin'] });
  ada = await app.key({ name: 'ada' });
  runId = await app.startRun(ada.token);
  const call = async (path: string, token: string, input: object) => {
    const response = await app.fetch(`/trpc/${path}`, token, input);
    expect([path, response.status]).toEqual([path, 200]);
  };
  const link = await shareRun(app, ada.token, { runId, may: 'control' });
  const steer = { runId, text: 'Marked words', expect: 'any' };
  await call('runs.steer', link.token, { ...steer, commandId: randomUUID() });
  await call('runs.cancel', root.token, {
    runId,
    commandId: randomUUID(),
    target: 'run',
    reason: 'Marked words',
  });
  const created = { id: '0123456789abcdef', hash: 'ab'.repeat(32), name: 'bob' };
  await call('keys.create', root.token, created);
  await call('keys.revoke', root.token, { id: created.id });
  await app.revoke(created.id);
  const browser = createBrowserPeer(app.port);
  await browser.signIn(ada.token);
  await browser.request('/session', { method: 'DELETE' });
  await until(
    async () => (await app.fetch('/trpc/runs.delete', ada.token, { runId })).status === 200,
    'the end',
  );
});
afterAll(() => app?.[Symbol.asyncDispose]());

const list = async (input: object) => {
  const query = encodeURIComponent(JSON.stringify({ since, ...input }));
  const response = await app.fetch(`/trpc/audit.list?input=${query}`, root.token);
  return ((await response.json()) as { result: { data: AuditPage } }).result.data;
};
const brief = ({ actor, procedure, owner, subject }: AuditEntry) =>
  [actor.name ?? actor.id, procedure, owner, ...(subject === undefined ? [] : [subject])].join(' ');

test('who did what is listed in order, without a text or a secret', async () => {
  const createdByCommand = [root, ada].map(
    ({ id }, index) => `command:test keys.create ${index === 0 ? 'root' : 'ada'} ${id}`,
  );
  const expected = [
    ...createdByCommand,
    'root keys.create bob 0123456789abcdef',
    'root keys.revoke bob 0123456789abcdef',
    'ada session.create ada',
    'ada session.end ada',
    'root runs.cancel ada',
    'ada runs.delete ada',
  ].toSorted();
  await until(async () => (await list({})).items.length >= expected.length + 1, 'all records');
  const { items, next } = await list({});
  expect(next).toBeUndefined();
  // The reading itself is a record. The commands of a deleted run are gone with it.
  expect(
    items
      .filter(({ procedure }) => procedure !== 'audit.list')
      .map(brief)
      .toSorted(),
  ).toEqual(expected);
  expect(items.map(({ at }) => at)).toEqual(items.map(({ at }) => at).toSorted());
  const text = JSON.stringify(items);
  for (const secret of ['Marked', 'Build it', root.token, ada.token, 'ab'.repeat(32)]) {
    expect(text).not.toContain(secret);
  }
});

test('the commands of a run are listed until it is deleted, over both wires', async () => {
  const other = await app.startRun(ada.token);
  const cancel = { runId: other, commandId: randomUUID(), target: 'run', reason: 'Marked words' };
  await app.fetch('/trpc/runs.cancel', ada.token, cancel);
  const ofRun = async () => {
    const headers = { authorization: `Bearer ${root.token}` };
    await using bot = await connectSocket(app.port, { client: { headers } });
    const answer = await bot.call('query', 'audit.list', { since, runId: other });
    return (answer.result as { data: AuditPage }).data.items;
  };
  const expected = ['ada runs.start ada', `ada runs.cancel ada ${cancel.commandId}`];
  expect((await ofRun()).map(brief)).toEqual(expected);
  expect((await list({ runId: other })).items).toEqual(await ofRun());
  expect(JSON.stringify(await ofRun())).not.toContain('Marked');
  await until(
    async () => (await app.fetch('/trpc/runs.delete', ada.token, { runId: other })).status === 200,
    'the end',
  );
  expect((await ofRun()).map(brief)).toEqual(['ada runs.delete ada']);
});

test('the command prints the records, and as JSON', async () => {
  const env = { STAGEWIRE_URL: app.url, STAGEWIRE_TOKEN: root.token };
  const printed = await command(['audit', '--actor', 'root', '--since', '1h'], { env });
  expect(printed).toMatchObject({ code: 0, stderr: '' });
  const line = `root (key:${root.id})  keys.create  owner bob  0123456789abcdef`;
  expect(printed.stdout).toContain(`  ${line}\n`);
  expect(printed.stdout).not.toContain('ada (');
  const json = await command(['audit', '--run', runId, '--json'], { env });
  const lines = json.stdout.trimEnd().split('\n');
  const entries = lines.map((text) => JSON.parse(text) as AuditEntry);
  expect(new Set(entries.map(({ runId: of }) => of))).toEqual(new Set([runId]));
  expect(entries.map(({ procedure }) => procedure)).toContain('runs.delete');
  const refused = await command(['audit'], { env: { ...env, STAGEWIRE_TOKEN: ada.token } });
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('admin');
});

test('records survive a restart, also those that the command writes meanwhile', async () => {
  await using first = await startKeyedApp();
  const admin = await first.key({ name: 'root', permissions: ['admin'] });
  await createBrowserPeer(first.port).signIn(admin.token);
  await first.stop();
  await first.revoke((await first.key({ name: 'bob' })).id);
  await using second = await startKeyedApp({ dataDir: first.dataDir });
  const query = encodeURIComponent(JSON.stringify({ since }));
  const response = await second.fetch(`/trpc/audit.list?input=${query}`, admin.token);
  const { items } = ((await response.json()) as { result: { data: AuditPage } }).result.data;
  expect(items.map(({ procedure, owner }) => `${procedure} ${owner}`)).toEqual([
    'keys.create root',
    'session.create root',
    'keys.create bob',
    'keys.revoke bob',
  ]);
});
