import { parseArgs } from 'node:util';
import { measurePrompts, promptWires, type PromptFigures } from './measure-prompts.ts';

const usage = `npm run bench:prompts -- [options]

  --chars n    characters of code that the coder writes (default 41000)
  --design n   characters of the architect's design (default 1500)
  --json       the figures as JSON

What the prompts of a run of nine stages cost: characters sent, and how much of them a cache can serve.`;

/** What a run of this size sent when prompts were made of roles' texts (issue 8), and the goals set for it then. */
const before = { codeChars: 41_000, sentChars: 544_000 };
const goals = { sentChars: 350_000, repeatedShare: 0.6 };

const { values } = parseArgs({
  options: {
    chars: { type: 'string', default: '41000' },
    design: { type: 'string', default: '1500' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

process.exitCode = values.help ? help() : await run(Number(values.chars), Number(values.design));

function help(): number {
  console.log(usage);
  return 0;
}

async function run(codeChars: number, designChars: number): Promise<number> {
  if (![codeChars, designChars].every((value) => Number.isInteger(value) && value >= 1000)) {
    console.error('--chars and --design want whole numbers from 1000.');
    return 2;
  }
  const all: PromptFigures[] = [];
  for (const wire of promptWires) all.push(await measurePrompts(wire, { codeChars, designChars }));
  if (values.json) console.log(JSON.stringify(all, null, 2));
  else for (const figures of all) console.log(asText(figures));
  return 0;
}

function asText(figures: PromptFigures): string {
  const { wire, codeChars, stages, sentChars, repeatedShare, cachedShare, refinerChars } = figures;
  const rows = stages.map(({ role, ...stage }) =>
    [
      role.padEnd(12),
      ...[stage.sentChars, stage.repeatedChars, stage.cachedInputTokens, stage.answerChars].map((value) =>
        value.toLocaleString('en').padStart(12),
      ),
    ].join(''),
  );
  const compared = Math.abs(codeChars - before.codeChars) < 100 ? `; before ${count(before.sentChars)}` : '';
  return [
    `\n${wire}, one model for all roles, ${count(codeChars)} characters of code`,
    `${'stage'.padEnd(12)}${['sent', 'sent before', 'cached tok.', 'answered'].map((word) => word.padStart(12)).join('')}`,
    ...rows,
    `characters sent: ${count(sentChars)} (goal at most ${count(goals.sentChars)}${compared})`,
    `a beginning that was sent before: ${percent(repeatedShare)} (goal at least ${percent(goals.repeatedShare)})`,
    `served from the cache: ${percent(cachedShare)}`,
    `written by the refiner: ${count(refinerChars)} characters`,
  ].join('\n');
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
