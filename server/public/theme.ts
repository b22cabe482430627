/** The company's colour on public pages, made readable: text on it and in it has at least 4.5 : 1 (WCAG 2.2, 1.4.3 AA). */

/** Colours of a page in one scheme, as CSS values. */
interface Palette {
  background: string
  /** Buttons. */
  accent: string
  /** Text on a button. */
  onAccent: string
  /** Links and borders of what has the focus: the accent, moved until it reads on the background. */
  link: string
}

export interface Theme {
  light: Palette
  dark: Palette
}

type Rgb = readonly [number, number, number]

const white: Rgb = [255, 255, 255]
const ink: Rgb = [17, 24, 39]
const lightPage: Rgb = [255, 255, 255]
const darkPage: Rgb = [17, 21, 28]
const minContrast = 4.5
/** Borders and buttons against what surrounds them (WCAG 2.2, 1.4.11). */
const minShapeContrast = 3

/** The palettes for an accent colour such as `#1d4ed8`. Any colour gives readable pages. */
export function themeOf(accentColour: string): Theme {
  const accent = parseHex(accentColour)
  return { light: paletteOn(lightPage, accent), dark: paletteOn(darkPage, accent) }
}

function paletteOn(page: Rgb, accent: Rgb): Palette {
  const away = page === lightPage ? ink : white
  const button = mixUntil(accent, away, (colour) => contrast(colour, page) >= minShapeContrast)
  const onAccent = contrast(white, button) >= contrast(ink, button) ? white : ink
  const readable = mixUntil(
    button,
    onAccent === white ? ink : white,
    (colour) => contrast(colour, onAccent) >= minContrast && contrast(colour, page) >= minShapeContrast,
  )
  const link = mixUntil(accent, away, (colour) => contrast(colour, page) >= minContrast)
  return { background: toHex(page), accent: toHex(readable), onAccent: toHex(onAccent), link: toHex(link) }
}

/** Moves a colour towards another until it fits; the other one itself at the latest. */
function mixUntil(from: Rgb, to: Rgb, fits: (colour: Rgb) => boolean): Rgb {
  for (let share = 0; share < 1; share += 0.04) {
    const colour = from.map((part, index) => Math.round(part + ((to[index] ?? 0) - part) * share)) as unknown as Rgb
    if (fits(colour)) return colour
  }
  return to
}

/** Contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio"). */
export function contrastOf(one: string, other: string): number {
  return contrast(parseHex(one), parseHex(other))
}

function contrast(one: Rgb, other: Rgb): number {
  const [lighter, darker] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number]
  return (lighter + 0.05) / (darker + 0.05)
}

function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function parseHex(colour: string): Rgb {
  const value = Number.parseInt(colour.slice(1), 16)
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255]
}

function toHex(colour: Rgb): string {
  return `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`
}
