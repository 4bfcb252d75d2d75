import type { RunEvent, RunFile, RunState } from '@stagewire/shared';
import { fileText, filesAt, type FilesAt } from '@stagewire/shared/run-files';
import { joinParts } from '@stagewire/shared/text/file-text';
import { untestable, type Check } from './check.ts';
import { stalled } from './checks-of-commands.ts';
import { fits, holds, same } from './expectation.ts';
import { rejectedWith } from './rejections.ts';
import { commandedRun, eventsOf, failingRun, wholeRun } from './rehearsed-runs.ts';
import { dataOf, type CheckTools } from './verify-kit.ts';

/** P14, P19, V6 and the rules of files: which files a run's texts yield. */
export const checksOfFiles: readonly Check[] = [
  {
    rule: 'P14',
    also: ['F8', 'V6', 'F12'],
    name: 'runs.files returns the context files and the parts that artifact.recorded names, the latest of each path',
    async run(kit) {
      const events = eventsOf(await wholeRun(kit));
      const files = await filesOf(kit, { runId: runIdOf(events) });
      holds(
        files.some(({ from }) => from === 'stage'),
        'files that roles wrote',
        files,
      );
      holds(
        files.some(({ from }) => from === 'input'),
        'the context file',
        files,
      );
      same('the files', comparable(files), comparable(filesAfter(events)));
    },
  },
  {
    rule: 'P14',
    name: 'with a path, runs.files returns only that file, and nothing for an unknown path',
    async run(kit) {
      const events = eventsOf(await wholeRun(kit));
      const runId = runIdOf(events);
      for (const file of filesAfter(events)) {
        const found = await filesOf(kit, { runId, path: file.path });
        same(`the files of ${file.path}`, comparable(found), comparable([file]));
      }
      same('the files of an unknown path', await filesOf(kit, { runId, path: 'not/there' }), []);
    },
  },
  {
    rule: 'P19',
    name: 'with at, runs.files returns the files at the end of that attempt',
    async run(kit) {
      const events = eventsOf(await wholeRun(kit));
      const runId = runIdOf(events);
      for (const [index, event] of events.entries()) {
        if (event.type !== 'stage.completed') continue;
        const { stage, attempt } = event;
        const expected = filesAfter(events.slice(0, index + 1));
        const found = await filesOf(kit, { runId, at: { stage, attempt } });
        same(`the files after stage ${stage}`, comparable(found), comparable(expected));
      }
    },
  },
  {
    rule: 'P14',
    also: ['V6', 'P19'],
    name: 'the state of a run has the texts and the history of its files: they equal those of runs.files',
    async run(kit) {
      for (const recorded of [wholeRun, failingRun, commandedRun]) {
        const runId = runIdOf(eventsOf(await recorded(kit)));
        const run = dataOf(await (await kit.wire()).ask('query', 'runs.get', { runId })) as RunState;
        same('the latest files', textsIn(run), textsOf(await filesOf(kit, { runId })));
        // A server need not provide the history.
        for (const { stage, attempts } of run.fileHistory === undefined ? [] : run.stages) {
          for (const { attempt } of attempts) {
            const at = { stage, attempt };
            const found = textsOf(await filesOf(kit, { runId, at }));
            same(`the files after attempt ${stage}.${attempt}`, textsIn(run, at), found);
          }
        }
      }
    },
  },
  {
    rule: 'P19',
    name: 'an attempt that does not exist or has not ended is rejected with ATTEMPT_NOT_FOUND',
    async run(kit) {
      const { wire, runId } = await stalled(kit, { roles: ['coder'] });
      for (const at of [
        { stage: 1, attempt: 1 },
        { stage: 1, attempt: 9 },
        { stage: 9, attempt: 1 },
      ]) {
        const frame = await wire.ask('query', 'runs.files', { runId, at });
        const { details } = rejectedWith(frame, 'ATTEMPT_NOT_FOUND', JSON.stringify(at)).data.stagewire;
        fits('its details', details, { runId, ...at });
      }
    },
  },
  {
    rule: 'T14',
    name: 'the documenter’s text becomes README.md if the run has none, and does not replace an existing one',
    async run(kit) {
      const events = eventsOf(await kit.record({ roles: ['documenter'] }));
      const [file] = await filesOf(kit, { runId: runIdOf(events), path: 'README.md' });
      fits('README.md', file, { path: 'README.md', from: 'stage', stage: 1 });
      const given = { path: 'README.md', text: '# As it was\n' };
      const again = eventsOf(await kit.record({ roles: ['documenter'], files: [given] }));
      const written = again.flatMap((event) => (event.type === 'stage.delta' ? [event.text] : [])).join('');
      const [kept] = await filesOf(kit, { runId: runIdOf(again), path: 'README.md' });
      holds(kept !== undefined && kept.text !== written, 'no README.md that is the whole text', kept);
    },
  },
  {
    rule: 'T11',
    name: 'a cancelled stage keeps the files that were closed, and no others',
    async run(kit) {
      const wire = await kit.wire();
      const { runId, events } = await kit.begin(wire, {
        shape: 'ttft=0,tps=0,reasoning=0,seed=7,fault=stall@1500',
        roles: ['coder'],
      });
      await events.first(
        (event) => event.type === 'stage.delta' && event.offset + event.text.length >= 1500,
        'the text up to where the model stalls',
      );
      dataOf(await kit.command(wire, 'runs.cancel', { runId, target: 'stage', expect: 'any' }));
      const all = eventsOf(await events.ended());
      same('the files', comparable(await filesOf(kit, { runId })), comparable(filesAfter(all)));
      const text = all.flatMap((event) => (event.type === 'stage.delta' ? [event.text] : [])).join('');
      // Each file has two fences; a third one at the start of a line closes the first of two files.
      const fences = text.match(/^(?:`{3,}|~{3,})/gm)?.length ?? 0;
      const recorded = all.filter(({ type }) => type === 'artifact.recorded').length;
      holds(recorded <= fences / 2, `at most ${Math.floor(fences / 2)} files`, recorded);
      holds(fences < 2 || recorded > 0, 'the file that was closed', 'none');
    },
  },
  untestable('T2', 'a file is a closed code block with a path', 'rehearsal writes files in one form only', [
    'T3',
    'T4',
    'T6',
    'T7',
    'T8',
    'T9',
    'T10',
    'T12',
  ]),
  untestable('E17', 'a truncated text is continued, and marked', 'rehearsal has no output limit', [
    'A19',
    'A20',
  ]),
  untestable('E18', 'text in reasoning tags is reasoning', 'rehearsal does not use tags'),
];

type FilesInput = { runId: string; path?: string; at?: { stage: number; attempt: number } };

async function filesOf(kit: CheckTools, input: FilesInput): Promise<readonly RunFile[]> {
  return dataOf(await (await kit.wire()).ask('query', 'runs.files', { ...input })) as RunFile[];
}

function runIdOf(events: readonly RunEvent[]): string {
  return events[0]?.runId ?? '';
}

/** The files with their texts, as a client computes them from the state. */
function textsIn(run: RunState, at?: FilesAt): readonly object[] {
  const files = filesAt(run, at) ?? [];
  return files.map(({ path, from }) => ({ path, from, text: fileText(run, path, at) }));
}

/** The state has no texts of context files. */
function textsOf(files: readonly RunFile[]): readonly object[] {
  return files.map(({ path, from, text }) => ({ path, from, text: from === 'input' ? undefined : text }));
}

/** The language of a context file is guessed by the server. */
function comparable(files: readonly RunFile[]): readonly object[] {
  return files.map(({ language, ...file }) => (file.from === 'input' ? file : { ...file, language }));
}

/** The files according to the events, computed without the server's own fold. */
function filesAfter(events: readonly RunEvent[]): readonly RunFile[] {
  const texts = new Map<string, string>();
  const files = new Map<string, RunFile>();
  const put = (file: RunFile) => {
    files.delete(file.path);
    files.set(file.path, file);
  };
  for (const event of events) {
    if (event.type === 'input.recorded') {
      const { path, text } = event;
      put({ path, language: '', text, from: 'input' });
    } else if (event.type === 'stage.started') {
      const before = texts.get(`${event.stage}.${event.attempt - 1}`) ?? '';
      texts.set(`${event.stage}.${event.attempt}`, before.slice(0, event.keptChars));
    } else if (event.type === 'stage.delta') {
      const key = `${event.stage}.${event.attempt}`;
      texts.set(key, (texts.get(key) ?? '').slice(0, event.offset) + event.text);
    } else if (event.type === 'artifact.recorded') {
      const { path, language, stage, attempt, parts, elided } = event;
      const text = joinParts(texts.get(`${stage}.${attempt}`) ?? '', parts);
      put({ path, language, from: 'stage', stage, attempt, ...(elided && { elided }), text });
    } else if (event.type === 'artifact.removed') {
      files.delete(event.path);
    }
  }
  return [...files.values()];
}
