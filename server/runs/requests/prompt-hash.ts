import { createHash } from 'node:crypto';
import type { ProviderRequest } from '../../providers/provider.ts';

/** SHA-256 of a prompt's system text and messages, in hexadecimal. */
export function promptHash({ system, messages }: Pick<ProviderRequest, 'system' | 'messages'>): string {
  const content = [system, ...messages.map(({ role, text }) => [role, text])];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
