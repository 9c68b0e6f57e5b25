// Light, dark, or what the system says. Kept on this device.

const KEY = "assay-theme";
const NEXT = { system: "light", light: "dark", dark: "system" };

/** The reader's choice. */
export const chosen = () => localStorage.getItem(KEY) ?? "system";

/** Show the choice. */
export function apply() {
  const theme = chosen();
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** Choose the next one. */
export function turn() {
  const next = NEXT[chosen()];
  if (next === "system") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, next);
  apply();
}
