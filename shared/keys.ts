import { z } from 'zod';
import { Instant, KeyHash, KeyId, Permission } from './primitives.ts';

/** Access keys: with one of them a person or a program authenticates. */

/** A name for people: without control characters, which could change what a terminal shows. */
export const Name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^\P{C}+$/u);

const KeyKind = z.enum(['user', 'bot']);

/** An access key, as administrators see it. Nothing here helps to guess its secret. */
export const AccessKey = z
  .strictObject({
    id: KeyId,
    name: z.string(),
    owner: z.string(),
    kind: KeyKind,
    permissions: z.array(Permission),
    createdAt: Instant,
    expiresAt: Instant.optional(),
    revokedAt: Instant.optional(),
  })
  .meta({ id: 'AccessKey' });

export const CreateKeyInput = z
  .strictObject({
    id: KeyId,
    hash: KeyHash,
    name: Name,
    owner: Name.optional(),
    kind: KeyKind.default('user'),
    permissions: z.array(Permission).max(Permission.options.length).optional(),
    expiresAt: Instant.optional(),
  })
  .meta({ id: 'CreateKeyInput' });

export const KeyInput = z.strictObject({ id: KeyId }).meta({ id: 'KeyInput' });

export const RefreshInput = z.strictObject({ token: z.string().max(8192) }).meta({ id: 'RefreshInput' });

export type AccessKey = z.infer<typeof AccessKey>;
export type CreateKeyInput = z.input<typeof CreateKeyInput>;
export type NewAccessKey = z.output<typeof CreateKeyInput>;
