// Comparison of decimals as texts.

/** Return whether two decimals have the same value: "0.5" equals "0.50". */
export const equalDecimals = (a, b) => a === b
  || (a !== null && b !== null && removeTrailingZeros(a) === removeTrailingZeros(b));

const removeTrailingZeros = (value) =>
  (/[.]/.test(value) && !/e/i.test(value) ? value.replace(/\.?0+$/, "") : value);
