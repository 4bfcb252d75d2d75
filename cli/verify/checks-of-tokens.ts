import type { Frame } from './bare-wire.ts';
import type { Check } from './check.ts';
import { CheckSkipped, holds, same } from './expectation.ts';
import { createPlainHttp, jsonOf, pathOf } from './plain-http.ts';

/** P55: tokens of an OpenID provider. They need a server that accepts them. */
export const checksOfTokens: readonly Check[] = [
  {
    rule: 'P55',
    name: 'a token that the provider has not signed is rejected like any other text, whatever its claims and its header are',
    async run(kit) {
      const { oidc, auth } = kit.info;
      if (!auth.includes('jwt')) throw new CheckSkipped('the server accepts no tokens of an OpenID provider');
      const { url, clock, patienceMs } = kit.context;
      const http = createPlainHttp(new URL(url), { patienceMs, onStarted() {} });
      const ask = async (token: string) => {
        const headers = { authorization: `Bearer ${token}` };
        const answer = await http.send({ path: pathOf('runs.list', {}), headers });
        const { error } = jsonOf(answer) as Frame;
        return { code: error?.data.stagewire.code ?? 'accepted', message: error?.message ?? '' };
      };
      const other = await ask('x');
      // An expired claim as well: who forges a token must not learn which of its claims are right.
      const claims = {
        iss: oidc?.issuer ?? 'https://issuer.example',
        aud: oidc?.clientId ?? 'x',
        sub: 'verify',
      };
      for (const exp of [1, Math.floor(clock.now() / 1000) + 300]) {
        for (const header of [{ alg: 'none' }, { alg: 'HS256' }, { alg: 'RS256', kid: 'verify', jwk: {} }]) {
          const answer = await ask([encoded(header), encoded({ ...claims, exp }), 'AAAA'].join('.'));
          holds(/UNAUTHENTICATED|RATE_LIMITED|OVERLOADED/.test(answer.code), 'a rejection', answer.code);
          if (answer.code === other.code && other.code === 'UNAUTHENTICATED') {
            same('its message', answer.message, other.message);
          }
        }
      }
    },
  },
];

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
