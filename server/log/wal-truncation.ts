import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';

/** In bytes. */
const walHeaderBytes = 32;
const frameHeaderBytes = 24;

/** The first bytes of every write-ahead log, except for the last bit, which is the byte order of its checksums. */
const walMagic = 0x37_7f_06_82;

/**
 * Whether the write-ahead log's file is shorter than what the connections of the database have written to it: it
 * was truncated by another program. A checkpoint would then fill the database with zeros.
 */
export function isWalTruncated(database: DatabaseSync, walPath: string): boolean {
  const before = framesOf(database);
  const isShort = before > 0 && !holds(walPath, before * (frameHeaderBytes + pageBytesOf(database)));
  // Meanwhile another process may have moved all of it into the database and truncated it correctly.
  return isShort && framesOf(database) === before;
}

function framesOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA wal_checkpoint(NOOP)').get()?.['log'] ?? 0);
}

function pageBytesOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA page_size').get()?.['page_size'] ?? 0);
}

function holds(walPath: string, frameBytes: number): boolean {
  const size = statSync(walPath, { throwIfNoEntry: false })?.size ?? 0;
  if (size < walHeaderBytes + frameBytes) return false;
  // A file that was truncated to zero and written further starts with a hole.
  const header = Buffer.alloc(4);
  const file = openSync(walPath, 'r');
  try {
    readSync(file, header);
  } finally {
    closeSync(file);
  }
  return header.readUInt32BE() >>> 1 === walMagic >>> 1;
}

/**
 * Moves the rest of the write-ahead log into the database and truncates the file, so that no older copies of pages are
 * left in it. Returns false if it could not: another program reads the database, or the disk fails. Blocks for an fsync of
 * the little that was written since the last checkpoint.
 */
export function eraseWal(database: DatabaseSync, path: string): boolean {
  try {
    if (database.isTransaction || isWalTruncated(database, `${realpathSync(path)}-wal`)) return false;
    return database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'] === 0;
  } catch {
    // A full or failing disk: the log's own writes report it.
    return false;
  }
}
