// So that a slow answer never replaces a newer one, and the server does not compute what nobody waits for.

let count = 0;

/**
 * `const mine = asking.next()` before asking; after each wait, `if (mine.late) return`: more was asked for since.
 * A request that says {asks: mine.asks} makes the server drop what was asked before in this series.
 */
export function newest() {
  const series = `s${count++}`;
  let [last, number] = [null, 0];
  return {
    next() {
      const mine = { get late() { return last !== mine; }, asks: `${series}.${number++}` };
      last = mine;
      return mine;
    },
    /** Whatever is under way is late from now on. */
    drop() {
      last = null;
    },
  };
}
