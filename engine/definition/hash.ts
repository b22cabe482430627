/** SHA-256 in plain TypeScript (FIPS 180-4), because the same hash is made in Node, the browser and the simulator. */

/** First 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4 §4.2.2). */
const roundConstants = fractionsOfRoots(64, 3)
/** First 32 bits of the fractional parts of the square roots of the first 8 primes (FIPS 180-4 §5.3.3). */
const initialState = fractionsOfRoots(8, 2)

/** The SHA-256 of a text's UTF-8 bytes as 64 lower-case hex digits. Lone surrogates count as U+FFFD. */
export function sha256Hex(text: string): string {
  const bytes = pad(new TextEncoder().encode(text))
  const view = new DataView(bytes.buffer)
  const state = Uint32Array.from(initialState)
  const words = new Uint32Array(64)
  for (let at = 0; at < bytes.length; at += 64) compress(state, view, at, words)
  return Array.from(state, (word) => word.toString(16).padStart(8, '0')).join('')
}

/** Appends the bit `1`, zeros and the length in bits as 64 bits, up to whole blocks of 64 bytes (FIPS 180-4 §5.1.1). */
function pad(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64)
  padded.set(message)
  padded[message.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 8, Math.floor(message.length / 0x2000_0000))
  view.setUint32(padded.length - 4, (message.length << 3) >>> 0)
  return padded
}

function compress(state: Uint32Array, view: DataView, offset: number, words: Uint32Array): void {
  for (let index = 0; index < 16; index += 1) words[index] = view.getUint32(offset + index * 4)
  for (let index = 16; index < 64; index += 1) {
    const early = words[index - 15] ?? 0
    const late = words[index - 2] ?? 0
    const small0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3)
    const small1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10)
    words[index] = (words[index - 16] ?? 0) + small0 + (words[index - 7] ?? 0) + small1
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let index = 0; index < 64; index += 1) {
    const big1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const choice = (e & f) ^ (~e & g)
    const one = (h + big1 + choice + (roundConstants[index] ?? 0) + (words[index] ?? 0)) | 0
    const big0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const majority = (a & b) ^ (a & c) ^ (b & c)
    const two = (big0 + majority) | 0
    h = g
    g = f
    f = e
    e = (d + one) | 0
    d = c
    c = b
    b = a
    a = (one + two) | 0
  }
  const worked = [a, b, c, d, e, f, g, h]
  for (let index = 0; index < 8; index += 1) state[index] = (state[index] ?? 0) + (worked[index] ?? 0)
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits))
}

/** Computed in whole numbers: a double's cube root may be wrong in its last bit, a table in any. */
function fractionsOfRoots(count: number, degree: 2 | 3): Uint32Array {
  const primes: number[] = []
  for (let number = 2; primes.length < count; number += 1) {
    if (primes.every((prime) => number % prime !== 0)) primes.push(number)
  }
  // root(p) · 2³² = root(p · 2^(32·degree)); its lowest 32 bits are the fraction.
  return Uint32Array.from(primes, (prime) =>
    Number(wholeRoot(BigInt(prime) << BigInt(32 * degree), degree) & 0xffff_ffffn),
  )
}

function wholeRoot(value: bigint, degree: 2 | 3): bigint {
  let low = 0n
  let high = 1n << 40n
  while (high - low > 1n) {
    const middle = (low + high) / 2n
    if (middle ** BigInt(degree) <= value) low = middle
    else high = middle
  }
  return low
}
