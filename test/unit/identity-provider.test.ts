import { describe, expect, test } from 'vitest';
import { issuer, makeSigningKey, tokenIssuer } from '../support/token-issuer.ts';

const invalid = { code: 'UNAUTHENTICATED', message: 'The token is not valid on this server.' };
const minutes = (count: number) => count * 60_000;

/** Requests of one read: the discovery document, and the keys. */
const perRead = 2;

describe('the keys of a provider', () => {
  test('are read once, however many tokens are verified', async () => {
    const { token, verify, state } = await tokenIssuer();
    const text = await token();
    await Promise.all(Array.from({ length: 20 }, () => verify(text)));
    expect(state.requests).toBe(perRead);
  });

  test('are read again when a token names one that is not known: a rotation costs nobody a sign-in', async () => {
    const { token, verify, state, clock } = await tokenIssuer();
    const old = await token();
    await verify(old);
    const next = await makeSigningKey('two');
    state.published = [...state.published, next];
    const fresh = await token({}, { key: next });
    await Promise.all([verify(fresh), verify(fresh), verify(old)]);
    expect(state.requests).toBe(2 * perRead);
    // And the key that the provider has removed is accepted until the next read.
    state.published = [next];
    await verify(old);
    await clock.advance(minutes(10));
    await clock.advance(10_000);
    await expect(verify(await token())).rejects.toMatchObject(invalid);
    await verify(await token({}, { key: next }));
  });

  test('are not read for each forged kid: at most once in ten seconds', async () => {
    const { token, verify, state, clock } = await tokenIssuer();
    await verify(await token());
    const forge = async (count: number) => {
      for (let at = 0; at < count; at += 1) {
        const forged = await token({}, { header: { kid: `forged-${clock.now()}-${at}` } });
        await expect(verify(forged)).rejects.toMatchObject(invalid);
      }
    };
    await forge(50);
    expect(state.requests).toBe(2 * perRead);
    await clock.advance(9_999);
    await forge(5);
    expect(state.requests).toBe(2 * perRead);
    await clock.advance(1);
    await forge(5);
    expect(state.requests).toBe(3 * perRead);
  });

  test('are not read for a token whose algorithm is not accepted', async () => {
    const { verify, state, provider } = await tokenIssuer();
    await provider.current();
    const header = Buffer.from(JSON.stringify({ alg: 'HS256', kid: 'new' })).toString('base64url');
    await expect(verify(`${header}.e30.AAAA`)).rejects.toMatchObject(invalid);
    expect(state.requests).toBe(perRead);
  });

  test('stay in use while the provider is down, which is logged once', async () => {
    const { token, verify, state, clock, logged, nowSeconds } = await tokenIssuer();
    await verify(await token());
    state.isDown = true;
    await clock.advance(minutes(180));
    expect(await verify(await token({ exp: nowSeconds() + 60 }))).toMatchObject({ sub: 'ada' });
    expect(logged).toEqual([
      expect.stringMatching(/cannot be used; retrying, and its last keys stay in use/),
    ]);
    // Retried at least once a minute.
    const before = state.requests;
    await clock.advance(minutes(10));
    expect(state.requests - before).toBe(10);
    state.isDown = false;
    await clock.advance(minutes(1));
    expect(logged.at(-1)).toMatch(/can be reached again/);
  });

  test.each([
    ['an empty set', { keys: [] }, 'the key set is empty'],
    ['no set', { message: 'maintenance' }, 'does not have the expected form'],
    ['keys without a type', { keys: [{ kid: 'one' }] }, 'does not have the expected form'],
    ['too many keys', { keys: Array.from({ length: 101 }, () => ({ kty: 'EC' })) }, 'more than 100 keys'],
  ])('stay in use when the provider answers %s', async (_name, document, problem) => {
    const { token, verify, state, clock, logged } = await tokenIssuer();
    await verify(await token());
    state.answer = async (url) =>
      Response.json(url.endsWith('/jwks') ? document : { issuer, jwks_uri: `${issuer}/jwks` });
    await clock.advance(minutes(11));
    expect(await verify(await token())).toMatchObject({ sub: 'ada' });
    expect(logged.join()).toContain(problem);
  });

  test('that cannot be used reject the tokens that name them, and no others', async () => {
    const good = await makeSigningKey('good');
    const odd = { ...good, jwk: { ...good.jwk, kid: 'odd', x: '!' } };
    const { token, verify } = await tokenIssuer({ keys: [good, odd] });
    await verify(await token());
    await expect(verify(await token({}, { header: { kid: 'odd' } }))).rejects.toMatchObject(invalid);
  });

  test.each([
    ['another issuer', { issuer: `${issuer}/`, jwks_uri: `${issuer}/jwks` }, 'is not STAGEWIRE_JWT_ISSUER'],
    ['keys over http', { issuer, jwks_uri: 'http://issuer.example/jwks' }, 'jwks_uri .* not an https URL'],
    ['keys of this machine', { issuer, jwks_uri: 'http://127.0.0.1/jwks' }, 'jwks_uri .* not an https URL'],
    ['keys in a file', { issuer, jwks_uri: 'file:///etc/passwd' }, 'jwks_uri .* not an https URL'],
    [
      'tokens over http',
      { issuer, jwks_uri: `${issuer}/jwks`, token_endpoint: 'http://issuer.example/token' },
      'token_endpoint .* not an https URL',
    ],
  ])('are not taken from a discovery document with %s', async (_name, document, problem) => {
    const { token, verify, state, clock, logged } = await tokenIssuer();
    await verify(await token());
    const before = state.requests;
    state.answer = async () => Response.json(document);
    await clock.advance(minutes(10));
    expect(logged).toEqual([expect.stringMatching(problem)]);
    expect(state.requests - before).toBe(1);
  });
});

test('a server starts without its provider: tokens get a retryable error until it is reached', async () => {
  const { token, verify, state, clock, logged } = await tokenIssuer({ isDown: true });
  const text = await token();
  await expect(verify(text)).rejects.toMatchObject({ code: 'OVERLOADED', retryable: true });
  // And a token that no provider could have issued is no attempt either: nobody can know.
  await expect(verify('x.y.z')).rejects.toMatchObject({ code: 'OVERLOADED' });
  await clock.advance(minutes(5));
  expect(logged).toEqual([expect.stringMatching(/retrying, and its tokens are rejected until then/)]);
  // 1, 2, 4, … 32 s, then every minute.
  expect(state.requests).toBe(10);
  state.isDown = false;
  await clock.advance(minutes(1));
  expect(await verify(await token())).toMatchObject({ sub: 'ada' });
  await expect(verify(text)).rejects.toMatchObject({ message: expect.stringMatching(/expired/) as string });
});

test('a provider that is closed leaves no timer', async () => {
  const { provider, clock } = await tokenIssuer();
  await provider.current();
  await clock.advance(1);
  provider.close();
  await clock.advance(minutes(60));
  expect(clock.pendingTimers).toBe(0);
});
