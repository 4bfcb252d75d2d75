import { createHash } from 'node:crypto';
import type { ProviderRequest } from '../../providers/provider.ts';

/** Names a prompt to the byte: SHA-256, in hexadecimal, of its system text and its messages. */
export function promptHash({ system, messages }: Pick<ProviderRequest, 'system' | 'messages'>): string {
  const said = [system, ...messages.map(({ role, text }) => [role, text])];
  return createHash('sha256').update(JSON.stringify(said)).digest('hex');
}
