const MINUS = '\u2212';
const ABSENT = '\u2013';

const withMinus = (text: string): string => text.replace('-', MINUS);

/** A fraction in percent with two decimals, without the sign: `0.93125` is `93.13`. */
export function percent(fraction: number | undefined, digits = 2): string {
  return fraction === undefined || !Number.isFinite(fraction) ? ABSENT : (fraction * 100).toFixed(digits);
}

/** A difference of fractions in percentage points, with its sign; `±0.00` where nothing is left after rounding. */
export function points(difference: number, digits = 2): string {
  if (!Number.isFinite(difference)) return ABSENT;
  const text = Math.abs(difference * 100).toFixed(digits);
  if (Number(text) === 0) return `\u00b1${text}`;
  return (difference < 0 ? MINUS : '+') + text;
}

/** An interval of fractions in percent: `91.20 to 94.05`. */
export const percentInterval = ({low, high}: {low: number; high: number}, digits = 2): string =>
  `${percent(low, digits)} to ${percent(high, digits)}`;

/** An interval of differences in points: `−0.40 to +1.25`. */
export const pointsInterval = ({low, high}: {low: number; high: number}, digits = 2): string =>
  `${points(low, digits)} to ${points(high, digits)}`;

/** A p-value as tables give it: small ones as a bound. */
export const pValue = (p: number): string => (p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`);

/** `0.8 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return ABSENT;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)}\u00a0s`;
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return hours > 0
    ? `${hours}\u00a0h ${minutes}\u00a0min`
    : `${minutes}\u00a0min ${Math.round(seconds % 60)}\u00a0s`;
}

/** Bytes in the largest unit that leaves a digit before the point. */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const unit = Math.max(0, Math.min(units.length - 1, Math.floor(Math.log2(value) / 10)));
  return `${(value / 2 ** (10 * unit)).toFixed(unit > 1 ? 1 : 0)}\u00a0${units[unit]}`;
}

/** Which way a difference points once it is rounded as `points` shows it. */
export function direction(difference: number, digits = 2): -1 | 0 | 1 {
  const shown = Number((difference * 100).toFixed(digits));
  return shown > 0 ? 1 : shown < 0 ? -1 : 0;
}

/** A score with four significant digits. */
export function score(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return ABSENT;
  return withMinus(String(Number(value.toPrecision(4))));
}

/** A whole number with thin spaces between groups of three. */
export function count(value: number): string {
  return Number.isFinite(value) ? String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, '\u202f') : ABSENT;
}

/** `1 image`, `2 images`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)}\u00a0${value === 1 ? one : many}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: string[]): string {
  return items.length < 2
    ? (items[0] ?? '')
    : `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`;
}
