import { buildPrompt, charsByPart, type Prompt } from './prompt.ts';
import { nothingLeftOut, type LeftOut, type PromptFile, type PromptInput } from './prompt-input.ts';

export interface PromptWindow {
  /** Context window of the model in tokens (prompt and answer together); `undefined` if unknown. */
  readonly contextTokens: number | undefined;
  /** Tokens reserved for the answer, if configured. @default defaultAnswerTokens */
  readonly answerTokens: number | undefined;
}

/** Reserved for an answer whose length is not configured; at most a quarter of the window. */
export const defaultAnswerTokens = 8000;

/**
 * English text and code have about four chars per token, most other languages fewer. The estimate is therefore low
 * rather than high: a prompt that it finds too long is too long, and the provider rejects one that it misses.
 */
const charsPerToken = 4;

export interface FittedPrompt {
  readonly prompt: Prompt;
  /** Set if the prompt is too long even without everything that may be left out: the reason, with numbers. */
  readonly problem?: string;
}

/** Estimates the tokens of a prompt. */
export function promptTokens({ system, messages }: Prompt): number {
  const chars = messages.reduce((sum, { text }) => sum + text.length, system.length);
  return Math.ceil(chars / charsPerToken);
}

/**
 * Builds the prompt and shortens it to fit the window. It leaves out, in this order: context files that no other
 * text names, the largest first; the latest review, for roles that only read it as a report; the prose of the
 * design. The prompt names what was left out. Pure: the same input and window give the same prompt.
 */
export function fitPrompt(input: PromptInput, window: PromptWindow): FittedPrompt {
  const whole = buildPrompt(input);
  const maxPromptTokens = maxPromptTokensOf(window);
  if (promptTokens(whole) <= maxPromptTokens) return { prompt: whole };
  let leftOut: LeftOut = nothingLeftOut;
  let prompt = whole;
  for (leftOut of steps(input, promptTokens(whole) - maxPromptTokens)) {
    prompt = buildPrompt(input, leftOut);
    if (promptTokens(prompt) <= maxPromptTokens) return { prompt };
  }
  return { prompt, problem: problemOf(prompt, { input, leftOut, window }) };
}

function maxPromptTokensOf({ contextTokens, answerTokens = defaultAnswerTokens }: PromptWindow): number {
  if (contextTokens === undefined) return Infinity;
  return contextTokens - Math.min(answerTokens, Math.floor(contextTokens / 4));
}

/** What to leave out, more in each step. Few steps, since each of them builds a whole prompt. */
function* steps(input: PromptInput, excessTokens: number): Generator<LeftOut> {
  const unnamed = unnamedFiles(input);
  const paths = (files: readonly PromptFile[]) => new Set(files.map(({ path }) => path));
  const enough = firstWith(unnamed, excessTokens * charsPerToken);
  if (enough.length > 0) yield { ...nothingLeftOut, files: paths(enough) };
  const files = paths(unnamed);
  if (unnamed.length > enough.length) yield { ...nothingLeftOut, files };
  const { review, design, role } = input;
  const reports = review !== undefined && role.review === 'report';
  if (reports) yield { files, review: true, designProse: false };
  if (design !== undefined) yield { files, review: reports, designProse: true };
}

/** The first files that together have this many chars, or all of them. */
function firstWith(files: readonly PromptFile[], chars: number): readonly PromptFile[] {
  let sum = 0;
  return files.filter(({ text }) => {
    const isMissing = sum < chars;
    sum += text.length;
    return isMissing;
  });
}

/** Context files that no other text of the run mentions by path or by name, the largest first. */
function unnamedFiles(input: PromptInput): readonly PromptFile[] {
  const given = input.files.filter(({ from }) => from === 'input');
  if (given.length === 0) return [];
  const texts = [
    input.task,
    ...Object.values(input.instructions),
    input.design?.text ?? '',
    ...input.files.flatMap(({ from, text }) => (from === 'stage' ? [text] : [])),
    ...input.notes.map(({ text }) => text),
    ...(input.review?.issues ?? []).map(({ file = '', message }) => `${file} ${message}`),
    ...input.steers.map(({ text }) => text),
  ];
  const isNamed = ({ path }: PromptFile) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    return texts.some((text) => text.includes(name));
  };
  return given
    .filter((file) => !isNamed(file))
    .toSorted((one, other) => other.text.length - one.text.length || (one.path < other.path ? -1 : 1));
}

function problemOf(
  prompt: Prompt,
  of: { readonly input: PromptInput; readonly leftOut: LeftOut; readonly window: PromptWindow },
): string {
  const { input, leftOut, window } = of;
  const { contextTokens = 0 } = window;
  const maxPromptTokens = maxPromptTokensOf(window);
  const parts = [...charsByPart(input, leftOut)]
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, 3)
    .filter(([, chars]) => chars > 0)
    .map(([part, chars]) => `${part} ${inTokens(chars)}`);
  return (
    `the prompt has about ${promptTokens(prompt)} tokens (estimated, ${charsPerToken} characters each), ` +
    `and the model's context window of ${contextTokens} tokens leaves ${maxPromptTokens} for it; ` +
    `the largest parts are ${parts.join(', ')}`
  );
}

function inTokens(chars: number): number {
  return Math.ceil(chars / charsPerToken);
}
