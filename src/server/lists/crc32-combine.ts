/** The polynomial of CRC-32 as gzip uses it, reflected: the highest bit stands for x⁰. */
const POLYNOMIAL = 0xed_b8_83_20;
const X_TO_0 = 0x80_00_00_00;
const X_TO_1 = 0x40_00_00_00;

/**
 * The CRC-32 of two texts joined, from those of the parts; `secondLength` in bytes. Takes some microseconds,
 * however long the texts are.
 */
export function combineCrc32(first: number, second: number, secondLength: number): number {
  return (multiply(first, powerOfX(8 * secondLength)) ^ second) >>> 0;
}

/** Product of two polynomials over GF(2), modulo the polynomial of the CRC. */
function multiply(left: number, right: number): number {
  let product = 0;
  let shifted = right;
  for (let bit = 31; bit >= 0; bit--) {
    if (((left >>> bit) & 1) === 1) product ^= shifted;
    shifted = (shifted >>> 1) ^ ((shifted & 1) === 1 ? POLYNOMIAL : 0);
  }
  return product >>> 0;
}

function powerOfX(exponent: number): number {
  let power = X_TO_0;
  let square = X_TO_1;
  // Halving by division: an exponent in bits may have more than 32 of them.
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) power = multiply(power, square);
    square = multiply(square, square);
  }
  return power;
}
