import { secretBytes } from '../../server/runtime/random.ts';
import type { CreateKeyInput } from '@stagewire/shared';
import { CreateKeyInput as Schema } from '@stagewire/shared/keys';
import { createKeyService } from '../../server/identity/keys/key-service.ts';
import { createKeyText } from '../../server/identity/keys/key-text.ts';
import { accessPathOf } from '../../server/identity/keys/open-access-database.ts';
import { createSqliteCredentialStore } from '../../server/identity/keys/sqlite-credential-store.ts';
import { systemClock } from '../../server/runtime/clock.ts';

/** Creates an access key in a data directory, as the command does, with or without a running server. */
export async function makeAccessKey(
  dataDir: string,
  { name = 'ada', ...input }: Partial<Omit<CreateKeyInput, 'id' | 'hash'>> = {},
): Promise<{ readonly id: string; readonly token: string }> {
  const { id, hash, text } = createKeyText(secretBytes);
  const store = createSqliteCredentialStore(accessPathOf(dataDir));
  try {
    const keys = createKeyService({ store, clock: systemClock });
    await keys.create(Schema.parse({ id, hash, name, ...input }), { id: 'command:test' });
    return { id, token: text };
  } finally {
    await store.close();
  }
}

export async function revokeAccessKey(dataDir: string, id: string): Promise<void> {
  const store = createSqliteCredentialStore(accessPathOf(dataDir));
  await createKeyService({ store, clock: systemClock }).revoke(id, { id: 'command:test' });
  await store.close();
}
