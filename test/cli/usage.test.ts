import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {type Command, nameOf} from '../../ts/cli/command.js';
import {commands} from '../../ts/cli/commands/all.js';
import {temporaryFolder} from '../support/folder.js';
import {synood} from './synood.js';

const paths = (list: readonly Command[], before: string[] = []): string[][] =>
  list.flatMap((command) => {
    const path = [...before, nameOf(command)];
    return [path, ...paths(command.commands ?? [], path)];
  });

test('every command has help with an example of itself', async (t) => {
  const all = paths(commands);
  t.true(all.length >= 14);
  for (let at = 0; at < all.length; at += 4) {
    const some = all.slice(at, at + 4);
    const answers = await Promise.all(some.map((path) => synood([...path, '--help'])));
    answers.forEach(({code, stdout, stderr}, index) => {
      const line = `synood ${some[index]!.join(' ')}`;
      t.is(code, 0, stderr);
      t.regex(stdout, new RegExp(`Examples:\\n( .*\\n)*.*${line}`), line);
    });
  }
});

test('the version is that of package.json', async (t) => {
  const {code, stdout} = await synood(['--version']);
  t.is(code, 0);
  t.regex(stdout, /^\d+\.\d+\.\d+\n$/);
});

const wrong: [string, string[], RegExp][] = [
  ['no command', [], /Expected a command/],
  ['an unknown command', ['synthesise'], /no command 'synthesise'\. Did you mean synood synthesize\?/],
  ['an unknown command of a command', ['libtorch', 'pul'], /Did you mean synood libtorch pull\?/],
  ['an unknown option', ['run', '--ouf', 'x'], /no option --ouf\. Did you mean --out\?/],
  [
    'a value that is none of the choices',
    ['report', 'x', '--format', 'pdf'],
    /--format to be one of "html".*got "pdf"/,
  ],
  ['a word too many', ['inspect', 'a-model', 'everything'], /no place for 'everything'/],
  ['an option without its value', ['run', '--out'], /Expected a value after --out/],
  ['an option that is needed', ['score', 'a.png'], /Expected --detector/],
  ['an option given twice', ['run', '--out', 'a', '--out', 'b'], /--out is there twice/],
  ['no images', ['score', '-d', 'x'], /Expected: synood score <images\.\.>/],
  ['a device that there is not', ['inspect', '--device', 'gpu'], /--device .*'gpu'/],
  ['threads that are no number', ['inspect', '--threads', 'many'], /--threads .*whole number/],
  ['a folder that is no run', ['mine', '--out', 'nowhere'], /nowhere is no run directory/],
];

for (const [what, args, message] of wrong) {
  test(`exit code 2 and a word of advice: ${what}`, async (t) => {
    const {code, stdout, stderr} = await synood(args, {cwd: temporaryFolder(t)});
    t.is(code, 2);
    t.regex(stderr, message);
    t.regex(stderr, /See: synood .*--help/);
    t.is(stdout, '');
  });
}

test('a configuration that does not fit is exit code 2, and its key is named', async (t) => {
  const cwd = temporaryFolder(t);
  writeFileSync(join(cwd, 'misspelt.json'), '{"synthesise": {}}');
  writeFileSync(join(cwd, 'range.json'), '{"synthesize": {"strength": 2}}');
  writeFileSync(join(cwd, 'broken.json'), '{"seed": ');
  const [misspelt, range, broken, absent] = await Promise.all(
    ['misspelt', 'range', 'broken', 'absent'].map((name) => synood(['run', `${name}.json`], {cwd})),
  );
  t.deepEqual(
    [misspelt, range, broken, absent].map((ended) => ended?.code),
    [2, 2, 2, 2],
  );
  t.regex(misspelt!.stderr, /misspelt\.json.*"synthesise".*"synthesize"/);
  t.regex(range!.stderr, /range\.json.*"synthesize\.strength"/);
  t.regex(broken!.stderr, /broken\.json/);
  t.regex(absent!.stderr, /absent\.json/);
});

test('with --json an error is the document on stdout', async (t) => {
  const {code, stdout} = await synood(['run', 'absent.json', '--json'], {cwd: temporaryFolder(t)});
  t.is(code, 2);
  const {error} = JSON.parse(stdout) as {error: {code: string; message: string}};
  t.is(error.code, 'ERR_CONFIG');
  t.regex(error.message, /absent\.json/);
});

test('config prints a configuration that config takes', async (t) => {
  const cwd = temporaryFolder(t);
  const first = await synood(['config', '--seed', '5', '--device', 'cpu'], {cwd});
  t.is(first.code, 0, first.stderr);
  const printed = JSON.parse(first.stdout) as {seed: number; engine: {device: string}};
  t.is(printed.seed, 5);
  t.is(printed.engine.device, 'cpu');
  writeFileSync(join(cwd, 'printed.json'), first.stdout);
  const second = await synood(['config', 'printed.json'], {cwd});
  t.deepEqual(JSON.parse(second.stdout), printed);
});
