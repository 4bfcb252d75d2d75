import type { CommandRelay } from './command-relay.ts';
import type { Ownership } from './ownership.ts';
import type { WaitingNews } from './waiting-news.ts';

/** How a node works with the others that share its log. A node with an embedded log has none. */
export interface Cluster {
  readonly ownership: Ownership;
  readonly commands: CommandRelay;
  readonly news: WaitingNews;
}
