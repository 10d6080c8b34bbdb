import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {SynoodError} from '../../../ts/binding/errors.js';
import {readBuildInfo} from '../../../ts/binding/libtorch/build-info.js';
import {inspectLibtorch, requireLibtorch} from '../../../ts/binding/libtorch/find.js';

test('without LibTorch: inspect answers with what is missing, require throws ERR_LIBTORCH with the command', (t) => {
  const path = mkdtempSync(join(tmpdir(), 'synood-no-libtorch-'));
  try {
    const status = inspectLibtorch({path});
    t.like(status, {found: false, source: 'option', path});
    t.regex(status.command, /libtorch(\.mjs)? pull$/);
    t.true(status.missing.some((line) => line.includes('include/ATen/ATen.h')));
    const error = t.throws(() => requireLibtorch({path}), {instanceOf: SynoodError});
    t.is(error.code, 'ERR_LIBTORCH');
    t.regex(error.message, /has no include\/ATen\/ATen\.h[^]*Run: .*libtorch(\.mjs)? pull$/);
  } finally {
    rmSync(path, {recursive: true});
  }
});

test('what a core was built against is read from beside it; a damaged file is an error, an absent one is not', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'synood-build-info-'));
  try {
    t.is(readBuildInfo(folder), undefined);
    const info = {device: 'cpu', libtorch: {version: '2.13.0', variant: 'cpu'}} as const;
    writeFileSync(join(folder, 'synood-build.json'), JSON.stringify(info));
    t.deepEqual(readBuildInfo(folder), info);
    writeFileSync(join(folder, 'synood-build.json'), '{"device": "abacus"}');
    t.is(t.throws(() => readBuildInfo(folder), {instanceOf: SynoodError}).code, 'ERR_CONFIG');
  } finally {
    rmSync(folder, {recursive: true});
  }
});
