import type { SharedLimits } from '../limits/shared-limits.ts';
import type { CommandRelay } from './command-relay.ts';
import type { Ownership } from './ownership.ts';
import type { HeartbeatChannel } from './heartbeat-channel.ts';

/** How a node cooperates with the others that share its log. A node with an embedded log has no cluster. */
export interface Cluster {
  readonly ownership: Ownership;
  readonly commands: CommandRelay;
  readonly heartbeats: HeartbeatChannel;
  /** What all nodes count together. @default each node counts for itself */
  readonly limits?: SharedLimits;
}
