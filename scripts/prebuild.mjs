#!/usr/bin/env node
/**
 * Makes prebuilds/<platform>-<arch>/: synood.node, libsynood_core-*.so and synood-build.json, stripped. LibTorch is
 * not in it: it is found, or pulled, on the machine that runs the package.
 *
 *   node scripts/prebuild.mjs [--out <folder>]     the folder that gets prebuilds/; by default the package's root
 */
import {readFileSync, writeFileSync} from 'node:fs';
import {mkdir, rm} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs, promisify} from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const {values} = parseArgs({options: {out: {type: 'string', default: root}}});
const out = resolve(values.out);

// prebuildify moves what it finds in <cwd>/build/Release: in a folder of its own, so that build/Release stays.
const staging = join(root, 'build-cmake', 'prebuild');
const target = join(out, 'prebuilds', `${process.platform}-${process.arch}`);
await rm(staging, {recursive: true, force: true});
await rm(target, {recursive: true, force: true});
await mkdir(staging, {recursive: true});

const prebuildify = promisify(createRequire(import.meta.url)('prebuildify'));
await prebuildify({
  name: 'synood',
  cwd: staging,
  out,
  napi: true,
  strip: true,
  nodeGyp: join(root, 'scripts', 'lib', 'node-gyp-shim.mjs'),
});

const info = JSON.parse(readFileSync(join(staging, 'build', 'Release', 'synood-build.json'), 'utf8'));
delete info.libtorch.path; // the folder of this machine means nothing on another
writeFileSync(join(target, 'synood-build.json'), `${JSON.stringify(info, null, 2)}\n`);
await rm(staging, {recursive: true, force: true});
process.stderr.write(`prebuild: ${target}\n`);
