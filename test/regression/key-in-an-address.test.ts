import { expect, test } from 'vitest';
import { readConfig } from '../../server/process/config.ts';

// Some servers take their key in the address. It is refused there, and the refusal repeated it to the terminal.
test('a key in the address of a provider is not repeated by its refusal', () => {
  for (const part of ['?key=hunter2', '#hunter2', '?a=1#hunter2']) {
    const read = () => readConfig({ COMPATIBLE_BASE_URL: `https://models.example/v1${part}` });
    expect(read).toThrow(
      /COMPATIBLE_BASE_URL must not contain \?.*; got "https:\/\/models\.example\/v1[?#]…"/,
    );
    expect(read).not.toThrow(/hunter2/);
  }
});
