import { expect, test } from 'vitest';
import { thirdPartyLicenses } from '../../tools/packaging/third-party-licenses.ts';

const queue = {
  name: '@scope/queue',
  version: '1.2.3',
  identifier: 'MIT',
  text: 'MIT\r\n# One\n',
  notices: [],
};

test('each package is listed once, by its name, with its text as a code block', () => {
  const other = { ...queue, name: 'another', identifier: 'Apache-2.0', text: 'Apache', notices: ['By us.'] };
  const [, ...sections] = thirdPartyLicenses([queue, other, queue]).split(/^(?=## )/m);
  expect(sections).toEqual([
    '## @scope/queue 1.2.3 (MIT)\n\n    MIT\n    # One\n\n',
    '## another 1.2.3 (Apache-2.0)\n\n    Apache\n\n    By us.\n',
  ]);
});

test('of two versions both are listed', () => {
  const text = thirdPartyLicenses([queue, { ...queue, version: '2.0.0' }]);
  expect(text).toContain('## @scope/queue 1.2.3');
  expect(text).toContain('## @scope/queue 2.0.0');
});

test('a package without a text has that of MIT, if that is its license', () => {
  const { text: _, ...bare } = queue;
  expect(thirdPartyLicenses([bare])).toContain('    Permission is hereby granted');
  expect(() => thirdPartyLicenses([{ ...bare, identifier: 'ISC' }])).toThrow(
    '@scope/queue 1.2.3 has no file with its license, ISC.',
  );
});

test.each(['GPL-3.0-only', 'none', 'SEE LICENSE IN LICENSE'])(
  'a package with the license %s is rejected',
  (identifier) => {
    expect(() => thirdPartyLicenses([{ ...queue, identifier }])).toThrow(
      `The license of @scope/queue 1.2.3 is ${identifier}.`,
    );
  },
);
