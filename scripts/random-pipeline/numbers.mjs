/**
 * Normal random numbers by the thousand million: each is one of 65,536 quantiles of the normal distribution, picked by
 * 16 bits of a xorshift generator (Marsaglia, "Xorshift RNGs", 2003). Good enough to keep a network's activations in
 * their range, and as fast as a disk.
 */

const LEVELS = 65536;

/** Inverse of the normal distribution function (Acklam's approximation, relative error 1e-9). */
function normalQuantile(p) {
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
    2.506628277459239,
  ];
  const b = [
    -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572,
  ];
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];
  const polynomial = (coefficients, x) => coefficients.reduce((sum, value) => sum * x + value, 0);
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(c, q) / polynomial([...d, 1], q);
  }
  const q = p - 0.5;
  return (polynomial(a, q * q) * q) / polynomial([...b, 1], q * q);
}

const quantiles = Float64Array.from({length: LEVELS}, (_, i) => normalQuantile((i + 0.5) / LEVELS));

/** The bits of the nearest half-precision number; |value| is below 65,504. */
export function halfBits(value) {
  const size = Math.abs(value);
  if (size === 0) return 0;
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  const mantissa = Math.round(size / 2 ** (exponent - 10));
  return (value < 0 ? 0x8000 : 0) + ((exponent + 14) << 10) + mantissa;
}

/** What a file of this type is filled with: its array, and a value in it. */
const TYPES = {
  float32: {array: Float32Array, encode: (value) => value},
  float16: {array: Uint16Array, encode: halfBits},
};

/** FNV-1a, 32 bits. */
function hash(text) {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193);
  return value >>> 0;
}

/**
 * @param {'float32' | 'float16'} dtype
 * @param {string} seed  anything; the same text is the same numbers
 * @param {number} deviation
 * @returns {(into: Float32Array | Uint16Array) => void} fills an array with the next numbers
 */
export function normalSource(dtype, seed, deviation) {
  const {array, encode} = TYPES[dtype];
  const table = array.from(quantiles, (value) => encode(value * deviation));
  let state = hash(seed) || 1;
  return (into) => {
    let x = state;
    for (let i = 0; i + 1 < into.length; i += 2) {
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      into[i] = table[x & 0xffff];
      into[i + 1] = table[x >>> 16];
    }
    if (into.length % 2 === 1) into[into.length - 1] = table[(x ^ (x >>> 7)) & 0xffff];
    state = x;
  };
}

/** @returns {(into: Float32Array | Uint16Array) => void} */
export function constantSource(dtype, value) {
  const encoded = TYPES[dtype].encode(value);
  return (into) => void into.fill(encoded);
}

/** An array of so many numbers of a type. */
export const arrayOf = (dtype, length) => new TYPES[dtype].array(length);
