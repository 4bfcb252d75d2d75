import { cursors } from './cursors.ts';
import { envelopes } from './envelopes.ts';
import { frames } from './frames.ts';
import type { Fuzzer } from './fuzzer.ts';
import { logFiles } from './log-files.ts';
import { modelTexts } from './model-texts.ts';
import { providerBytes } from './provider-bytes.ts';
import { tokens } from './tokens.ts';

export const allFuzzers: readonly Fuzzer[] = [
  envelopes,
  frames,
  cursors,
  providerBytes,
  logFiles,
  modelTexts,
  tokens,
];
