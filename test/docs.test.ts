import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import test from 'ava';
import {commands} from '../ts/cli/commands/all.js';
import {nameOf} from '../ts/cli/command.js';
import {resolveConfig} from '../ts/pipeline/config/read-config.js';
import * as synood from '../ts/index.js';
import {configTable} from './support/config-reference.js';
import {repoRoot} from './support/paths.js';

const read = (path: string): string => readFileSync(join(repoRoot, path), 'utf8');
const pages = [
  'README.md',
  ...readdirSync(join(repoRoot, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

const blocks = (page: string, language: string): string[] =>
  [...read(page).matchAll(new RegExp('^```' + language + '\\n(.*?)^```$', 'gms'))].map((match) => match[1]!);

test('the guide has every key of a configuration, with its default and its meaning', (t) => {
  // A table's cells as they are without the formatter's padding and escapes.
  const plain = (text: string) => text.replaceAll('\\', '').replace(/[ ]+/g, ' ');
  const guide = plain(read('docs/guide.md'));
  const missing = configTable()
    .split('\n')
    .filter((line) => !guide.includes(plain(line)) && !line.startsWith('| ---'));
  const advice = `node -e "import('./dist/test/support/config-reference.js').then((m) => console.log(m.configTable()))"`;
  t.deepEqual(missing, [], `Print the table with:\n${advice}`);
});

test('the architecture names every folder of ts/ and native/', (t) => {
  const page = read('docs/architecture.md');
  for (const root of ['ts', 'native']) {
    for (const entry of readdirSync(join(repoRoot, root), {withFileTypes: true})) {
      if (entry.isDirectory()) t.regex(page, new RegExp(`^ {6}${entry.name}/`, 'm'), `${root}/${entry.name}`);
    }
  }
});

test('every command is in the guide', (t) => {
  const guide = read('docs/guide.md');
  for (const command of commands) t.regex(guide, new RegExp(`\`(synood )?${nameOf(command)}\\b`));
});

test('examples of programs import what there is, examples of configurations hold', (t) => {
  for (const page of pages) {
    for (const program of blocks(page, 'js')) {
      for (const [, names = ''] of program.matchAll(/import \{([^}]+)\} from 'synood'/g)) {
        for (const name of names.split(',').map((one) => one.trim())) {
          if (name !== '') t.true(name in synood, `${page}: ${name}`);
        }
      }
    }
    for (const config of blocks(page, 'json')) t.notThrows(() => resolveConfig(JSON.parse(config)), page);
  }
});

test('links between pages lead somewhere', (t) => {
  for (const page of pages) {
    for (const [, link = ''] of read(page).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      t.true(existsSync(join(repoRoot, dirname(page), link)), `${page}: ${link}`);
    }
  }
});
