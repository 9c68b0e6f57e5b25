// Signing in: with the browser's wallet, with a pass from the command line, or by signing a text anywhere.

import { h } from "../dom.js";
import { card, head, problem } from "../parts.js";
import { enter, enterWithPass, enterWithWallet, message } from "../session.js";

export const signIn = {
  menu: null,
  name: () => "Sign in",
  reads: () => ({}),
  view: (_, { params, entered, member }) => {
    const told = h("div", { "data-key": "told" });
    const attempt = (act) => async (event) => {
      event?.preventDefault?.();
      told.replaceChildren();
      try {
        await act();
        location.hash.startsWith("#/sign-in") ? location.replace("#/") : entered();
      } catch (error) {
        told.replaceChildren(problem(explained(error)));
      }
    };
    if (params.pass) attempt(() => enterWithPass(params.pass))();
    return [
      head("Sign in", {
        sub: "This network is read by its members. Your key signs a text that costs nothing and sends no transaction.",
      }),
      told,
      h("div", { class: "column" }, member ? already(member) : null, wallet(attempt), pass(attempt), byHand(attempt)),
    ];
  },
};

const already = ({ address, roles }) =>
  h(
    "div",
    { class: "note good" },
    h("p", {}, "You are signed in as ", h("span", { class: "mono break" }, address), `, ${roles.join(" and ")}.`),
  );

const wallet = (attempt) =>
  card(
    "With a wallet in this browser",
    null,
    window.ethereum
      ? [
          h("p", {}, "Your wallet shows the text and asks you to sign it."),
          h(
            "p",
            {},
            h(
              "button",
              { type: "button", class: "main", id: "wallet", onclick: attempt(() => enterWithWallet(window.ethereum)) },
              "Sign in with the wallet",
            ),
          ),
        ]
      : h("p", { class: "soft" }, "No wallet was found in this browser. Any that follows EIP-1193 will do."),
  );

function pass(attempt) {
  const field = h("textarea", { id: "pass", rows: 3, required: true, autocomplete: "off", spellcheck: "false" });
  return card(
    "With a key on your machine",
    null,
    h("p", {}, "This signs with your keystore and opens the dashboard:"),
    h("p", {}, h("code", { class: "break" }, "assay dashboard --network ADDRESSBOOK --keystore FILE")),
    h("p", { class: "soft small" }, "The address book is the one that the gatekeeper gave you."),
    h(
      "form",
      { class: "stack", onsubmit: attempt(() => enterWithPass(field.value.split("/").at(-1))) },
      h(
        "div",
        {},
        h("label", { for: "pass" }, "Or paste the link that it prints; it works once, within two minutes"),
        field,
      ),
      h("button", { type: "submit" }, "Sign in with the link"),
    ),
  );
}

function byHand(attempt) {
  const address = h("input", {
    id: "address",
    required: true,
    pattern: "0x[0-9a-fA-F]{40}",
    size: 44,
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "0x",
  });
  const text = h("textarea", { id: "text", rows: 11, readonly: true });
  const signature = h("textarea", {
    id: "signature",
    rows: 3,
    required: true,
    autocomplete: "off",
    spellcheck: "false",
  });
  const second = h(
    "form",
    {
      class: "stack",
      hidden: true,
      onsubmit: attempt(() => enter({ message: text.value, signature: signature.value.trim() })),
    },
    h("div", {}, h("label", { for: "text" }, "Sign exactly this text (EIP-191)"), text),
    h("div", {}, h("label", { for: "signature" }, "Signature"), signature),
    h("button", { type: "submit" }, "Sign in with the signature"),
  );
  const fetchText = async () => {
    text.value = await message(address.value.trim());
    second.hidden = false;
  };
  const first = h(
    "form",
    {
      class: "stack",
      onsubmit: async (event) => {
        event.preventDefault();
        await fetchText();
      },
    },
    h("div", {}, h("label", { for: "address" }, "Your address"), address),
    h("button", { type: "submit" }, "Show the text to sign"),
  );
  return h(
    "section",
    { class: "card" },
    h(
      "details",
      {},
      h("summary", {}, "With any other tool that signs texts"),
      h("div", { class: "stack" }, first, second),
    ),
  );
}

/** Wallets report in their own form. */
const explained = (error) =>
  error.culprit
    ? error
    : {
        code: `wallet-${error.code ?? "error"}`,
        culprit: "local",
        message: error.message || "The wallet did not sign.",
        hint: "Try again, or sign in another way.",
      };
