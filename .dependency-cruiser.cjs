/** Arrows run one way. scripts/lint.mjs also reports a folder that is in no layer. */
const layers = require('./scripts/lint/ts-layers.cjs');

const inFolders = (names) => `^ts/(${names.join('|')})/`;

const upward = layers.slice(0, -1).map((layer, index) => ({
  name: `no-upward-import-from-${layer.join('-')}`,
  comment: `ts/{${layer.join(',')}} may not import ts/{${layers
    .slice(index + 1)
    .flat()
    .join(',')}}`,
  severity: 'error',
  from: {path: inFolders(layer)},
  to: {path: inFolders(layers.slice(index + 1).flat())},
}));

module.exports = {
  forbidden: [
    ...upward,
    {
      name: 'no-circle',
      comment: 'two files that import each other are one file, or need a third',
      severity: 'error',
      from: {path: '^ts/'},
      to: {circular: true, viaOnly: {dependencyTypesNot: ['type-only']}},
    },
    {
      name: 'index-is-the-outside',
      comment: 'ts/index.ts is for users of the package; inside it, import the file itself',
      severity: 'error',
      from: {path: '^ts/(?!index\\.ts$)'},
      to: {path: '^ts/index\\.ts$'},
    },
    {
      name: 'no-test-code-in-the-product',
      severity: 'error',
      from: {path: '^ts/'},
      to: {path: '^(test|bench)/'},
    },
    {
      name: 'unresolvable',
      comment: 'the imported file or package is not there',
      severity: 'error',
      from: {path: '^ts/'},
      to: {couldNotResolve: true},
    },
  ],
  options: {
    doNotFollow: {path: 'node_modules'},
    exclude: {path: '^dist/'},
    tsPreCompilationDeps: true,
    tsConfig: {fileName: 'tsconfig.json'},
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
