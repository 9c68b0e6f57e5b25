// Signing in with Ethereum (EIP-4361), and who is signed in. The tokens are in cookies that scripts cannot read; kept
// here is only what to show.

import { get, post, Problem } from "./api.js";

const KEY = "assay-member";

/** {address, roles} of who signed in last on this device, or null. */
export const member = () => JSON.parse(localStorage.getItem(KEY) ?? "null");

/** The session is over. */
export const forget = () => localStorage.removeItem(KEY);

/** The text that an address signs to come in. */
export const message = async (address) => (await get(`/auth/message?address=${encodeURIComponent(address)}`)).message;

/** Come in with a signed message. */
export async function enter(signed) {
  const { address, roles } = await post("/auth/login", signed);
  localStorage.setItem(KEY, JSON.stringify({ address, roles }));
}

/** Sign with the browser's wallet (EIP-1193) and come in. */
export async function enterWithWallet(wallet) {
  const [address] = await wallet.request({ method: "eth_requestAccounts" });
  const text = await message(address);
  const bytes = new TextEncoder().encode(text);
  const hex = `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  await enter({ message: text, signature: await wallet.request({ method: "personal_sign", params: [hex, address] }) });
}

/** Come in with the pass of `assay dashboard`: a signed message, good for one use. */
export async function enterWithPass(pass) {
  await enter(unpacked(pass.trim()));
}

function unpacked(pass) {
  try {
    const letters = atob(pass.replaceAll("-", "+").replaceAll("_", "/"));
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(letters, (letter) => letter.charCodeAt(0))));
  } catch {
    throw new Problem(0, {
      code: "bad-link",
      culprit: "local",
      message: "This is no link of assay dashboard.",
      hint: "Copy the whole line that the command printed.",
    });
  }
}

/** End the session here and at the gateway. */
export async function leave() {
  forget();
  await post("/auth/logout");
}
