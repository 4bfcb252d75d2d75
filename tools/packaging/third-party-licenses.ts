import type { BundledPackage } from './read-bundled-package.ts';

/** Licenses that allow us to distribute the code, if we distribute their text with it. */
const allowed: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'Unlicense',
]);

/**
 * The text of `THIRD-PARTY-LICENSES.md`: every package with its version and license.
 *
 * @throws Error if a license does not allow us to distribute the package, or its text is missing.
 */
export function thirdPartyLicenses(packages: readonly BundledPackage[]): string {
  const unique = new Map(packages.map((it) => [`${it.name} ${it.version}`, it]));
  const sections = [...unique]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, it]) => section(it));
  return `${opening}\n${sections.join('\n')}`;
}

const opening = `# Third-party licenses

The code of this package contains the packages below. A security advisory for one of them applies to this package.
`;

function section(bundled: BundledPackage): string {
  const { name, version, identifier } = bundled;
  if (!allowed.has(identifier)) {
    throw new Error(
      `The license of ${name} ${version} is ${identifier}. Check that it allows us to distribute the code, and add it to ` +
        'the list in third-party-licenses.ts.',
    );
  }
  return `## ${name} ${version} (${identifier})\n\n${indented([textOf(bundled), ...bundled.notices].join('\n\n'))}\n`;
}

function textOf({ name, version, identifier, text }: BundledPackage): string {
  if (text !== undefined) return text;
  // The text is the same for all, except for the line with the copyright, which such a package does not have.
  if (identifier === 'MIT') return mit;
  throw new Error(`${name} ${version} has no file with its license, ${identifier}.`);
}

/** As a code block: some texts have lines that Markdown would take for headings or lists. */
function indented(text: string): string {
  return text
    .trim()
    .split(/\r?\n/)
    .map((line) => `    ${line}`.trimEnd())
    .join('\n');
}

const mit = `The MIT License (MIT)

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;
