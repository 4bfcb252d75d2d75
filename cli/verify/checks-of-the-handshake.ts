import { dataOf } from './verify-kit.ts';
import { untestable, type Check } from './check.ts';
import { fits, holds, same } from './expectation.ts';
import { rejectedWith } from './rejections.ts';

const announced = '?connectionParams=1';

/** W1 to W8 and K4: admission and the end of connections. */
export const checksOfTheHandshake: readonly Check[] = [
  {
    rule: 'W1',
    name: 'another protocol version is rejected with both versions named, then closed with 4409',
    async run(kit) {
      const wire = await kit.wire(announced);
      wire.send({ method: 'connectionParams', data: { protocol: '999' } });
      const error = rejectedWith(await wire.ask('query', 'server.info'), 'PROTOCOL_MISMATCH');
      const server = String(kit.info.protocolVersion);
      same('its details', error.data.stagewire.details, { server, client: '999' });
      same('the close code', (await wire.closed()).code, 4409);
    },
  },
  {
    rule: 'W2',
    name: 'another contract hash is accepted',
    async run(kit) {
      const wire = await kit.wire(announced);
      const data = {
        protocol: String(kit.info.protocolVersion),
        contract: 'another',
        client: 'stagewire-verify',
      };
      wire.send({ method: 'connectionParams', data });
      fits('the answer', dataOf(await wire.ask('query', 'server.info')), {
        protocolHash: kit.info.protocolHash,
      });
    },
  },
  {
    rule: 'W3',
    name: 'a connection whose announced parameters do not arrive is closed with 4408',
    slow: true,
    async run(kit) {
      const wire = await kit.wire(announced);
      // Longer than other waits: the deadline is ten seconds, unless the server was started with another.
      let closed = await wire.closed().catch(() => undefined);
      closed ??= await wire.closed();
      same('the close code', closed.code, 4408);
    },
  },
  untestable(
    'W4',
    'an unauthenticated caller is rejected with UNAUTHENTICATED and closed with 4401',
    'this server appears to accept every caller',
  ),
  {
    rule: 'W5',
    name: 'a page of another origin is rejected with 403 before the upgrade, and so is Origin: null',
    async run(kit) {
      for (const origin of ['https://elsewhere.example', 'null']) {
        same(
          `the status of an upgrade with Origin: ${origin}`,
          await kit.http.upgrade('/trpc', { origin }),
          403,
        );
        const { status } = await kit.http.get('server.info', undefined, { origin });
        same(`the status of a GET with Origin: ${origin}`, status, 403);
      }
    },
  },
  {
    rule: 'W5',
    name: 'an unknown Host is rejected with 403',
    async run(kit) {
      const host = 'elsewhere.example';
      same('the status of an upgrade', await kit.http.upgrade('/trpc', { host }), 403);
      same('the status of a GET', (await kit.http.get('server.info', undefined, { host })).status, 403);
    },
  },
  {
    rule: 'W5',
    name: 'a client without an Origin is accepted',
    async run(kit) {
      same('the status of an upgrade', await kit.http.upgrade('/trpc'), 101);
      const { status } = await kit.http.get('server.info');
      holds(status === 200, 'status 200', status);
    },
  },
  untestable('W7', 'a server that stops says reconnect', 'it would have to stop'),
  {
    rule: 'K4',
    name: 'a client that names no version is accepted',
    async run(kit) {
      dataOf(await (await kit.wire()).ask('query', 'server.info'));
    },
  },
];
