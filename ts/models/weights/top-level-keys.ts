/**
 * The keys of the outermost object of a *valid* JSON text, duplicates included, which JSON.parse hides by
 * keeping the last.
 */
export function topLevelKeys(json: string): string[] {
  const keys: string[] = [];
  let depth = 0;
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
    else if (character === '"') {
      const end = closingQuote(json, i);
      if (depth === 1 && isFollowedByColon(json, end))
        keys.push(JSON.parse(json.slice(i, end + 1)) as string);
      i = end;
    }
  }
  return keys;
}

function closingQuote(json: string, open: number): number {
  let i = open + 1;
  while (json[i] !== '"') i += json[i] === '\\' ? 2 : 1;
  return i;
}

function isFollowedByColon(json: string, from: number): boolean {
  let i = from + 1;
  while (' \t\r\n'.includes(json[i] ?? ':')) i++;
  return json[i] === ':';
}
