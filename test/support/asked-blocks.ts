/** A text of a request, as the model reads it. */
export interface AskedBlock {
  readonly text: string;
  /** With a `cache_control` of the Messages API. */
  readonly marked: boolean;
}

/** The texts of a request's body of any of the three APIs: the system text, then the messages, in their order. */
export function askedBlocks(body: Readonly<Record<string, unknown>>): AskedBlock[] {
  const turns = (body['messages'] ?? body['input'] ?? []) as readonly { content: unknown }[];
  const system = body['system'] ?? body['instructions'] ?? '';
  return [system, ...turns.map(({ content }) => content)].flatMap(blocksIn);
}

function blocksIn(content: unknown): AskedBlock[] {
  if (!Array.isArray(content)) return [{ text: String(content), marked: false }];
  return content.map((part: Readonly<Record<string, unknown>>) => ({
    text: String(part['text']),
    marked: part['cache_control'] !== undefined,
  }));
}
