import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {temporaryFolder} from '../support/folder.js';
import {synood} from './synood.js';

interface Answer {
  synood: string;
  node: {version: string; supported: boolean};
  platform: {threads: number};
  memory: {total: number};
  libtorch: {found: boolean};
  engine: {
    ok: boolean;
    code?: string;
    info?: {device: string; threads: number; libtorchVersion: string};
  } | null;
  missing: {what: string; command: string}[];
  ready: boolean;
}

test('inspect answers with LibTorch absent, and names the command for it', async (t) => {
  const empty = temporaryFolder(t);
  mkdirSync(join(empty, 'cache'));
  mkdirSync(join(empty, 'bin'));
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    SYNOOD_LIBTORCH: empty,
    SYNOOD_CACHE: join(empty, 'cache'),
    PATH: join(empty, 'bin'),
  };
  const {code, stdout, stderr} = await synood(['inspect', '--json'], {env});
  t.is(code, 0, stderr);
  const answer = JSON.parse(stdout) as Answer;
  t.is(answer.node.version, process.versions.node);
  t.false(answer.libtorch.found);
  t.is(answer.engine, null);
  t.false(answer.ready);
  const libtorch = answer.missing.find(({what}) => what.startsWith('LibTorch'));
  t.regex(libtorch?.what ?? '', /SYNOOD_LIBTORCH/);
  t.regex(libtorch?.command ?? '', /libtorch(\.mjs)? pull/);

  delete env['SYNOOD_LIBTORCH'];
  const people = await synood(['inspect'], {env});
  t.is(people.code, 0);
  t.regex(people.stdout, /LibTorch +not found/);
  t.regex(people.stdout, /run: .*libtorch(\.mjs)? pull/);
});

test('inspect answers without the native parts', async (t) => {
  const env = {...process.env, SYNOOD_ADDON: join(temporaryFolder(t), 'synood.node')};
  const {code, stdout} = await synood(['inspect', '--json'], {env});
  t.is(code, 0);
  const answer = JSON.parse(stdout) as Answer;
  t.is(answer.engine, null);
  t.truthy(answer.missing.find(({what}) => what.startsWith('synood.node'))?.command);
});

test('inspect opens an engine on the device that is asked for', async (t) => {
  const {code, stdout, stderr} = await synood(['inspect', '--json', '--device', 'cpu']);
  t.is(code, 0, stderr);
  const {engine, memory, platform} = JSON.parse(stdout) as Answer;
  t.true(engine?.ok);
  t.is(engine?.info?.device, 'cpu');
  t.regex(engine?.info?.libtorchVersion ?? '', /^2\.\d+/);
  t.true((engine?.info?.threads ?? 0) >= 1);
  t.true(memory.total > 0 && platform.threads >= 1);
});

test('inspect says why a device cannot be used', async (t) => {
  const {code, stdout} = await synood(['inspect', '--json', '--device', 'cuda:63']);
  t.is(code, 0);
  const {engine, ready} = JSON.parse(stdout) as Answer;
  t.is(engine?.code, 'ERR_DEVICE');
  t.false(ready);
});
