/** Colours that stay readable whatever accent a company chooses (WCAG 2.2, success criterion 1.4.3: at least 4.5 : 1). */

const enough = 4.5

/** Black or white, whichever reads better on this colour (`#rrggbb`). */
export function textOn(colour: string): string {
  return contrast(colour, '#ffffff') >= contrast(colour, '#111111') ? '#ffffff' : '#111111'
}

/** The colour, mixed with white (on a dark ground) or black until it reads well on `ground`. */
export function readableOn(colour: string, ground: string): string {
  const towards = luminance(ground) < 0.2 ? 255 : 0
  for (let share = 0; share < 1; share += 0.1) {
    const mixed = toHex(parts(colour).map((part) => Math.round(part + (towards - part) * share)))
    if (contrast(mixed, ground) >= enough) return mixed
  }
  return toHex([towards, towards, towards])
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = parts(colour).map((part) => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function parts(colour: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16))
}

function toHex(rgb: readonly number[]): string {
  return `#${rgb.map((part) => part.toString(16).padStart(2, '0')).join('')}`
}
