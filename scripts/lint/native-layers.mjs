/** The layers of native/ and src/: who may include whom. */
import {existsSync, readFileSync} from 'node:fs';
import {dirname, join, relative} from 'node:path';
import {filesBelow} from '../lib/hash.mjs';

/** From the bottom up; a folder may include itself, its neighbours in the same row, and the rows below. */
const layers = [
  ['include'],
  ['engine', 'weights', 'kernels'],
  ['nn'],
  ['models'],
  ['diffusion'],
  ['synthesis', 'training', 'detection'],
  ['core', 'bench'],
];

const isSource = (/** @type {string} */ file) => /\.(h|cpp|cu|cuh)$/.test(file);

/**
 * The includes of a file: line number and what stands between the quotes or brackets.
 *
 * @param {string} file
 */
function includes(file) {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line, index) => {
    const name = /^\s*#\s*include\s*[<"]([^>"]+)[>"]/.exec(line)?.[1];
    return name ? [{name, line: index + 1}] : [];
  });
}

/**
 * @param {string} root
 * @returns {string[]} one complaint per include that points upward, and per folder that is in no layer
 */
export function nativeUpwardIncludes(root) {
  const native = join(root, 'native');
  const rankOf = (/** @type {string} */ path) => {
    const folder = relative(native, path).split('/')[0] ?? '';
    return layers.findIndex((layer) => layer.includes(folder));
  };
  const complaints = [];
  for (const file of filesBelow(native).filter(isSource)) {
    if (relative(native, file).startsWith('test/')) continue;
    const rank = rankOf(file);
    if (rank < 0)
      complaints.push(`${relative(root, file)}: its folder is in no layer of scripts/lint/native-layers.mjs`);
    for (const {name, line} of includes(file)) {
      const target = [dirname(file), native, join(native, 'include'), root]
        .map((folder) => join(folder, name))
        .find((path) => existsSync(path));
      if (!target || relative(native, target).startsWith('..')) continue;
      if (rankOf(target) > rank) {
        complaints.push(`${relative(root, file)}:${line}: includes ${name}, which is in a layer above it`);
      }
    }
  }
  return complaints;
}

/**
 * LibTorch's at::parallel_for is a template of its headers: in a file that is compiled without OpenMP it is a loop on one
 * thread, with the right numbers. engine/parallel.cpp is compiled with OpenMP.
 *
 * @param {string} root
 * @returns {string[]}
 */
export function serialLoops(root) {
  const native = join(root, 'native');
  return filesBelow(native)
    .filter((file) => isSource(file) && relative(native, file) !== 'engine/parallel.cpp')
    .flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .flatMap((line, index) =>
          /\bat::parallel_(for|reduce)\s*\(/.test(line)
            ? [
                `${relative(root, file)}:${index + 1}: runs on one thread; call parallel_for of engine/parallel.h`,
              ]
            : [],
        ),
    );
}

/**
 * synood.node must load without LibTorch, and a CUDA kernel must compile without it: no LibTorch header in src/, in
 * native/include/ or in a .cu file.
 *
 * @param {string} root
 * @returns {string[]}
 */
export function libtorchLeaks(root) {
  const files = ['src', 'native/include', 'native/kernels'].flatMap((folder) =>
    filesBelow(join(root, folder)),
  );
  return files
    .filter((file) => isSource(file) && (!file.includes('/kernels/') || /\.cuh?$/.test(file)))
    .flatMap((file) =>
      includes(file)
        .filter(({name}) => /^(torch|ATen|c10|caffe2)\//.test(name))
        .map(({name, line}) => `${relative(root, file)}:${line}: includes <${name}>, a header of LibTorch`),
    );
}
