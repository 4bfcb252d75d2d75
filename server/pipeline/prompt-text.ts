/** Joins the sections that are not blank, separated by an empty line. */
export function joinSections(sections: readonly string[]): string {
  return sections.filter((section) => !isBlank(section)).join('\n\n');
}

export function isBlank(text: string): boolean {
  // Without a copy: texts may have megabytes.
  return !/\S/.test(text);
}

/** The text under an own property of the record; blank if there is none. */
export function ownText(record: Readonly<Record<string, string>>, name: string): string {
  return Object.hasOwn(record, name) ? (record[name] ?? '') : '';
}
