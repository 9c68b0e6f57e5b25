// Numbers, times and names as people read them.

const whole = new Intl.NumberFormat("en");

/** 12,345 */
export const count = (number) => whole.format(number);

/** "1 oracle", "2 oracles" */
export const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;

/** An amount of tokens, which the interface gives as a decimal text: never through a binary float. */
export function tokens(text) {
  const [units, rest] = String(text).split(".");
  return count(BigInt(units)) + (rest ? `.${rest}` : "");
}

/** A metric with the digits that mean something. */
export const decimal = (value, digits = 4) =>
  value === null || value === undefined ? "undefined" : value.toFixed(digits);

/** How long some seconds are, in at most two units: "45 s", "3 min", "2 h 5 min", "3 d 4 h". */
export function duration(seconds) {
  if (seconds < 90) return `${seconds < 10 ? +seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const [hours, days] = [Math.floor(minutes / 60), Math.floor(minutes / 1440)];
  if (days) return `${days} d${hours % 24 ? ` ${hours % 24} h` : ""}`;
  return `${hours} h${minutes % 60 ? ` ${minutes % 60} min` : ""}`;
}

/** 0x1234…cdef; digests likewise. */
export const short = (hex) =>
  hex.length > 16 ? `${hex.slice(0, hex.startsWith("0x") ? 6 : 8)}…${hex.slice(-4)}` : hex;

/** A name of the protocol in words: "demographic_parity_difference", "invalid-spec". */
export const words = (name) => name.replace(/[_-]/g, " ").replace("f1", "F1");

/** The same at the start of a line. */
export const title = (name) => words(name).replace(/^./, (letter) => letter.toUpperCase());

/** 71.4 % */
export const percent = (share) => `${(100 * share).toFixed(1)} %`;
