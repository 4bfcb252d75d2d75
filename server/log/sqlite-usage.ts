import { addAmounts } from '@stagewire/shared/decimal';
import type { DatabaseSync } from 'node:sqlite';
import { sumOfUsage, type AddedUsage, type DayUsage } from './day-usage.ts';

/** The counters of the days in SQLite. */
export interface SqliteUsage {
  /** Within the transaction of the append. */
  add(added: AddedUsage): void;
  /** @param owner Of all owners without one. */
  ofDay(day: string, owner?: string): DayUsage;
}

export function createSqliteUsage(database: DatabaseSync): SqliteUsage {
  const prepare = (sql: string) => database.prepare(sql);
  const get = prepare('SELECT tokens, cost FROM usage_of_days WHERE day = ? AND owner = ? AND currency = ?');
  const put = prepare(`
    INSERT INTO usage_of_days (day, owner, currency, tokens, cost) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (day, owner, currency) DO UPDATE SET tokens = excluded.tokens, cost = excluded.cost`);
  const ofAll = prepare('SELECT currency, tokens, cost FROM usage_of_days WHERE day = ?');
  const ofOwner = prepare('SELECT currency, tokens, cost FROM usage_of_days WHERE day = ? AND owner = ?');

  return {
    add({ day, owner, currency, tokens, cost }) {
      // Amounts are exact as text only.
      const before = get.get(day, owner, currency);
      const sum = Number(before?.['tokens'] ?? 0) + tokens;
      put.run(day, owner, currency, sum, addAmounts(String(before?.['cost'] ?? '0'), cost));
    },
    ofDay(day, owner) {
      const rows = owner === undefined ? ofAll.all(day) : ofOwner.all(day, owner);
      return sumOfUsage(
        rows.map((row) => ({
          currency: String(row['currency']),
          tokens: Number(row['tokens']),
          cost: String(row['cost']),
        })),
      );
    },
  };
}
