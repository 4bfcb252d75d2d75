import { createHash } from 'node:crypto';
import type { RunEvent, RunFile, RunPrompt } from '@stagewire/shared';
import { RunPrompt as RunPromptSchema } from '@stagewire/shared/state';
import { untestable, type Check } from './check.ts';
import { stalled } from './checks-of-commands.ts';
import { fits, holds, memberOf, same } from './expectation.ts';
import { namedFields, rejectedWith } from './rejections.ts';
import { eventsOf, hasText, wholeRun } from './rehearsed-runs.ts';
import { dataOf, startInput, type CheckTools } from './verify-kit.ts';

/** P6, P17, P18, C16 and the rules of prompts, as returned by runs.prompt. */
export const checksOfPrompts: readonly Check[] = [
  {
    rule: 'P18',
    also: ['E16', 'M5'],
    name: 'runs.prompt returns the prompt of each attempt, exactly as it was sent',
    async run(kit) {
      const events = eventsOf(await wholeRun(kit));
      for (const event of events) {
        if (event.type !== 'stage.started') continue;
        const { stage, role, attempt, model, promptHash } = event;
        const prompt = await promptOf(kit, event);
        same('what is wrong with its shape', RunPromptSchema.safeParse(prompt).error, undefined);
        fits('the prompt', prompt, { stage, role, attempt, model });
        same(
          'the roles of its messages',
          prompt.messages.map((message) => message.role),
          prompt.messages.map((_message, index) => (index % 2 === 0 ? 'user' : 'assistant')),
        );
        same('the role of the last one', prompt.messages.at(-1)?.role, 'user');
        holds(textOf(prompt).includes('A queue in TypeScript'), 'the task in it', textOf(prompt));
        if (promptHash === undefined) continue;
        same('whether it is what was sent', prompt.exact, true);
        same('the hash of it', hashOf(prompt), promptHash);
      }
    },
  },
  {
    rule: 'P18',
    name: 'the prompt of an unknown attempt is rejected with ATTEMPT_NOT_FOUND; that of a running attempt is available',
    async run(kit) {
      const { wire, runId } = await stalled(kit, { roles: ['coder'] });
      fits('the prompt', await promptOf(kit, { runId, stage: 1, attempt: 1 }), { role: 'coder', stage: 1 });
      for (const at of [
        { stage: 1, attempt: 2 },
        { stage: 2, attempt: 1 },
      ]) {
        const frame = await wire.ask('query', 'runs.prompt', { runId, ...at });
        fits('its details', rejectedWith(frame, 'ATTEMPT_NOT_FOUND').data.stagewire.details, {
          runId,
          ...at,
        });
      }
    },
  },
  {
    rule: 'P6',
    name: 'instructions are in the prompts: those for all roles in every prompt, those for a role only in its own',
    async run(kit) {
      const instructions = { all: 'Write British English.', coder: 'Indent by three.' };
      const events = eventsOf(await kit.record({ roles: ['architect', 'coder'], instructions }));
      for (const event of events) {
        if (event.type !== 'stage.started') continue;
        const text = textOf(await promptOf(kit, event));
        const has = [text.includes(instructions.all), text.includes(instructions.coder)];
        same(`what the prompt of the ${event.role} has`, has, [true, event.role === 'coder']);
      }
    },
  },
  {
    rule: 'C5',
    also: ['C10', 'E2'],
    name: 'the texts of the commands that stage.started names are in the prompt of that attempt',
    async run(kit) {
      const { wire, runId, events } = await stalled(kit);
      const text = 'Say everything in hexameters.';
      dataOf(await kit.command(wire, 'runs.steer', { runId, text, expect: 'any' }));
      await hasText(events, { stage: 1, attempt: 2 });
      const before = textOf(await promptOf(kit, { runId, stage: 1, attempt: 1 }));
      const after = textOf(await promptOf(kit, { runId, stage: 1, attempt: 2 }));
      same('where the text is', [before.includes(text), after.includes(text)], [false, true]);
    },
  },
  {
    rule: 'C16',
    name: 'steer restart includes the interrupted draft in the prompt; with draft drop it does not',
    async run(kit) {
      for (const draft of ['keep', 'drop'] as const) {
        const { wire, runId, events } = await stalled(kit, { roles: ['architect'] });
        dataOf(await kit.command(wire, 'runs.steer', { runId, draft, expect: 'any' }));
        await hasText(events, { stage: 1, attempt: 2 });
        const texts = eventsOf(events.entries).flatMap((event) =>
          event.type === 'stage.delta' && event.attempt === 1 ? [event.text] : [],
        );
        // The last line may be omitted or changed; the first one is unchanged.
        const line = texts.join('').split('\n')[0] ?? '';
        const prompt = textOf(await promptOf(kit, { runId, stage: 1, attempt: 2 }));
        same(`whether the draft is there with ${draft}`, prompt.includes(line), draft === 'keep');
      }
    },
  },
  {
    rule: 'C16',
    name: 'draft drop with a mode other than restart is rejected with INVALID_INPUT, and draft is named',
    async run(kit) {
      const { wire, runId } = await stalled(kit);
      for (const mode of ['continue', 'next']) {
        const frame = await kit.command(wire, 'runs.steer', { runId, mode, draft: 'drop', expect: 'any' });
        same(`what is named with ${mode}`, namedFields(rejectedWith(frame, 'INVALID_INPUT')), ['draft']);
      }
    },
  },
  {
    rule: 'P17',
    name: 'settings are accepted and stored; an unknown role, effort or limit is rejected with INVALID_INPUT',
    async run(kit) {
      const wire = await kit.wire();
      const settings = { default: { effort: 'low' }, coder: { effort: 'high', maxOutputTokens: 9000 } };
      const events = eventsOf(await kit.record({ roles: ['documenter'], settings }));
      const state = dataOf(await wire.ask('query', 'runs.get', { runId: events[0]?.runId }));
      // The server may add its own settings.
      for (const [role, asked] of Object.entries(settings)) {
        for (const [where, kept] of Object.entries({ 'run.queued': events[0], 'the state': state })) {
          fits(`${role} in ${where}`, memberOf(memberOf(kept, 'settings'), role), asked);
        }
      }
      for (const refused of [
        { wizard: { effort: 'low' } },
        { coder: { effort: 'extreme' } },
        { coder: { maxOutputTokens: 0 } },
        { coder: { temperature: 1 } },
      ]) {
        const input = { ...startInput({ roles: ['documenter'] }), settings: refused };
        rejectedWith(
          await wire.ask('mutation', 'runs.start', input),
          'INVALID_INPUT',
          JSON.stringify(refused),
        );
      }
    },
  },
  {
    rule: 'M1',
    name: 'all roles of a run have the same system text, and context files follow the task',
    async run(kit) {
      const events = eventsOf(await wholeRun(kit));
      const systems = new Set<string>();
      for (const event of events) {
        if (event.type !== 'stage.started') continue;
        const prompt = await promptOf(kit, event);
        systems.add(prompt.system);
        const text = textOf(prompt);
        const [task, file] = [text.indexOf('A queue in TypeScript'), text.indexOf('notes/wishes.md')];
        holds(task >= 0 && file > task, 'the task, and behind it the context file', [task, file]);
      }
      same('how many system texts there are', systems.size, 1);
    },
  },
  {
    rule: 'M2',
    also: ['L6'],
    name: 'a prompt has the current version of each file once, with line numbers',
    async run(kit) {
      const events = eventsOf(await wholeRun(kit));
      const started = events.filter((event) => event.type === 'stage.started');
      const last = started.findLast(({ role }) => role === 'reviewer');
      holds(last !== undefined, 'a reviewer', 'none');
      const before = started[started.indexOf(last) - 1];
      holds(before !== undefined, 'a stage before it', 'none');
      const at = { stage: before.stage, attempt: before.attempt };
      const files = dataOf(
        await (await kit.wire()).ask('query', 'runs.files', { runId: last.runId, at }),
      ) as RunFile[];
      const text = textOf(await promptOf(kit, last)).replaceAll(/^ *(\d+)\| ?/gm, '$1| ');
      for (const file of files) {
        same(`how often ${file.path} is there`, text.split(headOf(file)).length - 1, 1);
      }
    },
  },
  untestable('M3', 'cut texts and skipped blocks are marked in prompts', 'the rehearsal has none'),
  untestable('M4', 'a prompt is made to fit the window of the model', 'the rehearsal has none'),
];

async function promptOf(
  kit: CheckTools,
  {
    runId,
    stage,
    attempt,
  }: Pick<Extract<RunEvent, { type: 'stage.started' }>, 'runId' | 'stage' | 'attempt'>,
): Promise<RunPrompt> {
  return dataOf(await (await kit.wire()).ask('query', 'runs.prompt', { runId, stage, attempt })) as RunPrompt;
}

/** As M5 defines it; not the server's own function, which could be wrong in the same way. */
function hashOf({ system, messages }: RunPrompt): string {
  const texts = [system, ...messages.map(({ role, text }) => [role, text])];
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex');
}

function textOf({ system, messages }: RunPrompt): string {
  return [system, ...messages.map(({ text }) => text)].join('\n');
}

/** The first lines of a file as prompts number them. */
function headOf({ text }: RunFile): string {
  const lines = text.split('\n').slice(0, 3);
  return lines.map((line, index) => `${index + 1}| ${line}\n`).join('');
}
