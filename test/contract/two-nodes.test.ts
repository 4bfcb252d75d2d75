import { createMemoryLog } from '../../server/log/memory.ts';
import { settle } from '../support/engine.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createMemoryCluster } from '../support/memory-cluster.ts';
import { createSeededChance } from '../support/seeded-random-ids.ts';
import { createSimLink } from '../support/sim-link.ts';
import { ownershipContract } from './ownership-contract.ts';
import { relayContract } from './relay-contract.ts';
import {
  twoNodesContract,
  type ContractNode,
  type OpenTwoNodes,
  type TwoNodes,
} from './two-nodes-contract.ts';

const leaseMs = 10_000;

const open: OpenTwoNodes = (versions) => {
  const clock = createFakeClock();
  const random = createSeededChance(7);
  const truth = createMemoryLog({ clock });
  const cluster = createMemoryCluster({ clock, truth, leaseMs });
  const join = (nodeId: 'a' | 'b'): ContractNode => {
    const link = createSimLink(clock, random);
    const { news, ...node } = cluster.join({
      nodeId,
      version: versions?.[nodeId],
      link,
      enter: (task) => task(),
    });
    return {
      ...node,
      heartbeats: news,
      setFaults({ lost = 0, doubled = 0, latencyMs = 3 }) {
        Object.assign(link.faults, {
          lostNotifications: lost,
          doubledNotifications: doubled,
          latencyMs: 2 * latencyMs,
        });
      },
      loseAnswers(isLosing) {
        link.faults.lostAnswers = isLosing ? 1 : 0;
      },
    };
  };
  return Promise.resolve<TwoNodes>({
    a: join('a'),
    b: join('b'),
    /** Waits for something that needs time on the network. */
    async done<T>(promise: Promise<T>): Promise<T> {
      promise.catch(() => undefined);
      await clock.advance(1500);
      return settle(clock, promise);
    },
    passLeases: () => clock.advance(leaseMs),
    passMoment: () => clock.advance(100),
    [Symbol.asyncDispose]: () => truth.close(),
  });
};

twoNodesContract(open);
ownershipContract(open);
relayContract(open);
