import type { RunEvent } from '@stagewire/client';
import { describe, expect, test } from 'vitest';
import { createRunRenderer } from '../../cli/render/render-run.ts';
import { summaryLines } from '../../cli/render/render-summary.ts';
import { commandName } from '../../cli/terminal/cli-problem.ts';
import { waitingText } from '../../cli/render/render-waiting.ts';
import {
  at,
  completed,
  events,
  plain,
  queued,
  rendered,
  said,
  sloppy,
  started,
  stateAfter,
  steered,
  tagged,
  usage,
  type Body,
} from '../support/rendered-run.ts';

describe('a run in the terminal', () => {
  test('is shown with its stages, its commands and how its attempts end', () => {
    expect(rendered(steered)).toBe(`run     run_0000000001
task    a small clock
roles   coder → reviewer → refiner, at most 1 refinement
models  rehearsal, coder=rehearsal/seed=1
labels  team=blue

── stage 1 · coder · rehearsal ──

│ Think
│ first

Hello

» steer, continuing the text, this stage only by local: “use a map”, accepted for stage 1 (coder), attempt 1
✗ attempt 1 interrupted by a steer, after 5 characters

── stage 1 · coder · attempt 2 · steered, continuing after 5 characters · rehearsal ──
» steer by local applied: included in the prompt of stage 1, attempt 2

 there

✗ attempt 2 failed: PROVIDER_UNAVAILABLE, It is overloaded; next attempt in 2.0 s

── stage 1 · coder · attempt 3 · retried, continuing after 5 characters · rehearsal ──
+ src/clock.ts, 1,185 characters
✓ 1,234 characters, 345 tokens, 4.1 s, the first token after 22 ms

── stage 2 · reviewer · rehearsal ──
• major src/clock.ts:3 It is slow.
  → Be quick.
verdict: changes requested, 1 issue
✓ 1,234 characters, 345 tokens, 4.1 s, the first token after 22 ms
next: refiner → reviewer

── stage 3 · refiner · the review asked for changes · rehearsal ──
» cancel of the run by Ann: “enough”, accepted for stage 3 (refiner), attempt 1
✗ stage 3 cancelled after 0 characters
» cancel by Ann applied: the run was cancelled in stage 3

`);
  });

  test('says what became of a text that is cut off, leaves files open, or names none', () => {
    expect(rendered(sloppy)).toBe(`run     run_0000000001
task    a small clock
roles   coder → reviewer → refiner, at most 1 refinement
models  rehearsal, coder=rehearsal/seed=1
effort  low, coder=high
output  at most coder=9,000 tokens
labels  team=blue

── stage 1 · coder · rehearsal ──

Half a

✗ attempt 1 truncated at the length limit, after 6 characters

── stage 1 · coder · attempt 2 · continuing after 6 characters, where the length limit was reached · rehearsal ──

 word

+ a.ts, 11 characters
- old.ts, removed
! a block of 120 characters has no path: the model is asked again
! b.ts was never closed: the model is asked again
! each of 5 blocks (c.ts, d.ts, e.ts and 2 more) omits parts of the file: the model is asked again
✗ attempt 2 failed: OUTPUT_INVALID, b.ts was left open; retrying immediately

── stage 1 · coder · attempt 3 · repair: a file was not closed · rehearsal ──
+ b.ts, 1 character
! b.ts omits parts of the file, even after a repair: saved as it is
! c.ts omits parts of the file: not saved; the previous version is kept
✓ 1,234 characters, 345 tokens, 4.1 s, the first token after 22 ms
! length limit reached: the text is truncated and marked as such for the next roles

── stage 2 · reviewer · rehearsal ──
verdict: unknown (the review is not reliable)
! One.
! Two.
! Three.
! and 2 other problems of this review
✓ 1,234 characters, 345 tokens, 4.1 s, the first token after 22 ms

`);
  });

  // Broken once: the issues of near-JSON, which are read at the end only, were counted and never shown.
  test('shows every issue of a review once, also those that could be read only at its end', () => {
    const issue = (message: string) => ({ severity: 'major', message }) as const;
    const all = events(
      queued,
      started(at(1, 'reviewer'), { format: 'json' }),
      { type: 'review.noted', ...at(1, 'reviewer'), issue: issue('It is slow.') },
      {
        type: 'review.recorded',
        ...at(1, 'reviewer'),
        verdict: 'changes_requested',
        issues: [issue('It is slow.'), issue('It has no lock.')],
      },
    );
    expect(rendered(all)).toContain(
      'rehearsal ──\n• major It is slow.\n• major It has no lock.\nverdict: changes requested, 2 issues\n',
    );
  });

  test('says how much of a text is a thought, of which only the closing tag came', () => {
    const all = events(
      started(at(1, 'coder')),
      said(at(1, 'coder'), 'Hm.\n</thi'),
      { type: 'stage.interrupted', ...at(1, 'coder'), cause: 'length', commandIds: [], chars: 9, usage },
      started(at(1, 'coder', 2), { cause: 'continue', keptChars: 9 }),
      said(at(1, 'coder', 2), 'nk>\nHello.\n', 9),
      completed(at(1, 'coder', 2)),
      started(at(2, 'documenter')),
      said(at(2, 'documenter'), 'Hello.\n'),
      completed(at(2, 'documenter')),
    );
    const told = rendered(all)
      .split('\n')
      .filter((line) => line.startsWith('!'));
    expect(told).toEqual([
      '! the first 13 characters are reasoning, up to its closing tag: ignored for files and for other roles',
    ]);
  });

  test('says of a reviewer that comes again that files changed', () => {
    const again = started(at(5, 'reviewer'), { cause: 'review' });
    expect(rendered(events(again))).toContain('· reviewed files have changed ·');
  });

  test('shows the reviewer’s JSON only when it is asked for, and says meanwhile how much there is', () => {
    expect(rendered(steered)).not.toContain('"issues"');
    expect(rendered(steered, { raw: true })).toContain('\n{"issues":[…]\n');
    const renderer = createRunRenderer({ paint: plain });
    const statuses = steered.map((event) => renderer.render(event).status);
    expect(statuses.filter((status) => status !== undefined)).toEqual(['reviewer · 13 characters written']);
  });

  test('has dim reasoning, and colours only around our own words and never in the model’s', () => {
    const painted = rendered(steered, { paint: tagged });
    expect(painted).toContain('<dim>│ Think</>\n<dim>│ fi</><dim>rst</>\n\nHello\n');
    expect(painted).toContain('<cyan>── stage 1 · coder · rehearsal ──</>\n');
    expect(painted).toContain(
      '• <yellow>major</> <bold>src/clock.ts:3</> It is slow.\n<dim>  → Be quick.</>\n',
    );
  });

  test.each<[Body, string]>([
    [{ type: 'run.waiting', phase: 'queued', ahead: 2, elapsedMs: 3100 }, 'queued, 2 runs ahead · 3 s'],
    [
      { type: 'run.waiting', phase: 'log', elapsedMs: 900 },
      'the event log cannot be written; retrying every second · 0 s',
    ],
    [
      { type: 'stage.waiting', ...at(1, 'coder'), phase: 'connecting', elapsedMs: 1000 },
      'coder · calling the model · 1 s',
    ],
    [
      { type: 'stage.waiting', ...at(1, 'coder'), phase: 'first-token', elapsedMs: 61_000 },
      'coder · waiting for the first token · 1 min 1 s',
    ],
    [
      { type: 'stage.waiting', ...at(1, 'coder'), phase: 'reasoning', elapsedMs: 2000 },
      'coder · the model is reasoning · 2 s',
    ],
    [
      { type: 'stage.waiting', ...at(1, 'coder'), phase: 'stalled', elapsedMs: 9000, sinceLastByteMs: 4000 },
      'coder · no data from the provider for 4 s',
    ],
    [
      { type: 'stage.waiting', ...at(1, 'coder'), phase: 'backoff', elapsedMs: 1000, retryInMs: 3400 },
      'coder · next attempt in 4 s',
    ],
  ])('says what it waits for, in a line that is not part of the text (%#)', (body, words) => {
    const [event] = events(body);
    expect(waitingText(event as Extract<RunEvent, { type: 'run.waiting' }>)).toBe(words);
    expect(createRunRenderer({ paint: plain }).render(event as RunEvent)).toEqual({
      text: '',
      status: words,
    });
  });
});

