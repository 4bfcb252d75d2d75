import { createHmac } from 'node:crypto';
import { CliProblem } from '../terminal/cli-problem.ts';

/** Signs requests as Standard Webhooks defines it (`v1`, HMAC-SHA256). */
export interface WebhookSigner {
  /** The headers of one delivery. @param timestampMs the wall clock's time of this attempt */
  headersOf(message: {
    readonly id: string;
    readonly timestampMs: number;
    readonly body: string;
  }): WebhookHeaders;
}

export interface WebhookHeaders {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

const prefix = 'whsec_';
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** What the specification permits, in bytes. */
const minBytes = 24;
const maxBytes = 64;

/** @param secret `whsec_` and base64. @throws CliProblem if it is missing or malformed; the message does not contain it. */
export function createWebhookSigner(secret: string | undefined): WebhookSigner {
  const text = secret?.trim() ?? '';
  const encoded = text.slice(prefix.length);
  const key = Buffer.from(encoded, 'base64');
  const isValid =
    text.startsWith(prefix) && base64.test(encoded) && key.length >= minBytes && key.length <= maxBytes;
  if (!isValid) {
    const what = text === '' ? 'is not set' : 'is not valid';
    throw new CliProblem(
      `STAGEWIRE_WEBHOOK_SECRET ${what}. It must be ${prefix} and the base64 of ${minBytes} to ${maxBytes} random bytes, which ` +
        `the receiver knows as well, e.g. from: echo "${prefix}$(openssl rand -base64 32)"`,
      'CONFIG_INVALID',
    );
  }
  return {
    headersOf({ id, timestampMs, body }) {
      const timestamp = String(Math.floor(timestampMs / 1000));
      const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
      return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
    },
  };
}
