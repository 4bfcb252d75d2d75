import { ProviderFailure, type Provider, type ProviderEvent } from '../../server/providers/provider.ts';
import type { Chance } from '../../server/runtime/chance.ts';
import type { Clock } from '../../server/runtime/clock.ts';
import { wait } from '../../server/runtime/wait.ts';

/** A model that behaves as models do on a bad day: by chance, but the same for the same seed. */
export function createRandomModel(options: { readonly clock: Clock; readonly chance: Chance }): Provider {
  const { clock, chance } = options;
  const roll = (probability: number) => chance.random() < probability;
  const pause = () => (roll(0.05) ? 3000 : Math.floor(chance.random() * 40));

  function* words(role: string): Generator<ProviderEvent> {
    if (roll(0.3)) yield { type: 'reasoning', text: 'Let me see. ' };
    if (roll(0.05)) return;
    const text = role === 'reviewer' ? review() : texts(role);
    const size = 1 + Math.floor(chance.random() * 30);
    for (let at = 0; at < text.length; at += size) yield { type: 'text', text: text.slice(at, at + size) };
  }

  /** Sometimes no file, one left open, one removed, or one that an earlier role wrote. */
  function texts(role: string): string {
    const prose = `One 😀 two, says the ${role}.\n`;
    if (roll(0.1)) return prose;
    const path = roll(0.5) ? 'src/a.ts' : `test/${role}.ts`;
    const file = `\`\`\`ts ${path}\nexport const version = ${Math.floor(chance.random() * 3)};\n\`\`\`\n`;
    if (roll(0.1)) return `${prose}${file}\`\`\`delete src/a.ts\n\`\`\`\n`;
    if (roll(0.1)) return `${prose}${file}\`\`\`ts src/open.ts\nexport const `;
    return `${prose}${file}Three.`;
  }

  function review(): string {
    if (roll(0.2)) return 'I think it is fine {"issues": [';
    const verdict = roll(0.5) ? 'approved' : 'changes_requested';
    return JSON.stringify({ issues: [{ severity: 'major', message: 'too long' }], verdict });
  }

  return {
    async *stream(request, { signal, onWire }) {
      const deaf = roll(0.1);
      const heard = deaf ? undefined : signal;
      await wait(clock, pause(), heard);
      if (!deaf && signal.aborted) return;
      if (roll(0.08)) throw new ProviderFailure('PROVIDER_UNAVAILABLE', 'busy', { retryable: true });
      if (roll(0.02)) throw new ProviderFailure('PROVIDER_AUTH', 'no such key', { retryable: false });
      if (roll(0.03)) {
        const reason = roll(0.5) ? 'tool_call' : 'output_limit';
        throw new ProviderFailure('OUTPUT_INVALID', reason, { retryable: reason === 'tool_call', reason });
      }
      onWire('headers');
      for (const event of words(request.scene.role)) {
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
      yield { type: 'finish', finishReason: roll(0.15) ? 'length' : 'stop' };
    },
  };
}
