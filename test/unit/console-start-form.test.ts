import { StagewireError } from '@stagewire/client';
import type { StartInput } from '@stagewire/client';
import { describe, expect, test } from 'vitest';
import { emptyDraft } from '../../console/start/start-draft.ts';
import { createStartForm } from '../../console/start/start-form.ts';

const order = ['architect', 'coder'];

describe('the start form', () => {
  test('starts one run at a time', async () => {
    const { form, asked, write, answer } = shownForm();
    write('A parser');
    const begun = form.start(order);
    await form.start(order);
    expect(asked).toEqual(['A parser, run_1']);
    expect(form.now().sending).toBe(true);
    answer(0).resolve({});
    await begun;
    expect(form.now()).toMatchObject({ draft: emptyDraft, sending: false });
  });

  test('navigates to the run, and is empty again', async () => {
    const { form, shown, write, answer } = shownForm();
    write('A parser');
    const begun = form.start(order);
    answer(0).resolve({});
    await begun;
    expect(shown).toEqual(['run_1']);
    expect(form.now()).toEqual({
      draft: emptyDraft,
      sending: false,
      errorText: undefined,
      refusal: undefined,
      startedRunId: undefined,
    });
  });

  test('does not navigate away from another page', async () => {
    const { form, shown, page, write, answer } = shownForm();
    write('A parser');
    const begun = form.start(order);
    page.isForm = false;
    answer(0).resolve({});
    await begun;
    expect(shown).toEqual([]);
    expect(form.now()).toMatchObject({ draft: emptyDraft, startedRunId: 'run_1' });
  });

  test('keeps a draft that was changed meanwhile, and does not navigate', async () => {
    const { form, asked, shown, write, answer } = shownForm();
    write('A parser');
    const begun = form.start(order);
    write('Another one');
    answer(0).resolve({});
    await begun;
    expect(shown).toEqual([]);
    expect(form.now()).toMatchObject({ draft: { task: 'Another one' }, startedRunId: 'run_1' });
    void form.start(order);
    expect(asked).toEqual(['A parser, run_1', 'Another one, run_2']);
    expect(form.now().startedRunId).toBeUndefined();
  });

  test('repeats an unchanged draft with the same run id, and a changed one with another', async () => {
    const { form, asked, write, answer } = shownForm();
    write('A parser');
    const begun = form.start(order);
    answer(0).reject(Object.assign(new Error('No answer.'), { code: 'OUTCOME_UNKNOWN' }));
    await begun;
    expect(form.now()).toMatchObject({ sending: false, draft: { task: 'A parser' } });
    expect(form.now().errorText).toMatch(/no second run is started/);
    const again = form.start(order);
    answer(1).reject(new Error('Too many runs.'));
    await again;
    expect(form.now().errorText).toBe('Not started. Too many runs.');
    const third = form.start(order);
    const issues = [
      { field: 'models.coder', message: 'no such model' },
      { field: 'models.default', message: 'no such model' },
      { field: 'labels.team', message: 'too long' },
      { field: 'colour', message: 'unknown field' },
    ];
    answer(2).reject(new StagewireError('INVALID_INPUT', 'Words that may change.', { details: { issues } }));
    await third;
    expect(form.now().errorText).toBeUndefined();
    expect(form.now().refusal).toMatchObject({
      fields: new Map([
        ['models.coder', 'No such model.'],
        ['models.default', 'No such model.'],
      ]),
      text: 'labels.team: too long. colour: unknown field.',
    });
    write('A lexer');
    void form.start(order);
    expect(asked).toEqual(['A parser, run_1', 'A parser, run_1', 'A parser, run_1', 'A lexer, run_2']);
  });
});

/** A form on a page; what it asks for is answered by the test. */
function shownForm() {
  const asked: string[] = [];
  const shown: string[] = [];
  const answers: PromiseWithResolvers<unknown>[] = [];
  const page = { isForm: true };
  let ids = 0;
  const form = createStartForm({
    start({ task, runId }: StartInput) {
      asked.push(`${task}, ${runId}`);
      const answer = Promise.withResolvers<unknown>();
      answers.push(answer);
      return answer.promise;
    },
    newRunId: () => `run_${++ids}`,
    isShown: () => page.isForm,
    goTo: (runId) => shown.push(runId),
  });
  return {
    form,
    asked,
    shown,
    page,
    write: (task: string) => form.edit((now) => ({ ...now, task })),
    answer(at: number): PromiseWithResolvers<unknown> {
      const answer = answers[at];
      if (answer === undefined) throw new Error(`Nothing was asked for the ${at + 1}. time.`);
      return answer;
    },
  };
}
