import type { DurableEvent } from '@stagewire/shared';
import { allPermissions } from '../../server/identity/principal.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import type { ProviderSettings } from '../../server/providers/provider-settings.ts';
import { createRegistry } from '../../server/providers/registry.ts';
import { defaultRunOptions } from '../../server/process/run-options.ts';
import { systemRandom } from '../../server/runtime/random.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { quietLogger } from '../../server/runtime/logger.ts';
import { createMemoryAccount, memoryLimitsOf } from '../../server/runtime/memory-account.ts';
import { createProviderServer } from '../support/provider-server.ts';
import { createCrewScript, type CrewScriptOptions } from './crew-script.ts';
import { createPrefixCache, type CachedShare } from './prefix-cache.ts';
import { createRuns } from '../support/create-runs.ts';

export const promptWires = ['anthropic', 'openai', 'compatible'] as const;
export type PromptWire = (typeof promptWires)[number];

export interface PromptFigures {
  readonly wire: PromptWire;
  readonly codeChars: number;
  readonly stages: readonly (CachedShare & {
    readonly role: string;
    readonly answerChars: number;
    /** As the run's log tells it, from what the provider said. */
    readonly cachedInputTokens: number;
  })[];
  readonly sentChars: number;
  /** The part of all characters sent that stands in a beginning that was sent before. */
  readonly repeatedShare: number;
  readonly cachedShare: number;
  readonly refinerChars: number;
}

const charsPerToken = 4;
const longestRunMs = 60_000;

/**
 * Plays a run of nine stages through the engine and the real SDK of a provider, all roles with one model, against a
 * server on loopback that tells cached tokens as `createPrefixCache` finds them.
 *
 * @throws Error if the run does not complete as the script has it.
 */
export async function measurePrompts(
  wire: PromptWire,
  options: CrewScriptOptions = {},
): Promise<PromptFigures> {
  const script = createCrewScript(options);
  const cache = createPrefixCache();
  const shares: CachedShare[] = [];
  await using server = await createProviderServer();
  server.onRequest((request) => {
    const share = cache.add(request);
    const answer = script.stages[shares.length]?.answer ?? '';
    shares.push(share);
    const usage = {
      input: Math.ceil(share.sentChars / charsPerToken),
      output: Math.ceil(answer.length / charsPerToken),
      cached: Math.floor(share.cachedChars / charsPerToken),
    };
    return { tokens: [answer], usage };
  });
  await using registry = createRegistry({ clock: systemClock, settings: settingsFor(wire, server.url) });
  const log = createMemoryLog({ clock: systemClock });
  const supervisor = createRuns({
    ...defaultRunOptions,
    account: createMemoryAccount(memoryLimitsOf(Number.MAX_SAFE_INTEGER)),
    log,
    clock: systemClock,
    random: systemRandom,
    logger: quietLogger,
    heartbeatMs: 1000,
    models: { default: `${wire}/test-model` },
    resolveModel: (modelRef) => registry.resolve(modelRef),
    findModelProblem: (modelRef) => registry.findProblem(modelRef),
  });
  const { runId } = await supervisor.start(
    {
      task: script.task,
      pipeline: {
        roles: ['architect', 'coder', 'reviewer', 'refiner', 'tester', 'documenter'],
        maxRefinements: 2,
      },
    },
    { actor: { id: 'bench', kind: 'anonymous' }, owner: 'bench', permissions: allPermissions },
  );
  const events: DurableEvent[] = [];
  try {
    for (const deadlineMs = Date.now() + longestRunMs; events.at(-1)?.type !== 'run.completed';) {
      const page = await log.read(runId, { after: events.at(-1)?.seq ?? 0, limit: 1000 });
      events.push(...page.map(({ event }) => event));
      const ended = events.at(-1);
      if (ended?.type === 'run.failed') throw new Error(`the run failed: ${ended.failure.message}`);
      if (Date.now() > deadlineMs) throw new Error('the run has taken too long');
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
    }
  } finally {
    await supervisor.stop();
  }
  return figuresOf(wire, { script, shares, events });
}

function figuresOf(
  wire: PromptWire,
  played: {
    readonly script: ReturnType<typeof createCrewScript>;
    readonly shares: readonly CachedShare[];
    readonly events: readonly DurableEvent[];
  },
): PromptFigures {
  const { script, shares, events } = played;
  const completed = events.filter((event) => event.type === 'stage.completed');
  const roles = completed.map(({ role }) => role).join(', ');
  if (roles !== script.stages.map(({ role }) => role).join(', ')) {
    throw new Error(`the run had other stages than its script: ${roles}`);
  }
  const stages = shares.map((share, index) => ({
    ...share,
    role: completed[index]?.role ?? '',
    answerChars: script.stages[index]?.answer.length ?? 0,
    cachedInputTokens: completed[index]?.usage.cachedInputTokens ?? 0,
  }));
  const sum = (of: (stage: (typeof stages)[number]) => number) =>
    stages.reduce((total, stage) => total + of(stage), 0);
  const sentChars = sum((stage) => stage.sentChars);
  return {
    wire,
    codeChars: script.codeChars,
    stages,
    sentChars,
    repeatedShare: sum((stage) => stage.repeatedChars) / sentChars,
    cachedShare: sum((stage) => stage.cachedChars) / sentChars,
    refinerChars: sum(({ role, answerChars }) => (role === 'refiner' ? answerChars : 0)),
  };
}

function settingsFor(wire: PromptWire, url: string): ProviderSettings {
  const ollama = { baseUrl: `${url}/v1` };
  switch (wire) {
    case 'anthropic':
      return { ollama, anthropic: { apiKey: 'key', baseUrl: url } };
    case 'openai':
      return { ollama, openai: { apiKey: 'key', baseUrl: `${url}/v1` } };
    case 'compatible':
      return { ollama, compatible: { apiKey: 'key', baseUrl: `${url}/v1` } };
    default:
      return wire satisfies never;
  }
}
