import { version } from 'react';
import { version as domVersion } from 'react-dom';
import { expect, test } from 'vitest';

// Executed by react-18.test.ts with the other files of react-18.config.ts.

test('the tests run with React 18.2', () => {
  expect([version, domVersion]).toEqual([expect.stringMatching(/^18\.2\./), version]);
});
