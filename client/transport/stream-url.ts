import { PROTOCOL_HASH, PROTOCOL_VERSION } from '../generated/contract.ts';

export interface StreamUrlOptions {
  /** The path of the endpoint. */
  readonly url: string;
  readonly clientName: string;
  readonly path: string;
  readonly input: object;
  /** The cursor to resume after. */
  readonly cursor: string | undefined;
}

/** The URL of a subscription over HTTP. Credentials are in headers only. */
export function streamUrl({ url, clientName, path, input, cursor }: StreamUrlOptions): string {
  const params = { protocol: String(PROTOCOL_VERSION), contract: PROTOCOL_HASH, client: clientName };
  const query = new URLSearchParams({
    input: JSON.stringify({ ...input, ...(cursor !== undefined && { lastEventId: cursor }) }),
    connectionParams: JSON.stringify(params),
  });
  return `${url}/${path}?${query.toString()}`;
}
