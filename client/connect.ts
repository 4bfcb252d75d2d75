import type { ConnectOptions } from './connect-options.ts';
import { createIdentityWatch } from './identity-watch.ts';
import { createCaller } from './transport/call.ts';
import { againWhenAuthenticated } from './transport/again-when-authenticated.ts';
import { createRenewal } from './transport/renewal.ts';
import { inOrder } from './transport/call-order.ts';
import { systemClock } from './transport/client-clock.ts';
import { CLIENT_VERSION } from './transport/client-version.ts';
import { StagewireClientError } from './transport/client-error.ts';
import { createConnection } from './transport/connection.ts';
import { createConnectionPool } from './transport/connection-pool.ts';
import { endpointOf, socketAddress } from './transport/endpoint.ts';
import type { SubscriptionTransport } from './streams/resume.ts';
import { createStagewire, type Stagewire } from './stagewire.ts';
import { createSession } from './transport/session.ts';
import { createStarts } from './transport/starts.ts';
import { createTransportSwitch } from './transport/transport-switch.ts';
import { createWake } from './transport/wake.ts';

/**
 * Creates a client. It opens no connection before the first call or subscription. When done, call `close()`, or use `await using`.
 *
 * @throws StagewireClientError INVALID_URL
 */
export function connect(options: ConnectOptions): Stagewire {
  const {
    clock = systemClock,
    random = Math.random,
    backoff = {},
    token,
    onUnauthenticated,
    maxAnswerBytes = 134_217_728,
  } = options;
  const endpoint = endpointOf(options.url);
  if (token !== undefined && endpoint.authorization !== undefined) {
    const message =
      'The url contains a user, and a token is also given, but a request can carry only one of them. Remove one.';
    throw new StagewireClientError('INVALID_URL', message);
  }
  const fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const session = createSession({ clock, random, backoff, wake: createWake() });
  const starts = createStarts();
  const access = {
    url: endpoint.httpUrl,
    token,
    authorization: endpoint.authorization,
    headers: options.headers,
  };
  const caller = createCaller({
    session,
    ...access,
    fetch,
    callTimeoutMs: options.callTimeoutMs ?? 30_000,
    replyTimeoutMs: options.replyTimeoutMs ?? 10_000,
    slowestUploadBytesPerSecond: options.slowestUploadBytesPerSecond ?? 32_000,
    maxAnswerBytes,
  });
  const renewal =
    onUnauthenticated &&
    createRenewal(session, async (error) => {
      await onUnauthenticated(error);
      watch.recheck();
    });
  const watch = createIdentityWatch(
    session,
    renewal === undefined ? caller.call : againWhenAuthenticated(caller.call, { session, renewal }),
  );
  const { openTimeoutMs = 10_000, idleCloseMs = 30_000, transport = 'auto' } = options;
  const clientName = options.clientName ?? `@stagewire/client/${CLIENT_VERSION}`;
  const WebSocket = options.WebSocket ?? globalThis.WebSocket;
  const probe = () => caller.probe();
  const hasSockets = transport === 'ws' || (transport === 'auto' && WebSocket !== undefined);
  const onBlocked = transport === 'auto' ? () => void events.noteBlocked() : undefined;
  const ws = !hasSockets
    ? undefined
    : createConnectionPool({
        session,
        maxConnections: options.maxConnections ?? 8,
        openTimeoutMs,
        onRejection: watch.noteError,
        make: () =>
          createConnection({
            session,
            ...socketAddress(endpoint),
            token,
            ticket: options.ticket,
            renewal,
            clientName,
            WebSocket,
            pingIntervalMs: options.pingIntervalMs ?? 5000,
            pongTimeoutMs: options.pongTimeoutMs ?? 10_000,
            longestPongTimeoutMs: options.longestPongTimeoutMs ?? 120_000,
            closeTimeoutMs: options.closeTimeoutMs ?? 1000,
            openTimeoutMs,
            idleCloseMs,
            maxMessageChars: maxAnswerBytes,
            probe,
            onBlocked,
          }),
      });
  const loadStreams = async () => {
    const { createStreamPool } = await import('./transport/stream-pool.ts');
    return createStreamPool({
      ...access,
      session,
      fetch,
      renewal,
      clientName,
      openTimeoutMs,
      idleCloseMs,
      maxMessageChars: maxAnswerBytes,
      maxStreams: options.maxStreams ?? 3,
      turnMs: options.streamTurnMs ?? 2000,
      probe,
      isWebSocketTried: ws !== undefined,
      onRejection: watch.noteError,
    });
  };
  const events = createTransportSwitch({
    session,
    ws,
    loadStreams: transport === 'ws' ? undefined : loadStreams,
    retryMs: options.webSocketRetryMs ?? 60_000,
  });
  let wasOpen = false;
  events.onChange(({ status }) => {
    if (status === 'refused' || (status === 'open' && wasOpen)) watch.recheck();
    wasOpen ||= status === 'open';
  });
  const call = inOrder(watch.call, { session, starts });
  const { maxWaitingChars = 1_000_000 } = options;
  const { refusal, isFinal, openTrouble, subscribe } = events;
  const source: SubscriptionTransport = {
    session,
    starts,
    maxWaitingChars,
    refusal,
    isFinal,
    openTrouble,
    subscribe,
  };
  const close = async () => {
    session.close();
    await events.close();
  };

  return createStagewire({ call, source, connection: events, identity: watch, close });
}
