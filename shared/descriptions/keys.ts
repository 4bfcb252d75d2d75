import type { SchemaDescriptions } from './description.ts';

/** Descriptions of the schemas in `shared/keys.ts`. */
export const keyDescriptions: SchemaDescriptions = {
  AccessKey: {
    text: 'An access key, without its secret, which the server does not know.',
    fields: {
      id: 'The second part of the key. The `id` of its actor is `key:<id>`.',
      name: 'A name for people; several keys can have the same one. It is the `name` of its actor.',
      owner: 'Owner of the runs that it starts and can access.',
      kind: {
        text: 'Who uses it. It is the `kind` of its actor.',
        values: { user: 'a person', bot: 'a program' },
      },
      permissions: 'What it may do. `admin` includes all others.',
      createdAt: 'When it was created.',
      expiresAt: 'When it expires. Absent: never.',
      revokedAt: 'When it was revoked. Absent: it was not.',
    },
  },
  CreateKeyInput: {
    text: 'Input of `keys.create`. The client generates the key: `swk_<id>_<secret>`, with 64 random bits for the id and 256 for the secret, in lower-case hexadecimal.',
    fields: {
      id: 'The second part of the key.',
      hash: 'SHA-256 of the whole key, in hexadecimal.',
      name: 'A name for people, 1 to 100 chars.',
      owner: 'Owner of the runs that it starts and can access, 1 to 100 chars. Default: `name`.',
      kind: { text: 'Who uses it.', values: { user: 'a person', bot: 'a program' } },
      permissions: 'What it may do. Default: all except `admin`.',
      expiresAt: 'When it expires. Default: never.',
    },
  },
  KeyInput: { text: 'Input of `keys.revoke`.', fields: { id: 'The second part of the key.' } },
  RefreshInput: {
    text: 'Input of `session.refresh`.',
    fields: { token: 'A credential, as in `Authorization: Bearer`.' },
  },
};
