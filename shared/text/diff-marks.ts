/** Is the content a change of a file rather than a file: SEARCH/REPLACE, a unified diff, a patch? */
export function isDiff(content: string): boolean {
  if (!/^(?:[<>]{5,}|-{5,} |@@ |\*\*\* Begin Patch|diff --git )/m.test(content)) return false;
  if (/^\s*\*\*\* Begin Patch\b/.test(content)) return true;
  const search = /^[ \t]*(?:<{5,9}|-{5,9}) ?(?:SEARCH|ORIGINAL|OLD)\b.*$/m.exec(content);
  if (
    search !== null &&
    /^[ \t]*(?:>{5,9}|\+{5,9}) ?(?:REPLACE|UPDATED|NEW|MODIFIED)\b.*$/m.test(content.slice(search.index))
  ) {
    return true;
  }
  const hunk = /^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@/m;
  return /^\s*(?:diff --git |--- \S|Index: |@@ -\d)/.test(content) && hunk.test(content);
}
