// So that a slow answer never replaces a newer one.

/** `const mine = asking.next()` before asking; after each wait, `if (mine.late) return`: more was asked for since. */
export function newest() {
  let last = null;
  return {
    next() {
      const mine = { get late() { return last !== mine; } };
      last = mine;
      return mine;
    },
    /** Whatever is under way is late from now on. */
    drop() {
      last = null;
    },
  };
}
