import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linkTokenOf, verifyLinkToken } from '../../server/identity/links/link-text.ts';

const secret = Buffer.alloc(32, 1);
const link = { runId: 'run_0123456789', shareId: '0123456789abcdef' };
const token = linkTokenOf(link, secret);

test('the token of a link is the same each time, and names its link', () => {
  expect(token).toBe(linkTokenOf({ ...link }, Buffer.alloc(32, 1)));
  expect(verifyLinkToken(token, secret)).toEqual(link);
  expect(token).not.toContain(secret.toString('hex'));
});

test('another secret, run or link makes another mac', () => {
  expect(verifyLinkToken(token, Buffer.alloc(32, 2))).toBeUndefined();
  expect(verifyLinkToken(token.replace(link.runId, 'run_0123456780'), secret)).toBeUndefined();
  expect(verifyLinkToken(token.replace(link.shareId, '0123456789abcdee'), secret)).toBeUndefined();
});

test('no change of a token is accepted', () => {
  const at = fc.nat({ max: token.length });
  fc.assert(
    fc.property(at, at, fc.string({ maxLength: 3, unit: 'binary' }), (one, other, text) => {
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      const changed = token.slice(0, from) + text + token.slice(to);
      if (changed !== token) expect(verifyLinkToken(changed, secret)).toBeUndefined();
    }),
    { numRuns: 2000 },
  );
});
