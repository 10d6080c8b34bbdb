#!/usr/bin/env node
/**
 * What prebuildify takes for node-gyp: it calls `<node-gyp> rebuild ...` and then looks into build/Release of the
 * current folder, and knows nothing of CMake.
 */
import {resolve} from 'node:path';
import {buildNative} from '../cmake-build.mjs';

await buildNative({outdir: resolve('build/Release')});
