// The network in use, taken along: a file in a format that others run, checked by the server before it is handed out.

import * as explorer from "../shared/page.js";
import { saveFrom } from "../shared/save.js";

/**
 * Wire the group below the menu of networks.
 * @param {(selector: string) => any} find
 * @param {import("../types").PhotoServer} server
 */
export function wireAlong(find, server) {
  const [says, buttons] = [find(".along-says"), [...find(".along").querySelectorAll("button")]];
  const take = async (form, label) => {
    const [photo, network] = [explorer.get("photo"), explorer.get("network")];
    if (!photo || !network) return;
    for (const button of buttons) button.disabled = true;
    says.textContent = `${label} is being written and compared with PyTorch; this takes some seconds…`;
    try {
      const request = { photo: photo.token, network: network.name, form, input: find(".along-input").value };
      const made = await explorer.ask(server.take_network(request));
      await saveFrom(made.path, made.name);
      says.textContent = `Saved ${made.name}. ${made.says}`;
    } catch (error) {
      says.textContent = error.message;
    }
    says.scrollIntoView({ block: "nearest" });
    for (const button of buttons) button.disabled = false;
  };
  for (const button of buttons) button.addEventListener("click", () => take(button.value, button.textContent));
}
