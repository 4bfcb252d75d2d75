import { open, rm, stat } from 'node:fs/promises';
import { holdProcess } from '@stagewire/server/runtime/hold-process';
import { wait } from '@stagewire/server/runtime/wait';
import * as openid from 'openid-client';
import type { CliContext } from '../terminal/cli-context.ts';
import { CliProblem, commandName } from '../terminal/cli-problem.ts';
import {
  credentialsPath,
  storeCredential,
  storedCredential,
  type StoredCredential,
} from '../terminal/stored-credentials.ts';
import { shownUrl } from '../terminal/why-unreached.ts';
import { openConfiguration, problemOf } from './oidc-configuration.ts';
import { credentialOf } from './sign-in-by-browser.ts';

/** A token is renewed this long before it expires, in milliseconds. */
const marginMs = 60_000;

/** How long another command may take to renew it, and after which its lock is stale, in milliseconds. */
const maxLockMs = 30_000;

/** How long to wait before the lock is tried again, in milliseconds. */
const retryLockMs = 100;

type Context = Pick<CliContext, 'env' | 'clock'>;

/** Is this token to be renewed before it is used? */
function expiresSoon({ expiresAt }: StoredCredential, nowMs: number): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) - marginMs <= nowMs;
}

/**
 * The stored credential, renewed by its refresh token if it expires soon, and stored. Two commands at the same time renew
 * it once: many providers revoke a refresh token that is used twice.
 *
 * @throws CliProblem if it has expired and cannot be renewed.
 */
export async function renewedCredential(
  context: Context,
  url: string,
  stored: StoredCredential,
): Promise<StoredCredential> {
  if (!expiresSoon(stored, context.clock.now())) return stored;
  try {
    return await withLock(context, async () => {
      const current = (await storedCredential(context.env, url)) ?? stored;
      if (!expiresSoon(current, context.clock.now())) return current;
      const renewed = await renew(context, current);
      await storeCredential(context.env, url, renewed);
      return renewed;
    });
  } catch (error) {
    if (Date.parse(stored.expiresAt ?? '') > context.clock.now()) return stored;
    const why = error instanceof CliProblem ? ` ${error.message}` : '';
    if (!(error instanceof CliProblem)) throw error;
    throw new CliProblem(
      `Your sign-in to ${shownUrl(url)} has expired.${why} Sign in again with "${commandName} login --url ${shownUrl(url)}".`,
    );
  }
}

async function renew(context: Context, { refresh }: StoredCredential): Promise<StoredCredential> {
  if (refresh === undefined) throw new CliProblem('The provider gave no token to renew it.');
  await using opened = await openConfiguration(context, refresh);
  const { use, token: former } = refresh;
  const nowMs = context.clock.now();
  const tokens = await openid.refreshTokenGrant(opened.config, former).catch((error: unknown) => {
    throw new CliProblem(`The provider did not renew it (${problemOf(error)}).`);
  });
  const renewed = credentialOf(tokens, { ...refresh, use, nowMs, former });
  if (renewed === undefined) throw new CliProblem('The provider did not give another token of its kind.');
  return renewed;
}

/** @throws CliProblem if another command holds the lock for too long. */
async function withLock<Result>({ env, clock }: Context, use: () => Promise<Result>): Promise<Result> {
  const path = `${credentialsPath(env)}.lock`;
  const deadlineMs = clock.now() + maxLockMs;
  for (;;) {
    const lock = await open(path, 'wx', 0o600).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return undefined;
      throw new CliProblem(`The file ${path} cannot be written.`);
    });
    if (lock !== undefined) {
      await lock.close();
      try {
        return await use();
      } finally {
        await rm(path, { force: true });
      }
    }
    const age = await stat(path).then(
      ({ mtimeMs }) => clock.now() - mtimeMs,
      () => 0,
    );
    // Its command was killed.
    if (age > maxLockMs) await rm(path, { force: true });
    if (clock.now() > deadlineMs) throw new CliProblem(`Another command has locked ${path} for too long.`);
    // Nothing else keeps the process alive while another one has the lock.
    const release = holdProcess();
    await wait(clock, retryLockMs).finally(release);
  }
}
