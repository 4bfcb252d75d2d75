import { openDatabase } from '../../server/log/postgres/database.ts';
import { createPostgresLog } from '../../server/log/postgres/postgres-log.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { systemRandom } from '../../server/runtime/random.ts';
import { claiming } from '../support/claiming-log.ts';
import { describePostgres } from '../support/postgres-database.ts';
import { deletionContract } from './deletion-contract.ts';
import { eventLogContract } from './event-log-contract.ts';
import { runIndexContract } from './run-index-contract.ts';
import { searchContract } from './search-contract.ts';
import { usageContract } from './usage-contract.ts';

describePostgres((given) => {
  const open = async () => {
    const database = await openDatabase({
      clock: systemClock,
      random: () => systemRandom.next(),
      nodeId: 'node-1',
      url: given.url,
      schema: await given.emptySchema(),
    });
    const log = createPostgresLog({ clock: systemClock, database });
    return { log: claiming(log), [Symbol.asyncDispose]: () => log.close() };
  };
  eventLogContract(open);
  deletionContract(open);
  searchContract(open);
  runIndexContract(open);
  usageContract(open);
});
