// Axes: which numbers to print, and where things lie.

/** A linear map from [low, high] to [from, to]; a single value lies in the middle. */
export const linear = (low, high, from, to) => (value) =>
  high === low ? (from + to) / 2 : from + ((value - low) / (high - low)) * (to - from);

/** About `wanted` round numbers within [low, high]. */
export function ticks(low, high, wanted = 4) {
  const rough = (high - low) / wanted || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough);
  const found = [];
  for (let tick = Math.ceil(low / step - 1e-9) * step; tick <= high + step * 1e-9; tick += step) found.push(tick);
  return { found, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
}

/** The range of some values, widened so that nothing sits on the edge; of one value, a range around it. */
export function range(values, margin = 0.12) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low || Math.abs(high) * 0.05 || 0.05) * margin;
  return high === low ? [low - room * 4, high + room * 4] : [low - room, high + room];
}
