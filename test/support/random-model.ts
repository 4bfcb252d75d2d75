import type { FailureReason } from '@stagewire/shared';
import { ProviderFailure, type Provider, type ProviderEvent } from '../../server/providers/provider.ts';
import type { RandomSource } from '../../server/runtime/random.ts';
import type { Clock } from '../../server/runtime/clock.ts';
import { wait } from '../../server/runtime/wait.ts';

/** What stands beside the files of real answers, or in their place. */
const oddBlocks: readonly [string, ...string[]] = [
  '```delete src/a.ts\n```\n',
  '```delete src/none.ts\n```\n',
  '```unchanged\n```\n',
  '```ts src/a.ts\n// ... rest of the file stays the same\n```\n',
  '```ts src/new.ts\nexport {};\n// ... existing code ...\n```\n',
  '```sh\nnpm test\n```\n',
  '```ts ../up.ts\nexport {};\n```\n',
  '```ts src/a.ts\n1| export {};\n2| \n3| // numbered\n```\n',
  '```ts src/a.ts\n<<<<<<< SEARCH\nold\n=======\nnew\n>>>>>>> REPLACE\n```\n',
  '~~~md README.md\n# It\n```sh\nnpm start\n```\n~~~\n',
  '```ts src/b.ts\n```\n',
];

/** A model that behaves as models do on a bad day: by chance, but the same for the same seed. */
export function createRandomModel(options: {
  readonly clock: Clock;
  readonly random: RandomSource;
}): Provider {
  const { clock, random } = options;
  const roll = (probability: number) => random.next() < probability;
  const pause = () => (roll(0.05) ? 3000 : Math.floor(random.next() * 40));

  function* words(role: string): Generator<ProviderEvent> {
    if (roll(0.3)) yield { type: 'reasoning', text: 'Let me see. ' };
    if (roll(0.05)) return;
    const text = role === 'reviewer' ? review() : texts(role);
    const size = 1 + Math.floor(random.next() * 30);
    for (let at = 0; at < text.length; at += size) yield { type: 'text', text: text.slice(at, at + size) };
  }

  const pick = <T>(from: readonly [T, ...T[]]): T => from[Math.floor(random.next() * from.length)] ?? from[0];

  /** A text with the faults that real ones have: each now and then, several at times. */
  function texts(role: string): string {
    const prose = `One 😀 two, says the ${role}.\n`;
    if (roll(0.1)) return prose;
    const path = pick(['src/a.ts', 'src/b.ts', `test/${role}.ts`]);
    const blocks = [`\`\`\`ts ${path}\nexport const version = ${Math.floor(random.next() * 3)};\n\`\`\`\n`];
    if (roll(0.4)) blocks.push(pick(oddBlocks));
    if (roll(0.15)) blocks.reverse();
    const end = roll(0.1) ? '```ts src/open.ts\nexport const ' : 'Three.';
    return `${prose}${blocks.join(pick(['', '\nAnd:\n']))}${end}`;
  }

  /** Clean, nearly JSON, cut off, or in contradiction to itself. */
  function review(): string {
    if (roll(0.2)) return 'I think it is fine {"issues": [';
    const verdict = pick(['approved', 'approved', 'changes_requested', 'LGTM', 'Approve']);
    const severity = pick(['blocker', 'major', 'minor', 'nit', 'Major', 'catastrophic']);
    const issue = { severity, message: 'too long', line: pick<number | string>([3, '12-15']) };
    const issues = pick([[], [issue], [{ severity: 'nit', message: 'a name' }, issue], [{ severity }]]);
    const text = JSON.stringify(roll(0.5) ? { issues, verdict } : { verdict, issues });
    if (roll(0.1)) return text.replace(/\}$/, ',}');
    if (roll(0.1)) return text.slice(0, Math.floor(text.length * random.next()));
    return roll(0.2) ? `Here it is:\n\`\`\`json\n${text}\n\`\`\`\nThat is all.` : text;
  }

  return {
    async *stream(request, { signal, onWire }) {
      const deaf = roll(0.1);
      const heard = deaf ? undefined : signal;
      await wait(clock, pause(), heard);
      if (!deaf && signal.aborted) return;
      if (roll(0.08)) throw new ProviderFailure('PROVIDER_UNAVAILABLE', 'busy', { retryable: true });
      if (roll(0.02)) throw new ProviderFailure('PROVIDER_AUTH', 'no such key', { retryable: false });
      if (roll(0.02)) throw new ProviderFailure('CONTEXT_TOO_LONG', 'too long', { retryable: false });
      // What it has refused before this has cost nothing.
      onWire('headers');
      if (roll(0.03)) {
        const reason = roll(0.5) ? 'tool_call' : 'output_limit';
        throw new ProviderFailure('OUTPUT_INVALID', reason, { retryable: reason === 'tool_call', reason });
      }
      for (const event of words(request.rehearsal.role)) {
        await wait(clock, pause(), heard);
        if (!deaf && signal.aborted) return;
        onWire('bytes');
        yield event;
        if (roll(0.02)) throw new ProviderFailure('PROVIDER_TRUNCATED', 'cut', { retryable: true });
        if (roll(0.01)) throw new TypeError('terminated');
        if (roll(0.02)) {
          yield { type: 'finish', finishReason: 'length' };
          return;
        }
        if (roll(0.01)) await wait(clock, 1e9, heard);
      }
      if (roll(0.05)) return;
      if (roll(0.04)) {
        const reason = pick<FailureReason>(['tool_call', 'thought_unfinished', 'empty']);
        throw new ProviderFailure('OUTPUT_INVALID', 'no answer', { retryable: true, reason });
      }
      yield { type: 'finish', finishReason: roll(0.15) ? 'length' : 'stop' };
    },
  };
}
