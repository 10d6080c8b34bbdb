#!/usr/bin/env node
/**
 * Finds and obtains LibTorch. Uses nothing but Node, because set-up runs before any package is installed; the
 * TypeScript side imports it as `#libtorch`.
 *
 *   node scripts/libtorch.mjs path [--json]                      where LibTorch is
 *   node scripts/libtorch.mjs pull [--json] [--variant cu130]    bring it into the cache folder
 */
import {realpathSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {cacheFolder, findLibtorch} from './libtorch/find.mjs';
import {obtainLibtorch} from './libtorch/obtain.mjs';
import {isSupported, pinnedVersion, supportedMinors} from './libtorch/versions.mjs';

export {cacheFolder, findLibtorch, isSupported, obtainLibtorch, pinnedVersion, supportedMinors};

/** @param {string[]} args */
async function main(args) {
  const {values, positionals} = parseArgs({
    args,
    allowPositionals: true,
    options: {json: {type: 'boolean'}, variant: {type: 'string'}, force: {type: 'boolean'}},
  });
  const log = (/** @type {string} */ message) => process.stderr.write(`libtorch: ${message}\n`);
  const [command] = positionals;
  if (command !== 'path' && command !== 'pull') {
    log('expected `path` or `pull`, as in: node scripts/libtorch.mjs path --json');
    return 2;
  }
  const status =
    command === 'path'
      ? findLibtorch()
      : await obtainLibtorch({log, variant: values.variant, force: values.force});
  if (values.json) process.stdout.write(`${JSON.stringify(status)}\n`);
  else if (status.found) process.stdout.write(`${status.path}\n`);
  else log(`not found.\n  - ${status.missing.join('\n  - ')}\nMend it with: ${status.command}`);
  return status.found ? 0 : 1;
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main(process.argv.slice(2)).then(
    (code) => (process.exitCode = code),
    (error) => {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    },
  );
}