describe('the summary', () => {
  test('of a cancelled run says by whom', () => {
    expect(summaryLines(stateAfter(steered), plain)).toEqual([
      '── cancelled ──',
      'by      Ann: “enough”',
      'stages  coder 13 s (3 attempts) · reviewer 4.0 s · refiner 2.0 s (cancelled)',
      'files   src/clock.ts',
      'tokens  6,000 in, 1,725 out',
      'time    26 s',
      'run     run_0000000001',
      `rerun   ${commandName} run --from run_0000000001`,
    ]);
  });

  test('of a failed run says what happened, why, and what to do', () => {
    const failure = { code: 'PROVIDER_AUTH', message: 'The key is wrong.', retryable: false } as const;
    const all = events(
      queued,
      started(at(1, 'coder')),
      {
        type: 'stage.failed',
        ...at(1, 'coder'),
        failure,
        chars: 0,
        usage: { ...usage, source: 'estimated' },
      },
      { type: 'run.failed', failure, stage: 1 },
    );
    expect(summaryLines(stateAfter(all), plain)).toEqual([
      '── failed · PROVIDER_AUTH ──',
      'what    the provider rejected the API key, in stage 1 (coder)',
      'why     The key is wrong.',
      'next    Correct the API key in .env, restart the server, and start a rerun.',
      'stages  coder 1.0 s (failed)',
      'tokens  1,200 in, 345 out, estimated',
      'time    3.0 s',
      'run     run_0000000001',
      `rerun   ${commandName} run --from run_0000000001`,
    ]);
  });

  test('of a completed run says what is cut off, what leaves parts out, and what a cache has served', () => {
    expect(summaryLines(stateAfter(sloppy), plain)).toEqual([
      '── completed · unknown (the review is not reliable) ──',
      'stages  coder 18 s (3 attempts, truncated) · reviewer 2.0 s',
      'files   a.ts · b.ts (parts omitted)',
      'tokens  4,800 in (600 from a cache), 1,380 out',
      'time    23 s',
      'run     run_0000000001',
    ]);
  });

  test.each([
    ['output_limit', 'Lower the effort of the role (--effort ROLE=low)'],
    ['wrong_address', 'Correct the base URL in .env'],
    [undefined, 'Start a rerun. If it fails again'],
  ] as const)('of a run that failed with the reason %s gives the advice for it', (reason, advice) => {
    const failure = {
      code: 'OUTPUT_INVALID' as const,
      message: 'No.',
      retryable: false,
      ...(reason !== undefined && { reason }),
    };
    const all = events(queued, started(at(1, 'coder')), { type: 'run.failed', failure, stage: 1 });
    expect(summaryLines(stateAfter(all), plain)[3]).toContain(advice);
  });

  test('of a completed run says what the review has left', () => {
    const issues = [
      { severity: 'major', message: 'a' },
      { severity: 'nit', message: 'b' },
    ] as const;
    const all = events(
      queued,
      { type: 'review.recorded', ...at(1, 'reviewer'), verdict: 'changes_requested', issues: [...issues] },
      { type: 'run.completed', verdict: 'changes_requested', usage, durationMs: 1 },
    );
    expect(summaryLines(stateAfter(all), plain).slice(0, 2)).toEqual([
      '── completed · changes requested ──',
      'left    2 issues in the last review (1 major, 1 nit), see above',
    ]);
  });
});
