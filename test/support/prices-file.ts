import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PricesFile extends AsyncDisposable {
  readonly path: string;
}

/** A price list with these models at made-up prices: 1,000,000 tokens cost 2 of input and 8 of output. */
export async function writePricesFile(...models: readonly string[]): Promise<PricesFile> {
  const folder = await mkdtemp(join(tmpdir(), 'prices-'));
  const path = join(folder, 'prices.json');
  const prices = { input: 2, cachedInput: 0.5, output: 8 };
  const list = {
    date: '2026-11-22',
    currency: 'USD',
    models: Object.fromEntries(models.map((model) => [model, prices])),
  };
  await writeFile(path, JSON.stringify(list));
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
