/** The sections that are not blank, with an empty line between. */
export function joinSections(sections: readonly string[]): string {
  return sections.filter((section) => !isBlank(section)).join('\n\n');
}

export function isBlank(text: string): boolean {
  // Without a copy: texts may be megabytes long.
  return !/\S/.test(text);
}

/** What a record holds under a name of its own; blank if nothing. */
export function own(record: Readonly<Record<string, string>>, name: string): string {
  return Object.hasOwn(record, name) ? (record[name] ?? '') : '';
}
