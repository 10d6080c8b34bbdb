/** The layers of ts/, from the bottom up. A folder may import its own row and the rows below. */
module.exports = [
  ['binding'],
  ['engine'],
  ['models', 'data', 'wordnet'],
  ['features'],
  ['synthesis', 'inpainting', 'training', 'detection', 'evaluation', 'contexts', 'report', 'worlds'],
  ['pipeline'],
  ['cluster'],
  ['cli'],
];
