import { createHmac } from 'node:crypto';
import { exportSPKI, importJWK, type CryptoKey } from 'jose';
import { describe, expect, test } from 'vitest';
import { makeSigningKey, tokenIssuer } from '../support/token-issuer.ts';

const invalid = { code: 'UNAUTHENTICATED', message: 'The token is not valid on this server.' };
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a token', () => {
  test.each(['RS256', 'PS384', 'ES256', 'ES512', 'EdDSA'])('signed with %s is accepted', async (alg) => {
    const { token, verify } = await tokenIssuer({ keys: [await makeSigningKey('k', alg)] });
    expect(await verify(await token())).toMatchObject({ sub: 'ada', aud: 'stagewire' });
  });

  test.each([
    ['the type at+jwt', {}, { typ: 'at+jwt' }],
    ['the type application/AT+JWT', {}, { typ: 'application/AT+JWT' }],
    ['no type', {}, { typ: undefined }],
    ['no kid', {}, { kid: undefined }],
    ['several audiences', { aud: ['other', 'stagewire'] }, {}],
    ['no iat', { iat: undefined }, {}],
    [
      'a key of its own in the header, which is ignored',
      {},
      { jwk: { kty: 'EC' }, jku: 'https://evil.example' },
    ],
  ])('with %s is accepted', async (_name, claims, header) => {
    const { token, verify } = await tokenIssuer();
    expect(await verify(await token(claims, { header }))).toMatchObject({ sub: 'ada' });
  });

  test.each([
    ['of another issuer', { iss: 'https://issuer.example/' }, /another issuer/],
    ['without issuer', { iss: undefined }, /claim iss .* is missing/],
    ['for another audience', { aud: 'stagewire2' }, /another audience/],
    ['for several other audiences', { aud: ['a', 'b'] }, /another audience/],
    ['without audience', { aud: undefined }, /claim aud .* is missing/],
    ['without expiry', { exp: undefined }, /claim exp .* is missing/],
    ['with an expiry of another type', { exp: '1' }, /claim exp .* not of the right type/],
    ['without subject', { sub: undefined }, /claim sub .* is missing/],
    ['with a number as subject', { sub: 1 }, /claim sub .* is not a string/],
    ['of a logout', { events: {} }, /another type/],
  ])('%s is rejected, and its holder learns why', async (_name, claims, message) => {
    const { token, verify } = await tokenIssuer();
    await expect(verify(await token(claims))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringMatching(message) as string,
    });
  });

  test.each(['logout+jwt', 'dpop+jwt', 'secevent+jwt', '', 'JWE', 7])(
    'of the type %j is rejected',
    async (typ) => {
      const { token, verify } = await tokenIssuer();
      await expect(verify(await token({}, { header: { typ } }))).rejects.toMatchObject({
        message: expect.stringMatching(/another type/) as string,
      });
    },
  );

  test.each([
    ['exp', -61, /expired/],
    ['exp', -59, undefined],
    ['nbf', 61, /not valid yet/],
    ['nbf', 59, undefined],
    ['iat', 61, /not valid yet/],
    ['iat', 59, undefined],
  ])('whose %s is at %i s from now', async (claim, seconds, message) => {
    const { token, verify, nowSeconds } = await tokenIssuer();
    const verified = verify(await token({ [claim]: nowSeconds() + seconds }));
    if (message === undefined) expect(await verified).toMatchObject({ sub: 'ada' });
    else {
      await expect(verified).rejects.toMatchObject({
        code: 'UNAUTHENTICATED',
        message: expect.stringMatching(message) as string,
      });
    }
  });

  test('that was changed, or signed by another key under the same kid, is rejected like any other text', async () => {
    const { token, verify, key } = await tokenIssuer();
    const good = await token();
    const [header = '', , signature = ''] = good.split('.');
    const other = await makeSigningKey(key.kid);
    const expired = await token({ exp: 1 }, { key: other });
    for (const text of [
      `${header}.${encoded({ iss: 'https://issuer.example', aud: 'stagewire', sub: 'eve', exp: 9e9 })}.${signature}`,
      `${good.slice(0, -4)}AAAA`,
      `${header}..${signature}`,
      await token({}, { key: other }),
      // Of a forged token nothing is told, not even that it has expired.
      expired,
      'x.y.z',
      `${good.slice(0, -10)}\n${good.slice(-10)}`,
      `${good}=`,
      ` ${good}`,
      '..',
      `${good}${'A'.repeat(9000)}`,
    ]) {
      await expect(verify(text)).rejects.toMatchObject(invalid);
    }
  });

  test('with no algorithm, or with a symmetric one and the public key as its secret, is rejected', async () => {
    const { token, verify, key } = await tokenIssuer();
    const [, payload = ''] = (await token()).split('.');
    const publicKey = (await importJWK(key.jwk, key.alg, { extractable: true })) as CryptoKey;
    const secrets = [
      await exportSPKI(publicKey),
      JSON.stringify(key.jwk),
      key.jwk.x ?? '',
      Buffer.from(key.jwk.x ?? '', 'base64url'),
    ];
    const forged = secrets.map((secret) => {
      const signed = `${encoded({ alg: 'HS256', kid: key.kid, typ: 'JWT' })}.${payload}`;
      return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
    });
    const unsigned = ['none', 'None', 'NONE', ''].flatMap((alg) => [
      `${encoded({ alg, kid: key.kid })}.${payload}.`,
      `${encoded({ alg })}.${payload}.AAAA`,
    ]);
    for (const text of [...forged, ...unsigned]) await expect(verify(text)).rejects.toMatchObject(invalid);
  });

  test('with a symmetric key in the published set is rejected as well', async () => {
    const secret = Buffer.from('a secret that was published by mistake');
    const jwk = { kty: 'oct', k: secret.toString('base64url'), kid: 'oct', alg: 'HS256' };
    const key = await makeSigningKey('one');
    const { token, verify } = await tokenIssuer({ keys: [key, { ...key, jwk }] });
    expect(await verify(await token())).toMatchObject({ sub: 'ada' });
    const [, payload = ''] = (await token()).split('.');
    const signed = `${encoded({ alg: 'HS256', kid: 'oct' })}.${payload}`;
    const text = `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
    await expect(verify(text)).rejects.toMatchObject(invalid);
  });

  test('with a critical header that is not known is rejected', async () => {
    const { verify, key, token } = await tokenIssuer();
    const [, payload = '', signature = ''] = (await token()).split('.');
    const header = encoded({ alg: key.alg, kid: key.kid, crit: ['x'], x: 1 });
    await expect(verify(`${header}.${payload}.${signature}`)).rejects.toMatchObject(invalid);
  });

  test('without a kid is verified by each key of its algorithm', async () => {
    const keys = [await makeSigningKey('a'), await makeSigningKey('b'), await makeSigningKey('c', 'RS256')];
    const { token, verify } = await tokenIssuer({ keys });
    for (const key of keys) {
      expect(await verify(await token({}, { key, header: { kid: undefined } }))).toMatchObject({
        sub: 'ada',
      });
    }
    const stranger = await makeSigningKey('d');
    const forged = await token({}, { key: stranger, header: { kid: undefined } });
    await expect(verify(forged)).rejects.toMatchObject(invalid);
  });
});

describe('an ID token', () => {
  const expected = { audience: 'console', idTokenNonce: 'n-1' };

  test('is accepted with its nonce, for its client', async () => {
    const { token, verifier } = await tokenIssuer();
    for (const claims of [
      { aud: 'console' },
      { aud: 'console', azp: 'console' },
      { aud: ['console', 'x'], azp: 'console' },
    ]) {
      expect(await verifier.verify(await token({ nonce: 'n-1', ...claims }), expected)).toMatchObject({
        sub: 'ada',
      });
    }
  });

  test.each([
    ['another nonce', { aud: 'console', nonce: 'n-2' }, {}],
    ['no nonce', { aud: 'console' }, {}],
    ['another client', { aud: ['console', 'x'], azp: 'x', nonce: 'n-1' }, {}],
    ['several clients', { aud: ['console', 'x'], nonce: 'n-1' }, {}],
    ['the audience of bearer tokens', { nonce: 'n-1' }, {}],
    ['the type of an access token', { aud: 'console', nonce: 'n-1' }, { typ: 'at+jwt' }],
  ])('with %s is rejected', async (_name, claims, header) => {
    const { token, verifier } = await tokenIssuer();
    await expect(verifier.verify(await token(claims, { header }), expected)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });
});
