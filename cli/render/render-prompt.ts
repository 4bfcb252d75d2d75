import { counted } from '@stagewire/shared/units/count';
import type { RunPrompt } from '@stagewire/client';
import { cleanLine, cleanText } from './clean-text.ts';
import type { Paint } from '../terminal/paint.ts';

/** A prompt, message by message, each below a line with its role and length. */
export function promptLines(prompt: RunPrompt, paint: Paint): string[] {
  const { stage, role, attempt, model, system, messages } = prompt;
  const chars = messages.reduce((sum, { text }) => sum + text.length, system.length);
  const which = [
    `stage ${stage}`,
    cleanLine(role),
    `attempt ${attempt}`,
    cleanLine(model),
    counted(chars, 'character'),
  ];
  const all = [{ role: 'system', text: system }, ...messages];
  return [
    paint('bold', which.join(' · ')),
    ...all.flatMap((message) => [
      '',
      paint('cyan', `── ${cleanLine(message.role)} · ${counted(message.text.length, 'character')} ──`),
      '',
      cleanText(message.text).replace(/\n$/, ''),
    ]),
  ];
}
