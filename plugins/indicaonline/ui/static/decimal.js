// Exact arithmetic on quantities, which arrive as text with all their digits. Numbers of JavaScript would lose some.

/** A decimal text as { units, scale }, which is units / 10^scale; null for any other text. */
function parse(text) {
  const found = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(String(text).trim());
  if (!found || !(found[2] || found[3])) return null;
  const fraction = (found[3] ?? '').replace(/0+$/, '');
  const units = BigInt((found[2] || '0') + fraction);
  return { units: found[1] === '-' ? -units : units, scale: fraction.length };
}

function write({ units, scale }) {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  return `${units < 0n ? '-' : ''}${whole}${fraction && `.${fraction}`}`;
}

function combined(a, b, combine) {
  const [left, right] = [parse(a), parse(b)];
  if (!left || !right) return null;
  const scale = Math.max(left.scale, right.scale);
  const scaled = ({ units, scale: own }) => units * 10n ** BigInt(scale - own);
  return write({ units: combine(scaled(left), scaled(right)), scale });
}

/** A decimal text in its shortest form, such as 5.1 for +05.10; null for a text that is no decimal. */
export function decimal(text) {
  const value = parse(text);
  return value && write(value);
}

/** a + b and a - b, exactly; null where one of them is no decimal. */
export const add = (a, b) => combined(a, b, (left, right) => left + right);
export const subtract = (a, b) => combined(a, b, (left, right) => left - right);
