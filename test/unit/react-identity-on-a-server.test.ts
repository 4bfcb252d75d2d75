import { createElement, type ReactNode } from 'react';
import { renderToString } from 'react-dom/server';
import { StagewireProvider, useIdentity, useMay } from '@stagewire/client/react';
import { expect, test } from 'vitest';

function Offered(): ReactNode {
  const identity = useIdentity();
  const isUnknown = identity === undefined;
  return createElement('p', null, `unknown: ${isUnknown}, may start: ${useMay('runs.start')}`);
}

test('while a page is rendered on a server, nobody is known, and nothing is offered or asked for', () => {
  const refuse = () => {
    throw new Error('The hooks must not connect.');
  };
  const provider = createElement(StagewireProvider, {
    url: 'http://127.0.0.1:1',
    token: refuse,
    children: createElement(Offered),
  });
  expect(renderToString(provider)).toBe('<p>unknown: true, may start: false</p>');
});

test('without a provider the hook says which one is missing', () => {
  expect(() => renderToString(createElement(Offered))).toThrow('useIdentity requires a <StagewireProvider>');
});
