/** Floating-point operations of single layers: a multiplication and an addition are two. */

/** (N, in, h, w) -> (N, out, h', w') with a k x k kernel; `positions` is N h' w' */
export const convolution = (positions: number, input: number, output: number, kernel = 3): number =>
  2 * positions * input * output * kernel * kernel;

export const linear = (rows: number, input: number, output: number): number => 2 * rows * input * output;

/** Scores and sums of values, of `batch` sequences and all heads together. */
export const attention = (batch: number, queries: number, keys: number, width: number): number =>
  4 * batch * queries * keys * width;
