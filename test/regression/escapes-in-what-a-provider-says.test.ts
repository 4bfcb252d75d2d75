import { expect, test } from 'vitest';
import { chooseModel } from '../../server/providers/choose-model.ts';
import { failureOfBody } from '../../server/providers/provider-error.ts';

// The server prints at its start which model it has chosen, and what a provider answered: both went to the terminal
// as they came. Whatever listens at Ollama's port is asked without anybody having configured it.
const escape = '\u001b]0;owned\u0007\u009b2J';

test('a model whose name holds a control character is neither chosen nor named', async () => {
  const settings = { ollama: { baseUrl: 'http://127.0.0.1:11434/v1' } };
  const listModels = () => Promise.resolve([`coder${escape}`, 'llama3']);
  const chosen = await chooseModel({ models: { perRole: {} }, settings, listModels });
  expect(chosen.default).toBe('ollama/llama3');

  const none = await chooseModel({
    models: { perRole: {} },
    settings,
    listModels: () => Promise.resolve([`embed${escape}`]),
  });
  expect(none.default).toBe('rehearsal');
  expect(none.notes.join('\n')).not.toMatch(/(?!\n)\p{Cc}/u);
});

test('the message of a failure holds no control character', () => {
  const context = { provider: 'Ollama', baseUrl: 'http://127.0.0.1:11434/v1', apiKey: '', now: () => 0 };
  const { message } = failureOfBody({ error: { type: `t${escape}`, message: `no${escape}` } }, context);
  expect(message).toContain('no');
  expect(message).not.toMatch(/\p{Cc}/u);
});
