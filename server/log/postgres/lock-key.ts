import { createHash } from 'node:crypto';

/**
 * The key of an advisory lock: advisory locks are of the whole database, which may have several clusters.
 *
 * @param cluster What identifies the cluster, in this database.
 * @returns a 64-bit integer, in decimal.
 */
export function lockKey(cluster: string, purpose: string): string {
  const hash = createHash('sha256').update(`stagewire ${cluster} ${purpose}`).digest();
  return String(hash.readBigInt64BE(0));
}

/** The channel of a cluster's notifications, which are of the whole database too. */
export function channelName(cluster: string): string {
  return `stagewire_${createHash('sha256').update(cluster).digest('hex').slice(0, 24)}`;
}
