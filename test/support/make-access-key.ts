import { secretBytes } from '../../server/runtime/random.ts';
import type { CreateKeyInput } from '@stagewire/shared';
import { CreateKeyInput as Schema } from '@stagewire/shared/keys';
import { createKeyService } from '../../server/identity/keys/key-service.ts';
import type { CredentialStore } from '../../server/identity/keys/credential-store.ts';
import { createKeyText } from '../../server/identity/keys/key-text.ts';
import { accessPathOf } from '../../server/identity/keys/open-access-database.ts';
import { createSqliteCredentialStore } from '../../server/identity/keys/sqlite-credential-store.ts';
import { systemClock } from '../../server/runtime/clock.ts';

type KeyInput = Partial<Omit<CreateKeyInput, 'id' | 'hash'>>;

/** Creates an access key in a data directory, as the command does, with or without a running server. */
export async function makeAccessKey(
  dataDir: string,
  input?: KeyInput,
): Promise<{ readonly id: string; readonly token: string }> {
  const store = createSqliteCredentialStore(accessPathOf(dataDir));
  try {
    return await makeKeyIn(store, input);
  } finally {
    await store.close();
  }
}

/** Creates an access key in a store. */
export async function makeKeyIn(
  store: CredentialStore,
  { name = 'ada', ...input }: KeyInput = {},
): Promise<{ readonly id: string; readonly token: string }> {
  const { id, hash, text } = createKeyText(secretBytes);
  const keys = createKeyService({ store, clock: systemClock });
  await keys.create(Schema.parse({ id, hash, name, ...input }), { id: 'command:test' });
  return { id, token: text };
}

export async function revokeAccessKey(dataDir: string, id: string): Promise<void> {
  const store = createSqliteCredentialStore(accessPathOf(dataDir));
  await createKeyService({ store, clock: systemClock }).revoke(id, { id: 'command:test' });
  await store.close();
}
