/** What a notification of the database is about. */
export type MessageKind =
  /** Entries, of consecutive positions. Words: node, last position before them, flush. A line each: epoch, event. */
  | 'e'
  /** The global order has grown. Words: node, last position. */
  | 'p'
  /** A run was set aside. Words: node, run id. */
  | 's'
  /** A lease was renewed. Words: node, number of the renewal. */
  | 'l'
  /** There may be runs to claim. */
  | 'q'
  /** Another incarnation of the log has begun. */
  | 'f'
  /** There are commands for a node. Words: node. */
  | 'c'
  /** A command was answered. Words: node that asked, id of the command. */
  | 'a'
  /** Heartbeats. Words: node. A line of JSON. */
  | 'h'
  /** A node has joined, or claims nothing more. Words: node, its version or `-`. */
  | 'n'

  /** Access keys or sessions have changed. Words: `keys` or `sessions`. */
  | 'i';

export interface Message {
  readonly kind: MessageKind;
  readonly words: readonly string[];
  /** Everything after the first line. */
  readonly body: string;
}

/** Maximum size of a message, in bytes: a notification of PostgreSQL has less than 8,000. */
export const maxMessageBytes = 7600;

export function formatMessage({ kind, words, body }: Message): string {
  const head = [kind, ...words].join(' ');
  return body === '' ? head : `${head}\n${body}`;
}

/** `undefined` for a message of a later version. */
export function parseMessage(payload: string): Message | undefined {
  const end = payload.indexOf('\n');
  const [kind = '', ...words] = (end === -1 ? payload : payload.slice(0, end)).split(' ');
  return isKind(kind) ? { kind, words, body: end === -1 ? '' : payload.slice(end + 1) } : undefined;
}

const kinds: ReadonlySet<string> = new Set<MessageKind>([
  'e',
  'p',
  's',
  'l',
  'q',
  'c',
  'a',
  'h',
  'n',
  'i',
  'f',
]);

function isKind(kind: string): kind is MessageKind {
  return kinds.has(kind);
}
