/** The encodings in which built files are kept, in the order in which the server prefers them. */
const encodings = ['br', 'gzip'] as const;

export type ContentEncoding = (typeof encodings)[number];

/**
 * The compressed encodings that a request accepts by its header `accept-encoding` (RFC 9110, section 12.5.3), in the
 * server's order of preference. Without the header there are none: the client may not be able to decompress.
 */
export function acceptedEncodings(header: string | readonly string[] | undefined): ContentEncoding[] {
  const weights = new Map<string, number>();
  const parts = (typeof header === 'string' ? [header] : (header ?? [])).flatMap((it) => it.split(','));
  for (const part of parts) {
    const [name = '', ...parameters] = part.split(';').map((it) => it.trim().toLowerCase());
    const weight = parameters.find((it) => it.startsWith('q='))?.slice(2);
    // A weight that is no number is a malformed header: the encoding is not used.
    weights.set(name === 'x-gzip' ? 'gzip' : name, weight === undefined ? 1 : Number(weight) || 0);
  }
  return encodings.filter((it) => (weights.get(it) ?? weights.get('*') ?? 0) > 0);
}
