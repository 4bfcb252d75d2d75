/** One server-sent event. */
export interface SseFrame {
  /** `message` if the event has no `event` field. */
  readonly event: string;
  readonly data: string;
  readonly id?: string;
  /** The names of its fields, in order. */
  readonly order: readonly string[];
}

/** Parses `text/event-stream` as the standard defines it; comments and an incomplete last event are ignored. */
export function parseSse(text: string): readonly SseFrame[] {
  const blocks = text.replaceAll('\r\n', '\n').split('\n\n').slice(0, -1);
  return blocks.flatMap((block) => {
    const lines = block.split('\n').filter((line) => line !== '' && !line.startsWith(':'));
    if (lines.length === 0) return [];
    const fields = lines.map((line): [string, string] => {
      const colon = line.indexOf(':');
      if (colon === -1) return [line, ''];
      return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
    });
    const id = fields.findLast(([name]) => name === 'id')?.[1];
    return [
      {
        event: fields.findLast(([name]) => name === 'event')?.[1] ?? 'message',
        data: fields.flatMap(([name, value]) => (name === 'data' ? [value] : [])).join('\n'),
        ...(id !== undefined && { id }),
        order: fields.map(([name]) => name),
      },
    ];
  });
}
