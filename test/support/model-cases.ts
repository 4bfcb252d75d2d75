import type { InputFile, Role, RunEvent, RunState } from '@stagewire/client';
import { connect } from '../../client/index.ts';
import { startApp } from '../../server/app.ts';
import { readConfig } from '../../server/process/config.ts';
import type { Stagewire } from '../../client/index.ts';
import type { AppOptions } from '../../server/app.ts';
import { askedBlocks } from './asked-blocks.ts';
import { createProviderServer, type SeenRequest } from './provider-server.ts';
import type { ProviderAnswer } from './provider-script.ts';

/** What a model answers to one call; a function sees the request first. */
export type CaseAnswer = ProviderAnswer | ((request: SeenRequest) => ProviderAnswer);

/** One run, and what its models answer. */
export interface ModelCase {
  /** @default compatible */
  readonly provider?: 'compatible' | 'ollama' | 'anthropic' | 'openai';
  /** @default the coder */
  readonly roles?: readonly Role[];
  /** @default 1 */
  readonly maxRefinements?: number;
  /** @default the server's */
  readonly maxAttemptsPerStage?: number;
  readonly files?: readonly InputFile[];
  /** Of each role, what it answers call by call; the last one again and again. The other roles make no mistake. */
  readonly answers: Readonly<Partial<Record<Role, readonly CaseAnswer[]>>>;
}

/** What came of it, all of it read by the client over its socket. */
export interface PlayedCase {
  readonly runId: string;
  readonly state: RunState;
  readonly events: readonly RunEvent[];
  /** The texts of the run's files as they are at its end. */
  readonly files: Readonly<Record<string, string>>;
  /** The roles whose stages began, in order. */
  readonly roles: readonly string[];
  /** The requests for an answer, also those that were refused. */
  readonly requests: readonly SeenRequest[];
  /** All texts that a role was sent, a string for each call. */
  prompts(role: Role): readonly string[];
}

export interface ModelCasesOptions {
  /** Where the log is. @default in memory */
  readonly dataDir?: string;
  readonly app?: Pick<AppOptions, 'runs'>;
}

export interface ModelCases extends AsyncDisposable {
  /** Of the server, where the console is, too. */
  readonly url: string;
  readonly client: Stagewire;
  play(played: ModelCase): Promise<PlayedCase>;
}

const flawless: Readonly<Record<string, string>> = {
  architect: '# Design\n\nOne module.\n',
  coder: '```ts src/a.ts\nexport const a = 1;\n```\n',
  reviewer: '{"issues": [], "verdict": "approved"}',
  refiner: '```ts src/a.ts\nexport const a = 2;\n```\n',
  tester: '```ts test/a.test.ts\nok();\n```\n',
  documenter: '# Read me',
};

/**
 * The real server in this process, and a model server on loopback: runs go the whole way, from a
 * client's start over the SDK of the provider to the files that the client reads.
 */
export async function startModelCases(options: ModelCasesOptions = {}): Promise<ModelCases> {
  await using opened = new AsyncDisposableStack();
  const played = new Map<string, ModelCase>();
  const requests: SeenRequest[] = [];
  const provider = opened.use(await createProviderServer({ answer: answerOf }));
  const app = await startApp({
    ...options.app,
    config: readConfig({
      STAGEWIRE_PORT: '0',
      STAGEWIRE_MODEL: 'compatible/test-model',
      ...(options.dataDir === undefined
        ? { STAGEWIRE_LOG: 'memory' }
        : { STAGEWIRE_DATA_DIR: options.dataDir }),
      COMPATIBLE_BASE_URL: `${provider.url}/v1`,
      OLLAMA_BASE_URL: `${provider.url}/v1`,
      OPENAI_BASE_URL: `${provider.url}/v1`,
      OPENAI_API_KEY: 'sk-test-0123456789',
      ANTHROPIC_BASE_URL: provider.url,
      ANTHROPIC_API_KEY: 'sk-ant-test-0123456789',
    }),
  });
  opened.defer(() => app.close());
  const client = opened.use(connect({ url: app.url }));

  function answerOf(request: SeenRequest): ProviderAnswer {
    const { name, role } = placeOf(request);
    requests.push(request);
    const given = played.get(name)?.answers[role] ?? [];
    const nth = requests.filter((it) => it.body['model'] === request.body['model']).length;
    const answer = given[Math.min(nth, given.length) - 1] ?? flawless[role] ?? '';
    return typeof answer === 'function' ? answer(request) : answer;
  }

  const kept = opened.move();
  return {
    url: app.url,
    client,
    async play(one) {
      const { provider: name = 'compatible', roles = ['coder'], maxRefinements = 1 } = one;
      const key = `case-${played.size + 1}`;
      played.set(key, one);
      // Each role has a model of its own, so that who asks does not depend on a prompt's words.
      const models = roles.map((role) => [role, `${name}/${key}~${role}`]);
      const run = await client.start({
        task: 'A small queue.',
        models: Object.fromEntries(models) as Record<Role, string>,
        pipeline: { roles: [...roles], maxRefinements },
        ...(one.files === undefined ? {} : { files: [...one.files] }),
        ...(one.maxAttemptsPerStage === undefined
          ? {}
          : { limits: { maxAttemptsPerStage: one.maxAttemptsPerStage } }),
      });
      const events: RunEvent[] = [];
      for await (const event of run.events()) events.push(event);
      const files = await run.files();
      const mine = requests.filter((request) => placeOf(request).name === key);
      return {
        runId: run.id,
        state: await run.snapshot(),
        events,
        files: Object.fromEntries(files.map(({ path, text }) => [path, text])),
        roles: events.flatMap((event) =>
          event.type === 'stage.started' && event.attempt === 1 ? [event.role] : [],
        ),
        requests: mine,
        prompts: (role) =>
          mine
            .filter((request) => placeOf(request).role === role)
            .map(({ body }) =>
              askedBlocks(body)
                .map(({ text }) => text)
                .join(''),
            ),
      };
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function placeOf({ body }: SeenRequest): { readonly name: string; readonly role: Role } {
  const [name = '', role = ''] = String(body['model']).split('~');
  return { name, role };
}
