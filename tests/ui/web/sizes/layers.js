// The layers that the tests look at.
import { makeLayer, startSettings, withSetting } from "../../../../explorer/ui/web/sizes/settings.js";

/** Settings that differ in `changes` from one channel, one filter, kernel 3, stride 1 and padding 0. */
export function settings(changes) {
  const plain = { ...startSettings(), stride: [1, 1], padding: [0, 0] };
  return Object.entries(changes).reduce((all, [name, value]) => withSetting(all, name, value), plain);
}

export const layer = (changes) => makeLayer(settings(changes));
